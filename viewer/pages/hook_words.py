"""Say on CDS Hooks cards what was done already: in at most 140 characters, and the whole below in Markdown.

Rule: which trusts are missing stands before what was found. A value stands on a card whole or not at all, and what a
trust sent is escaped, so that it is read as it was sent.
Source: CDS Hooks 2.0, "Card Attributes".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from viewer.clinical import around
from viewer.clinical.by_analyte import Found
from viewer.clinical.lately import Lately
from viewer.clinical.report import NoValue, Report, Result, Status, Unreadable
from viewer.clinical.retest import Done
from viewer.clinical.retest_rules import RetestRules, Setting
from viewer.pages import already_done_words, words
from viewer.steps import Tile

LONGEST = 140
NOT_ALL = "; not all trusts answered"
OPEN_IT = "Open this patient in Trustline to read what was done already"
OPEN_IT_WHY = (
    "Nothing is shown here. This card is the same whatever the reason: the patient may not be known, "
    "or it is not proven that they are with you now, or their record may not be shown in this way."
)

Json = dict[str, Any]


def card(summary: str, detail: str, address: str) -> Json:
    """Return one card."""
    return {
        "summary": summary,
        "detail": detail,
        "indicator": "info",
        "source": {"label": "Trustline", "url": address},
        "links": [{"label": "Open Trustline", "url": f"{address}/find", "type": "absolute"}],
    }


def must_be_opened(address: str) -> Json:
    """Return the card that says no more than that the patient must be opened in Trustline."""
    return card(OPEN_IT, OPEN_IT_WHY, address)


def of_test(
    done: Done, rules: RetestRules, setting: Setting, now: datetime, tiles: Sequence[Tile], address: str
) -> Json:
    """Return the card of one ordered test."""
    missing = already_done_words.missing(tiles)
    titles = {tile.trust.name: tile.trust.title for tile in tiles}
    unmapped = [titles.get(name, name) for name in done.unmapped_at]
    lines = [
        missing,
        _results(done, now) if done.latest else already_done_words.nothing_found(done, tiles),
        *(f"{already_done_words.NEWER_NAMED_SO}: {_one(found)}, {_from(found, now)}." for found in done.newer_named_so),
        *(f"{already_done_words.ELSEWHERE}: {_one(found)}, {_from(found, now)}." for found in done.elsewhere),
        *(f"{already_done_words.alike(one, done)} {_one(one.found)}, {_from(one.found, now)}." for one in done.alike),
        *(f"{already_done_words.gave_none(done)}: {_failed(found)}, {_from(found, now)}." for found in done.failed),
        already_done_words.advice(done, rules, setting),
        already_done_words.not_recognised(done.test, unmapped, sum(bool(tile.count) for tile in tiles)),
        f"{already_done_words.ADVICE_ONLY} {rules.never}",
    ]
    detail = "\n\n".join(escaped(line) for line in dict.fromkeys(lines) if line)
    return card(_summary(done, now, bool(missing)), detail, address)


def of_unknown(names: Sequence[str], count: int, address: str) -> Json:
    """Return the card that counts the orders whose codes nobody has explained."""
    codes = words.plural(count, "its code", "their codes")
    said = f"{count} ordered {words.plural(count, 'test')} not known here by {codes}"
    named = words.listed([name for name in names if name])
    detail = f"Nothing was looked for: {named}." if named else "Nothing was looked for."
    return card(said, escaped(detail), address)


def of_beyond(count: int, most: int, address: str) -> Json:
    """Return the card that counts the orders beyond those that are looked for in one call."""
    said = f"{count:,} more ordered {words.plural(count, 'test')} not looked for: at most {most} at once"
    detail = f"No more than the first {most} of these orders were looked for. The others may have been done."
    return card(said, detail, address)


def of_lately(
    short: Lately, rules: RetestRules, now: datetime, tiles: Sequence[Tile], unexplained: int, address: str
) -> Json:
    """Return the card of what was done in the last 72 hours."""
    missing = already_done_words.missing(tiles)
    lines = [f"* {escaped(_results(one, now))}" for one in short.done]
    lines += [f"* {escaped(_other(row.report))}" for row in short.others]
    notes = [already_done_words.unexplained(unexplained), f"{already_done_words.ADVICE_ONLY} {rules.never}"]
    but = NOT_ALL if missing else ""
    head = f"Last 72 hours: {already_done_words.lately(short.count, short.older, '72 hours').rstrip('.')}{but}"
    summary = head if len(head) <= LONGEST else f"Last 72 hours: {short.count} tests and reports{but}"
    parts = [escaped(missing), "\n".join(lines), *map(escaped, notes)]
    return card(summary, "\n\n".join(filter(None, parts)), address)


def _summary(done: Done, now: datetime, some_are_missing: bool) -> str:
    """Return the longest of the sentences that fits: none is cut."""
    but = NOT_ALL if some_are_missing else ""
    name = done.test.name
    if not done.latest:
        choices = [f"{name}: {already_done_words.none_found(done)}{but}"]
    else:
        first = done.latest[0]
        has_value = not isinstance(first.result.value, NoValue)
        choices = [
            *(f"{name}: {said}, {_from(first, now)}{but}" for said in (_one(first), _short(first)) if has_value),
            f"{name}: a result of {_from(first, now)}{but}",
            f"{name}: a result was found{but}",
        ]
    return next((one for one in choices if len(one) <= LONGEST), f"A test that is being ordered was looked for{but}")


def _results(done: Done, now: datetime) -> str:
    pairs = zip(done.latest, (None, *done.latest), strict=False)
    said = "; ".join(one for found, before in pairs for one in _whole(found, before))
    said += "".join(f"; {already_done_words.WITH_IT}: {_one(found)}" for found in done.with_it)
    report = done.latest[0].row.report
    differs = any(already_done_words.brief(found).standing for found in done.latest)
    status = f"report {words.stands(report)}" if differs else words.stands(report)
    taken = words.when(done.latest[0].taken)
    return f"{said}. {_from(done.latest[0], now)}, taken {taken}, {status}."


def _whole(found: Found, before: Found | None = None) -> Iterator[str]:
    """Yield a result, and of a group such as a culture every finding in it, in its order."""
    yield _one(found, before)
    if not already_done_words.is_withdrawn(found):
        yield from _members(found.result.members, found)


def _members(members: Iterable[Result | Unreadable], within: Found) -> Iterator[str]:
    for one in members:
        if isinstance(one, Unreadable):
            yield words.unreadable(one)
        else:
            taken_back = around.within(within.result, within.around).taken_back  # all else its group has just said
            yield from _whole(replace(within, result=one, around=around.Around(taken_back=taken_back)))


def _one(found: Found, before: Found | None = None) -> str:
    """Say one result: name, value, flag, unit, range, how it stands, and the laboratory's comments."""
    return ", comment: ".join((_without_comments(found), *already_done_words.comments(found, before)))


