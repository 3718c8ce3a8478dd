"""What is new and what says something else is told against what was shown, and never guessed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.pages.builders import CHESTERFIELD, ROTHERHAM, TEACHING, a_report, a_result, at, changed
from viewer.clinical.changes import (
    VERSIONS,
    Before,
    Change,
    Changed,
    Looked,
    Shown,
    Whose,
    change_of,
    changes,
    noted,
    said_mark,
    was_shown,
)
from viewer.clinical.report import Addendum, Attachment, Code, Report, Status, Unreadable
from viewer.clinical.row import Row

LAST = datetime(2026, 11, 20, 23, 40, tzinfo=UTC)
OPENED = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
NOBODY = Looked()
KEY = "rotherham/DiagnosticReport/1"


def a_version(potassium: str = "6.9", **changes: object) -> Report:
    results = (a_result("Potassium", potassium, "mmol/L", "HI", id="Observation/1"), a_result("Sodium", "133"))
    made = a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", *results)
    return changed(made, **changes)


def as_shown(report: Report, when: datetime = LAST) -> Shown:
    return Shown(said_mark(report), report.status.value, when)


def looked(*shown: Shown, key: str = KEY, last: datetime | None = LAST) -> Looked:
    kept: Mapping[str, Sequence[Shown]] = {key: shown}
    return Looked(last, lambda wanted: kept.get(wanted, ()))


def of(row: Row, you: Looked = NOBODY, team: Looked = NOBODY) -> Changed | None:
    return change_of(row, Before(you, team), OPENED)


def test_who_never_looked_is_told_of_nothing_new() -> None:
    assert of(Row(a_version())) is None


def test_what_was_never_shown_is_new_since_the_last_look() -> None:
    assert of(Row(a_version()), looked(key="another")) == Changed(Change.NEW, Whose.YOURS, LAST)


def test_what_was_shown_word_for_word_is_not_marked() -> None:
    assert of(Row(a_version()), looked(as_shown(a_version()))) is None


@pytest.mark.parametrize(
    ("now", "shown", "expected"),
    [
        (a_version(), (), False),
        (a_version(), (as_shown(a_version()),), True),
        (a_version("5.9"), (as_shown(a_version()),), False),
        (a_version(status=Status.ENTERED_IN_ERROR), (as_shown(a_version()),), False),
        (a_version("5.9"), (as_shown(a_version("5.9"), LAST - timedelta(hours=1)), as_shown(a_version())), False),
        (a_version("5.9"), (as_shown(a_version("5.9")), as_shown(a_version(), LAST - timedelta(hours=1))), True),
    ],
)
def test_only_what_was_shown_last_word_for_word_was_shown(
    now: Report, shown: tuple[Shown, ...], *, expected: bool
) -> None:
    assert was_shown(Row(now), looked(*shown)) is expected


def test_a_proven_copy_of_what_was_shown_is_not_new() -> None:
    copy = changed(a_version(), trust=CHESTERFIELD)

    assert of(Row(copy, copies=(a_version(),)), looked(as_shown(a_version()))) is None


def test_a_value_that_is_not_what_was_shown_is_corrected_and_what_was_shown_is_said() -> None:
    now = a_version("5.9", status=Status.CORRECTED)

    found = of(Row(now, earlier=(a_version(),)), looked(as_shown(a_version())))

    assert found
    assert (found.change, found.whose, found.last, found.proven) == (
        Change.CORRECTED,
        Whose.YOURS,
        LAST,
        True,
    )
    assert [was.result.value for was in found.was.was["Observation/1"]] == [a_version().results[0].value]


def test_only_what_you_were_shown_is_said_to_have_been_not_what_others_saw_between() -> None:
    versions = (a_version("6.1"), a_version("6.9"))

    found = of(Row(a_version("5.9", status=Status.CORRECTED), earlier=versions), looked(as_shown(versions[1])))

    assert found
    assert [was.result for was in found.was.was["Observation/1"]] == [versions[1].results[0]]


def test_another_value_whose_earlier_version_did_not_come_is_corrected_and_said_to_be_unproven() -> None:
    found = of(Row(a_version("5.9")), looked(as_shown(a_version())))

    assert found
    assert (found.change, found.proven, found.status) == (Change.CORRECTED, False, "final")


@pytest.mark.parametrize(
    "status", [Status.CORRECTED, Status.AMENDED, Status.APPENDED, Status.CANCELLED, Status.ENTERED_IN_ERROR]
)
def test_the_same_words_taken_back_by_their_status_are_corrected(status: Status) -> None:
    found = of(Row(a_version(status=status)), looked(as_shown(a_version())))

    assert found
    assert found.change is Change.CORRECTED


def test_preliminary_that_became_final_with_the_same_words_moved_on() -> None:
    found = of(Row(a_version()), looked(as_shown(a_version(status=Status.PRELIMINARY))))

    assert found
    assert (found.change, found.status) == (Change.ADDED_TO, "preliminary")


def test_more_results_beside_those_that_were_shown_are_an_addition() -> None:
    before = a_version(status=Status.PRELIMINARY)
    now = changed(a_version(), results=(*before.results, a_result("Urea", "7.1")))

    found = of(Row(now, earlier=(before,)), looked(as_shown(before)))

    assert found
    assert found.change is Change.ADDED_TO


@pytest.mark.parametrize(
    "other",
    [
        {"conclusion": "Haemolysed."},
        {"addenda": (Addendum("9 mm nodule", at("2026-11-21 02:05"), "Dr P Oyelaran"),)},
        {"notes": ()},
        {"narrative": "<div>Haemolysed.</div>"},
        {"conclusion_codes": ()},
        {"attachments": (Attachment("Letter", "application/pdf", "JVBERi0="),)},
        {"taken": at("2026-11-19 22:41")},
    ],
    ids=["another conclusion", "an addendum", "a comment less", "another text", "a code less", "another document",
         "another time"],
)  # fmt: skip
def test_what_stands_beside_the_results_and_changed_is_a_correction(other: dict[str, object]) -> None:
    before = a_version(
        conclusion="Not haemolysed.", notes=("Telephoned.",), narrative="<div>Not haemolysed.</div>",
        conclusion_codes=(Code("", "CANCER"),), attachments=(Attachment("Letter", "application/pdf", "JVBERi0xLjQ="),),
    )  # fmt: skip

    found = of(Row(changed(before, **other), earlier=(before,)), looked(as_shown(before)))

    assert found
    assert found.change is Change.CORRECTED


def test_what_your_team_saw_and_you_never_is_said_only_when_it_was_corrected() -> None:
    row = Row(a_version("5.9", status=Status.CORRECTED), earlier=(a_version(),))

    team = of(row, team=looked(as_shown(a_version())))

    assert team
    assert (team.change, team.whose) == (Change.CORRECTED, Whose.TEAMS)
    assert of(Row(a_version()), team=looked(key="another")) is None


def test_what_you_saw_is_said_before_what_your_team_saw() -> None:
    row = Row(a_version("5.9", status=Status.CORRECTED), earlier=(a_version(),))

    found = of(row, looked(as_shown(a_version())), looked(as_shown(a_version())))

    assert found
    assert found.whose is Whose.YOURS


def test_a_mark_stays_while_the_patient_stays_open_and_is_gone_when_opened_anew() -> None:
    now = a_version("5.9", status=Status.CORRECTED)
    row, reloaded = Row(now, earlier=(a_version(),)), as_shown(now, OPENED + timedelta(minutes=1))
    both = looked(as_shown(a_version()), reloaded)

    still = of(row, both)
    anew = change_of(row, Before(both), OPENED + timedelta(hours=1))

    assert still
    assert still.change is Change.CORRECTED
    assert anew is None
    assert of(row, looked(reloaded)) == Changed(Change.NEW, Whose.YOURS, LAST)


def test_what_is_compared_is_named_where_its_trust_had_not_sent_all_at_the_last_look() -> None:
    monday = LAST - timedelta(days=5)
    since = changed(looked(as_shown(a_version(), monday)), without=frozenset({"rotherham"}))
    elsewhere = changed(since, without=frozenset({"barnsley"}))
    row = Row(a_version("5.9", status=Status.CORRECTED), earlier=(a_version(),))

    found, other, new = of(row, since), of(row, elsewhere), of(Row(a_version(id="DiagnosticReport/2")), since)

    assert found
    assert (found.last, found.missed, found.first_shown) == (LAST, True, monday)
    assert other
    assert (other.missed, other.first_shown) == (False, monday)
    assert new == Changed(Change.NEW, Whose.YOURS, LAST, missed=True)


def test_what_was_changed_and_changed_back_is_said_against_what_was_shown_last() -> None:
    shown = looked(as_shown(a_version(), LAST - timedelta(days=2)), as_shown(a_version("5.9"), LAST))

    found = of(Row(a_version()), shown)

    assert found
    assert found.change is Change.CORRECTED


def test_a_report_that_took_the_place_of_one_that_was_shown_is_not_new() -> None:
    successor = changed(a_version("5.9", status=Status.CORRECTED), id="DiagnosticReport/2")

    found = of(Row(successor, earlier=(a_version(),)), looked(as_shown(a_version())))

    assert found
    assert found.change is Change.CORRECTED


def test_a_report_of_which_part_cannot_be_read_is_compared_by_what_came() -> None:
    unread = Unreadable(ROTHERHAM, "Observation", "9", "its value is a list")
    report = changed(a_version(), results=(*a_version().results, unread))

    assert of(Row(report), looked(as_shown(report))) is None
    assert of(Row(changed(report, results=(unread,))), looked(as_shown(report))) is not None


def test_a_mark_says_what_is_read_and_not_how_the_trust_names_it() -> None:
    same = changed(a_version(), trust=TEACHING, id="DiagnosticReport/99", version="4", requester="Dr A")

    assert said_mark(same) == said_mark(a_version())
    assert said_mark(a_version("6.90")) != said_mark(a_version())


def test_only_rows_that_are_not_as_they_were_are_named() -> None:
    rows = [Row(a_version()), Row(changed(a_version(), id="DiagnosticReport/2"))]

    assert list(changes(rows, Before(looked(as_shown(a_version()))), OPENED)) == ["rotherham/DiagnosticReport/2"]


def test_the_same_shown_again_adds_nothing_and_keeps_its_first_time() -> None:
    first = as_shown(a_version())

    assert noted({KEY: (first,)}, {KEY: as_shown(a_version(), OPENED)}) == {KEY: (first,)}


def test_what_is_shown_again_after_another_stands_last_and_the_oldest_is_let_go() -> None:
    kept: dict[str, tuple[Shown, ...]] = {}
    for turn, value in enumerate(["1", "2", "1", "3", "4", "5", "6"]):
        kept = noted(kept, {KEY: as_shown(a_version(value), LAST + timedelta(hours=turn))})

    assert len(kept[KEY]) == VERSIONS
    assert [one.said for one in kept[KEY]] == [said_mark(a_version(value)) for value in "3456"]
