"""Write chosen results as JSON: what the laboratories sent, in our words for it, and what is missing.

Rule: every number is a string of the characters that were sent; nothing is worked out; what is missing stands first.
What was entered in error has no value here: a machine that reads values and no status must not find one.
The fields are those of viewer/clinical/report.py, by their names there. docs/copies.md tells of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from viewer.clinical.corrections import Finding, finding_of, in_error, taken_back
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Report, Result, Status, Unreadable
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.said_around import Leaving, alike, before
from viewer.pages.stands_out import stand_out
from viewer.steps import State, Tile

VERSION = 2  # of this form
_LEFT_OUT = frozenset({"trust", "parts", "older_parts", "security", "sent_as", "replaces", "related", "kind_stated"})
# What a report says, of which nothing leaves when it was entered in error; its results leave their names.
_SAID = frozenset({"conclusion", "conclusion_codes", "narrative", "notes", "studies", "attachments"})
WITHDRAWN = "Entered in error: what it said is not handed on."


def as_data(
    about: Mapping[str, str], tiles: Sequence[Tile], rows: Sequence[Row], imaging: Imaging = NO_IMAGING
) -> bytes:
    """Return the JSON of these rows, below who they are about, what is missing and what stands out."""
    titles = {tile.trust.name: tile.trust.title for tile in tiles}
    leaving = Leaving({row.key: row.report for row in rows}, titles)
    said = {
        "version": VERSION,
        **about,
        "trusts": [_trust(tile) for tile in tiles],
        "stands_out": [
            {"because": one.heed.value, "report": one.row.key, "says": one.said} for one in stand_out(rows, imaging)
        ],
        "reports": [_row(row, leaving) for row in rows],
    }
    return msgspec.json.format(msgspec.json.encode(said), indent=1)


def _trust(tile: Tile) -> dict[str, Any]:
    return {
        "trust": tile.trust.name,
        "title": tile.trust.title,
        "missing": tile.state not in {State.ANSWERED, State.NONE},
        "says": words.tile(tile),
    }


def _row(row: Row, leaving: Leaving) -> dict[str, Any]:
    back = TakenBack(row.report.status is Status.ENTERED_IN_ERROR, taken_back(row.report), frozenset())
    return {
        **_report(row.report, replace(back, findings=frozenset())),  # what it takes back itself, it names by its ids
        "says": list(_says(row, leaving)),
        "copies": [f"{copy.trust.name}/{copy.id}" for copy in row.copies],
        "alike": [key if key in leaving.reports else key.partition("/")[0] for key in row.alike],
        "earlier": [{"superseded": True, **_report(one, back)} for one in row.earlier],
    }


def _says(row: Row, leaving: Leaving) -> Iterator[str]:
    """Yield the sentences that the page has for how a report stands."""
    report = row.report
    unsent = words.earlier_not_sent(report, row.earlier)
    yield f"{words.report_status(report)}, {words.issue(report, row.earlier)}{f'; {unsent}' if unsent else ''}."
    yield from before(report)
    if report.status is Status.ENTERED_IN_ERROR:
        yield f"{words.withdrawn(report)}."
    yield from alike(row, leaving)


# ── Reports and results ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was entered in error: all of a report, what its newest version takes back, and what this version does."""

    all: bool
    findings: frozenset[Finding]
    ids: frozenset[str]

    def holds(self, result: Result) -> bool:
        """Say whether a result, of this version or an earlier one, was taken back."""
        return self.all or result.id in self.ids or finding_of(result) in self.findings


def _report(report: Report, back: TakenBack) -> dict[str, Any]:
    """Return a report's fields; documents are named and not handed on."""
    fields = msgspec.to_builtins(report)
    kept = {name: value for name, value in fields.items() if name not in _LEFT_OUT}
    kept["attachments"] = [{"title": one.title, "content_type": one.content_type} for one in report.attachments]
    if words.report_status(report) == words.status(Status.UNKNOWN):
        kept["status"] = Status.UNKNOWN.value  # of a study whose report may be in what its trust did not send, too
    whole = TakenBack(back.all or report.status is Status.ENTERED_IN_ERROR, back.findings, in_error(report))
    kept["results"] = [_result(*pair, whole) for pair in zip(kept["results"], report.results, strict=True)]
    if whole.all:
        kept = {name: value for name, value in kept.items() if name not in _SAID} | {"withdrawn": WITHDRAWN}
    return {"trust": report.trust.name, **kept}


def _result(fields: dict[str, Any], sent: Result | Unreadable, back: TakenBack) -> dict[str, Any]:
    """Return a result's fields, naming what kind of value it has: its fields alone do not always tell."""
    if isinstance(sent, Unreadable):
        return fields | {"unreadable": True}
    members = [_result(*pair, back) for pair in zip(fields["members"], sent.members, strict=True)]
    if back.holds(sent):
        kept = {name: fields[name] for name in ("id", "name", "status", "codes")}
        return kept | {"withdrawn": WITHDRAWN, "members": members}
    return fields | {"value": {"kind": type(sent.value).__name__, **fields["value"]}, "members": members}
