"""Who was found: the records that fit, who may be listed, the strip of trusts, and what is said of whom.

Rule: of anybody who is not listed nothing is said, not even where they are known.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.answer import GAPS, Answer, ByNumber, ByTraits, Outcome
from viewer.access.decide import may_list
from viewer.access.relationship import Relationship
from viewer.access.relationship import is_restricted as any_restricted
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.asking_pds import AskingPds
from viewer.clinical.agree import marked_restricted, read_patients
from viewer.clinical.patient import Disagreement, Patient, Person, is_restricted
from viewer.parts import Parts
from viewer.steps import Asked, Candidate, Looking, State, Tile, number_of


def records_that_fit(
    query: ByNumber | ByTraits, answers: Iterable[Answer], hospital_numbers: Mapping[str, str]
) -> tuple[list[Patient], tuple[Patient, ...]]:
    """Return the records that fit; and those with this number that cannot be read, but are marked as restricted."""
    read = [read_patients(answer, hospital_numbers[answer.trust.name]) for answer in answers]
    unreadable = [one for _, unread in read for one in unread] if isinstance(query, ByNumber) else []
    return [patient for patients, _ in read for patient in patients], marked_restricted(unreadable)


def may_be_listed(
    parts: Parts,
    looking: Looking,
    people: Sequence[Person],
    marked: tuple[Patient, ...],
    pds: AskingPds,
    relationship: Relationship,
) -> list[Candidate]:
    """Decide on each person. PDS has been asked about the number sought; about others it is asked now, all at once."""
    known = [replace(person, records=(*person.records, *marked)) for person in people]
    pds.ask([number_of(one) for one in known if not any_restricted(one)])
    pds.wait()  # for the word on a number that was sought, whoever has it or nobody
    rules = parts.rules()
    return [_candidate(looking, *one, pds, rules, relationship) for one in zip(people, known, strict=True)]


def _candidate(
    looking: Looking, person: Person, known: Person, pds: AskingPds, rules: Rules, relationship: Relationship
) -> Candidate:
    word = pds.word_on(number_of(person))
    restricted = any_restricted(known) or bool(word and word.restricted)
    decision = may_list(looking.who, known, rules, Standing(pds=word), relationship)
    return Candidate(person, decision, restricted, place_may_be_shown(restricted, word, rules))


def take_as_long_as_pds(parts: Parts, began: datetime) -> None:
    """Wait as long as PDS may take: how long a search by traits that lists nobody took tells nobody why."""
    left = parts.pds_lasts - (parts.clock() - began)
    if left > timedelta(0):
        parts.pause(left)


def place_may_be_shown(restricted: bool, word: PdsWord | None, rules: Rules) -> bool:
    """May a page say where this person lives and who their GP is? With PDS, not before it has said its word."""
    return not restricted and (word is not None or not rules.pds)


def who_strip(
    asked: Sequence[Asked],
    answers: Mapping[str, Answer],
    hospital_numbers: Mapping[str, str],
    now: datetime,
    *,
    hides: bool = False,
) -> tuple[Tile, ...]:
    """Return the strip for a search: how many records each trust holds that fit, and what is missing.

    With `hides` a record that cannot be read, and is marked as restricted, is like one that can: it is not spoken of.
    """
    return tuple(_who_tile(one, answers.get(one.trust.name), hospital_numbers, now, hides=hides) for one in asked)


def _who_tile(
    one: Asked, answer: Answer | None, hospital_numbers: Mapping[str, str], now: datetime, *, hides: bool
) -> Tile:
    if answer is None:
        return Tile(one.trust, State.NOT_AGREED, outcome=Outcome.NOT_AGREED, reason=one.because, at=now)
    records, unreadable = read_patients(answer, hospital_numbers[one.trust.name])
    hidden = [one for one in unreadable if hides and is_restricted(one)]
    unreadable = [one for one in unreadable if one not in hidden]
    missing = answer.outcome in GAPS or bool(unreadable)
    state = State.GAP if missing else State.ANSWERED if records or hidden else State.NONE
    reason = answer.reason or ("; ".join(dict.fromkeys(one.problem for one in unreadable)))
    outcome = Outcome.PARTIAL if unreadable and answer.outcome is Outcome.ANSWERED else answer.outcome
    return Tile(
        one.trust, state, len(records), outcome, reason, answer.asked_at + answer.took, answer.took, answer.kept
    )


def without_hidden_doubts(people: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Leave out of what is said of each listed person any doubt about a record that is not listed."""
    known = {record.trust.name for candidate in people for record in candidate.person.records}
    return tuple(
        replace(candidate, person=replace(candidate.person, doubts=_of(candidate.person.doubts, known)))
        for candidate in people
    )


def _of(doubts: Sequence[Disagreement], trusts: set[str]) -> tuple[Disagreement, ...]:
    return tuple(doubt for doubt in doubts if doubt.trust.name in trusts)


def as_listed(tiles: Sequence[Tile], people: Sequence[Candidate]) -> tuple[Tile, ...]:
    """Count only the records of people who are listed: where anybody else is known is told to nobody."""
    counts = Counter(record.trust.name for candidate in people for record in candidate.person.records)
    return tuple(_as_listed(tile, counts[tile.trust.name]) for tile in tiles)


def _as_listed(tile: Tile, count: int) -> Tile:
    if tile.state is State.ANSWERED and not count:
        return replace(tile, state=State.NONE, count=0, outcome=Outcome.NOT_KNOWN)
    return replace(tile, count=count)
