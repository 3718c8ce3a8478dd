"""What was done already: lately, and of the tests that a clinician has in mind.

Rule: advice only, and beside it by name which trusts may hold something newer. What is typed is kept in the session
and never stands in an address.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.access.clinician import Clinician
from viewer.access.relationship import Claim, Purpose
from viewer.clinical.analyte import Catalogue, CodeMap
from viewer.clinical.by_analyte import Findings, Found, find_all, flagged_in, stands_out
from viewer.clinical.lately import Lately, lately
from viewer.clinical.named_alike import with_named_alike
from viewer.clinical.retest import Circumstances, Done, already_done
from viewer.clinical.retest_rules import LabTest, RetestRules, Setting, every_test
from viewer.clinical.row import Row
from viewer.pages import already_done_words
from viewer.pages.page import looking
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import report_address
from viewer.pages.view import Views
from viewer.steps import Opened, State, Step, Tile

SHORT, LONG = timedelta(hours=72), timedelta(days=30)
MOST = 40  # tests in mind at once
LONGEST = 500  # characters of what is typed
SHORTEST, FEW = 2, 6  # letters of what may be a part of a name; tests that are asked about

Count = Callable[[Clinician, Sequence[Done], Circumstances], object]


@dataclass(frozen=True, slots=True)
class InMind:
    """The tests a clinician has in mind, kept under a handle."""

    tests: tuple[str, ...]  # keys
    unknown: tuple[str, ...]  # words that name no test here
    setting: Setting
    bleeding: bool = False
    counted: bool = False  # it has been looked for, and that was counted
    beyond: int = 0  # more than are looked for at once
    typed: tuple[tuple[str, str], ...] = ()  # the key of a test, and the words that were taken for it

    def words_for(self, test: LabTest) -> tuple[str, ...]:
        """Return the words that were taken for a test."""
        return tuple(words for key, words in self.typed if key == test.key)


@dataclass(frozen=True, slots=True)
class Box:
    """What stands above the filters of a timeline: what was done in the last 72 hours, and in 30 days."""

    short: Lately
    long: Lately
    missing: str
    unexplained: int
    now: datetime
    address: Callable[[Row], str]
    flagged: Callable[[Row], tuple[Found, ...]] = flagged_in

    @staticmethod
    def stand_out(found: Iterable[Found]) -> list[Found]:
        """Return those that their laboratory flagged, or that stand otherwise: none of them stands behind a link."""
        return [one for one in found if stands_out(one.result) or already_done_words.is_apart(one)]


@dataclass(frozen=True)
class AlreadyDone:
    """What the pages about tests that were done share with the hooks of ordering systems."""

    rules: RetestRules
    catalogue: Catalogue
    code_maps: Mapping[str, CodeMap] = field(default_factory=dict)
    clock: Callable[[], datetime] = field(kw_only=True)

    @cached_property
    def tests(self) -> tuple[LabTest, ...]:
        """Return every test that can be picked."""
        return every_test(self.rules, self.catalogue)

    def findings(self, rows: Iterable[Row]) -> Findings:
        """Return every result of these rows whose code a signed map explains."""
        return find_all(rows, self.catalogue, self.code_maps)

    def lately(self, opened: Opened, step: Step | None) -> Box | None:
        """Return what was done lately, as far as it has come; None while nothing has been asked."""
        return self.box(opened, step, setting_of(opened)) if step else None

    def box(self, opened: Opened, step: Step, setting: Setting, *, bleeding: bool = False) -> Box:
        """Return what was done lately, as far as it has come."""
        now = self.clock()
        findings = self.findings(_of_the_last(LONG, step.timeline.rows, now))
        moment = Circumstances(now, setting, bleeding)
        tests, person = self.tests, opened.person
        return Box(
            lately(tests, findings, self.rules, person, moment, SHORT),
            lately(tests, findings, self.rules, person, moment, LONG, SHORT),
            already_done_words.missing(step.tiles),
            findings.unexplained,
            now,
            lambda row: report_address(opened, row.key),
        )


def _of_the_last(span: timedelta, rows: Iterable[Row], now: datetime) -> list[Row]:
    """Return the rows of this span, and those without a time: they may be new. Few of many need be looked into."""
    since = now - span
    return [row for row in rows if row.report.taken is None or row.report.taken.instant >= since]


def setting_of(opened: Opened) -> Setting:
    """Return the setting that fits why a patient was opened, until the clinician chooses another."""
    if opened.relationship.claim is Claim.REGISTERED:
        return Setting.GP
    if opened.relationship.purpose is Purpose.EMERGENCY_CARE:
        return Setting.EMERGENCY
    return Setting.INPATIENT  # of those left, the one with the shortest intervals


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Shared:
    views: Views
    already: AlreadyDone
    count: Count


def already_done_routes(views: Views, already: AlreadyDone, count: Count = lambda *_: None) -> tuple[Route, ...]:
    """Return the page, and the action that takes the tests in mind."""
    shared = _Shared(views, already, count)
    path = "/patients/<handle>/already-done"
    return (
        Route(path, "already_done", Who.CLINICIANS, _show(shared)),
        Route(path, "already_done_asked", Who.CLINICIANS, _ask(shared), methods=("POST",)),
    )


def _show(shared: _Shared) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        kept = shared.views.handles.fetch(looking(asking).sign_in, InMind, request.args.get("asked", ""))
        mind = kept or InMind((), (), setting_of(opened))
        return shared.views.whole(
            asking,
            opened,
            "already_done_page.html",
            lambda step: _seen(shared, asking, opened, mind, step),
            mind=mind,
            before=request.args.get("asked", "") if kept else "",
            not_known=[not_known(words, shared.already.tests, shared.already.rules) for words in mind.unknown],
            tests=shared.already.tests,
            common=[test for test in shared.already.tests if shared.already.rules.test(test.key)],
            rules=shared.already.rules,
            settings=already_done_words.SETTINGS,
            said=already_done_words,
            beyond=already_done_words.beyond(mind.beyond, MOST, LONGEST),
        )

    return show


def _ask(shared: _Shared) -> Callable[..., ResponseReturnValue]:
    def ask(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        mind = read_in_mind(
            shared.already.tests,
            request.form.getlist("test"),
            request.form.get("typed", ""),
            request.form.get("setting", ""),
            setting_of(opened),
            bleeding="bleeding" in request.form,
        )
        before = shared.views.handles.fetch(looking(asking).sign_in, InMind, request.form.get("before", ""))
        asked = shared.views.handles.keep(looking(asking).sign_in, _with_words_of(before, mind))
        return redirect(url_for("already_done", handle=opened.handle, asked=asked), 303)

    return ask


def _with_words_of(before: InMind | None, mind: InMind) -> InMind:
    """Return the tests in mind with the words by which those still ticked were asked for before."""
    still = [one for one in before.typed if one[0] in mind.tests] if before else []
    return replace(mind, typed=tuple(dict.fromkeys((*still, *mind.typed)))[: 2 * MOST])


def read_in_mind(
    tests: Sequence[LabTest], picked: Iterable[str], typed: str, setting: str, usual: Setting, *, bleeding: bool
) -> InMind:
    """Return what was picked and typed: tests by their names, several of them between commas or on lines."""
    keys = {test.key for test in tests}
    chosen = dict.fromkeys(key for key in picked if key in keys)
    unknown: dict[str, None] = {}
    typed_for: list[tuple[str, str]] = []
    names, too_many = _names(typed)
    for name in names:
        named = named_so(tests, name) or tuple(test for test in meant(tests, name) if test.key in chosen)
        chosen.update(dict.fromkeys(test.key for test in named))
        typed_for += [(test.key, name) for test in named]
        unknown.update({} if named else {name: None})
    known = Setting(setting) if setting in set(Setting) else usual
    beyond = too_many + len([*chosen][MOST:]) + len([*unknown][MOST:])
    kept = tuple(dict.fromkeys(typed_for))
    return InMind(tuple(chosen)[:MOST], tuple(unknown)[:MOST], known, bleeding, beyond=beyond, typed=kept)


def _names(typed: str) -> tuple[list[str], int]:
    """Return the names that were typed, whole ones and no more of them than we read, and how many more there are."""
    names = [name for word in typed.replace("\n", ",").split(",") if (name := " ".join(word.split()))]
    ends = accumulate(len(name) + len(",") for name in names)
    read = [name for name, end in zip(names, ends, strict=True) if end <= LONGEST + len(",")]
    return read, len(names) - len(read)


def named_so(tests: Sequence[LabTest], name: str) -> tuple[LabTest, ...]:
    """Return the tests of exactly this name, or that are also called so; likeness is not enough."""
    sought = name.casefold()
    own = tuple(test for test in tests if sought == test.name.casefold())
    return own or tuple(test for test in tests if sought in {also.casefold() for also in test.also})


def meant(tests: Sequence[LabTest], words: str) -> tuple[LabTest, ...]:
    """Return the tests of whose names these words are a part, or whose name stands in them: to be asked, not taken."""
    if len(words) < SHORTEST:
        return ()
    begins = re.compile(rf"(?<!\w){re.escape(words)}", re.IGNORECASE)
    named = [(test, name) for test in tests for name in (test.name, *test.also)]
    found = (test for test, name in named if begins.search(name) or _stands_in(name, words))
    return tuple({test.key: test for test in found}.values())[:FEW]


def _stands_in(name: str, words: str) -> bool:
    return len(name) > SHORTEST and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE))


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Words that name no test here, and where to look instead."""

    words: str
    is_imaging: bool
    meant: tuple[LabTest, ...]


