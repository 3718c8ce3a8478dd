"""`trustline codes`: how each map stands, what is wrong with one, what nobody has explained, and signing."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.answer import Kind
from sandbox.laboratory_keys import laboratory_key, write_laboratory_key
from tests.access.signing import key_of
from tests.builders import BARNSLEY, ROTHERHAM, a_report, a_result
from tests.code_maps import sign_maps_again
from tests.databases import sqlite_in
from viewer.clinical.report import Amount, Code, NoValue, Words
from viewer.clinical.row import Row
from viewer.command import World, run
from viewer.store.database import open_database
from viewer.unmapped import UnmappedCodes

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TROPONIN = ("https://fhir.sandbox.example/rotherham/code", "TNI")


@dataclass
class Desk:
    """Somebody at a laboratory with a copy of the configuration."""

    folder: Path
    now: datetime = NOON
    said: str = ""
    complained: str = ""

    def type(self, *words: str) -> int:
        environ = {
            "TRUSTLINE_CONFIG": str(self.folder),
            "TRUSTLINE_DATABASE": f"sqlite:///{self.folder.parent / 'trustline.sqlite'}",
        }
        world = World(environ, StringIO(), StringIO(), StringIO(), lambda: self.now, "me")
        done = run(["codes", *words], world)
        self.said, self.complained = world.write.getvalue(), world.complain.getvalue()  # type: ignore[attr-defined]
        return done

    @property
    def map(self) -> Path:
        return self.folder / "codes" / "rotherham.toml"

    def change(self, was: str, now: str) -> None:
        text = self.map.read_text()
        assert was in text
        self.map.write_text(text.replace(was, now, 1))

    def key(self, trust: str = "rotherham") -> str:
        path = self.folder.parent / f"{trust}.pem"
        write_laboratory_key(trust, path)
        return str(path)

    def line(self, trust: str) -> str:
        return next(line for line in self.said.splitlines() if line.strip().startswith(f"{trust}:"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    return Desk(folder)


# ── status and check ─────────────────────────────────────────────────────────────────────────────


def test_status_says_who_signed_each_map_when_and_how_many_codes_it_explains(desk: Desk) -> None:
    assert desk.type("status") == 0

    assert "67 codes, signed 30 June 2026 by Dr Jane Holroyd, Laboratory director, key" in desk.line("Rotherham")
    assert "analytes are explained by more than one trust" in desk.said


def test_status_for_machines_says_the_same(desk: Desk) -> None:
    assert desk.type("status", "--json") == 0

    rotherham = next(one for one in json.loads(desk.said) if one["trust"] == "rotherham")
    assert (rotherham["believed"], rotherham["codes"], rotherham["signed_on"], rotherham["conversions"]) == (
        True, 67, "2026-06-30", 0,
    )  # fmt: skip


def test_the_shipped_maps_have_nothing_wrong(desk: Desk) -> None:
    assert desk.type("check") == 0
    assert "Nothing is wrong." in desk.said


def test_check_says_a_map_in_full(desk: Desk) -> None:
    assert desk.type("check", "rotherham") == 0

    assert "/rotherham/code K = Potassium (potassium)" in desk.said
    assert "/rotherham/code GPH = pH (gas_ph, [pH])" in desk.said
    assert 'unit "mmol/l" = mmol/L' in desk.said
    assert 'specimen "Serum" = serum' in desk.said


def test_a_map_that_was_changed_since_it_was_signed_is_said_plainly(desk: Desk) -> None:
    desk.change('analyte = "sodium"', 'analyte = "chloride"')

    assert desk.type("check") == 1
    assert "WRONG: its codes count as unmapped: what it says was changed after it was signed" in desk.said
    assert desk.type("status") == 0
    assert "NOT BELIEVED, so nothing of it is mapped: what it says was changed" in desk.line("Rotherham")


def test_a_map_signed_on_a_day_still_to_come_is_wrong(desk: Desk) -> None:
    desk.change("signed_on = 2026-06-30", "signed_on = 2027-06-30")
    sign_maps_again(desk.folder)

    assert desk.type("check", "rotherham") == 1
    assert "it says that it was signed on 30 June 2027, which is still to come" in desk.said


def test_an_analyte_nobody_knows_is_refused_with_what_was_meant(desk: Desk) -> None:
    desk.change('analyte = "sodium"', 'analyte = "sodum"')

    assert desk.type("status") == 1
    assert "codes/rotherham.toml line 9, codes.analyte" in desk.complained
    assert "did you mean sodium?" in desk.complained


@pytest.mark.parametrize("words", [("check", "rotheram"), ("unmapped", "--trust", "rotheram")])
def test_a_trust_nobody_knows_is_refused_with_what_was_meant(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.type(*words) == 1
    assert 'There is no trust "rotheram"; did you mean rotherham?' in desk.complained


# ── sign ─────────────────────────────────────────────────────────────────────────────────────────


def test_signing_a_changed_map_makes_it_believed_again(desk: Desk) -> None:
    desk.change('code = "NA"', 'code = "SOD"')

    assert desk.type("sign", "rotherham", "--key", desk.key(), "--write") == 0

    assert "[signature]" in desk.said
    assert desk.map.read_text().count("[signature]") == 1
    assert desk.type("check") == 0


def test_signing_without_write_changes_nothing(desk: Desk) -> None:
    desk.change('code = "NA"', 'code = "SOD"')
    before = desk.map.read_text()

    assert desk.type("sign", "rotherham", "--key", desk.key()) == 0

    assert desk.map.read_text() == before


def test_a_map_that_was_never_signed_gets_its_signature_at_the_end(desk: Desk) -> None:
    desk.map.write_text(desk.map.read_text().partition("\n[signature]")[0])

    assert desk.type("sign", "rotherham", "--key", desk.key(), "--write") == 0

    assert desk.type("check", "rotherham") == 0


def test_what_is_signed_already_is_left_alone(desk: Desk) -> None:
    assert desk.type("sign", "rotherham", "--key", desk.key(), "--write") == 1
    assert "has signed this text already. Nothing was changed." in desk.complained


def test_another_laboratorys_key_signs_nothing(desk: Desk) -> None:
    desk.change('code = "NA"', 'code = "SOD"')

    assert desk.type("sign", "rotherham", "--key", desk.key("barnsley"), "--write") == 1
    assert "This is not the key of the laboratory of rotherham" in desk.complained


def test_the_key_for_agreements_signs_no_map(desk: Desk) -> None:
    desk.change('code = "NA"', 'code = "SOD"')
    path = desk.folder.parent / "agreements.pem"
    path.write_bytes(key_of("rotherham").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)

    assert desk.type("sign", "rotherham", "--key", str(path)) == 1
    assert "This is not the key of the laboratory" in desk.complained


def test_a_trust_without_a_laboratory_key_is_told_what_to_write(desk: Desk) -> None:
    own = desk.folder / "trusts" / "rotherham.toml"
    own.write_text("".join(line for line in own.read_text().splitlines(True) if not line.startswith("laboratory_key")))

    assert desk.type("sign", "rotherham", "--key", desk.key()) == 1
    assert 'laboratory_key = "' in desk.complained


def test_a_signature_that_is_not_at_the_end_is_not_written_over(desk: Desk) -> None:
    said, _, signature = desk.map.read_text().partition("\n[signature]")
    changed = said.replace('code = "NA"', 'code = "SOD"')
    above, units, below = changed.partition("\n[units]")
    desk.map.write_text(f"{above}\n[signature]{signature}{units}{below}")
    before = desk.map.read_text()

    assert desk.type("sign", "rotherham", "--key", desk.key(), "--write") == 1

    assert "[signature] is not the last table" in desk.complained
    assert desk.map.read_text() == before


def test_there_is_nothing_to_sign_without_a_map(desk: Desk) -> None:
    desk.map.unlink()

    assert desk.type("sign", "rotherham", "--key", desk.key()) == 1
    assert "There is no map to sign" in desk.complained
    assert desk.type("check", "rotherham") == 1
    assert "there is no file" in desk.said


def test_a_key_that_everybody_can_read_signs_nothing(desk: Desk) -> None:
    path = Path(desk.key())
    path.chmod(0o644)

    assert desk.type("sign", "rotherham", "--key", str(path)) == 1
    assert "everybody on this machine can read" in desk.complained


def test_the_sandboxs_keys_are_the_same_whoever_makes_them() -> None:
    assert laboratory_key("rotherham").private_bytes_raw() == laboratory_key("rotherham").private_bytes_raw()
    assert laboratory_key("rotherham").private_bytes_raw() != laboratory_key("barnsley").private_bytes_raw()


# ── unmapped ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def seen(desk: Desk) -> Desk:
    """Two patients' pages have held codes of Rotherham's that are not mapped; one of them a result without a code."""
    engine = open_database(sqlite_in(desk.folder.parent))
    codes = UnmappedCodes(engine, lambda: NOON)
    result = replace(a_result(value=Amount("4", unit="ng/L")), codes=(Code(*TROPONIN),), name="Troponin I")
    words = a_result("Amoxicillin", value=Words("Resistant"), id_="Observation/2")
    words = replace(words, codes=(Code(TROPONIN[0], "AMOX"),))
    group = a_result(
        "Organism", value=NoValue(), id_="Observation/3", codes=(Code(TROPONIN[0], "ORG"),), members=(words,)
    )
    itself: dict[str, Any] = {"title": "Urine culture", "codes": (Code(TROPONIN[0], "UC"),)}
    theirs = Row(a_report(ROTHERHAM, results=(result, group), kind=Kind.LABORATORY, **itself))
    ours = Row(a_report(BARNSLEY, results=(replace(result, codes=()),), kind=Kind.LABORATORY))
    codes.notice("one", [theirs])
    codes.notice("another", [theirs, ours])
    codes.settle()
    codes.close()
    engine.dispose()
    return desk


def test_unmapped_lists_what_was_seen_trust_by_trust(seen: Desk) -> None:
    assert seen.type("unmapped") == 0

    assert seen.said.splitlines() == [
        "Barnsley: 0 to explain",
        "  No map can explain results without a code: on 1 page, 21 November 2026 to 21 November 2026",
        "Chesterfield: 0 to explain",
        "Doncaster and Bassetlaw: 0 to explain",
        "Mid Yorkshire: 0 to explain",
        "Rotherham: 1 to explain",
        f'  {TROPONIN[0]} TNI "Troponin I": on 2 pages, 21 November 2026 to 21 November 2026',
        "  3 more came without numbers (words, groups of results, whole reports),",
        "  and need no map unless they name a culture or a screen:",
        f'    {TROPONIN[0]} AMOX "Amoxicillin": on 2 pages, 21 November 2026 to 21 November 2026',
        f'    {TROPONIN[0]} ORG "Organism": on 2 pages, 21 November 2026 to 21 November 2026',
        f'    {TROPONIN[0]} UC "Urine culture": on 2 pages, 21 November 2026 to 21 November 2026',
        "Sheffield Children’s: 0 to explain",
        "Sheffield Teaching: 0 to explain",
    ]


def test_unmapped_of_one_trust_for_machines(seen: Desk) -> None:
    assert seen.type("unmapped", "--trust", "rotherham", "--json") == 0

    usual = {"trust": "rotherham", "system": TROPONIN[0], "pages": 2}
    days = {"first_seen": "2026-11-21", "last_seen": "2026-11-21"}
    assert json.loads(seen.said) == [
        {**usual, "code": "AMOX", "name": "Amoxicillin", "in_words": True, **days},
        {**usual, "code": "ORG", "name": "Organism", "in_words": True, **days},
        {**usual, "code": "TNI", "name": "Troponin I", "in_words": False, **days},
        {**usual, "code": "UC", "name": "Urine culture", "in_words": True, **days},
    ]


def test_a_code_that_its_map_explains_by_now_is_no_longer_listed(seen: Desk) -> None:
    row = f'  {{ system = "{TROPONIN[0]}", code = "TNI", analyte = "troponin_i" }},\n]'
    seen.change("\n]", f"\n{row}")
    unsigned = seen.type("unmapped", "--trust", "rotherham")
    said_unsigned = seen.said
    sign_maps_again(seen.folder)

    assert seen.type("unmapped", "--trust", "rotherham") == unsigned == 0
    assert seen.said.startswith("Rotherham: 0 to explain\n")
    assert "TNI" not in seen.said
    assert "Rotherham: 1 to explain; its whole map is NOT BELIEVED: what it says was changed" in said_unsigned


def test_no_database_is_made_where_none_is(desk: Desk) -> None:
    assert desk.type("unmapped") == 1
    assert "If that is its right place, run: trustline database upgrade" in desk.complained
    assert not (desk.folder.parent / "trustline.sqlite").exists()


def test_a_database_of_before_says_what_to_do(desk: Desk) -> None:
    (desk.folder.parent / "trustline.sqlite").touch(mode=0o600)

    assert desk.type("unmapped") == 1
    assert "has no table of unmapped codes. Run: trustline database upgrade" in desk.complained
