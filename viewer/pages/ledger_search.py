"""Read what an officer looks for, as it was typed, and say what the log is to be asked.

Rule: a day or a time that is none is not guessed. Times are London times; where a clock change makes one mean two
moments, or none, the search is made wider, never narrower.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta

from werkzeug.datastructures import MultiDict

from connectors.answer import Kind, Trust
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.audit.scope import Scope
from viewer.audit.search import Criteria
from viewer.clinical.nhs_number import NotAnNHSNumber, read_nhs_number
from viewer.pages.words import LONDON, MONTHS, partial_date


@dataclass(frozen=True, slots=True)
class Sought:
    """What an officer looks for, as typed and checked; kept in the session, never in an address."""

    nhs_number: str = field(default="", repr=False)  # ten digits
    person: str = ""
    organisation: str = ""
    role: str = ""
    trust: str = ""
    kind: str = ""
    purpose: str = ""
    claim: str = ""
    event: str = ""
    outcome: str = ""
    since: str = ""  # 2026-11-01; a mistake stays as it was typed
    since_time: str = ""  # 14:30, or 14:30:05
    until: str = ""  # the last day included
    until_time: str = ""  # the last minute, or second, included


CHOICES: Mapping[str, Iterable[str]] = {"role": Role, "kind": Kind, "purpose": Purpose, "claim": Claim}


def read_sought(form: MultiDict[str, str], trusts: Sequence[Trust]) -> tuple[Sought, dict[str, str]]:
    """Read the search form: what is sought, and the mistakes by field."""
    typed = {one.name: form.get(one.name, "").strip()[:200] for one in fields(Sought)}
    mistakes: dict[str, str] = {}
    _read_days(typed, mistakes)
    if typed["nhs_number"]:
        number = read_nhs_number(typed["nhs_number"])
        if isinstance(number, NotAnNHSNumber):
            mistakes["nhs_number"] = number.reason
        else:
            typed["nhs_number"] = number.digits
    if typed["trust"] not in {"", *(trust.name for trust in trusts)}:
        mistakes["trust"] = "Choose one of the trusts"
    for name, choices in CHOICES.items():
        if typed[name] not in {"", *choices}:
            mistakes[name] = "Choose one of the list"
    typed["organisation"] = typed["organisation"].upper()
    return Sought(**typed), mistakes


def _read_days(typed: dict[str, str], mistakes: dict[str, str]) -> None:
    """Put days and times right, in place, or say what is wrong with them."""
    for name in ("since", "until"):
        day = read_day(typed[name]) if typed[name] else None
        if typed[name] and day is None:
            mistakes[name] = "Enter a day like 21-Nov-2026"
        typed[name] = day.isoformat() if day else typed[name]
        at = f"{name}_time"
        if typed[at] and read_time(typed[at]) is None:
            mistakes[at] = "Enter a time like 14:30"
        elif typed[at] and not typed[name]:
            mistakes[name] = "Enter the day of this time too"
    if not mistakes and typed["since"] and typed["until"] and _since(typed) >= _until(typed):
        mistakes["since"] = "From is later than To: enter an earlier day, or none"


def as_typed(sought: Sought) -> dict[str, str]:
    """Return the fields as the form shows them again."""
    number = read_nhs_number(sought.nhs_number)
    shown = sought.nhs_number if isinstance(number, NotAnNHSNumber) else number.spaced
    days = {name: partial_date(getattr(sought, name)) if getattr(sought, name) else "" for name in ("since", "until")}
    return asdict(sought) | days | {"nhs_number": shown}


def criteria_of(scope: Scope, sought: Sought, before: int | None = None) -> Criteria:
    """Return what the log is asked."""
    typed = asdict(sought)
    wanted = {name: typed[name] for name in _WORDS}
    return Criteria(
        scope,
        **wanted,
        since=_since(typed) if sought.since else None,
        until=_until(typed) if sought.until else None,
        before=before,
    )


_WORDS = (
    "nhs_number", "person", "organisation", "role", "trust", "kind", "purpose", "claim", "event", "outcome",
)  # fmt: skip


# ── Days and times ───────────────────────────────────────────────────────────────────────────────


def _since(typed: dict[str, str]) -> datetime:
    at = read_time(typed["since_time"]) if typed["since_time"] else time()
    return min(moments_of(date.fromisoformat(typed["since"]), at or time()))


def _until(typed: dict[str, str]) -> datetime:
    """Return the first moment that is not included any more."""
    day, at = date.fromisoformat(typed["until"]), read_time(typed["until_time"]) if typed["until_time"] else None
    if at is None:
        return max(moments_of(day + timedelta(days=1), time()))
    return max(moments_of(day, at)) + timedelta(seconds=1 if typed["until_time"].count(":") == 2 else 60)


def moments_of(day: date, at: time) -> tuple[datetime, datetime]:
    """Return the moments that a time in London may mean: the same one twice, but on the days the clocks change."""
    said = datetime.combine(day, at, LONDON)
    return said.replace(fold=0).astimezone(UTC), said.replace(fold=1).astimezone(UTC)


_DAY = re.compile(r"(?P<day>\d{1,2})[-/ ](?P<month>[A-Za-z]{3}|\d{1,2})[-/ ](?P<year>\d{4})", re.ASCII)
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)
_LAST = date(9000, 1, 1)  # a day after it must still be a day


def read_day(typed: str) -> date | None:
    """Return the day in 21-Nov-2026, 21/11/2026 or 2026-11-21; None for anything else."""
    parts = _DAY.fullmatch(typed)
    try:
        day = date.fromisoformat(typed) if parts is None else _day_of(parts)
    except ValueError:
        return None
    return day if day < _LAST else None


def _day_of(parts: re.Match[str]) -> date:
    month = parts["month"]
    number = int(month) if month.isdigit() else MONTHS.index(month.capitalize()) + 1
    return date(int(parts["year"]), number, int(parts["day"]))


def read_time(typed: str) -> time | None:
    """Return the time in 14:30 or 14:30:05; None for anything else."""
    return time.fromisoformat(typed.rjust(5 if typed.count(":") == 1 else 8, "0")) if _TIME.fullmatch(typed) else None
