"""Fetch a page as a browser would, and check of every page what every page promises.

Every page has a title that names nobody, exactly one h1, a label for every input, no NHS number in an
address or an attribute, nothing inline, and the strict policy.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from viewer.pages.headers import FRAMING, POLICY, add_headers

NUMBER = re.compile(r"999[ -]?\d{3}[ -]?\d{4}")
LABELLED = {"input", "select", "textarea"}
VOID = {"input", "link", "meta", "br", "wbr", "hr", "img", "col"}
INLINE = {"a", "abbr", "b", "button", "code", "i", "s", "small", "span", "time", "label", "select", "input", "option"}
MAY_HOLD_WHAT_WAS_TYPED = {"value"}  # of the form that a person has just sent, and must correct


@dataclass(slots=True)
class Element:
    """One element of a page: its name, attributes and text."""

    name: str
    attributes: dict[str, str]
    inside: tuple["Element", ...] = field(repr=False)  # its ancestors, outermost first: each would say all of its own
    text: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def words(self) -> str:
        """Return its text with spaces made single."""
        return " ".join("".join(self.text).split())

    def has(self, class_: str) -> bool:
        """Say whether it carries this class."""
        return class_ in self["class"].split()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in INLINE:
            self.handle_data(" ")  # it begins a line of its own
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that has kept its promises."""

    response: TestResponse
    html: str = field(repr=False)
    elements: tuple[Element, ...] = field(repr=False)

    def all(self, name: str = "", class_: str = "", **attributes: str) -> list[Element]:
        """Return the elements with this name, class and attributes (data_trust means data-trust)."""
        wanted = {key.strip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            element
            for element in self.elements
            if (not name or element.name == name)
            and (not class_ or element.has(class_))
            and all(element.attributes.get(key) == value for key, value in wanted.items())
        ]

    def one(self, name: str = "", class_: str = "", **attributes: str) -> Element:
        """Return the one such element."""
        (element,) = self.all(name, class_, **attributes)
        return element

    @property
    def words(self) -> str:
        """Return everything that can be read in the body."""
        return self.one("body").words


class PageTester:
    """Fetches pages of an app; each is checked before a test sees it."""

    def __init__(self, app: Flask, *, script: bool = False) -> None:
        add_headers(app)
        self.app = app
        self.client = app.test_client()
        if script:
            self.client.set_cookie("script", "1")

    def get(self, path: str, status: int = 200) -> Page:
        """Get a page."""
        return checked(self.client.get(path), status)

    def post(self, path: str, status: int = 200, **fields: Any) -> Page:
        """Send a form whose answer is a page."""
        return checked(self.client.post(path, data=fields), status)

    def sent_on(self, path: str, **fields: Any) -> str:
        """Send a form whose answer is another address, and return that address."""
        response = self.client.post(path, data=fields)
        assert response.status_code == 303, response.text
        assert not NUMBER.search(response.location)
        return str(response.location)


def checked(response: TestResponse, status: int = 200) -> Page:
    """Return the page, once it has kept the promises of every page."""
    assert response.status_code == status, f"{response.status}: {response.text[:2000]}"
    html = response.get_data(as_text=True)
    reader = _Reader()
    reader.feed(html)
    page = Page(response, html, tuple(reader.elements))
    _check_policy(page)
    _check_headings(page)
    _check_labels(page)
    _check_nothing_inline(page)
    _check_no_number(page)
    _check_ids(page)
    return page


def _check_policy(page: Page) -> None:
    response, frames = page.response, page.all("iframe")
    assert response.headers["Content-Security-Policy"] == (FRAMING if frames else POLICY)
    assert all(frame["src"].startswith("/") for frame in frames)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def _check_headings(page: Page) -> None:
    title = page.one("title").words
    assert title.endswith(" – Trustline")
    assert not NUMBER.search(title)
    assert "HARGREAVES" not in title.upper()
    assert len(page.all("h1")) == 1
    assert page.one("html")["lang"] == "en-GB"


def _check_labels(page: Page) -> None:
    labelled = {label["for"] for label in page.all("label")}
    for element in page.elements:
        if element.name in LABELLED and element["type"] != "hidden":
            wrapped = any(outer.name == "label" for outer in element.inside)
            assert wrapped or element["id"] in labelled or element["aria-label"], element
    for button in page.all("button"):
        assert button.words or button["aria-label"], button


def _check_nothing_inline(page: Page) -> None:
    assert page.all("style") == []
    for script in page.all("script"):
        assert script["src"].startswith("/"), script
        assert script.words == ""
    for element in page.elements:
        inline = [name for name in element.attributes if name == "style" or name.startswith("on")]
        assert inline == [], element
        for name in ("src", "href", "action"):
            assert not re.match(r"(?:https?:)?//|javascript:|data:", element[name]), element


def _check_no_number(page: Page) -> None:
    for element in page.elements:
        for name, value in element.attributes.items():
            if name not in MAY_HOLD_WHAT_WAS_TYPED:
                assert not NUMBER.search(value), (element.name, name)


def _check_ids(page: Page) -> None:
    ids = [element["id"] for element in page.elements if element["id"]]
    assert sorted(ids) == sorted(set(ids))
