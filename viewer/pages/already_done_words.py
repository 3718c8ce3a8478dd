"""Say what was done already, how long ago, and whether an interval still runs.

Rule: advice only. Nothing here says that a test is not needed, nor that it was never done.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from viewer.clinical.by_analyte import Found
from viewer.clinical.lately import Lately
from viewer.clinical.report import Absent, Precision, Status, TakenFrom
from viewer.clinical.retest import Alike, Done, Runs, WhyNot
from viewer.clinical.retest_rules import LabTest, RetestInterval, RetestRules, Said, Setting
from viewer.pages import words
from viewer.pages.around_words import comments_of_groups
from viewer.pages.brief import Brief
from viewer.pages.brief import brief as brief_of
from viewer.steps import State, Tile

SETTINGS = {
    Setting.EMERGENCY: "Emergency department",
    Setting.INPATIENT: "Inpatient",
    Setting.OUTPATIENT: "Outpatient",
    Setting.GP: "General practice",
}
IN_SETTING = {
    Setting.EMERGENCY: "in an emergency department",
    Setting.INPATIENT: "for an inpatient",
    Setting.OUTPATIENT: "for an outpatient",
    Setting.GP: "in general practice",
}
ADVICE_ONLY = "Advice only."
TAKEN_BACK = words.status(Status.ENTERED_IN_ERROR)  # in the place of a value that was
IN_ITS_REPORT = "findings stand in its report"  # of a culture, which has no value of its own
WITH_IT = "in the same report, flagged, its code in no signed map"
ELSEWHERE = "Flagged in another report"
NEWER_NAMED_SO = "Newer than a flagged one of its name, its code in no signed map"
JUST_NOW = timedelta(minutes=1)
DAY = timedelta(days=1)


def age(found: Found, now: datetime) -> str:
    """Say how long ago a result was taken: 4 h 31 min ago; and if that time is another one, which."""
    if found.taken is None:
        return "time not sent"
    if found.taken.precision in (Precision.YEAR, Precision.MONTH, Precision.DAY):
        return f"{_OTHER_TIME.get(found.taken_from, '')}{words.when(found.taken)}"
    return f"{_OTHER_TIME.get(found.taken_from, '')}{ago(now - found.taken.instant)}"


_OTHER_TIME = {TakenFrom.RECEIVED: "received ", TakenFrom.ISSUED: "issued ", TakenFrom.IMAGED: "imaged "}


def ago(passed: timedelta) -> str:
    """Say how long ago that is, never more than it is."""
    if passed < timedelta(0):
        return "in the future, by its own clock"
    if passed < JUST_NOW:
        return "just now"
    minutes = int(passed / timedelta(minutes=1))
    if minutes < 60:
        return f"{minutes} min ago"
    if passed < DAY:
        return f"{minutes // 60} h {minutes % 60} min ago"
    if passed < 3 * DAY:
        return f"{minutes // 60} h ago"
    if passed < 730 * DAY:
        return f"{passed.days} days ago"
    return f"{passed.days // 365} years ago"


def span(lasts: timedelta) -> str:
    """Say an interval: 72 h, 28 days."""
    return f"{int(lasts / timedelta(hours=1))} h" if lasts <= 3 * DAY else f"{lasts.days} days"


def is_withdrawn(found: Found) -> bool:
    """Say whether a result, its group or its whole report was entered in error: its value is not shown."""
    return Status.ENTERED_IN_ERROR in found.statuses


def brief(found: Found) -> Brief:
    """Return what is said of a result where there is little room."""
    return brief_of(found.result, found.row.report, found.around)


def comments(found: Found, before: Found | None = None) -> tuple[str, ...]:
    """Return the comments on a result; of those on its groups none that the result before it has just brought."""
    said = comments_of_groups(before.around) if before and before.row.key == found.row.key else ()
    return tuple(one for one in brief(found).comments if one not in said)


def is_apart(found: Found) -> bool:
    """Say whether a result has no value, was taken back, or stands otherwise than its report."""
    said = brief(found)
    return bool(said.instead or said.standing) or isinstance(found.result.value, Absent)


def gave_none(done: Done) -> str:
    """Introduce a result without a value: the newest with one stands above it, where there is any."""
    return f"{'Another' if done.latest else 'A'} sample gave no value to go by"


def in_short(done: Done) -> str:
    """Say the advice in one line, or why there is none; "" where no interval is given."""
    if isinstance(done.advice, Runs):
        interval = done.advice.interval
        applies = f" ({interval.applies_to})" if interval.applies_to else ""
        return f"{done.test.name} again within {span(interval.lasts)} seldom helps{applies}, {interval.reference}"
    return _SHORT.get(done.advice, "").format(reference=done.test.excluded)


_SHORT = {
    WhyNot.EXCLUDED: "no advice for this test, {reference}",
    WhyNot.AKI: "no advice while a laboratory reports AKI",
    WhyNot.CHILD: "no advice for anybody under 18",
    WhyNot.BIRTH_DATE: "no advice: birth date not known",
    WhyNot.NOT_FINAL: "no advice: not final",
    WhyNot.NO_TIME: "no advice: when it was taken is not known",
    WhyNot.FAILED_SINCE: "no advice: another sample, as new or newer, gave no value to go by",
    WhyNot.PART_FAILED: "no advice: a part of it gave no value to go by",
    WhyNot.FLAGGED: "no advice: flagged by the laboratory",
    WhyNot.MAYBE_NOT_EXAMINED: "no advice: read in its report whether the sample could be examined",
}


def advice(done: Done, rules: RetestRules, setting: Setting) -> str:
    """Say the advice in a sentence with its source, or why there is none."""
    if isinstance(done.advice, Runs):
        return _runs(done.advice, done.test, rules)
    return _WHY_NOT[done.advice].format(
        reference=f"{rules.source}, {done.test.excluded}", setting=IN_SETTING[setting], intervals=_given(done.test)
    )


def _runs(runs: Runs, test: LabTest, rules: RetestRules) -> str:
    interval = runs.interval
    applies = f" for {interval.applies_to}" if interval.applies_to else ""
    return (
        f"Repeating {test.name} within {span(interval.lasts)} seldom helps{applies}: {rules.source},"
        f" {interval.reference}. That interval still runs, until {words.day_and_clock(runs.ends)}. {ADVICE_ONLY}"
    )


_WHY_NOT = {
    WhyNot.NOTHING_FOUND: "",
    WhyNot.EXCLUDED: "There is never advice on this test ({reference}).",
    WhyNot.CHILD: "No advice: the intervals are for adults, and the patient is, or was when it was taken, under 18.",
    WhyNot.BIRTH_DATE: "No advice: no record gives a birth date that can be read, and the intervals are for adults.",
    WhyNot.BLEEDING: "No advice in major bleeding.",
    WhyNot.AKI: "No advice: a laboratory reports an acute kidney injury.",
    WhyNot.NO_INTERVAL: "No interval is given for this test {setting}.{intervals}",
    WhyNot.OVER: "The interval is over: there is no advice against repeating it.{intervals}",
    WhyNot.NO_TIME: "No advice: when the sample was taken is not known.",
    WhyNot.NOT_FINAL: "No advice: the result is not final.",
    WhyNot.FAILED_SINCE: "No advice: another sample, as new or newer, gave no value to go by.",
    WhyNot.PART_FAILED: "No advice: a part of it gave no value to go by.",
    WhyNot.FLAGGED: "No advice: the laboratory flagged one of the results.",
    WhyNot.UNCLEAR: "No advice: the laboratory says neither positive nor negative in words that are known here.",
    WhyNot.MAYBE_NOT_EXAMINED: "No advice: what the laboratory wrote is not among the words that are known here to mean"
    " that the sample was examined. Read them in its report: it may be done, and the sample may have been rejected.",
}


def _given(test: LabTest) -> str:
    said = "; ".join(map(_interval, test.intervals))
    return f" Given: {said}." if said else ""


def _interval(interval: RetestInterval) -> str:
    where = "" if interval.settings == frozenset(Setting) else f" {_where(interval)}"
    said = f" after a {interval.said} one" if interval.said is not Said.ANYTHING else ""
    return f"{span(interval.lasts)}{where}{said}, {interval.reference}"


def _where(interval: RetestInterval) -> str:
    return words.listed([IN_SETTING[one] for one in Setting if one in interval.settings])


def beyond(count: int, most: int, longest: int) -> str:
    """Say how many of the tests in mind were not looked for, because there are too many; "" when all were."""
    if not count:
        return ""
    were = words.plural(count, "test was", "tests were")
    return f"{count:,} more {were} not looked for: at most {most} tests, or {longest} typed characters, at once."


def missing(tiles: Sequence[Tile]) -> str:
    """Say by name which trusts may hold a newer result: Barnsley is missing: a newer one may be there."""
    waiting = [tile.trust.title for tile in tiles if tile.state is State.WAITING]
    gone = [tile.trust.title for tile in tiles if tile.state in (State.GAP, State.NOT_AGREED)]
    said = [f"Still waiting for {words.listed(waiting)}"] if waiting else []
    said += [f"{words.listed(gone)} {words.plural(len(gone), 'is', 'are')} missing"] if gone else []
    return f"{'; '.join(said)}: a newer one may be there." if said else ""


def nothing_found(done: Done, tiles: Sequence[Tile]) -> str:
    """Say that no result of a test was found, or none with a value, and among whom; never flatly where one is alike."""
    answered = sum(tile.state in (State.ANSWERED, State.NONE) for tile in tiles)
    which = f"{done.test.name} with a value to go by" if done.failed else done.test.name
    of_which = f"that is proven to be {which}" if done.alike or done.beside else f"of {which}"
    return f"No result {of_which} was found in what {answered} of {len(tiles)} trusts sent{_but(done)}."


def none_found(done: Done) -> str:
    """Say in few words that no result of a test was found."""
    return f"no result {'with a value to go by ' if done.failed else ''}found{_but(done)}"


def _but(done: Done) -> str:
    """Say how much of the test, or named like it, came all the same."""
    parts = len(done.elsewhere) + sum(one.found.analyte in done.test.analytes for one in done.alike)
    others = len(done.newer_named_so) + len(done.alike) + len(done.elsewhere) - parts
    said = [f"{parts} of its parts {words.plural(parts, 'was', 'were')}"] if parts else []
    said += [f"{others} {words.plural(others, 'is', 'are')} named alike"] if others else []
    return f", but {words.listed(said)}" if said else ""


def alike(one: Alike, done: Done) -> str:
    """Introduce a result that is named like a test, or is a part of it: Not the same test, but named alike:."""
    known_as = f" {one.known_as}, sent as" if one.known_as else ""
    return f"{_how_near(one.found, done)}:{known_as}"


def _how_near(found: Found, done: Done) -> str:
    """Say how near a result is proven to be to a test."""
    if not found.analyte:
        return "Not proven to be the same test, but named alike"
    if found.analyte in done.test.analytes:
        return f"Of {done.test.name}, in another report" if done.latest else f"A part of {done.test.name}"
    return "Not the same test, but named alike"


def taken_for(typed: Sequence[str], done: Done) -> str:
    """Say which test the words that were typed were taken for, and which part of it did not come with its newest."""
    name = done.test.name
    other = [f"“{one}”" for one in typed if one.casefold() != name.casefold()]
    missing = words.listed([f"“{one}”" for one in done.not_in_it])
    said = f"{words.listed(other)} {words.plural(len(other), 'was', 'were')} taken for {name}." if other else ""
    return f"{said} Its newest result holds no {missing}." if missing else said


def not_recognised(test: LabTest, titles: Sequence[str], trusts: int) -> str:
    """Say at which trusts a result of this test would not be recognised; "" when at none."""
    if not titles:
        return ""
    where = "any trust that sent results" if len(titles) == trusts else words.listed(titles)
    return f"A result from {where} would not be recognised: no signed code map there names a code for {test.name}."


def unexplained(count: int) -> str:
    """Say how many findings no signed map explains."""
    if not count:
        return ""
    return (
        f"{count:,} {words.plural(count, 'finding')} of codes that no signed map explains, or that could not be read, "
        f"{words.plural(count, 'is', 'are')} not looked at here. They stand in the timeline."
    )


def lately(count: int, older: int, span_: str) -> str:
    """Say how much was done: 5 tests and reports; and how many reports hold only older results of the same tests."""
    if not count and older:
        return f"{older} {words.plural(older, 'report')} with older results of the same tests in the timeline"
    if not count:
        return f"Nothing taken in the last {span_} has come."
    also = f", {older} more with older results of the same tests in the timeline" if older else ""
    return f"{count} {words.plural(count, 'test or report', 'tests and reports')}{also}"


def in_one_line(short: Lately, long: Lately) -> str:
    """Say how much was done: 12 in 72 hours, 19 more in 30 days."""
    return f"{short.count or 'none'} in 72 hours, {long.count or 'none'} more in 30 days"


def named(part: Lately) -> str:
    """Name what was done, newest test first: CRP · U&E · CT aorta, contrast."""
    names = [*(one.test.name for one in part.done), *(row.report.title for row in part.others)]
    return " · ".join(dict.fromkeys(names))


def not_flagged(count: int, test: LabTest) -> str:
    """Say how many results of a test stand behind a link: 5 more of U&E, not flagged."""
    return f"{count} more of {test.name}, not flagged"
