"""Find what is named like a test and not proven to be it, so that "none was found" hides nothing that came.

Rule: likeness of names is no proof, so nothing is advised from it. Of each name the newest stands.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.answer import Kind
from viewer.clinical.by_analyte import Findings, Found, has_value, stands_out
from viewer.clinical.report import NoValue, Result
from viewer.clinical.retest import Alike, Done

IsCalled = Callable[[Found], bool]
_SHORT = 2  # letters: "Ca" is not meant by "CA 125"


def with_named_alike(done: Done, findings: Findings, typed: Sequence[str] = ()) -> Done:
    """Return what is known of a test, and what is named like it or like the words by which it was asked for."""
    shown = (*done.latest, *done.with_it, *done.beside, *done.failed)
    said = {(one.row.key, one.result.id) for one in shown}
    found = _beside(done, shown, findings, typed) if done.latest else _in_its_place(done, shown, findings, typed)
    alike = [one for one in found if has_value(one) and (one.row.key, one.result.id) not in said]
    newest = tuple(_alike(one, findings) for one in _newest_of_each_name(alike))
    return replace(done, alike=newest, not_in_it=_not_in_it(done, findings, typed))


def _alike(one: Found, findings: Findings) -> Alike:
    known_as = findings.names.get(one.analyte, "")
    return Alike(one, "" if known_as == one.result.name else known_as)


def _in_its_place(done: Done, shown: Sequence[Found], findings: Findings, typed: Sequence[str]) -> Iterator[Found]:
    """Yield what came where no result of a test did: its parts, other tests, and reports, by any of its names."""
    test = done.test
    is_called = _called(findings, (test.name, *test.also, *typed, *_names(test.done_by, findings)))
    parts = tuple(findings.of(test.analytes))
    others = [key for key in findings.by_analyte if key not in test.analytes]
    named = [one for one in (*findings.of(others), *findings.unmapped) if is_called(one)]
    held = {one.row.key for one in (*parts, *named, *shown)}
    yield from (*parts, *named)
    yield from (one for one in _reports(findings) if one.row.key not in held and is_called(one))


def _beside(done: Done, shown: Sequence[Found], findings: Findings, typed: Sequence[str]) -> Iterator[Found]:
    """Yield what a clinician may mean beside the result that was found: what was typed, what is newer, or flagged."""
    newest = max(one.at for one in done.latest)
    asked = [words for words in typed if not any(map(_called(findings, [words]), shown))]
    is_asked_for, is_called = _called(findings, asked), _called(findings, (done.test.name, *typed))
    is_part = _called(findings, _parts(done, asked, findings))
    own = _own(done, findings)
    yield from filter(is_asked_for, findings.of(done.test.analytes))
    yield from filter(is_part, findings.of(key for key in findings.by_analyte if key not in done.test.analytes))
    for one in findings.unmapped:
        is_newer = one.at > newest and (is_called(one) or one.result.name.casefold() in own)
        if is_newer or is_asked_for(one) or (stands_out(one.result) and is_called(one)):
            yield one


def _not_in_it(done: Done, findings: Findings, typed: Sequence[str]) -> tuple[str, ...]:
    """Return the words that name a part of the test, of which its newest result holds none."""
    if not done.latest:
        return ()
    in_it = [*done.latest, *(one for one in findings.unmapped if one.row is done.latest[0].row)]
    missed = [words for words in typed if not any(map(_called(findings, [words]), in_it))]
    return tuple(_parts(done, missed, findings))


def _parts(done: Done, words: Sequence[str], findings: Findings) -> list[str]:
    """Return those of these words that are the name of an analyte of the test."""
    own = _own(done, findings)
    return [one for one in words if one.casefold() in own]


def _own(done: Done, findings: Findings) -> set[str]:
    return {name.casefold() for name in _names(done.test.analytes, findings)}


def _reports(findings: Findings) -> Iterator[Found]:
    """Yield the laboratories' reports themselves, by their titles: a culture may hold no result of its own name."""
    for row in findings.rows:
        if row.report.kind is Kind.LABORATORY:
            report = row.report
            itself = Result(report.id, report.title, NoValue(), report.status, report.status_as_sent, report.codes)
            yield Found(row, itself, "", report.taken, report.taken_from)


def _names(analytes: Iterable[str], findings: Findings) -> list[str]:
    return [findings.names[one] for one in analytes if one in findings.names]


def _called(findings: Findings, names: Iterable[str]) -> IsCalled:
    """Return what says whether a result's own name, or its analyte's, holds one of these names whole."""
    patterns = [_whole(name) for name in dict.fromkeys(names) if name]

    def is_called(one: Found) -> bool:
        own = (one.result.name, findings.names.get(one.analyte, ""))
        return any(pattern.search(name) for pattern in patterns for name in own)

    return is_called


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE if len(name) > _SHORT else 0)


def _newest_of_each_name(found: Iterable[Found]) -> list[Found]:
    """Return the newest of each analyte, and of each name that a trust uses for a code without one; newest first."""
    newest: dict[tuple[str, str], Found] = {}
    for one in found:
        name = ("", one.analyte) if one.analyte else (one.row.report.trust.name, one.result.name.casefold())
        newest[name] = max(newest.get(name, one), one, key=_order)
    return sorted(newest.values(), key=_order, reverse=True)


def _order(one: Found) -> tuple[datetime, bool, str, str]:
    return one.at, stands_out(one.result), one.row.key, one.result.id
