"""One entry of the log: its canonical bytes, which are the truth, and what can be read and looked up from them.

Rule: the bytes of an entry are made once, here, and never made again from anything read back.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from connectors.answer import Kind, Outcome
from viewer.access.access_event import AccessEvent, Event, as_record
from viewer.audit.tree import leaf_hash

VERSION = 2  # of the record below; what came with it has a default, for entries written before


class SeenTrust(msgspec.Struct, frozen=True):
    """What an entry says of one trust."""

    trust: str
    outcome: str
    because: str
    laboratory: int
    radiology: int


class KnownOfPatient(msgspec.Struct, frozen=True):
    """What an entry says was known of the patient."""

    family: str = ""
    born: str = ""
    died: str = ""
    postcode: str = ""
    address: str = ""
    practice: str = ""
    restricted: bool = False

    def __repr__(self) -> str:
        return "KnownOfPatient(…)"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An AccessEvent as it stands in the log; the meaning of each field is told there."""

    version: int
    event: str
    at: str  # ISO 8601, UTC, microseconds
    user_id: str
    user_name: str
    role: str
    role_name: str
    role_code: str
    role_profile: str
    organisation_ods: str
    organisation: str
    sign_in: str
    view: str
    nhs_number: str
    patient: str
    purpose: str
    claim: str
    reason: str
    trusts: tuple[SeenTrust, ...]
    reports: tuple[str, ...]
    digest: str
    agreements: tuple[str, ...]
    outcome: str
    because: str
    device: str
    asked_for: str
    proof: str = ""
    about: KnownOfPatient = KnownOfPatient()
    texts: tuple[str, ...] = ()
    reference: str = ""
    id: str = ""  # tells apart two entries that say the same, so that neither is lost nor written twice

    def __repr__(self) -> str:
        return "Record(…)"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was read back: its place in the log, its bytes and what they say."""

    seq: int
    body: bytes
    record: Record
    whole: bool = True  # False when the record leaves out what its reader may not see; the bytes leave nothing out

    @property
    def leaf(self) -> bytes:
        """Return the hash by which the tree holds this entry."""
        return leaf_hash(self.body)

    @property
    def at(self) -> datetime:
        """Return when it happened, zoned."""
        return datetime.fromisoformat(self.record.at)


def canonical(event: AccessEvent, id_: str = "") -> bytes:
    """Return the entry's one spelling: JSON, keys sorted, no spaces, UTF-8, time in UTC.

    A lone surrogate, which UTF-8 cannot say, becomes "?": a broken name at a trust must not stop the log.
    """
    record = {"version": VERSION, "id": id_, **as_record(replace(event, at=event.at.astimezone(UTC)))}
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace")


def read_record(body: bytes) -> Record:
    """Return what an entry's bytes say; msgspec.DecodeError when they are not an entry."""
    return _decoder.decode(body)


def index_columns(record: Record) -> dict[str, str]:
    """Return what the database indexes of an entry, beside its bytes."""
    columns = {
        "at": record.at,
        "user_id": record.user_id,
        "user_name": record.user_name,
        "organisation": record.organisation_ods,
        "event": record.event,
        "outcome": record.outcome,
        "nhs_number": record.nhs_number,
        "view": record.view,
        "role": record.role,
        "purpose": record.purpose,
        "claim": record.claim,
        "kinds": _kinds(record.trusts),
        "trusts": _as_text(index_trusts(record)),
    }
    # PostgreSQL's text cannot hold NUL; the bytes can, and keep it.
    return {column: value.replace("\0", "\ufffd") for column, value in columns.items()}


def index_trusts(record: Record) -> dict[str, str]:
    """Return the trusts whose data the entry is about, in order of name, and the kinds shown of each.

    They are those that held the patient. A trust that was only asked, did not answer or does not know the
    patient has no data in it, and a refusal shows nobody's: their officers have no reason to read who the patient is.
    """
    if record.event == Event.REFUSED:
        return {}
    held = sorted({at.trust for at in record.trusts if _held_something(at)})
    return {name: _kinds(at for at in record.trusts if at.trust == name) for name in held}


def trust_rows(record: Record) -> tuple[dict[str, str], ...]:
    """Return what the index of trusts holds of an entry: a row for each trust whose data it is about."""
    columns = index_columns(record)
    shared = {column: columns[column] for column in _BESIDE_TRUSTS}
    return tuple({**shared, "trust": trust, "kinds": kinds} for trust, kinds in index_trusts(record).items())


_BESIDE_TRUSTS = ("at", "organisation", "user_name", "event", "outcome", "role", "purpose", "claim")


def named_in_trusts(trust: str, kinds: str | None = None) -> str:
    """Return what the column `trusts` holds of a trust whose data an entry is about; with `kinds`, of which exactly."""
    return f" {trust}/" if kinds is None else f" {trust}/{kinds.replace(' ', ',')} "


def _as_text(trusts: Mapping[str, str]) -> str:
    """Return trusts and kinds as one text: " barnsley/ rotherham/laboratory,radiology ", or "" when there is none."""
    return "".join(named_in_trusts(trust, kinds).rstrip() for trust, kinds in trusts.items()) + " " * bool(trusts)


def _held_something(at: SeenTrust) -> bool:
    """Say whether the trust knew the patient. A part that showed nothing may be about another."""
    return at.outcome == Outcome.ANSWERED or at.laboratory + at.radiology > 0


def _kinds(shown: Iterable[SeenTrust]) -> str:
    """Return the kinds of result of which any was shown: "laboratory radiology", one of them, or ""."""
    counts = [(at.laboratory, at.radiology) for at in shown]
    kinds = {Kind.LABORATORY: any(of[0] for of in counts), Kind.RADIOLOGY: any(of[1] for of in counts)}
    return " ".join(kind for kind, any_shown in kinds.items() if any_shown)


_decoder = msgspec.json.Decoder(Record)
