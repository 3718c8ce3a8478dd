"""Lay out a patient's reports, newest first, with what is missing said first.

Rule: per trust, received = shown + folded + superseded + withheld + unreadable,
and the Account proves it. A trust that did not answer is a Gap, never an empty pile.
What is withheld leaves no trace but in the Account: not in a row, a link, a gap or an order.
A report without any time stands first: nobody can say that it is not the newest.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.answer import GAPS, Answer, Outcome, Trust
from viewer.clinical.alike import with_links
from viewer.clinical.merge import Merged
from viewer.clinical.patient import Disagreement, Person
from viewer.clinical.report import Report, Unreadable
from viewer.clinical.row import Row

__all__ = ["Account", "Gap", "Row", "Timeline", "lay_out"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A trust whose results are not (all) here, and why."""

    trust: Trust
    outcome: Outcome
    reason: str
    at: datetime
    took: timedelta
    doubt: Disagreement | None = None  # its record disagrees about who this is


@dataclass(frozen=True, slots=True)
class Account:
    """Where every report a trust sent went, and what stands in no report. The five add up to `received`.

    `received` is counted before anything is folded or withheld. A page may say `received - withheld`, never `withheld`.
    """

    trust: Trust
    received: int
    shown: int
    folded: int
    superseded: int
    withheld: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One patient's reports from every trust, newest first, and what is missing."""

    person: Person
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    unreadable: tuple[Unreadable, ...]
    accounts: tuple[Account, ...]


def lay_out(
    person: Person,
    merged: Merged,
    answers: Sequence[Answer],
    withheld: Set[str] = frozenset(),
    doubts: Sequence[Disagreement] = (),
) -> Timeline:
    """Return the timeline: rows newest first, and every gap by its trust.

    `withheld` are the keys of rows, and of what could not be read and stands in no row: neither is shown.
    `doubts` are trusts whose answers hold records that disagree about who this is; those of `person` are added.
    """
    gone = [row for row in merged.rows if not keys_of(row).isdisjoint(withheld)] if withheld else []
    leaving = {row.key for row in gone}
    kept = [row for row in merged.rows if row.key not in leaving]
    return Timeline(
        person,
        with_links(_newest_first(kept)),
        tuple(_gaps(answers, (*doubts, *person.doubts))),
        tuple(one for one in merged.unreadable if one.key not in withheld),
        tuple(_accounts(merged, kept, gone, answers, withheld)),
    )


def keys_of(row: Row) -> set[str]:
    """Return the keys of all that a row shows, whole or not at all: its report, its copies, its earlier versions."""
    return {f"{report.trust.name}/{report.id}" for report in (row.report, *row.copies, *row.earlier)}


def _newest_first(rows: Iterable[Row]) -> list[Row]:
    in_a_fixed_order = sorted(rows, key=lambda row: row.key)
    return sorted(in_a_fixed_order, key=lambda row: _taken(row.report), reverse=True)


def _taken(report: Report) -> datetime:
    return report.taken.instant if report.taken else _NOT_KNOWN_TO_BE_OLD


_NOT_KNOWN_TO_BE_OLD = datetime.max.replace(tzinfo=UTC)


def _gaps(answers: Sequence[Answer], doubts: Iterable[Disagreement]) -> Iterator[Gap]:
    """Yield one Gap a trust: it did not answer, or its record disagrees about who this is, or both."""
    doubted = {doubt.trust.name: doubt for doubt in reversed(list(doubts))}
    for answer in sorted(answers, key=lambda one: one.trust.name):
        doubt = doubted.pop(answer.trust.name, None)
        if doubt or answer.outcome in GAPS:
            yield Gap(answer.trust, answer.outcome, answer.reason, answer.asked_at, answer.took, doubt)
    asked_at = min((answer.asked_at for answer in answers), default=None)
    for name in sorted(doubted) if asked_at else ():
        trust = doubted[name].trust
        yield Gap(trust, Outcome.PARTIAL, "", asked_at or _NOT_KNOWN_TO_BE_OLD, timedelta(0), doubted[name])


def _accounts(
    merged: Merged, kept: Iterable[Row], gone: Iterable[Row], answers: Iterable[Answer], withheld_keys: Set[str]
) -> Iterator[Account]:
    received = {trust.name: count for trust, count in merged.received}
    trusts = {**{trust.name: trust for trust, _ in merged.received}, **{one.trust.name: one.trust for one in answers}}
    shown, folded, superseded = Counter[str](), Counter[str](), Counter[str]()
    for row in kept:
        shown[row.report.trust.name] += 1
        folded.update(report.trust.name for report in row.copies)
        superseded.update(report.trust.name for report in row.earlier)
    withheld = Counter(report.trust.name for row in gone for report in (row.report, *row.copies, *row.earlier))
    unreadable = Counter[str]()
    for one in merged.unreadable:
        (withheld if one.key in withheld_keys else unreadable)[one.trust.name] += 1
    for name in sorted(trusts):
        yield Account(
            trusts[name],
            received.get(name, 0),
            shown[name],
            folded[name],
            superseded[name],
            withheld[name],
            unreadable[name],
        )
