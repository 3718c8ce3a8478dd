"""The timeline is newest first, names what is missing, and adds up."""

from datetime import timedelta
from itertools import permutations

import pytest

from connectors.answer import GAPS, Outcome
from tests.builders import (
    BARNSLEY,
    CHESTERFIELD,
    NOON,
    ROTHERHAM,
    SHEFFIELD,
    a_patient,
    a_person,
    a_pile,
    a_report,
    a_result,
    a_time,
    an_answer,
)
from viewer.clinical.merge import merge
from viewer.clinical.patient import Disagreement
from viewer.clinical.report import Amount, BusinessId, Precision, Report, TakenFrom, Unreadable, When
from viewer.clinical.timeline import Account, Gap, Timeline, lay_out

DOUBT = Disagreement(CHESTERFIELD, ("date of birth",))


def laid_out(*reports: Report, withheld: frozenset[str] = frozenset()) -> Timeline:
    trusts = {report.trust.name: report.trust for report in reports}
    piles = [a_pile(*(one for one in reports if one.trust.name == name)) for name in trusts]
    return lay_out(a_person(), merge(piles), [an_answer(trust) for trust in trusts.values()], withheld)


def alone(trust_id: str, **fields: object) -> Report:
    return a_report(SHEFFIELD, trust_id, identifiers=(), title=f"Report {trust_id}", **fields)


# ── Order ────────────────────────────────────────────────────────────────────────────────────────


def test_rows_stand_newest_first_by_when_they_were_taken() -> None:
    old = alone("1", taken=a_time("2025-01-01T00:00:00Z"))
    new = alone("2", taken=a_time("2026-01-01T00:00:00Z"))

    assert [row.report for row in laid_out(old, new).rows] == [new, old]


def test_zones_are_compared_as_instants() -> None:
    earlier = alone("1", taken=a_time("2026-07-01T10:30:00+01:00"))
    later = alone("2", taken=a_time("2026-07-01T10:00:00+00:00"))

    assert [row.report.id for row in laid_out(earlier, later).rows] == ["DiagnosticReport/2", "DiagnosticReport/1"]


def test_reports_of_one_time_stand_in_one_order_always() -> None:
    reports = [a_report(trust, identifiers=(), title=trust.name) for trust in (ROTHERHAM, BARNSLEY, SHEFFIELD)]

    orders = {tuple(row.key for row in laid_out(*order).rows) for order in permutations(reports)}

    names = ("barnsley", "rotherham", "sheffield_teaching")
    assert orders == {tuple(f"{name}/DiagnosticReport/7" for name in names)}


def test_a_report_without_any_time_stands_first_because_it_may_be_the_newest() -> None:
    timeless = alone("1", taken=None, taken_from=TakenFrom.NOTHING)

    first, _ = laid_out(alone("2"), timeless).rows
    assert first.report == timeless


def test_a_day_sorts_by_its_beginning() -> None:
    day = alone("1", taken=When("2026-11-20", a_time("2026-11-20T00:00:00Z").instant, Precision.DAY))

    _, last = laid_out(day, alone("2")).rows
    assert last.report == day


# ── Gaps ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("outcome", sorted(GAPS))
def test_a_trust_that_did_not_answer_in_full_is_a_gap_and_not_an_empty_pile(outcome: Outcome) -> None:
    timeline = lay_out(a_person(), merge([]), [an_answer(BARNSLEY, outcome, reason="why")])

    assert timeline.gaps == (Gap(BARNSLEY, outcome, "why", NOON, timedelta(seconds=1)),)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - GAPS))
def test_a_trust_that_answered_is_no_gap(outcome: Outcome) -> None:
    assert lay_out(a_person(), merge([]), [an_answer(BARNSLEY, outcome)]).gaps == ()


def test_a_trust_that_answered_but_doubts_who_this_is_is_a_gap() -> None:
    (gap,) = lay_out(a_person(), merge([]), [an_answer(CHESTERFIELD)], frozenset(), [DOUBT]).gaps

    assert (gap.trust, gap.doubt) == (CHESTERFIELD, DOUBT)


def test_a_late_trust_that_also_doubts_is_one_gap() -> None:
    (gap,) = lay_out(a_person(doubts=(DOUBT,)), merge([]), [an_answer(CHESTERFIELD, Outcome.LATE)]).gaps

    assert (gap.outcome, gap.doubt) == (Outcome.LATE, DOUBT)


def test_a_doubt_known_from_finding_the_patient_is_a_gap_though_that_trust_was_not_asked() -> None:
    timeline = lay_out(a_person(a_patient(), doubts=(DOUBT,)), merge([]), [an_answer(BARNSLEY)])

    assert timeline.gaps == (Gap(CHESTERFIELD, Outcome.PARTIAL, "", NOON, timedelta(0), DOUBT),)


def test_gaps_stand_in_one_order_whatever_the_order_of_answers() -> None:
    answers = [an_answer(trust, Outcome.LATE) for trust in (SHEFFIELD, BARNSLEY, ROTHERHAM)]

    timelines = [lay_out(a_person(), merge([]), order) for order in permutations(answers)]
    orders = {tuple(gap.trust.name for gap in timeline.gaps) for timeline in timelines}

    assert orders == {("barnsley", "rotherham", "sheffield_teaching")}


