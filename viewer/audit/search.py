"""What an officer may look for in the log, and how the database is asked for it.

Rule: every question has a scope, and nothing outside it is ever found. What is counted is counted as far as a
bounded reading goes; a page is always the newest that fit, however far back they stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from viewer.access.access_event import Event
from viewer.audit.entry import Entry, named_in_trusts, read_record
from viewer.audit.scope import Scope, WholeLog, within
from viewer.store.tables import log_entries, log_people, log_trusts


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
    counted: bool = True  # False: the page alone is wanted


@dataclass(frozen=True, slots=True)
class Found:
    """One page of entries, newest first."""

    entries: tuple[Entry, ...]
    more: bool
    total: int | None = None  # None: more than it is worth counting
    at_least: int = 0  # of them are known to fit; the total itself where that is known
    newer: int = 0  # of the total, those on the pages before this one
    people: int | None = None  # how many made them, when a patient was asked for

    @property
    def before(self) -> int | None:
        """Return where the next page starts, or None when this is the last."""
        return self.entries[-1].seq if self.more else None


COUNTED = 1_000  # beyond it, entries are many

_LOOKED_AT = 5_000  # rows of each way, for a count
_FEW = 5_000  # entries; these are looked at one by one sooner than a scope is read through
_FEW_NAMES = 100


def find(connection: Connection, criteria: Criteria) -> Found:
    """Return the newest entries that fit, and whether there are more."""
    return _find(connection, criteria, _ways(connection, criteria))


def _find(connection: Connection, criteria: Criteria, ways: Sequence["_Way"]) -> Found:
    if len(ways) == 1 and ways[0].few:
        return _find_among_few(connection, criteria, ways[0])
    newest = sorted((row for way in ways for row in _newest(connection, way, criteria)), reverse=True)
    bodies = _bodies(connection, newest[: criteria.limit])
    found = Found(
        tuple(within(entry, criteria.scope) for entry in bodies),
        more=len(newest) > criteria.limit,
        at_least=len(newest),
    )
    return _counted(connection, ways, criteria, found) if criteria.counted else found


def _find_among_few(connection: Connection, criteria: Criteria, way: "_Way") -> Found:
    """Read every entry that fits once, for the page and the count together."""
    columns = way.table.c
    fitting = sorted(connection.execute(select(columns.seq, columns.at).where(way.reads, way.fits)).all(), reverse=True)
    older = [row for row in fitting if criteria.before is None or row.seq < criteria.before]
    bodies = _bodies(connection, older[: criteria.limit])
    return Found(
        tuple(within(entry, criteria.scope) for entry in bodies),
        more=len(older) > criteria.limit,
        total=len(fitting),
        at_least=len(fitting),
        newer=len(fitting) - len(older),
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


def _entries() -> Select[int, bytes]:
    return select(log_entries.c.seq, log_entries.c.body)


def _read(row: Row[int, bytes]) -> Entry:
    return Entry(row.seq, row.body, read_record(row.body))


# ── Ways to the entries ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Way:
    """A table from which entries are read newest first: the rows of it that are read, and those of them that fit.

    Ways of one question never meet at the same entry.
    """

    table: Table
    reads: ColumnElement[bool]
    fits: ColumnElement[bool]
    few: bool = False  # rows are read, as the index that they are read from has said


def _ways(connection: Connection, criteria: Criteria) -> tuple[_Way, ...]:
    """Choose between reading few entries whatever their scope, and reading the scope itself."""
    scope, person = criteria.scope, _person(connection, criteria.person)
    if (this := _one_thing(criteria, person)) is not None:
        return (_one_by_one(this, criteria, person),)
    if (few := _few(connection, criteria, person)) is not None:
        return (replace(_one_by_one(few, criteria, person), few=True),)
    if isinstance(scope, WholeLog):
        return (_one_by_one(true(), criteria, person),)
    return _through(scope, criteria, person)


def _one_by_one(reads: ColumnElement[bool], criteria: Criteria, person: "_Person") -> _Way:
    return _Way(log_entries, reads, _fits(criteria, person))


def _through(scope: Scope, criteria: Criteria, person: "_Person") -> tuple[_Way, ...]:
    return tuple((_of_one_trust if criteria.trust else _of_scope)(scope, criteria, person))


def _one_thing(criteria: Criteria, person: "_Person") -> ColumnElement[bool] | None:
    """Return the patient, the look or the person that is asked for: an index has their entries, newest first."""
    columns = log_entries.c
    if criteria.nhs_number:
        return columns.nhs_number == criteria.nhs_number
    if criteria.view:
        return columns.view == criteria.view
    if person.user_id:
        return columns.user_id == person.user_id
    return None


def _few(connection: Connection, criteria: Criteria, person: "_Person") -> ColumnElement[bool] | None:
    """Return the part of the question that an index answers with few entries, if there is one."""
    columns = log_entries.c
    perhaps = (
        person.fits(log_entries) if person.names is not None else None,
        columns.claim == criteria.claim if criteria.claim else None,
        columns.event == criteria.event if criteria.event else None,
        columns.organisation == criteria.organisation if criteria.organisation else None,
        _in_time(log_entries, criteria) if criteria.since or criteria.until else None,
    )
    return next((one for one in perhaps if one is not None and _are_few(connection, one)), None)


def _are_few(connection: Connection, reads: ColumnElement[bool]) -> bool:
    some = select(log_entries.c.seq).where(reads).limit(_FEW + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one()) <= _FEW


def _of_one_trust(scope: Scope, criteria: Criteria, person: "_Person") -> Iterator[_Way]:
    """Yield what is about one trust's data; an officer of another learns only of own staff's looks whether it is."""
    columns, fits = log_trusts.c, _fits_row(log_trusts, criteria, person)
    if criteria.event == Event.REFUSED:
        return  # it shows nobody's data (index_trusts), and the rows of a trust would be read to their end for it
    if criteria.trust == scope.trust:
        yield _Way(log_trusts, columns.trust == criteria.trust, fits)
    elif scope.organisation:
        own = columns.organisation == scope.organisation
        yield _Way(log_trusts, columns.trust == criteria.trust, and_(own, fits))


def _of_scope(scope: Scope, criteria: Criteria, person: "_Person") -> Iterator[_Way]:
    """Yield the parts of a scope: what own staff did, what others saw of own trust, and what concerns everybody."""
    fits = _fits_row(log_entries, criteria, person)
    if scope.organisation and criteria.organisation in ("", scope.organisation):
        yield _Way(log_entries, _by_staff_of(scope), fits)
    if scope.trust and criteria.event != Event.REFUSED:
        by_others = log_trusts.c.organisation != scope.organisation if scope.organisation else true()
        about = log_trusts.c.trust == scope.trust
        yield _Way(log_trusts, about, and_(by_others, _fits_row(log_trusts, criteria, person)))
    elsewhere = or_(_by_staff_of(scope), _about(scope.trust) if scope.trust else false())
    yield _Way(log_entries, _concerns_everybody(), and_(not_(elsewhere), fits))


def _newest(connection: Connection, way: _Way, criteria: Criteria) -> Sequence[Row[int, str]]:
    columns = way.table.c
    before = columns.seq < criteria.before if criteria.before is not None else true()
    rows = select(columns.seq, columns.at).where(way.reads, way.fits, before).order_by(columns.seq.desc())
    return connection.execute(rows.limit(criteria.limit + 1)).all()


def _bodies(connection: Connection, rows: Sequence[Row[int, str]]) -> list[Entry]:
    """Return the entries that were found. Their times say in which months of PostgreSQL's they stand."""
    if not rows:
        return []
    columns, times = log_entries.c, [row.at for row in rows]
    these = _entries().where(columns.seq.in_([row.seq for row in rows]), columns.at.between(min(times), max(times)))
    return [_read(row) for row in connection.execute(these.order_by(columns.seq.desc()))]


