"""What changes from one agreement to another, or from one version of a trust's own file to the next, in plain words.

Rule: everything a decision goes by is compared; what is not listed is the same in both.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from connectors.answer import Kind
from viewer.access.agreement import Agreement, Clause, Narrowing, NeverShared
from viewer.access.wording import CLAIMS, KINDS, PURPOSES, ROLES, in_words

T = TypeVar("T")


class Turn(StrEnum):
    """What happened to one thing an agreement says."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said differently: what it is about, and its words before and after ("" where it was not)."""

    about: str  # "Clause 3.1, kinds of result"
    before: str
    after: str

    @property
    def turn(self) -> Turn:
        """Say whether it was added, removed or changed."""
        if not self.before:
            return Turn.ADDED
        return Turn.CHANGED if self.after else Turn.REMOVED


def changes_between(before: Agreement, after: Agreement) -> tuple[Change, ...]:
    """Return everything that the second says differently from the first, in the order an agreement says it."""
    shorts = {agreement.name: agreement.short for agreement in (before, after)}
    titles = {party.name: party.title for agreement in (before, after) for party in agreement.parties}
    return tuple(
        change
        for changes in (
            _differing(_head(before, shorts), _head(after, shorts)),
            _members("Party", _titles(before), _titles(after)),
            _members("GP practice", dict.fromkeys(before.practices), dict.fromkeys(after.practices)),
            _each(_clauses(before), _clauses(after), "Clause", clause_in_words),
            _each(
                _classes(before.never_shared, titles),
                _classes(after.never_shared, titles),
                "Never shared:",
                _class_in_words,
            ),
        )
        for change in changes
    )


def signature_changes(before: Agreement, after: Agreement) -> tuple[Change, ...]:
    """Return whose signatures came, went or changed."""
    return tuple(_differing(_signatures(before), _signatures(after)))


def narrowing_changes(before: Narrowing, after: Narrowing) -> tuple[Change, ...]:
    """Return what a trust now withholds that it did not, and the other way round."""
    return (
        *_differing(_own_file(before), _own_file(after)),
        *_each(_classes(before.never_shared), _classes(after.never_shared), "Never shared:", _class_in_words),
    )


def in_a_line(changes: Iterable[Change]) -> str:
    """Return the changes as one line, for the log: "Shares changed: laboratory results → nothing"."""
    return "; ".join(_in_a_line(change) for change in changes)


def _in_a_line(change: Change) -> str:
    match change.turn:
        case Turn.ADDED:
            return f"{change.about} added: {change.after}"
        case Turn.REMOVED:
            return f"{change.about} removed: {change.before}"
        case Turn.CHANGED:
            return f"{change.about} changed: {change.before} → {change.after}"


# ── What is compared ─────────────────────────────────────────────────────────────────────────────


def _head(agreement: Agreement, shorts: Mapping[str, str]) -> dict[str, str]:
    revoked = agreement.revoked
    return {
        "Title": agreement.title,
        "Short name": agreement.short,
        "First day": in_words(agreement.starts),
        "Last day": in_words(agreement.ends),
        "Review by": _day(agreement.review),
        "Takes the place of": ", ".join(sorted(shorts.get(name, name) for name in agreement.supersedes)),
        "Revoked": f"from {in_words(revoked.on)}: {revoked.because}" if revoked else "",
        "Cannot be read": agreement.unreadable,
    }


def _titles(agreement: Agreement) -> dict[str, None]:
    return {party.title: None for party in agreement.parties}


def _clauses(agreement: Agreement) -> dict[str, Clause]:
    return {clause.number: clause for clause in agreement.clauses}


def _classes(classes: Iterable[NeverShared], titles: Mapping[str, str] | None = None) -> dict[str, NeverShared]:
    return {f"{never.name} of {(titles or {}).get(never.trust, never.trust)}": never for never in classes}


def _signatures(agreement: Agreement) -> dict[str, str]:
    return {
        f"Signature of {signature.trust}": f"{in_words(signature.on)}, {signature.problem or 'verified'}"
        for signature in agreement.signatures
    }


def _own_file(narrowing: Narrowing) -> dict[str, str]:
    shared = ", ".join(KINDS[kind] for kind in Kind if kind in narrowing.shares) or "nothing"
    return {"Shares": shared, "Cannot be read": narrowing.unreadable}


def clause_in_words(clause: Clause) -> dict[str, str]:
    """Return what a clause says, by what it says it of."""
    return {
        "words": clause.text,
        "roles": ", ".join(sorted(ROLES[role] for role in clause.roles)),
        "purposes": ", ".join(sorted(PURPOSES[purpose] for purpose in clause.purposes)),
        "relationships": ", ".join(sorted(CLAIMS[claim] for claim in clause.claims)),
        "kinds": ", ".join(sorted(KINDS[kind] for kind in clause.kinds)),
    }


def _class_in_words(never: NeverShared) -> dict[str, str]:
    return {
        "sentence": never.sentence,
        "codes": ", ".join(sorted(f"{code} ({system})" for system, code in never.codes)),
        "break-glass": "break-glass opens it" if never.opens_by_break_glass else "",
    }


# ── How it is compared ───────────────────────────────────────────────────────────────────────────


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for about in dict.fromkeys((*before, *after)):
        was, is_now = before.get(about, ""), after.get(about, "")
        if was != is_now:
            yield Change(about, was, is_now)


def _members(about: str, before: Mapping[str, None], after: Mapping[str, None]) -> Iterator[Change]:
    yield from (Change(about, one, "") for one in sorted(before.keys() - after.keys()))
    yield from (Change(about, "", one) for one in sorted(after.keys() - before.keys()))


def _each(
    before: Mapping[str, T], after: Mapping[str, T], about: str, words: Callable[[T], Mapping[str, str]]
) -> Iterator[Change]:
    """Compare those of one name part by part; of what came or went give everything it says."""
    for name in dict.fromkeys((*before, *after)):
        title = f"{about} {name}"
        if name not in after:
            yield Change(title, _whole(words(before[name])), "")
        elif name not in before:
            yield Change(title, "", _whole(words(after[name])))
        else:
            parts = _differing(words(before[name]), words(after[name]))
            yield from (Change(f"{title}, {part.about}", part.before, part.after) for part in parts)


def _whole(words: Mapping[str, str]) -> str:
    """Return its own words, and then everything else it says by name: "Roles: a GP. Purposes: direct care"."""
    own, *named = words.items()
    parts = (own[1], *(f"{about.capitalize()}: {said}" for about, said in named if said))
    return ". ".join(said.rstrip(".") for said in parts if said)


def _day(day: date | None) -> str:
    return in_words(day) if day else ""
