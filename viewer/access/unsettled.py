"""What holds while a file that says the rules may still be being written: only what it said before and says now.

Rule: what is allowed by either function's answer is allowed by both versions, and what is forbidden by one of them is
forbidden. Half a file can look like a whole one that forbids less.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from viewer.access.agreement import Agreement, Clause, Narrowing, NeverShared, Signature

JUST_WRITTEN = "its file was written a moment ago"


def narrowing_of_both(before: Narrowing, after: Narrowing) -> Narrowing:
    """Return a narrowing that shares what both share, and never what either never shares."""
    return Narrowing(
        after.trust,
        before.shares & after.shares,
        _either(before.never_shared, after.never_shared),
        after.unreadable or before.unreadable,
    )


def agreement_of_both(before: Agreement | None, after: Agreement) -> Agreement:
    """Return an agreement that allows what both allow; one that was not there before allows nothing yet.

    A party of either is counted in the vote, and only who signed both has signed: so it is carried only if both are.
    """
    if before is None:
        return replace(after, unreadable=after.unreadable or JUST_WRITTEN)
    return replace(
        after,
        parties=tuple(dict.fromkeys((*after.parties, *before.parties))),
        practices=before.practices & after.practices,
        starts=max(before.starts, after.starts),
        ends=min(before.ends, after.ends),
        clauses=tuple(_clauses_of_both(before, after)),
        never_shared=_either(before.never_shared, after.never_shared),
        signatures=tuple(_signatures_of_both(before, after)),
        supersedes=before.supersedes | after.supersedes,
        revoked=min(
            (one.revoked for one in (before, after) if one.revoked), key=lambda revoked: revoked.on, default=None
        ),
        unreadable=after.unreadable or before.unreadable,
        superseded_by=after.superseded_by or before.superseded_by,
    )


def _either(before: Iterable[NeverShared], after: Iterable[NeverShared]) -> tuple[NeverShared, ...]:
    return tuple(dict.fromkeys((*after, *before)))


def _clauses_of_both(before: Agreement, after: Agreement) -> Iterator[Clause]:
    """Yield each clause as far as the clause of the same number goes in both."""
    known = {clause.number: clause for clause in before.clauses}
    for clause in after.clauses:
        if was := known.get(clause.number):
            yield replace(
                clause,
                roles=was.roles & clause.roles,
                purposes=was.purposes & clause.purposes,
                claims=was.claims & clause.claims,
                kinds=was.kinds & clause.kinds,
            )


def _signatures_of_both(before: Agreement, after: Agreement) -> Iterator[Signature]:
    """Yield the signatures that are none, and of the others those whose trust had signed, not before its day then."""
    parties = {party.name for party in before.parties} & {party.name for party in after.parties}
    since = {
        trust: min(one.on for one in before.signatures if one.trust == trust and not one.problem)
        for trust in {one.trust for one in before.signatures if not one.problem} & parties
    }
    for one in after.signatures:
        if one.problem:
            yield one
        elif one.trust in since:
            yield replace(one, on=max(one.on, since[one.trust]))
