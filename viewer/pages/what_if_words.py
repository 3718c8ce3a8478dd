"""Put into English what other agreements would have changed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from connectors.answer import Trust
from viewer.audit.what_if import Change, Comparison, Effect
from viewer.pages import words
from viewer.pages.ledger_search_words import KINDS, ROLES
from viewer.pages.ledger_words import claim, number, purpose, title, when

CHANGES: Mapping[str, str] = {
    Change.LOST: "✕ Would be refused",
    Change.WON: "✓ Would be allowed",
    Change.STILL_SHOWN: "Allowed, as then",
    Change.STILL_REFUSED: "Refused, as then",
}

Group = tuple[str, Counter[Change]]


def verdict(found: Comparison) -> str:
    """Say in a sentence what would have gone otherwise."""
    if not found.looks:
        return "The log holds no look in this time that you may see."
    lost, won, looks = found.total[Change.LOST], found.total[Change.WON], number(found.looks)
    if not lost and not won:
        return f"Nothing would have gone otherwise in {looks} {words.plural(found.looks, 'look')}."
    return (
        f"{number(found.looks_changed)} of {looks} {words.plural(found.looks, 'look')} would have gone otherwise. "
        f"Counted once for each trust and kind of result in a look, {number(lost)} would be refused that "
        f"{_was(lost)} allowed, and {number(won)} would be allowed that {_was(won)} refused. "
        f"{number(found.reports_lost)} {words.plural(found.reports_lost, 'report')} shown then would not have been; "
        "a report counts once in each look that showed it."
    )


UNITS = (
    "Each number counts a trust and a kind of result in one look: a look at three trusts for both kinds counts six "
    "times. Where nothing would go otherwise there is no row."
)


def _was(count: int) -> str:
    return words.plural(count, "was", "were")


def doubts(found: Comparison) -> list[str]:
    """Say where the replay is weaker than it looks."""
    said = {
        "the log and the agreements as they are now do not agree; the log was followed": found.differs,
        "refused for a reason that no agreement decides; they stay refused": found.other_reasons,
        "in words that this version does not know; left out": found.not_read,
    }
    return [f"{number(count)} {words.plural(count, 'look')}: {why}." for why, count in said.items() if count]


def groups(found: Comparison, trusts: Sequence[Trust]) -> dict[str, list[Group]]:
    """Return the counts by trust, role and rule, where something would go otherwise."""
    by: dict[str, Callable[[Effect], str]] = {
        "Trust whose results": lambda one: title(one.trust, trusts),
        "Role": role,
        "Organisation of who looked": lambda one: one.organisation,
        "Clause, or why not": lambda one: one.rule,
    }
    return {
        name: [one for one in found.counts(say).items() if one[1][Change.LOST] or one[1][Change.WON]]
        for name, say in by.items()
    }


def role(effect: Effect) -> str:
    """Say the role."""
    return ROLES.get(effect.role, effect.role)


TABLE: Mapping[str, Callable[[Effect, Sequence[Trust]], str]] = {
    "entry": lambda one, _: str(one.entry),
    "when": lambda one, _: when(one.at),
    "who": lambda one, _: one.user,
    "role": lambda one, _: role(one),
    "organisation": lambda one, _: one.organisation,
    "purpose": lambda one, _: purpose(one.purpose),
    "relationship": lambda one, _: claim(one.claim),
    "trust": lambda one, trusts: title(one.trust, trusts),
    "kind": lambda one, _: KINDS.get(one.kind, one.kind),
    "reports shown then": lambda one, _: str(one.shown),
    "change": lambda one, _: one.change.value,
    "clause, or why not": lambda one, _: one.rule,
}
