"""What an officer may look for in the log, and how the database is asked for it.

Rule: every question has a scope, and nothing outside it is ever read.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, true

from viewer.audit.entry import Entry, read_record
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
    since: datetime | None = None
    until: datetime | None = None  # not included
    before: int | None = None  # only entries with a lower number: the next page
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One page of entries, newest first; `total` and `people` are counted when a patient was asked for."""

    entries: tuple[Entry, ...]
    more: bool
    total: int | None = None
    people: int | None = None

    @property
    def before(self) -> int | None:
        """Return where the next page starts, or None when this is the last."""
        return self.entries[-1].seq if self.more else None


def find(connection: Connection, criteria: Criteria) -> Found:
    """Return the newest entries that fit, and whether there are more."""
    newest = _entries().where(_fits(criteria), _on_this_page(criteria)).order_by(log_entries.c.seq.desc())
    rows = connection.execute(newest.limit(criteria.limit + 1)).all()
    total, people = _count(connection, criteria) if criteria.nhs_number else (None, None)
    return Found(
        tuple(_read(row) for row in rows[: criteria.limit]),
        more=len(rows) > criteria.limit,
        total=total,
        people=people,
    )


def find_one(connection: Connection, seq: int, scope: Scope | WholeLog) -> Entry | None:
    """Return entry `seq` if it is there and within the scope."""
    row = connection.execute(_entries().where(log_entries.c.seq == seq, _within(scope))).one_or_none()
    return None if row is None else _read(row)


def _entries() -> Select[int, bytes]:
    return select(log_entries.c.seq, log_entries.c.body)


def _read(row: Row[int, bytes]) -> Entry:
    return Entry(row.seq, row.body, read_record(row.body))


def _count(connection: Connection, criteria: Criteria) -> tuple[int, int]:
    counted = select(func.count(), func.count(log_entries.c.user_id.distinct())).where(_fits(criteria))
    total, people = connection.execute(counted).one()
    return total, people


def _fits(criteria: Criteria) -> ColumnElement[bool]:
    columns = log_entries.c
    exact = {
        columns.nhs_number: criteria.nhs_number,
        columns.organisation: criteria.organisation,
        columns.event: criteria.event,
        columns.outcome: criteria.outcome,
    }
    return and_(
        _within(criteria.scope),
        *(column == wanted for column, wanted in exact.items() if wanted),
        _about(criteria.trust) if criteria.trust else true(),
        _by(criteria.person) if criteria.person else true(),
        columns.at >= _utc(criteria.since) if criteria.since else true(),
        columns.at < _utc(criteria.until) if criteria.until else true(),
    )


def _within(scope: Scope | WholeLog) -> ColumnElement[bool]:
    if isinstance(scope, WholeLog):
        return true()
    own_staff = and_(log_entries.c.organisation == scope.organisation, log_entries.c.organisation != "")
    return or_(own_staff, _about(scope.trust)) if scope.trust else own_staff


def _about(trust: str) -> ColumnElement[bool]:
    return (
        select(log_trusts.c.seq)
        .where(log_trusts.c.trust == trust, log_trusts.c.seq == log_entries.c.seq)
        .correlate(log_entries)
        .exists()
    )


def _by(person: str) -> ColumnElement[bool]:
    return or_(log_entries.c.user_id == person, log_entries.c.user_name.icontains(person, autoescape=True))


def _on_this_page(criteria: Criteria) -> ColumnElement[bool]:
    return log_entries.c.seq < criteria.before if criteria.before is not None else true()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
