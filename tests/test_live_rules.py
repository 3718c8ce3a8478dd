"""Narrowing and agreements bite at once: the next decision goes by what the files say now, and every change is told."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.answer import Kind
from connectors.registry import known_connectors
from sandbox.credentials import prepare
from tests.access.builders import EMERGENCY, GUMPCR, REGISTERED, STD, a_consultant, a_gp, a_report
from tests.access.signing import block, sign_again, sign_file
from viewer.access.agreement import Agreement
from viewer.access.decide import may_ask, may_see
from viewer.access.force import Force, force_of
from viewer.access.relationship import FINDING
from viewer.access.rules import Rules
from viewer.live_rules import LiveRules, RulesChange
from viewer.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
BY_SECRET = ("barnsley", "chesterfield", "mid_yorkshire", "rotherham", "sheffield_childrens", "sheffield_teaching")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGREEMENT, OLD = "agreements/working_together_2026.toml", "agreements/working_together_2025.toml"
ROTHERHAM = "trusts/rotherham.toml"
WITHOUT_RADIOLOGY = '\n[narrows]\nshares = ["demographics", "laboratory"]\n'


@dataclass
class House:
    """A copy of config/ signed with test keys, and the live rules of one worker that reads it."""

    folder: Path
    environ: dict[str, str]
    told: list[RulesChange] = field(default_factory=list)
    now: datetime = NOW
    live: LiveRules = field(init=False)

    def __post_init__(self) -> None:
        self.live = self.worker(self.told.append)

    def worker(self, tell: Callable[[RulesChange], object]) -> LiveRules:
        return LiveRules(read_settings(self.environ), lambda: self.now, known_connectors(), tell)

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new))

    def write(self, file: str, text: str) -> None:
        """Put a new file in the old one's place, as an editor does, and look at it, so that the worker has seen it."""
        path = self.folder / file
        new = path.with_suffix(".new")
        new.write_text(text)
        moment = self.now.timestamp()
        os.utime(new, (moment, moment))
        os.replace(new, path)  # noqa: PTH105  the one word for it that says it is atomic
        self.live.rules()

    def put(self, file: str, words: bytes) -> None:
        """Write into the file itself, as a hasty hand does, and look at it."""
        path = self.folder / file
        path.write_bytes(words)
        os.utime(path, (self.now.timestamp(),) * 2)
        self.live.rules()

    def wait(self, seconds: float = 2) -> None:
        """Let so many seconds pass in which nobody writes."""
        self.now += timedelta(seconds=seconds)

    def may_ask(self, kind: Kind = Kind.LABORATORY, trust: str = "rotherham") -> bool:
        return may_ask(a_consultant(), EMERGENCY, trust, kind, self.live.rules()).allowed

    def why_not(self, kind: Kind = Kind.LABORATORY) -> str:
        return may_ask(a_consultant(), EMERGENCY, "rotherham", kind, self.live.rules()).because

    def agreement(self, name: str = "working_together_2026") -> Agreement:
        return next(one for one in self.live.rules().agreements if one.name == name)

    def force(self, name: str) -> Force:
        rules = self.live.rules()
        return force_of(self.agreement(name), rules.agreements, rules.today)


@pytest.fixture(scope="module")
def made_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("credentials")
    prepare(folder, BY_SECRET, ("doncaster_and_bassetlaw",))
    return folder / "secrets"


@pytest.fixture
def house(tmp_path: Path, made_secrets: Path) -> House:
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    sign_again(folder)
    environ = {
        "TRUSTLINE_CONFIG": str(folder),
        "TRUSTLINE_SECRETS": str(made_secrets),
        "TRUSTLINE_DATABASE": "sqlite:///var/demo/trustline.sqlite",
    }
    return House(folder, environ)


