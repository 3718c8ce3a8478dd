"""Show once more who was listed or opened: decided anew by what holds now, and written down before it is on a page.

Rule: of a trust that may not be asked any more nothing is shown again, and a mark that was seen once is not forgotten.
"""

from collections.abc import Sequence
from dataclasses import replace

from connectors.answer import Kind
from viewer import evidence
from viewer.access.decide import Decision, may_ask, may_list, may_open
from viewer.access.glass import breaks_glass
from viewer.access.relationship import FINDING, Relationship, is_restricted
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.asking_pds import AskingPds
from viewer.clinical.patient import Person
from viewer.finding import place_may_be_shown
from viewer.parts import Parts
from viewer.steps import Candidate, Looking, Opened, number_of


def list_again(parts: Parts, looking: Looking, person: Person, *, restricted: bool = False) -> Candidate:
    """Decide whether a person who was listed may stand on a page again, and with which of their records."""
    pds, number = AskingPds(parts, looking), number_of(person)
    pds.ask([number])
    pds.wait()
    word, rules = pds.word_on(number), parts.rules()
    marked = restricted or is_restricted(person) or bool(word and word.restricted)
    shown = with_records_of_today(looking, person, rules)
    decision = may_list(looking.who, shown, rules, Standing(pds=with_mark(word, marked)))
    parts.log(rules, evidence.listed_again(looking, shown, decision, parts.clock(), restricted=marked))
    return Candidate(shown, decision, marked, place_may_be_shown(marked, word, rules))


def list_opened_again(parts: Parts, looking: Looking, opened: Sequence[Opened]) -> list[tuple[Opened, Person]]:
    """Return those of the patients opened who may be named again, and close the others.

    No trust is asked for it, nor PDS: what was last said of them holds until they are looked at.
    """
    rules, now = parts.rules(), parts.clock()
    decided = [(one, *_opened_again(parts, looking, one, rules)) for one in opened]
    for one, _, decision in decided:
        if not decision.allowed:
            parts.close(looking.sign_in, one.handle)
    if decided:
        parts.log(
            rules,
            *(
                evidence.listed_again(looking, shown, decision, now, restricted=one.restricted)
                for one, shown, decision in decided
            ),
        )
    return [(one, shown) for one, shown, decision in decided if decision.allowed]


def _opened_again(parts: Parts, looking: Looking, opened: Opened, rules: Rules) -> tuple[Person, Decision]:
    stated = opened.relationship if breaks_glass(opened.relationship) else FINDING
    shown, standing = (
        with_records_of_today(looking, opened.person, rules, stated),
        parts.standing(opened.person, opened.pds),
    )
    listed = may_list(looking.who, shown, rules, standing, stated)
    return shown, may_open(looking.who, shown, opened.relationship, rules, standing) if listed.allowed else listed


def with_records_of_today(looking: Looking, person: Person, rules: Rules, stated: Relationship = FINDING) -> Person:
    """Return this person with the records of trusts that may be asked who they are today; all of them if none may."""

    def may_be_asked(trust: str) -> bool:
        return may_ask(looking.who, stated, trust, Kind.DEMOGRAPHICS, rules).allowed

    records = tuple(record for record in person.records if may_be_asked(record.trust.name))
    doubts = tuple(doubt for doubt in person.doubts if may_be_asked(doubt.trust.name))
    return replace(person, records=records or person.records, doubts=doubts)


def with_mark(word: PdsWord | None, marked: bool) -> PdsWord | None:
    """Return what is known of a patient beside the trusts' records, with the mark that was seen on any of them."""
    return replace(word or PdsWord(""), restricted=True) if marked else word