def _counted(connection: Connection, ways: Sequence[_Way], criteria: Criteria, found: Found) -> Found:
    """Count what fits, on every page, among so many rows of each way as it is worth reading."""
    people = criteria.nhs_number != ""
    counts = [_count(connection, way, criteria.before, people) for way in ways]
    fitting, looked_at_all = sum(one.fitting for one in counts), all(one.looked_at <= _LOOKED_AT for one in counts)
    if not looked_at_all or fitting > COUNTED:
        return replace(found, at_least=max(found.at_least, min(fitting, COUNTED)))
    newer, by = sum(one.newer for one in counts), counts[0].people if people else None
    return replace(found, total=fitting, at_least=fitting, newer=newer, people=by)


@dataclass(frozen=True, slots=True)
class _Count:
    looked_at: int
    fitting: int
    newer: int
    people: int


def _count(connection: Connection, way: _Way, before: int | None, people: bool) -> _Count:
    columns = way.table.c
    person = columns.user_id if people else literal("")
    looked_at = select(columns.seq, person.label("person"), way.fits.label("fits")).where(way.reads)
    rows = looked_at.limit(_LOOKED_AT + 1).subquery()
    newer = rows.c.seq >= before if before is not None else false()
    row = connection.execute(
        select(
            func.count(),
            func.count().filter(rows.c.fits),
            func.count().filter(rows.c.fits, newer),
            func.count(rows.c.person.distinct()).filter(rows.c.fits),
        ).select_from(rows)
    ).one()
    return _Count(*row)


# ── What fits ────────────────────────────────────────────────────────────────────────────────────


