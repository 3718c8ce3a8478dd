"""Write what was issued as plain UK Core R4: DiagnosticReport, Observations, Specimen, ServiceRequest, ImagingStudy.

Rule: Observations carry no time of their own. When the specimen was taken stands in the Specimen alone,
as in most of what NHS laboratories send. A trust that does otherwise says so in its habit.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from sandbox.exact import Json
from sandbox.fhir import (
    DIAGNOSTIC_SERVICE,
    DICOM,
    OBSERVATION_CATEGORY,
    REPLACES,
    SNOMED,
    UK_CORE,
    at,
    coding,
    concept,
    given_only,
    interpretation,
    narrative,
    organisation,
    reference,
    reference_range,
    trust_system,
    value,
)
from sandbox.laboratory.finding import Document, Finding, Issued, Measured

_LABORATORY_REPORT = coding(SNOMED, "721981007", "Diagnostic studies report")
_RADIOLOGY_REPORT = coding(SNOMED, "722124004", "Radiology studies report")
_DISCIPLINES = {
    "CH": "Chemistry",
    "HM": "Hematology",
    "BG": "Blood Gases",
    "MB": "Microbiology",
    "VR": "Virology",
    "SR": "Serology",
    "SP": "Surgical Pathology",
    "CP": "Cytopathology",
    "RAD": "Radiology",
}
_SPECIMENS = {"Serum": "119364003", "Venous blood": "122555007"}
_OBSERVATION_STATUS = {"appended": "final", "partial": "preliminary"}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes what one laboratory issued, as it is held for one patient."""

    patient_id: str
    patient_name: str
    issuer_ods: str
    issuer_title: str

    def write(self, issued: Issued) -> list[Json]:
        """Return every resource of one report."""
        numbered = enumerate(issued.findings, 1)
        observations = [one for number, f in numbered for one in self._observations(issued, f, str(number))]
        parts = [*observations, *self._specimen(issued), self._request(issued), *self._study(issued)]
        resources = parts if issued.loose else [self._report(issued), *parts]
        return [self._stamped(issued, resource) for resource in resources]

    def _report(self, issued: Issued) -> Json:
        is_imaging = issued.discipline == "RAD"
        code = _RADIOLOGY_REPORT if is_imaging else _LABORATORY_REPORT
        return given_only(
            {
                "resourceType": "DiagnosticReport",
                "id": self._id(issued),
                "meta": _meta("DiagnosticReport" if is_imaging else "DiagnosticReport-Lab"),
                "text": narrative(issued.narrative),
                "extension": self._replaces(issued) + _addendum(issued),
                "identifier": [{"system": trust_system(issued.issuer, "report-id"), "value": issued.number}],
                "basedOn": [reference(f"ServiceRequest/{self._id(issued)}-q")],
                "status": issued.status,
                "category": _categories(issued.discipline),
                "code": concept(issued.title if is_imaging else "", code),
                "subject": self._subject(),
                "issued": at(issued.times.issued),
                "performer": [organisation(self.issuer_ods, f"{self.issuer_title}: {issued.department}")],
                "resultsInterpreter": [{"display": issued.signed_by}] if issued.signed_by else [],
                "specimen": [reference(f"Specimen/{self._id(issued)}-s")] if issued.specimen else [],
                "result": [
                    reference(f"Observation/{self._id(issued)}-o{n}", f.name) for n, f in enumerate(issued.findings, 1)
                ],
                "imagingStudy": [reference(f"ImagingStudy/{self._id(issued)}-i")] if issued.study else [],
                "conclusion": issued.conclusion,
                "conclusionCode": [concept(issued.alert)] if issued.alert else [],
                "presentedForm": [_attachment(document) for document in issued.documents],
            }
        )

    def _observations(self, issued: Issued, finding: Finding, place: str) -> Iterator[Json]:
        """Yield a finding and everything in it, the group before its members."""
        id_ = f"{self._id(issued)}-o{place}"
        members = [f"{place}.{number}" for number, _ in enumerate(finding.members, 1)]
        codings = [coding(SNOMED, finding.snomed)] if finding.snomed else []
        yield given_only(
            {
                "resourceType": "Observation",
                "id": id_,
                "meta": _meta("Observation-Group-Lab" if finding.members else "Observation-Lab"),
                "status": _observation_status(issued, finding),
                "category": [concept("", coding(OBSERVATION_CATEGORY, _observation_category(issued), ""))],
                "code": concept(finding.name, *codings, coding(trust_system(issued.issuer, "code"), finding.local)),
                "subject": self._subject(),
                "effectiveDateTime": _effective(issued, finding),
                "issued": at(issued.times.issued),
                "performer": [organisation(self.issuer_ods, self.issuer_title)],
                **value(finding),
                "interpretation": [interpretation(finding.flag, issued.issuer)] if finding.flag else [],
                "note": [{"text": note} for note in finding.notes],
                "specimen": reference(f"Specimen/{self._id(issued)}-s") if issued.specimen else {},
                "referenceRange": reference_range(finding.interval, _unit(finding), finding.interval_text),
                "hasMember": [reference(f"Observation/{self._id(issued)}-o{member}") for member in members],
                "component": [_component(part, issued.issuer) for part in finding.components],
            }
        )
        for member, part in zip(members, finding.members, strict=True):
            yield from self._observations(issued, part, member)

    def _specimen(self, issued: Issued) -> Iterator[Json]:
        if not issued.specimen:
            return
        codes = [coding(SNOMED, _SPECIMENS[issued.specimen])] if issued.specimen in _SPECIMENS else []
        yield given_only(
            {
                "resourceType": "Specimen",
                "id": f"{self._id(issued)}-s",
                "meta": _meta("Specimen"),
                "accessionIdentifier": {"system": trust_system(issued.issuer, "specimen"), "value": issued.number},
                "status": "unsatisfactory" if issued.status == "cancelled" else "available",
                "type": concept(issued.specimen, *codes),
                "subject": self._subject(),
                "receivedTime": at(issued.times.received),
                "collection": given_only(
                    {"collectedDateTime": at(issued.times.taken), "bodySite": concept(issued.specimen_site)}
                ),
                "condition": [concept(issued.specimen_condition)] if issued.specimen_condition else [],
            }
        )

    def _request(self, issued: Issued) -> Json:
        return given_only(
            {
                "resourceType": "ServiceRequest",
                "id": f"{self._id(issued)}-q",
                "meta": _meta("ServiceRequest"),
                "status": "active" if issued.status in ("registered", "preliminary") else "completed",
                "intent": "order",
                "code": concept(issued.title),
                "subject": self._subject(),
                "authoredOn": at(issued.times.taken),
                "requester": {"display": issued.requester} if issued.requester else {},
                "reasonCode": [concept(issued.reason)] if issued.reason else [],
            }
        )

    def _study(self, issued: Issued) -> Iterator[Json]:
        study = issued.study
        if study is None:
            return
        modality = coding(DICOM, study.modality)
        yield {
            "resourceType": "ImagingStudy",
            "id": f"{self._id(issued)}-i",
            "meta": _meta("ImagingStudy"),
            "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{_uid(f'{issued.number}/study')}"}],
            "status": "available",
            "modality": [modality],
            "subject": self._subject(),
            "started": at(issued.times.taken),
            "basedOn": [reference(f"ServiceRequest/{self._id(issued)}-q")],
            "numberOfSeries": len(study.series),
            "numberOfInstances": sum(images for _, images in study.series),
            "procedureCode": [concept(study.description)],
            "description": study.description,
            "series": [
                {
                    "uid": _uid(f"{self._id(issued)}/{number}"),
                    "number": number,
                    "modality": modality,
                    "description": description,
                    "numberOfInstances": images,
                    "bodySite": {"display": study.region},
                }
                for number, (description, images) in enumerate(study.series, 1)
            ],
        }

    def _replaces(self, issued: Issued) -> list[Json]:
        if not issued.replaces:
            return []
        earlier = reference(f"DiagnosticReport/{self.patient_id}-{issued.replaces}")
        return [{"url": REPLACES, "valueReference": earlier}]

    def _stamped(self, issued: Issued, resource: Json) -> Json:
        labels = [coding(*label) for label in issued.security]
        stamp = {"versionId": str(issued.version), "lastUpdated": at(issued.times.issued)}
        return resource | {"meta": resource["meta"] | stamp | ({"security": labels} if labels else {})}

    def _subject(self) -> Json:
        return reference(f"Patient/{self.patient_id}", self.patient_name)

    def _id(self, issued: Issued) -> str:
        return f"{self.patient_id}-{issued.serial}"


