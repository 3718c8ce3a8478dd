"""Put into English what an officer searched for, and what came back."""

from collections.abc import Mapping, Sequence

from connectors.answer import Kind, Trust
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.audit.search import Found
from viewer.pages import words
from viewer.pages.ledger_words import EVENTS, claim, number, purpose, title

# What the log is written with, in the order the form offers it.
OUTCOMES = (
    "shown",
    "asked",
    "listed",
    "opened",
    "none found",
    "refused",
    "listed again",
    "shown again",
    "printed by the browser",
    "exported",
    "recorded",
    "noted",
    "explained",
    "escalated",
    "closed",
    "closed once",
    "failed",
    "signed in",
    "signed in again",
    "chosen",
    "ended",
    "verified",
    "not sound",
    "consistent",
    "not consistent",
)

ROLES: Mapping[str, str] = {
    Role.CONSULTANT: "Consultant",
    Role.CLINICIAN: "Clinical practitioner",
    Role.GP: "GP",
    Role.IG_OFFICER: "Information governance officer",
}
KINDS: Mapping[str, str] = {Kind.LABORATORY: "Laboratory", Kind.RADIOLOGY: "Radiology"}
PURPOSES: Mapping[str, str] = {one: purpose(one) for one in Purpose}
CLAIMS: Mapping[str, str] = {one: claim(one)[:1].upper() + claim(one)[1:] for one in Claim}

TOO_MANY = (
    "More than 10,000 entries fit, and a file holds all that fit or none. Search for a shorter time, or for less, "
    "and take a file of each."
)


def sought(fields: Mapping[str, str], before: int | None, trusts: Sequence[Trust], shown: str = "") -> str:
    """Say what was looked for; the NHS number only as `shown`, for the log keeps it in its own field."""
    said = {
        "nhs_number": f"NHS number {shown}".rstrip(),
        "person": f"person “{fields['person']}”",
        "organisation": f"organisation {fields['organisation']}",
        "role": f"role {_said(ROLES, fields['role'])}",
        "trust": f"data of {title(fields['trust'], trusts)}",
        "kind": f"{_said(KINDS, fields['kind'])} results",
        "purpose": f"purpose {_said(PURPOSES, fields['purpose'])}",
        "claim": f"relationship {_said(CLAIMS, fields['claim'])}",
        "event": f"what happened: {EVENTS.get(fields['event'], fields['event'])}",
        "outcome": f"outcome {fields['outcome']}",
        "since": f"from {_moment(fields, 'since')}",
        "until": f"to {_moment(fields, 'until')}",
    }
    named = "; ".join(words_ for name, words_ in said.items() if fields[name]) or "newest entries"
    return f"{named}; entries before {number(before)}" if before is not None else named


def _said(choices: Mapping[str, str], chosen: str) -> str:
    return choices.get(chosen, chosen).lower()


def _moment(fields: Mapping[str, str], name: str) -> str:
    return " ".join(filter(None, (words.partial_date(fields[name]) if fields[name] else "", fields[f"{name}_time"])))


def came_back(found: Found) -> str:
    """Say what a search brought: 50 of 181 entries, from 2,301 to 1,204."""
    if not found.entries:
        return "no entry"
    first, last = number(found.entries[0].seq), number(found.entries[-1].seq)
    return f"{len(found.entries)} of {total(found)}, from {first} to {last}"


def total(found: Found) -> str:
    """Say how many entries fit: 181 entries."""
    if found.total is None:
        return f"at least {entries(found.at_least)}"
    return entries(found.total)


def entries(count: int) -> str:
    """Say a number of entries: 181 entries."""
    return f"{number(count)} {words.plural(count, 'entry', 'entries')}"


def place(found: Found) -> str:
    """Say which of them are on this page: entries 1–50 of 181."""
    if found.total is None:
        return f"{entries(len(found.entries))} of at least {number(found.at_least)}"
    first, last = found.newer + 1, found.newer + len(found.entries)
    return f"entries {number(first)}–{number(last)} of {number(found.total)}"