def test_files_that_nobody_touched_say_what_they_said(house: House) -> None:
    settings = read_settings(house.environ)

    rules = house.live.rules()

    assert (rules.agreements, rules.narrowings) == (settings.agreements, settings.narrowings)
    assert (rules.today, rules.now) == (date(2026, 11, 21), NOW)
    assert house.told == []


# ── A trust narrows ──────────────────────────────────────────────────────────────────────────────


def test_a_trust_narrows_and_the_next_decision_goes_by_it(house: House) -> None:
    assert house.may_ask(Kind.RADIOLOGY)

    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")

    assert not house.may_ask(Kind.RADIOLOGY)
    assert house.may_ask(Kind.LABORATORY)
    assert house.told == [
        RulesChange(
            "trusts/rotherham.toml",
            "Shares changed: demographics, laboratory results, radiology results → demographics, laboratory results",
        )
    ]


def test_what_was_narrowed_is_wide_again_when_the_trust_says_so(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")
    assert not house.may_ask(Kind.RADIOLOGY)

    house.change(ROTHERHAM, WITHOUT_RADIOLOGY, "")
    house.wait()

    assert house.may_ask(Kind.RADIOLOGY)
    assert len(house.told) == 2


def test_a_trust_may_share_nothing_at_all_at_once(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", "\n[narrows]\nshares = []\n\n[sign_in]")

    assert not any(house.may_ask(kind) for kind in Kind)
    assert all(house.may_ask(kind, "barnsley") for kind in Kind)


def test_a_class_added_to_a_trusts_file_is_withheld_at_once_and_its_sentence_said(house: House) -> None:
    house.change(
        "trusts/barnsley.toml",
        "\n[sign_in]",
        '\n[[narrows.never_shared]]\nname = "x"\nsentence = "Barnsley never shares x here"\n'
        'codes = [{ system = "urn:x", code = "X" }]\n\n[sign_in]',
    )

    assert "Barnsley never shares x here" in house.live.standing_sentences()
    assert [change.file for change in house.told] == ["trusts/barnsley.toml"]


UNREADABLE = [
    ("not TOML", "\n[sign_in]", "\n[sign_in"),
    ("a misspelt table", "\n[sign_in]", "\n[narows]\nshares = []\n\n[sign_in]"),
    ("a misspelt kind", "\n[sign_in]", '\n[narrows]\nshares = ["laboratry"]\n\n[sign_in]'),
    ("a key that is none", 'signing_key = "', 'signing_key = "x'),
]


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_a_trust_whose_file_cannot_be_read_any_more_shares_nothing(house: House, old: str, new: str) -> None:
    house.change(ROTHERHAM, old, new)

    assert not any(house.may_ask(kind) for kind in Kind)
    assert house.why_not() == "This trust’s own file cannot be read, so it shares nothing here"
    assert house.may_ask(trust="barnsley")
    (told,) = house.told
    assert "Shares changed: demographics, laboratory results, radiology results → nothing" in told.what
    assert "Cannot be read added: trusts/rotherham.toml" in told.what


def test_a_trusts_file_that_is_gone_shares_nothing_and_its_sentence_stays(house: House) -> None:
    (house.folder / ROTHERHAM).unlink()

    assert not house.may_ask()
    assert "Rotherham never shares sexual-health results here" in house.live.standing_sentences()


def test_a_trust_whose_file_can_be_read_again_shares_again(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", "\n[sign_in")
    assert not house.may_ask()

    house.change(ROTHERHAM, "[sign_in", "[sign_in]")
    house.wait()

    assert house.may_ask()


# ── An agreement changes ─────────────────────────────────────────────────────────────────────────


def test_a_revoked_agreement_allows_nothing_from_that_moment(house: House) -> None:
    assert house.may_ask()
    with (house.folder / AGREEMENT).open("a") as file:
        file.write('\n[revoked]\non = 2026-11-21\nbecause = "The parties have parted."\n')

    assert not house.may_ask()
    assert house.why_not() == "WT-2026 is revoked"
    assert [change.what for change in house.told] == ["Revoked added: from 21 November 2026: The parties have parted."]


def spoilt(path: Path) -> None:
    path.write_text("title = ")


@pytest.mark.parametrize("spoil", [Path.unlink, spoilt], ids=["gone", "not TOML"])
def test_an_agreement_that_cannot_be_read_allows_nothing_and_forbids_what_it_forbade(
    house: House, spoil: Callable[[Path], object]
) -> None:
    sentences = house.live.standing_sentences()

    spoil(house.folder / AGREEMENT)

    assert not house.may_ask()
    assert house.why_not() == "WT-2026 cannot be read, so it is not in force"
    assert house.live.standing_sentences() == sentences
    assert house.force("working_together_2025") is Force.SUPERSEDED
    assert [change.file for change in house.told] == [AGREEMENT]


def test_a_changed_word_takes_every_signature_away_until_it_is_signed_again(house: House) -> None:
    house.change(AGREEMENT, "who a person is", "who somebody is")
    assert house.why_not() == "WT-2026 is not carried: 0 of 7 have signed"

    sign_file(house.folder / AGREEMENT)
    house.live.rules()
    house.wait()

    assert house.may_ask()


def test_what_was_superseded_does_not_come_back_when_its_successor_is_changed(house: House) -> None:
    assert house.force("working_together_2025") is Force.SUPERSEDED

    house.change(AGREEMENT, "who a person is", "who somebody is")

    assert house.force("working_together_2026") is Force.NOT_CARRIED
    assert house.force("working_together_2025") is Force.SUPERSEDED
    house.change(AGREEMENT, "somebody", "anybody")
    assert house.force("working_together_2025") is Force.SUPERSEDED


def test_a_signature_counts_from_the_moment_it_stands_in_the_file(house: House) -> None:
    whole = (house.folder / AGREEMENT).read_text()
    without = "\n[[signature]]".join(
        part for part in whole.split("\n[[signature]]") if 'trust = "rotherham"\non' not in part
    )
    house.write(AGREEMENT, without)
    assert house.why_not() == "Rotherham has not signed WT-2026"

    own = block("working_together_2026", house.agreement().digest, "rotherham", date(2026, 11, 21))
    house.write(AGREEMENT, f"{without}\n{own}")
    house.wait()

    assert house.may_ask()
    assert house.told[-1].what == "Signature of rotherham added: 21 November 2026, verified"


def test_a_trust_that_takes_its_key_away_has_signed_nothing(house: House) -> None:
    text = (house.folder / ROTHERHAM).read_text()
    house.write(ROTHERHAM, "\n".join(line for line in text.splitlines() if not line.startswith("signing_key")))

    assert house.why_not() == "Rotherham has not signed WT-2026"
    assert "its signing key changed" in house.told[0].what


def test_a_new_agreement_counts_once_it_is_there(house: House) -> None:
    text = (house.folder / AGREEMENT).read_text().replace('short = "WT-2026"', 'short = "WT-2027"')
    house.write("agreements/working_together_2027.toml", text)

    assert {one.short for one in house.live.rules().agreements} == {"WT-2025", "WT-2026", "WT-2027"}
    assert [change.what[:16] for change in house.told] == ["a new agreement,"]


def test_a_second_agreement_of_the_same_short_name_allows_nothing(house: House) -> None:
    shutil.copy(house.folder / AGREEMENT, house.folder / "agreements/working_together_twin.toml")

    assert house.force("working_together_twin") is Force.UNREADABLE
    assert house.force("working_together_2026") is Force.IN_FORCE


# ── Telling, and every worker ────────────────────────────────────────────────────────────────────


def test_a_change_is_told_once(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")

    for _ in range(3):
        house.live.rules()
        house.live.standing_sentences()

    assert len(house.told) == 1


def test_a_comment_is_no_change(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", "\n# A word.\n[sign_in]")

    house.live.rules()

    assert house.told == []


def test_a_worker_that_began_before_the_change_sees_it_too_and_one_that_began_after_has_nothing_to_tell(
    house: House,
) -> None:
    elsewhere: list[RulesChange] = []
    other = house.worker(elsewhere.append)
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")
    later: list[RulesChange] = []
    new = house.worker(later.append)

    said = [worker.rules().narrowings for worker in (house.live, other, new)]

    assert said[0] == said[1] == said[2]
    assert (len(house.told), len(elsewhere), len(later)) == (1, 1, 0)


def test_nothing_is_decided_by_a_change_that_could_not_be_told(house: House) -> None:
    class LogIsDownError(Exception):
        pass

    heard: list[RulesChange] = []

    def tell(change: RulesChange) -> None:
        heard.append(change)
        if len(heard) == 1:
            raise LogIsDownError

    worker = house.worker(tell)
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")

    with pytest.raises(LogIsDownError):
        worker.rules()
    narrowing = next(one for one in worker.rules().narrowings if one.trust == "rotherham")

    assert narrowing.shares == {Kind.DEMOGRAPHICS, Kind.LABORATORY}
    assert heard[0] == heard[1]


def test_a_change_of_the_same_length_within_one_tick_of_the_clock_is_seen(house: House) -> None:
    """Written into the same file, as long as before, with its times set back: nothing but its words differ."""
    path = house.folder / ROTHERHAM
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")
    house.live.rules()
    before = path.stat()
    path.write_text(path.read_text().replace('"laboratory"]', '"radiology" ]'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert not house.may_ask(Kind.LABORATORY)
    assert not house.may_ask(Kind.RADIOLOGY)
    house.wait()
    assert not house.may_ask(Kind.LABORATORY)
    assert house.may_ask(Kind.RADIOLOGY)


def test_break_glass_opens_a_class_only_once_the_trusts_own_file_says_so(house: House) -> None:
    report = [a_report(codes=(GUMPCR, STD))]
    assert not may_see(a_consultant(), EMERGENCY, report, house.live.rules()).allowed

    house.change(ROTHERHAM, 'name = "sexual-health"', 'name = "sexual-health"\nopens_by_break_glass = true')

    house.wait()
    assert not may_see(a_consultant(), EMERGENCY, report, house.live.rules()).allowed
    assert any(one.opens_by_break_glass for own in house.live.rules().narrowings for one in own.never_shared)


# ── A file that may still be being written ───────────────────────────────────────────────────────


def all_that_is_allowed(rules: Rules) -> set[tuple[str, Kind, str]]:
    """Return who may ask for what, by every stated relationship that a clause of the shipped agreements names."""
    return {
        (trust, kind, f"{who.role.value}, {relationship.claim.value}")
        for trust in (narrowing.trust for narrowing in rules.narrowings)
        for kind in Kind
        for who, relationship in ((a_consultant(), EMERGENCY), (a_gp(), REGISTERED), (a_consultant(), FINDING))
        if may_ask(who, relationship, trust, kind, rules).allowed
    }


@pytest.mark.parametrize("file", [AGREEMENT, ROTHERHAM])
def test_no_half_of_a_shipped_file_allows_what_the_whole_did_not(house: House, file: str) -> None:
    """Cut before each table, where half a file is likeliest to look whole; test_unsettled.py cuts at every byte."""
    whole = (house.folder / file).read_bytes()
    allowed, classes = all_that_is_allowed(house.live.rules()), set(house.live.standing_sentences())

    for found in re.finditer(rb"^\[", whole, re.MULTILINE):
        house.put(file, whole[: found.start()])
        assert all_that_is_allowed(house.live.rules()) <= allowed
        assert classes <= set(house.live.standing_sentences())
        house.put(file, whole)
        house.wait()

    assert all_that_is_allowed(house.live.rules()) == allowed


def test_what_a_trust_adds_to_its_sharing_holds_once_its_file_has_stayed_the_same_for_two_seconds(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")
    house.wait()
    house.change(ROTHERHAM, WITHOUT_RADIOLOGY, "")

    house.wait(1.9)
    assert not house.may_ask(Kind.RADIOLOGY)
    house.change(ROTHERHAM, "\n[sign_in]", "\n# A word.\n[sign_in]")  # written to again: the two seconds begin anew
    house.wait(1.9)
    assert not house.may_ask(Kind.RADIOLOGY)

    house.wait(0.1)
    assert house.may_ask(Kind.RADIOLOGY)
    assert len(house.told) == 2


def test_a_class_taken_out_of_a_file_is_withheld_until_the_file_has_settled(house: House) -> None:
    text = (house.folder / ROTHERHAM).read_text()
    house.write(ROTHERHAM, text[: text.index("[[narrows.never_shared]]")])
    report = [a_report(codes=(GUMPCR, STD))]

    assert not may_see(a_consultant(), EMERGENCY, report, house.live.rules()).allowed

    house.wait()
    sentence = "Rotherham never shares sexual-health results here"
    assert sentence not in {one.sentence for own in house.live.rules().narrowings for one in own.never_shared}


def test_a_file_written_long_ago_and_moved_here_counts_at_once(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")
    house.wait()
    path = house.folder / ROTHERHAM
    path.write_text(path.read_text().replace(WITHOUT_RADIOLOGY, ""))
    an_hour_ago = house.now.timestamp() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))

    assert house.may_ask(Kind.RADIOLOGY)


def test_a_disk_whose_clock_is_ahead_does_not_hold_anything_back_for_ever(house: House) -> None:
    house.change(ROTHERHAM, "\n[sign_in]", f"{WITHOUT_RADIOLOGY}\n[sign_in]")
    house.wait()
    house.change(ROTHERHAM, WITHOUT_RADIOLOGY, "")
    tomorrow = house.now.timestamp() + 86_400
    os.utime(house.folder / ROTHERHAM, (tomorrow, tomorrow))
    assert not house.may_ask(Kind.RADIOLOGY)

    house.wait()

    assert house.may_ask(Kind.RADIOLOGY)


def test_a_key_that_a_trust_has_just_changed_verifies_nothing_until_its_file_has_settled(house: House) -> None:
    text = (house.folder / ROTHERHAM).read_text()
    house.write(ROTHERHAM, "\n".join(line for line in text.splitlines() if not line.startswith("signing_key")))
    house.wait()
    house.write(ROTHERHAM, text)

    assert house.why_not() == "Rotherham has not signed WT-2026"

    house.wait()
    assert house.may_ask()


# ── A file that does harm ────────────────────────────────────────────────────────────────────────

HARM = {
    "lists in lists": "\nx = " + "[" * 3000,
    "a number of 5,000 digits": "\nx = " + "1" * 5000,
    "a key of 10,000 parts": "\nx" + ".x" * 10_000 + " = 1",
    "no UTF-8": '\nx = "\udc80"',
    "a list without an end": "\nx = [",
    "two megabytes": "\n" + "#" * 2_000_000,
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_whatever_is_wrong_with_one_trusts_file_costs_that_trust_alone(house: House, harm: str) -> None:
    path = house.folder / ROTHERHAM
    path.write_bytes(path.read_bytes() + harm.encode("utf-8", "surrogateescape"))

    assert not any(house.may_ask(kind) for kind in Kind)
    assert house.may_ask(trust="barnsley")
    assert "Rotherham never shares sexual-health results here" in house.live.standing_sentences()


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_whatever_is_wrong_with_one_agreement_costs_that_one_alone(house: House, harm: str) -> None:
    house.put("agreements/another.toml", harm.encode("utf-8", "surrogateescape"))

    assert house.force("another") is Force.UNREADABLE
    assert house.may_ask()
