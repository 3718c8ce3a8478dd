"""Who is known at a trust, and what it holds about them: stories turned into that trust's resources."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256

from sandbox.encounters import encounters_of
from sandbox.exact import Json
from sandbox.fhir import CONFIDENTIALITY, NHS_NUMBER, ODS, UK_CORE, VERIFICATION, VERIFICATION_CODES, coding, given_only
from sandbox.fhir import trust_system as system_of
from sandbox.generator import GENERATED
from sandbox.patients import NAMED, PRACTICES, SMITHS, Named
from sandbox.scribe import LONDON, Person, Scribe, Told
from sandbox.shelf import PatientFile
from sandbox.trust import Trust
from sandbox.trusts.all import TRUSTS
from sandbox.writing import Writer

EVERYBODY: tuple[Named, ...] = (*NAMED, *SMITHS, *GENERATED)
_BY_NAME = {trust.name: trust for trust in TRUSTS}
_LABORATORIES = {trust.name: trust.laboratory for trust in TRUSTS}
_LETTERS = "abcdefghjkmnpqrt"
_VERIFICATION_WORDS = {"01": "Number present and verified", "02": "Number present but not traced"}


def files_of(trust: Trust, today: date) -> Iterator[PatientFile]:
    """Yield the file of everybody this trust knows."""
    for named in EVERYBODY:
        if trust.name in named.known_at:
            yield PatientFile(
                patient_resource(named.as_known_at(trust.name), trust, today),
                _fill(named, trust, today),
                named.bulky,
                _visits(named, trust, today),
            )


def patient_id(person: Person, trust: str) -> str:
    """Return the trust's own id for a person: letters only, so that it is never mistaken for a number."""
    digest = sha256(f"{trust}/{person.key}".encode()).digest()
    return "".join(_LETTERS[byte % 16] for byte in digest[:9])


def patient_resource(person: Person, trust: Trust, today: date) -> Json:
    """Return the UK Core Patient as this trust has written it down."""
    labels = [coding(CONFIDENTIALITY, "R", "restricted")] if person.restricted else []
    return given_only(
        {
            "resourceType": "Patient",
            "id": patient_id(person, trust.name),
            "meta": given_only({"versionId": "1", "profile": [f"{UK_CORE}Patient"], "security": labels}),
            "identifier": [_nhs_number(person), _hospital_number(person, trust)],
            "active": True,
            "name": [_name(person, trust)],
            "gender": person.sex,
            "birthDate": person.born.isoformat(),
            "deceasedDateTime": _died(person, today),
            "address": [] if person.restricted else [_address(person)],
            "generalPractitioner": [] if person.restricted else [_practice(person)],
        }
    )


@lru_cache(maxsize=64)
def story_of(named: Named, today: date) -> tuple[Told, ...]:
    """Return the whole story of a patient, at every trust."""
    scribe = Scribe(named.person, today, _LABORATORIES)
    named.story(scribe)
    return tuple(scribe.told)


def _fill(named: Named, trust: Trust, today: date) -> Callable[[], Iterator[Json]]:
    def fill() -> Iterator[Json]:
        for told in story_of(named, today):
            if trust.name in told.held_at:
                yield from _written(told, named.person, trust)
        yield from _visits(named, trust, today)()

    return fill


def _visits(named: Named, trust: Trust, today: date) -> Callable[[], Iterator[Json]]:
    return lambda: encounters_of(named.person.key, patient_id(named.person, trust.name), trust, today)


def _written(told: Told, person: Person, holder: Trust) -> Iterator[Json]:
    """Yield a report as its laboratory writes it: a copy elsewhere reads the same."""
    issuer = _BY_NAME[told.issued.issuer]
    name = f"{person.family.upper()}, {' '.join(person.given)}"
    writer = Writer(patient_id(person, holder.name), name, issuer.ods, issuer.full_title)
    yield from issuer.habit(writer.write(told.issued))


def _nhs_number(person: Person) -> Json:
    status = coding(VERIFICATION_CODES, person.verification, _VERIFICATION_WORDS[person.verification])
    return {
        "extension": [{"url": VERIFICATION, "valueCodeableConcept": {"coding": [status]}}],
        "use": "official",
        "system": NHS_NUMBER,
        "value": person.digits,
    }


def _hospital_number(person: Person, trust: Trust) -> Json:
    number = int.from_bytes(sha256(f"{trust.ods}/{person.key}".encode()).digest()[:4], "big") % 1_000_000
    return {"use": "usual", "system": system_of(trust.name, "hospital-number"), "value": f"{trust.ods}{number:06d}"}


def _name(person: Person, trust: Trust) -> Json:
    family = person.family.upper() if trust.shouts else person.family
    return given_only(
        {
            "use": "official",
            "family": family,
            "given": list(person.given),
            "prefix": [person.title] if person.title else [],
        }
    )


def _address(person: Person) -> Json:
    return {"use": "home", "line": [person.street], "city": person.town, "postalCode": person.postcode}


def _practice(person: Person) -> Json:
    return {
        "type": "Organization",
        "identifier": {"system": ODS, "value": person.practice},
        "display": PRACTICES[person.practice],
    }


def _died(person: Person, today: date) -> str:
    if person.died_days_ago is None:
        return ""
    moment = datetime.combine(today - timedelta(days=person.died_days_ago), time(4, 10), LONDON)
    return moment.isoformat()
