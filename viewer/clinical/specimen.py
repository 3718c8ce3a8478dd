"""Read a Specimen: what was taken, when it was taken, and when the laboratory received it."""

from connectors import resource as fhir
from connectors.resource import Reference
from viewer.clinical.concept import codes_of, text_of, texts_of
from viewer.clinical.part import NOT_SENT, Part, called
from viewer.clinical.problem import Problem
from viewer.clinical.reading import Reading, notes_of
from viewer.clinical.report import Specimen, Unreadable, When


def specimens_named(reading: Reading, reference: Reference, source: Part) -> tuple[Specimen | Unreadable, ...]:
    """Return the Specimen a reference names, and what of it could not be read.

    One that was not sent is still a Specimen, of which only its name is known: no result is lost with it.
    """
    known = reading.specimens.get(reference.reference)  # "Specimen/3": every result of a report names the same one
    if known is not None:
        return known
    found = reading.parts.find(reference, source, "Specimen")
    if found is NOT_SENT:
        return (Specimen(called(reference), reference.display),)
    if isinstance(found, Problem):
        return (Unreadable(reading.trust, "Specimen", called(reference), found.reason, name=reference.display),)
    if len(found) == 1:
        return _read_once(reading, found[0])
    return tuple(read for part in found for read in _read_once(reading, part))


def _read_once(reading: Reading, part: Part) -> tuple[Specimen | Unreadable, ...]:
    read = reading.specimens.get(part.name)
    if read is None:
        read = reading.specimens[part.name] = _read(reading, part)
    return read


def _read(reading: Reading, part: Part) -> tuple[Specimen | Unreadable, ...]:
    body = part.body
    if not isinstance(body, fhir.Specimen):
        return (reading.unreadable(part, part.problem),)
    collection = body.collection or fhir.SpecimenCollection()
    collected = reading.either(collection.collected_date_time, collection.collected_period)
    received = reading.either(body.received_time, None)
    specimen = Specimen(
        part.name,
        text_of(body.type),
        _only_time(collected),
        _only_time(received),
        text_of(collection.body_site),
        body.accession_identifier.value if body.accession_identifier else "",
        texts_of(body.condition),
        notes_of(body.note),
        codes_of(body.type),
    )
    problems = [
        reading.unreadable(part, f"{field}: {time.reason}", field=field, name=specimen.type)
        for field, time in (("collected", collected), ("received", received))
        if isinstance(time, Problem)
    ]
    return (specimen, *problems)


def _only_time(read: When | Problem | None) -> When | None:
    return None if isinstance(read, Problem) else read
