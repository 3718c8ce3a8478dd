"""What the log costs: durable appends a second, an officer's questions, and working the whole log out again.

Rule: every entry comes in through `Log.append`, on a database that commits to the disk, and every question goes
through `Log.search` within an officer's scope. Beside each figure stands what bounds it on this disk, in this run.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Barrier, Thread

from sqlalchemy import Engine, func, select

from bench.copies import copy_all
from bench.figure import Figure, ms, p95
from tests.postgresql import programs, server
from viewer.access.access_event import About, AccessEvent, AtTrust, Event
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.audit.log import Log
from viewer.audit.scope import Scope
from viewer.audit.search import Criteria
from viewer.store.database import is_postgresql, open_database, reading
from viewer.store.months import make_months
from viewer.store.tables import log_entries, log_heads
from viewer.store.upgrade import upgrade

ENTRIES, MANY_ENTRIES = 1_000_000, 10_000_000
_GROUP = 5_000
_BEGAN = datetime(2025, 11, 1, tzinfo=UTC)
_MONTHS, _DAYS = 12, 360
_TRUSTS = ("barnsley", "chesterfield", "doncaster_and_bassetlaw", "mid_yorkshire", "rotherham", "sheffield_childrens",
           "sheffield_teaching")  # fmt: skip
_ODS = ("RFF", "RFS", "RP5", "RXF", "RFR", "RCU", "RHQ")
_OFFICER = Scope("RFR", "rotherham")
_ASKED = 20  # times each question is put, with other values each time


def audit() -> Iterator[Figure]:
    """Yield the figures of the log on both databases, over a million entries."""
    yield from _over(ENTRIES, ENTRIES)


def audit_large() -> Iterator[Figure]:
    """Yield the same in a log ten times as dense, then the questions once more over ten million entries."""
    yield from _over(ENTRIES, MANY_ENTRIES)


def _over(entries: int, in_all: int) -> Iterator[Figure]:
    with TemporaryDirectory() as folder:
        yield from _on("SQLite", _sqlite(Path(folder)), entries, in_all)
    if programs() is None:
        yield Figure("PostgreSQL", "not measured: it is not installed")
        return
    with server(fsync="on", shared_buffers="512MB", autovacuum="on", max_wal_size="4GB") as postgresql:
        yield from _on("PostgreSQL", _postgresql(postgresql.url("postgres")), entries, in_all)


@dataclass(frozen=True, slots=True)
class _Place:
    """A database, and the folder in which the disk under it can be measured."""

    engine: Engine
    folder: Path


def _sqlite(folder: Path) -> _Place:
    return _Place(open_database(f"sqlite:///{folder / 'trustline.sqlite'}"), folder)


def _postgresql(url: str) -> _Place:
    # Its own folder belongs to the account that the server runs under; both are on the disk of temporary files.
    return _Place(open_database(url), Path(TemporaryDirectory().name).parent)


def _on(name: str, place: _Place, entries: int, in_all: int) -> Iterator[Figure]:
    """Measure the entries as they were appended; then, where more are wanted, copies of them as well."""
    upgrade(place.engine)
    make_months(place.engine, _BEGAN, _MONTHS)
    with _log(place.engine) as log:
        yield from _appends(name, place, log)
        yield _fill(name, log, entries, in_all)
        _settle(place.engine)
        yield from _questions(name, place.engine, log, _DAYS * entries // in_all)
        yield _verification(name, place.engine, log)
    if in_all > entries:
        yield _copied(name, place.engine, entries, in_all)
        _settle(place.engine)
        with _log(place.engine) as log:
            yield from _questions(name, place.engine, log, _DAYS)
    place.engine.dispose()


@contextmanager
def _log(engine: Engine) -> Iterator[Log]:
    log = Log(engine, lambda: datetime.now(UTC), timedelta(minutes=10))
    yield log
    log.close()


# ── Appending ────────────────────────────────────────────────────────────────────────────────────


def _appends(name: str, place: _Place, log: Log, seconds: float = 3.0) -> Iterator[Figure]:
    events = [_event(number, ENTRIES) for number in range(2_000)]
    log.append(events[0])
    before = _syncs_a_second(place.folder)
    alone = _rate(log, events, writers=1, seconds=seconds)
    syncs = (before + _syncs_a_second(place.folder)) / 2
    yield _at_least(f"{name}: durable appends, 1 writer", alone, syncs / 4, "¼ of the disk's syncs", f"{syncs:.0f}/s")
    commits = _commits(place.engine)
    together = _rate(log, events, writers=64, seconds=seconds)
    commits = _commits(place.engine) - commits
    group = together * seconds / max(commits, 1)
    syncs = (syncs + _syncs_a_second(place.folder)) / 2
    said = f"{syncs:.0f} syncs/s × {group:.0f} entries a commit = {syncs * group:.0f}/s"
    yield _at_least(f"{name}: durable appends, 64 writers", together, 4 * alone, "4 × one writer", said)


def _rate(log: Log, events: Sequence[AccessEvent], writers: int, seconds: float) -> float:
    """Return how many entries were acknowledged a second, each appended by itself."""
    ends: list[float] = []
    counts: list[int] = []
    begin = Barrier(writers + 1)

    def write(number: int) -> None:
        begin.wait()
        end, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            log.append(events[(number + count) % len(events)])
            count += 1
        counts.append(count)
        ends.append(time.perf_counter())

    threads = [Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    begin.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(counts) / (max(ends) - began)


def _syncs_a_second(folder: Path, seconds: float = 1.0) -> float:
    """Return how often this disk makes 4 KB durable, one after another: what a commit cannot beat."""
    path = folder / "synced"
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            os.pwrite(file, bytes(4096), count % 256 * 4096)
            os.fdatasync(file)
            count += 1
        return count / (time.perf_counter() - began)
    finally:
        os.close(file)
        path.unlink()


def _commits(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(log_heads)).scalar_one())


def _at_least(name: str, measured: float, goal: float, because: str, limit: str) -> Figure:
    return Figure(name, f"{measured:.0f}/s", f"≥ {goal:.0f}/s ({because})", limit, measured >= goal)


def _fill(name: str, log: Log, entries: int, in_all: int) -> Figure:
    began, first = time.perf_counter(), log.size
    for start in range(first, entries, _GROUP):
        log.append(*(_event(number, in_all) for number in range(start, min(start + _GROUP, entries))))
        _say(f"{name}: {start + _GROUP:,} of {entries:,} entries")
    _say("")
    seconds = time.perf_counter() - began
    return Figure(
        f"{name}: filled to {entries:,} entries", f"{seconds:.0f} s, {(entries - first) / seconds:.0f} entries a second"
    )


def _copied(name: str, engine: Engine, entries: int, in_all: int) -> Figure:
    began, times = time.perf_counter(), in_all // entries - 1
    days = _DAYS * entries // in_all
    for number in copy_all(engine, times, days=days, looks=entries // len(_LOOK), patients=_PATIENTS):
        _say(f"{name}: {number} of {times} copies of every entry")
    _say("")
    return Figure(
        f"{name}: {times} copies of every entry, made in the database",
        f"{time.perf_counter() - began:.0f} s, {in_all:,} entries in all",
        limit=f"the further {in_all - entries:,} were not appended one by one, and are not verified",
    )


def _settle(engine: Engine) -> None:
    """Let the database know its tables, as it would overnight."""
    if is_postgresql(engine):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    else:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _say(progress: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{progress}")
        sys.stderr.flush()


# ── What is in it ────────────────────────────────────────────────────────────────────────────────

_PEOPLE = 20_000
_PATIENTS = 200_000
_NAMES = ("Amina", "Kofi", "Ruth", "Tom", "Priya", "Rhys")
_LOOK = (Event.FIND_ASKED, Event.FIND_SHOWN, Event.PATIENT_OPENED, Event.RESULTS_ASKED, Event.RESULTS_SHOWN)


def _event(number: int, in_all: int) -> AccessEvent:
    """Return one of so many entries of a year: looks of five each, now and then a refusal or a broken glass."""
    look, step = divmod(number, len(_LOOK))
    drawn = random.Random(look)
    at = _BEGAN + timedelta(days=_DAYS) * (number / in_all)
    who = _person(drawn.randrange(_PEOPLE))
    glass, refused = drawn.random() < 0.001, drawn.random() < 0.01
    seen = step == len(_LOOK) - 1 and not refused
    patient = 9_990_000_000 + drawn.randrange(_PATIENTS)
    trusts = tuple(_at(name, seen, drawn.random() < 0.4, look % 3) for name in _TRUSTS)
    reports = tuple(f"{at.trust}/DiagnosticReport/{look}@1" for at in trusts if at.laboratory)
    return AccessEvent(
        Event.REFUSED if refused and step == len(_LOOK) - 1 else _LOOK[step],
        at,
        who,
        sign_in=f"sign-in-{look // 7}",
        view=f"view-{look}",
        nhs_number=str(patient),
        patient="HARGREAVES, Walter, born 1944-03-09",
        purpose="direct-care" if who.role is Role.GP else "emergency-care",
        claim="break-glass" if glass else "registered" if who.role is Role.GP else "in-department",
        reason="found unconscious" if glass else "",
        about=About("HARGREAVES", "1944-03-09", "", "ZZ99 9ZZ", "1 Example Street", "Y99001"),
        trusts=trusts,
        reports=reports,
        digest="ab" * 32 if seen else "",
        agreements=("working_together_2026",),
        outcome="refused" if refused else "shown",
        because="WT-2026 cl. 4.2(a)",
        device="192.0.2.7 Firefox",
    )


def _at(trust: str, seen: bool, knows: bool, images: int) -> AtTrust:
    if not seen:
        return AtTrust(trust, "asked", "WT-2026 cl. 4.2(a)")
    return AtTrust(trust, "answered", "WT-2026 cl. 4.2(a)", 4, images) if knows else AtTrust(trust, "not known")


def _person(number: int) -> Clinician:
    place = number % 9
    is_gp = place >= len(_ODS)
    at = Organisation(f"Y{number % 300:05}", "Example Practice") if is_gp else Organisation(_ODS[place], _TRUSTS[place])
    role = Role.GP if is_gp else Role.CONSULTANT if number % 5 == 0 else Role.CLINICIAN
    name = f"Dr {_NAMES[number % len(_NAMES)]} Example{number}"
    return Clinician(f"u-{number}", name, role, role.value, "S8000:G8000:R0050", f"rp-{number}", at)


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


def _questions(name: str, engine: Engine, log: Log, days: int) -> Iterator[Figure]:
    """Put every question to the log as it stands, whose entries reach over so many days."""
    drawn = random.Random(1)
    newest = log.size
    least = [_timed(lambda: _page_by_number(engine, drawn.randrange(60, newest))) for _ in range(_ASKED * 5)]
    took: dict[str, list[float]] = {}
    for question, ask in _askable(newest // len(_LOOK), days).items():
        took[question] = [_timed(lambda: log.search(ask(drawn))) for _ in range(_ASKED)]  # noqa: B023  called at once
    everything = [seconds for times in took.values() for seconds in times]
    slowest = max(took, key=lambda question: p95(took[question]))
    bound = p95(least)
    said = f"51 entries by number, p95 {ms(bound)}: × {p95(everything) / bound:.1f}"
    yield Figure(
        f"{name}, {newest:,} entries: an officer's questions, p95 of {len(everything)}",
        ms(p95(everything)),
        f"≤ {ms(bound * 25)} (25 × a page by number)",
        said,
        p95(everything) <= bound * 25,
    )
    for question, times in took.items():
        yield Figure(
            f"  {question}{' (slowest)' * (question == slowest)}", f"median {ms(median(times))}, p95 {ms(p95(times))}"
        )


def _askable(looks: int, days: int) -> dict[str, Callable[[random.Random], Criteria]]:
    return {
        "the newest": lambda _: Criteria(_OFFICER),
        "a patient": lambda drawn: Criteria(_OFFICER, nhs_number=f"{9_990_000_000 + drawn.randrange(_PATIENTS)}"),
        "a person": lambda drawn: Criteria(_OFFICER, person=f"u-{drawn.randrange(_PEOPLE)}"),
        "part of a name": lambda drawn: Criteria(_OFFICER, person=f"example{drawn.randrange(_PEOPLE)}"),
        "an organisation": lambda drawn: Criteria(_OFFICER, organisation=drawn.choice(_ODS)),
        "a practice": lambda drawn: Criteria(_OFFICER, organisation=f"Y{drawn.randrange(300):05}"),
        "a role and a purpose": lambda _: Criteria(_OFFICER, role="gp", purpose="direct-care"),
        "broken glass": lambda _: Criteria(_OFFICER, claim="break-glass"),
        "a kind": lambda _: Criteria(_OFFICER, kind="radiology"),
        "refusals": lambda _: Criteria(_OFFICER, event=Event.REFUSED),
        "a day": lambda drawn: _day(drawn.randrange(days)),
        "one look": lambda drawn: Criteria(_OFFICER, view=f"view-{drawn.randrange(looks)}"),
        "a practice's own officer": lambda drawn: Criteria(Scope(f"Y{drawn.randrange(300):05}")),
    }


def _day(number: int) -> Criteria:
    return Criteria(_OFFICER, since=_BEGAN + timedelta(days=number), until=_BEGAN + timedelta(days=number + 1))


def _page_by_number(engine: Engine, last: int) -> None:
    columns = log_entries.c
    with reading(engine) as connection:
        connection.execute(select(columns.seq, columns.body).where(columns.seq.between(last - 50, last))).all()


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


# ── Verifying ────────────────────────────────────────────────────────────────────────────────────


def _verification(name: str, engine: Engine, log: Log) -> Figure:
    with reading(engine) as connection:
        bound = _timed(
            lambda: sum(1 for _ in connection.execute(select(log_entries).execution_options(yield_per=1000)))
        )
    began = time.perf_counter()
    verified = log.verify()
    seconds = time.perf_counter() - began
    assert verified.sound, verified.problem
    return Figure(
        f"{name}: {verified.size:,} entries verified",
        f"{seconds:.0f} s, {verified.size / seconds:.0f} a second",
        f"≤ {bound * 8:.0f} s (8 × reading the rows)",
        f"reading every row once, {bound:.1f} s: × {seconds / bound:.1f}",
        seconds <= bound * 8,
    )
