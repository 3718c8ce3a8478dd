"""Write chosen results as JSON: what the laboratories sent, in our words for it, and what is missing.

Rule: every number is a string of the characters that were sent; nothing is worked out; what is missing stands first.
The fields are those of viewer/clinical/report.py, by their names there. docs/copies.md tells of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from viewer.clinical.report import Report, Status
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.steps import State, Tile

VERSION = 1  # of this form
_LEFT_OUT = frozenset({"trust", "parts", "older_parts", "security", "sent_as", "replaces", "related", "kind_stated"})


def as_data(about: Mapping[str, str], tiles: Iterable[Tile], rows: Iterable[Row]) -> bytes:
    """Return the JSON of these rows, below who they are about and what is missing."""
    said = {
        "version": VERSION,
        **about,
        "trusts": [_trust(tile) for tile in tiles],
        "reports": [_row(row) for row in rows],
    }
    return msgspec.json.format(msgspec.json.encode(said), indent=1)


def _trust(tile: Tile) -> dict[str, Any]:
    return {
        "trust": tile.trust.name,
        "title": tile.trust.title,
        "missing": tile.state not in {State.ANSWERED, State.NONE},
        "says": words.tile(tile),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        **_report(row.report),
        "copies": [f"{copy.trust.name}/{copy.id}" for copy in row.copies],
        "earlier": [_report(one) for one in row.earlier],
    }


def _report(report: Report) -> dict[str, Any]:
    """Return a report's fields; documents are named and not handed on."""
    fields = msgspec.to_builtins(report)
    kept = {name: value for name, value in fields.items() if name not in _LEFT_OUT}
    kept["attachments"] = [{"title": one.title, "content_type": one.content_type} for one in report.attachments]
    if words.report_status(report) == words.status(Status.UNKNOWN):
        kept["status"] = Status.UNKNOWN.value  # of a study whose report may be in what its trust did not send, too
    return {"trust": report.trust.name, **_typed(kept, report)}


def _typed(kept: dict[str, Any], report: Report) -> dict[str, Any]:
    """Name what kind of value each result has: its fields alone do not always tell."""
    for result, sent in zip(kept["results"], report.results, strict=True):
        _name_value(result, sent)
    return kept


def _name_value(result: dict[str, Any], sent: Any) -> None:
    if not hasattr(sent, "value"):
        result["unreadable"] = True
        return
    result["value"] = {"kind": type(sent.value).__name__, **result["value"]}
    for member, below in zip(result["members"], sent.members, strict=True):
        _name_value(member, below)
