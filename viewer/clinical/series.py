"""Gather the results of all trusts into series: one for each analyte, specimen, unit and method, oldest first.

Rule: a result joins a series only when the trusts' signed code maps prove that it is the same thing, measured in the
same thing. Every result of every laboratory report is in exactly one series once, or is named as standing in none.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.answer import Kind
from viewer.clinical.analyte import UNMAPPED, Analyte, Catalogue, CodeMap, Meaning
from viewer.clinical.around import NOTHING, Around, placed
from viewer.clinical.conversion import Converted, convert
from viewer.clinical.corrections import Was, corrections
from viewer.clinical.report import Absent, Amount, NoValue, Result, Specimen, Status, Unreadable, When
from viewer.clinical.row import Row
from viewer.clinical.timed import own_time, since_first


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """What must be equal for two results to stand in one series. `own` is "" for a mapped analyte."""

    analyte: str
    specimen: str
    unit: str
    method: str
    own: str = ""  # of a result that no map speaks of: its trust, codes and name, so that it meets only its own kind


@dataclass(frozen=True, slots=True)
class Point:
    """One result at its time, as its laboratory sent it."""

    row: Row  # the report it stands in
    result: Result
    taken: When | None
    was: tuple[Was, ...] = ()  # what earlier versions of the report gave, newest first
    converted: Converted | None = None  # the number in its series' unit, where it was sent in another
    around: Around = NOTHING

    @property
    def statuses(self) -> frozenset[Status]:
        """Return its own status, its report's, and that of groups that take it back with them."""
        return self.around.taken_back | {self.result.status, self.row.report.status}

    @property
    def amount(self) -> Amount | None:
        """Return its number in the unit of its series; None when it has none. What was sent is `result.value`."""
        if self.converted:
            return self.converted.amount
        return self.result.value if isinstance(self.result.value, Amount) else None

    @property
    def trust(self) -> str:
        """Return the name of the trust that sent it."""
        return self.row.report.trust.name

    @property
    def at(self) -> datetime:
        """Return the instant it sorts by; one without any time sorts last, for it may be the newest."""
        return self.taken.instant if self.taken else _MAY_BE_NEWEST


_MAY_BE_NEWEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Series:
    """All results that are proven to be of one kind, oldest first."""

    key: SeriesKey
    analyte: Analyte | None  # None: no signed map says what it is
    name: str  # the catalogue's, or as sent
    unit: str  # as the newest point that was not converted sent it; "" when none has one
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every series in the catalogue's order, then those of unmapped codes; and what stands in no series."""

    series: tuple[Series, ...]
    left: tuple[tuple[Row, Result | Unreadable], ...]  # words of unmapped codes, and what could not be read
    rows: tuple[Row, ...]  # reports of which nothing stands in any series: pictures, documents, words


