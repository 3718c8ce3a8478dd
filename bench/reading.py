"""What a result costs from the bytes of a page to its row, stage by stage, beside the least it could cost.

Rule: the parts are the viewer's own, in the order of its journey; nothing is skipped that a page would do.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import orjson
from jinja2 import Environment, FileSystemLoader

from bench.bundles import hospital_number_system, pages_of
from bench.clinic import CONSULTANT, open_for, the_person, viewer_environment, write_config
from bench.figure import Figure, ms
from bench.peers.town import rows_of
from bench.plan import FAIR, NHS_NUMBER, OBSERVATIONS_A_REPORT, Place
from bench.programs import ROOT, Town
from connectors.answer import Answer, Kind, Question, Results, Search, Trouble, Trust
from connectors.connector import PLAIN
from connectors.gathering import Gathering
from connectors.trust_config import Caps
from viewer.access.rules import Rules
from viewer.app import make_app
from viewer.clinical.timeline import Row
from viewer.look import Look, Seen
from viewer.pages.rows import Written, row_writer
from viewer.settings import read_settings
from viewer.steps import Asked, Looking, Opened

T = TypeVar("T")

SIZES = (200, 2_000, 20_000)
REPORTS_A_PAGE = 100
KINDS = frozenset({Kind.LABORATORY, Kind.RADIOLOGY})
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a reading needs of the viewer: its rules, its row writer, and who is looking at whom."""

    town: Town
    trusts: Mapping[str, Trust]
    rules: Rules
    write: Callable[[Row, Opened], Written]
    opened: Opened
    looking: Looking = field(default=Looking(CONSULTANT, "sign-in", "bench", "view"))


