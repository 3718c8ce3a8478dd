"""Read config/agreements/<agreement>.toml: the parties, the clauses, the days, and who signed exactly this text.

Rule: a signature names the digest of the text that was signed, and verifies with the trust's own key. Change a word,
a day or a code of the agreement and no signature under it is one any more, until it is given again.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from connectors.answer import Kind, Trust
from viewer.access.agreement import Agreement, Clause, NeverShared, Revocation, Signature
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.access.signing import fingerprint, signed_message, why_not_verified
from viewer.configuration.config_file import Table, did_you_mean
from viewer.configuration.trust_file import ODS_CODE, read_never_shared

NOT_TEXT = ("signature", "revoked")  # what is added to a text after it was written: nobody need sign it
NAME = re.compile(r"[A-Za-z0-9_]+")  # it stands in addresses, in the log and in what is signed


def read_agreement(file: Table, trusts: Collection[Trust], keys: Mapping[str, bytes]) -> Agreement:
    """Return the agreement, every name in it checked against the trusts there are, every signature against its key."""
    parties = _read_parties(file, trusts)
    starts, ends = _read_days(file)
    digest = digest_of_text(file.values)
    return Agreement(
        name=_read_name(file),
        title=file.text("title"),
        short=file.text("short"),
        parties=parties,
        practices=_read_practices(file, parties),
        starts=starts,
        ends=ends,
        clauses=_read_clauses(file),
        never_shared=tuple(_read_never_shared(table, parties) for table in file.tables("never_shared")),
        signatures=tuple(_read_signatures(file, parties, digest, keys)),
        path=str(file.path),
        digest=digest,
        review=file.day("review") if "review" in file else None,
        supersedes=_read_supersedes(file),
        revoked=_read_revocation(file),
    )


def digest_of_text(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that an agreement says but its signatures and end; comments and spacing say nothing."""
    text = {key: value for key, value in values.items() if key not in NOT_TEXT}
    canonical = json.dumps(text, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read_name(file: Table) -> str:
    if not NAME.fullmatch(file.path.stem):
        raise file.wrong("title", f'"{file.path.name}": letters, digits and _ alone may stand in the file\'s name')
    return file.path.stem


def _read_supersedes(file: Table) -> frozenset[str]:
    names = frozenset(file.texts("supersedes", ()))
    if file.path.stem in names:
        raise file.wrong("supersedes", "an agreement cannot supersede itself")
    return names


def _read_revocation(file: Table) -> Revocation | None:
    if "revoked" not in file:
        return None
    table = file.table("revoked")
    return Revocation(table.day("on"), table.text("because"))


def _read_parties(file: Table, trusts: Collection[Trust]) -> tuple[Trust, ...]:
    by_name = {trust.name: trust for trust in trusts}
    names = file.texts("parties")
    for name in names:
        if name not in by_name:
            raise file.wrong("parties", f'there is no trust "{name}"{did_you_mean(name, by_name)}')
    if not names:
        raise file.wrong("parties", "is empty")
    return tuple(by_name[name] for name in names)


def _read_days(file: Table) -> tuple[date, date]:
    starts, ends = file.day("starts"), file.day("ends")
    if ends < starts:
        raise file.wrong("ends", f"the agreement ends on {ends}, before it starts on {starts}")
    return starts, ends


def _read_practices(file: Table, parties: Collection[Trust]) -> frozenset[str]:
    practices = frozenset(file.texts("practices", ()))
    for code in sorted(practices):
        if not ODS_CODE.fullmatch(code):
            raise file.wrong("practices", f'"{code}" is no ODS code, like "Y99001"')
        if code in {party.ods for party in parties}:
            raise file.wrong("practices", f'"{code}" is the ODS code of a trust, not of a GP practice')
    return practices


def _read_clauses(file: Table) -> tuple[Clause, ...]:
    clauses: list[Clause] = []
    for table in file.tables("clause"):
        clause = _read_clause(table)
        if any(clause.number == other.number for other in clauses):
            raise table.wrong("number", f'"{clause.number}" is also the number of another clause')
        clauses.append(clause)
    return tuple(clauses)


def _read_clause(table: Table) -> Clause:
    clause = Clause(
        number=table.text("number"),
        text=" ".join(table.text("text").split()),
        roles=table.some_of("roles", Role),
        purposes=table.some_of("purposes", Purpose),
        claims=table.some_of("claims", Claim),
        kinds=table.some_of("kinds", Kind),
    )
    lists = {"roles": clause.roles, "purposes": clause.purposes, "claims": clause.claims, "kinds": clause.kinds}
    for key, words in lists.items():
        if not words:
            raise table.wrong(key, "is empty, so the clause permits nothing")
    return clause


def _read_never_shared(table: Table, parties: Collection[Trust]) -> NeverShared:
    return read_never_shared(table, _read_party(table, parties))


def _read_signatures(
    file: Table, parties: Collection[Trust], digest: str, keys: Mapping[str, bytes]
) -> Iterator[Signature]:
    """Yield every signature the file holds, those that are none with what is wrong with them."""
    for table in file.tables("signature"):
        trust, on, text = _read_party(table, parties), table.day("on"), table.text("text")
        key, value = keys.get(trust), table.text("signature")
        problem = "it is over another text" if text != digest else ""
        problem = problem or why_not_verified(key, value, signed_message(file.path.stem, text, trust, on))
        yield Signature(trust, on, problem, text, fingerprint(key) if key and not problem else "")


def _read_party(table: Table, parties: Collection[Trust]) -> str:
    name = table.text("trust")
    names = [party.name for party in parties]
    if name not in names:
        raise table.wrong("trust", f'"{name}" is not a party to this agreement{did_you_mean(name, names)}')
    return name
