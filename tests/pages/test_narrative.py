"""A narrative cannot act, load or restyle; what it lost is named; what it says is kept."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.pages.narrative import ATTRIBUTES, LONGEST, TAGS, clean


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
        ("K <![CDATA[6.5 HIGH]]> end", ("text marked as CDATA",)),
        ("a<?pi K 6.5 ?>b", ("a processing instruction",)),
        ("a <!-- 6.5 --> b", ("a comment",)),
        ("<!DOCTYPE html><p>a</p></ 6.5>", ("a declaration",)),
        ("<p>K <b title='6.5", ("an unfinished b",)),
        ("<p title='a>b'>x</p>", ("title of p",)),
        ("<style>p { } <p onclick=x> </style><p>Seen</p>", ("style",)),
        ("<title>6.5</title><script>'<!--'</script><i id=x>Seen</i>", ("title", "script", "id of i")),
    ],
)
def test_what_was_removed_is_named_once(sent: str, removed: tuple[str, ...]) -> None:
    assert clean(sent).removed == removed


def test_what_is_said_to_be_removed_is_removed() -> None:
    assert clean('<p title="6.5" lang="cy" id="x">Seen</p>').html == "<p>Seen</p>"


def test_words_and_tables_are_kept() -> None:
    sent = "<table><tr><th>K</th><td>&lt;5.9</td></tr></table><p>Stable.</p>"

    html = clean(sent).html

    assert "&lt;5.9" in html
    assert "<th>K</th>" in html
    assert "Stable." in html


@pytest.mark.parametrize("tag", ["style", "script", "title", "textarea", "b", "p class='x/y'"])
def test_an_element_that_is_empty_takes_nothing_with_it(tag: str) -> None:
    assert "6.5 HIGH" in clean(f"<div>K <{tag}/> 6.5 HIGH <p>rest</p></div>").html
    assert "<b>" not in clean(f"<div>K <{tag}/> 6.5 HIGH</div>").html.replace("<b></b>", "")


@pytest.mark.parametrize(
    "unit", ["<a ", "<a x='", '<a "', "<!", "<!--", "<![CDATA[", "</", "<?", "<style>", "<a/", "<b =", "xmlns:a ", "< "]
)
def test_nothing_takes_long_to_read(unit: str) -> None:
    longest = unit * (LONGEST // len(unit))
    began = process_time()

    clean(longest)

    assert process_time() - began < 2


def test_what_is_too_long_to_clean_is_said_to_be_and_none_of_it_is_shown() -> None:
    cleaned = clean("<p>" + "6.5 " * LONGEST)

    assert cleaned.too_long
    assert cleaned.html == ""


def test_xhtml_under_a_prefix_is_xhtml() -> None:
    inner = "<html:p>K &lt;5.9</html:p><html:script>x()</html:script>"

    cleaned = clean(f'<html:div xmlns:html="http://www.w3.org/1999/xhtml">{inner}</html:div>')

    assert cleaned.html == "<div><p>K &lt;5.9</p></div>"
    assert cleaned.removed == ("script",)


@given(st.text(alphabet="<>!?[]/=\"' abcdeimnoprstuvxy&;:()-", max_size=200))
def test_nothing_but_what_is_allowed_ever_stands_in_the_page(sent: str) -> None:
    cleaned = clean(sent)

    again = clean(str(cleaned.html))
    assert again.removed == ()
    assert TAGS.isdisjoint({"script", "style", "img", "a", "iframe", "object", "form", "svg"})
    assert {name for names in ATTRIBUTES.values() for name in names} == {"colspan", "rowspan"}
