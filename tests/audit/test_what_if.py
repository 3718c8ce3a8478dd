"""What would have been shown or refused under other agreements, as far as the log can tell."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from connectors.answer import Kind
from tests.access.builders import CHILDRENS, EMERGENCY_RESULTS, FIND, ROTHERHAM, TEACHING, an_agreement
from tests.audit.parts import NOON, WALTER, a_clinician, an_event
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.access.rules import Rules
from viewer.audit.entry import Entry, canonical, read_record
from viewer.audit.what_if import Change, Comparison, as_if_always, as_if_signed, compare, with_text, without

NAMES = (ROTHERHAM.name, CHILDRENS.name, TEACHING.name)
AGREEMENT = an_agreement()
ONLY_FIND = an_agreement(clauses=(FIND,))
NO_RADIOLOGY = an_agreement(clauses=(FIND, replace(EMERGENCY_RESULTS, kinds=frozenset({Kind.LABORATORY}))))


def rules(*agreements: Agreement, narrowings: tuple[Narrowing, ...] = ()) -> Rules:
    return Rules(agreements or (AGREEMENT,), narrowings, NOON.date(), NOON)


def a_look(event: Event = Event.RESULTS_ASKED, said: str = "asked", trust: str = "rotherham", lab=0, rad=0, **fields):
    stated = {"purpose": Purpose.EMERGENCY_CARE, "claim": Claim.IN_DEPARTMENT, "view": "look", "nhs_number": WALTER}
    return replace(an_event(event, **(stated | fields)), trusts=(AtTrust(trust, said, "", lab, rad),))


def asked_and_shown(lab: int = 3, rad: int = 1, **fields) -> tuple[AccessEvent, ...]:
    return a_look(**fields), a_look(Event.RESULTS_SHOWN, "answered", lab=lab, rad=rad, **fields)


def replayed(events: Iterable[AccessEvent], *changed: Agreement, under: Rules | None = None) -> Comparison:
    bodies = [canonical(event) for event in events]
    entries = [Entry(seq, body, read_record(body)) for seq, body in enumerate(bodies, 1)]
    return compare(entries, under or rules(), changed, NAMES)


def by_kind(comparison: Comparison):
    return {one.kind.value: one.change for one in comparison.effects}


def test_the_same_agreements_change_nothing() -> None:
    found = replayed(asked_and_shown(), AGREEMENT)

    assert by_kind(found) == {"laboratory": Change.STILL_SHOWN, "radiology": Change.STILL_SHOWN}
    assert (found.changed, found.looks, found.differs) == ((), 1, 0)


def test_what_was_shown_and_no_clause_allows_any_more_would_be_refused_and_by_which_rule() -> None:
    found = replayed(asked_and_shown(), ONLY_FIND)

    assert [(one.kind.value, one.change, one.shown) for one in found.effects] == [
        ("laboratory", Change.LOST, 3),
        ("radiology", Change.LOST, 1),
    ]
    assert found.effects[0].rule == (
        "No clause of WT-2026 lets a consultant ask for laboratory results for emergency care of a patient in their "
        "department"
    )
    assert found.reports_lost == 4


def test_a_narrower_clause_takes_one_kind_and_leaves_the_other() -> None:
    found = replayed(asked_and_shown(), NO_RADIOLOGY)

    assert by_kind(found) == {"laboratory": Change.STILL_SHOWN, "radiology": Change.LOST}


def test_what_was_refused_and_a_clause_now_allows_would_be_allowed_and_by_which() -> None:
    refused = a_look(Event.REFUSED, "refused", outcome="refused")

    found = replayed([refused], AGREEMENT, under=rules(ONLY_FIND))

    assert by_kind(found) == {"laboratory": Change.WON, "radiology": Change.WON}
    assert {one.rule for one in found.effects} == {"WT-2026 cl. 4.2(a)"}


def test_a_look_is_decided_as_on_its_own_day() -> None:
    ended = an_agreement(ends=NOON.date() - timedelta(days=1))
    before, after = a_look(at=NOON - timedelta(days=2), view="one"), a_look(view="two")

    found = replayed([before, after], ended)

    assert [one.change for one in found.effects] == [Change.STILL_SHOWN] * 2 + [Change.LOST] * 2


def test_the_day_is_a_london_day() -> None:
    last = an_agreement(ends=date(2026, 7, 1))
    late = NOON.replace(month=7, day=1, hour=23, minute=30)  # 00:30 on 2 July in London

    assert {one.change for one in replayed([a_look(at=late)], last).effects} == {Change.LOST}


def test_an_opening_that_the_agreements_refused_is_asked_again_of_every_trust() -> None:
    refused = replace(a_look(Event.REFUSED, outcome="refused"), trusts=())

    found = replayed([refused], AGREEMENT, under=rules(ONLY_FIND))

    assert {(one.trust, one.change) for one in found.effects} == {(name, Change.WON) for name in NAMES}


def test_an_opening_refused_for_another_reason_stays_refused_and_is_counted() -> None:
    restricted = replace(a_look(Event.REFUSED, outcome="refused", because="restricted"), trusts=())

    found = replayed([restricted], AGREEMENT)

    assert (found.effects, found.other_reasons) == ((), 1)


def test_where_the_log_and_the_register_disagree_the_log_is_followed_and_it_is_said() -> None:
    found = replayed(asked_and_shown(lab=0, rad=0), ONLY_FIND, under=rules(ONLY_FIND))

    assert (found.differs, {one.change for one in found.effects}) == (1, {Change.LOST})


def test_a_kind_of_which_nothing_was_found_is_as_the_agreements_have_it() -> None:
    found = replayed(asked_and_shown(lab=3, rad=0), AGREEMENT, under=rules(NO_RADIOLOGY))

    assert by_kind(found) == {"laboratory": Change.STILL_SHOWN, "radiology": Change.WON}


def test_only_what_was_shown_of_a_look_by_others_is_decided_again() -> None:
    part = a_look(Event.RESULTS_SHOWN, "answered", lab=2)

    assert by_kind(replayed([part], ONLY_FIND)) == {"laboratory": Change.LOST}


def test_a_trusts_own_narrowing_holds_on_both_sides() -> None:
    narrow = rules(narrowings=(Narrowing("rotherham", frozenset({Kind.DEMOGRAPHICS, Kind.LABORATORY})),))

    found = replayed(asked_and_shown(rad=0), AGREEMENT, under=narrow)

    assert by_kind(found) == {"laboratory": Change.STILL_SHOWN, "radiology": Change.STILL_REFUSED}


def test_a_broken_glass_held_then() -> None:
    glass = replace(EMERGENCY_RESULTS, number="5.1", claims=frozenset({Claim.BREAK_GLASS}))
    look = a_look(claim=Claim.BREAK_GLASS, reason="no pulse")

    found = replayed([look], an_agreement(clauses=(FIND, glass)), under=rules(an_agreement(clauses=(FIND, glass))))

    assert {one.change for one in found.effects} == {Change.STILL_SHOWN}


def test_finding_and_looking_in_the_ledger_are_no_looks() -> None:
    others = (an_event(Event.FIND_SHOWN, nhs_number=WALTER), an_event(Event.LEDGER_SEARCHED, purpose="audit"))

    assert replayed(others, ONLY_FIND).looks == 0


def test_words_that_this_version_does_not_know_are_counted_and_nothing_is_guessed() -> None:
    found = replayed([a_look(purpose="research")], AGREEMENT)

    assert (found.effects, found.not_read) == ((), 1)


def test_counts_say_by_trust_role_and_rule_how_many() -> None:
    found = replayed((*asked_and_shown(), *asked_and_shown(view="two", who=a_clinician("2", "Dr B"))), NO_RADIOLOGY)

    assert {name: dict(count) for name, count in found.counts(lambda one: one.trust).items()} == {
        "rotherham": {Change.STILL_SHOWN: 2, Change.LOST: 2}
    }
    assert found.total == {Change.STILL_SHOWN: 2, Change.LOST: 2}
    assert {one.role for one in found.effects} == {Role.CONSULTANT}


# ── The agreements to compare with ───────────────────────────────────────────────────────────────


def test_a_draft_changes_nothing_until_it_is_taken_as_signed() -> None:
    draft = an_agreement(signatures=(), starts=date(2030, 1, 1), ends=date(2031, 1, 1))

    assert {one.change for one in replayed([a_look()], draft).effects} == {Change.LOST}
    assert {one.change for one in replayed([a_look()], as_if_signed(draft)).effects} == {Change.LOST}
    taken = as_if_always(as_if_signed(draft))
    assert {one.change for one in replayed([a_look()], taken).effects} == {Change.STILL_SHOWN}


def test_a_text_takes_the_place_of_the_agreement_of_its_name() -> None:
    other = an_agreement(name="another", short="AN-1")

    assert with_text((AGREEMENT, other), ONLY_FIND) == (other, ONLY_FIND)
    assert without((AGREEMENT, other), "another") == (AGREEMENT,)


def test_what_superseded_an_agreement_since_does_not_change_what_it_was_then() -> None:
    since = replace(AGREEMENT, superseded_by="WT-2027")

    for found in (replayed([a_look()], since), replayed([a_look()], AGREEMENT, under=rules(since))):
        assert (found.differs, {one.change for one in found.effects}) == (0, {Change.STILL_SHOWN})
