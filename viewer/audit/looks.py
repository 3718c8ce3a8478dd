"""Put entries of the log together: by the person who looked, and by the occasion on which they did.

Rule: entries are only counted and joined, never guessed at. An occasion is one person in one role, without an hour's
break, however often they sign in: to find a patient, open them and read three reports is one occasion, and seven looks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from viewer.access.access_event import Event
from viewer.access.relationship import Claim
from viewer.audit.entry import Entry, Record

A_BREAK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ByPerson:
    """What one person did about one patient, as far as the entries say."""

    user_id: str
    name: str
    acting_as: tuple[str, ...]  # every role and organisation, as at the time
    looks: int
    refused: int
    first: datetime
    last: datetime
    purposes: tuple[str, ...]
    break_glass: bool


def by_person(entries: Iterable[Entry]) -> tuple[ByPerson, ...]:
    """Say of each person what they did, whoever looked last first."""
    theirs: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        theirs.setdefault((entry.record.user_id, entry.record.user_name), []).append(entry)
    return tuple(sorted((_person(group) for group in theirs.values()), key=lambda one: one.last, reverse=True))


def _person(entries: Sequence[Entry]) -> ByPerson:
    records = [entry.record for entry in entries]
    return ByPerson(
        records[0].user_id,
        records[0].user_name,
        each_once(", ".join(filter(None, (one.role_name, one.organisation))) for one in records),
        looks=len({one.view or f"entry {entry.seq}" for entry, one in zip(entries, records, strict=True)}),
        refused=sum(one.outcome == "refused" for one in records),
        first=min(entry.at for entry in entries),
        last=max(entry.at for entry in entries),
        purposes=each_once(one.purpose for one in records),
        break_glass=any(is_break_glass(one) for one in records),
    )


def occasions(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], ...]:
    """Return the entries of each occasion, oldest first; the occasions too."""
    open_still: dict[tuple[str, ...], list[Entry]] = {}
    found: list[list[Entry]] = []
    for entry in sorted(entries, key=lambda one: (one.at, one.seq)):
        who = _who_in_which_role(entry.record)
        group = open_still.get(who)
        if group is None or entry.at - group[-1].at > A_BREAK:
            group = open_still[who] = []
            found.append(group)
        group.append(entry)
    return tuple(tuple(group) for group in found)


def _who_in_which_role(record: Record) -> tuple[str, ...]:
    return record.user_id or record.user_name, record.role_profile, record.organisation_ods


def is_break_glass(record: Record) -> bool:
    """Say whether the entry is of a broken glass: not of one that was refused."""
    broken = record.claim == Claim.BREAK_GLASS or record.event == Event.GLASS_BROKEN
    return broken and record.outcome != "refused"


def each_once(said: Iterable[str]) -> tuple[str, ...]:
    """Return what was said, each once, in the order it first came; what is empty was not said."""
    return tuple(dict.fromkeys(filter(None, said)))
