"""What is about to be shown to whom: the released set, counted and hashed, ready for the log.

Rule: every report whose words can reach the page is named: the row's own, its proven copies and its earlier versions.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from connectors.answer import Kind
from viewer.access.decide import Decision
from viewer.clinical.report import Report
from viewer.clinical.timeline import Row


@dataclass(frozen=True, slots=True)
class Count:
    """How many reports of one trust are shown, by kind: copies count where they came from, earlier versions do not."""

    trust: str
    laboratory: int
    radiology: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one page releases."""

    counts: tuple[Count, ...]  # by trust, in the order of their first report
    reports: tuple[str, ...]  # "rotherham/DiagnosticReport/7@2", sorted
    digest: str  # SHA-256, hex, over the reports themselves
    agreements: tuple[str, ...]  # names of the agreements relied on
    clauses: tuple[str, ...] = ()  # the clauses that said yes


def disclose(rows: Sequence[Row], decisions: Sequence[Decision]) -> Disclosure:
    """Count, name and hash what is released: each row with the Decision that allowed it.

    Showing a row that was refused is our own mistake, and stops the page.
    """
    refused = [row.key for row, decision in zip(rows, decisions, strict=True) if not decision.allowed]
    if refused:
        raise ValueError(f"{len(refused)} withheld reports were about to be disclosed")
    released = [report for row in rows for report in (row.report, *row.copies, *row.earlier)]
    return Disclosure(
        _count([report for row in rows for report in (row.report, *row.copies)]),
        tuple(sorted(map(key_of, released))),
        digest_of(released),
        tuple(dict.fromkeys(decision.agreement for decision in decisions if decision.agreement)),
        tuple(dict.fromkeys(decision.clause for decision in decisions if decision.clause)),
    )


def key_of(report: Report) -> str:
    """Return the report's name in the log: trust, resource and, when the trust numbers them, version."""
    name = f"{report.trust.name}/{report.id}"
    return f"{name}@{report.version}" if report.version else name


def digest_of(reports: Iterable[Report]) -> str:
    """Return the SHA-256 over the reports: each one line of JSON, its fields in the order declared, the lines sorted.

    A release that gives Report another field gives another digest; the log keeps the keys beside it.
    """
    lines = sorted(msgspec.json.encode(report) for report in reports)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def _count(reports: Iterable[Report]) -> tuple[Count, ...]:
    kinds: dict[str, list[Kind]] = {}
    for report in reports:
        kinds.setdefault(report.trust.name, []).append(report.kind)
    return tuple(Count(trust, sent.count(Kind.LABORATORY), sent.count(Kind.RADIOLOGY)) for trust, sent in kinds.items())