def gather(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Gathered:
    """Return the series of these rows; the same whatever order the rows come in."""
    kept = sorted(rows, key=lambda row: row.key)
    found: dict[SeriesKey, list[Point]] = {}
    absent: list[tuple[SeriesKey, Point]] = []
    left: list[tuple[Row, Result | Unreadable]] = []
    for row in kept:
        code_map = maps.get(row.report.trust.name, UNMAPPED)
        was, timed = corrections(row).was, since_first(row.report)
        for result, around in findings(row) if row.report.kind is Kind.LABORATORY else ():
            if isinstance(result, Unreadable):
                left.append((row, result))
                continue
            meaning = known(code_map.meaning(result.codes), catalogue)
            if not isinstance(result.value, Amount) and not _has_a_row(meaning, catalogue):
                left.append((row, result))
                continue
            point = Point(row, result, _taken(row, result, timed), was.get(result.id, ()), around=around)
            key = _key(row, result, meaning, code_map)
            if converted := _converted(result, key, code_map):
                point, key = replace(point, converted=converted), replace(key, unit=converted.amount.unit)
            if isinstance(result.value, Absent):
                absent.append((key, point))
            else:
                found.setdefault(key, []).append(point)
    for key, point in absent:
        found.setdefault(_place_of(key, point, found), []).append(point)
    series = tuple(sorted((_series(key, points, catalogue) for key, points in found.items()), key=_order(catalogue)))
    standing = {point.row.key for one in series for point in one.points}
    return Gathered(series, tuple(left), tuple(row for row in kept if row.key not in standing))


def findings(row: Row) -> Iterator[tuple[Result | Unreadable, Around]]:
    """Yield every finding of a report that says something, once, and what the groups around it say of it."""
    for one, around in placed(row.report.results):
        if isinstance(one, Unreadable) or not isinstance(one.value, NoValue):
            yield one, around


def known(meaning: Meaning | None, catalogue: Catalogue) -> Meaning | None:
    """Return a meaning whose analyte stands in the catalogue."""
    return meaning if meaning and meaning.analyte in catalogue.analytes else None


def _has_a_row(meaning: Meaning | None, catalogue: Catalogue) -> bool:
    """Say whether words of this meaning stand in a row of values: those of a culture are read as a whole."""
    return meaning is not None and not catalogue.analytes[meaning.analyte].whole


def _key(row: Row, result: Result, meaning: Meaning | None, code_map: CodeMap) -> SeriesKey:
    unit = code_map.unit(result.value, meaning) if isinstance(result.value, Amount) else ""
    specimen = code_map.specimen(_specimen(row, result), meaning)
    if meaning:
        return SeriesKey(meaning.analyte, specimen, unit, result.method)
    codes = sorted(f"{one.system}|{one.code}" for one in result.codes)
    return SeriesKey("", specimen, unit, result.method, " ".join([row.report.trust.name, *codes, result.name]))


def _converted(result: Result, key: SeriesKey, code_map: CodeMap) -> Converted | None:
    """Return a number in the other unit, where the trust's own signed map allows that of this analyte and unit."""
    sent, conversion = result.value, code_map.conversion(key.analyte, key.unit)
    if conversion is None or not isinstance(sent, Amount) or not (sent.unit or sent.unit_code):
        return None
    amount = convert(sent, conversion)
    return Converted(amount, conversion.clause, code_map.signed_by) if amount else None


def _specimen(row: Row, result: Result) -> str:
    """Return the kind of specimen as sent: the result's own, or its report's only one."""
    specimens = [one for one in row.report.specimens if isinstance(one, Specimen)]
    named = [one for one in specimens if one.id == result.specimen]
    fitting = named or (specimens if len(specimens) == 1 and not result.specimen else [])
    return fitting[0].type if fitting else ""


def _taken(row: Row, result: Result, timed: Container[str]) -> When | None:
    """Return when a finding was taken: its own time where its report holds one test at several times."""
    own = own_time(result) if result.id in timed else result.taken
    return own or row.report.taken


def _place_of(key: SeriesKey, point: Point, found: Mapping[SeriesKey, Sequence[Point]]) -> SeriesKey:
    """Return where a result without a value stands: in the one series it would have joined, else by itself."""
    alike = [
        other
        for other, points in found.items()
        if (other.analyte, other.specimen, other.method, other.own) == (key.analyte, key.specimen, key.method, key.own)
        and any(one.trust == point.trust for one in points)
    ]
    return alike[0] if len(alike) == 1 else key


def _series(key: SeriesKey, points: Sequence[Point], catalogue: Catalogue) -> Series:
    ordered = tuple(sorted(points, key=lambda point: (point.at, point.row.key, point.result.id)))
    analyte = catalogue.analytes.get(key.analyte)
    sent = [p.result.value for p in ordered if isinstance(p.result.value, Amount) and not p.converted]
    unit = (sent[-1].unit or sent[-1].unit_code) if sent else key.unit
    name = analyte.name if analyte else ordered[-1].result.name
    return Series(key, analyte, name, unit, ordered)


def _order(catalogue: Catalogue) -> Callable[[Series], tuple[tuple[int, int], str, SeriesKey]]:
    """Sort series as the catalogue does; what is not in it stands last, by name."""
    groups = {group.key: place for place, group in enumerate(catalogue.groups)}
    places = {
        key: (groups.get(analyte.group, len(groups)), place)
        for place, (key, analyte) in enumerate(catalogue.analytes.items())
    }
    last = (len(groups) + 1, 0)
    return lambda series: (places.get(series.key.analyte, last), series.name.casefold(), series.key)
