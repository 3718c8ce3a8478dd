"""Make a trust's Narrative safe to show, and say what had to be taken out.

Rule: this is for Narrative.div alone. Plain text is escaped and never cleaned,
because cleaning "Hb<lower limit of range" would change what it says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import nh3
from markupsafe import Markup

TAGS = frozenset(
    {
        *("div", "p", "br", "span", "b", "i", "em", "strong", "u", "s", "sub", "sup", "small", "pre", "code"),
        *("blockquote", "hr", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "colgroup", "col"),
    }
)
ATTRIBUTES = {"*": set[str](), "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}  # "*": of every element
_HARMLESS = frozenset({"xmlns", "lang", "xml:lang"})  # their loss changes nothing that is read


LONGEST = 64_000  # characters; cleaning what is nested deeply takes time by the square


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A narrative to show, and the names of everything that was removed; or nothing, when it is too long to clean."""

    html: Markup
    removed: tuple[str, ...]
    too_long: bool = False


def clean(narrative: str) -> Cleaned:
    """Return the narrative without anything that could act, load or restyle, and what was removed."""
    if len(narrative) > LONGEST:
        return Cleaned(Markup(), (), too_long=True)
    narrative = _as_html(_without_prefix(narrative))
    html = nh3.clean(narrative, tags=set(TAGS), attributes=ATTRIBUTES, link_rel=None)
    return Cleaned(Markup(html), tuple(dict.fromkeys(_removed(narrative))))  # noqa: S704  nh3 has just cleaned it


_PREFIX = re.compile(r"""xmlns:([A-Za-z_][\w.-]*+)\s*+=\s*+["']http://www\.w3\.org/1999/xhtml["']""")


def _without_prefix(narrative: str) -> str:
    """Return <html:p> as <p>: tools that write XML may give XHTML a prefix (UK Core's own examples do)."""
    prefix = _PREFIX.search(narrative)
    return re.sub(rf"<(/?){re.escape(prefix[1])}:", r"<\1", narrative) if prefix else narrative


_VOID = {"br", "hr", "img", "col", "input", "area", "base", "embed", "link", "meta", "source", "track", "wbr"}


def _as_html(narrative: str) -> str:
    """Return <style/> as <style></style>: to XHTML it is empty, but HTML would take all that follows for its text."""
    return _MARKUP.sub(_closed, narrative)


def _closed(found: re.Match[str]) -> str:
    name = found["name"]
    is_empty = name and not found["end"] and found["finished"] and found["attributes"].endswith("/")
    return f"{found[0]}</{name}>" if is_empty and name.lower() not in _VOID else found[0]


# As a browser reads it. Nothing here gives back what it has taken, so that no text takes long to read.
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+)"""
_ATTRIBUTE = rf"[\s/]*+([^\s/>=]++|=[^\s/>=]*+)(?:\s*+=\s*+{_VALUE})?+"
_MARKUP = re.compile(
    rf"""
      (?P<comment><!--.*?(?:--!?>|\Z))
    | (?P<cdata><!\[CDATA\[[^>]*+(?:>|\Z))
    | (?P<instruction><\?[^>]*+(?:>|\Z))
    | (?P<declaration>(?:<!|</(?![A-Za-z]))[^>]*+(?:>|\Z))
    | <(?P<end>/)?(?P<name>[A-Za-z][^\s/>]*+)(?P<attributes>(?:{_ATTRIBUTE})*+[\s/]*+)(?P<finished>>)?
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMES = {
    "comment": "a comment",
    "cdata": "text marked as CDATA",
    "instruction": "a processing instruction",
    "declaration": "a declaration",
}
_RAW = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}  # their text holds no tags


def _removed(narrative: str) -> Iterator[str]:
    """Name everything that `clean` does not keep."""
    place = 0
    while found := _MARKUP.search(narrative, place):
        place = found.end()
        if found.lastgroup in _NAMES:
            yield _NAMES[found.lastgroup]
            continue
        name = found["name"].lower()
        if not found["finished"]:
            yield f"an unfinished {name[:20]}"
        elif name not in TAGS:
            yield name[:20]
            place = _end_of_text(narrative, place, name) if name in _RAW and not found["end"] else place
        elif not found["end"]:
            yield from _removed_attributes(name, found["attributes"])


def _removed_attributes(tag: str, sent: str) -> Iterator[str]:
    for name in map(str.lower, re.findall(_ATTRIBUTE, sent)):
        if name not in ATTRIBUTES.get(tag, set()) | _HARMLESS and not name.startswith("xmlns:"):
            yield f"{name[:20]} of {tag}"


def _end_of_text(narrative: str, place: int, name: str) -> int:
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(narrative, place)
    return end.start() if end else len(narrative)
