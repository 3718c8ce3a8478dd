"""Find reports by the names that other reports use for them: a trust's own id, or an issuer's identifier."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from viewer.clinical.patient import NHS_NUMBER_SYSTEM
from viewer.clinical.report import BusinessId, Report

FEW = 8  # a name that more reports than this carry names none of them

Group = tuple[Report, ...]  # proven copies of one report; the first is the one shown


@dataclass(frozen=True, slots=True)
class Names:
    """The positions of groups, by every name of a report in them."""

    by_id: Mapping[tuple[str, str], Sequence[int]]  # ("rotherham", "DiagnosticReport/7")
    by_identifier: Mapping[BusinessId, Sequence[int]]

    def meant(self, report: Report, name: str) -> Sequence[int]:
        """Return what `report` means by "DiagnosticReport/7" (at its own trust) or by "system|value" (anywhere)."""
        system, _, value = name.rpartition("|")
        found = self.by_id.get((report.trust.name, name)) or self.by_identifier.get(BusinessId(system, value), ())
        return found if len(found) <= FEW else ()


def names_of(groups: Sequence[Group]) -> Names:
    """Return every name in the groups."""
    by_id: dict[tuple[str, str], list[int]] = {}
    by_identifier: dict[BusinessId, list[int]] = {}
    for position, group in enumerate(groups):
        for id_ in {(report.trust.name, original_id(report)): None for report in group}:
            by_id.setdefault(id_, []).append(position)
        for identifier in {one: None for report in group for one in proving(report)}:
            by_identifier.setdefault(identifier, []).append(position)
    return Names(by_id, by_identifier)


def proving(report: Report) -> Iterator[BusinessId]:
    """Yield the identifiers that can prove anything: those that say who issued them, and do not name the patient."""
    for one in report.identifiers:
        if one.system and one.system != NHS_NUMBER_SYSTEM:
            yield one


def original_id(report: Report) -> str:
    """Return the id under which the trust sent it."""
    return report.sent_as or report.id
