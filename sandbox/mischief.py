"""What bad weather does to what a page says, while the HTTP stays faultless."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox.bundle import Page, outcome, write_entry
from sandbox.exact import Json, read_json, write_json

STRANGER = "stranger"
STRANGERS_NUMBER = "999 869 1850"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a page is sent from: what the mischief needs to know."""

    base: str
    resource: str
    number: float
    elsewhere: str  # another origin, which records who comes


Mischief = Callable[[Page, Scene], Page]


def _loop(page: Page, _: Scene) -> Page:
    return replace(page, next_url=page.self_url)


def _foreign_next(page: Page, scene: Scene) -> Page:
    return replace(page, next_url=f"{scene.elsewhere}/fhir/R4/{scene.resource}?_page=2")


def _wrong_patient(page: Page, scene: Scene) -> Page:
    body = _strangers_record() if scene.resource == "Patient" else _strangers(scene.resource)
    entry = write_entry(f"{scene.base}/{scene.resource}/{STRANGER}", write_json(body), "match")
    return replace(page, total=page.total + 1, entries=(entry, *page.entries))


def _unknown_fields(page: Page, _: Scene) -> Page:
    entries = tuple(_rewrite(entry, _with_unknown_fields) for entry in page.entries)
    return replace(page, entries=entries, extras=(("sandboxMood", b'"cheerful"'),))


def _one_broken(page: Page, _: Scene) -> Page:
    if not page.entries:
        return page
    return replace(page, entries=(_rewrite(page.entries[0], _with_wrong_types), *page.entries[1:]))


def _outcome_entry(page: Page, scene: Scene) -> Page:
    words = "Results of the satellite laboratory are not included: it did not answer"
    body = outcome("incomplete", words, "warning") | {"id": "missing"}
    entry = write_entry(f"{scene.base}/OperationOutcome/missing", write_json(body), "outcome")
    return replace(page, entries=(*page.entries, entry))


def _miscounted(page: Page, scene: Scene) -> Page:
    return replace(page, total=page.total + int(scene.number))


MISCHIEF: dict[str, Mischief] = {
    "loop": _loop,
    "foreign_next": _foreign_next,
    "wrong_patient": _wrong_patient,
    "unknown_fields": _unknown_fields,
    "one_broken": _one_broken,
    "outcome_entry": _outcome_entry,
    "miscounted": _miscounted,
}


def _rewrite(entry: bytes, change: Callable[[Json], Json]) -> bytes:
    read = read_json(entry)
    return write_json(read | {"resource": change(read["resource"])})


def _with_unknown_fields(resource: Json) -> Json:
    return resource | {"sandboxMood": {"of": ["cheerful", 1, None]}, "sandboxColour": "teal"}


def _with_wrong_types(resource: Json) -> Json:
    return resource | {"status": 7, "code": "not a concept", "name": "not a list", "subject": ["not", "a", "reference"]}


def _strangers(resource: str) -> Json:
    """Return a resource that is about somebody else: it must never be shown."""
    body: Json = {
        "resourceType": resource,
        "id": STRANGER,
        "meta": {"versionId": "1"},
        "status": "available" if resource == "ImagingStudy" else "final",
        "subject": {"reference": f"Patient/{STRANGER}"},
    }
    if resource == "ImagingStudy":
        return body | {"description": "SOMEBODY ELSE"}
    return body | {"code": {"text": "SOMEBODY ELSE"}, "issued": "2026-01-01T09:00:00+00:00"}


def _strangers_record() -> Json:
    return {
        "resourceType": "Patient",
        "id": STRANGER,
        "meta": {"versionId": "1"},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": STRANGERS_NUMBER.replace(" ", "")}],
        "name": [{"use": "official", "family": "Else", "given": ["Somebody"]}],
        "gender": "female",
        "birthDate": "1970-01-01",
    }
