"""START HERE. The whole program is this sentence:

A signed-in clinician, an NHS number and a purpose → may we ask each trust? → LOG THE ASKING →
ask all of them at once → one Answer a trust, as each arrives → agree on the patient → normalise →
merge → lay out a Timeline with its Gaps → may this person see each Report? → a Disclosure →
LOG THE DISCLOSURE → the page.

Rule: nothing leaves this file before the log holds it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.answer import Answer, ByNumber, ByTraits, Kind, Question, Trust
from viewer import evidence
from viewer.access.access_event import AccessEvent
from viewer.access.decide import Decision, may_list, may_open
from viewer.access.relationship import FINDING, Relationship
from viewer.asking import Rules, decide_asking, results_questions, who_questions
from viewer.clinical.agree import read_patients
from viewer.clinical.patient import Patient, Person, group_into_persons
from viewer.clinical.timeline import Gap, Row
from viewer.look import Look, Seen, as_listed, who_strip
from viewer.steps import Candidate, Found, Looking, Opened, State, Step


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the journey needs of the world, made in app.py and handed in."""

    trusts: tuple[Trust, ...]  # in page order
    hospital_numbers: Mapping[str, str]  # trust name → its identifier system for patients
    rules: Callable[[], Rules]  # the agreements as they stand now
    ask: Callable[[Sequence[Question]], Iterator[tuple[Answer, ...]]]  # one Answer a Question, as they arrive
    append: Callable[..., tuple[int, ...]]  # to the log; returns when durable, or raises LogUnavailable
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


def results(
    parts: Parts, looking: Looking, opened: Opened, *, again: frozenset[str] = frozenset(), waits: bool = False
) -> Iterator[Step]:
    """Yield who is being asked, then the timeline as each trust answers, or once when `waits`; each is logged first.

    `again` names the trusts a person wants asked again, past kept answers and breakers.
    """
    asked = decide_asking(parts.rules(), looking, opened.relationship, parts.trusts, RESULT_KINDS)
    entry = _log(parts, evidence.results_asked(looking, opened, asked, parts.clock()))
    look = Look(looking, opened, asked, parts.rules(), parts.hospital_numbers)
    shown: frozenset[str] = frozenset()

    questions = results_questions(looking, asked, opened, again)
    yield _step(look.lay_out(parts.clock()), parts.clock(), entry)
    for arrived in parts.ask(questions):
        for answer in arrived:
            look.take(answer)
        if waits and look.waits_for(questions):
            continue
        seen = look.lay_out(parts.clock())
        if not seen.going_on.allowed:
            yield _refused_step(parts, looking, opened, seen)
            return
        disclosure = seen.disclosure()
        event = evidence.results_shown(looking, opened, seen.tiles, disclosure, shown, parts.clock())
        entry = _log(parts, event)
        shown = shown.union(disclosure.reports)
        yield _step(seen, parts.clock(), entry)


def one_report(parts: Parts, looking: Looking, opened: Opened, key: str) -> Row | Gap | None:
    """Return one report in full; a Gap when its trust did not answer; None when there is none that may be shown."""
    trusts = [trust for trust in parts.trusts if trust.name == key.partition("/")[0]]
    asked = decide_asking(parts.rules(), looking, opened.relationship, trusts, RESULT_KINDS)
    _log(parts, evidence.results_asked(looking, opened, asked, parts.clock()))
    look = Look(looking, opened, asked, parts.rules(), parts.hospital_numbers)

    for arrived in parts.ask(results_questions(looking, asked, opened)):
        for answer in arrived:
            look.take(answer)
    seen = look.lay_out(parts.clock())
    if not seen.going_on.allowed:
        _log(parts, evidence.look_ended(looking, opened, seen.going_on, parts.clock()))
        return None
    _log(parts, evidence.report_shown(looking, opened, seen.tiles, seen.disclosure(key), parts.clock()))
    row = next((row for row in seen.timeline.rows if row.key == key), None)
    return row or next(iter(seen.timeline.gaps), None)


def find(parts: Parts, looking: Looking, query: ByNumber | ByTraits) -> Found:
    """Ask every trust we may who this is, and return the people who fit; everyone listed is logged first."""
    asked = decide_asking(parts.rules(), looking, FINDING, parts.trusts, (Kind.DEMOGRAPHICS,))
    _log(parts, evidence.find_asked(looking, query, asked, parts.clock()))

    arrivals = parts.ask(who_questions(looking, asked, query))
    answers = {answer.trust.name: answer for arrived in arrivals for answer in arrived}
    people = [_may_be_listed(parts, looking, person) for person in group_into_persons(_patients(parts, answers))]
    tiles = who_strip(asked, answers, parts.hospital_numbers, parts.clock())

    parts.append(*evidence.find_shown(looking, query, people, tiles, parts.clock()))
    listed = tuple(candidate for candidate in people if candidate.decision.allowed)
    return Found(listed, as_listed(tiles, listed), parts.clock())


def open_patient(parts: Parts, looking: Looking, person: Person, relationship: Relationship) -> Opened | Decision:
    """Open one person for a stated purpose, or return the Decision that refuses it."""
    rules = parts.rules()
    decision = may_open(looking.who, person, relationship, rules.agreements, rules.today)
    _log(parts, evidence.opening(looking, person, relationship, decision, parts.clock()))
    if not decision.allowed:
        return decision
    return Opened(parts.new_id(), person, relationship, _ids_by_trust(person), parts.clock())


RESULT_KINDS = (Kind.LABORATORY, Kind.RADIOLOGY)


def _log(parts: Parts, event: AccessEvent) -> int:
    return parts.append(event)[-1]


def _step(seen: Seen, now: datetime, entry: int) -> Step:
    complete = all(tile.state is not State.WAITING for tile in seen.tiles)
    return Step(seen.timeline, seen.tiles, complete, now, entry)


def _refused_step(parts: Parts, looking: Looking, opened: Opened, seen: Seen) -> Step:
    entry = _log(parts, evidence.look_ended(looking, opened, seen.going_on, parts.clock()))
    return replace(_step(seen, parts.clock(), entry), refused=seen.going_on.because)


def _patients(parts: Parts, answers: Mapping[str, Answer]) -> list[Patient]:
    return [
        patient
        for trust in parts.trusts
        if trust.name in answers
        for patient in read_patients(answers[trust.name], parts.hospital_numbers[trust.name])[0]
    ]


def _may_be_listed(parts: Parts, looking: Looking, person: Person) -> Candidate:
    rules = parts.rules()
    return Candidate(person, may_list(looking.who, person, rules.agreements, rules.today))


def _ids_by_trust(person: Person) -> dict[str, tuple[str, ...]]:
    trusts = dict.fromkeys(record.trust.name for record in person.records)
    return {name: tuple(record.id for record in person.records if record.trust.name == name) for name in trusts}
