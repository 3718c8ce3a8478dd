"""An officer records and ends a dissent by number and reference; the log says so first, and no address says whose."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pages.builders import NOW, TRUSTS, LogLostError, a_clinician, add, an_app, an_asking, some_handles
from tests.pages.page_tester import PageTester
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Role
from viewer.dissents import Dissent
from viewer.pages import words
from viewer.pages.dissent import dissent_routes
from viewer.pages.errors import show_errors

WALTER = "999 412 7039"
PRIYA = a_clinician(user_id="u-priya", role=Role.IG_OFFICER)


class Kept:
    """Stands for the dissents, and remembers what the log said at the time."""

    def __init__(self, *history: Dissent) -> None:
        self.history = list(history)
        self.logged: list[AccessEvent] = []

    def append(self, *events: AccessEvent) -> tuple[int, ...]:
        self.logged += events
        return (1,)

    def holds(self, nhs_number: str) -> bool:
        return any(one.ended_at is None for one in self.of(nhs_number))

    def of(self, nhs_number: str) -> list[Dissent]:
        return [one for one in self.history if one.nhs_number == nhs_number]

    def record(self, nhs_number: str, by: str, reference: str) -> bool:
        assert [one.outcome for one in self.logged] == ["recorded"]
        self.history.insert(0, Dissent(nhs_number, NOW, by, reference))
        return True

    def end(self, nhs_number: str, by: str, reference: str) -> bool:
        assert [one.outcome for one in self.logged] == ["ended"]
        before = self.history[0]
        self.history[0] = Dissent(
            nhs_number, before.recorded_at, before.recorded_by, before.reference, NOW, by, reference
        )
        return True


def a_tester(kept: Kept, append: Any = None) -> PageTester:
    app = an_app()
    add(app, dissent_routes(kept, some_handles(), append or kept.append, lambda: NOW), an_asking(PRIYA))
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def held() -> Dissent:
    return Dissent("9994127039", datetime(2026, 11, 1, 9, 30, tzinfo=UTC), "u-rhys", "IG-17")


def test_a_dissent_is_recorded_by_number_and_reference() -> None:
    kept = Kept()
    tester = a_tester(kept)

    said = tester.get(tester.sent_on("/dissent", nhs_number=WALTER, reference="IG-17", do="record")).words

    assert kept.holds("9994127039")
    assert "NHS No. 999 412 7039" in said
    assert "The dissent is recorded and holds from now on." in said
    assert "Recorded 21-Nov-2026 03:12 by u-priya, reference IG-17. It holds." in said


def test_the_log_says_who_recorded_it_of_whom_and_on_what_form() -> None:
    kept = Kept()

    a_tester(kept).sent_on("/dissent", nhs_number=WALTER, reference="IG-17", do="record")

    (one,) = kept.logged
    assert (one.event, one.outcome, one.nhs_number, one.reference) == (
        Event.DISSENT_RECORDED, "recorded", "9994127039", "IG-17",
    )  # fmt: skip
    assert one.who == PRIYA


def test_a_dissent_that_holds_can_be_ended() -> None:
    kept = Kept(held())
    tester = a_tester(kept)

    said = tester.get(tester.sent_on("/dissent", nhs_number=WALTER, reference="IG-18", do="end")).words

    assert not kept.holds("9994127039")
    assert "The dissent is ended." in said
    assert "ended 21-Nov-2026 03:12 by u-priya, reference IG-18." in said


@pytest.mark.parametrize(
    ("do", "history", "words_"),
    [
        ("record", [held()], "A dissent holds already. Nothing was changed."),
        ("end", [], "No dissent holds. Nothing was changed."),
        ("look", [held()], "A dissent holds."),
        ("look", [], "No dissent holds."),
        ("", [held()], "A dissent holds."),
    ],
)
def test_what_changes_nothing_says_so_and_writes_no_dissent(do: str, history: list[Dissent], words_: str) -> None:
    kept = Kept(*history)
    tester = a_tester(kept)

    said = tester.get(tester.sent_on("/dissent", nhs_number=WALTER, reference="IG-1", do=do)).words

    assert words_ in said
    assert kept.history == history
    assert {one.event for one in kept.logged} == {Event.LEDGER_SEARCHED}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"nhs_number": "999 412 7038", "reference": "IG-1", "do": "record"}, ["#nhs_number"]),
        ({"nhs_number": "", "reference": "", "do": "record"}, ["#nhs_number", "#reference"]),
        ({"nhs_number": WALTER, "reference": " ", "do": "end"}, ["#reference"]),
        ({"nhs_number": "", "do": "look"}, ["#nhs_number"]),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_recorded(typed: dict[str, str], wrong: list[str]) -> None:
    kept = Kept()

    page = a_tester(kept).post("/dissent", 400, **typed)

    summary = page.one("div", "nhsuk-error-summary")
    assert [link["href"] for link in page.all("a") if summary in link.inside] == wrong
    assert kept.logged == []


def test_nothing_is_recorded_while_the_log_cannot_be_written() -> None:
    def lost(*_: AccessEvent) -> tuple[int, ...]:
        raise LogLostError

    kept = Kept()

    a_tester(kept, lost).post("/dissent", 503, nhs_number=WALTER, reference="IG-17", do="record")

    assert kept.history == []


def test_an_old_address_says_nothing_of_anybody() -> None:
    response = a_tester(Kept(held())).client.get("/dissent/of-another")

    assert (response.status_code, response.location) == (303, "/dissent")


def test_an_ended_dissent_says_both_days() -> None:
    ended = held().recorded_at + timedelta(days=2)

    said = words.dissent(Dissent("9994127039", held().recorded_at, "u-rhys", "IG-17", ended, "u-priya", "IG-18"))

    assert said == (
        "Recorded 01-Nov-2026 09:30 by u-rhys, reference IG-17; ended 03-Nov-2026 09:30 by u-priya, reference IG-18."
    )
