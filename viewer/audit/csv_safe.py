"""Write a table as CSV that no spreadsheet takes for a formula, and that can be read back exactly.

Source: RFC 4180 for the file; OWASP, CSV Injection, for what a spreadsheet runs. Rule: a cell that a spreadsheet
could run, or alter as it opens the file, has one apostrophe put before it, and so has every cell that begins with
one. Whoever takes one apostrophe from each cell that begins with one has the text exactly: `read_csv` does.
Every cell is quoted. The file is UTF-8 with a byte-order mark: without it Excel reads Zoë as another name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

BYTE_ORDER_MARK = "\ufeff"
KEPT_AS_TEXT = "'"

_SIGNS = frozenset("=+-@\u2212|%")  # of a formula, a number or a command; the last are cautions
_QUOTES = frozenset("'\"`´‘’‚‛“”„‟«»‹›＇＂")
_BLANK = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # controls, marks without width, spaces

# What a spreadsheet opens as a number and so alters: leading zeros, many digits, 1E5.
_ALTERED = re.compile(r"\s*(?:0\d+|\d{12,}|\d+(?:\.\d+)?[eE]\d+)\s*", re.ASCII)

_CELL = re.compile(r'"(?P<text>(?:[^"]|"")*+)"(?P<end>,|\r\n)')


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield the file: its header and then its rows, a line at a time."""
    yield (BYTE_ORDER_MARK + _line(columns)).encode()
    for row in rows:
        yield _line(row).encode()


def read_csv(file: bytes) -> list[list[str]]:
    """Return the rows of a file that `write_csv` wrote, header first, every cell exactly as it was handed in."""
    rows: list[list[str]] = [[]]
    text = file.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    place = 0
    while cell := _CELL.match(text, place):
        rows[-1].append(unescaped(cell["text"].replace('""', '"')))
        if cell["end"] == "\r\n":
            rows.append([])
        place = cell.end()
    if place != len(text) or rows.pop():
        raise ValueError(f"at character {place} this is not a file that write_csv wrote")
    return rows


def escaped(text: str) -> str:
    """Return the cell as a spreadsheet may see it."""
    return KEPT_AS_TEXT + text if _must_be_kept(text) else text


def unescaped(cell: str) -> str:
    """Return the text that was handed in."""
    return cell.removeprefix(KEPT_AS_TEXT)


def _must_be_kept(text: str) -> bool:
    if not text:
        return False
    if text.startswith(KEPT_AS_TEXT) or _is_control(text[0]):
        return True
    return _begins_as_formula(text) or _ALTERED.fullmatch(text) is not None


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"  # tab, carriage return and their like begin a command somewhere


def _begins_as_formula(text: str) -> bool:
    """Say whether the first character that counts is a sign, in any width, whatever quotes and blanks stand before."""
    first = next((one for one in text if not (one in _QUOTES or unicodedata.category(one) in _BLANK)), "")
    return unicodedata.normalize("NFKC", first)[:1] in _SIGNS if first else False


def _line(cells: Sequence[str]) -> str:
    return ",".join(_quoted(escaped(cell)) for cell in cells) + "\r\n"


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
