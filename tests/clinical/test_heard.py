"""A sample that may have been rejected never gives the advice that it was done: only what is certain does."""

from dataclasses import replace

import pytest

from connectors.answer import Trust
from tests.builders import ROTHERHAM, SHEFFIELD, a_result, a_time
from tests.clinical.test_cultures_done import RESISTANT, a_document, a_group, in_words
from tests.clinical.test_retest import asked, reference, taken
from viewer.clinical.report import (
    Absent,
    Addendum,
    Attachment,
    Code,
    NoValue,
    Precision,
    Result,
    Specimen,
    Status,
    Unreadable,
    Words,
)
from viewer.clinical.retest import Runs, WhyNot
from viewer.clinical.row import Row
from viewer.pages import already_done_words

REJECTED = (
    "Sample leaked",
    "Not tested",
    "Specimen unsuitable",
    "Insufficient",
    "Leaked: no growth",
    "See comment",
    "",
)


def within(*members: Result | Unreadable, hours: float = 5, trust: Trust = ROTHERHAM, **fields: object) -> Row:
    return taken(hours, replace(in_words("urine_culture", NoValue()), members=members), trust=trust, **fields)


def said(text: str, name: str = "Culture", **fields: object) -> Result:
    return a_result(name, Words(text), id_=name, **fields)


def an_isolate(status: Status = Status.FINAL, around: Status = Status.FINAL) -> Result:
    drug = replace(a_result("Trimethoprim", Words("Resistant"), id_="drug", flags=RESISTANT), status=status)
    return replace(a_result("Organism", Words("Escherichia coli"), id_="organism", members=(drug,)), status=around)


@pytest.mark.parametrize("words", REJECTED)
def test_words_that_may_say_that_a_sample_was_rejected_give_no_advice_wherever_they_stand(words: str) -> None:
    alone = taken(5, in_words("urine_culture", Words(words)))
    of_the_toxin = taken(5, in_words("c_difficile", Words(words)))

    for row in (alone, within(said(words)), a_document("urine_culture", 5, conclusion=words)):
        done = asked("urine_culture", row)

        assert done.advice is WhyNot.MAYBE_NOT_EXAMINED
        assert [one.row.key for one in done.latest] == [row.key]  # and it is not said that it was not done
    assert asked("c_difficile", of_the_toxin).advice is WhyNot.UNCLEAR


CERTAIN = [
    taken(5, in_words("urine_culture", Words("No growth"))),
    within(said("NO SIGNIFICANT GROWTH ")),
    within(said("No growth"), a_result("White cells", id_="wbc"), said("<10", "Red cells")),
    within(an_isolate(), said("Significant growth", "Comment")),
    a_document("urine_culture", 5, conclusion="NO GROWTH"),
    within(said("No growth"), conclusion_codes=(Code("urn:local", "NG", "No growth"),)),
    a_document("urine_culture", 5, conclusion="", results=(an_isolate(),)),
]


@pytest.mark.parametrize("row", CERTAIN)
def test_susceptibilities_or_words_that_are_listed_and_nothing_else_give_advice(row: Row) -> None:
    assert reference(asked("urine_culture", row)) == "M-58"


NO_GROWTH = said("No growth")
DOUBTS = {
    "another finding": within(NO_GROWTH, said("Sample leaked", "Comment")),
    "a comment on the result": within(replace(NO_GROWTH, notes=("Leaked: please repeat.",))),
    "a comment on the group": taken(5, replace(in_words("urine_culture", Words("No growth")), notes=("Leaked",))),
    "a comment on the report": within(NO_GROWTH, notes=("Leaked in transit",)),
    "the conclusion": within(NO_GROWTH, conclusion="Leaked in transit"),
    "an addendum": within(NO_GROWTH, addenda=(Addendum("Leaked in transit"),)),
    "what its conclusion was coded as": within(NO_GROWTH, conclusion_codes=(Code("urn:local", "L1", "Leaked"),)),
    "a code alone": within(NO_GROWTH, conclusion_codes=(Code("urn:local", "L1"),)),
    "a document": within(NO_GROWTH, attachments=(Attachment("Report", "application/pdf", "JVBERi0xLjQK"),)),
    "its narrative": within(NO_GROWTH, narrative="<div>Leaked in transit</div>"),
    "a report that could not be read": within(NO_GROWTH, report_unread=True),
    "what its trust did not send": within(NO_GROWTH, of_part=True),
    "its specimen": within(NO_GROWTH, specimens=(Specimen("1", "Urine", condition=("Leaked",)),)),
    "a finding beside the group": taken(
        5, replace(in_words("urine_culture", NoValue()), members=(NO_GROWTH,)), said("Leaked", "Comment")
    ),
    "a part that is absent": within(NO_GROWTH, a_result("Microscopy", Absent("Insufficient"), id_="m")),
    "a part that was cancelled": within(NO_GROWTH, replace(said("Negative", "Nitrite"), status=Status.CANCELLED)),
    "a part that could not be read": within(NO_GROWTH, Unreadable(ROTHERHAM, "Observation", "9", "no value")),
    "susceptibilities that were taken back": within(an_isolate(Status.ENTERED_IN_ERROR)),
    "susceptibilities of an organism that was taken back": within(an_isolate(around=Status.CANCELLED)),
    "susceptibilities of another culture": taken(5, in_words("urine_culture", Words("Leaked")), an_isolate()),
    "no word at all": within(a_result("White cells", id_="wbc")),
    "the words of another result": taken(5, in_words("urine_culture", NoValue()), NO_GROWTH),
}


@pytest.mark.parametrize("row", DOUBTS.values(), ids=DOUBTS)
def test_whatever_else_a_report_says_is_a_doubt(row: Row) -> None:
    assert asked("urine_culture", row).advice is WhyNot.MAYBE_NOT_EXAMINED


def test_a_negative_toxin_beside_other_words_gives_no_advice_either() -> None:
    toxin = in_words("c_difficile", Words("Not detected"))

    assert isinstance(asked("c_difficile", taken(5, toxin)).advice, Runs)
    assert asked("c_difficile", taken(5, toxin, said("Stool formed: not tested"))).advice is WhyNot.MAYBE_NOT_EXAMINED


def test_a_rejected_sample_after_a_good_one_is_the_newest_and_gives_no_advice() -> None:
    done = asked("urine_culture", a_group("urine_culture", 20), within(said("Sample leaked"), hours=2))

    assert done.advice is WhyNot.MAYBE_NOT_EXAMINED
    assert isinstance(
        asked("urine_culture", a_group("urine_culture", 2), within(said("Leaked"), hours=20)).advice, Runs
    )


def test_one_that_may_be_as_new_is_named_beside_it_and_ends_the_advice() -> None:
    that_day = replace(a_time("2026-11-21T00:00:00+00:00"), precision=Precision.DAY)
    leaked = within(said("Sample leaked"), hours=30, trust=SHEFFIELD, taken=that_day)

    done = asked("urine_culture", a_group("urine_culture", 2), leaked)

    assert done.advice is WhyNot.FAILED_SINCE
    assert [one.row.key for one in done.failed] == [leaked.key]


def test_it_is_said_that_nobody_knows_and_neither_that_it_was_done_nor_that_it_was_not() -> None:
    done = asked("urine_culture", within(said("Sample leaked")))

    assert already_done_words.in_short(done) == "no advice: read in its report whether the sample could be examined"
