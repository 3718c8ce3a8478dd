"""Make a trust's Narrative safe to show, and say what had to be taken out.

Rule: this is for Narrative.div alone. Plain text is escaped and never cleaned,
because cleaning "Hb<lower limit of range" would change what it says.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3
from markupsafe import Markup

TAGS = frozenset(
    {
        *("div", "p", "br", "span", "b", "i", "em", "strong", "u", "s", "sub", "sup", "small", "pre", "code"),
        *("blockquote", "hr", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "colgroup", "col"),
    }
)
ATTRIBUTES = {"th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
_HARMLESS = frozenset({"xmlns", "lang", "xml:lang"})  # their loss changes nothing that is read


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A narrative to show, and the names of the elements and attributes that were removed."""

    html: Markup
    removed: tuple[str, ...]


def clean(narrative: str) -> Cleaned:
    """Return the narrative without anything that could act, load or restyle, and what was removed."""
    narrative = _without_prefix(narrative)
    html = nh3.clean(narrative, tags=set(TAGS), attributes=ATTRIBUTES, link_rel=None)
    seen = _Seen()
    seen.feed(narrative)
    seen.close()
    return Cleaned(Markup(html), tuple(seen.removed))  # noqa: S704  nh3 has just cleaned it


_PREFIX = re.compile(r"""xmlns:([A-Za-z_][\w.-]*)\s*=\s*["']http://www\.w3\.org/1999/xhtml["']""")


def _without_prefix(narrative: str) -> str:
    """Return <html:p> as <p>: tools that write XML may give XHTML a prefix (UK Core's own examples do)."""
    prefix = _PREFIX.search(narrative)
    return re.sub(rf"<(/?){re.escape(prefix[1])}:", r"<\1", narrative) if prefix else narrative


class _Seen(HTMLParser):
    """Notes every element and attribute that `clean` does not keep."""

    def __init__(self) -> None:
        super().__init__()
        self.removed: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.removed[tag] = None
            return
        for name, _ in attrs:
            if name not in ATTRIBUTES.get(tag, set()) | _HARMLESS and not name.startswith("xmlns:"):
                self.removed[f"{name} of {tag}"] = None
