"""Decide who of a practice's list may stand on its page, find anew who is opened from it, and write all of it down.

Rule: a list proves nothing. That a patient is registered with the practice is proven anew each time. Whoever may not
be listed is on no page and in no count; whom PDS or a trust's mark has taken from the practice is kept no longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.answer import ByNumber
from viewer import evidence
from viewer.access.relationship import FINDING
from viewer.asking_pds import AskingPds
from viewer.clinical.patient import Person, disagreement
from viewer.finding import may_be_listed
from viewer.journey import find
from viewer.listing import with_records_of_today
from viewer.parts import Parts
from viewer.steps import Candidate, Looking, Opened, number_of
from viewer.ticks import ticks
from viewer.worklists import OnList

WORKLIST = "the practice’s worklist"
NOT_PUT = "not put on the worklist: it is full"
TAKEN_OFF = "taken off the worklist"
LEFT = "left the worklist: they may not be listed for the practice any more"


@dataclass(frozen=True, slots=True)
class Standing:
    """Who of a list may be listed now, who is to be kept no longer, and whether PDS was silent on any."""

    shown: tuple[OnList, ...]
    gone: tuple[Person, ...]
    silent: bool


def list_worklist(parts: Parts, looking: Looking, kept: Sequence[OnList]) -> Standing:
    """Decide on everybody of the list, once, and write down who is listed, who is not, and who leaves it."""
    rules, pds = parts.rules(), AskingPds(parts, looking)
    people = [with_records_of_today(looking, one.person, rules) for one in kept]
    decided = may_be_listed(parts, looking, people, (), pds, FINDING)
    gone = [one for one in decided if _is_gone(one, pds, looking)]
    _write(parts, looking, decided, gone)
    shown = (replace(one, person=of.person) for one, of in zip(kept, decided, strict=True) if of.decision.allowed)
    silent = any(pds.silent_on(number_of(person)) for person in people)
    return Standing(tuple(shown), tuple(one.person for one in gone), silent)


def _is_gone(one: Candidate, pds: AskingPds, looking: Looking) -> bool:
    """Say whether somebody is surely the practice's no more: marked, or PDS says so. Its silence says nothing."""
    word = pds.word_on(number_of(one.person))
    elsewhere = word is not None and word.practice != looking.who.organisation.ods
    return not one.decision.allowed and (one.restricted or elsewhere)


def _write(parts: Parts, looking: Looking, decided: Sequence[Candidate], gone: Sequence[Candidate]) -> None:
    at = parts.clock()
    events = [
        evidence.listed_again(looking, one.person, one.decision, at, restricted=one.restricted)
        for one in (*decided, *gone)
    ]
    left = [replace(event, outcome=LEFT) for event in events[len(decided) :]]
    if events:
        told = (replace(event, asked_for=WORKLIST) for event in (*events[: len(decided)], *left))
        parts.log(parts.rules(), *told)


def may_be_offered(parts: Parts, looking: Looking, opened: Sequence[Opened]) -> list[Opened]:
    """Return those of the patients opened who may be put on the list: by what PDS says now, as for those on it.

    Nobody asked for the others, and nothing is said of them: that is no refusal to be written down.
    """
    decided = may_be_listed(parts, looking, [one.person for one in opened], (), AskingPds(parts, looking), FINDING)
    return [one for one, of in zip(opened, decided, strict=True) if of.decision.allowed]


def find_again(parts: Parts, looking: Looking, kept: Person) -> tuple[Person, bool]:
    """Search anew for somebody of the list; return them as they are known now, and whether a mark was met.

    When nobody is found who agrees, which trusts that were silent may have caused, it is whom the list names.
    """
    wait = ticks(parts)
    found = find(parts, looking, ByNumber(number_of(kept)))
    wait()
    known = kept.records[0]
    same = [one.person for one in found.people if not any(disagreement(record, known) for record in one.person.records)]
    return (same[0], False) if len(same) == 1 else (kept, bool(found.hidden))


def write_change(parts: Parts, looking: Looking, opened: Opened, what: str) -> None:
    """Write down that an opened patient was put on the list, or taken off it."""
    event = evidence.shown_again(looking, opened, parts.clock())
    parts.log(parts.rules(), replace(event, outcome=what, asked_for=WORKLIST))


def write_removal(parts: Parts, looking: Looking, person: Person, what: str = TAKEN_OFF) -> None:
    """Write down that a patient leaves the list, whether or not they may be opened."""
    (candidate,) = may_be_listed(parts, looking, [person], (), AskingPds(parts, looking), FINDING)
    event = evidence.listed_again(looking, person, candidate.decision, parts.clock(), restricted=candidate.restricted)
    parts.log(parts.rules(), replace(event, outcome=what, asked_for=WORKLIST))