# ── Links ────────────────────────────────────────────────────────────────────────────────────────


def links(*reports: Report) -> dict[str, tuple[str, ...]]:
    return {row.key: row.alike for row in laid_out(*reports).rows}


S7, S8, R7 = (
    "sheffield_teaching/DiagnosticReport/7",
    "sheffield_teaching/DiagnosticReport/8",
    "rotherham/DiagnosticReport/7",
)


def test_rows_that_look_alike_without_proof_are_linked_both_ways() -> None:
    assert links(a_report(SHEFFIELD, identifiers=()), a_report(ROTHERHAM, identifiers=())) == {S7: (R7,), R7: (S7,)}


def test_a_likeness_does_not_mind_case_but_minds_every_character_of_a_value() -> None:
    plain = a_report(SHEFFIELD, identifiers=())
    loud = a_report(ROTHERHAM, identifiers=(), title="POTASSIUM", results=(a_result("POTASSIUM"),))
    padded = a_report(ROTHERHAM, identifiers=(), results=(a_result(value=Amount("4.20", unit="mmol/L")),))

    assert links(plain, loud)[S7] == (R7,)
    assert links(plain, padded)[S7] == ()


def test_one_identifier_with_two_contents_is_linked() -> None:
    assert links(a_report(SHEFFIELD), a_report(ROTHERHAM, conclusion="x"))[S7] == (R7,)


def test_reports_without_values_are_not_alike_for_having_none() -> None:
    empty = [a_report(trust, results=(), identifiers=()) for trust in (SHEFFIELD, ROTHERHAM)]

    assert links(*empty)[S7] == ()


def test_a_report_that_adds_to_another_is_linked_with_it() -> None:
    added = alone("8", related=("DiagnosticReport/7",))

    assert links(alone("7"), added) == {S7: (S8,), S8: (S7,)}


def test_an_identifier_that_stands_on_everything_links_each_with_its_neighbours_only() -> None:
    same = (BusinessId("urn:careless", "1"),)
    reports = [a_report(SHEFFIELD, str(number), identifiers=same, conclusion=str(number)) for number in range(300)]

    assert max(map(len, links(*reports).values())) == 2


# ── What is withheld ─────────────────────────────────────────────────────────────────────────────


def test_a_withheld_row_leaves_no_trace_but_in_the_account() -> None:
    kept, secret = a_report(SHEFFIELD, identifiers=()), a_report(ROTHERHAM, identifiers=())

    without, never_sent = laid_out(kept, secret, withheld=frozenset({R7})), laid_out(kept)

    assert without.rows == never_sent.rows
    assert without.gaps == never_sent.gaps
    assert Account(ROTHERHAM, received=1, shown=0, folded=0, superseded=0, withheld=1, unreadable=0) in without.accounts


def test_a_row_is_withheld_with_its_copies_and_its_earlier_versions() -> None:
    copy = a_report(ROTHERHAM)
    corrected = a_report(SHEFFIELD, "8", replaces=("DiagnosticReport/7",), issued=a_time("2026-11-21T10:00:00Z"))

    timeline = laid_out(a_report(SHEFFIELD), copy, corrected, withheld=frozenset({R7}))

    assert timeline.rows == ()
    assert [account.withheld for account in timeline.accounts] == [1, 2]


def test_what_could_not_be_read_is_withheld_by_its_key_and_counted_as_withheld() -> None:
    secret, broken = (Unreadable(ROTHERHAM, "DiagnosticReport", id_, "cut short") for id_ in "89")
    merged = merge([a_pile(a_report(ROTHERHAM), unreadable=[secret, broken])])

    timeline = lay_out(a_person(), merged, [an_answer(ROTHERHAM)], frozenset({secret.key}))

    assert secret.key == "rotherham/DiagnosticReport/8"
    assert (len(timeline.rows), timeline.unreadable) == (1, (broken,))
    assert timeline.accounts == (
        Account(ROTHERHAM, received=3, shown=1, folded=0, superseded=0, withheld=1, unreadable=1),
    )


# ── It adds up ───────────────────────────────────────────────────────────────────────────────────


def test_every_report_a_trust_sent_is_in_its_account_once() -> None:
    corrected = a_report(SHEFFIELD, "8", replaces=("DiagnosticReport/7",), issued=a_time("2026-11-21T10:00:00Z"))
    copy = a_report(ROTHERHAM, "8", issued=a_time("2026-11-21T10:00:00Z"))
    broken = Unreadable(SHEFFIELD, "DiagnosticReport", "9", "cut short")
    merged = merge([a_pile(a_report(SHEFFIELD), corrected, unreadable=[broken]), a_pile(copy)])

    timeline = lay_out(a_person(), merged, [an_answer(trust) for trust in (SHEFFIELD, ROTHERHAM, BARNSLEY)])

    assert timeline.unreadable == (broken,)
    assert timeline.accounts == (
        Account(BARNSLEY, 0, 0, 0, 0, 0, 0),
        Account(ROTHERHAM, received=1, shown=0, folded=1, superseded=0, withheld=0, unreadable=0),
        Account(SHEFFIELD, received=3, shown=1, folded=0, superseded=1, withheld=0, unreadable=1),
    )
