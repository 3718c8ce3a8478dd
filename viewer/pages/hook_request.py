"""Read what an ordering system sends (CDS Hooks 2.0): which hook, who asks, about whom, and what is being ordered.

Rule: who asks is read from the Practitioner and PractitionerRole that the trust's own system hands over, both of them
the ones the hook's context names. What is missing or contradicts itself is a value, `Unusable`, which repeats nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from connectors.answer import Received, Trust
from connectors.read_resource import read_resource
from viewer.access.clinician import Clinician, Organisation, Role, RoleRule, role_of
from viewer.clinical.patient import Patient, read_patient
from viewer.clinical.retest_rules import Setting
from viewer.configuration.ordering_file import OrderingSystem

SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
SDS_ROLE_PROFILE = "https://fhir.nhs.uk/Id/sds-role-profile-id"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
JOB_ROLE = "https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName"  # (check) its codes are like "R0050"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_SETTINGS = {"EMER": Setting.EMERGENCY, "IMP": Setting.INPATIENT, "ACUTE": Setting.INPATIENT, "AMB": Setting.OUTPATIENT}

HOOKS = ("order-select", "order-sign", "patient-view")


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a request cannot be answered, and the status of HTTP that says so."""

    status: int
    because: str


class _Fhir(msgspec.Struct, frozen=True, rename="camel"):
    """Fields that are not named here are not read."""


T = TypeVar("T", bound=_Fhir)


class Coding(_Fhir, frozen=True):
    """A code as sent."""

    system: str = ""
    code: str = ""
    display: str = ""


class Concept(_Fhir, frozen=True):
    """Codes for one thing, and its words."""

    coding: tuple[Coding, ...] = ()
    text: str = ""


class Identifier(_Fhir, frozen=True):
    """An identifier, and who issued it."""

    system: str = ""
    value: str = ""


class Reference(_Fhir, frozen=True):
    """What another resource is referred to by."""

    reference: str = ""
    identifier: Identifier = Identifier()
    display: str = ""


class HumanName(_Fhir, frozen=True):
    """A name as sent."""

    text: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()


class Practitioner(_Fhir, frozen=True):
    """The person who asks."""

    resource_type: str
    id: str
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    active: bool = True


class PractitionerRole(_Fhir, frozen=True):
    """The role in which they ask, and for whom."""

    resource_type: str
    id: str
    identifier: tuple[Identifier, ...] = ()
    practitioner: Reference = Reference()
    organization: Reference = Reference()
    code: tuple[Concept, ...] = ()
    active: bool = True


class Encounter(_Fhir, frozen=True):
    """Where the patient is, as the ordering system says."""

    class_: Coding = msgspec.field(name="class", default=Coding())


class Request(_Fhir, frozen=True):
    """One order of a Bundle; only ServiceRequests are read further."""

    resource_type: str
    id: str = ""
    code: Concept = Concept()


class Entry(_Fhir, frozen=True):
    """One entry of a Bundle."""

    resource: Request | None = None


class Bundle(_Fhir, frozen=True):
    """The orders that are being written."""

    entry: tuple[Entry, ...] = ()


class Context(_Fhir, frozen=True):
    """What the hook is about."""

    user_id: str
    patient_id: str
    selections: tuple[str, ...] = ()
    draft_orders: Bundle = Bundle()


class HookRequest(_Fhir, frozen=True):
    """What is posted; `prefetch` is read where it is needed."""

    hook: str
    hook_instance: str
    context: Context
    prefetch: Mapping[str, msgspec.Raw] = {}


@dataclass(frozen=True, slots=True)
class Order:
    """One ordered test as the ordering system codes it."""

    codes: tuple[tuple[str, str], ...]
    name: str


_READ = msgspec.json.Decoder(HookRequest)


def read_request(body: bytes, hook: str) -> HookRequest | Unusable:
    """Return the request, or why it is none of this hook."""
    try:
        request = _READ.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Unusable(400, "the body is not a request of CDS Hooks 2.0")
    if request.hook != hook:
        return Unusable(400, "the body names another hook than the address")
    if not 0 < len(request.hook_instance) <= 100:
        return Unusable(400, "hookInstance is missing")
    return request


# ── Who asks ─────────────────────────────────────────────────────────────────────────────────────


def read_clinician(
    request: HookRequest, system: OrderingSystem, trust: Trust, roles: Collection[RoleRule]
) -> Clinician | Unusable:
    """Return who asks, whom the trust vouches for, or why nobody is known."""
    person = _read(request, "practitioner", Practitioner, "Practitioner")
    role = _read(request, "practitionerRole", PractitionerRole, "PractitionerRole")
    if isinstance(person, Unusable):
        return person
    if isinstance(role, Unusable):
        return role
    if request.context.user_id not in (f"Practitioner/{person.id}", f"PractitionerRole/{role.id}"):
        return Unusable(403, "the context names another user than the prefetch")
    if role.practitioner.reference.rpartition("Practitioner/")[2] != person.id:
        return Unusable(403, "the PractitionerRole is another person’s")
    if not (person.active and role.active):
        return Unusable(403, "the Practitioner or the PractitionerRole is not active")
    return _clinician(person, role, system, trust, roles)


