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
from viewer.access.decide import RESULT_KINDS, Decision, may_list, may_open
from viewer.access.relationship import FINDING, Relationship
from viewer.access.rules import Rules
from viewer.access.standing import Standing
from viewer.asking import decide_asking, results_questions, who_questions
from viewer.clinical.agree import marked_restricted, read_patients
from viewer.clinical.patient import Patient, Person, group_into_persons
from viewer.clinical.timeline import Gap, Row
from viewer.look import Look, Seen, as_listed, who_strip, without_hidden_doubts
from viewer.steps import Candidate, Found, Looking, Opened, State, Step


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the journey needs of the world, made in app.py and handed in."""

    trusts: tuple[Trust, ...]  # in page order
    hospital_numbers: Mapping[str, str]  # trust name → its identifier system for patients
    rules: Callable[[], Rules]  # the agreements as they stand now
    ask: Callable[[Sequence[Question]], Iterator[tuple[Answer, ...]]]  # one Answer a Question, as they arrive
    append: Callable[..., tuple[int, ...]]  # to the log; returns when durable, or raises LogUnavailable
    close: Callable[[str, str], None]  # a sign-in's opened patient, by its handle
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


def results(
    parts: Parts, looking: Looking, opened: Opened, *, again: frozenset[str] = frozenset(), waits: bool = False
) -> Iterator[Step]:
    """Yield who is being asked, then the timeline as each trust answers, or once when `waits`; each is logged first.

    `again` names the trusts a person wants asked again, past kept answers and breakers.
    """
    look, entry = _begin(parts, looking, opened)
    questions = results_questions(looking, look.asked, opened, again)
    yield _step(look.lay_out(parts.clock()), parts.clock(), entry)

    shown: frozenset[str] = frozenset()
    for arrived in parts.ask(questions):
        for answer in arrived:
            look.take(answer)
        if waits and look.waits_for(questions):
            continue
        seen = look.lay_out(parts.clock())
        if not seen.going_on.allowed:
            entry = _end(parts, looking, opened, seen)
            yield replace(_step(seen, parts.clock(), entry), refused=seen.going_on.because)
            return
        disclosure = seen.disclosure(*seen.timeline.rows)
        event = evidence.results_shown(looking, opened, seen.tiles, disclosure, shown, parts.clock())
        entry = _log(parts, event)
        shown = shown.union(disclosure.reports)
        yield _step(seen, parts.clock(), entry)


def one_report(parts: Parts, looking: Looking, opened: Opened, key: str) -> Row | Gap | Decision | None:
    """Return the row of one report: a Gap when its trust did not answer, a refusal, or None when there is none.

    All trusts are asked, as for the timeline (most answers are still kept): another trust may hold
    a copy, a correction, or the word that forbids it.
    """
    look, _ = _begin(parts, looking, opened)
    for arrived in parts.ask(results_questions(looking, look.asked, opened)):
        for answer in arrived:
            look.take(answer)
    seen = look.lay_out(parts.clock())
    if not seen.going_on.allowed:
        _end(parts, looking, opened, seen)
        return seen.going_on
    row = seen.row_of(key)
    disclosure = seen.disclosure(row) if row else seen.disclosure()
    _log(parts, evidence.report_shown(looking, opened, seen.tiles, disclosure, parts.clock()))
    return row or seen.gap_of(key.partition("/")[0])


def find(parts: Parts, looking: Looking, query: ByNumber | ByTraits) -> Found:
    """Ask every trust we may who this is, and return the people who fit; everyone listed is logged first."""
    asked = decide_asking(parts.rules(), looking, FINDING, parts.trusts, (Kind.DEMOGRAPHICS,))
    _log(parts, evidence.find_asked(looking, query, asked, parts.clock()))

    arrivals = parts.ask(who_questions(looking, asked, query))
    answers = {answer.trust.name: answer for arrived in arrivals for answer in arrived}
    patients, marked = _read(parts, query, answers)
    people = [_may_be_listed(parts, looking, person, marked) for person in group_into_persons(patients)]
    listed = without_hidden_doubts([candidate for candidate in people if candidate.decision.allowed])
    tiles = as_listed(who_strip(asked, answers, parts.hospital_numbers, parts.clock()), listed)

    parts.append(*evidence.find_shown(looking, query, people, tiles, parts.clock()))
    return Found(listed, tiles, parts.clock())


def open_patient(parts: Parts, looking: Looking, person: Person, relationship: Relationship) -> Opened | Decision:
    """Open one person for a stated purpose, or return the Decision that refuses it."""
    rules = parts.rules()
    decision = may_open(looking.who, person, relationship, rules, Standing())
    _log(parts, evidence.opening(looking, person, relationship, decision, parts.clock()))
    if not decision.allowed:
        return decision
    return Opened(parts.new_id(), person, relationship, _ids_by_trust(person), parts.clock())


def _log(parts: Parts, event: AccessEvent) -> int:
    return parts.append(event)[-1]


def _step(seen: Seen, now: datetime, entry: int) -> Step:
    complete = all(tile.state is not State.WAITING for tile in seen.tiles)
    oldest = min((tile.at for tile in seen.tiles if tile.at), default=now)  # an answer may have been kept a minute
    return Step(seen.timeline, seen.tiles, complete, oldest, entry)


def _begin(parts: Parts, looking: Looking, opened: Opened) -> tuple[Look, int]:
    """Decide what each trust may be asked, and write it down, before anything is asked."""
    rules = parts.rules()
    asked = decide_asking(rules, looking, opened.relationship, parts.trusts, RESULT_KINDS)
    entry = _log(parts, evidence.results_asked(looking, opened, asked, parts.clock()))
    return Look(looking, opened, asked, rules, parts.hospital_numbers), entry


def _end(parts: Parts, looking: Looking, opened: Opened, seen: Seen) -> int:
    """Write the refusal down, and close the patient: what was opened opens nothing any more."""
    entry = _log(parts, evidence.look_ended(looking, opened, seen.going_on, parts.clock()))
    parts.close(looking.sign_in, opened.handle)
    return entry


def _read(
    parts: Parts, query: ByNumber | ByTraits, answers: Mapping[str, Answer]
) -> tuple[list[Patient], tuple[Patient, ...]]:
    """Return the records that fit; and those with this number that cannot be read, but are marked as restricted."""
    read = [
        read_patients(answers[trust.name], parts.hospital_numbers[trust.name])
        for trust in parts.trusts
        if trust.name in answers
    ]
    unreadable = [one for _, unread in read for one in unread] if isinstance(query, ByNumber) else []
    return [patient for patients, _ in read for patient in patients], marked_restricted(unreadable)


def _may_be_listed(parts: Parts, looking: Looking, person: Person, marked: tuple[Patient, ...]) -> Candidate:
    rules = parts.rules()
    known = replace(person, records=(*person.records, *marked))
    return Candidate(person, may_list(looking.who, known, rules, Standing()))


def _ids_by_trust(person: Person) -> dict[str, tuple[str, ...]]:
    trusts = dict.fromkeys(record.trust.name for record in person.records)
    return {name: tuple(record.id for record in person.records if record.trust.name == name) for name in trusts}
