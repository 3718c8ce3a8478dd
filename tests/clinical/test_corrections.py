"""What an earlier version said is set beside what stands now, and only where it is surely the same finding."""

from tests.pages.builders import CODE, ROTHERHAM, a_report, a_result, changed
from viewer.clinical.corrections import NONE, corrections
from viewer.clinical.report import NoValue, Report, Result
from viewer.clinical.timeline import Row


def a_version(issued: str, *results: Result) -> Report:
    return a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", issued, *results)


def test_a_row_without_earlier_versions_has_no_corrections() -> None:
    assert corrections(Row(a_version("2026-11-20 23:05", a_result("K", "5.9")))) is NONE


def test_only_what_differs_is_said() -> None:
    now = a_version("2026-11-21 01:48", a_result("K", "5.9"), a_result("Na", "133"))
    before = a_version("2026-11-20 23:05", a_result("K", "6.9"), a_result("Na", "133"))

    said = corrections(Row(now, earlier=(before,)))

    (was,) = said.was[now.results[0].id]
    assert (was.result.value, was.issued) == (before.results[0].value, before.issued)
    assert list(said.was) == [now.results[0].id]
    assert said.gone == ()


def test_every_different_earlier_value_is_said_once_newest_first() -> None:
    now = a_version("2026-11-21 01:48", a_result("K", "5.9"))
    versions = [
        a_version(f"2026-11-20 2{hour}:05", a_result("K", value))
        for hour, value in ((3, "6.1"), (2, "6.9"), (1, "6.9"))
    ]

    said = corrections(Row(now, earlier=tuple(versions)))

    assert [was.result.value.number for was in said.was[now.results[0].id]] == ["6.1", "6.9"]


def test_a_changed_flag_is_a_change() -> None:
    now = a_version("2026-11-21 01:48", a_result("K", "5.9", "", "HI", id="Observation/1"))
    before = a_version("2026-11-20 23:05", a_result("K", "5.9", id="Observation/1"))

    assert "Observation/1" in corrections(Row(now, earlier=(before,))).was


def test_two_findings_of_one_name_are_never_struck_out_for_each_other() -> None:
    now = a_version("2026-11-21 01:48", a_result("K", "5.9"), a_result("K", "6.0"))
    before = a_version("2026-11-20 23:05", a_result("K", "6.9"), a_result("K", "7.0"))

    assert corrections(Row(now, earlier=(before,))).was == {}


def test_another_code_is_another_finding() -> None:
    now = a_version("2026-11-21 01:48", a_result("K", "5.9", codes=(CODE,)))
    before = a_version("2026-11-20 23:05", a_result("K", "6.9", codes=(changed(CODE, code="K2"),)))

    said = corrections(Row(now, earlier=(before,)))

    assert said.was == {}
    assert [gone.result.value.number for gone in said.gone] == ["6.9"]


def test_findings_inside_groups_are_found() -> None:
    now = a_version(
        "2026-11-21 01:48", a_result("Panel", NoValue(), members=(a_result("K", "5.9", id="Observation/1"),))
    )
    before = a_version("2026-11-20 23:05", a_result("K", "6.9"))

    assert list(corrections(Row(now, earlier=(before,))).was) == ["Observation/1"]