def _short(found: Found) -> str:
    """Say one result, and only that there are comments on it."""
    has_comment = ", has a comment: open it" if already_done_words.brief(found).comments else ""
    return f"{_without_comments(found)}{has_comment}"


def _without_comments(found: Found) -> str:
    result, said = found.result, already_done_words.brief(found)
    parts = [said.name, ": ".join(filter(None, (said.instead, said.value)))]
    if said.is_number:
        parts += [said.unit, _flags(said.flags) or "no flag", f"({said.range})"]
    elif said.flags:
        parts.append(_flags(said.flags))
    elif isinstance(result.value, NoValue) and not (result.members or said.instead):
        parts.append(f"({already_done_words.IN_ITS_REPORT})")
    return ", ".join(filter(None, (" ".join(filter(None, parts)), said.beside)))


def _other(report: Report) -> str:
    """Say a report of which no value is named: its title, its trust, and how it stands where it is not final."""
    status = "" if report.status is Status.FINAL and not report.of_part else words.stands(report)
    return ", ".join(filter(None, (report.title, report.trust.title, status)))


def _failed(found: Found) -> str:
    """Say a result that gives no value, and why not."""
    report, said = found.row.report, already_done_words.brief(found)
    is_said = said.instead or report.status is Status.FINAL
    return _one(found) if is_said else f"{_one(found)}, report {words.stands(report)}"


def _flags(sent: Iterable[Any]) -> str:
    said = ((words.flag(one), words.own_word(one)) for one in sent)
    return ", ".join(" ".join(filter(None, (flag.shape, flag.letters, own))) for flag, own in said)


def _from(found: Found, now: datetime) -> str:
    return f"{found.row.report.trust.title}, {already_done_words.age(found, now)}"


_MARKS = re.compile(r"([\\`*_\[\]<>#|~&])")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>`\\|]*[^\s<>`\\|.,;:!?'\")\]]", re.IGNORECASE)
_TEN_DIGITS = re.compile(r"(?:[0-9][^0-9A-Za-z]{0,3}){10}")


def escaped(text: str) -> str:
    """Return a text so that Markdown shows it as it stands, on one line; an address in it is a link to just that."""
    line, place, said = " ".join(text.split()), 0, []
    for found in _ADDRESS.finditer(line):
        said += [_marked(line[place : found.start()]), _link(found[0])]
        place = found.end()
    return "".join((*said, _marked(line[place:])))


def _marked(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _link(address: str) -> str:
    """Return an address as a link; as its characters alone where it has no scheme, or could name a patient.

    Left bare it would be a link of the reader's own making, to an address with our backslashes in it.
    """
    if not address.casefold().startswith("http") or _TEN_DIGITS.search(address):
        return f"`{address}`"
    return f"[{_marked(address)}](<{address}>)"
