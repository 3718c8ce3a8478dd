"""Read config/agreements/<agreement>.toml: the parties, the clauses, the days, and who signed exactly this text.

Rule: a signature names the digest of the text that was signed. Change a word, a day or a code of the
agreement and every signature under it is refused until it is given again.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from connectors.answer import Kind, Trust
from viewer.access.agreement import Agreement, Clause, NeverShared, Signature
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.config_file import Misconfigured, Table, did_you_mean
from viewer.trust_file import ODS_CODE, read_never_shared


def read_agreement(file: Table, trusts: Collection[Trust]) -> Agreement:
    """Return the agreement, every name in it checked against the trusts there are."""
    parties = _read_parties(file, trusts)
    starts, ends = _read_days(file)
    digest = digest_of_text(file.values)
    return Agreement(
        name=file.path.stem,
        title=file.text("title"),
        short=file.text("short"),
        parties=parties,
        practices=_read_practices(file, parties),
        starts=starts,
        ends=ends,
        clauses=_read_clauses(file),
        never_shared=tuple(_read_never_shared(table, parties) for table in file.tables("never_shared")),
        signatures=_read_signatures(file, parties, digest),
        path=str(file.path),
        digest=digest,
    )


def digest_of_text(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything an agreement says but its signatures; comments and spacing say nothing."""
    text = {key: value for key, value in values.items() if key != "signature"}
    canonical = json.dumps(text, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


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


def _read_signatures(file: Table, parties: Collection[Trust], digest: str) -> tuple[Signature, ...]:
    signatures: list[Signature] = []
    of_another_text: dict[str, Table] = {}
    for table in file.tables("signature"):
        trust = _read_party(table, parties)
        if any(trust == other.trust for other in signatures):
            raise table.wrong("trust", f"{trust} has signed twice")
        if table.text("text") != digest:
            of_another_text[trust] = table
        signatures.append(Signature(trust, table.day("on")))
    if of_another_text:
        raise _another_text(of_another_text, digest)
    return tuple(signatures)


def _another_text(tables: Mapping[str, Table], digest: str) -> Misconfigured:
    """Name every party at once, so that nobody mends them one by one."""
    first = next(iter(tables.values()))
    return first.wrong(
        "text",
        f"{', '.join(tables)} signed another text than this one. Restore what was signed, have each sign {digest}, "
        "or take its [[signature]] out: then it is neither asked nor may ask",
    )


def _read_party(table: Table, parties: Collection[Trust]) -> str:
    name = table.text("trust")
    names = [party.name for party in parties]
    if name not in names:
        raise table.wrong("trust", f'"{name}" is not a party to this agreement{did_you_mean(name, names)}')
    return name
