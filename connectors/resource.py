"""FHIR R4 resources: the fields we use, typed, numbers exactly as sent.

Rule: numbers are kept as the characters the trust sent (`msgspec.Raw`), because
"1.00", "1.0" and "1e0" are different things to say to a clinician.
Source: HL7 FHIR R4 (4.0.1).
"""

from typing import get_args

import msgspec


class Element(msgspec.Struct, frozen=True, rename="camel", kw_only=True, gc=False):
    """What every element may carry."""

    id: str | None = None


class Extension(Element, frozen=True, kw_only=True):
    """FHIR Extension: only the value types the viewer looks at."""

    url: str
    value_codeable_concept: "CodeableConcept | None" = None
    value_reference: "Reference | None" = None
    value_identifier: "Identifier | None" = None
    value_string: str | None = None
    value_code: str | None = None
    value_boolean: bool | None = None
    value_date_time: str | None = None
    extension: "tuple[Extension, ...]" = ()


class Coding(Element, frozen=True, kw_only=True):
    """FHIR Coding."""

    system: str = ""
    version: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(Element, frozen=True, kw_only=True):
    """FHIR CodeableConcept."""

    coding: tuple[Coding, ...] = ()
    text: str = ""


class Period(Element, frozen=True, kw_only=True):
    """FHIR Period; both ends as sent."""

    start: str = ""
    end: str = ""


class Identifier(Element, frozen=True, kw_only=True):
    """FHIR Identifier (business identifier)."""

    use: str = ""
    type: CodeableConcept | None = None
    system: str = ""
    value: str = ""
    period: Period | None = None
    extension: tuple[Extension, ...] = ()


class Reference(Element, frozen=True, kw_only=True):
    """FHIR Reference: relative, absolute, urn, contained (#id) or logical (identifier)."""

    reference: str = ""
    type: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Quantity(Element, frozen=True, kw_only=True):
    """FHIR Quantity; `value` holds the number's own characters."""

    value: msgspec.Raw = msgspec.Raw()
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Range(Element, frozen=True, kw_only=True):
    """FHIR Range."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element, frozen=True, kw_only=True):
    """FHIR Ratio."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class SampledData(Element, frozen=True, kw_only=True):
    """FHIR SampledData."""

    origin: Quantity
    period: msgspec.Raw = msgspec.Raw()
    factor: msgspec.Raw = msgspec.Raw()
    lower_limit: msgspec.Raw = msgspec.Raw()
    upper_limit: msgspec.Raw = msgspec.Raw()
    dimensions: msgspec.Raw = msgspec.Raw()
    data: str = ""


class Annotation(Element, frozen=True, kw_only=True):
    """FHIR Annotation: a laboratory's or radiologist's comment."""

    author_string: str = ""
    author_reference: Reference | None = None
    time: str = ""
    text: str = ""


class Attachment(Element, frozen=True, kw_only=True):
    """FHIR Attachment; `data` is base64 as sent."""

    content_type: str = ""
    data: str = ""
    url: str = ""
    title: str = ""
    creation: str = ""
    size: msgspec.Raw = msgspec.Raw()
    hash: str = ""


class Narrative(Element, frozen=True, kw_only=True):
    """FHIR Narrative: XHTML, never trusted."""

    status: str = ""
    div: str = ""


class Meta(Element, frozen=True, kw_only=True):
    """FHIR Meta."""

    version_id: str = ""
    last_updated: str = ""
    profile: tuple[str, ...] = ()
    security: tuple[Coding, ...] = ()
    tag: tuple[Coding, ...] = ()


class Resource(msgspec.Struct, frozen=True, rename="camel", kw_only=True, tag_field="resourceType", gc=False):
    """What every resource carries. `modifier_extension` is kept to be refused, never ignored (R4 §2.5.2)."""

    id: str = ""
    meta: Meta | None = None
    text: Narrative | None = None
    extension: tuple[Extension, ...] = ()
    modifier_extension: tuple[Extension, ...] = ()
    contained: tuple[msgspec.Raw, ...] = ()
    identifier: tuple[Identifier, ...] = ()


class HumanName(Element, frozen=True, kw_only=True):
    """FHIR HumanName."""

    use: str = ""
    text: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    period: Period | None = None


class Address(Element, frozen=True, kw_only=True):
    """FHIR Address."""

    use: str = ""
    text: str = ""
    line: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    postal_code: str = ""


class PatientLink(Element, frozen=True, kw_only=True):
    """FHIR Patient.link: this record was replaced by, or refers to, another."""

    other: Reference
    type: str = ""


