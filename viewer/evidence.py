"""Write down each step of the journey as an AccessEvent, in the words the log keeps.

Rule: asked, shown and refused are written in the same detail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.answer import ByNumber, ByTraits, Outcome
from viewer.access.access_event import About, AccessEvent, AtTrust, Event
from viewer.access.decide import Decision
from viewer.access.disclosure import Count, Disclosure
from viewer.access.relationship import FINDING, Relationship, is_restricted
from viewer.access.wording import in_words
from viewer.clinical.patient import Person
from viewer.steps import Asked, Candidate, Looking, Opened, Tile, number_of

LONDON = ZoneInfo("Europe/London")


def find_asked(
    looking: Looking, query: ByNumber | ByTraits, stated: Relationship, asked: Sequence[Asked], at: datetime
) -> AccessEvent:
    """Say that the trusts are about to be asked who this is."""
    return _with_asking(_about_a_search(looking, Event.FIND_ASKED, query, stated, at), asked)


def find_shown(
    looking: Looking,
    query: ByNumber | ByTraits,
    stated: Relationship,
    people: Sequence[Candidate],
    tiles: Sequence[Tile],
    at: datetime,
) -> list[AccessEvent]:
    """Say who is about to be listed: an event a person, refusals too, or one that says nobody was found.

    `tiles` are what the trusts said, not what the page says of it: the page tells nobody where a refused person is
    known, and the log does.
    """
    search = _about_a_search(looking, Event.FIND_SHOWN, query, stated, at)
    if not people:
        return [replace(search, outcome="none found", trusts=tuple(_at_trust(tile) for tile in tiles))]
    return [
        _with_decision(
            replace(_about_person(search, one.person, one.restricted), trusts=_who_know(one.person, tiles)),
            one.decision,
            "listed",
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


def attendance_asked(
    looking: Looking, person: Person, relationship: Relationship, asked: Asked, at: datetime
) -> AccessEvent:
    """Say that the clinician's own trust is about to be asked whether the patient is there now."""
    event = _about_person(_about(looking, Event.FIND_ASKED, at), person)
    return replace(_with_asking(_with_relationship(event, relationship), (asked,)), asked_for="an encounter")


def opening(
    looking: Looking,
    person: Person,
    relationship: Relationship,
    decision: Decision,
    at: datetime,
    *,
    restricted: bool = False,
) -> AccessEvent:
    """Say that a patient is about to be opened for a purpose, or is refused."""
    event = _about_person(_about(looking, Event.PATIENT_OPENED, at), person, restricted)
    return _with_decision(_with_relationship(event, relationship), decision, "opened")


def glass_broken(
    looking: Looking,
    person: Person,
    relationship: Relationship,
    decision: Decision,
    at: datetime,
    *,
    restricted: bool = False,
) -> AccessEvent:
    """Say that the glass is about to be broken for this patient, and until when; or that it is refused."""
    event = _about_person(_about(looking, Event.GLASS_BROKEN, at), person, restricted)
    said = _with_decision(_with_relationship(event, relationship), decision, "opened")
    return replace(said, because="; ".join(filter(None, (said.because, _until(relationship)))))


def _until(relationship: Relationship) -> str:
    """Return "until 02:06 on 22 November 2026", as it is in London."""
    if relationship.until is None:
        return ""
    closes = relationship.until.astimezone(LONDON)
    return f"until {closes:%H:%M} on {in_words(closes.date())}"


def glass_refused(
    looking: Looking, query: ByNumber | ByTraits, stated: Relationship, decision: Decision, at: datetime
) -> AccessEvent:
    """Say that the glass was not broken: before anybody was sought, so that only what was searched by is known."""
    return _with_decision(_about_a_search(looking, Event.REFUSED, query, stated, at), decision, "refused")


def department_asked(looking: Looking, asked: Asked, at: datetime) -> AccessEvent:
    """Say that the clinician's own trust is about to be asked who is in its emergency department."""
    return replace(_with_asking(_about(looking, Event.FIND_ASKED, at), (asked,)), asked_for=DEPARTMENT)


def department_shown(looking: Looking, people: Sequence[Candidate], tile: Tile, at: datetime) -> list[AccessEvent]:
    """Say who in the department is about to be listed: an event a person, refusals too, or one that says nobody."""
    listing = replace(_about(looking, Event.FIND_SHOWN, at), asked_for=DEPARTMENT, trusts=(_at_trust(tile),))
    if not people:
        return [replace(listing, outcome="none found")]
    return [
        _with_decision(_about_person(listing, one.person, one.restricted), one.decision, "listed") for one in people
    ]


