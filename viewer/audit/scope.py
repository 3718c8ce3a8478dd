"""What of the log an officer sees: which entries, and how much of each.

Rule: an entry by somebody else's staff says to a trust's officer only what concerns their own trust.
"""

from dataclasses import dataclass, replace

import msgspec

from viewer.access.access_event import Event
from viewer.audit.entry import Entry


@dataclass(frozen=True, slots=True)
class Scope:
    """What an officer sees: entries by their own organisation's staff, and entries about their own trust's data."""

    organisation: str  # ODS code
    trust: str = ""  # the trust's name; "" for an organisation that is not one of the trusts


@dataclass(frozen=True, slots=True)
class WholeLog:
    """Everything: for the operator's command on the server itself, never for a page."""


def within(entry: Entry, scope: Scope | WholeLog) -> Entry:
    """Return the entry with what its reader may see of it.

    Own staff's entry is whole, but a refusal does not say which other trusts know the patient:
    the place is what a restriction protects. Of anybody else's an officer sees their own trust's part.
    """
    if isinstance(scope, WholeLog):
        return entry
    record, own = entry.record, _is_own(entry, scope)
    if (own and record.event != Event.REFUSED) or record.event == Event.RULES_CHANGED:
        return entry
    trusts = tuple(at for at in record.trusts if at.trust == scope.trust or (own and at.outcome == "refused"))
    if own:
        return replace(entry, record=msgspec.structs.replace(record, trusts=trusts), whole=trusts == record.trusts)
    reports = tuple(key for key in record.reports if key.partition("/")[0] == scope.trust)
    return replace(
        entry, record=msgspec.structs.replace(record, trusts=trusts, reports=reports, digest=""), whole=False
    )


def _is_own(entry: Entry, scope: Scope) -> bool:
    return scope.organisation != "" and entry.record.organisation_ods == scope.organisation
