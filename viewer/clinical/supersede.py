"""Say which report takes the place of which.

Rule: only when the reports say so, and the newer one is provably later. Claims that go round in a circle prove nothing.
An accession number alone is not a report: the left arm's culture and the right arm's share one.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from viewer.clinical.content import values_of
from viewer.clinical.names import Group, Names, names_of
from viewer.clinical.report import Report, Status, TakenFrom
from viewer.clinical.version import oldest_first, updated_at

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Claim = tuple[int, int]  # positions of the newer group, and of the older one that it takes the place of

CHANGED = frozenset({Status.AMENDED, Status.CORRECTED, Status.APPENDED})
NOT_YET_FINAL = frozenset({Status.REGISTERED, Status.PARTIAL, Status.PRELIMINARY})
SETTLED = CHANGED | {Status.FINAL, Status.CANCELLED}


def superseded_by(groups: Sequence[Group]) -> Mapping[int, int]:
    """Return, for each group whose place another takes, the one that does. Following it upwards always ends."""
    names = names_of(groups)
    claims = {*_later_versions(groups), *_replacements(groups, names), *_changes(groups, names)}
    newest_last = sorted(outside_circles(claims), key=lambda claim: (age_of(groups[claim[0]][0]), claim))
    return {older: newer for newer, older in newest_last}


def age_of(report: Report) -> tuple[datetime, datetime, str, str]:
    """Order reports from the oldest to the newest, as far as they say; then always the same way."""
    return (_issued(report) or _LONG_AGO, updated_at(report.updated) or _LONG_AGO, report.version, report.parts[0])


def outside_circles(claims: set[Claim]) -> set[Claim]:
    """Peel claims away from both ends; those that cannot be peeled go round in circles or hang between them."""
    left = set(claims)
    for near, far in ((0, 1), (1, 0)):
        holding = Counter(claim[near] for claim in left)
        reaching: dict[int, list[Claim]] = {}
        for claim in left:
            reaching.setdefault(claim[far], []).append(claim)
        free = [position for position in reaching if not holding[position]]
        while free:
            for claim in reaching.pop(free.pop(), ()):
                left.discard(claim)
                holding[claim[near]] -= 1
                if not holding[claim[near]]:
                    free.append(claim[near])
    return claims - left


def _later_versions(groups: Sequence[Group]) -> Iterator[Claim]:
    """The trust holds them under one id (FHIR R4 §2.21.0.8): the later version takes the place of the earlier."""
    held: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for position, group in enumerate(groups):
        for report in group:
            versions = held.setdefault((report.trust.name, report.id), [])
            versions.append((report.version, report.updated, position))
    for versions in held.values():
        if len(versions) > 1:
            yield from ((newer, older) for older, newer in pairwise(oldest_first(versions) or ()) if newer != older)


def _replacements(groups: Sequence[Group], names: Names) -> Iterator[Claim]:
    """A report that names those it replaces, unless it was itself entered in error."""
    for position, group in enumerate(groups):
        for report in group:
            for name in report.replaces if report.status is not Status.ENTERED_IN_ERROR else ():
                yield from ((position, older) for older in names.meant(report, name) if older != position)


def _changes(groups: Sequence[Group], names: Names) -> Iterator[Claim]:
    """One issuer's identifier, one thing examined: a later one that says it changes the earlier."""
    for positions in names.by_identifier.values():
        if len(positions) > 1:
            alike: dict[Hashable, list[int]] = {}
            for position in positions:
                alike.setdefault(_about(groups[position][0]), []).append(position)
            for same in alike.values():
                yield from _changes_among(groups, sorted(same, key=lambda one: age_of(groups[one][0])))


def _changes_among(groups: Sequence[Group], oldest_first: Sequence[int]) -> Iterator[Claim]:
    ids = {position: _ids_by_trust(groups[position]) for position in oldest_first}
    nearest: dict[str, int] = {}  # the nearest later report that changed, that is settled, that was withdrawn
    for position in reversed(oldest_first):
        report = groups[position][0]
        for why, newer in nearest.items():
            if not _stand_apart(ids[newer], ids[position]) and _takes_the_place(why, groups[newer][0], report):
                yield newer, position
        nearest.update(dict.fromkeys(_reasons(report.status), position))


def _ids_by_trust(group: Group) -> Mapping[str, frozenset[str]]:
    names = {report.trust.name for report in group}
    return {name: frozenset(report.id for report in group if report.trust.name == name) for name in names}


def _stand_apart(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> bool:
    """One trust that holds both under two ids means two reports: for a version it keeps the id, or says it replaces."""
    return any(other[trust] != ids for trust, ids in one.items() if trust in other)


def _reasons(status: Status) -> Iterator[str]:
    if status in CHANGED:
        yield "changed"
    if status in SETTLED:
        yield "settled"
    if status is Status.ENTERED_IN_ERROR:
        yield "withdrawn"


def _takes_the_place(why: str, newer: Report, older: Report) -> bool:
    if older.status is Status.ENTERED_IN_ERROR or not _is_later(newer, older):
        return False
    if why == "changed":
        return True
    if why == "settled":
        return older.status in NOT_YET_FINAL
    return newer.trust == older.trust and values_of(newer) == values_of(older)


def _is_later(newer: Report, older: Report) -> bool:
    """Issued later; or, at one trust, of one time of issue or none, updated later."""
    issued = _issued(newer), _issued(older)
    if issued[0] != issued[1]:
        return issued[0] is not None and issued[1] is not None and issued[0] > issued[1]
    updated = updated_at(newer.updated), updated_at(older.updated)
    return newer.trust == older.trust and updated[0] is not None and updated[1] is not None and updated[0] > updated[1]


def _about(report: Report) -> Hashable:
    """Return what was examined and when, as far as two trusts can say it alike."""
    known = report.taken is not None and report.taken_from not in (TakenFrom.ISSUED, TakenFrom.NOTHING)
    return (
        report.kind,
        report.title.casefold(),
        report.taken.instant if known and report.taken else None,
        frozenset((code.system, code.code) for code in report.categories),
        tuple(sorted((one.type, one.body_site, one.accession) for one in report.specimens)),
        tuple(sorted((one.description, one.modalities, one.body_sites) for one in report.studies)),
    )


def _issued(report: Report) -> datetime | None:
    return report.issued.instant if report.issued else None
