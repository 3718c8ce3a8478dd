"""What every page of the officer's wing shares: what this officer may see, and their own look, written down.

Rule: an officer sees entries by their own organisation's staff and, of entries by others, what was shown of their
own trust's data. Each look is itself an entry before its page leaves; each file, before its first byte.
"""

from base64 import b32encode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice

from flask import Response

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.relationship import Purpose
from viewer.audit.entry import Entry
from viewer.audit.export import Whole, every
from viewer.audit.log import Log
from viewer.audit.scope import Scope
from viewer.audit.search import Criteria
from viewer.handles import Handles
from viewer.pages.page import looking
from viewer.pages.route import Asking

MOST_IN_A_FILE = 10_000  # entries; a file is one thing an officer asked for, not a copy of the log


@dataclass(frozen=True, slots=True)
class Office:
    """The log, and what an officer's pages keep for the next page."""

    log: Log
    handles: Handles
    trusts: Sequence[Trust]

    def scope(self, asking: Asking) -> Scope:
        """Return what this officer may see: no more than their own organisation answers for."""
        ods = looking(asking).who.organisation.ods
        return Scope(ods, next((trust.name for trust in self.trusts if trust.ods == ods), ""))

    def of_what(self, asking: Asking) -> str:
        """Say what the officer's scope is."""
        organisation = looking(asking).who.organisation
        staff = f"what staff of {organisation.name} ({organisation.ods}) looked at"
        return f"{staff}, and whom others were shown of its patients and results" if self.scope(asking).trust else staff

    def own_look(
        self, asking: Asking, asked_for: str, came_back: str = "", nhs_number: str = "", patient: str = "",
        outcome: str = "shown",
    ) -> int:  # fmt: skip
        """Write the officer's own look into the log, with what came back, and return its number."""
        event = _own(asking, Event.LEDGER_SEARCHED, asked_for, came_back)
        return self.log.append(replace(event, nhs_number=nhs_number, patient=patient, outcome=outcome))[0]

    def verified(self, asking: Asking, how_far: str, outcome: str, root: bytes) -> None:
        """Write down that this officer had the whole log verified, and how far it was sound."""
        event = _own(asking, Event.LEDGER_SEARCHED, "verification of the whole log", how_far)
        self.log.append(replace(event, outcome=outcome, digest=root.hex()))

    def exported(
        self, asking: Asking, asked_for: str, came_back: str, digest: str, nhs_number: str = "", patient: str = "",
        reference: str = "",
    ) -> str:  # fmt: skip
        """Write down that a file is about to leave, with the digest of every byte of it; return its reference."""
        reference = reference or reference_of(asking)
        event = _own(asking, Event.EXPORTED, asked_for, came_back)
        self.log.append(
            replace(
                event,
                nhs_number=nhs_number,
                patient=patient,
                outcome="exported",
                digest=digest,
                reference=reference,
            )
        )
        return reference

    def every(self, criteria: Criteria) -> Iterator[Entry]:
        """Yield all that fit, newest first, however many."""
        return every(self.log.search, criteria)

    def all_of(self, criteria: Criteria) -> list[Entry] | None:
        """Return all that fit, newest first; None when they are more than one file holds."""
        entries = list(islice(self.every(criteria), MOST_IN_A_FILE + 1))
        return entries if len(entries) <= MOST_IN_A_FILE else None


def _own(asking: Asking, event: Event, asked_for: str, came_back: str) -> AccessEvent:
    look = looking(asking)
    because = ": ".join(filter(None, ("privacy officer, own staff and own data", came_back)))
    return AccessEvent(
        event, asking.now, look.who, look.sign_in,
        view=look.view, purpose=Purpose.AUDIT, because=because, device=look.device, asked_for=asked_for,
    )  # fmt: skip


def reference_of(asking: Asking) -> str:
    """Return what a file or report is called by in letters and on the telephone: EX-7K2M-9QPD."""
    letters = b32encode(sha256(asking.view.encode()).digest()[:5]).decode()
    return f"EX-{letters[:4]}-{letters[4:]}"


def as_file(whole: Whole, name: str, mimetype: str) -> Response:
    """Send a file whose digest the log already holds."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(whole.size),
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(whole.digest)).decode()}:",  # RFC 9530
    }
    return Response(whole.pieces(), mimetype=mimetype, headers=headers)
