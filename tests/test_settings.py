"""The shipped configuration is read whole; every mistake in one is refused by file, line and key."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

import re
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.answer import Kind
from connectors.registry import known_connectors
from connectors.trust_config import SignInMethod
from sandbox.credentials import prepare
from tests.access.builders import binds
from tests.access.signing import sign_again
from tests.whole import without_pds
from viewer.access.agreement import Agreement, standing_sentences
from viewer.access.clinician import Role, role_of
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.config_file import open_config
from viewer.configuration.partnership_file import read_partnership
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import read_trust
from viewer.settings import ENVIRONMENT, Misconfigured, Settings, read_database, read_journal, read_settings

ROOT = Path(__file__).resolve().parent.parent
BY_SECRET = ("barnsley", "chesterfield", "mid_yorkshire", "rotherham", "sheffield_childrens", "sheffield_teaching")
BY_KEY = ("doncaster_and_bassetlaw",)

PARTNERSHIP = "partnership.toml"
ROTHERHAM = "trusts/rotherham.toml"
CHILDRENS = "trusts/sheffield_childrens.toml"
DONCASTER = "trusts/doncaster_and_bassetlaw.toml"
SHEFFIELD = "trusts/sheffield_teaching.toml"
AGREEMENT = "agreements/working_together_2026.toml"


@pytest.fixture(scope="module")
def made_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("credentials")
    prepare(folder, BY_SECRET, BY_KEY)
    return folder / "secrets"


@dataclass(frozen=True)
class House:
    """A copy of config/ and its secrets, to be spoilt."""

    folder: Path
    secrets: Path
    environ: dict[str, str]

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{file} holds no {old!r}"
        path.write_text(text.replace(old, new, 1))

    def sign_again(self) -> None:
        """Have every trust sign the agreement as it now stands."""
        sign_again(self.folder)

    def agreement(self) -> Agreement:
        """Return the agreement of 2026 as it is read."""
        return next(one for one in self.read().agreements if one.name == "working_together_2026")

    def read(self, **environ: str) -> Settings:
        return read_settings(self.environ | environ, {"plain", *BY_SECRET, *BY_KEY})

    def refusal(self, **environ: str) -> str:
        with pytest.raises(Misconfigured) as refused:
            self.read(**environ)
        return str(refused.value)

    def line_of(self, file: str, text: str) -> int:
        lines = (self.folder / file).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def house(tmp_path: Path, made_secrets: Path) -> House:
    folder, secrets = tmp_path / "config", tmp_path / "secrets"
    shutil.copytree(ROOT / "config", folder)
    shutil.copytree(made_secrets, secrets)
    environ = {
        "TRUSTLINE_CONFIG": str(folder),
        "TRUSTLINE_SECRETS": str(secrets),
        "TRUSTLINE_DATABASE": "sqlite:///var/demo/trustline.sqlite",
    }
    return House(folder, secrets, environ)


# ── What the shipped configuration says ──────────────────────────────────────────────────────────


def test_the_seven_trusts_stand_in_the_order_every_page_shows_them(house: House) -> None:
    settings = house.read()

    assert [(config.trust.title, config.trust.ods) for config in settings.trusts] == [
        ("Barnsley", "RFF"),
        ("Chesterfield", "RFS"),
        ("Doncaster and Bassetlaw", "RP5"),
        ("Mid Yorkshire", "RXF"),
        ("Rotherham", "RFR"),
        ("Sheffield Children’s", "RCU"),
        ("Sheffield Teaching", "RHQ"),
    ]


def test_each_trust_is_asked_at_its_own_address_with_its_own_credentials(house: House) -> None:
    by_name = {config.trust.name: config for config in house.read().trusts}

    assert len({config.address for config in by_name.values()}) == 7
    assert by_name["barnsley"].sign_in.method is SignInMethod.CLIENT_SECRET
    assert by_name["barnsley"].sign_in.secret == (house.secrets / "barnsley.secret").read_text().strip()
    assert by_name["doncaster_and_bassetlaw"].sign_in.method is SignInMethod.PRIVATE_KEY_JWT
    assert (
        by_name["doncaster_and_bassetlaw"].sign_in.key_id
        == (house.secrets / "doncaster_and_bassetlaw.kid").read_text().strip()
    )
    assert by_name["doncaster_and_bassetlaw"].deadline == timedelta(seconds=3)


def test_a_clinicians_own_trust_is_waited_for_as_long_as_the_partnership_says(house: House) -> None:
    assert house.read().presence_lasts == timedelta(seconds=1.5)

    house.change(PARTNERSHIP, "deadline_seconds = 3.0", "deadline_seconds = 3.0\npresence_seconds = 0.7")

    assert house.read().presence_lasts == timedelta(seconds=0.7)


def test_pds_is_asked_with_a_key_of_its_own_and_a_deadline_of_its_own(house: House) -> None:
    pds = house.read().pds

    assert pds is not None
    assert pds.sign_in.method is SignInMethod.PRIVATE_KEY_JWT
    assert pds.sign_in.secret == (house.secrets / "pds.pem").read_text().strip()
    assert pds.sign_in.secret not in repr(pds)
    assert pds.deadline == timedelta(seconds=1.5)


def test_without_its_table_there_is_no_pds(house: House) -> None:
    without_pds(house.folder)

    assert house.read().pds is None


def test_all_seven_have_signed_an_agreement_that_names_two_practices(house: House) -> None:
    agreement = house.agreement()

    assert {signature.trust for signature in agreement.signatures} == {party.name for party in agreement.parties}
    assert len(agreement.parties) == 7
    assert agreement.practices == {"Y99001", "Y99002"}
    assert all(binds(agreement, party.name, date(2026, 11, 21)) for party in agreement.parties)


def test_what_is_never_shared_is_said_in_two_standing_sentences(house: House) -> None:
    settings = house.read()

    assert standing_sentences(settings.agreements, settings.narrowings) == (
        "Sheffield Children’s never shares safeguarding results here",
        "Rotherham never shares sexual-health results here",
    )


JOBS = [
    ("S8000:G8000:R0050", (), Role.CONSULTANT),
    ("S8000:G8000:R8000", (), Role.CLINICIAN),
    ("S8000:G8000:R0260", (), Role.GP),
    ("S8000:G8000:R0270", (), Role.GP),
    ("S8000:G8000:R6200", (), Role.GP),
    ("S8002:G8003:R0001", ("B0016", "B0015"), Role.IG_OFFICER),
    ("S8002:G8003:R0001", (), None),
    ("S8010:G8011:R8006", (), None),
]


@pytest.mark.parametrize(("code", "activities", "role"), JOBS)
def test_the_role_map_knows_the_jobs_of_nhs_sign_ins(
    house: House, code: str, activities: tuple[str, ...], role: Role | None
) -> None:
    assert role_of(code, activities, house.read().sign_in.roles) is role


def test_a_sign_in_is_recent_strong_and_limited(house: House) -> None:
    sign_in = house.read().sign_in

    assert (sign_in.idle, sign_in.absolute) == (timedelta(minutes=15), timedelta(hours=10))
    assert sign_in.acr == {"AAL3_ANY", "AAL2_OR_AAL3_ANY"}
    assert sign_in.glass_acr == {"AAL3_ANY"}
    assert sign_in.key.startswith("-----BEGIN")


def test_where_nothing_else_is_said_every_strength_may_break_the_glass(house: House) -> None:
    house.change(PARTNERSHIP, 'break_glass_acr = ["AAL3_ANY"]', "")

    sign_in = house.read().sign_in

    assert sign_in.glass_acr == sign_in.acr


def test_settings_print_no_secret(house: House) -> None:
    settings = replace(house.read(), database="postgresql+psycopg://trustline:hunter2@localhost/trustline")

    said = repr(settings)

    assert settings.sign_in.key not in said
    assert "hunter2" not in said
    assert not any(config.sign_in.secret in said for config in settings.trusts)


# ── Mistakes in the files ────────────────────────────────────────────────────────────────────────

MISTAKES = [
    # file, text there, text instead, key named, part of the message
    (PARTNERSHIP, 'name = "Working Together"', "", "name", "is missing"),
    (PARTNERSHIP, 'name = "Working', 'nmae = "Working', "nmae", "unknown setting; did you mean name?"),
    (PARTNERSHIP, 'name = "Working Together"', 'name = ""', "name", "is empty"),
    (PARTNERSHIP, 'name = "Working Together"', "name = 7", "name", "must be a text in quotes"),
    (PARTNERSHIP, "deadline_seconds = 3.0", 'deadline_seconds = "3"', "deadline_seconds", "must be a number"),
    (PARTNERSHIP, "deadline_seconds = 3.0", "deadline_seconds = 0", "deadline_seconds", "must be a number above nought"),
    (PARTNERSHIP, "deadline_seconds = 3.0", "deadline_seconds = true", "deadline_seconds", "must be a number above nought"),
    (PARTNERSHIP, "deadline_seconds = 3.0", "deadline_seconds = 0.09", "deadline_seconds", "less than 0.1 seconds"),
    (PARTNERSHIP, "deadline_seconds = 3.0", "deadline_seconds = 61", "deadline_seconds", "longer than 60 seconds"),
    (PARTNERSHIP, "deadline_seconds = 3.0", "deadline_seconds = 3.0\npresence_seconds = 61", "presence_seconds", "longer than 60 seconds"),
    (PARTNERSHIP, 'role = "gp"', 'role = "gp"\nidle_minutes = 15', "role.idle_minutes", "unknown here; it belongs under [sign_in]"),
    (PARTNERSHIP, '  "rotherham",\n', "", "trusts", "rotherham.toml stands there, but rotherham is not listed"),
    (PARTNERSHIP, '  "rotherham",\n', '  "rotherhan",\n', "trusts", "rotherhan.toml; did you mean rotherham?"),
    (PARTNERSHIP, '  "rotherham",\n', '  "rotherham",\n  "rotherham",\n', "trusts", '"rotherham" stands there twice'),
    (PARTNERSHIP, 'address = "http://localhost:8000"', 'address = "http://trustline.example"', "address", "unencrypted; use https://"),
    (PARTNERSHIP, 'issuer = "http://localhost:8100"', 'issuer = "http://192.0.2.1:8100"', "sign_in.issuer", "unencrypted; use https://"),
    (PARTNERSHIP, "idle_minutes = 15", "idle_minuets = 15", "sign_in.idle_minuets", "unknown setting; did you mean idle_minutes?"),
    (PARTNERSHIP, "idle_minutes = 15", "idle_minutes = 6000", "sign_in.idle_minutes", "is longer than absolute_hours"),
    (PARTNERSHIP, '["AAL3_ANY", "AAL2_OR_AAL3_ANY"]', "[]", "sign_in.acr", "is empty"),
    (PARTNERSHIP, 'break_glass_acr = ["AAL3_ANY"]', "break_glass_minutes = 16", "sign_in.break_glass_minutes", "is more than 15"),
    (PARTNERSHIP, 'break_glass_acr = ["AAL3_ANY"]', "break_glass_acr = []", "sign_in.break_glass_acr", "is empty"),
    (PARTNERSHIP, 'break_glass_acr = ["AAL3_ANY"]', 'break_glass_acr = ["AAL1"]', "sign_in.break_glass_acr", '"AAL1" is not among acr'),
    (PARTNERSHIP, '"openid", ', "", "sign_in.scopes", '"openid" is missing'),
    (PARTNERSHIP, 'role = "consultant"', 'role = "consultent"', "role.role", "did you mean consultant?"),
    (PARTNERSHIP, '["R0050"]', '["S8000:G8000:R0050"]', "role.codes", "give the last part only"),
    (PARTNERSHIP, 'key_file = "sign_in.pem"', 'key_file = "missing.pem"', "sign_in.key_file", "there is no file"),
    (PARTNERSHIP, 'key_file = "sign_in.pem"', 'key_file = "../secrets/sign_in.pem"', "sign_in.key_file", "without a folder"),
    (PARTNERSHIP, 'key_file = "sign_in.pem"', 'key_file = "sign_in.kid"', "sign_in.key_file", "holds no private key in PEM"),
    (PARTNERSHIP, "[pds]", "[pda]", "pda", "unknown setting; did you mean pds?"),
    (PARTNERSHIP, 'address = "http://127.0.0.1:8108/p', 'address = "http://pds.example/p', "pds.address", "unencrypted; use https://"),
    (PARTNERSHIP, 'token_address = "http://127.0.0.1:8108/oauth2/token"', "", "pds.token_address", "is missing"),
    (PARTNERSHIP, 'key_file = "pds.pem"', 'key_file = "pds.kid"', "pds.key_file", "holds no private key in PEM"),
    (PARTNERSHIP, 'key_id_file = "pds.kid"', 'key_id_file = "none.kid"', "pds.key_id_file", "there is no file"),
    (PARTNERSHIP, "deadline_seconds = 1.5", "deadline_seconds = 61", "pds.deadline_seconds", "longer than 60 seconds"),
    (ROTHERHAM, 'ods = "RFR"', 'ods = "RFF"', "ods", "is also that of barnsley"),
    (ROTHERHAM, 'ods = "RFR"', 'ods = "rfr"', "ods", "is no ODS code"),
    (ROTHERHAM, 'title = "Rotherham"', 'title = "BARNSLEY"', "title", "is also that of barnsley"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir", "http://127.0.0.1:8101/fhir", "address", "is also that of barnsley"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "http://127.0.0.1:8105/fhir/R4/", "address", "must not end in a slash"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "http://fhir.rotherham.example/R4", "address", "unencrypted; use https://"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "https://rotherham.example/ R4", "address", "holds white space"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "https://rotherham.example/R4\\n", "address", "holds white space"),
    (ROTHERHAM, 'sentence = "', 'deadline_seconds = 5\nsentence = "', "narrows.never_shared.deadline_seconds", "it belongs above the first [table] of the file"),
    (ROTHERHAM, "[sign_in]", 'shares = []\n[sign_in]', "shares", "unknown here; it belongs under [narrows]"),
    (ROTHERHAM, "[sign_in]", 'sentence = "Hush"\n[sign_in]', "sentence", "unknown here; it belongs under [[narrows.never_shared]]"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "ftp://127.0.0.1/", "address", "begins with https://"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "https://u:p@rotherham.example", "address", "must hold no user, password"),
    (ROTHERHAM, "http://127.0.0.1:8105/fhir/R4", "https://[half", "address", "is no address"),
    (ROTHERHAM, "http://127.0.0.1:8105/oauth", "http://login.example/oauth", "sign_in.token_address", "unencrypted; use https://"),
    (ROTHERHAM, 'connector = "rotherham"', 'connector = "rotheram"', "connector", "did you mean rotherham?"),
    (ROTHERHAM, 'method = "client_secret"', 'method = "client-secret"', "sign_in.method", "did you mean client_secret?"),
    (ROTHERHAM, 'secret_file = "rotherham.secret"', 'secret = "hunter2"', "sign_in.secret", "did you mean secret_file?"),
    (ROTHERHAM, "telephone =", "telephon =", "telephon", "did you mean telephone?"),
    (ROTHERHAM, 'connector = "rotherham"', 'connector = "plain"\ndeadline_seconds = 61', "deadline_seconds", "longer than 60 seconds"),
    (ROTHERHAM, 'connector = "rotherham"', 'connector = "plain"\npage_size = 0', "page_size", "whole number above nought"),
    (ROTHERHAM, 'connector = "rotherham"', 'connector = "plain"\npage_size = true', "page_size", "whole number above nought"),
    (ROTHERHAM, 'connector = "rotherham"', 'connector = "plain"\npost_search = "yes"', "post_search", "must be true or false"),
    (ROTHERHAM, 'connector = "rotherham"', 'connector = "plain"\nmanners = "bad"', "manners", "unknown setting"),
    (ROTHERHAM, "[sign_in]", "[caps]\nbites = 1\n[sign_in]", "caps.bites", "did you mean bytes?"),
    (ROTHERHAM, "[[narrows.never_shared]]", '[narrows]\nshares = ["laboratory"]\n[[narrows.never_shared]]', "narrows.shares", '"demographics" is missing'),
    (ROTHERHAM, "[[narrows.never_shared]]", '[narrows]\nshares = ["labratory"]\n[[narrows.never_shared]]', "narrows.shares", "did you mean laboratory?"),
    (ROTHERHAM, 'name = "sexual-health"', "", "narrows.never_shared.name", "is missing"),
    (ROTHERHAM, ', code = "STD" }', ' }', "narrows.never_shared.codes", "each must be { system"),
    (DONCASTER, 'key_id_file = "doncaster_and_bassetlaw.kid"', "", "sign_in.key_id_file", "is missing"),
    (AGREEMENT, "ends = 2028-12-31", "ends = 2025-12-31", "ends", "before it starts on 2026-01-01"),
    (AGREEMENT, "ends = 2028-12-31", 'ends = "2028-12-31"', "ends", "must be a day without quotes"),
    (AGREEMENT, "ends = 2028-12-31", "ends = 2028-12-31T00:00:00Z", "ends", "must be a day without a time"),
    (AGREEMENT, '  "rotherham",\n', '  "rotheram",\n', "parties", "did you mean rotherham?"),
    (AGREEMENT, '["Y99001", "Y99002"]', '["Y99001", "RHQ"]', "practices", "ODS code of a trust"),
    (AGREEMENT, '["Y99001", "Y99002"]', '["Example Practice"]', "practices", "is no ODS code"),
    (AGREEMENT, 'number = "4.2(b)"', 'number = "4.2(a)"', "clause.number", "is also the number of another clause"),
    (AGREEMENT, 'kinds = ["demographics"]', "kinds = []", "clause.kinds", "is empty, so the clause permits nothing"),
    (AGREEMENT, 'roles = ["gp"]', 'roles = ["doctor"]', "clause.roles", "is not one of consultant, clinician, gp, ig-officer"),
    (AGREEMENT, 'trust = "sheffield_childrens"\nname', 'trust = "sheffield_childen"\nname', "never_shared.trust", "is not a party to this agreement; did you mean sheffield_childrens?"),
    (AGREEMENT, 'trust = "rotherham"\non', 'trust = "rotherhan"\non', "signature.trust", '"rotherhan" is not a party to this agreement; did you mean rotherham?'),
    (AGREEMENT, "on = 2025-12-11", "", "signature.on", "is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "key", "message"), MISTAKES)
def test_a_mistake_is_refused_by_file_line_and_key(
    house: House, file: str, old: str, new: str, key: str, message: str
) -> None:
    house.change(file, old, new)

    refusal = house.refusal()

    assert re.match(rf"{re.escape(str(house.folder / file))} line \d+, \S*{re.escape(key)}: ", refusal), refusal
    assert message in refusal


@pytest.mark.parametrize(
    ("file", "old", "new", "at"),
    [
        (PARTNERSHIP, "idle_minutes = 15", "idle_minuets = 15", "idle_minuets"),
        (ROTHERHAM, 'secret_file = "rotherham.secret"', 'secret_file = "gone.secret"', "gone.secret"),
        (AGREEMENT, 'number = "4.2(b)"', 'number = "4.2(a)" # again', "# again"),
        (AGREEMENT, "on = 2025-12-11", "on = 2025-12-11\nby = 'me'", "by = 'me'"),
    ],
)
def test_the_line_named_is_the_line_at_fault(house: House, file: str, old: str, new: str, at: str) -> None:
    house.change(file, old, new)

    assert f" line {house.line_of(file, at)}, " in house.refusal()


def test_a_never_shared_class_of_a_trust_that_is_no_party_is_refused(house: House) -> None:
    house.change(AGREEMENT, '  "sheffield_childrens",\n', "")

    assert '"sheffield_childrens" is not a party to this agreement' in house.refusal()


def test_a_signature_is_for_exactly_this_text(house: House) -> None:
    house.change(AGREEMENT, "ends = 2028-12-31", "ends = 2029-12-31")

    problems = {signature.problem for signature in house.agreement().signatures}

    assert problems == {"it is over another text"}
    assert not any(house.agreement().signed_by(party.name, date(2026, 11, 21)) for party in house.agreement().parties)


def test_a_changed_agreement_holds_again_once_it_is_signed_again(house: House) -> None:
    house.change(AGREEMENT, "ends = 2028-12-31", "ends = 2029-12-31")
    house.sign_again()

    assert house.agreement().ends == date(2029, 12, 31)


def test_a_comment_in_an_agreement_needs_no_new_signature(house: House) -> None:
    house.change(AGREEMENT, "[[clause]]", "# The first clause.\n\n[[clause]]")

    assert house.agreement().clauses[0].number == "2.1"


def test_an_agreement_may_lack_signatures(house: House) -> None:
    path = house.folder / AGREEMENT
    path.write_text(path.read_text().split("[[signature]]")[0])

    assert house.agreement().signatures == ()


def test_two_agreements_do_not_share_a_short_name(house: House) -> None:
    shutil.copy(house.folder / AGREEMENT, house.folder / "agreements/another.toml")

    assert '"WT-2026" is also the short name of another agreement' in house.refusal()


def test_without_an_agreement_nothing_starts(house: House) -> None:
    shutil.rmtree(house.folder / "agreements")

    assert "there is no agreement" in house.refusal()


def test_a_file_that_is_not_toml_is_refused_with_its_line(house: House) -> None:
    house.change(ROTHERHAM, 'ods = "RFR"', 'ods = "RFR')

    assert re.search(r"rotherham\.toml: not TOML: .*line 2", house.refusal())


def test_a_file_may_begin_with_a_byte_order_mark(house: House) -> None:
    path = house.folder / ROTHERHAM
    path.write_text(path.read_text(), encoding="utf-8-sig")

    assert "Rotherham" in {config.trust.title for config in house.read().trusts}


def test_a_folder_without_configuration_is_refused(house: House, tmp_path: Path) -> None:
    assert house.refusal(TRUSTLINE_CONFIG=str(tmp_path)).endswith("partnership.toml: there is no such file")


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o601])
def test_a_secret_that_everybody_can_read_is_refused_with_what_to_do(house: House, mode: int) -> None:
    secret = house.secrets / "rotherham.secret"
    secret.chmod(mode)

    assert f"everybody on this machine can read {secret}; run: chmod 600 {secret}" in house.refusal()


def test_an_empty_secret_is_refused(house: House) -> None:
    (house.secrets / "rotherham.secret").write_text("\n")

    assert "rotherham.secret is empty" in house.refusal()


def test_a_secret_is_never_repeated_in_a_refusal(house: House) -> None:
    path = house.secrets / "sign_in.pem"
    path.write_text(path.read_text()[:600])

    refusal = house.refusal()

    assert "holds no private key in PEM" in refusal
    assert path.read_text()[100:120] not in refusal


def test_a_key_of_another_kind_is_refused_with_the_kinds_that_can_be_used(house: House) -> None:
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (house.secrets / "doncaster_and_bassetlaw.pem").write_bytes(private)
    of_a_trust = house.refusal()
    (house.secrets / "sign_in.pem").write_bytes(private)

    assert of_a_trust.endswith("doncaster_and_bassetlaw.pem holds a key that is not RSA or elliptic curve")
    assert house.refusal().endswith("sign_in.pem holds a key that is not RSA")


def test_secrets_that_nobody_named_are_asked_for(house: House) -> None:
    refusal = house.refusal(TRUSTLINE_SECRETS="")

    assert refusal.startswith("environment, TRUSTLINE_SECRETS: is missing")
    assert "sign_in.pem" in refusal


# ── The environment ──────────────────────────────────────────────────────────────────────────────

ENVIRONMENTS = [
    ({"TRUSTLINE_DATABASE": ""}, "TRUSTLINE_DATABASE: is missing"),
    ({"TRUSTLINE_DATABASE": "trustline.sqlite"}, "TRUSTLINE_DATABASE: is not a database URL"),
    ({"TRUSTLINE_DATABASE": "sqlite://"}, "a log in memory is lost"),
    ({"TRUSTLINE_DATABASE": "sqlite:///:memory:"}, "a log in memory is lost"),
    ({"TRUSTLINE_DATABASE": "mysql://localhost/x"}, "mysql is neither sqlite nor postgresql"),
    ({"TRUSTLINE_WORKERS": "2"}, "2 workers need PostgreSQL; SQLite is for one"),
    ({"TRUSTLINE_WORKERS": "0"}, '"0" is not a number from 1 to 9999'),
    ({"TRUSTLINE_WORKERS": "two"}, '"two" is not a number from 1 to 9999'),
    ({"TRUSTLINE_DATABASE": "postgresql+pg8000://localhost/x"}, "spoken through pg8000, which cannot"),
    ({"TRUSTLINE_DATABASE": "postgresql+nothing://localhost/x"}, "spoken through nothing, which cannot be"),
    ({"TRUSTLINE_WORKER": "2"}, "TRUSTLINE_WORKER: unknown; did you mean TRUSTLINE_WORKERS?"),
]


@pytest.mark.parametrize(("environ", "message"), ENVIRONMENTS)
def test_a_mistake_in_the_environment_is_refused(house: House, environ: dict[str, str], message: str) -> None:
    refusal = house.refusal(**environ)

    assert refusal.startswith("environment, TRUSTLINE_")
    assert message in refusal


def test_postgresql_may_have_several_workers(house: House) -> None:
    several = {
        "TRUSTLINE_DATABASE": "postgresql+psycopg://localhost/trustline",
        "TRUSTLINE_JOURNAL": str(house.folder),
        "TRUSTLINE_WORKERS": "4",
    }

    settings = read_settings(house.environ | several, load_driver=lambda _: "as if it were installed")

    assert settings.workers == 4


def test_the_journal_stands_beside_a_sqlite_file_unless_it_is_named(house: House, tmp_path: Path) -> None:
    assert house.read().journal == Path("var/demo/trustline.journal")
    assert house.read(TRUSTLINE_JOURNAL=str(tmp_path / "kept")).journal == tmp_path / "kept"


def test_postgresql_needs_a_journal_by_name(house: House) -> None:
    with pytest.raises(Misconfigured, match="TRUSTLINE_JOURNAL: is missing; name a folder on this machine's own disk"):
        read_journal({}, "postgresql+psycopg://localhost/trustline")


def test_a_journal_that_could_not_be_written_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("not a folder")

    assert "there is no folder" in house.refusal(TRUSTLINE_JOURNAL=str(tmp_path / "nowhere" / "journal"))
    assert "is not a folder that can be written in" in house.refusal(TRUSTLINE_JOURNAL=str(tmp_path / "letter"))


def test_a_database_whose_driver_is_not_installed_is_refused_with_what_to_install(house: House) -> None:
    def nothing_installed(_: object) -> None:
        raise ModuleNotFoundError("No module named 'psycopg'")

    with pytest.raises(Misconfigured) as refused:
        read_database({"TRUSTLINE_DATABASE": "postgresql+psycopg://u:hunter2@localhost/x"}, nothing_installed)

    assert "postgresql is spoken through psycopg, which cannot be imported here" in str(refused.value)
    assert "pip install 'psycopg[binary]'" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_variable_of_another_purpose_is_left_alone(house: House) -> None:
    assert house.read(TRUSTLINE_NOTHING_SKIPPED="1").workers == 1


def test_by_itself_it_knows_the_connectors_there_are(house: House) -> None:
    assert {config.connector for config in read_settings(house.environ).trusts} <= {"plain", *BY_SECRET, *BY_KEY}


# ── Narrowing ────────────────────────────────────────────────────────────────────────────────────


def test_a_trust_narrows_in_its_own_file_without_asking_anybody(house: House) -> None:
    house.change(CHILDRENS, "[sign_in]", '[narrows]\nshares = ["demographics", "laboratory"]\n\n[sign_in]')

    narrowing = next(one for one in house.read().narrowings if one.trust == "sheffield_childrens")

    assert narrowing.shares == {Kind.DEMOGRAPHICS, Kind.LABORATORY}


def test_a_trust_may_withdraw_altogether(house: House) -> None:
    house.change(CHILDRENS, "[sign_in]", "[narrows]\nshares = []\n\n[sign_in]")

    narrowing = next(one for one in house.read().narrowings if one.trust == "sheffield_childrens")

    assert narrowing.shares == frozenset()


# ── The documentation ────────────────────────────────────────────────────────────────────────────


def test_every_setting_is_documented(house: House) -> None:
    """Each is a row of a table in docs/configuration.md, under the heading of its file; and no row is left over."""
    (house.folder / AGREEMENT).write_text(
        (house.folder / AGREEMENT).read_text() + '\n[revoked]\non = 2026-12-01\nbecause = "A word."\n'
    )
    partnership, agreement = open_config(house.folder / PARTNERSHIP), open_config(house.folder / AGREEMENT)
    (house.folder / DONCASTER).write_text((house.folder / DONCASTER).read_text() + LAUNCHED_BY_KEY)
    by_secret, by_key = open_config(house.folder / ROTHERHAM), open_config(house.folder / DONCASTER)
    launched = open_config(house.folder / SHEFFIELD)
    read_partnership(partnership, Secrets(str(house.secrets)))
    for file in (by_secret, by_key, launched):
        read_trust(file, file.path.stem, Secrets(str(house.secrets)), timedelta(seconds=3), known_connectors())
    read_agreement(agreement, [config.trust for config in house.read().trusts], {})

    assert documented("partnership.toml") == partnership.asked()
    assert documented("trusts/") == by_secret.asked() | by_key.asked() | launched.asked()
    assert documented("agreements/") == agreement.asked()
    assert documented("The environment") == set(ENVIRONMENT)


LAUNCHED_BY_KEY = """
[launch.smart]
iss = "https://epr.doncaster.example/fhir"
client_id = "trustline"
key_file = "doncaster_and_bassetlaw.pem"
key_id_file = "doncaster_and_bassetlaw.kid"
"""


def documented(heading: str) -> frozenset[str]:
    text = (ROOT / "docs/configuration.md").read_text()
    section = next(part for part in text.split("\n## ") if part.splitlines()[0].strip("` ").find(heading) >= 0)
    return frozenset(re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE))
