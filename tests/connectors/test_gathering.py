"""What came twice is taken once; what differs in one byte came once each; what did not come is said, never counted."""

import pytest

from connectors.answer import Kind, Outcome, Results, Search
from connectors.gathering import Gathering, once_each
from connectors.page import Page
from connectors.trust_config import Caps
from tests.builders import A_NUMBER, a_laboratory_report, received

FIRST = received(a_laboratory_report("7", meta={"versionId": "1"}))


def test_the_same_bytes_twice_are_taken_once() -> None:
    assert once_each([FIRST, FIRST]) == [FIRST]


def test_two_contents_under_one_id_and_one_version_are_both_kept() -> None:
    other = received(a_laboratory_report("7", meta={"versionId": "1"}, conclusion="Gram-positive cocci seen"))

    assert once_each([FIRST, other, FIRST]) == [FIRST, other]


def test_what_came_without_an_id_is_never_taken_for_a_repeat() -> None:
    nameless = received(a_laboratory_report(""))

    assert once_each([nameless, nameless]) == [nameless, nameless]


def gathered(came: int, total: int | None, late: str = "") -> str:
    """Return the reason when so many reports came, of so many that the trust counted."""
    gathering = Gathering(Results(A_NUMBER.digits, frozenset(Kind), ("1",)), "https://trust.example/fhir/", Caps())
    pile = gathering.begin(Search("DiagnosticReport", (("_count", "3"),)))
    sent = tuple(received(a_laboratory_report(str(number))) for number in range(came))
    pile.take(Page(sent, total=total))
    pile.over = not late
    said = gathering.sum_up(late)
    assert said.outcome is Outcome.PARTIAL
    return said.reason


@pytest.mark.parametrize(
    ("shortfalls", "words"),
    [
        ([gathered(2, 4), gathered(3, 4), gathered(2, 12)], "not all of its reports came"),
        ([gathered(3, None)], "this trust did not say whether there are more reports"),
        (
            [gathered(2, None, "3.0 s"), gathered(3, None, "3.0 s")],
            "a further page of its reports did not come in 3.0 s",
        ),
    ],
)
def test_what_did_not_come_is_said_and_never_how_many_did_law_4(shortfalls: list[str], words: str) -> None:
    assert all(words in reason for reason in shortfalls)
    assert not any(str(number) in reason.replace("3.0 s", "") for reason in shortfalls for number in range(13))