DEPARTMENT = "who is in the emergency department"


def listed_again(
    looking: Looking, person: Person, decision: Decision, at: datetime, *, restricted: bool = False
) -> AccessEvent:
    """Say that who somebody is, whom the trusts named, is about to stand on a page again; or that it is refused."""
    return _with_decision(
        _about_person(_about(looking, Event.FIND_SHOWN, at), person, restricted), decision, "listed again"
    )


def shown_again(looking: Looking, opened: Opened, at: datetime) -> AccessEvent:
    """Say that who an opened patient is stands on a page again."""
    return replace(_looked(looking, Event.PATIENT_OPENED, opened, at), outcome="shown again")


def printed_by_browser(looking: Looking, opened: Opened, at: datetime) -> AccessEvent:
    """Say that a browser has told of printing what it shows: what that is was logged when it was shown."""
    return replace(_looked(looking, Event.PRINTED, opened, at), outcome="printed by the browser")


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
    *,
    printing: bool = False,
    leaves_as: str = "",
) -> AccessEvent:
    """Say what is about to be shown, printed or copied, and of its reports name those not shown `before` in this look.

    `leaves_as` says in what form chosen results leave the viewer, "as text"; on paper when it is `printing` as well.
    """
    event = Event.PRINTED if printing else Event.COPIED if leaves_as else Event.RESULTS_SHOWN
    shown = _with_disclosure(_looked(looking, event, opened, at), tiles, disclosure, before)
    return replace(shown, asked_for=leaves_as)


def report_shown(
    looking: Looking, opened: Opened, tiles: Sequence[Tile], disclosure: Disclosure, at: datetime
) -> AccessEvent:
    """Say that one report is about to be shown whole, or that there is none to show."""
    event = _with_disclosure(_looked(looking, Event.REPORT_SHOWN, opened, at), tiles, disclosure, frozenset())
    return event if disclosure.reports else replace(event, outcome="none found")


def look_ended(looking: Looking, opened: Opened, decision: Decision, at: datetime) -> AccessEvent:
    """Say that a look was refused after it had begun: of what was then said, recorded, ended or changed."""
    return _with_decision(_looked(looking, Event.REFUSED, opened, at), decision, "refused")


def _about(looking: Looking, event: Event, at: datetime) -> AccessEvent:
    return AccessEvent(event, at, looking.who, looking.sign_in, view=looking.view, device=looking.device)


def _looked(looking: Looking, event: Event, opened: Opened, at: datetime) -> AccessEvent:
    event_ = _about_person(_about(looking, event, at), opened.person, opened.restricted)
    return _with_relationship(event_, opened.relationship)


def _about_a_search(
    looking: Looking, event: Event, query: ByNumber | ByTraits, stated: Relationship, at: datetime
) -> AccessEvent:
    begun = _about(looking, event, at)
    if stated != FINDING:
        begun = _with_relationship(begun, stated)
    match query:
        case ByNumber(nhs_number):
            return replace(begun, nhs_number=nhs_number, asked_for="NHS number")
        case ByTraits():
            others = {"given name": query.given, "gender": query.gender, "postcode": query.postcode}
            named = ["surname", "date of birth", *(name for name, value in others.items() if value)]
            return replace(begun, asked_for=", ".join(named))


def _about_person(event: AccessEvent, person: Person, restricted: bool = False) -> AccessEvent:
    first = person.records[0]
    return replace(
        event,
        nhs_number=number_of(person),
        patient=f"{first.name.family.upper()}, {' '.join(first.name.given)}, born {first.born or 'not known'}",
        about=about(person, restricted),
    )


def about(person: Person, restricted: bool = False) -> About:
    """Return what the rules that look for snooping may know of a patient: of a restricted one no place."""
    first = person.records[0]
    known = About(family=first.name.family, born=first.born, died=_any(record.died for record in person.records))
    if restricted or is_restricted(person):
        return replace(known, restricted=True)
    return replace(
        known,
        postcode=_any(record.postcode for record in person.records),
        address=_any(line for record in person.records for line in record.address[:1]),
        practice=_any(record.practice for record in person.records),
    )


def _any(sent: Iterable[str]) -> str:
    return next(filter(None, sent), "")


def _with_relationship(event: AccessEvent, stated: Relationship) -> AccessEvent:
    return replace(event, purpose=stated.purpose, claim=stated.claim, reason=stated.reason, proof=stated.proof)


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
