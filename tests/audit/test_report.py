"""Who viewed this record: occasions, counts that add nothing up twice, and names only where both sides say so."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from tests.audit.parts import AMINA, NOON, WALTER, a_clinician, an_event
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.relationship import Claim, Purpose
from viewer.audit.entry import Entry, canonical, read_record
from viewer.audit.report import MayTell, Shown, who_viewed

TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")
NAMES = MayTell(frozenset({"RHQ"}), reasons=True)


def told(events: Iterable[AccessEvent], may_tell: MayTell = NAMES):
    bodies = [canonical(replace(event, nhs_number=WALTER)) for event in events]
    return who_viewed([Entry(seq, body, read_record(body)) for seq, body in enumerate(bodies, 1)], may_tell)


def later(minutes: int):
    return NOON + timedelta(minutes=minutes)


def test_finding_opening_and_reading_three_reports_is_one_occasion() -> None:
    events = (
        an_event(Event.FIND_SHOWN, outcome="listed"),
        an_event(Event.PATIENT_OPENED, at=later(1), purpose=Purpose.EMERGENCY_CARE, claim=Claim.IN_DEPARTMENT),
        an_event(at=later(2), purpose=Purpose.EMERGENCY_CARE, claim=Claim.IN_DEPARTMENT),
        *(an_event(Event.REPORT_SHOWN, at=later(3 + n), reports=(f"rotherham/R/{n}",)) for n in range(3)),
    )

    (one,) = told(events)

    assert (one.first, one.last, one.entries) == (NOON, later(5), (1, 2, 3, 4, 5, 6))
    assert [act for act, _ in one.acts] == ["find shown", "patient opened", "results shown", "report shown"]
    assert (one.purposes, one.claims, one.read_in_full) == (("emergency-care",), ("in-department",), 3)


def test_an_hour_without_a_look_ends_an_occasion_and_so_does_another_role() -> None:
    other_role = replace(AMINA, role_profile="another")

    found = told([an_event(), an_event(at=later(60)), an_event(at=later(121)), an_event(who=other_role, at=later(122))])

    assert [one.entries for one in found] == [(1, 2), (3,), (4,)]


def test_one_person_who_signs_in_again_within_the_hour_is_still_at_one_occasion() -> None:
    again = replace(an_event(at=later(30)), sign_in="sign-in-2")

    assert [one.entries for one in told([an_event(), again])] == [(1, 2)]


def test_people_who_are_not_named_are_told_apart_by_a_letter_that_stays_theirs() -> None:
    ann, bea = a_clinician("u-ann", "Dr Ann Field"), a_clinician("u-bea", "Dr Bea Moss")
    events = [an_event(who=who, at=later(turn)) for turn, who in enumerate((ann, bea, TOM, AMINA))]
    events += [an_event(who=bea, at=later(200)), an_event(who=ann, at=later(201))]

    assert [one.letter for one in told(events, MayTell())] == ["A", "B", "A", "C", "B", "A"]
    assert [one.letter for one in told(events)] == ["", "", "A", "", "", ""]


def test_what_was_done_and_refused_stands_in_the_order_it_happened() -> None:
    def refused(minutes: int, because: str) -> AccessEvent:
        return an_event(Event.REFUSED, at=later(minutes), outcome="refused", because=because, trusts=())

    (one,) = told([refused(0, "not yet"), an_event(at=later(1)), refused(2, "not any more"), refused(3, "not yet")])

    assert one.acts == (("refused", "not yet"), ("results shown", ""), ("refused", "not any more"))


def test_what_bore_the_relationship_out_is_told() -> None:
    (one,) = told([an_event(claim="in-department"), an_event(claim="in-department", proof="PDS", at=later(1))])

    assert one.proofs == ("PDS",)


def test_a_count_is_the_most_that_any_page_showed_never_a_sum() -> None:
    steps = [replace(an_event(), trusts=(AtTrust("rotherham", "answered", "", n, 1),)) for n in (2, 5, 3)]

    (one,) = told(steps)

    assert one.shown == (Shown("rotherham", 5, 1),)
    assert (one.laboratory, one.radiology) == (5, 1)


def test_a_trust_that_was_only_asked_showed_nothing() -> None:
    (one,) = told([replace(an_event(Event.RESULTS_ASKED), trusts=(AtTrust("rotherham", "asked"),))])

    assert one.shown == ()


def test_a_name_is_told_only_where_controller_and_employer_both_say_so() -> None:
    events = (an_event(), an_event(who=TOM))

    assert [one.name for one in told(events)] == ["Dr Amina Farrell", ""]
    assert [one.name for one in told(events, MayTell())] == ["", ""]
    assert [one.organisation for one in told(events, MayTell())] == ["Sheffield Teaching", "Doncaster and Bassetlaw"]


def test_a_typed_reason_is_told_only_where_the_controller_says_so_and_that_there_was_one_always() -> None:
    events = (an_event(reason="her neighbour Ann called"),)

    assert [(one.reasons, one.reason_given) for one in told(events)] == [(("her neighbour Ann called",), True)]
    assert [(one.reasons, one.reason_given) for one in told(events, MayTell())] == [((), True)]


def test_refusals_prints_files_and_a_broken_glass_are_told() -> None:
    (one,) = told([
        an_event(Event.GLASS_BROKEN, claim=Claim.BREAK_GLASS), an_event(Event.PRINTED, view="1"),
        an_event(Event.PRINTED, view="1"), an_event(Event.PRINTED, view="2"), an_event(Event.EXPORTED),
        an_event(Event.REFUSED, outcome="refused", because="not registered there"),
    ])  # fmt: skip

    assert (one.break_glass, one.printed, one.exported) == (True, 2, 1)
    assert one.refusals == ("not registered there",)


def test_a_glass_that_was_refused_was_not_broken() -> None:
    (one,) = told([an_event(Event.REFUSED, outcome="refused", claim=Claim.BREAK_GLASS)])

    assert not one.break_glass
