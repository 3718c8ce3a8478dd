"""What is released is counted where it came from, named, and hashed whatever its order."""

from dataclasses import replace

import pytest

from connectors.answer import Kind
from tests.access.builders import CHILDRENS, ROTHERHAM, TEACHING, a_report, a_result
from viewer.access.decide import Decision
from viewer.access.disclosure import Count, digest_of, disclose, key_of
from viewer.clinical.report import Amount
from viewer.clinical.timeline import Row

YES = Decision(True, "…", "WT-2026 cl. 4.2(a)", "working_together_2026")
ALSO_YES = Decision(True, "…", "RAD-2026 cl. 1", "radiology_2026")


def test_reports_are_counted_by_trust_and_kind() -> None:
    rows = [
        Row(a_report(ROTHERHAM, id="DiagnosticReport/1")),
        Row(a_report(ROTHERHAM, id="DiagnosticReport/2", kind=Kind.RADIOLOGY)),
        Row(a_report(TEACHING, id="DiagnosticReport/1")),
    ]

    disclosure = disclose(rows, [YES, YES, YES])

    assert disclosure.counts == (Count("rotherham", 1, 1), Count("sheffield_teaching", 1, 0))


def test_a_copy_counts_where_it_came_from_and_an_earlier_version_does_not() -> None:
    row = Row(
        a_report(ROTHERHAM),
        copies=(a_report(TEACHING),),
        earlier=(a_report(ROTHERHAM, version="1"),),
    )

    assert disclose([row], [YES]).counts == (Count("rotherham", 1, 0), Count("sheffield_teaching", 1, 0))


def test_everything_that_can_reach_the_page_is_named_with_its_version() -> None:
    row = Row(
        a_report(ROTHERHAM),
        copies=(a_report(CHILDRENS, id="DiagnosticReport/9", version=""),),
        earlier=(a_report(ROTHERHAM, version="1"),),
    )

    assert disclose([row], [YES]).reports == (
        "rotherham/DiagnosticReport/7@1",
        "rotherham/DiagnosticReport/7@2",
        "sheffield_childrens/DiagnosticReport/9",
    )


def test_the_agreements_and_clauses_relied_on_are_named_once() -> None:
    rows = [Row(a_report(id=f"DiagnosticReport/{number}")) for number in range(3)]

    disclosure = disclose(rows, [YES, ALSO_YES, YES])

    assert disclosure.agreements == ("working_together_2026", "radiology_2026")
    assert disclosure.clauses == ("WT-2026 cl. 4.2(a)", "RAD-2026 cl. 1")


def test_a_row_that_was_refused_cannot_be_disclosed() -> None:
    with pytest.raises(ValueError, match="1 withheld reports were about to be disclosed"):
        disclose([Row(a_report())], [Decision(False, "Rotherham never shares …")])


def test_every_row_has_its_decision() -> None:
    with pytest.raises(ValueError):
        disclose([Row(a_report())], [])


def test_the_digest_does_not_depend_on_order() -> None:
    one, two = a_report(ROTHERHAM), a_report(TEACHING)

    assert digest_of([one, two]) == digest_of([two, one])


def test_the_digest_tells_one_more_one_less_and_one_digit_apart() -> None:
    report = a_report(results=(a_result(value=Amount("4.10", unit="mmol/L")),))
    rounded = replace(report, results=(a_result(value=Amount("4.1", unit="mmol/L")),))

    digests = [digest_of(reports) for reports in ([], [report], [rounded], [report, report], [report, rounded])]

    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 64 for digest in digests)


def test_a_report_without_a_version_is_named_without_one() -> None:
    assert key_of(a_report(version="")) == "rotherham/DiagnosticReport/7"
