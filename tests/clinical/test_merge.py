"""Two reports are folded on proof alone; everything else stays to be seen."""

import re
from dataclasses import replace
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Trust
from tests.builders import (
    BARNSLEY,
    CHESTERFIELD,
    ISSUER,
    NHS_NUMBER,
    ROTHERHAM,
    SHEFFIELD,
    a_pile,
    a_report,
    a_result,
    a_time,
)
from viewer.clinical.merge import merge
from viewer.clinical.report import (
    Addendum,
    Amount,
    Attachment,
    BusinessId,
    Code,
    Flag,
    Range,
    Report,
    SentFlag,
    Specimen,
    Status,
    Study,
    TakenFrom,
    Unreadable,
    Words,
)
from viewer.clinical.row import Row
from viewer.clinical.supersede import outside_circles

OWN = BusinessId("https://fhir.sandbox.example/chesterfield/report-id", "C77")
LATER = a_time("2026-11-21T10:00:00+00:00")


def rows(*reports: Report) -> tuple[Row, ...]:
    trusts = {report.trust.name: report.trust for report in reports}
    return merge([a_pile(*(one for one in reports if one.trust.name == name)) for name in trusts]).rows


def shown(*reports: Report) -> set[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each row as (key, keys of its copies, keys of its earlier versions)."""
    return {(row.key, _keys(row.copies), _keys(row.earlier)) for row in rows(*reports)}


def _keys(reports: tuple[Report, ...]) -> tuple[str, ...]:
    return tuple(f"{one.trust.name}/{one.id.removeprefix('DiagnosticReport/')}" for one in reports)


ORIGINAL = a_report(SHEFFIELD, "7")
S7 = "sheffield_teaching/DiagnosticReport/7"
S8 = "sheffield_teaching/DiagnosticReport/8"
C9 = "chesterfield/DiagnosticReport/9"


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────


def test_one_issuers_identifier_and_equal_content_are_one_row_and_the_issuers_is_the_one_shown() -> None:
    copy = a_report(CHESTERFIELD, "9", identifiers=(*ORIGINAL.identifiers, OWN))
    another = a_report(SHEFFIELD, "1", identifiers=(BusinessId(ISSUER, "26B099"),), title="Sodium")

    assert (S7, ("chesterfield/9",), ()) in shown(copy, ORIGINAL, another)


@pytest.mark.parametrize(
    "changes",
    [
        {"performers": ("Sent away",), "requester": "Dr Q", "version": "4"},
        {"issued": a_time("2026-11-20T10:00:00Z")},
        {"results": (a_result(id_="99", codes=()),)},
    ],
)
def test_ids_performers_and_how_a_zone_is_written_are_not_content(changes: dict[str, Any]) -> None:
    assert len(rows(ORIGINAL, a_report(CHESTERFIELD, "9", **changes))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"results": (a_result(value=Amount("4.20", unit="mmol/L")),)},
        {"results": (a_result(value=Amount("4.2", unit="mg/L")),)},
        {"results": (a_result(value=Amount("4.2", "<", "mmol/L")),)},
        {"results": (a_result(notes=("Haemolysed",)),)},
        {"results": (a_result(flags=(SentFlag(Flag.HIGH, "HI"),)),)},
        {"results": (a_result("Sodium"),)},
        {"results": (a_result(value=Words("4.2 mmol/L")),)},
        {"results": (a_result(), a_result("Sodium"))},
        {"status": Status.PRELIMINARY},
        {"conclusion": "See note"},
        {"title": "U&E"},
        {"taken": a_time("2026-11-20T08:31:00+00:00")},
        {"issued": LATER},
        {"narrative": "<div>x</div>"},
        {"results": (a_result(ranges=(Range(Amount("3.5"), Amount("5.3")),)),)},
        {"results": (a_result(members=(a_result("Sodium"),)),)},
        {"results": (a_result(body_site="Left arm"),)},
        {"specimens": (Specimen("Specimen/1", "Urine"),)},
        {"studies": (Study("ImagingStudy/1", "CT", Status.REGISTERED),)},
        {"attachments": (Attachment("Report", "application/pdf", "JVBERi0="),)},
        {"addenda": (Addendum("More"),)},
        {"conclusion_codes": (Code("urn:alert", "critical"),)},
    ],
)
def test_a_difference_in_anything_a_clinician_reads_keeps_both(changes: dict[str, Any]) -> None:
    assert len(rows(ORIGINAL, a_report(CHESTERFIELD, "9", **changes))) == 2


@pytest.mark.parametrize(
    "identifier",
    [
        BusinessId(ISSUER, "26B101"),
        BusinessId("https://fhir.sandbox.example/barnsley/report-id", "26B100"),
        BusinessId("", "26B100"),
    ],
)
def test_another_identifier_another_issuer_or_none_proves_nothing(identifier: BusinessId) -> None:
    assert len(rows(ORIGINAL, a_report(CHESTERFIELD, "9", identifiers=(identifier,)))) == 2


def test_an_identifier_without_an_issuer_and_the_patients_number_prove_nothing() -> None:
    for identifier in (BusinessId("", "26B100"), BusinessId(NHS_NUMBER, "9991234578")):
        both = [a_report(trust, identifiers=(identifier,)) for trust in (SHEFFIELD, CHESTERFIELD)]

        assert len(rows(*both)) == 2


def test_nothing_is_proven_of_a_report_that_could_not_be_read_as_a_whole() -> None:
    partly = (a_result(), Unreadable(SHEFFIELD, "Observation", "2", "the number was sent as text"))

    assert len(rows(a_report(SHEFFIELD, results=partly), a_report(CHESTERFIELD, "9", results=partly))) == 2


def test_copies_within_one_trust_are_folded_too() -> None:
    assert shown(ORIGINAL, a_report(SHEFFIELD, "8")) == {(S7, ("sheffield_teaching/8",), ())}


def test_three_copies_proven_pair_by_pair_are_one_row() -> None:
    both = a_report(CHESTERFIELD, "9", identifiers=(*ORIGINAL.identifiers, OWN))
    third = a_report(ROTHERHAM, "3", identifiers=(OWN,))

    (row,) = rows(ORIGINAL, both, third)

    assert len(row.copies) == 2


def test_two_documents_that_differ_in_one_byte_are_two() -> None:
    documents = [(Attachment("Report", "application/pdf", data),) for data in ("JVBERi0=", "JVBERi1=")]

    assert (
        len(rows(a_report(SHEFFIELD, attachments=documents[0]), a_report(CHESTERFIELD, attachments=documents[1]))) == 2
    )


# ── Earlier versions ─────────────────────────────────────────────────────────────────────────────


def test_the_later_version_under_one_id_takes_the_place_of_the_earlier() -> None:
    versions = [
        a_report(SHEFFIELD, version=version, parts=(f"DiagnosticReport/7@{version}",), conclusion=version)
        for version in ("2", "10", "9")
    ]

    (row,) = rows(*versions)

    assert (row.report.version, [one.version for one in row.earlier]) == ("10", ["9", "2"])


def test_two_contents_under_one_id_that_nothing_puts_in_order_are_two_rows_with_names_of_their_own() -> None:
    one, other = (a_report(SHEFFIELD, parts=(f"DiagnosticReport/7@{text}",), conclusion=text) for text in "ab")

    first, second = sorted(row.key for row in rows(one, other))

    assert first == S7
    assert re.fullmatch(f"{S7}~[0-9a-f]{{12}}", second)
    assert rows(one, other) == rows(other, one)


def test_an_id_that_looks_like_a_name_of_ours_is_a_name_of_its_own() -> None:
    one, other = (a_report(SHEFFIELD, identifiers=(), parts=(text,), conclusion=text) for text in "ab")
    (_, ours) = sorted(row.report.id for row in rows(one, other))
    odd = a_report(SHEFFIELD, ours.removeprefix("DiagnosticReport/"), identifiers=(), conclusion="c")

    all_of_them = rows(one, other, odd)

    assert {row.key: row.report.conclusion for row in all_of_them}[f"sheffield_teaching/{ours}"] == "c"
    assert len({row.key for row in all_of_them}) == 3


def test_an_id_with_a_tilde_is_not_the_id_before_it() -> None:
    replacing = a_report(SHEFFIELD, "8", identifiers=(), replaces=("DiagnosticReport/7",))

    assert len(rows(a_report(SHEFFIELD, "7~2", identifiers=()), replacing)) == 2


HELD_ELSEWHERE = a_report(CHESTERFIELD, "9")


@pytest.mark.parametrize("status", [Status.CORRECTED, Status.AMENDED, Status.APPENDED])
def test_a_later_report_that_says_it_changes_the_one_held_elsewhere_takes_its_place(status: Status) -> None:
    newer = a_report(SHEFFIELD, "8", status=status, issued=LATER, conclusion="Corrected")

    assert shown(HELD_ELSEWHERE, newer) == {(S8, (), ("chesterfield/9",))}


LEFT_ARM, RIGHT_ARM = (Specimen(f"Specimen/{arm}", "Blood culture", body_site=arm) for arm in ("Left", "Right"))
MICROBIOLOGY = Code("http://terminology.hl7.org/CodeSystem/v2-0074", "MB")


@pytest.mark.parametrize(
    "newer",
    [
        a_report(SHEFFIELD, "8", status=Status.FINAL, issued=LATER, conclusion="x"),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, conclusion="x"),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=None, conclusion="x"),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER, title="U&E"),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER, taken=a_time("2026-11-19T08:30:00Z")),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER, identifiers=(BusinessId(ISSUER, "other"),)),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER, specimens=(LEFT_ARM,)),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER, categories=(MICROBIOLOGY,)),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER, studies=(Study("1", "CT", Status.FINAL),)),
        a_report(SHEFFIELD, "8", status=Status.ENTERED_IN_ERROR, issued=LATER, results=()),
        a_report(SHEFFIELD, "8", status=Status.CANCELLED, issued=LATER, conclusion="x"),
        a_report(SHEFFIELD, "8", status=Status.UNKNOWN, issued=LATER, conclusion="x"),
        a_report(SHEFFIELD, "8", status=Status.CORRECTED, updated="2027-01-01T10:00:00Z", conclusion="x"),
    ],
)
def test_what_does_not_say_it_changes_or_is_not_provably_later_or_the_same_test_hides_nothing(newer: Report) -> None:
    assert {key for key, _, _ in shown(HELD_ELSEWHERE, newer)} == {C9, S8}


@pytest.mark.parametrize("status", [Status.REGISTERED, Status.PARTIAL, Status.PRELIMINARY])
def test_what_said_it_was_not_final_gives_way_to_the_settled_report(status: Status) -> None:
    interim = a_report(CHESTERFIELD, "9", status=status, conclusion="Growing", specimens=(LEFT_ARM,))
    final = a_report(SHEFFIELD, "8", issued=LATER, conclusion="E. coli", specimens=(replace(LEFT_ARM, id="Other"),))

    assert shown(interim, final) == {(S8, (), ("chesterfield/9",))}


@pytest.mark.parametrize("at_the_other", [SHEFFIELD, CHESTERFIELD])
def test_a_culture_of_one_arm_never_hides_that_of_the_other_though_both_share_an_accession_number(
    at_the_other: Trust,
) -> None:
    growing = a_report(SHEFFIELD, "7", status=Status.PRELIMINARY, conclusion="Cocci seen", specimens=(LEFT_ARM,))
    clear = a_report(at_the_other, "8", issued=LATER, conclusion="No growth", specimens=(RIGHT_ARM,))

    assert {(row.report.conclusion, row.earlier) for row in rows(growing, clear)} == {
        ("Cocci seen", ()),
        ("No growth", ()),
    }


@pytest.mark.parametrize("status", [Status.CORRECTED, Status.FINAL, Status.ENTERED_IN_ERROR])
def test_a_second_report_at_one_trust_hides_the_first_only_when_it_says_that_it_replaces_it(status: Status) -> None:
    first = a_report(SHEFFIELD, "7", status=Status.PRELIMINARY)
    second = a_report(SHEFFIELD, "8", status=status, issued=LATER, updated="2027-01-01T10:00:00Z")

    assert {key for key, _, _ in shown(first, second)} == {S7, S8}


def test_a_trust_that_holds_both_is_believed_though_the_older_is_folded_under_another_trusts() -> None:
    corrected = a_report(CHESTERFIELD, "8", status=Status.CORRECTED, issued=LATER, conclusion="x")

    assert {earlier for _, _, earlier in shown(ORIGINAL, HELD_ELSEWHERE, corrected)} == {()}


def under_one_id(**fields: Any) -> Report:
    """A content of report 7 that no version number puts before or after the others."""
    return a_report(SHEFFIELD, "7", parts=(f"DiagnosticReport/7@{fields}",), **fields)


def test_under_one_id_without_versions_a_later_report_that_says_it_changes_the_earlier_takes_its_place() -> None:
    (row,) = rows(under_one_id(), under_one_id(status=Status.CORRECTED, issued=LATER))

    assert (row.report.status, len(row.earlier)) == (Status.CORRECTED, 1)


def test_the_word_under_one_id_that_these_same_values_were_entered_in_error_leaves_a_tombstone_over_them() -> None:
    (row,) = rows(under_one_id(), under_one_id(status=Status.ENTERED_IN_ERROR, issued=LATER))

    assert (row.report.status, len(row.earlier)) == (Status.ENTERED_IN_ERROR, 1)


def test_a_correction_at_the_issuer_takes_the_place_of_the_copy_elsewhere() -> None:
    copy = a_report(CHESTERFIELD, "9", version="1")
    corrected = a_report(SHEFFIELD, "7", status=Status.CORRECTED, issued=LATER, version="2", parts=("7@2",))

    (row,) = rows(replace(ORIGINAL, version="1"), copy, corrected)

    assert row.report == corrected
    assert {one.trust.name for one in row.earlier} == {"sheffield_teaching", "chesterfield"}


def test_another_trusts_error_hides_nothing_and_leaves_its_tombstone() -> None:
    withdrawn = a_report(CHESTERFIELD, "9", status=Status.ENTERED_IN_ERROR, issued=LATER)

    assert {key for key, _, _ in shown(ORIGINAL, withdrawn)} == {S7, C9}


def test_a_later_correction_leaves_the_tombstone_of_an_error_standing() -> None:
    withdrawn = a_report(SHEFFIELD, "7", status=Status.ENTERED_IN_ERROR)
    corrected = a_report(SHEFFIELD, "8", status=Status.CORRECTED, issued=LATER)

    assert {key for key, _, _ in shown(withdrawn, corrected)} == {S7, S8}


@pytest.mark.parametrize("named", ["DiagnosticReport/7", f"{ISSUER}|26B100"])
def test_a_report_that_names_what_it_replaces_takes_its_place(named: str) -> None:
    replacing = a_report(SHEFFIELD, "8", identifiers=(), title="Other", replaces=(named,))

    assert shown(ORIGINAL, replacing) == {(S8, (), ("sheffield_teaching/7",))}


def test_a_replacement_that_was_itself_an_error_replaces_nothing() -> None:
    was_an_error = {"status": Status.ENTERED_IN_ERROR, "identifiers": ()}
    replacing = a_report(SHEFFIELD, "8", replaces=("DiagnosticReport/7",), **was_an_error)

    assert {key for key, _, _ in shown(ORIGINAL, replacing)} == {S7, S8}


def test_another_trusts_report_of_the_same_id_is_not_the_one_replaced() -> None:
    replacing = a_report(ROTHERHAM, "8", identifiers=(), replaces=("DiagnosticReport/7",))

    assert len(rows(ORIGINAL, replacing)) == 2


def in_a_chain(length: int, closed: bool = False) -> list[Report]:
    last = length - 1 if closed else None
    return [
        a_report(
            SHEFFIELD,
            str(number),
            identifiers=(),
            conclusion=str(number),
            replaces=(f"DiagnosticReport/{number - 1 if number else last}",) if number or closed else (),
        )
        for number in range(length)
    ]


def test_a_chain_of_replacements_is_one_row_with_all_the_others_below() -> None:
    (row,) = rows(*in_a_chain(50))

    assert row.report.id == "DiagnosticReport/49"
    assert len(row.earlier) == 49


def test_a_chain_of_thousands_is_survived() -> None:
    (row,) = rows(*in_a_chain(5000))

    assert len(row.earlier) == 4999


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_claims_that_go_round_in_a_circle_prove_nothing_and_lose_nothing(length: int) -> None:
    assert len(rows(*in_a_chain(length, closed=True))) == length


def test_a_report_that_two_replace_stands_below_the_later_of_them_once() -> None:
    first = a_report(SHEFFIELD, "8", identifiers=(), replaces=("DiagnosticReport/7",), issued=LATER)
    second = a_report(SHEFFIELD, "9", identifiers=(), replaces=("DiagnosticReport/7",))

    assert {(key, earlier) for key, _, earlier in shown(ORIGINAL, first, second)} == {
        (S8, ("sheffield_teaching/7",)),
        ("sheffield_teaching/DiagnosticReport/9", ()),
    }


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda claim: claim[0] != claim[1]), max_size=20))
def test_what_is_left_of_any_claims_never_goes_round(claims: set[tuple[int, int]]) -> None:
    kept = outside_circles(claims)

    assert kept <= claims
    above = {older: [newer for newer, below in kept if below == older] for older in range(7)}
    for start in range(7):
        reached, waiting = set(), list(above[start])
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting.extend(above[one])
        assert start not in reached


# ── All of it, whatever comes ────────────────────────────────────────────────────────────────────

A_NAME_OF_OURS = f"1~{sha256(b'DiagnosticReport/1@.1').hexdigest()[:12]}"  # that of a second content of report 1

reports = st.builds(
    a_report,
    st.sampled_from([BARNSLEY, CHESTERFIELD, SHEFFIELD]),
    st.sampled_from(["1", "2", "3", "1~2", A_NAME_OF_OURS]),
    status=st.sampled_from(Status),
    title=st.sampled_from(["Potassium", "potassium", "U&E"]),
    version=st.sampled_from(["", "1", "2"]),
    issued=st.sampled_from([None, a_time(), LATER]),
    taken=st.sampled_from([None, a_time(), LATER]),
    taken_from=st.sampled_from(TakenFrom),
    identifiers=st.sampled_from([(), (BusinessId(ISSUER, "1"),), (BusinessId(ISSUER, "1"), OWN), (OWN,)]),
    replaces=st.sampled_from([(), (), ("DiagnosticReport/1",), ("DiagnosticReport/2", f"{ISSUER}|1")]),
    results=st.sampled_from([(a_result(),), (a_result(value=Amount("4.20")),), ()]),
)


def as_sent(sent: list[Report]) -> list[Report]:
    """Give each content a part of its own name, as `normalise` does, and drop what is sent twice."""
    distinct = list(dict.fromkeys(sent))
    return [replace(one, parts=(f"{one.id}@{one.version}.{place}",)) for place, one in enumerate(distinct)]


def everything_in(merged: tuple[Row, ...]) -> list[str]:
    inside = (one for row in merged for one in (row.report, *row.copies, *row.earlier))
    return sorted(f"{one.trust.name}/{one.parts[0]}" for one in inside)


@given(st.lists(reports, max_size=12))
def test_every_report_is_in_exactly_one_row_once(sent: list[Report]) -> None:
    distinct = as_sent(sent)

    merged = rows(*distinct)

    assert everything_in(merged) == sorted(f"{one.trust.name}/{one.parts[0]}" for one in distinct)


@given(st.lists(reports, max_size=12))
def test_no_two_rows_have_one_name_whatever_ids_are_sent(sent: list[Report]) -> None:
    merged = rows(*as_sent(sent))

    assert len({row.key for row in merged}) == len(merged)


@given(st.lists(reports, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_changes_the_rows(sent: list[Report], order: Any) -> None:
    distinct = as_sent(sent)
    shuffled = list(distinct)
    order.shuffle(shuffled)

    assert set(rows(*shuffled)) == set(rows(*distinct))


@given(st.lists(reports, max_size=8))
def test_a_second_identical_answer_changes_nothing(sent: list[Report]) -> None:
    distinct = as_sent(sent)
    piles = [a_pile(*(one for one in distinct if one.trust == trust), trust=trust) for trust in (BARNSLEY, SHEFFIELD)]

    assert merge(piles * 2) == merge(piles)


@given(st.lists(reports, max_size=8))
def test_only_what_an_identifier_proves_is_folded(sent: list[Report]) -> None:
    for row in rows(*as_sent(sent)):
        for copy in row.copies:
            same = {"status": copy.status, "title": copy.title, "results": copy.results, "conclusion": copy.conclusion}

            assert {field: getattr(row.report, field) for field in same} == same
            assert copy.identifiers


def test_trusts_in_any_order_give_the_same_rows() -> None:
    piles = [a_pile(a_report(trust)) for trust in (BARNSLEY, CHESTERFIELD, SHEFFIELD)]

    assert len({merge(list(order)) for order in permutations(piles)}) == 1
