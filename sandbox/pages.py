"""One trust's searches, page by page. A page that was made once is kept as bytes.

Rule: a paging token is a random word. It holds no NHS number and nothing else about anybody.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from cachetools import LRUCache

from sandbox.bundle import Page, write_entries, write_page
from sandbox.mischief import MISCHIEF, Scene
from sandbox.search import Asked, NotUnderstood, along_with, find, read_search
from sandbox.shelf import Kept, Shelf
from sandbox.weather import Weather

_KEPT_BYTES = 256 * 1024 * 1024
_KEPT_TOKENS = 20_000


@dataclass(frozen=True, slots=True)
class Manners:
    """How a trust's server behaves, apart from what it holds."""

    page_size: int = 100
    absolute_links: bool = False
    slow: tuple[float, float] = (0.0, 0.0)  # seconds, from and to, before a first page


@dataclass(frozen=True, slots=True)
class _Found:
    """A search that was made: what it asked for and everything that matches."""

    asked: Asked
    matches: tuple[Kept, ...]
    size: int  # matches a page


class Pages:
    """Turns a search into its first page, and a paging token into the next."""

    def __init__(self, shelf: Shelf, address: str, elsewhere: str, manners: Manners) -> None:
        self._shelf = shelf
        self._base = f"{address}/fhir/R4"
        self._links = self._base if manners.absolute_links else "/fhir/R4"
        self._elsewhere = elsewhere
        self._manners = manners
        self._written: LRUCache[object, bytes] = LRUCache(_KEPT_BYTES, getsizeof=len)
        self._tokens: LRUCache[str, tuple[_Found, int]] = LRUCache(_KEPT_TOKENS)

    def first(self, kind: str, parameters: str, weather: Weather, *, strict: bool) -> bytes | NotUnderstood:
        """Return the first page of a search, or why it is refused."""
        key = (kind, parameters, strict, weather)
        if key not in self._written:
            asked = read_search(kind, parse_qsl(parameters, keep_blank_values=True), strict=strict)
            if isinstance(asked, NotUnderstood):
                return asked
            self._keep(key, self._write(self._find(asked, weather), 0, weather))
        return self._written[key]

    def further(self, token: str, weather: Weather) -> bytes | None:
        """Return the page this token stands for, or None if it stands for none."""
        if token not in self._tokens:
            return None
        key = (token, weather)
        if key not in self._written:
            found, start = self._tokens[token]
            self._keep(key, self._write(found, start, weather))
        return self._written[key]

    def _keep(self, key: object, page: bytes) -> None:
        if len(page) > _KEPT_BYTES:
            raise ValueError("a page larger than everything that may be kept")
        self._written[key] = page

    def _find(self, asked: Asked, weather: Weather) -> _Found:
        if weather.name == "everybody":
            asked = replace(asked, everybody=True, filters=() if asked.kind == "Patient" else asked.filters)
        matches = tuple(find(self._shelf, asked))
        size = min(asked.count or self._manners.page_size, self._manners.page_size)
        if weather.name == "half_page":
            size = max(1, min(size, len(matches) // 2))
        return _Found(asked, matches, size)

    def _write(self, found: _Found, start: int, weather: Weather) -> bytes:
        here = found.matches[start : start + found.size]
        further = start + found.size
        promised = max(len(found.matches), 2) if weather.name == "half_page" and here else len(found.matches)
        page = Page(
            total=promised,
            entries=self._entries(found.asked, here),
            self_url=self._self_url(found, start),
            next_url=self._next_url(found, further) if further < promised else "",
        )
        mischief = MISCHIEF.get(weather.name)
        scene = Scene(self._base, found.asked.kind, weather.number, self._elsewhere)
        return write_page(mischief(page, scene) if mischief else page)

    def _entries(self, asked: Asked, matches: Sequence[Kept]) -> tuple[bytes, ...]:
        along = along_with(self._shelf, asked, matches)
        return write_entries(self._base, matches, "match") + write_entries(self._base, along, "include")

    def _self_url(self, found: _Found, start: int) -> str:
        """Return the page's own address; who was asked about stays out of it."""
        if start:
            return self._next_url(found, start)
        said = [(name, value) for name, value in found.asked.filters if name in ("patient", "category", "status")]
        return f"{self._links}/{found.asked.kind}?{urlencode(said)}"

    def _next_url(self, found: _Found, start: int) -> str:
        token = secrets.token_urlsafe(18)
        self._tokens[token] = (found, start)
        return f"{self._links}/{found.asked.kind}?_page={token}"