def reading(sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    """Yield the cost a result for each size of patient."""
    with TemporaryDirectory() as folder, _desk(Path(folder)) as desk:
        for size in sizes:
            yield from _reading_of(desk, size)


def rows(count: int = 2_000) -> Iterator[Figure]:
    """Yield the cost of writing rows, beside a bare table of the same values."""
    with TemporaryDirectory() as folder, _desk(Path(folder)) as desk:
        pages = _pages(desk, count * OBSERVATIONS_A_REPORT)
        shown = _lay_out(_taken(desk, _gathered(desk, pages))).timeline.rows
        took, written = _least(lambda: [desk.write(row, desk.opened) for row in shown], 3)
        bare = _bare_table(pages)
        first, _ = _least(lambda: [desk.write(row, desk.opened) for row in shown[:50]], 3)
        size = sum(len(row.html) for row in written)
        yield Figure(
            f"writing {len(shown):,} rows of {OBSERVATIONS_A_REPORT} results",
            f"{ms(took)}, {took / len(shown) * 1e6:.0f} µs a row; the first 50 in {ms(first)}",
            limit=f"{size / len(shown):,.0f} characters a row, {size / took / 1e6:.0f} MB/s; "
            f"a bare Jinja table of the same values: {bare / len(shown) * 1e6:.0f} µs a row",
        )


# ── One size ─────────────────────────────────────────────────────────────────────────────────────


def _reading_of(desk: Desk, size: int) -> Iterator[Figure]:
    pages = _pages(desk, size)
    contents = [page for its in pages.values() for page in its]
    times = max(1, min(20, 4_000 // size))
    floor, _ = _least(lambda: [orjson.loads(content) for content in contents], times)
    read, answers = _least(lambda: _gathered(desk, pages), times)
    took, look = _least(lambda: _taken(desk, answers), times)
    laid, seen = _least(lambda: _lay_out(look), times)
    wrote, written = _least(lambda: [desk.write(row, desk.opened) for row in seen.timeline.rows], times)
    again = _laying_out_as_they_arrive(desk, answers)
    whole = read + took + laid + wrote
    assert len(written) == size // OBSERVATIONS_A_REPORT, "a report of the bench was not shown"
    each = 1e6 / size
    yield Figure(
        f"{size:,} results: {ms(whole)}, a result",
        f"{whole * each:.1f} µs: reading {read * each:.1f}, agreeing and normalising {took * each:.1f}, "
        f"merge, decisions, digest {laid * each:.1f}, rows {wrote * each:.1f}",
        limit=f"orjson.loads of the same {sum(map(len, contents)) / 1e6:.1f} MB: {floor * each:.1f} µs a result "
        f"(× {whole / floor:.0f}); laid out afresh at each of seven answers: {again * each:.1f} µs more",
    )


def _gathered(desk: Desk, pages: Mapping[str, Sequence[bytes]]) -> list[Answer]:
    """Read every page, check whose each entry is, and return an Answer a trust."""
    return [_answer(desk, place, pages[place.name]) for place in FAIR]


def _answer(desk: Desk, place: Place, pages: Sequence[bytes]) -> Answer:
    query = Results(NHS_NUMBER, KINDS, (place.patient_id,))
    gathering = Gathering(query, desk.town.address(place.name), Caps())
    pile = gathering.begin(Search("DiagnosticReport", ()))
    for content in pages:
        page = PLAIN.read_page(content, gathering.room())
        assert not isinstance(page, Trouble), page
        pile.take(page)
    pile.over = True
    summed = gathering.sum_up()
    assert not summed.reason, summed.reason
    asked = Question(desk.trusts[place.name], query, "sign-in")
    return Answer(asked.trust, summed.outcome, NOW, timedelta(seconds=place.takes), received=summed.received)


def _taken(desk: Desk, answers: Sequence[Answer]) -> Look:
    look = _new_look(desk)
    for answer in answers:
        look.take(answer)
    return look


def _lay_out(look: Look) -> Seen:
    return look.lay_out(NOW)


def _laying_out_as_they_arrive(desk: Desk, answers: Sequence[Answer]) -> float:
    """Return the seconds spent on laying out after each answer but the last, as a stream does."""
    look = _new_look(desk)
    spent = 0.0
    for answer in answers[:-1]:
        look.take(answer)
        spent += _least(lambda: look.lay_out(NOW), 1)[0]
    return spent


def _new_look(desk: Desk) -> Look:
    asked = [Asked(trust, KINDS, "") for trust in desk.trusts.values()]
    systems = {name: hospital_number_system(name) for name in desk.trusts}
    return Look(desk.looking, desk.opened, asked, desk.rules, systems)


# ── What is read ─────────────────────────────────────────────────────────────────────────────────


def _pages(desk: Desk, size: int) -> dict[str, tuple[bytes, ...]]:
    """Return the pages of a patient with this many results, dealt to the seven trusts."""
    dealt, over = divmod(size // OBSERVATIONS_A_REPORT, len(FAIR))
    counts = {place.name: dealt + (turn < over) for turn, place in enumerate(FAIR)}
    return {
        place.name: pages_of(replace(place, reports=_in_pages(counts[place.name])), desk.town.address(place.name))
        for place in FAIR
    }


def _in_pages(count: int) -> tuple[int, ...]:
    whole, rest = divmod(count, REPORTS_A_PAGE)
    return (REPORTS_A_PAGE,) * whole + ((rest,) if rest else ())


# ── The viewer's own parts ───────────────────────────────────────────────────────────────────────


@contextmanager
def _desk(folder: Path) -> Iterator[Desk]:
    town = Town(FAIR, {place.name: port for port, place in enumerate(FAIR, start=1)})  # nobody calls there
    trusts = write_config(town, folder)
    settings = read_settings(viewer_environment(folder))
    app = make_app(settings)
    rules = Rules(settings.agreements, settings.narrowings, NOW.date(), NOW)
    opened = open_for("handle", the_person(FAIR, trusts))
    try:
        yield Desk(town, trusts, rules, row_writer(tuple(trusts.values())), opened)
    finally:
        app.extensions["close"]()


def _bare_table(pages: Mapping[str, Sequence[bytes]]) -> float:
    """Return the seconds Jinja takes for the peers' bare table of the same values."""
    template = Environment(loader=FileSystemLoader(ROOT / "bench" / "peers"), autoescape=True).get_template("page.html")
    piles = {
        name: [entry["resource"] for page in its for entry in orjson.loads(page)["entry"]]
        for name, its in pages.items()
    }
    reports = rows_of(piles)
    return _least(lambda: template.render(reports=reports, missing=()), 3)[0]


def _least(do: Callable[[], T], times: int) -> tuple[float, T]:
    """Return the least time that doing it took, and what came of it."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        done = do()
        spent.append(time.perf_counter() - began)
    return min(spent), done
