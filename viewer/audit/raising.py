"""Raise an alert of what the sweep found, or add it to the one that is there; and count what is counted on the way.

Rule: everything is written inside the transaction of the sweep, so that nothing is raised twice. What is found of an
alert that somebody has dealt with is a new alert: a reviewer answers for what they read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from viewer.access.access_event import Event
from viewer.access.clinician import Role
from viewer.audit.alerts import State, readable
from viewer.audit.entry import Record, index_trusts
from viewer.audit.review import LONDON, Finding
from viewer.store.alert_tables import alert_entries, alert_trusts, alerts, looks_counted, notices, officers
from viewer.store.tables import log_entries

NAMED_ENTRIES = 200  # of one alert; further ones are counted
A_YEAR = timedelta(days=365)  # an officer who did nothing for so long is one no more


@dataclass(frozen=True, slots=True)
class Raised:
    """One reason to look, and the entry that gave it; of one that cannot be read, what the database indexes of it."""

    seq: int
    record: Record
    finding: Finding


def raise_alerts(
    connection: Connection, found: Sequence[Raised], tell: Mapping[str, frozenset[str]], now: datetime
) -> int:
    """Write what was found, inside a transaction somebody else opened, and return how many alerts are new.

    `tell` says which organisations are sent notices: by ODS code, the names of the trusts they speak for.
    """
    known = _known(connection, {one.finding.key for one in found})
    new = 0
    for one in found:
        key = one.finding.key
        if key in known and known[key].state != State.OPEN:
            if _names(connection, known[key].number, one.seq):
                continue  # both passes over the log find a broken glass
            _give_up_key(connection, known.pop(key).number, key)
        if key not in known:
            known[key] = _Known(_raise(connection, one, now), State.OPEN)
            new += 1
        _attach(connection, known[key].number, one)
        _queue_notices(connection, known[key].number, one.record, tell, now)
    return new


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest alert of a key."""

    number: int
    state: str


def _known(connection: Connection, keys: set[str]) -> dict[str, _Known]:
    some = sorted(keys)
    named = select(alerts.c.key, alerts.c.number, alerts.c.state)
    rows = [
        row
        for start in range(0, len(some), 500)
        for row in connection.execute(named.where(alerts.c.key.in_(some[start : start + 500])).with_for_update())
    ]
    return {row.key: _Known(row.number, row.state) for row in rows}


def _give_up_key(connection: Connection, number: int, key: str) -> None:
    """Have the next alert take this key: of each key the newest alert has it."""
    connection.execute(update(alerts).where(alerts.c.number == number).values(key=f"{key}/{number}"))


def _raise(connection: Connection, one: Raised, now: datetime) -> int:
    number = connection.execute(select(func.coalesce(func.max(alerts.c.number), 0))).scalar_one() + 1
    record = one.record
    row = {
        "number": number,
        "reference": f"A-{now.astimezone(LONDON).year}-{number:06d}",
        "key": one.finding.key,
        "rule": one.finding.rule.value,
        "user_id": record.user_id,
        "user_name": record.user_name,
        "role": record.role,
        "organisation": record.organisation_ods,
        "organisation_name": record.organisation,
        "happened_at": datetime.fromisoformat(record.at),
        "raised_at": now,
        "why": one.finding.why,
        "state": State.OPEN.value,
        "closed_once": "",
        "turn": 0,
        "entries": 0,
    }
    connection.execute(insert(alerts), [row])
    return int(number)


def _names(connection: Connection, number: int, seq: int) -> bool:
    this = and_(alert_entries.c.number == number, alert_entries.c.seq == seq)
    return connection.execute(select(alert_entries.c.seq).where(this)).one_or_none() is not None


def _attach(connection: Connection, number: int, one: Raised) -> None:
    if one.finding.restates:
        connection.execute(update(alerts).where(alerts.c.number == number).values(why=one.finding.why))
    for seq in one.finding.also:
        body = connection.execute(select(log_entries.c.body).where(log_entries.c.seq == seq)).scalar_one_or_none()
        record = readable(bytes(body)) if body is not None else None
        if record is not None:
            _attach_entry(connection, number, seq, record)
    _attach_entry(connection, number, one.seq, one.record)


def _attach_entry(connection: Connection, number: int, seq: int, record: Record) -> None:
    if _names(connection, number, seq):
        return  # found twice over: along numbers, say, and much opened little
    row = connection.execute(select(alerts.c.entries).where(alerts.c.number == number)).one()
    connection.execute(update(alerts).where(alerts.c.number == number).values(entries=row.entries + 1))
    if row.entries < NAMED_ENTRIES:
        connection.execute(insert(alert_entries), [{"number": number, "seq": seq}])
    held = index_trusts(record)
    there = select(alert_trusts.c.trust).where(alert_trusts.c.number == number)
    known = set(connection.execute(there).scalars()) if held else set()
    added = [{"trust": trust, "number": number} for trust in held if trust not in known]
    if added:
        connection.execute(insert(alert_trusts), added)


def _queue_notices(
    connection: Connection, number: int, record: Record, tell: Mapping[str, frozenset[str]], now: datetime
) -> None:
    """Have everybody told who may see the alert and asked to be: those whose staff, or whose data, it is about."""
    concerned = set(index_trusts(record))
    told = {ods for ods, trusts in tell.items() if ods == record.organisation_ods or trusts & concerned}
    if not told:
        return
    known = set(
        connection.execute(select(notices.c.organisation).where(notices.c.number == number)).scalars(),
    )
    rows = [
        {"number": number, "organisation": ods, "tries": 0, "next_at": now, "sent_at": None}
        for ods in sorted(told - known)
    ]
    if rows:
        connection.execute(insert(notices), rows)


# ── What is counted and remembered on the way ───────────────────────────────────────────────────────


def count_looks(connection: Connection, records: Sequence[Record]) -> None:
    """Count patients opened, by a broken glass too, and glasses broken, by month, organisation and role."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    for record in records:
        opened = record.event == Event.PATIENT_OPENED and record.outcome == "opened"
        broken = record.event == Event.GLASS_BROKEN and record.outcome != "refused"
        if opened or broken:
            month = datetime.fromisoformat(record.at).astimezone(LONDON).strftime("%Y-%m")
            count = counts.setdefault((month, record.organisation_ods, record.role), [0, 0])
            count[0] += opened or broken  # a broken glass opens a patient
            count[1] += broken
    columns = looks_counted.c
    for (month, organisation, role), (looks, glasses) in sorted(counts.items()):
        this = and_(columns.month == month, columns.organisation == organisation, columns.role == role)
        more = update(looks_counted).where(this).values(looks=columns.looks + looks, glasses=columns.glasses + glasses)
        if connection.execute(more).rowcount == 0:
            row = {"month": month, "organisation": organisation, "role": role, "looks": looks, "glasses": glasses}
            connection.execute(insert(looks_counted), [row])


def know_officers(connection: Connection, records: Sequence[Record]) -> None:
    """Remember who acted as an officer, and let go of whoever has not for a year."""
    acted = {
        (record.organisation_ods, record.user_id): datetime.fromisoformat(record.at)
        for record in records
        if record.role == Role.IG_OFFICER and record.user_id
    }
    columns = officers.c
    for (organisation, user_id), at in sorted(acted.items()):
        this = and_(columns.organisation == organisation, columns.user_id == user_id)
        if connection.execute(update(officers).where(this).values(at=at)).rowcount == 0:
            connection.execute(insert(officers), [{"organisation": organisation, "user_id": user_id, "at": at}])
    if acted:
        connection.execute(delete(officers).where(columns.at < max(acted.values()) - A_YEAR))
