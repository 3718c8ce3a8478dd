"""Write entries of the log as one file: FHIR AuditEvents a line each or in a Bundle, or a table.

Rule: a file is whole before anybody has a byte of it, so that the log can hold its digest first. What is
in it is what its reader may see of each entry, and no more.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO

import msgspec

from connectors.answer import Trust
from viewer.audit.csv_safe import write_csv
from viewer.audit.entry import Entry
from viewer.audit.fhir import as_audit_event, id_told
from viewer.audit.search import Criteria, Found

_IN_MEMORY = 4 * 1024 * 1024  # a longer file waits on the disk, under no name, until it is sent
_AT_ONCE = 64 * 1024
_ENTRIES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is written and counted, ready to be sent once."""

    content: IO[bytes]
    size: int
    digest: str  # SHA-256, hex

    def pieces(self) -> Iterator[bytes]:
        """Yield the file from its beginning, and be rid of it."""
        with self.content as content:
            content.seek(0)
            while piece := content.read(_AT_ONCE):
                yield piece


def every(search: Callable[[Criteria], Found], criteria: Criteria) -> Iterator[Entry]:
    """Yield all that fit, newest first, however many; what is written meanwhile is newer, and not among them."""
    before = criteria.before
    while True:
        found = search(replace(criteria, before=before, limit=_ENTRIES_AT_ONCE, counted=False))
        yield from found.entries
        if found.before is None:
            return
        before = found.before


def write_whole(pieces: Iterable[bytes]) -> Whole:
    """Write the file to its end."""
    hashed, size = sha256(), 0
    content: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  it is closed once it is sent
    for piece in pieces:
        content.write(piece)
        hashed.update(piece)
        size += len(piece)
    return Whole(content, size, hashed.hexdigest())


def as_ndjson(entries: Iterable[Entry], trusts: Sequence[Trust]) -> Iterator[bytes]:
    """Yield one AuditEvent a line."""
    for entry in entries:
        yield as_audit_event(entry, trusts).encode() + b"\n"


def as_bundle(entries: Iterable[Entry], trusts: Sequence[Trust], at: datetime) -> Iterator[bytes]:
    """Yield a Bundle of AuditEvents: a collection, because nothing is searched or committed by it."""
    head = {"resourceType": "Bundle", "type": "collection", "timestamp": at.isoformat(timespec="milliseconds")}
    yield json.dumps(head)[:-1].encode()
    before = b', "entry": [\n'
    for entry in entries:
        yield before + f'{{"fullUrl":"urn:trustline:entry:{entry.seq}","resource":'.encode()
        yield as_audit_event(entry, trusts).encode() + b"}"
        before = b",\n"
    yield b"\n]}" if before == b",\n" else b"}"  # FHIR has no empty list


Say = Callable[[Entry], str]

_AS_LOGGED: Mapping[str, Say] = {
    "entry": lambda entry: str(entry.seq),
    "at (UTC)": lambda entry: entry.record.at,
    "event": lambda entry: entry.record.event,
    "outcome": lambda entry: entry.record.outcome,
    "user id": lambda entry: entry.record.user_id,
    "user": lambda entry: entry.record.user_name,
    "role": lambda entry: entry.record.role,
    "role name": lambda entry: entry.record.role_name,
    "role code": lambda entry: entry.record.role_code,
    "role profile": lambda entry: entry.record.role_profile,
    "organisation": lambda entry: entry.record.organisation,
    "organisation ODS": lambda entry: entry.record.organisation_ods,
    "NHS number": lambda entry: entry.record.nhs_number,
    "patient": lambda entry: entry.record.patient,
    "purpose": lambda entry: entry.record.purpose,
    "relationship": lambda entry: entry.record.claim,
    "proof": lambda entry: entry.record.proof,
    "reason": lambda entry: entry.record.reason,
    "because": lambda entry: entry.record.because,
    "laboratory": lambda entry: str(sum(at.laboratory for at in entry.record.trusts)),
    "radiology": lambda entry: str(sum(at.radiology for at in entry.record.trusts)),
    "trusts": lambda entry: _as_json(entry.record.trusts),
    "reports": lambda entry: _as_json(entry.record.reports),
    "agreements": lambda entry: _as_json(entry.record.agreements),
    "agreement texts (SHA-256)": lambda entry: _as_json(entry.record.texts),
    "digest": lambda entry: entry.record.digest,
    "asked for": lambda entry: entry.record.asked_for,
    "reference": lambda entry: entry.record.reference,
    "device": lambda entry: entry.record.device,
    "sign-in": lambda entry: entry.record.sign_in,
    "look": lambda entry: entry.record.view,
    "entry id": id_told,
    "whole": lambda entry: "yes" if entry.whole else "no: others have a part in it",
}


def as_table(entries: Iterable[Entry], say_when: Callable[[datetime], str]) -> Iterator[bytes]:
    """Yield a CSV file: every field as the log holds it, lists as JSON, and the time in London beside that in UTC."""
    columns: dict[str, Say] = {**_AS_LOGGED, "at (London)": lambda entry: say_when(entry.at)}
    return write_csv(tuple(columns), ([say(entry) for say in columns.values()] for entry in entries))


def _as_json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode() if values else ""