def not_known(words: str, tests: Sequence[LabTest], rules: RetestRules) -> NotKnown:
    """Return what can be said of words that name no test here."""
    each = set(re.findall(r"[\w-]+", words.casefold()))
    return NotKnown(words, not each.isdisjoint(rules.imaging), meant(tests, words))


@dataclass(frozen=True, slots=True)
class Answered:
    """What is said of one test in mind."""

    done: Done
    advice: str
    nothing: str  # that none was found, and among whom; "" when one was
    unrecognised: str
    taken_for: str = ""  # which words were taken for this test


@dataclass(frozen=True, slots=True)
class _Seen:
    answers: tuple[Answered, ...]
    box: Box
    missing: str
    unexplained: str
    now: datetime


def _seen(shared: _Shared, asking: Asking, opened: Opened, mind: InMind, step: Step) -> Any:
    already, now = shared.already, shared.already.clock()
    by_key = {test.key: test for test in already.tests}
    findings = already.findings(step.timeline.rows)
    moment = Circumstances(now, mind.setting, mind.bleeding)
    chosen = [by_key[key] for key in mind.tests if key in by_key]
    done = already_done(chosen, findings, already.rules, opened.person, moment)
    _count(shared, asking, mind, done, moment)
    alike = [with_named_alike(one, findings, mind.words_for(one.test)) for one in done]
    box = already.box(opened, step, mind.setting, bleeding=mind.bleeding)
    return _Seen(
        tuple(answered(one, already.rules, mind, step.tiles) for one in alike),
        box,
        already_done_words.missing(step.tiles),
        already_done_words.unexplained(findings.unexplained),
        now,
    )


def _count(shared: _Shared, asking: Asking, mind: InMind, done: Sequence[Done], moment: Circumstances) -> None:
    """Count what was looked for once, however often its page is read again."""
    asked, look = request.args.get("asked", ""), looking(asking)
    if done and not mind.counted:
        shared.views.handles.keep(look.sign_in, replace(mind, counted=True), asked)
        shared.count(look.who, done, moment)


def answered(done: Done, rules: RetestRules, mind: InMind, tiles: Sequence[Tile]) -> Answered:
    """Return what is said of one test."""
    titles = {tile.trust.name: tile.trust.title for tile in tiles}
    sent = sum(tile.state is State.ANSWERED for tile in tiles)
    return Answered(
        done,
        already_done_words.advice(done, rules, mind.setting),
        "" if done.latest else already_done_words.nothing_found(done, tiles),
        already_done_words.not_recognised(done.test, [titles.get(name, name) for name in done.unmapped_at], sent),
        already_done_words.taken_for(mind.words_for(done.test), done),
    )