def _fits(criteria: Criteria, person: "_Person") -> ColumnElement[bool]:
    """Fit an entry to the whole question, scope and all."""
    columns = log_entries.c
    return and_(
        _within(criteria.scope),
        columns.nhs_number == criteria.nhs_number if criteria.nhs_number else true(),
        columns.view == criteria.view if criteria.view else true(),
        columns.user_id == person.user_id if person.user_id else true(),
        _asked_about(criteria) if criteria.trust else _showing(criteria) if criteria.kind else true(),
        _fits_row(log_entries, replace(criteria, kind=""), person),
    )


def _fits_row(table: Table, criteria: Criteria, person: "_Person") -> ColumnElement[bool]:
    """Fit a row of either table to what is asked beside the scope."""
    columns = table.c
    exact = {
        columns.organisation: criteria.organisation,
        columns.event: criteria.event,
        columns.outcome: criteria.outcome,
        columns.role: criteria.role,
        columns.purpose: criteria.purpose,
        columns.claim: criteria.claim,
    }
    return and_(
        *(column == wanted for column, wanted in exact.items() if wanted),
        columns.kinds.in_(_with(criteria.kind)) if criteria.kind else true(),
        person.fits(table),
        _in_time(table, criteria),
    )


def _in_time(table: Table, criteria: Criteria) -> ColumnElement[bool]:
    at = table.c.at
    return and_(
        at >= _utc(criteria.since) if criteria.since else true(),
        at < _utc(criteria.until) if criteria.until else true(),
    )


def _within(scope: Scope | WholeLog) -> ColumnElement[bool]:
    if isinstance(scope, WholeLog):
        return true()
    about = _about(scope.trust) if scope.trust else false()
    return or_(_by_staff_of(scope), about, _concerns_everybody())


def _by_staff_of(scope: Scope) -> ColumnElement[bool]:
    return and_(log_entries.c.organisation == scope.organisation, log_entries.c.organisation != "")


def _concerns_everybody() -> ColumnElement[bool]:
    """Fit a change of the rules: no patient is in it, and every officer answers under the rules."""
    return log_entries.c.event == Event.RULES_CHANGED


def _asked_about(criteria: Criteria) -> ColumnElement[bool]:
    """Fit what is about a trust; an officer of another learns only of own staff's looks whether it is."""
    scope, about = criteria.scope, _about(criteria.trust, _with(criteria.kind) if criteria.kind else None)
    if isinstance(scope, WholeLog) or criteria.trust == scope.trust:
        return about
    return and_(about, _by_staff_of(scope))


def _showing(criteria: Criteria) -> ColumnElement[bool]:
    """Fit what showed a kind of result; of looks by others, what they showed of the officer's own trust."""
    scope, kinds = criteria.scope, _with(criteria.kind)
    shown = log_entries.c.kinds.in_(kinds)
    if isinstance(scope, WholeLog):
        return shown
    by_own = and_(_by_staff_of(scope), shown)
    return or_(by_own, _about(scope.trust, kinds)) if scope.trust else by_own


def _with(kind: str) -> tuple[str, ...]:
    """Return every way in which the column `kinds` says that this kind was shown."""
    return tuple(kinds for kinds in _KINDS if kind in kinds.split())


_KINDS = ("laboratory", "laboratory radiology", "radiology")


def _about(trust: str, kinds: Sequence[str] | None = None) -> ColumnElement[bool]:
    """Fit what is about a trust's data; with `kinds`, of which one of these was shown."""
    names = [named_in_trusts(trust)] if kinds is None else [named_in_trusts(trust, one) for one in kinds]
    return or_(*(log_entries.c.trusts.contains(name, autoescape=True) for name in names))


@dataclass(frozen=True, slots=True)
class _Person:
    """Who is asked for: a user id, or names as they were at the time, or so many names that part of one must do."""

    user_id: str = ""
    names: tuple[str, ...] | None = None
    part: str = ""

    def fits(self, table: Table) -> ColumnElement[bool]:
        """Fit the name in a row of either table."""
        if self.names is not None:
            return table.c.user_name.in_(self.names)
        return table.c.user_name.icontains(self.part, autoescape=True) if self.part else true()


def _person(connection: Connection, asked: str) -> _Person:
    """Take what is asked for as a user id where somebody has it, and otherwise as part of a name."""
    if not asked:
        return _Person()
    if connection.execute(select(log_entries.c.seq).where(log_entries.c.user_id == asked).limit(1)).first():
        return _Person(user_id=asked)
    part = log_people.c.user_name.icontains(asked, autoescape=True)
    names = select(log_people.c.user_name).where(part).distinct().limit(_FEW_NAMES + 1)
    found = tuple(connection.execute(names).scalars())
    return _Person(names=found) if len(found) <= _FEW_NAMES else _Person(part=asked)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