def _addendum(issued: Issued) -> list[Json]:
    if issued.addendum is None:
        return []
    parts = [
        {"url": "text", "valueString": issued.addendum.text},
        {"url": "at", "valueDateTime": at(issued.addendum.at)},
        {"url": "author", "valueString": issued.addendum.author},
    ]
    return [{"url": trust_system(issued.issuer, "addendum"), "extension": parts}]


def _meta(profile: str) -> Json:
    return {"profile": [f"{UK_CORE}{profile}"]}


def _categories(discipline: str) -> list[Json]:
    first = [] if discipline == "RAD" else [concept("", coding(DIAGNOSTIC_SERVICE, "LAB", "Laboratory"))]
    return [*first, concept("", coding(DIAGNOSTIC_SERVICE, discipline, _DISCIPLINES[discipline]))]


def _observation_category(issued: Issued) -> str:
    return "imaging" if issued.discipline == "RAD" else "laboratory"


def _observation_status(issued: Issued, finding: Finding) -> str:
    """A correction corrects what it changed, and the groups that is in; the rest of the report stays final."""
    if issued.changed and not finding.members and finding.local not in issued.changed:
        return "final"
    return _OBSERVATION_STATUS.get(issued.status, issued.status)


def _effective(issued: Issued, finding: Finding) -> str:
    if finding.at is not None:
        return at(finding.at)
    return at(issued.times.taken) if issued.loose else ""


def _unit(finding: Finding) -> Measured | None:
    return finding.value if isinstance(finding.value, Measured) else None


def _component(part: Finding, issuer: str) -> Json:
    flags = {"interpretation": [interpretation(part.flag, issuer)]} if part.flag else {}
    return {"code": concept(part.name, coding(trust_system(issuer, "code"), part.local)), **value(part), **flags}


def _attachment(document: Document) -> Json:
    created = {"creation": at(document.created)} if document.created else {}
    content = b64encode(document.content).decode()
    return {"contentType": document.content_type, "title": document.title, "data": content} | created


def _uid(text: str) -> str:
    """Return a DICOM UID made from a UUID-sized number (PS3.5 B.2)."""
    return f"2.25.{int.from_bytes(sha256(text.encode()).digest()[:15], 'big')}"
