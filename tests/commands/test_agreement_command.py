"""`trustline agreement`: what a text says and who signed it, signing it, and what is refused."""

import json
import shutil
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.access.signing import key_of, sign_again
from viewer.command import World, run

ROOT = Path(__file__).resolve().parents[2]
NAME = "working_together_2026"


@dataclass
class Desk:
    """Somebody at a trust with a copy of the configuration, and neither secrets nor a database."""

    folder: Path
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    said: str = ""
    complained: str = field(default="")

    def type(self, *words: str) -> int:
        world = World(
            {"TRUSTLINE_CONFIG": str(self.folder)}, StringIO(), StringIO(), StringIO(), lambda: self.now, "me"
        )
        done = run(["agreement", *words], world)
        self.said, self.complained = world.write.getvalue(), world.complain.getvalue()  # type: ignore[attr-defined]
        return done

    @property
    def file(self) -> Path:
        return self.folder / "agreements" / f"{NAME}.toml"

    def key(self, trust: str, mode: int = 0o600) -> str:
        path = self.folder.parent / f"{trust}.pem"
        path.write_bytes(key_of(trust).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(mode)
        return str(path)

    def without_signature_of(self, trust: str) -> None:
        parts = self.file.read_text().split("\n[[signature]]")
        self.file.write_text("\n[[signature]]".join(part for part in parts if f'trust = "{trust}"\non' not in part))

    def status(self) -> dict[str, Any]:
        assert self.type("status", "--json") == 0
        return next(one for one in json.loads(self.said)["agreements"] if one["name"] == NAME)

    def party(self, trust: str) -> dict[str, Any]:
        return next(one for one in self.status()["parties"] if one["trust"] == trust)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    sign_again(folder)
    return Desk(folder)


def test_check_says_what_a_text_says_and_its_hash(desk: Desk) -> None:
    text = desk.status()["text"]

    assert desk.type("check", NAME) == 0

    assert f"  text {text}" in desk.said
    assert "cl. 5.1: clinician, consultant, gp; emergency-care; break-glass" in desk.said
    assert "takes the place of working_together_2025" in desk.said
    assert "Nothing is wrong." in desk.said


def test_the_shipped_agreements_have_nothing_wrong() -> None:
    desk = Desk(ROOT / "config")

    assert desk.type("check") == 0
    assert desk.status()["state"] == "in force"


def test_signing_a_text_and_checking_it_is_a_round_trip(desk: Desk) -> None:
    desk.without_signature_of("rotherham")
    assert desk.party("rotherham")["signed"] is False

    assert desk.type("sign", NAME, "--trust", "rotherham", "--key", desk.key("rotherham"), "--write") == 0

    assert "[[signature]]" in desk.said
    assert desk.party("rotherham") == {
        "trust": "rotherham",
        "signed": True,
        "because": "",
        "on": "2026-11-21",
        "text": desk.status()["text"],
        "key": desk.party("rotherham")["key"],
    }
    assert desk.type("check", NAME) == 0


def test_what_is_printed_may_be_added_by_hand(desk: Desk) -> None:
    desk.without_signature_of("rotherham")
    before = desk.file.read_text()

    desk.type("sign", NAME, "--trust", "rotherham", "--key", desk.key("rotherham"), "--on", "2026-11-20")

    assert desk.file.read_text() == before
    desk.file.write_text(f"{before}\n{desk.said}")
    assert desk.party("rotherham")["on"] == "2026-11-20"


@pytest.mark.parametrize("which", range(64))
def test_one_bit_of_a_signature_turned_is_no_signature_and_the_viewer_says_so(desk: Desk, which: int) -> None:
    text = desk.file.read_text()
    own = text.split('trust = "rotherham"\non')[1].split('signature = "')[1].split('"')[0]
    sent = bytearray(b64decode(own))
    sent[which] ^= 1
    desk.file.write_text(text.replace(own, b64encode(bytes(sent)).decode()))

    assert desk.party("rotherham")["signed"] is False
    assert desk.type("check", NAME) == 1
    assert "WRONG: the signature of rotherham" in desk.said
    assert "it does not verify with the trust’s signing_key" in desk.said


BORROWED = [
    ("another trust's", 'trust = "rotherham"\non', 'trust = "barnsley"\non', "does not verify"),
    ("another day's", "on = 2025-12-11", "on = 2025-12-10", "does not verify"),
    ("another text's", "who a person is", "who somebody is", "over another text"),
]


@pytest.mark.parametrize(("old", "new", "because"), [row[1:] for row in BORROWED], ids=[row[0] for row in BORROWED])
def test_a_signature_cannot_be_borrowed(desk: Desk, old: str, new: str, because: str) -> None:
    desk.file.write_text(desk.file.read_text().replace(old, new))

    assert desk.type("check", NAME) == 1
    assert because in desk.said
    assert desk.party("rotherham")["signed"] is False


def test_a_signature_of_another_agreement_with_the_same_text_is_none(desk: Desk) -> None:
    twin = desk.file.with_name("working_together_2027.toml")
    desk.file.rename(twin)

    assert desk.type("check", "working_together_2027") == 1
    assert desk.said.count("it does not verify") == 7


def test_a_signature_of_a_later_day_does_not_count_yet(desk: Desk) -> None:
    desk.without_signature_of("rotherham")
    desk.type("sign", NAME, "--trust", "rotherham", "--key", desk.key("rotherham"), "--on", "2026-12-01", "--write")

    assert desk.party("rotherham")["because"] == "its signature holds from 1 December 2026"
    desk.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert desk.party("rotherham")["signed"] is True


def test_nothing_is_signed_twice_or_overwritten(desk: Desk) -> None:
    before = desk.file.read_text()

    assert desk.type("sign", NAME, "--trust", "rotherham", "--key", desk.key("rotherham"), "--write") == 1

    assert "rotherham has signed this text of WT-2026 already" in desk.complained
    assert desk.file.read_text() == before


REFUSALS = [
    (["--trust", "rotherham", "--key", "KEY:barnsley"], "This is not the key of rotherham"),
    (["--trust", "leeds", "--key", "KEY:barnsley"], '"leeds" is not a party to WT-2026'),
    (["--trust", "rotherham", "--key", "OPEN:rotherham"], "everybody on this machine can read"),
]


@pytest.mark.parametrize(("words", "because"), REFUSALS)
def test_what_cannot_be_signed_is_refused_with_the_reason(desk: Desk, words: list[str], because: str) -> None:
    desk.without_signature_of("rotherham")
    before = desk.file.read_text()
    kind, _, trust = words[3].partition(":")
    key = desk.key(trust, 0o644 if kind == "OPEN" else 0o600)

    assert desk.type("sign", NAME, *words[:3], key, "--write") == 1

    assert because in desk.complained
    assert desk.file.read_text() == before


def test_a_file_that_is_no_key_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "no.pem"
    path.write_text("not a key")
    path.chmod(0o600)

    assert desk.type("sign", NAME, "--trust", "rotherham", "--key", str(path)) == 1
    assert "holds no private key in PEM" in desk.complained


def test_a_trust_without_a_key_in_its_file_cannot_sign(desk: Desk) -> None:
    own = desk.folder / "trusts/rotherham.toml"
    own.write_text("\n".join(line for line in own.read_text().splitlines() if not line.startswith("signing_key")))

    assert desk.type("sign", NAME, "--trust", "rotherham", "--key", desk.key("rotherham")) == 1

    assert "rotherham has no signing_key in its file" in desk.complained
    assert desk.party("rotherham")["because"].endswith("the trust’s own file holds no signing_key to verify it with")


def test_an_agreement_nobody_knows_is_refused_with_the_nearest(desk: Desk) -> None:
    assert desk.type("check", "working_togther_2026") == 1

    assert "did you mean working_together_2026?" in desk.complained


def test_a_successor_that_is_not_there_is_named_as_wrong(desk: Desk) -> None:
    desk.file.write_text(desk.file.read_text().replace('["working_together_2025"]', '["working_together_2024"]'))
    sign_again(desk.folder)

    assert desk.type("check", NAME) == 1
    assert '"working_together_2024", and there is no such agreement' in desk.said


def test_keys_make_a_pair_that_signs_and_are_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    desk.without_signature_of("rotherham")
    private = tmp_path / "new.pem"

    assert desk.type("keys", "--out", str(private)) == 0

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    public = next(line for line in desk.said.splitlines() if line.startswith("signing_key"))
    own = desk.folder / "trusts/rotherham.toml"
    kept = [line for line in own.read_text().splitlines() if not line.startswith("signing_key")]
    own.write_text("\n".join([public, *kept]))
    assert desk.type("sign", NAME, "--trust", "rotherham", "--key", str(private), "--write") == 0
    assert desk.party("rotherham")["signed"] is True
    before = private.read_bytes()
    assert desk.type("keys", "--out", str(private)) == 1
    assert private.read_bytes() == before


def test_keys_for_a_laboratory_are_named_as_its_file_names_them_and_sign_its_map(desk: Desk, tmp_path: Path) -> None:
    private, own = tmp_path / "laboratory.pem", desk.folder / "trusts/rotherham.toml"

    assert desk.type("keys", "--for", "laboratory", "--out", str(private)) == 0

    assert "those who sign for the laboratory can read it" in desk.said
    assert "signing_key" not in desk.said
    public = next(line for line in desk.said.splitlines() if line.startswith("laboratory_key"))
    kept = [line for line in own.read_text().splitlines() if not line.startswith("laboratory_key")]
    own.write_text("\n".join([public, *kept]))
    world = World({"TRUSTLINE_CONFIG": str(desk.folder)}, StringIO(), StringIO(), StringIO(), lambda: desk.now, "me")
    assert run(["codes", "sign", "rotherham", "--key", str(private)], world) == 0


def test_status_says_the_vote_in_numbers_and_what_each_trust_narrows(desk: Desk) -> None:
    for trust in ("rotherham", "barnsley"):
        desk.without_signature_of(trust)

    assert desk.status()["vote"] == {"eligible": 7, "signed": 5, "needed": 6, "carried": False}
    assert desk.status()["state"] == "not carried"
    desk.type("status")
    assert "NOT CARRIED: 5 of 7 have signed, 6 are needed" in desk.said
    assert "Rotherham narrows: never shares sexual-health" in desk.said


def test_status_says_that_a_review_is_late(desk: Desk) -> None:
    desk.now = datetime(2027, 7, 1, 12, tzinfo=UTC)

    assert desk.status()["state"] == "in force, review overdue"
    desk.type("status")
    assert "OVERDUE: it was to be looked at again by 30 June 2027" in desk.said
