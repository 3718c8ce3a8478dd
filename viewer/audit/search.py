"""What an officer may look for in the log, and how the database is asked for it.

Rule: every question has a scope, and nothing outside it is ever read. An entry by somebody else's
staff says to a trust's officer only what concerns their own trust.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, or_, select, true

from viewer.access.access_event import Event
from viewer.audit.entry import Entry, named_in_trusts, read_record
from viewer.store.tables import log_entries, log_trusts


@dataclass(frozen=True, slots=True)
class Scope:
    """What an officer sees: entries by their own organisation's staff, and entries about their own trust's data."""

    organisation: str  # ODS code
    trust: str = ""  # the trust's name; "" for an organisation that is not one of the trusts


@dataclass(frozen=True, slots=True)
class WholeLog:
    """Everything: for the operator's command on the server itself, never for a page."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for. An empty field asks for nothing; the rest must all hold."""

    scope: Scope | WholeLog
    nhs_number: str = field(default="", repr=False)  # ten digits
    person: str = ""  # a user id, or part of a name as it was at the time
    organisation: str = ""  # ODS code of who looked
    trust: str = ""  # whose data
    event: str = ""
    outcome: str = ""
    role: str = ""  # of who looked, as it was at the time
    purpose: str = ""
    claim: str = ""  # the relationship that was claimed or proven
    kind: str = ""  # of result, of which something was shown
    view: str = ""  # the id that ties together what belongs to one look
    since: datetime | None = None
    until: datetime | None = None  # not included
    before: int | None = None  # only entries with a lower number: the next page
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One page of entries, newest first."""

    entries: tuple[Entry, ...]
    more: bool
    total: int | None = None  # None: more than it is worth counting
    newer: int = 0  # of the total, those on the pages before this one
    people: int | None = None  # how many made them, when a patient was asked for

    @property
    def before(self) -> int | None:
        """Return where the next page starts, or None when this is the last."""
        return self.entries[-1].seq if self.more else None


COUNTED = 10_000  # beyond it, entries are many


def find(connection: Connection, criteria: Criteria) -> Found:
    """Return the newest entries that fit, and whether there are more."""
    fits = _fits(criteria, _by(connection, criteria.person))
    newest = _entries().where(fits, _on_this_page(criteria)).order_by(log_entries.c.seq.desc())
    rows = connection.execute(newest.limit(criteria.limit + 1)).all()
    counted = _count(connection, fits, criteria.before)
    return Found(
        tuple(within(_read(row), criteria.scope) for row in rows[: criteria.limit]),
        more=len(rows) > criteria.limit,
        total=counted.entries if counted else None,
        newer=counted.newer if counted else 0,
        people=counted.people if counted and criteria.nhs_number else None,
    )


def find_one(connection: Connection, seq: int, scope: Scope | WholeLog) -> Entry | None:
    """Return entry `seq` if it is there and within the scope."""
    if not is_number(seq):
        return None
    row = connection.execute(_entries().where(log_entries.c.seq == seq, _within(scope))).one_or_none()
    return None if row is None else within(_read(row), scope)


def find_trusts(connection: Connection) -> frozenset[str]:
    """Return the names of every trust whose data any entry is about, whether or not it is still configured."""
    names: list[str] = []
    while (name := connection.execute(_first_trust_after(names)).scalar_one()) is not None:
        names.append(name)
    return frozenset(names)


def _first_trust_after(names: Sequence[str]) -> Select[str | None]:
    """Ask for one name at a time: neither database leaps over the millions of rows between two names by itself."""
    first = select(cast("ColumnElement[str | None]", func.min(log_trusts.c.trust)))
    return first.where(log_trusts.c.trust > names[-1]) if names else first


def is_number(seq: int) -> bool:
    """Say whether an entry could have this number: the database counts in 64 bits."""
    return 0 < seq < 1 << 63


def within(entry: Entry, scope: Scope | WholeLog) -> Entry:
    """Return the entry with what its reader may see of it.

    Own staff's entry is whole, but a refusal does not say which other trusts know the patient:
    the place is what a restriction protects. Of anybody else's an officer sees their own trust's part.
    """
    if isinstance(scope, WholeLog):
        return entry
    record, own = entry.record, _is_own(entry, scope)
    if own and record.event != Event.REFUSED:
        return entry
    trusts = tuple(at for at in record.trusts if at.trust == scope.trust or (own and at.outcome == "refused"))
    if own:
        return replace(entry, record=msgspec.structs.replace(record, trusts=trusts), whole=trusts == record.trusts)
    reports = tuple(key for key in record.reports if key.partition("/")[0] == scope.trust)
    return replace(
        entry, record=msgspec.structs.replace(record, trusts=trusts, reports=reports, digest=""), whole=False
    )


def _is_own(entry: Entry, scope: Scope) -> bool:
    return scope.organisation != "" and entry.record.organisation_ods == scope.organisation


def _entries() -> Select[int, bytes]:
    return select(log_entries.c.seq, log_entries.c.body)


def _read(row: Row[int, bytes]) -> Entry:
    return Entry(row.seq, row.body, read_record(row.body))


@dataclass(frozen=True, slots=True)
class _Counted:
    entries: int
    newer: int
    people: int


def _count(connection: Connection, fits: ColumnElement[bool], before: int | None) -> _Counted | None:
    """Count what fits, on every page; None when it is more than it is worth counting."""
    columns = log_entries.c
    fitting = select(columns.seq, columns.user_id).where(fits).limit(COUNTED + 1).subquery()
    newer = fitting.c.seq >= before if before is not None else false()
    row = connection.execute(
        select(func.count(), func.count().filter(newer), func.count(fitting.c.user_id.distinct())).select_from(fitting)
    ).one()
    counted = _Counted(*row)
    return counted if counted.entries <= COUNTED else None


def _fits(criteria: Criteria, by: ColumnElement[bool]) -> ColumnElement[bool]:
    columns = log_entries.c
    exact = {
        columns.nhs_number: criteria.nhs_number,
        columns.organisation: criteria.organisation,
        columns.event: criteria.event,
        columns.outcome: criteria.outcome,
        columns.view: criteria.view,
        columns.role: criteria.role,
        columns.purpose: criteria.purpose,
        columns.claim: criteria.claim,
    }
    return and_(
        _within(criteria.scope),
        *(column == wanted for column, wanted in exact.items() if wanted),
        _asked_about(criteria.trust, criteria.scope) if criteria.trust else true(),
        _showing(criteria.kind, criteria.scope) if criteria.kind else true(),
        by,
        columns.at >= _utc(criteria.since) if criteria.since else true(),
        columns.at < _utc(criteria.until) if criteria.until else true(),
    )


def _within(scope: Scope | WholeLog) -> ColumnElement[bool]:
    if isinstance(scope, WholeLog):
        return true()
    return or_(_by_staff_of(scope), _about(scope.trust)) if scope.trust else _by_staff_of(scope)


def _by_staff_of(scope: Scope) -> ColumnElement[bool]:
    return and_(log_entries.c.organisation == scope.organisation, log_entries.c.organisation != "")


def _asked_about(trust: str, scope: Scope | WholeLog) -> ColumnElement[bool]:
    """Fit what is about a trust; an officer of another learns only of own staff's looks whether it is."""
    if isinstance(scope, WholeLog) or trust == scope.trust:
        return _about(trust)
    return and_(_about(trust), _by_staff_of(scope))