class Patient(Resource, frozen=True, kw_only=True, tag="Patient"):
    """FHIR Patient (UK Core)."""

    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    gender: str = ""
    birth_date: str = ""
    deceased_boolean: bool | None = None
    deceased_date_time: str = ""
    address: tuple[Address, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()
    managing_organization: Reference | None = None
    link: tuple[PatientLink, ...] = ()


class ReferenceRange(Element, frozen=True, kw_only=True):
    """FHIR Observation.referenceRange."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] = ()
    age: Range | None = None
    text: str = ""


class Component(Element, frozen=True, kw_only=True):
    """FHIR Observation.component. Its value fields are Observation's own; the struct library allows one base only."""

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: msgspec.Raw = msgspec.Raw()
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: SampledData | None = None
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()


class Observation(Resource, frozen=True, kw_only=True, tag="Observation"):
    """FHIR Observation: one finding, or a group of them (`has_member`)."""

    status: str = ""
    category: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    effective_date_time: str = ""
    effective_period: Period | None = None
    effective_instant: str = ""
    issued: str = ""
    performer: tuple[Reference, ...] = ()
    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: msgspec.Raw = msgspec.Raw()
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: SampledData | None = None
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()
    note: tuple[Annotation, ...] = ()
    comment: str = ""  # STU3's one note; a trust that still sends it means it to be read
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    specimen: Reference | None = None
    has_member: tuple[Reference, ...] = ()
    derived_from: tuple[Reference, ...] = ()
    component: tuple[Component, ...] = ()
    based_on: tuple[Reference, ...] = ()


class ReportMedia(Element, frozen=True, kw_only=True):
    """FHIR DiagnosticReport.media."""

    comment: str = ""
    link: Reference | None = None


class DiagnosticReport(Resource, frozen=True, kw_only=True, tag="DiagnosticReport"):
    """FHIR DiagnosticReport: what a laboratory or radiologist issued."""

    based_on: tuple[Reference, ...] = ()
    status: str = ""
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effective_date_time: str = ""
    effective_period: Period | None = None
    issued: str = ""
    performer: tuple[Reference, ...] = ()
    results_interpreter: tuple[Reference, ...] = ()
    specimen: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    imaging_study: tuple[Reference, ...] = ()
    media: tuple[ReportMedia, ...] = ()
    conclusion: str = ""
    conclusion_code: tuple[CodeableConcept, ...] = ()
    presented_form: tuple[Attachment, ...] = ()


class SpecimenCollection(Element, frozen=True, kw_only=True):
    """FHIR Specimen.collection."""

    collected_date_time: str = ""
    collected_period: Period | None = None
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None


class Specimen(Resource, frozen=True, kw_only=True, tag="Specimen"):
    """FHIR Specimen."""

    accession_identifier: Identifier | None = None
    status: str = ""
    type: CodeableConcept | None = None
    subject: Reference | None = None
    received_time: str = ""
    collection: SpecimenCollection | None = None
    condition: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()


class StudySeries(Element, frozen=True, kw_only=True):
    """FHIR ImagingStudy.series."""

    uid: str = ""
    modality: Coding | None = None
    description: str = ""
    number_of_instances: msgspec.Raw = msgspec.Raw()
    body_site: Coding | None = None
    started: str = ""


class ImagingStudy(Resource, frozen=True, kw_only=True, tag="ImagingStudy"):
    """FHIR ImagingStudy."""

    status: str = ""
    modality: tuple[Coding, ...] = ()
    subject: Reference | None = None
    started: str = ""
    based_on: tuple[Reference, ...] = ()
    procedure_reference: Reference | None = None
    procedure_code: tuple[CodeableConcept, ...] = ()
    description: str = ""
    series: tuple[StudySeries, ...] = ()
    note: tuple[Annotation, ...] = ()


class ServiceRequest(Resource, frozen=True, kw_only=True, tag="ServiceRequest"):
    """FHIR ServiceRequest: what was asked of the laboratory or department."""

    status: str = ""
    code: CodeableConcept | None = None
    subject: Reference | None = None
    requester: Reference | None = None
    authored_on: str = ""
    reason_code: tuple[CodeableConcept, ...] = ()
    order_detail: tuple[CodeableConcept, ...] = ()


class EncounterLocation(Element, frozen=True, kw_only=True):
    """FHIR Encounter.location: where in the trust, and whether still."""

    location: Reference | None = None
    status: str = ""


class Encounter(Resource, frozen=True, kw_only=True, tag="Encounter"):
    """FHIR Encounter: a patient with the trust, or expected there. R4 names its class in one Coding."""

    status: str = ""
    class_: Coding | None = msgspec.field(default=None, name="class")
    subject: Reference | None = None
    period: Period | None = None
    location: tuple[EncounterLocation, ...] = ()
    service_provider: Reference | None = None


class Practitioner(Resource, frozen=True, kw_only=True, tag="Practitioner"):
    """FHIR Practitioner."""

    name: tuple[HumanName, ...] = ()


class Organization(Resource, frozen=True, kw_only=True, tag="Organization"):
    """FHIR Organization."""

    name: str = ""


class OutcomeIssue(Element, frozen=True, kw_only=True):
    """FHIR OperationOutcome.issue."""

    severity: str = ""
    code: str = ""
    details: CodeableConcept | None = None
    diagnostics: str = ""
    expression: tuple[str, ...] = ()


class OperationOutcome(Resource, frozen=True, kw_only=True, tag="OperationOutcome"):
    """FHIR OperationOutcome: a server's own word that something is missing or wrong."""

    issue: tuple[OutcomeIssue, ...] = ()


Known = (
    Patient
    | Observation
    | DiagnosticReport
    | Specimen
    | ImagingStudy
    | ServiceRequest
    | Encounter
    | Practitioner
    | Organization
    | OperationOutcome
)

KINDS = frozenset(kind.__name__ for kind in get_args(Known))
