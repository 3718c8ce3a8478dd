"""Bring what was sent to its rows and its HTML, by the product's own parts in the order of the journey."""

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from connectors.answer import Received, Trust
from connectors.read_resource import read_resource
from tests.display.wire import GROUP_STATUSES, LETTERS, STATUSES, Sent, SentGroup, SentReport, resources
from tests.reading import Element, read
from viewer.clinical.merge import merge
from viewer.clinical.normalise import normalise
from viewer.clinical.row import Row

SHAPES = str.maketrans("", "", "▲▼◆◇□")


def rows_of(trust: Trust, sent: Sequence[SentReport]) -> tuple[Row, ...]:
    """Return the rows of what one trust sent."""
    received = tuple(_received(kind, id_, text) for kind, id_, text in resources(sent))
    return merge([normalise(trust, received)]).rows


def _received(kind: str, id_: str, text: str) -> Received:
    raw = text.encode()
    body = read_resource(raw)
    assert not isinstance(body, str), body
    return Received(kind, id_, "", body, "", raw, f"https://trust.example/fhir/{kind}/{id_}")


def wrong_in_html(html: str, sent: Sequence[SentReport]) -> Iterator[str]:
    """Yield what differs between what was sent and what rows of HTML say, character by character."""
    shown = {one.attributes["data-result"]: one for one in read(html).all("li", "result")}
    for report in sent:
        for result in report.results:
            element = shown.pop(f"Observation/{result.id}", None)
            if element is None:
                yield f"{result.id} is not shown"
                continue
            for what, said, expected in _compared(element, result, report):
                if said != expected:
                    yield f"{result.id} {what}: “{said}” for “{expected}”"
        if report.group:
            element = shown.pop(f"Observation/{report.group.id}", None)
            said, expected = _own(element) if element else "", _of_group(report.group, report)
            if said != expected:
                yield f"{report.group.id}: “{said}” for “{expected}”"
    yield from (f"{name} was never sent" for name in shown)


def _compared(element: Element, result: Sent, report: SentReport) -> Iterator[tuple[str, str, str]]:
    yield "name", element.one("span", "name").text, result.name
    yield "value", element.one("b", "value").text, result.value
    yield "unit", element.one("span", "unit").text, result.said_unit
    yield "range", element.one("span", "range").text, result.said_range
    yield "flag", element.one("span", "flags").text.translate(SHAPES).strip(), result.letters
    notes = [one.text for one in element.all("p", "note")]
    yield "comment", "".join(notes), f"Laboratory: “{result.note}”" if result.note else ""
    says_status = result.status not in ("final", report.status)
    statuses = [one.text for one in element.all("p", "said")]
    yield "status", "".join(statuses), STATUSES[result.status] if says_status else ""


def _own(group: Element) -> str:
    """Return what a group says of itself, above its members."""
    return " ".join(group.said.partition(group.one("ul", "results").said)[0].translate(SHAPES).split())


def _of_group(group: SentGroup, report: SentReport) -> str:
    letters = LETTERS[group.flag] if group.flag else ""
    status = GROUP_STATUSES[group.status] if _says_status(group.status, report) else ""
    note = f"Laboratory: “{group.note}”" if group.note else ""
    return " ".join(" ".join((group.name, letters, status, note)).split())


def _says_status(status: str, report: SentReport) -> bool:
    return status not in ("final", report.status)


# ── As text, as data, on paper ───────────────────────────────────────────────────────────────────


def wrong_in_text(text: str, sent: Sequence[SentReport]) -> Iterator[str]:
    """Yield what differs between what was sent and what plain text says, line by line."""
    blocks = {block.partition(".")[0]: block.split("\n")[1:] for block in text.strip("\n").split("\n\n")}
    for report in sent:
        said = [_SHAPED.sub("", line) for line in blocks.pop(report.title, ["it is not there"])]
        expected = [*_group_lines(report), *(line for result in report.results for line in _lines(result, report))]
        yield from (f"“{one}” for “{other}”" for one, other in zip_longest(said, expected) if one != other)


_SHAPED = re.compile("[▲▼◆◇□]+ ")


def _lines(result: Sent, report: SentReport) -> Iterator[str]:
    limits = result.said_range if result.said_range == "no range" else f"range {result.said_range}"
    group = report.group_of(result)
    lead = "    " if group else "  "
    if group and group.in_error:
        yield f"{lead}{result.name}"
        yield f"{lead}  {NOT_COPIED}"
        return
    yield f"{lead}{result.name}: {result.value} {result.said_unit}, {result.letters}, {limits}"
    if _says_status(result.status, report):
        yield f"{lead}  {STATUSES[result.status]}"
    if result.note:
        yield f"{lead}  “{result.note}”"


NOT_COPIED = "✕ Entered in error: what it said is not copied."


def _group_lines(report: SentReport) -> Iterator[str]:
    group = report.group
    if group is None:
        return
    if group.in_error:
        yield f"  {group.name}"
        yield f"    {NOT_COPIED}"
        return
    yield f"  {group.name}: {LETTERS[group.flag]}" if group.flag else f"  {group.name}"
    if _says_status(group.status, report):
        yield f"    {GROUP_STATUSES[group.status]}"
    if group.note:
        yield f"    “{group.note}”"


