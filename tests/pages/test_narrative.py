"""A narrative cannot act, load or restyle; what it lost is named; what it says is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.pages.narrative import ATTRIBUTES, TAGS, clean


@pytest.mark.parametrize(
    ("sent", "removed"),
    [
        ("<div><p>Seen</p></div>", ()),
        ('<div xmlns="http://www.w3.org/1999/xhtml" lang="en">Seen</div>', ()),
        ('<td colspan="2">Seen</td>', ()),
        ("<script>alert(1)</script>", ("script",)),
        ('<p style="text-decoration: line-through">6.9</p>', ("style of p",)),
        ('<a href="https://elsewhere.example">more</a>', ("a",)),
        ('<img src="x" onerror="alert(1)"/>', ("img",)),
        ('<p onclick="x()" onclick="y()">1</p><p onclick="z()">2</p>', ("onclick of p",)),
        ("<svg><style>@import url(x)</style></svg>", ("svg", "style")),
    ],
)
def test_what_was_removed_is_named_once(sent: str, removed: tuple[str, ...]) -> None:
    assert clean(sent).removed == removed


def test_words_and_tables_are_kept() -> None:
    sent = "<table><tr><th>K</th><td>&lt;5.9</td></tr></table><p>Stable.</p>"

    html = clean(sent).html

    assert "&lt;5.9" in html
    assert "<th>K</th>" in html
    assert "Stable." in html


def test_xhtml_under_a_prefix_is_xhtml() -> None:
    inner = "<html:p>K &lt;5.9</html:p><html:script>x()</html:script>"

    cleaned = clean(f'<html:div xmlns:html="http://www.w3.org/1999/xhtml">{inner}</html:div>')

    assert cleaned.html == "<div><p>K &lt;5.9</p></div>"
    assert cleaned.removed == ("script",)


@given(st.text(alphabet="<>/=\"' abcdeimnoprstuvxy&;:()-", max_size=200))
def test_nothing_but_what_is_allowed_ever_stands_in_the_page(sent: str) -> None:
    cleaned = clean(sent)

    again = clean(str(cleaned.html))
    assert again.removed == ()
    assert TAGS.isdisjoint({"script", "style", "img", "a", "iframe", "object", "form", "svg"})
    assert {name for names in ATTRIBUTES.values() for name in names} == {"colspan", "rowspan"}
