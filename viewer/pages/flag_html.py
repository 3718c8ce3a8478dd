"""Write a result's flags as HTML: each with its shape, its letters, and the laboratory's own word where it says more.

Rule: no flag is said to be none, and looks like nothing else.
"""

from collections.abc import Sequence
from html import escape as text

from viewer.clinical.report import Flag, SentFlag
from viewer.pages import words


def flags_html(sent: Sequence[SentFlag]) -> str:
    """Return every flag of a result, with its shape and its letters; none is said to be none."""
    if not sent:
        return _KNOWN[Flag.UNSTATED]
    return " ".join([f"{_KNOWN.get(one.flag) or _flag_html(one)}{_own_word_html(one)}" for one in sent])


def _flag_html(sent: SentFlag) -> str:
    said = words.flag(sent)
    shape = f'<i aria-hidden="true">{said.shape}</i> ' if said.shape else ""
    return f'<span class="flag {said.look}">{shape}{text(said.letters)}</span>'


def _own_word_html(sent: SentFlag) -> str:
    own = words.own_word(sent)
    return f' <span class="own-word">{text(own)}</span>' if own else ""


# Only a flag we do not know depends on the laboratory's own word for it.
_KNOWN: dict[Flag, str] = {flag: _flag_html(SentFlag(flag, "")) for flag in Flag if flag is not Flag.OTHER}
