"""What the review looks for is read from config/review.toml and the staff files; every mistake is named."""

import shutil
from pathlib import Path

import pytest

from connectors.answer import Trust
from viewer.audit.review import Facts, Thresholds, mark
from viewer.configuration.config_file import Misconfigured, open_config
from viewer.configuration.review_file import read_review, read_review_file

ROOT = Path(__file__).resolve().parents[2]
TRUSTS = (Trust("sheffield_teaching", "RHQ", "Sheffield Teaching", "Sheffield Teaching Hospitals", "01632 960107"),)
WALTER = "9994127039"
STAFF = f"""
salt = "a salt of sixteen letters"
vips = ["{WALTER}"]

[[member]]
user = "u-amina"
nhs_number = "{mark("a salt of sixteen letters", WALTER)}"
surname = "Farrell"
postcode = "S11 8AA"
address = "1, Elm Road"
department = "emergency"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "config" / "review.toml", tmp_path)
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "review.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def keep_staff(folder: Path, text: str = STAFF, mode: int = 0o600) -> Path:
    path = folder / "staff" / "RHQ.toml"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(mode)
    return path


def refusal(folder: Path) -> str:
    with pytest.raises(Misconfigured) as refused:
        read_review(folder, TRUSTS)
    return str(refused.value)


def test_the_partnership_names_who_gets_what_is_escalated(folder: Path) -> None:
    assert read_review(folder, TRUSTS).escalation == ""

    change(folder, "# escalation_ods", "escalation_ods")

    assert read_review(folder, TRUSTS).escalation == "RHQ"
    change(folder, 'escalation_ods = "RHQ"', 'escalation_ods = "RHX"')
    assert "escalation_ods" in refusal(folder)


def test_the_partnership_names_who_answers_for_practices(folder: Path) -> None:
    assert read_review(folder, TRUSTS).practices == ""

    change(folder, "# practices_officer", "practices_officer")

    assert read_review(folder, TRUSTS).practices == "RHQ"


def test_an_organisation_without_an_officer_here_answers_for_nobody(folder: Path) -> None:
    change(folder, '# practices_officer = "RHQ"', 'practices_officer = "Y99001"')

    assert "practices_officer" in refusal(folder)
    assert "Y99001" in refusal(folder)


def test_the_shipped_file_says_what_stands_in_the_code_and_sends_nobody_notices(folder: Path) -> None:
    read = read_review(folder, TRUSTS)

    assert read.thresholds == Thresholds()
    assert read.facts == Facts()
    assert read.notices is None


def test_every_setting_of_the_file_is_documented(folder: Path) -> None:
    change(folder, "# [notices]", '[notices]\nhost = "h"\nfrom = "a@b.example"\nto = { RHQ = "c@d.example" }')
    file = open_config(folder / "review.toml")
    read_review_file(file, TRUSTS)

    text = (ROOT / "docs/review.md").read_text()

    assert [
        name for name in file.asked() if f"`{name.removeprefix('rules.')}`" not in text and "to.RHQ" not in name
    ] == []


NOTICES = "# [notices]"
HALF = '[notices]\nhost = "h"\nfrom = '


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("refusals = 5", "refusals = 0", "rules.refusals: must be a whole number above nought"),
        ("refusals = 5", "refusal = 5", "rules.refusal: unknown setting; did you mean refusals?"),
        ('office_roles = ["gp"', 'office_roles = ["doctor"', 'rules.office_roles: "doctor" is not one of'),
        ("office_until = 20", "office_until = 7", "rules.office_until: must be later than office_from"),
        ("window_days = 28", "window_days = 93", "rules.window_days: must be at most 92"),
        ("every_seconds = 3", "every_seconds = 31", "every_seconds: must be at most 30"),
        (
            "# [notices]",
            '[notices]\nhost = "h"\nfrom = "not an address"\nto = {}',
            '"not an address" is not one e-mail',
        ),
        (NOTICES, HALF + '"a@b.example"\nto = {}', "notices.to: names nobody"),
        (
            "# [notices]",
            '[notices]\nhost = "h"\nfrom = "a@b.example"\nto = { XYZ = "a@b.example" }',
            "is not the ODS code",
        ),
    ],
)
def test_a_mistake_is_named(folder: Path, old: str, new: str, because: str) -> None:
    change(folder, old, new)

    assert because in refusal(folder)


def test_a_staff_file_is_read_as_marks_and_spelt_for_comparing(folder: Path) -> None:
    keep_staff(folder)

    file = read_review(folder, TRUSTS).facts.files["RHQ"]

    (member,) = file.members.values()
    assert (member.family, member.postcode, member.address) == ("farrell", "s118aa", "1elmroad")
    assert file.vips == {member.number} == {mark(file.salt, WALTER)}
    assert WALTER not in repr(file)
    assert "Farrell" not in repr(file)


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("a salt of sixteen letters", "short", "salt: is shorter than 16 letters"),
        (f'vips = ["{WALTER}"]', 'vips = ["12345"]', "vips: must be the SHA-256"),
        ('user = "u-amina"', "", "member.user: is missing"),
        ("[[member]]", '[[member]]\nuser = "u-amina"\n\n[[member]]', '"u-amina" stands there twice'),
    ],
)
def test_a_mistake_in_a_staff_file_is_named(folder: Path, old: str, new: str, because: str) -> None:
    assert old in STAFF
    keep_staff(folder, STAFF.replace(old, new, 1))

    assert because in refusal(folder)


def test_a_staff_file_that_everybody_can_read_is_refused(folder: Path) -> None:
    path = keep_staff(folder, mode=0o644)

    assert f"run: chmod 600 {path}" in refusal(folder)
