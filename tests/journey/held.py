"""What a sandbox trust holds about a patient, asked of its own server by another program than ours.

Rule: nothing here is shared with the viewer, and a number stays the characters it was sent in.
"""

import json
from dataclasses import dataclass
from typing import Any

from tests.sandbox.asking import EVERYTHING, NHS_NUMBER, Asker, next_link

Resource = dict[str, Any]
LOOSE = "rotherham"  # the one trust whose machines send results that belong to no report


@dataclass(frozen=True, slots=True)
class Held:
    """Everything one trust holds about one patient, by "Observation/12"."""

    trust: str
    resources: dict[str, Resource]

    def of_kind(self, kind: str) -> list[Resource]:
        return [one for one in self.resources.values() if one["resourceType"] == kind]

    @property
    def reports(self) -> set[str]:
        """Whatever is a report of its own: reports, results that belong to none, images that belong to none."""
        studies = self.of_kind("ImagingStudy")
        return {
            *(_name(one) for one in self.of_kind("DiagnosticReport")),
            *(name for name in self._loose_results()),
            *(_name(one) for one in studies if not self._is_reported(one)),
        }

    def results_of(self, report: str) -> list[Resource]:
        """Return a report's results, however deep, or the one that belongs to none; panels may be circular."""
        names = [report]
        for name in names:  # which grows as it goes
            one = self.resources[name]
            references = [*one.get("result", ()), *one.get("hasMember", ())]
            names += [each["reference"] for each in references if each["reference"] not in names]
        return [self.resources[name] for name in names if name.startswith("Observation/")]

    def _loose_results(self) -> set[str]:
        part_of = ("DiagnosticReport", "result"), ("Observation", "hasMember")
        held = {
            reference["reference"]
            for kind, element in part_of
            for one in self.of_kind(kind)
            for reference in one.get(element, ())
        }
        return {_name(one) for one in self.of_kind("Observation")} - held

    def _is_reported(self, study: Resource) -> bool:
        wanted = {reference["reference"] for reference in study.get("basedOn", ())}
        return any(
            _name(study) in {image["reference"] for image in report.get("imagingStudy", ())}
            or wanted & {request["reference"] for request in report.get("basedOn", ())}
            for report in self.of_kind("DiagnosticReport")
        )


def held_by(asker: Asker, trust: str, nhs_number: str) -> Held:
    """Ask a trust for everything it holds under this number."""
    number = nhs_number.replace(" ", "")
    patients = _ask(asker, trust, "Patient", ("identifier", f"{NHS_NUMBER}|{number}"))
    found: dict[str, Resource] = {}
    for patient in patients:
        about = ("patient", patient["id"])
        came = _ask(asker, trust, "DiagnosticReport", about, *EVERYTHING) + _ask(asker, trust, "ImagingStudy", about)
        came += _ask(asker, trust, "Observation", about, ("category", "laboratory")) if trust == LOOSE else []
        found |= {_name(one): one for one in came}
    return Held(trust, found)


def _ask(asker: Asker, trust: str, kind: str, *parameters: tuple[str, str]) -> list[Resource]:
    answer = asker.post(trust, kind, parameters)
    found = []
    while True:
        assert answer.status_code == 200, answer.text[:300]
        bundle = json.loads(answer.text, parse_float=str, parse_int=str)
        found += [entry["resource"] for entry in bundle.get("entry", ())]
        if not next_link(bundle):
            return found
        answer = asker.follow(trust, bundle)


def _name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
