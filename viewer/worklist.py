"""Decide who of a practice's list may stand on its page, and write down who does.

Rule: a list proves nothing. That a patient is registered with the practice is proven anew each time, and whoever is
not, or is restricted by now, is not listed.
"""

from collections.abc import Sequence
from dataclasses import replace

from viewer import evidence
from viewer.access.relationship import FINDING
from viewer.asking_pds import AskingPds
from viewer.clinical.patient import Person
from viewer.finding import may_be_listed
from viewer.listing import with_records_of_today
from viewer.parts import Parts
from viewer.steps import Looking, Opened
from viewer.worklists import OnList


def list_worklist(parts: Parts, looking: Looking, kept: Sequence[OnList]) -> tuple[list[OnList], bool]:
    """Return those who may be listed, once the log says that they are; and whether PDS was silent on any."""
    rules, pds = parts.rules(), AskingPds(parts, looking)
    people = [with_records_of_today(looking, one.person, rules) for one in kept]
    decided = may_be_listed(parts, looking, people, (), pds, FINDING)
    at = parts.clock()
    if decided:
        listed = (
            evidence.listed_again(looking, one.person, one.decision, at, restricted=one.restricted) for one in decided
        )
        parts.log(parts.rules(), *(replace(event, asked_for=WORKLIST) for event in listed))
    silent = any(pds.silent_on(number) for number in _numbers(people))
    shown = [
        replace(one, person=candidate.person)
        for one, candidate in zip(kept, decided, strict=True)
        if candidate.decision.allowed
    ]
    return shown, silent


WORKLIST = "the practice’s worklist"
NOT_PUT = "not put on the worklist: it is full"


def _numbers(people: Sequence[Person]) -> list[str]:
    return [person.nhs_number.digits for person in people if person.nhs_number]


def write_change(parts: Parts, looking: Looking, opened: Opened, what: str) -> None:
    """Write down that an opened patient was put on the list, or taken off it."""
    event = evidence.shown_again(looking, opened, parts.clock())
    parts.log(parts.rules(), replace(event, outcome=what, asked_for=WORKLIST))


def write_removal(parts: Parts, looking: Looking, person: Person) -> None:
    """Write down that a patient is taken off the list, whether or not they may be opened."""
    (candidate,) = may_be_listed(parts, looking, [person], (), AskingPds(parts, looking), FINDING)
    event = evidence.listed_again(looking, person, candidate.decision, parts.clock(), restricted=candidate.restricted)
    parts.log(parts.rules(), replace(event, outcome="taken off the worklist", asked_for=WORKLIST))
