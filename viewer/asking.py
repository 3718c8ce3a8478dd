"""May we ask each trust? Then, what exactly do we ask it?

Rule: a trust for which no agreement in force says yes is never asked.
"""

from collections.abc import Mapping, Sequence

from connectors.answer import ByNumber, ByTraits, Kind, Question, Results, Trust
from viewer.access.decide import may_ask
from viewer.access.relationship import Relationship
from viewer.access.rules import Rules
from viewer.steps import Asked, Looking, Opened, number_of


def decide_asking(
    rules: Rules, looking: Looking, relationship: Relationship, trusts: Sequence[Trust], kinds: Sequence[Kind]
) -> tuple[Asked, ...]:
    """Decide, trust by trust and kind by kind, what each may be asked for."""
    return tuple(_decide_one(rules, looking, relationship, trust, kinds) for trust in trusts)


def _decide_one(
    rules: Rules, looking: Looking, relationship: Relationship, trust: Trust, kinds: Sequence[Kind]
) -> Asked:
    decisions = {kind: may_ask(looking.who, relationship, trust.name, kind, rules) for kind in kinds}
    yes = {kind: decision for kind, decision in decisions.items() if decision.allowed}
    reasons = (yes or decisions).values()
    return Asked(
        trust,
        frozenset(yes),
        "; ".join(dict.fromkeys(decision.clause or decision.because for decision in reasons)),
        tuple(dict.fromkeys(decision.agreement for decision in yes.values())),
    )


def who_questions(looking: Looking, asked: Sequence[Asked], query: ByNumber | ByTraits) -> list[Question]:
    """Ask every trust we may: who is this?"""
    return [Question(one.trust, query, looking.sign_in) for one in asked if one.kinds]


def results_questions(
    looking: Looking, asked: Sequence[Asked], opened: Opened, again: frozenset[str] = frozenset()
) -> list[Question]:
    """Ask every trust we may for the kinds we may; those in `again` past kept answers and breakers."""
    number = number_of(opened.person)
    return [
        Question(one.trust, _results(one, number, opened.patient_ids), looking.sign_in, one.trust.name in again)
        for one in asked
        if one.kinds
    ]


def _results(one: Asked, number: str, patient_ids: Mapping[str, tuple[str, ...]]) -> Results:
    return Results(number, one.kinds, patient_ids.get(one.trust.name, ()))
