"""New is what another trust issued since; what does not say when may be, and what is not new is counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import BARNSLEY, SHEFFIELD, a_report, a_time
from viewer.clinical.newer import LAG, newer, untold
from viewer.clinical.report import When
from viewer.clinical.row import Row
from viewer.clinical.when import read_when

SINCE = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def a_row(trust=BARNSLEY, issued: str | None = "2026-11-21T01:48:00+00:00", id_: str = "7") -> Row:  # type: ignore[no-untyped-def]  # a Trust
    when = read_when(issued) if issued else None
    assert when is None or isinstance(when, When)
    return Row(a_report(trust, id_, issued=when, taken=None))


@pytest.mark.parametrize(
    ("issued", "is_new"),
    [
        ("2026-11-20T08:00:00+00:00", True),
        ("2026-11-20T07:59:00+00:00", False),
        ("2026-11-20T09:00:00+01:00", True),
        ("2026-11-20T07:30:00-01:00", True),
        ("2026-11-20", True),  # at any time of that day
        ("2026-11-19", False),
        ("2026-11", True),
        (None, True),
        ("9999-12-31", True),  # nothing is after it
        ("9999-12", True),
        ("9999", True),
        ("9999-12-31T23:59:59Z", True),
        ("0001-01-02", False),  # nothing much is before it
    ],
)
def test_a_report_is_new_when_it_may_have_been_issued_since(issued: str | None, is_new: bool) -> None:
    found = newer([a_row(issued=issued)], SINCE, SHEFFIELD.name)

    assert (len(found.rows), found.earlier) == ((1, 0) if is_new else (0, 1))


def test_what_is_not_new_elsewhere_is_counted() -> None:
    rows = [a_row(), a_row(SHEFFIELD), a_row(issued="2026-11-01T00:00:00+00:00", id_="8")]

    found = newer(rows, SINCE, SHEFFIELD.name)

    assert found.rows == (rows[0],)
    assert (found.own, found.earlier) == (1, 1)
    assert len(found.rows) + found.own + found.earlier == len(rows)


def test_nobody_s_own_trust_is_no_trust() -> None:
    found = newer([a_row(), a_row(SHEFFIELD, id_="8")], SINCE + timedelta(hours=1), "")

    assert (len(found.rows), found.own) == (2, 0)


def test_a_report_that_does_not_say_when_it_was_issued_counts_by_when_it_was_taken() -> None:
    old = Row(replace(a_row(issued=None).report, taken=a_time("2025-01-01T00:00:00+00:00")))
    fresh = Row(replace(a_row(issued=None).report, taken=a_time("2026-11-21T00:00:00+00:00")))

    assert newer([old, fresh], SINCE, SHEFFIELD.name).rows == (fresh,)


# ── Since a look ─────────────────────────────────────────────────────────────────────────────────


def shown(_: Row) -> bool:
    return True


def never_shown(_: Row) -> bool:
    return False


BEFORE, AFTER = "2026-11-20T07:40:00+00:00", "2026-11-20T08:20:00+00:00"  # of SINCE
LONG_BEFORE = (SINCE - LAG - timedelta(seconds=1)).isoformat()


@pytest.mark.parametrize(
    ("issued", "updated", "was_shown", "is_told"),
    [
        (BEFORE, "", shown, False),
        (BEFORE, "", never_shown, True),  # stamped before the look, and come to its trust's server after it
        (BEFORE, "", None, True),  # nobody knows what was shown: it may have been so
        (BEFORE, AFTER, shown, True),  # changed since under its old time of issue: entered in error, say
        (AFTER, "", shown, True),
        (LONG_BEFORE, "", shown, False),
        (LONG_BEFORE, "", never_shown, True),
        (LONG_BEFORE, "", None, False),
        (LONG_BEFORE, AFTER, None, True),
        (LONG_BEFORE, LONG_BEFORE, None, False),
        (LONG_BEFORE, "not a time", None, False),
    ],
)
def test_what_came_or_changed_after_a_look_is_told_whatever_its_stamp(
    issued: str, updated: str, was_shown: Callable[[Row], bool] | None, *, is_told: bool
) -> None:
    row = a_row(issued=issued)
    row = Row(replace(row.report, updated=updated))

    found = untold([row], SINCE, was_shown)

    assert (len(found.rows), found.earlier) == ((1, 0) if is_told else (0, 1))
