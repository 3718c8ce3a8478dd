"""The words of the register of agreements: how one stands, who may ask for what, what changed.

Rule: a state is a word and a shape, never a colour alone; nothing here decides.
"""

from collections.abc import Iterable, Mapping

from connectors.answer import Kind, Trust
from viewer.access.agreement import Agreement, Clause, Narrowing
from viewer.access.changes import Turn
from viewer.access.clinician import Role
from viewer.access.force import Force
from viewer.access.register import Party
from viewer.access.vote import Vote
from viewer.access.wording import CLAIMS, KINDS, PURPOSES, ROLES, in_words
from viewer.pages.words import listed

day = in_words

FORCES = {
    Force.IN_FORCE: "● In force",
    Force.REVIEW_OVERDUE: "▲ In force, and its review is late",
    Force.NOT_CARRIED: "○ Not in force: not carried",
    Force.NOT_BEGUN: "○ Not in force: not begun",
    Force.EXPIRED: "○ Not in force: ended",
    Force.REVOKED: "✕ Not in force: revoked",
    Force.SUPERSEDED: "○ Not in force: superseded",
    Force.UNREADABLE: "✕ Not in force: its file cannot be read",
}

TURNS = {Turn.ADDED: "+ Added", Turn.REMOVED: "− Removed", Turn.CHANGED: "≠ Changed"}

NO_SIGNATURE = "A trust that has not signed shares nothing under it, and nobody there may ask."


def vote(counted: Vote) -> str:
    """Return "7 of 7 trusts have signed; 6 are needed: carried"."""
    said = "carried" if counted.carried else "not carried"
    return f"{counted.signed} of {counted.eligible} trusts have signed; {counted.needed} are needed: {said}"


def signed(party: Party) -> str:
    """Return whether the party has signed, and when or why not."""
    if party.has_signed and party.signature:
        return f"✓ Signed {in_words(party.signature.on)}"
    return f"✕ Not signed: {party.because}"


def roles(clause: Clause) -> str:
    """Return who may ask under a clause: those whose role opens anything at all."""
    return _listed(ROLES[role] for role in Role if role in clause.roles and role is not Role.IG_OFFICER)


def reasons(clause: Clause) -> str:
    """Return for what, and by which relationships."""
    purposes = _listed(PURPOSES[one] for one in sorted(clause.purposes))
    claims = _listed(CLAIMS[one] for one in sorted(clause.claims))
    return f"{purposes}: {claims}"


def kinds(clause: Clause) -> str:
    """Return what a clause lets them ask for: demographics, laboratory and radiology results."""
    return listed([KINDS[kind] for kind in Kind if kind in clause.kinds]).replace(_RESULTS_TWICE, " and ")


_RESULTS_TWICE = " results and "


def shares(narrowing: Narrowing) -> str:
    """Return what of its own data a trust shares at all, by its own file."""
    if narrowing.unreadable:
        return "nothing: its own file cannot be read"
    if narrowing.shares == frozenset(Kind):
        return "everything that an agreement allows"
    left = _listed(KINDS[kind] for kind in Kind if kind in narrowing.shares)
    return f"{left} alone, and nothing else" if left else "nothing at all"


def title(name: str, trusts: Mapping[str, Trust]) -> str:
    """Return what pages call a trust."""
    return trusts[name].title if name in trusts else name


def lasts(agreement: Agreement) -> str:
    """Return from when to when it lasts."""
    return f"{in_words(agreement.starts)} to {in_words(agreement.ends)}"


def fours(digest: str) -> str:
    """Return a hash in groups of four letters, to be compared by eye, and never to be taken for an NHS number."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _listed(words: Iterable[str]) -> str:
    said = list(words)
    return ", ".join(said[:-1]) + (" or " if len(said) > 1 else "") + said[-1] if said else ""
