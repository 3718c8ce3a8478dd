"""Hear what a laboratory's words say of a sample: positive, negative, and whether it was examined at all.

Rule: only whole texts that config/retest.toml lists are understood, and the laboratory's own flags. What a laboratory
writes of a sample that it could not examine stands where a finding would stand, in words that no list could hold. So a
culture is taken to have been examined where susceptibilities were sent in it, or where nothing in its report says
anything that is not understood. Otherwise that is not known: neither that it was, nor that it was not.
"""

import re
from collections.abc import Iterable, Iterator

from viewer.clinical.around import TAKEN_BACK, Finding, placed
from viewer.clinical.by_analyte import Found
from viewer.clinical.microbiology import letters_of
from viewer.clinical.report import Amount, Flag, NoValue, Report, Result, Words
from viewer.clinical.retest_rules import RetestRules, Said


def heard(result: Result, rules: RetestRules) -> Said:
    """Return what a result says in words that are understood, or by its flag; ANYTHING when neither does."""
    text = result.value.text if isinstance(result.value, Words) else ""
    flags = {one.flag for one in result.flags}
    positive = Flag.POSITIVE in flags or _understood(text, rules) is Said.POSITIVE
    negative = Flag.NEGATIVE in flags or _understood(text, rules) is Said.NEGATIVE
    if positive == negative:
        return Said.ANYTHING
    return Said.POSITIVE if positive else Said.NEGATIVE


def _understood(text: str, rules: RetestRules) -> Said:
    whole = text.strip().casefold()
    if (whole in rules.positive) == (whole in rules.negative):
        return Said.ANYTHING
    return Said.POSITIVE if whole in rules.positive else Said.NEGATIVE


def is_a_number(value: Words) -> bool:
    """Say whether words are a number sent as text: ">90"."""
    return bool(_NUMBER.fullmatch(value.text))


_NUMBER = re.compile(r"\s*(?:[<>]=?)?\s*\d+(?:\.\d+)?\s*", re.ASCII)


def was_examined(found: Found, rules: RetestRules) -> bool:
    """Say whether it is certain that a sample was examined: no is no word that it was not."""
    own = list(_standing(found))
    if any(map(letters_of, own)):
        return True
    report = found.row.report
    says = any(heard(one, rules) is not Said.ANYTHING for one in own) or _answers(found, rules)
    return says and all(_is_understood(one, rules) for one, _ in placed(report.results)) and _is_silent(report, rules)


def _standing(found: Found) -> Iterator[Result]:
    """Yield what was found in a culture and was not taken back: of a whole report everything in it."""
    inside = found.row.report.results if _is_the_report(found) else (found.result,)
    for one, around in placed(inside):
        if isinstance(one, Result) and not TAKEN_BACK & {one.status, *around.taken_back}:
            yield one


def _is_the_report(found: Found) -> bool:
    return found.result.id == found.row.report.id


def _answers(found: Found, rules: RetestRules) -> bool:
    """Say whether the report's conclusion is the answer: it stands for a document, not for one of several results."""
    return _is_the_report(found) and _understood(found.row.report.conclusion, rules) is not Said.ANYTHING


def _is_understood(one: Finding, rules: RetestRules) -> bool:
    """Say whether a finding leaves nothing to read: a number, a group, or words and comments that are listed."""
    if not isinstance(one, Result) or one.status in TAKEN_BACK:
        return False
    is_plain = (
        isinstance(one.value, NoValue)
        or (isinstance(one.value, Amount) and bool(one.value.number))
        or (isinstance(one.value, Words) and is_a_number(one.value))
    )
    return (is_plain or heard(one, rules) is not Said.ANYTHING) and _all_understood(one.notes, rules)


def _is_silent(report: Report, rules: RetestRules) -> bool:
    """Say whether all of a report came, and nothing around its findings is left to read: no comment, no document."""
    if report.report_unread or report.of_part or report.attachments or report.narrative:
        return False
    around = [*report.notes, *(addendum.text for addendum in report.addenda)]
    around += [code.display or code.code for code in report.conclusion_codes]
    around += [said for specimen in report.specimens for said in (*specimen.condition, *specimen.notes)]
    return _all_understood([report.conclusion, *around], rules)


def _all_understood(texts: Iterable[str], rules: RetestRules) -> bool:
    return all(_understood(text, rules) is not Said.ANYTHING for text in texts if text.strip())
