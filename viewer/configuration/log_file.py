"""Read the part [log] of config/partnership.toml: what the log is called, the key it signs with, and its witnesses.

Rule: without [log] the viewer runs and its log is signed by nobody, and the ledger says so.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from viewer.audit.note import COSIGNATURE, NotANote, VerifierKey, may_be_name, read_key
from viewer.audit.publish import Witness
from viewer.configuration.config_file import Misconfigured, Table
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import web_address


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What the log is called, its own private key in PEM, and the trusts' witnesses."""

    origin: str
    key: str = field(repr=False)
    witnesses: tuple[Witness, ...]


def read_log(file: Table, secrets: Secrets) -> LogSettings | None:
    """Return what the file says of the log, or None when it says nothing."""
    if "log" not in file:
        return None
    table = file.table("log")
    origin = table.text("origin")
    if not may_be_name(origin):
        raise table.wrong("origin", 'has a space or a plus in it; write it like "example.nhs.uk/our-partnership"')
    key = secrets.private_key(table, "key_file", (Ed25519PrivateKey,))
    witnesses: list[Witness] = []
    for inner in table.tables("witness"):
        witness = Witness(inner.text("trust"), web_address(inner, "address"), _read_key(inner, secrets))
        _refuse_twins(inner, witness, witnesses)
        witnesses.append(witness)
    return LogSettings(origin, key, tuple(witnesses))


def refuse_strangers(file: Table, log: LogSettings | None, trusts: Collection[str]) -> None:
    """Refuse a witness of somebody who is not one of the trusts."""
    for witness in log.witnesses if log else ():
        if witness.trust not in trusts:
            raise file.table("log").wrong("witness", f'"{witness.trust}" is not one of the trusts')


def _read_key(table: Table, secrets: Secrets) -> VerifierKey:
    """Read the key where it stands: in the file itself, or, where keys are generated, in a file beside the secrets."""
    spelt, in_file = table.text("key", ""), table.text("key_file", "")
    if bool(spelt) == bool(in_file):
        raise table.wrong("key", 'give either key = "name+id+key", or key_file')
    name = "key" if spelt else "key_file"
    key = read_key(spelt or secrets.text(table, "key_file"))
    if isinstance(key, NotANote):
        raise table.wrong(name, key.reason)
    if key.kind != COSIGNATURE:
        raise table.wrong(name, "is a key for signing notes; a witness's key is of the kind that cosigns (type 4)")
    return key


def _refuse_twins(table: Table, witness: Witness, others: Collection[Witness]) -> None:
    """One trust, one voice: a key that spoke for two would make a quorum out of fewer trusts."""
    twins: dict[str, Collection[object]] = {
        "trust": [other.trust for other in others],
        "address": [other.address for other in others],
        "key": [other.key.key for other in others],
    }
    mine = {"trust": witness.trust, "address": witness.address, "key": witness.key.key}
    for name, known in twins.items():
        if mine[name] in known:
            raise _twin(table, name)


def _twin(table: Table, name: str) -> Misconfigured:
    return table.wrong(name, "is also that of another witness")
