"""What an entry of the log is called in the Ledger tells apart what happened."""

import pytest

from tests.audit.entries import PRIYA, a_record
from viewer.access.access_event import Event
from viewer.pages import ledger_words


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("recorded", "Recorded a patient’s dissent"),
        ("ended", "Ended a patient’s dissent"),
        ("refused", "Was refused to end a patient’s dissent"),
        ("another", "Recorded a patient’s dissent, or its end"),
    ],
)
def test_a_dissent_that_was_recorded_and_one_that_was_ended_are_told_apart(outcome: str, said: str) -> None:
    record = a_record(Event.DISSENT_RECORDED, who=PRIYA, outcome=outcome)

    assert ledger_words.seen(record, ()) == said
