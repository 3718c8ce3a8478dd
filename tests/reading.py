"""Read our own pages as a person does: the strip, the rows, the sentences. It knows HTML, and nothing of the viewer.

Every page that is read is checked: its language, its title, its one heading, a label on every field, and no
NHS number where one must never be.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

NHS_NUMBER = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_VOID = frozenset({"meta", "link", "input", "br", "wbr", "img", "hr", "col"})


@dataclass(slots=True, repr=False)
class Element:
    """One element, and what stands in it."""

    tag: str
    attributes: Mapping[str, str]
    children: list["Element | str"] = field(default_factory=list)
    inside: list["Element"] = field(default_factory=list)  # every element in it, however deep, in the order of the page

    def __repr__(self) -> str:
        return f"<{self.tag}> {self.said[:200]}"

    @property
    def text(self) -> str:
        """The text as it stands there."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def said(self) -> str:
        """The text as it is read: white space does not matter."""
        return " ".join(self.text.split())

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    def all(self, tag: str = "", of_class: str = "", **attributes: str) -> list["Element"]:
        """Every element inside of this tag, this class and these attributes."""
        named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.inside if one.is_a(tag, of_class, named)]

    def one(self, tag: str = "", of_class: str = "", **attributes: str) -> "Element":
        """The one element inside of this tag, class and attributes; there must be exactly one."""
        found = self.all(tag, of_class, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag or 'any'}> {of_class} {attributes} in {self!r}"
        return found[0]

    def is_a(self, tag: str, of_class: str, attributes: Mapping[str, str]) -> bool:
        return (
            tag in ("", self.tag)
            and (not of_class or of_class in self.attributes.get("class", "").split())
            and all(self.attributes.get(name) == value for name, value in attributes.items())
        )


@dataclass(frozen=True, slots=True)
class Tile:
    """What the strip says of a trust."""

    state: str
    said: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where a trust's reports went, as the page says it."""

    received: int
    shown: int
    copies: int
    earlier: int
    unreadable: int


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """One page of ours."""

    status: int
    root: Element
    source: str

    def __repr__(self) -> str:
        return f"Page({self.status} {self.title})"

    @property
    def title(self) -> str:
        return self.root.one("head").one("title").said

    @property
    def heading(self) -> str:
        return self.root.one("h1").said

    @property
    def main(self) -> Element:
        return self.root.one("main")

    @property
    def said(self) -> str:
        return self.root.one("body").said

    @property
    def tiles(self) -> dict[str, Tile]:
        """Each trust on the strip, of a timeline or of a search."""
        strips = [*self.root.all("ul", "strip"), *self.root.all("ul", "asked")]
        tiles = [tile for strip in strips for tile in strip.all("li")]
        return {
            tile.attributes["data-trust"]: Tile(tile.attributes["class"].removeprefix("tile "), tile.said)
            for tile in tiles
        }

    @property
    def gaps(self) -> dict[str, str]:
        return {name: tile.said for name, tile in self.tiles.items() if tile.state == "gap"}

    @property
    def rows(self) -> dict[str, Element]:
        """Each row by its key, in the order of the page."""
        return {row.attributes["data-report"]: row for row in self.root.all("li", "row")}

    @property
    def keys(self) -> list[str]:
        return list(self.rows)

    @property
    def trusts(self) -> set[str]:
        """The trusts whose rows are shown."""
        return {row.attributes["data-trust"] for row in self.rows.values()}

    @property
    def summary(self) -> str:
        return self.root.one("p", "complete").said

    @property
    def accounts(self) -> dict[str, Account]:
        return {
            line.attributes["data-trust"]: Account(*(int(one.replace(",", "")) for one in _COUNT.findall(line.said)))
            for line in self.root.one("section", "accounts").all("li")
            if _COUNT.search(line.said)  # of a gap nothing came to be counted
        }

    @property
    def links(self) -> list[str]:
        named = ("href", "src", "action", "data-stream")
        return [one.attributes[name] for one in self.root.inside for name in named if one.attributes.get(name)]


_COUNT = re.compile(r"([\d,]+) (?:received|shown|cop(?:y|ies)|earlier versions?|unreadable)")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        for outer in self._open:
            outer.inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._open[-1].tag == tag, f"<{self._open[-1].tag}> is closed by </{tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(html: str) -> Element:
    """Return a piece of HTML as elements; every one that is opened must be closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == [reader.root], f"<{reader._open[-1].tag}> is never closed"
    return reader.root


def read_page(response: Any) -> Page:
    """Return a page, once it is as every page of ours must be."""
    source = response.get_data(as_text=True)
    page = Page(response.status_code, read(source), source)
    assert page.root.one("html").attributes["lang"] == "en-GB"
    assert page.title.endswith(" – Trustline")
    assert page.heading
    assert not NHS_NUMBER.search(page.title)
    assert [link for link in page.links if NHS_NUMBER.search(link)] == []
    assert _without_label(page.root) == []
    ids = [one.id for one in page.root.inside if one.id]
    assert len(ids) == len(set(ids)), "an id stands twice on the page"
    return page


def _without_label(root: Element) -> list[str]:
    labelled = {label.attributes.get("for", "") for label in root.all("label")}
    inside = {id(one) for label in root.all("label") for one in label.inside}
    fields = [one for tag in ("input", "select", "textarea") for one in root.all(tag)]
    return [
        one.attributes.get("name", "")
        for one in fields
        if one.attributes.get("type") not in ("hidden", "submit")
        and not (one.id and one.id in labelled)
        and id(one) not in inside
        and not one.attributes.get("aria-label")
    ]
