"""Breaking the glass, page by page: what was taken is given back when nothing was opened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.answer import ByNumber
from tests.pages.builders import (
    NOW,
    TRUSTS,
    LogLostError,
    a_clinician,
    a_patient,
    a_person,
    add,
    an_app,
    an_asking,
    opened,
    some_handles,
    some_parts,
)
from tests.pages.page_tester import PageTester
from viewer.access.decide import Decision
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.handles import Handles
from viewer.opening import Proof
from viewer.pages.break_glass import Breaking, break_glass_routes
from viewer.pages.errors import show_errors
from viewer.pages.search_form import Wanted
from viewer.steps import Candidate, Found, Opened

YES = Decision(True, "WT-2026", "WT-2026 cl. 4.2(a)")
NO = Decision(False, "This patient has dissented.")
STATED = Relationship(Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS, "Collapsed")
WALTER = a_person(a_patient())
PATH = "/break-glass/breaking"


class Journey:
    """Stands for the journey: finds one person, breaks the glass as it is told, and remembers the proofs it saw."""

    def __init__(self) -> None:
        self.log_is_lost = False
        self.decision = YES
        self.proofs: list[Proof] = []
        self.meanwhile: Callable[[], object] = lambda: None  # what another request does just before this one takes it

    def may_break(self, parts: Any, looking: Any, query: Any, proof: Proof) -> Relationship | Decision:
        self.proofs.append(proof)
        return Decision(False, "The sign-in is used") if proof.used else STATED

    def find(self, *_: Any) -> Found:
        return Found((Candidate(WALTER, YES),), (), NOW)

    def break_glass(
        self, parts: Any, looking: Any, candidate: Candidate, stated: Relationship, take: Callable[[str], bool]
    ) -> Opened | Decision | None:
        if not self.decision.allowed:
            return self.decision
        self.meanwhile()
        if not take("a-patient"):
            return None
        if self.log_is_lost:
            raise LogLostError
        return replace(opened(candidate.person), handle="a-patient")


def a_tester(journey: Journey, handles: Handles, waited: list[timedelta] | None = None) -> PageTester:
    asking = an_asking(a_clinician())
    handles.keep("sign-in-1", Breaking(Wanted(ByNumber("9994127039")), "Collapsed"), "breaking")
    app = an_app()
    parts = some_parts(pause=(waited if waited is not None else []).append)
    add(app, break_glass_routes(parts, handles, journey.may_break, journey.find, journey.break_glass), asking)
    app.add_url_rule("/patients/<handle>", "timeline", lambda handle: "")
    app.add_url_rule("/sign-in/again", "sign_in_again", lambda: "")
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def breaking(handles: Handles) -> Breaking:
    kept = handles.fetch("sign-in-1", Breaking, "breaking")
    assert kept
    return kept


def test_the_one_person_found_is_opened_and_the_breaking_leads_to_them_and_to_nobody_else() -> None:
    handles, journey = some_handles(), Journey()
    tester = a_tester(journey, handles)

    first, again = (tester.client.get(PATH) for _ in range(2))

    assert [answer.location for answer in (first, again)] == ["/patients/a-patient"] * 2
    assert len(journey.proofs) == 1
    assert handles.fetch("sign-in-1", Opened, "a-patient")


def test_when_the_log_cannot_be_written_the_breaking_is_given_back_and_the_sign_in_is_used_law_3() -> None:
    handles, journey = some_handles(), Journey()
    tester = a_tester(journey, handles)
    journey.log_is_lost = True

    tester.get(PATH, 503)
    journey.log_is_lost = False
    tester.get(PATH, 403)

    assert breaking(handles).opened == ""
    assert handles.fetch("sign-in-1", Opened, "a-patient") is None
    assert [proof.used for proof in journey.proofs] == [False, True]


def test_a_refusal_takes_nothing() -> None:
    handles, journey = some_handles(), Journey()
    tester = a_tester(journey, handles)
    journey.decision = NO

    tester.get(PATH, 403)
    journey.decision = YES

    assert tester.client.get(PATH).location == "/patients/a-patient"


@pytest.mark.parametrize("kept", [True, False], ids=["opened already", "on its way to the log"])
def test_who_is_slower_is_led_to_the_patient_that_was_opened(kept: bool) -> None:
    handles, journey, waited = some_handles(), Journey(), list[timedelta]()
    tester = a_tester(journey, handles, waited)

    def another_request() -> None:
        taken = replace(breaking(handles), opened="theirs")
        handles.keep("sign-in-1", taken, "breaking")
        if kept:
            handles.keep("sign-in-1", replace(opened(WALTER), handle="theirs"), "theirs")

    journey.meanwhile = another_request

    assert tester.client.get(PATH).location == "/patients/theirs"
    assert bool(waited) is not kept