def _showing(kind: str, scope: Scope | WholeLog) -> ColumnElement[bool]:
    """Fit what showed a kind of result; of looks by others, what they showed of the officer's own trust."""
    shown = log_entries.c.kinds.in_(_with(kind))
    if isinstance(scope, WholeLog):
        return shown
    by_own = and_(_by_staff_of(scope), shown)
    return or_(by_own, _about(scope.trust, _with(kind))) if scope.trust else by_own


def _with(kind: str) -> tuple[str, ...]:
    """Return every way in which the column `kinds` says that this kind was shown."""
    return tuple(kinds for kinds in _KINDS if kind in kinds.split())


_KINDS = ("laboratory", "laboratory radiology", "radiology")


def _about(trust: str, kinds: Sequence[str] | None = None) -> ColumnElement[bool]:
    """Fit what is about a trust's data; with `kinds`, of which one of these was shown."""
    names = [named_in_trusts(trust)] if kinds is None else [named_in_trusts(trust, one) for one in kinds]
    return or_(*(log_entries.c.trusts.contains(name, autoescape=True) for name in names))


_FEW = 100  # names; more of them fit so many entries that reading from the newest on finds a page sooner


def _by(connection: Connection, person: str) -> ColumnElement[bool]:
    """Fit a person by user id where somebody has it, and otherwise by part of a name as it was at the time."""
    columns = log_entries.c
    if not person:
        return true()
    by_id = columns.user_id == person
    if connection.execute(select(columns.seq).where(by_id).limit(1)).first():
        return by_id
    part = columns.user_name.icontains(person, autoescape=True)
    names = connection.execute(select(columns.user_name).where(part).distinct().limit(_FEW + 1)).scalars().all()
    return columns.user_name.in_(names) if len(names) <= _FEW else part


def _on_this_page(criteria: Criteria) -> ColumnElement[bool]:
    return log_entries.c.seq < criteria.before if criteria.before is not None else true()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
