"""Read [ordering] of a trust's file: how its ordering system proves who it is, and what its order codes mean.

Rule: the keys stand here, in the trust's own file. An address from which a token would have its key fetched is never
followed, and a key too weak for its algorithm is refused at the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from viewer.configuration.config_file import Table
from viewer.configuration.token_keys import read_token_keys
from viewer.identity.signed_token import Key


@dataclass(frozen=True, slots=True)
class OrderingSystem:
    """One trust's ordering system, as it may ask here."""

    trust: str
    issuer: str
    keys: Mapping[str, Key] = field(repr=False)  # by key id
    practices: frozenset[str] = frozenset()  # ODS codes of GP practices that order through it
    tests: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (system, code) of an order → key of a test


def read_ordering(file: Table, trust: str) -> OrderingSystem | None:
    """Return the trust's ordering system; None where the file names none."""
    if "ordering" not in file:
        return None
    table = file.table("ordering")
    keys = read_token_keys(table, "P-384")
    if not keys:
        raise table.wrong("key", "is missing: without a key nobody could prove to be this system")
    return OrderingSystem(
        trust,
        table.text("issuer"),
        keys,
        frozenset(table.texts("practices", ())),
        dict(map(_read_test, table.tables("test"))),
    )


def _read_test(table: Table) -> tuple[tuple[str, str], str]:
    return (table.text("system"), table.text("code")), table.text("test")
