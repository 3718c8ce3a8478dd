"""Write down each step of the journey as an AccessEvent, in the words the log keeps.

Rule: asked, shown and refused are written in the same detail.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connectors.answer import ByNumber, ByTraits, Outcome
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.decide import Decision
from viewer.access.disclosure import Count, Disclosure
from viewer.access.relationship import Relationship
from viewer.clinical.patient import Person
from viewer.steps import Asked, Candidate, Looking, Opened, Tile


def find_asked(looking: Looking, query: ByNumber | ByTraits, asked: Sequence[Asked], at: datetime) -> AccessEvent:
    """Say that the trusts are about to be asked who this is."""
    return _with_asking(_about_a_search(looking, Event.FIND_ASKED, query, at), asked)


def find_shown(
    looking: Looking, query: ByNumber | ByTraits, people: Sequence[Candidate], tiles: Sequence[Tile], at: datetime
) -> list[AccessEvent]:
    """Say who is about to be listed: an event a person, refusals too, or one that says nobody was found."""
    search = _about_a_search(looking, Event.FIND_SHOWN, query, at)
    if not people:
        return [replace(search, outcome="none found", trusts=tuple(_at_trust(tile) for tile in tiles))]
    return [
        _with_decision(
            replace(_about_person(search, one.person), trusts=_who_know(one.person, tiles)), one.decision, "listed"
        )
        for one in people
    ]


def _who_know(person: Person, tiles: Sequence[Tile]) -> tuple[AtTrust, ...]:
    """Say of each trust what it said of this one person, whoever else it knows that fits."""
    know = {record.trust.name for record in person.records}
    return tuple(
        replace(at, outcome=Outcome.NOT_KNOWN) if at.outcome == Outcome.ANSWERED and at.trust not in know else at
        for at in (_at_trust(tile) for tile in tiles)
    )


def opening(
    looking: Looking, person: Person, relationship: Relationship, decision: Decision, at: datetime
) -> AccessEvent:
    """Say that a patient is about to be opened for a purpose, or is refused."""
    event = _about_person(_about(looking, Event.PATIENT_OPENED, at), person)
    return _with_decision(_with_relationship(event, relationship), decision, "opened")


def shown_again(looking: Looking, person: Person, relationship: Relationship | None, at: datetime) -> AccessEvent:
    """Say that who somebody is stands on a page again: of a patient opened for a relationship, or of one listed."""
    if relationship is None:
        return replace(_about_person(_about(looking, Event.FIND_SHOWN, at), person), outcome="listed again")
    event = _about_person(_about(looking, Event.PATIENT_OPENED, at), person)
    return replace(_with_relationship(event, relationship), outcome="shown again")


def results_asked(looking: Looking, opened: Opened, asked: Sequence[Asked], at: datetime) -> AccessEvent:
    """Say which trusts are about to be asked for results, which are not, and why."""
    return _with_asking(_looked(looking, Event.RESULTS_ASKED, opened, at), asked)


def results_shown(
    looking: Looking,
    opened: Opened,
    tiles: Sequence[Tile],
    disclosure: Disclosure,
    before: frozenset[str],
    at: datetime,
) -> AccessEvent:
    """Say what is about to be shown, and of its reports name those that this look has not shown `before`."""
    return _with_disclosure(_looked(looking, Event.RESULTS_SHOWN, opened, at), tiles, disclosure, before)


def report_shown(
    looking: Looking, opened: Opened, tiles: Sequence[Tile], disclosure: Disclosure, at: datetime
) -> AccessEvent:
    """Say that one report is about to be shown whole, or that there is none to show."""
    event = _with_disclosure(_looked(looking, Event.REPORT_SHOWN, opened, at), tiles, disclosure, frozenset())
    return event if disclosure.reports else replace(event, outcome="none found")


def look_ended(looking: Looking, opened: Opened, decision: Decision, at: datetime) -> AccessEvent:
    """Say that a look was refused after it had begun, because of what a trust then said of the patient."""
    return _with_decision(_looked(looking, Event.REFUSED, opened, at), decision, "refused")


def _about(looking: Looking, event: Event, at: datetime) -> AccessEvent:
    return AccessEvent(event, at, looking.who, looking.sign_in, view=looking.view, device=looking.device)


def _looked(looking: Looking, event: Event, opened: Opened, at: datetime) -> AccessEvent:
    return _with_relationship(_about_person(_about(looking, event, at), opened.person), opened.relationship)


def _about_a_search(looking: Looking, event: Event, query: ByNumber | ByTraits, at: datetime) -> AccessEvent:
    begun = _about(looking, event, at)
    match query:
        case ByNumber(nhs_number):
            return replace(begun, nhs_number=nhs_number, asked_for="NHS number")
        case ByTraits():
            others = {"given name": query.given, "gender": query.gender, "postcode": query.postcode}
            named = ["surname", "date of birth", *(name for name, value in others.items() if value)]
            return replace(begun, asked_for=", ".join(named))


def _about_person(event: AccessEvent, person: Person) -> AccessEvent:
    first = person.records[0]
    return replace(
        event,
        nhs_number=person.nhs_number.digits if person.nhs_number else "",
        patient=f"{first.name.family.upper()}, {' '.join(first.name.given)}, born {first.born or 'not known'}",
    )


def _with_relationship(event: AccessEvent, stated: Relationship) -> AccessEvent:
    return replace(event, purpose=stated.purpose, claim=stated.claim, reason=stated.reason)


def _with_decision(event: AccessEvent, decision: Decision, outcome: str) -> AccessEvent:
    return replace(
        event,
        event=event.event if decision.allowed else Event.REFUSED,
        outcome=outcome if decision.allowed else "refused",
        because=decision.clause or decision.because,
        agreements=(decision.agreement,) if decision.agreement else (),
    )


def _with_asking(event: AccessEvent, asked: Sequence[Asked]) -> AccessEvent:
    allowed = [one for one in asked if one.kinds]
    return replace(
        event,
        event=event.event if allowed else Event.REFUSED,
        outcome="asked" if allowed else "refused",
        because="; ".join(dict.fromkeys(one.because for one in allowed or asked)),
        agreements=tuple(dict.fromkeys(name for one in asked for name in one.agreements)),
        trusts=tuple(AtTrust(one.trust.name, "asked" if one.kinds else "refused", one.because) for one in asked),
    )


def _with_disclosure(
    event: AccessEvent, tiles: Sequence[Tile], disclosure: Disclosure, before: frozenset[str]
) -> AccessEvent:
    counts = {count.trust: count for count in disclosure.counts}
    return replace(
        event,
        trusts=tuple(_at_trust(tile, counts.get(tile.trust.name)) for tile in tiles),
        reports=tuple(key for key in disclosure.reports if key not in before),
        digest=disclosure.digest,
        agreements=disclosure.agreements,
        because="; ".join(disclosure.clauses),
        outcome="shown",
    )


def _at_trust(tile: Tile, count: Count | None = None) -> AtTrust:
    laboratory, radiology = (count.laboratory, count.radiology) if count else (0, 0)
    return AtTrust(tile.trust.name, tile.outcome or tile.state, tile.reason, laboratory, radiology)
