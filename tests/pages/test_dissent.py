"""An officer records and ends a dissent by number and reference; the log says so first, and no address says whose."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pages.builders import NOW, TRUSTS, LogLostError, a_clinician, add, an_app, an_asking, some_handles
from tests.pages.page_tester import PageTester
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.dissents import Dissent
from viewer.pages import dissent_words
from viewer.pages.dissent import dissent_routes
from viewer.pages.errors import show_errors

WALTER = "999 412 7039"
TEACHING = Organisation("RHQ", "Sheffield Teaching Hospitals NHS Foundation Trust")
ROTHERHAM = Organisation("RFR", "The Rotherham NHS Foundation Trust")
PRIYA = a_clinician(user_id="u-priya", role=Role.IG_OFFICER, organisation=TEACHING)


class Kept:
    """Stands for the dissents, and remembers what the log said at the time."""

    def __init__(self, *history: Dissent) -> None:
        self.history = list(history)
        self.logged: list[AccessEvent] = []

    def append(self, *events: AccessEvent) -> tuple[int, ...]:
        self.logged += events
        return (1,)

    def holds(self, nhs_number: str) -> bool:
        """Say so for the tests; the page asks for the whole history."""
        return any(one.ended_at is None for one in self.of(nhs_number))

    def of(self, nhs_number: str) -> list[Dissent]:
        return [one for one in self.history if one.nhs_number == nhs_number]

    def record(self, nhs_number: str, by: Clinician, reference: str) -> bool:
        assert [one.outcome for one in self.logged] == ["recorded"]
        self.history.insert(0, Dissent(nhs_number, NOW, by.user_id, by.organisation, reference))
        return True

    def end(self, nhs_number: str, by: Clinician, reference: str) -> bool:
        assert [one.outcome for one in self.logged] == ["ended"]
        self.history[0] = replace(self.history[0], ended_at=NOW, ended_by=by.user_id, ended_reference=reference)
        return True


def a_tester(kept: Kept, append: Any = None, *others: Clinician) -> PageTester:
    """Return the page as Priya has it, who signed in with these other roles as well."""
    app, asking = an_app(), an_asking(PRIYA)
    assert asking.sign_in
    asking = replace(asking, sign_in=replace(asking.sign_in, choices=(PRIYA, *others)))
    add(app, dissent_routes(kept, some_handles(), append or kept.append, lambda: NOW), asking)
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def held(organisation: Organisation = TEACHING) -> Dissent:
    return Dissent("9994127039", datetime(2026, 11, 1, 9, 30, tzinfo=UTC), "u-rhys", organisation, "IG-17")


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


def test_another_organisations_dissent_is_shown_without_its_author_and_its_reference() -> None:
    tester = a_tester(Kept(ended(ROTHERHAM), held(ROTHERHAM)))

    page = tester.get(tester.sent_on("/dissent", nhs_number=WALTER, do="look"))

    assert "Recorded 01-Nov-2026 09:30 by an officer of The Rotherham NHS Foundation Trust. It holds." in page.words
    assert not {"u-rhys", "u-priya", "IG-17", "IG-18"} & set(re.findall(r"[\w-]+", page.words))


def test_another_organisations_dissent_is_not_ended_and_it_is_said_whom_to_ask() -> None:
    kept = Kept(held(ROTHERHAM))
    tester = a_tester(kept)

    said = tester.get(tester.sent_on("/dissent", nhs_number=WALTER, reference="IG-18", do="end")).words

    assert kept.history == [held(ROTHERHAM)]
    assert "Ask The Rotherham NHS Foundation Trust." in said
    assert (kept.logged[0].event, kept.logged[0].outcome) == (Event.DISSENT_RECORDED, "refused")


def test_who_could_open_the_patient_afterwards_does_not_end_a_dissent() -> None:
    kept = Kept(held())
    tester = a_tester(kept, None, replace(PRIYA, role=Role.CONSULTANT))

    said = tester.get(tester.sent_on("/dissent", nhs_number=WALTER, reference="IG-18", do="end")).words

    assert kept.history == [held()]
    assert "Another officer of Sheffield Teaching Hospitals NHS Foundation Trust must end it." in said
    assert kept.logged[0].because == "held by somebody with a clinical role"


def test_an_officer_of_two_organisations_may_end_a_dissent() -> None:
    kept = Kept(held())

    a_tester(kept, None, replace(PRIYA, organisation=ROTHERHAM)).sent_on(
        "/dissent", nhs_number=WALTER, reference="IG-18", do="end"
    )

    assert not kept.holds("9994127039")


def ended(organisation: Organisation = TEACHING) -> Dissent:
    two_days = timedelta(days=2)
    before = held(organisation)
    return replace(before, ended_at=before.recorded_at + two_days, ended_by="u-priya", ended_reference="IG-18")


def test_an_ended_dissent_says_both_days() -> None:
    assert dissent_words.one(ended(), TEACHING) == (
        "Recorded 01-Nov-2026 09:30 by u-rhys, reference IG-17; ended 03-Nov-2026 09:30 by u-priya, reference IG-18."
    )
