"""Write a cleaned narrative as lines of plain text: each block on a line of its own, the cells of a row apart.

Rule: what the layout says is said in its place, for plain text has none: what was struck out is said to be, and what
stands raised is not read on with what it stands at: 10⁹ is "10^9", never "109". Not a letter that was sent is lost.
"""

import re
from html.parser import HTMLParser

from markupsafe import Markup

_BLOCKS = frozenset(
    {
        *("div", "p", "blockquote", "pre", "hr", "ul", "ol", "li", "dl", "dt", "dd", "br"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "table", "caption", "thead", "tbody", "tfoot", "tr"),
    }
)
_OPENED = {"s": "[struck out: ", "sup": "^", "li": "• "}
_CLOSED = {"s": "]"}
_CELL = " | "
_SPACES = re.compile(r"[ \t\n\f\r]+")  # not those that do not break: they were set on purpose


def lines_of_narrative(cleaned: Markup) -> str:
    """Return the text of a narrative that was cleaned (see narrative.py), its lines ended by line feeds."""
    reading = _Reading()
    reading.feed(str(cleaned))
    reading.close()
    return "\n".join(line.rstrip() for line in "".join(reading.said).split("\n")).strip("\n")


class _Reading(HTMLParser):
    """What has been read of it. A block that ends begins a line with what is said next, if that is no further cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._new_line = False
        self._as_set = 0  # how many <pre> stand around: their spaces and lines are as they were set
        self._rows: list[int] = []  # how many cells have begun in each row that stands around

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  the parser hands it on
        if tag in _BLOCKS:
            self._end_line()
        if tag == "tr":
            self._say("")
            self._rows.append(0)
        if tag in ("td", "th"):
            self._begin_cell()
        if tag in _OPENED:
            self._say(_OPENED[tag])
        self._as_set += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _CLOSED:
            self._say(_CLOSED[tag])
        if tag == "tr" and self._rows:
            self._rows.pop()
        if tag in _BLOCKS:
            self._end_line()
        self._as_set -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self._as_set:
            self._say(data)
            return
        text = _SPACES.sub(" ", data)
        if self._new_line or not self.said or self.said[-1].endswith((" ", "\n")):
            text = text.removeprefix(" ")
        if text:
            self._say(text)

    def _say(self, text: str) -> None:
        if self._new_line and self.said:
            self.said.append("\n")
        self._new_line = False
        self.said.append(text)

    def _end_line(self) -> None:
        begun = not self.said or self.said[-1] in ("", _CELL, _OPENED["li"])
        self._new_line = self._new_line or not begun

    def _begin_cell(self) -> None:
        if self._rows and self._rows[-1]:
            self._new_line = False
            self.said.append(_CELL)
        if self._rows:
            self._rows[-1] += 1