def wrong_in_what_stands_out(text: str, sent: Sequence[SentReport]) -> Iterator[str]:
    """Yield what a laboratory flagged critical, or sent as not final or as changed, and is not said to be above all."""
    above = _SHAPED.sub("", text.strip("\n").split("\n\n")[0])
    said = {name: _under(above, name) for name in ("CRITICAL", "NOT FINAL", "CORRECTED, AMENDED OR ADDED TO")}
    for report in sent:
        for result in report.results:
            limits = result.said_range if result.said_range == "no range" else f"range {result.said_range}"
            value = f"{result.name} {result.value} {result.said_unit}, {result.letters}, {limits}"
            if _is_pinned(result, report) != (value in said["CRITICAL"].get(report.title, ())):
                yield f"{result.id} {value}"
        if missing := [one for one in _instead_of_a_value(report) if one not in said["CRITICAL"].get(report.title, ())]:
            yield f"{report.title} CRITICAL: {missing}"
        for name, statuses in _HEEDED.items():
            of_report = [STATUSES[report.status]] if report.status in statuses else []
            every: list[Sent | SentGroup] = [*([report.group] if report.group else []), *report.results]
            others = [one for one in every if one.status in statuses and one.status != report.status]
            named = [*of_report, *(f"{one.name} {STATUSES[one.status]}" for one in others)]
            if missing := [one for one in named if one not in said[name].get(report.title, ())]:
                yield f"{report.title} {name}: {missing}"


def _is_pinned(result: Sent, report: SentReport) -> bool:
    group = report.group_of(result)
    return "critical" in result.letters and (group is None or group.status not in ("cancelled", "entered-in-error"))


_CANCELLED = "Cancelled: it was flagged critical, and its value no longer stands"


def _instead_of_a_value(report: SentReport) -> Iterator[str]:
    """Yield what stands for the critical results of a group that was cancelled, and for the group."""
    group = report.group
    if group and group.status == "cancelled":
        yield from (f"{one.name} {_CANCELLED}" for one in report.results[: group.holds] if "critical" in one.letters)
        yield from [f"{group.name} {_CANCELLED}"] if "critical" in LETTERS[group.flag] else []


_HEEDED = {
    "NOT FINAL": {"preliminary", "registered", "unknown"},
    "CORRECTED, AMENDED OR ADDED TO": {"amended", "corrected"},
}


def _under(above: str, heading: str) -> dict[str, list[str]]:
    """Return what is said of each report under one heading."""
    lines = above.partition(f"\n  {heading}\n")[2].split("\n")
    own = itertools.takewhile(lambda line: line.startswith("    "), lines)
    split = (line.strip().partition(": ") for line in own)
    return {report.partition(" (")[0]: said.split("; ") for report, _, said in split}


def wrong_in_data(data: bytes, sent: Sequence[SentReport]) -> Iterator[str]:
    """Yield what differs between what was sent and what JSON says, field by field."""
    results = {one["id"]: one for report in json.loads(data)["reports"] for one in _every(report["results"])}
    for report in sent:
        if report.group:
            of_group = results.pop(f"Observation/{report.group.id}", {})
            if (fields := _fields_of_group(of_group)) != (expected := _group_as_sent(report.group)):
                yield f"{report.group.id}: {fields} for {expected}"
        for result in report.results:
            said, group = results.pop(f"Observation/{result.id}", None), report.group_of(result)
            if said is None:
                yield f"{result.id} is not there"
            elif group and group.in_error:
                yield from (f"{result.id}: {name} of what was taken back" for name in said.keys() & _TAKEN_BACK)
            elif (fields := _fields(said)) != _as_sent(result):
                yield f"{result.id}: {fields} for {_as_sent(result)}"
    yield from (f"{name} was never sent" for name in results)


_TAKEN_BACK = {"value", "flags", "ranges", "notes"}


def _every(results: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in results:
        yield one
        yield from _every(one["members"])


def _fields_of_group(said: dict[str, Any]) -> tuple[object, ...]:
    return said.get("name"), said.get("status"), [one["as_sent"] for one in said.get("flags", ())], said.get("notes")


def _group_as_sent(group: SentGroup) -> tuple[object, ...]:
    if group.in_error:
        return group.name, group.status, [], None
    return group.name, group.status, [group.flag] if group.flag else [], [group.note] if group.note else []


def _fields(said: dict[str, Any]) -> tuple[object, ...]:
    value = said["value"]
    limits: dict[str, Any] = said["ranges"][0] if said["ranges"] else {"low": None, "high": None, "text": ""}
    assert len(said["ranges"]) <= 1
    ends = [end["number"] if end else "" for end in (limits["low"], limits["high"])]
    flags = [flag["as_sent"] for flag in said["flags"]]
    return (
        said["name"],
        value["comparator"],
        value["number"],
        value["unit"],
        *ends,
        limits["text"],
        flags,
        said["status"],
        said["notes"],
    )


def _as_sent(result: Sent) -> tuple[object, ...]:
    flags, notes = [result.flag] if result.flag else [], [result.note] if result.note else []
    return (
        result.name,
        result.comparator,
        result.number,
        result.unit,
        result.low,
        result.high,
        result.range_text,
        flags,
        result.status,
        notes,
    )