def _clinician(
    person: Practitioner, role: PractitionerRole, system: OrderingSystem, trust: Trust, roles: Collection[RoleRule]
) -> Clinician | Unusable:
    user, profile = _only(person.identifier, SDS_USER), _only(role.identifier, SDS_ROLE_PROFILE)
    if not user or not profile:
        return Unusable(403, "the user’s SDS ids are missing, or there are several")
    organisation = role.organization.identifier
    if organisation.system != ODS or organisation.value not in {trust.ods, *system.practices}:
        return Unusable(403, "the user’s organisation is not this system’s own trust, nor a practice that orders by it")
    job = _job(role, roles)
    if job is None or not _fits(job[0], at_the_trust=organisation.value == trust.ods):
        return Unusable(403, "the user’s role there may not see results here")
    title = trust.full_title if organisation.value == trust.ods else role.organization.display or organisation.value
    return Clinician(
        user, _name(person), job[0], job[1].display or job[1].code, job[1].code, profile,
        Organisation(organisation.value, title),
    )  # fmt: skip


def _fits(role: Role, *, at_the_trust: bool) -> bool:
    """Say whether somebody in this role orders from there: a GP at a practice, a clinician at the trust."""
    return role is Role.GP if not at_the_trust else role in (Role.CONSULTANT, Role.CLINICIAN)


def _job(role: PractitionerRole, roles: Collection[RoleRule]) -> tuple[Role, Coding] | None:
    """Return the one role that our configuration knows; None when there is none, or several."""
    jobs = [one for concept in role.code for one in concept.coding if one.system == JOB_ROLE]
    known = {(known, one) for one in jobs if (known := role_of(one.code, (), roles))}
    return known.pop() if len(known) == 1 else None


def _only(identifiers: Iterable[Identifier], system: str) -> str:
    values = {one.value.strip() for one in identifiers if one.system == system}
    return values.pop() if len(values) == 1 else ""


def _name(person: Practitioner) -> str:
    sent = next(iter(person.name), HumanName())
    return (sent.text or " ".join((*sent.prefix, *sent.given, sent.family))).strip()[:200] or "name not sent"


# ── About whom ───────────────────────────────────────────────────────────────────────────────────


def read_patient_of(request: HookRequest, trust: Trust, hospital_number_system: str) -> Patient | Unusable:
    """Return the ordering system's own record of the patient, read as a trust's record is read."""
    raw = request.prefetch.get("patient")
    if raw is None or bytes(raw) == b"null":
        return Unusable(412, "the prefetch lacks its patient")
    body = read_resource(bytes(raw))
    if isinstance(body, str):
        return Unusable(412, "the patient of the prefetch cannot be read")
    received = Received("Patient", body.id, "", body, "", bytes(raw))
    patient = read_patient(received, trust, hospital_number_system)
    if not isinstance(patient, Patient):
        return Unusable(412, "the patient of the prefetch cannot be read")
    if patient.id != request.context.patient_id:
        return Unusable(400, "the context names another patient than the prefetch")
    return patient


def read_setting(request: HookRequest, usual: Setting) -> Setting:
    """Return where the patient is, as the encounter says it; else the usual one. It proves nothing."""
    encounter = _read(request, "encounter", Encounter, "")
    if isinstance(encounter, Unusable) or encounter.class_.system not in ("", ACT_CODE):
        return usual
    return _SETTINGS.get(encounter.class_.code.upper(), usual)


# ── What is ordered ──────────────────────────────────────────────────────────────────────────────


def read_orders(request: HookRequest) -> tuple[Order, ...]:
    """Return the tests that are being ordered: of `order-select` those that were selected just now."""
    context = request.context
    chosen = {one.rpartition("ServiceRequest/")[2] for one in context.selections if "ServiceRequest/" in one}
    drafts = [one.resource for one in context.draft_orders.entry if one.resource]
    orders = [one for one in drafts if one.resource_type == "ServiceRequest"]
    if request.hook == "order-select":
        orders = [one for one in orders if one.id in chosen]
    return tuple(map(_order, orders))


def _order(sent: Request) -> Order:
    return Order(tuple((one.system, one.code) for one in sent.code.coding if one.code), _title(sent.code))


def _title(concept: Concept) -> str:
    return (concept.text or next((one.display for one in concept.coding if one.display), "")).strip()[:100]


# ── What the ordering system hands over ──────────────────────────────────────────────────────────


def _read(request: HookRequest, name: str, kind: type[T], resource_type: str) -> T | Unusable:
    raw = request.prefetch.get(name)
    if raw is None or bytes(raw) == b"null":
        return Unusable(412, f"the prefetch lacks its {name}")
    try:
        read = msgspec.json.decode(bytes(raw), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Unusable(412, f"the {name} of the prefetch cannot be read")
    if resource_type and getattr(read, "resource_type", "") != resource_type:
        return Unusable(412, f"the {name} of the prefetch is something else")
    return read
