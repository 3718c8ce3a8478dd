"""A narrative copied as plain text keeps its lines, its cells and what its layout says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.builders import ROTHERHAM, a_report
from viewer.clinical.row import Row
from viewer.pages.narrative import clean
from viewer.pages.narrative_lines import lines_of_narrative
from viewer.pages.plain_text import Heading, plain_text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<div>One<div>Two</div>Three</div>", "One\nTwo\nThree"),
        ("One<br/>Two<br>Three", "One\nTwo\nThree"),
        ("<p>Not <b>one</b>\n  break <i>here</i></p>", "Not one break here"),
        ("a<b>b</b>c", "abc"),
        ("<h2>Found</h2><ul><li><p>One</p></li><li>Two</li></ul>After", "Found\n• One\n• Two\nAfter"),
        ("<dl><dt>Name</dt><dd>Value</dd></dl>", "Name\nValue"),
        ("<pre>Amox   R\nGent   S</pre>", "Amox   R\nGent   S"),
        ("<p>&lt;5 &amp; &gt;3</p>", "<5 & >3"),
        ("<p>10<sup>9</sup>/L and CO<sub>2</sub></p>", "10^9/L and CO2"),
        ("<p>K <s>6.9</s> 5.9</p>", "K [struck out: 6.9] 5.9"),
        (
            "<table><tr><th>Test</th><th>Value</th></tr><tr><td><p>K</p></td><td><p>5.9</p></td></tr></table>",
            "Test | Value\nK | 5.9",
        ),
        ("<table><tr><td></td><td>5.9</td></tr><tr><td>Na</td><td>138</td></tr></table>", " | 5.9\nNa | 138"),
        ("<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>", "a\nb | c | d"),
        ("", ""),
    ],
)
def test_each_block_begins_a_line_and_cells_stand_apart(sent: str, said: str) -> None:
    assert lines_of_narrative(clean(sent).html) == said


LETTERS = "xyzXYZ0123456789.,-"  # none of which is said of a layout
TAGS = st.sampled_from(["p", "div", "li", "b", "td", "tr", "table", "pre", "s", "sup", "span", "blockquote", "br"])
PIECES = st.recursive(
    st.text(f"{LETTERS} \n", max_size=12), lambda inner: st.builds("<{0}>{1}</{0}>".format, TAGS, inner), max_leaves=6
)


@given(st.lists(PIECES, max_size=6).map("".join))
def test_no_letter_is_lost_nor_any_made_whatever_stands_in_what(sent: str) -> None:
    shown = clean(sent).html

    assert _letters(lines_of_narrative(shown)) == _letters(shown.striptags())


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter in LETTERS)


def test_a_letter_has_the_lines_of_a_narrative_indented_and_names_what_was_taken_out() -> None:
    sent = "<div><p>First finding.</p><p>Second finding.</p><img src='x'/></div>"
    row = Row(a_report(ROTHERHAM, "n", "CT", "2026-11-20 10:00", "", narrative=sent))

    text = plain_text(Heading("", "", "", (), (), ""), (row,))

    assert "In the trust’s own words: \n    First finding.\n    Second finding." in text
    assert "Taken out of it, to copy it safely: img." in text
