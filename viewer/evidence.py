"""Write down each step of the journey as an AccessEvent, in the words the log keeps.

Rule: asked, shown and refused are written in the same detail.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connectors.answer import ByNumber, ByTraits
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.decide import Decision
from viewer.access.disclosure import Disclosure
from viewer.access.relationship import Relationship
from viewer.clinical.patient import Person
from viewer.steps import Asked, Candidate, Looking, Opened, Tile


def find_asked(looking: Looking, query: ByNumber | ByTraits, asked: Sequence[Asked], at: datetime) -> AccessEvent:
    """Say that the trusts are about to be asked who this is."""
    return replace(_about_a_search(looking, query, at), event=Event.FIND_ASKED, **_asking(asked))


def find_shown(
    looking: Looking, query: ByNumber | ByTraits, people: Sequence[Candidate], tiles: Sequence[Tile], at: datetime
) -> list[AccessEvent]:
    """Say who is about to be listed: an event a person, refusals too, or one that says nobody was found."""
    search = replace(_about_a_search(looking, query, at), trusts=tuple(_at_trust(tile) for tile in tiles))
    if not people:
        return [replace(search, outcome="none found")]
    return [_listed(search, candidate) for candidate in people]


def _listed(search: AccessEvent, candidate: Candidate) -> AccessEvent:
    return replace(
        _about_person(search, candidate.person),
        event=Event.FIND_SHOWN if candidate.decision.allowed else Event.REFUSED,
        outcome="listed" if candidate.decision.allowed else "refused",
        **_deciding(candidate.decision),
    )


def opening(
    looking: Looking, person: Person, relationship: Relationship, decision: Decision, at: datetime
) -> AccessEvent:
    """Say that a patient is about to be opened for a purpose, or is refused."""
    return replace(
        _about_person(_about(looking, Event.PATIENT_OPENED if decision.allowed else Event.REFUSED, at), person),
        outcome="opened" if decision.allowed else "refused",
        **_stating(relationship),
        **_deciding(decision),
    )


def results_asked(looking: Looking, opened: Opened, asked: Sequence[Asked], at: datetime) -> AccessEvent:
    """Say which trusts are about to be asked for results, which are not, and why."""
    any_asked = any(one.kinds for one in asked)
    event = _about(looking, Event.RESULTS_ASKED if any_asked else Event.REFUSED, at)
    return replace(_about_person(event, opened.person), **_stating(opened.relationship), **_asking(asked))


def results_shown(
    looking: Looking,
    opened: Opened,
    tiles: Sequence[Tile],
    disclosure: Disclosure,
    new: tuple[str, ...],
    at: datetime,
    event: Event = Event.RESULTS_SHOWN,
) -> AccessEvent:
    """Say what is about to be shown: `new` are the reports not shown before in this look."""
    counts = {count.trust: count for count in disclosure.counts}
    return replace(
        _about_person(_about(looking, event, at), opened.person),
        **_stating(opened.relationship),
        trusts=tuple(
            replace(_at_trust(tile), laboratory=counts[name].laboratory, radiology=counts[name].radiology)
            if (name := tile.trust.name) in counts
            else _at_trust(tile)
            for tile in tiles
        ),
        reports=new,
        digest=disclosure.digest,
        agreements=disclosure.agreements,
        because="; ".join(disclosure.clauses),
        outcome="shown",
    )


def _about(looking: Looking, event: Event, at: datetime) -> AccessEvent:
    return AccessEvent(event, at, looking.who, looking.sign_in, view=looking.view, device=looking.device)


def _about_a_search(looking: Looking, query: ByNumber | ByTraits, at: datetime) -> AccessEvent:
    by_number = isinstance(query, ByNumber)
    return replace(
        _about(looking, Event.FIND_SHOWN, at),
        nhs_number=query.nhs_number if by_number else "",
        asked_for="NHS number" if by_number else _traits(query),
    )


def _traits(query: ByTraits) -> str:
    given = {"given name": query.given, "gender": query.gender, "postcode": query.postcode}
    return ", ".join(["surname", "date of birth", *(name for name, value in given.items() if value)])


def _about_person(event: AccessEvent, person: Person) -> AccessEvent:
    first = person.records[0]
    return replace(
        event,
        nhs_number=person.nhs_number.digits if person.nhs_number else "",
        patient=f"{first.name.family.upper()}, {' '.join(first.name.given)}, born {first.born or 'not known'}",
    )


def _stating(relationship: Relationship) -> dict[str, str]:
    return {"purpose": relationship.purpose, "claim": relationship.claim, "reason": relationship.reason}


def _deciding(decision: Decision) -> dict[str, object]:
    return {
        "because": decision.clause or decision.because,
        "agreements": (decision.agreement,) if decision.agreement else (),
    }


def _asking(asked: Sequence[Asked]) -> dict[str, object]:
    allowed = [one for one in asked if one.kinds]
    return {
        "outcome": "asked" if allowed else "refused",
        "because": "; ".join(dict.fromkeys(one.because for one in allowed or asked)),
        "agreements": tuple(dict.fromkeys(name for one in asked for name in one.agreements)),
        "trusts": tuple(AtTrust(one.trust.name, "asked" if one.kinds else "refused", one.because) for one in asked),
    }


def _at_trust(tile: Tile) -> AtTrust:
    return AtTrust(tile.trust.name, tile.outcome or tile.state, tile.reason)
