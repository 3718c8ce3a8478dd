"""Points and series for tests of what is drawn of them: a creatinine, so many hours after a noon."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.answer import Trust
from tests.builders import SHEFFIELD, a_report, a_result, a_time
from viewer.clinical.analyte import Analyte
from viewer.clinical.report import Amount, Range, Status, Value, When
from viewer.clinical.row import Row
from viewer.clinical.series import Point, Series, SeriesKey

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENT_RANGE = Range(Amount("59"), Amount("104"))


def point(
    number: str | Value = "97",
    hours: float = 0,
    trust: Trust = SHEFFIELD,
    *,
    taken: When | str | None = "at its hour",
    report: Status = Status.FINAL,
    **fields: object,
) -> Point:
    """Return one point, so many hours after NOON."""
    sent = number.lstrip("<>=") if isinstance(number, str) else ""
    value = Amount(sent, number.removesuffix(sent), "umol/L") if isinstance(number, str) else number
    result = replace(a_result("Creatinine", value), **fields)  # type: ignore[arg-type]
    when = a_time((NOON + timedelta(hours=hours)).isoformat()) if isinstance(taken, str) else taken
    return Point(Row(a_report(trust, results=(result,), status=report)), result, when)


def series(*points: Point, analyte: str = "creatinine") -> Series:
    ordered = tuple(sorted(points, key=lambda one: one.at))
    known = Analyte(analyte, "Creatinine", "u_and_e")
    return Series(SeriesKey(analyte, "serum", "umol/L", ""), known, "Creatinine", "umol/L", ordered)
