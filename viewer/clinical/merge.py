"""Merge the trusts' reports into one pile of rows.

Rule: two reports are folded only when an identifier proves they are the same. Likeness is not proof.

* **Copies.** One issuer's identifier (same system, same value) and equal content: one row, the rest are its `copies`.
  Content is everything a clinician reads, character by character; ids, codes, performers and requesters may differ.
  Where any of it is Unreadable, nothing is proven.
* **Earlier versions.** A report takes the place of another when
  (1) its trust holds both under one id, and it is the later version;
  (2) it says that it replaces the other, and is not itself entered in error; or
  (3) both carry one issuer's identifier, and have one title, category, specimen, study and time of taking, no trust
  holds both under two ids, it is provably later, and it says that it changes something (amended, corrected, appended),
  or it is settled and the other said it was not yet final, or it is the same trust's word that these same values were
  entered in error.
  Claims that go round in a circle prove nothing: all of them stay rows. So does what is entered in error.
* Everything else that looks alike is shown twice, and linked when it is laid out.

Every Report handed in is in exactly one row, once: as its report, a copy or an earlier version.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from connectors.answer import Trust
from viewer.clinical.content import Content, content_of
from viewer.clinical.names import Group, names_of
from viewer.clinical.normalise import Normalised
from viewer.clinical.report import Report, Unreadable
from viewer.clinical.row import Row
from viewer.clinical.supersede import age_of, superseded_by


@dataclass(frozen=True, slots=True)
class Merged:
    """All trusts' reports as rows, and what stands in no report. `received` counts both before any folding."""

    rows: tuple[Row, ...]
    unreadable: tuple[Unreadable, ...]
    received: tuple[tuple[Trust, int], ...]


def merge(piles: Sequence[Normalised]) -> Merged:
    """Return the rows of all trusts; the same whatever the order in which they answered."""
    reports = sorted(_distinct(report for pile in piles for report in pile.reports), key=_place_of)
    unreadable = sorted({one for pile in piles for one in pile.unreadable}, key=_place_of_unreadable)
    groups = _folded(reports)
    rows = _rows(groups, superseded_by(groups))
    return Merged(tuple(_named_apart(rows)), tuple(unreadable), _received(piles, reports, unreadable))


def _distinct(reports: Iterable[Report]) -> list[Report]:
    """The same report twice, because a trust's pile was handed in twice, is one."""
    found: dict[tuple[str, str], list[Report]] = {}
    for report in reports:
        same_place = found.setdefault((report.trust.name, report.parts[0]), [])
        if report not in same_place:
            same_place.append(report)
    return [report for same_place in found.values() for report in same_place]


def _folded(reports: Sequence[Report]) -> list[Group]:
    """Group proven copies. What is proven through a third report is proven, because the content of all is equal."""
    numbered: dict[Content, int] = {}
    said: dict[int, int | None] = {}  # of each report: the number of its content
    first = list(range(len(reports)))  # of each report: an earlier member of its group, or itself
    for sharing in names_of([(report,) for report in reports]).by_identifier.values():
        known: dict[int, int] = {}
        for number in sharing if len(sharing) > 1 else ():
            if number not in said:
                content = content_of(reports[number])
                said[number] = None if content is None else numbered.setdefault(content, number)
            saying = said[number]
            if saying is not None:
                one, other = _first(first, known.setdefault(saying, number)), _first(first, number)
                first[max(one, other)] = min(one, other)
    groups: dict[int, list[Report]] = {}
    for number, report in enumerate(reports):
        groups.setdefault(_first(first, number), []).append(report)
    issuers = _issuers(reports)
    return [_shown_first(group, issuers) for group in groups.values()]


def _first(first: list[int], number: int) -> int:
    while first[number] != number:
        first[number] = first[first[number]]
        number = first[number]
    return number


def _issuers(reports: Iterable[Report]) -> Mapping[str, str]:
    """Return, for each identifier system, the trust that uses it most: whose reports are the originals."""
    uses = Counter((one.system, report.trust.name) for report in reports for one in report.identifiers)
    rarest_first = sorted(uses, key=lambda use: (uses[use], use))
    return dict(rarest_first)


def _shown_first(group: Sequence[Report], issuers: Mapping[str, str]) -> Group:
    """Show the original, of the trust that issued it; then the newest version; then by name."""
    if len(group) == 1:
        return tuple(group)

    def is_a_copy(report: Report) -> bool:
        return report.trust.name not in {issuers[one.system] for one in report.identifiers}

    newest_first = sorted(sorted(group, key=_place_of), key=age_of, reverse=True)
    return tuple(sorted(newest_first, key=lambda one: (is_a_copy(one), len(one.identifiers), one.trust.name, one.id)))


def _rows(groups: Sequence[Group], newer: Mapping[int, int]) -> list[Row]:
    above = dict(newer)
    below: dict[int, list[Report]] = {}
    for older in newer:
        below.setdefault(_top(above, older), []).extend(groups[older])
    return [
        Row(group[0], group[1:], tuple(sorted(below.get(position, ()), key=age_of, reverse=True)))
        for position, group in enumerate(groups)
        if position not in newer
    ]


def _top(above: dict[int, int], position: int) -> int:
    """Return the newest of all that take one another's place; the way up is shortened as it is walked."""
    walked = []
    while position in above:
        walked.append(position)
        position = above[position]
    above.update(dict.fromkeys(walked, position))
    return position


def _named_apart(rows: Sequence[Row]) -> Iterator[Row]:
    """Two rows under one id (contents of which neither is provably the newer) get names of their own."""
    taken = {row.key for row in rows}  # also by an id that looks like a name of ours
    named: set[str] = set()
    for row in sorted(rows, key=lambda row: _place_of(row.report)):
        if row.key not in named:
            named.add(row.key)
            yield row
        else:
            apart = next(one for one in _names_apart(row) if one.key not in taken)
            taken.add(apart.key)
            yield apart


def _names_apart(row: Row) -> Iterator[Row]:
    """Yield the row under ever other names: "DiagnosticReport/7~5f0c1a9e77d2", of what its content is called."""
    for attempt in count():
        digest = hashlib.sha256(f"{row.report.parts[0]}{attempt or ''}".encode()).hexdigest()[:12]
        yield replace(row, report=replace(row.report, id=f"{row.report.id}~{digest}", sent_as=row.report.id))


def _received(
    piles: Sequence[Normalised], reports: Iterable[Report], unreadable: Iterable[Unreadable]
) -> tuple[tuple[Trust, int], ...]:
    counts = Counter([one.trust.name for one in reports]) + Counter([one.trust.name for one in unreadable])
    trusts = {pile.trust.name: pile.trust for pile in piles}
    return tuple((trusts[name], counts[name]) for name in sorted(trusts))


def _place_of(report: Report) -> tuple[str, str, str, str]:
    return (report.trust.name, report.id, report.version, report.parts[0])


def _place_of_unreadable(one: Unreadable) -> tuple[str, str, str, str]:
    return (one.trust.name, one.kind, one.id, one.problem)
