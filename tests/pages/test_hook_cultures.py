"""A card says a culture whole, and makes a link of an address only where it leads to just what was sent."""

from typing import Any

import pytest

from tests.pages.builders import TRUSTS, a_report, a_result
from tests.pages.test_hook_words import of_test
from viewer.clinical.by_analyte import Found
from viewer.clinical.report import NoValue, Status, TakenFrom, Unreadable, Words
from viewer.clinical.retest import Done, WhyNot
from viewer.clinical.retest_rules import LabTest
from viewer.clinical.row import Row
from viewer.pages import hook_words

# ── Addresses ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("See https://its.example/a_b*c?x=1&y=2.", r"See [https://its.example/a\_b\*c?x=1\&y=2](<https://its.example/a_b*c?x=1&y=2>)."),
        ("(http://its.example/k)", "([http://its.example/k](<http://its.example/k>))"),
        ("www.its.example/a_b, 5_6", r"`www.its.example/a_b`, 5\_6"),
        ("https://its.example/999-412-7039", "`https://its.example/999-412-7039`"),
        ("https://its.example/999%20412%207039", "`https://its.example/999%20412%207039`"),
        ("[here](javascript:x)", r"\[here\](javascript:x)"),
        ("https://its.example/](x", r"[https://its.example/\](x](<https://its.example/](x>)"),
        ("ratio 1:2 http: https://", "ratio 1:2 http: https://"),
    ],
)  # fmt: skip
def test_an_address_in_what_was_sent_is_a_link_to_just_that_or_no_link(sent: str, said: str) -> None:
    assert hook_words.escaped(sent) == said


# ── A culture ────────────────────────────────────────────────────────────────────────────────────


def a_culture(**changes: Any) -> Found:
    drug = a_result("Amoxicillin", Words("Resistant"), "", "R")
    organism = a_result("Organism", Words("Escherichia coli"), members=(drug,))
    unread = Unreadable(TRUSTS[1], "Observation", "9", "its value is a colour")
    result = a_result("Urine culture", NoValue(), **({"members": (organism, unread)} | changes))
    report = a_report(TRUSTS[1], "u", "Urine culture", "2026-11-20 10:00", "2026-11-20 11:00", result)
    return Found(Row(report), result, "urine_culture", report.taken, TakenFrom.SPECIMEN)


CULTURE = LabTest("urine_culture", "Urine culture", ("urine_culture",))


def test_a_card_says_every_finding_of_a_culture_and_its_summary_none() -> None:
    card = of_test(Done(CULTURE, (a_culture(),), (), WhyNot.OVER, ()))

    assert card["detail"].startswith(
        "Urine culture; Organism Escherichia coli; Amoxicillin Resistant R resistant; Observation 9 from "
    )
    assert card["summary"] == f"Urine culture: a result of {TRUSTS[1].title}, 17 h 12 min ago"


def test_a_culture_that_was_taken_back_leaves_its_name_alone() -> None:
    card = of_test(Done(CULTURE, (a_culture(status=Status.ENTERED_IN_ERROR),), (), WhyNot.OVER, ()))

    assert "coli" not in card["detail"]


def test_a_culture_in_a_document_says_where_its_findings_stand() -> None:
    empty = a_culture(members=())

    assert (
        "Urine culture (findings stand in its report)."
        in of_test(Done(CULTURE, (empty,), (), WhyNot.OVER, ()))["detail"]
    )
