"""Headings are lines that stand in the text, and the sections together are the text, character by character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.clinical.sections import HEADINGS, Section, is_heading, is_set_in_columns, sections_of


def test_a_text_with_headings_is_read_in_sections() -> None:
    text = "Dr A Name\nHISTORY:\nFell.\n\nFindings\nNo fracture.\nCONCLUSION\nNormal."

    assert sections_of(text) == (
        Section("", "Dr A Name\n"),
        Section("HISTORY:\n", "Fell.\n\n"),
        Section("Findings\n", "No fracture.\n"),
        Section("CONCLUSION\n", "Normal."),
    )


def test_a_text_without_headings_is_one_section() -> None:
    assert sections_of("No fracture.\nHeart normal.") == (Section("", "No fracture.\nHeart normal."),)
    assert sections_of("") == ()


@pytest.mark.parametrize("line", ["FINDINGS: normal", "No findings", "The conclusion", "", "LUNGS", "Conclusion."])
def test_a_line_that_says_more_or_something_else_is_no_heading(line: str) -> None:
    assert not is_heading(line)


lines = st.lists(st.sampled_from([*sorted(HEADINGS)[:6], "Conclusion:", "a  b   c", "", "\r", "Text.", "é\tx"]))


@given(lines.map("\n".join))
def test_the_sections_together_are_the_text_as_it_was_sent_law_5(text: str) -> None:
    assert "".join(one.heading + one.body for one in sections_of(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Receptor     Score\nER           8/8", True),
        ("Amoxicillin\tR\nGentamicin\tS", True),
        ("A sentence.  Another.\nA third.  And a fourth.", False),  # two spaces after a full stop are typing
        ("  Indented once\n  and again", False),
        ("One line   with a gap", False),
        ("", False),
    ],
)
def test_columns_are_two_lines_with_gaps_inside(text: str, expected: bool) -> None:
    assert is_set_in_columns(text) is expected
