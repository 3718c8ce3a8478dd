"""Read one configuration file so that every mistake in it is named by file, line and key.

Rule: every key is asked for by name. A key nobody asked for is a mistake, and so is a missing one without a default.
What is too large, or nested too deep, is refused before it is parsed: whoever hands a file in chooses what is in it.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)
Where = tuple[str | int, ...]  # ("clause", 2, "number")

MOST_BYTES = 1024 * 1024  # of a file of ours
MOST_DEEP = 8  # brackets within brackets
MOST_PARTS = 8  # of a key: a.b.c has three. The parser takes time by their square
MOST_LETTERS = 100  # of a key, a number or a day: nobody writes a longer one without quotes


class Misconfigured(Exception):  # noqa: N818  named for what it says
    """The viewer refuses to start. The message names the file, the line and the key, and says what to do."""


def open_config(path: Path) -> "Table":
    """Return the file's outermost table."""
    try:
        with path.open("rb") as file:
            words = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise Misconfigured(f"{path}: there is no such file") from None
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be read: {error}") from None
    return read_config(path, words)


def read_config(path: Path, words: bytes, most: int = MOST_BYTES) -> "Table":
    """Return the outermost table of a file that holds these words; `path` is for messages, and is not opened."""
    if len(words) > most:
        raise Misconfigured(f"{path}: is too large: more than {most // 1024} kB")
    try:
        text = words.decode("utf-8-sig")  # some editors write a byte-order mark
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path}: cannot be read: {error}") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if problem := _too_much(text):
        raise Misconfigured(f"{path} {problem}")
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number too long to be one is no TOMLDecodeError
        raise Misconfigured(f"{path}: not TOML: {error}") from None
    return Table(path, _find_lines(text), (), values)


class Table:
    """One table of a configuration file: asks for keys, remembers which, and refuses what is left over."""

    def __init__(self, path: Path, lines: Mapping[Where, int], where: Where, values: Mapping[str, Any]) -> None:
        self.path = path
        self.values = values
        self._lines = lines
        self._where = where
        self._asked: set[str] = set()
        self._inner: list[Table] = []

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty (unless its default is)."""
        value = self._ask(key, str, "a text in quotes", default)
        if not value.strip() and value != default:
            raise self.wrong(key, "is empty")
        return str(value)

    def one_of(self, key: str, kind: type[E], default: E | None = None) -> E:
        """Return one word of a closed set."""
        return self._word(key, self.text(key, default), kind)

    def some_of(self, key: str, kind: type[E], default: Collection[E] | None = None) -> frozenset[E]:
        """Return a set of words of a closed set."""
        words = self.texts(key, default)
        return frozenset(self._word(key, word, kind) for word in words)

    def texts(self, key: str, default: Collection[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts, none twice."""
        words = self._ask(key, list, 'a list of texts, like ["one", "two"]', default)
        for word in words:
            if not isinstance(word, str) or not word.strip():
                raise self.wrong(key, f"{word!r} is not a text in quotes")
        if twice := _twice(words):
            raise self.wrong(key, f'"{twice}" stands there twice')
        return tuple(words)

    def yes_or_no(self, key: str, default: bool) -> bool:
        """Return true or false."""
        return bool(self._ask(key, bool, "true or false", default))

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a whole number above nought."""
        value = self._ask(key, int, "a whole number", default)
        if isinstance(value, bool) or value <= 0:
            raise self.wrong(key, "must be a whole number above nought")
        return int(value)

    def span(self, key: str, unit: timedelta, default: timedelta | None = None) -> timedelta:
        """Return a length of time, written as a number of `unit`."""
        value = self._ask(key, (int, float), "a number", default)
        if isinstance(value, timedelta):
            return value
        if isinstance(value, bool) or not 0 < value < 1_000_000:
            raise self.wrong(key, "must be a number above nought")
        return unit * float(value)

    def day(self, key: str) -> date:
        """Return a day, written 2026-04-01 without quotes."""
        value = self._ask(key, date, "a day without quotes, like 2026-04-01", None)
        if isinstance(value, datetime):
            raise self.wrong(key, "must be a day without a time, like 2026-04-01")
        return date(value.year, value.month, value.day)

    def pairs(self, key: str, first: str, second: str) -> frozenset[tuple[str, str]]:
        """Return a list of inline tables with two texts each, like { system = "…", code = "…" }; at least one."""
        rows = self._ask(key, list, f'a list like [{{ {first} = "…", {second} = "…" }}]', None)
        for row in rows:
            good = isinstance(row, dict) and set(row) == {first, second}
            if not good or not all(isinstance(part, str) and part.strip() for part in row.values()):
                raise self.wrong(key, f'each must be {{ {first} = "…", {second} = "…" }}')
        if not rows:
            raise self.wrong(key, "is empty")
        return frozenset((row[first], row[second]) for row in rows)

    def table(self, key: str, *, may_be_absent: bool = False) -> "Table":
        """Return the table [key]."""
        values = self._ask(key, dict, f"a table, like [{key}]", {} if may_be_absent else None)
        return self._into(values, key)

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return the tables [[key]], perhaps none."""
        rows = self._ask(key, list, f"tables, like [[{key}]]", [])
        if not all(isinstance(row, dict) for row in rows):
            raise self.wrong(key, f"must be tables, like [[{key}]]")
        return tuple(self._into(row, key, number) for number, row in enumerate(rows))

    def nothing_else(self, whole: "Table | None" = None) -> None:
        """Refuse every key, here and in the tables within, that nobody asked for."""
        whole = whole or self
        for key in self.values:
            if key not in self._asked:
                belongs = _belongs(whole.homes(key))
                raise self.wrong(key, belongs or _unknown(key, self._asked - set(self.values), self._asked))
        for inner in self._inner:
            inner.nothing_else(whole)

    def homes(self, key: str) -> tuple[str, ...]:
        """Return the headers of the tables, this and those within, where the key is known; "" is the file's own."""
        here = (self._header(),) if key in self._asked else ()
        within = (home for inner in self._inner for home in inner.homes(key))
        return tuple(dict.fromkeys((*here, *within)))

    def asked(self) -> frozenset[str]:
        """Return the name of every setting that was asked for, here and within: "sign_in.issuer"."""
        name = ".".join(part for part in self._where if isinstance(part, str))
        here = {f"{name}.{key}" if name else key for key in self._asked}
        return frozenset(here).union(*(inner.asked() for inner in self._inner))

    def wrong(self, key: str, problem: str) -> Misconfigured:
        """Return the exception that says what is wrong with a key, and where it stands."""
        name = ".".join([*(part for part in self._where if isinstance(part, str)), key])
        return Misconfigured(f"{self.path} line {self._line_of(key)}, {name}: {problem}")

    def _header(self) -> str:
        name = ".".join(part for part in self._where if isinstance(part, str))
        one_of_several = bool(self._where) and isinstance(self._where[-1], int)
        return f"[[{name}]]" if one_of_several else f"[{name}]" if name else ""

    def _ask(self, key: str, kind: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        self._asked.add(key)
        if key not in self.values:
            if default is not None:
                return default
            raise self._missing(key)
        value = self.values[key]
        if not isinstance(value, kind):
            raise self.wrong(key, f"must be {wanted}")
        return value

    def _missing(self, key: str) -> Misconfigured:
        misspelt = get_close_matches(key, set(self.values) - self._asked, n=1, cutoff=0.7)
        if misspelt:
            return self.wrong(misspelt[0], f"unknown setting; did you mean {key}?")
        return self.wrong(key, "is missing")

    def _word(self, key: str, word: str, kind: type[E]) -> E:
        if word in set(kind):
            return kind(word)
        known = [member.value for member in kind]
        raise self.wrong(key, f'"{word}" is not one of {", ".join(known)}{did_you_mean(word, known)}')

    def _into(self, values: Mapping[str, Any], *part: str | int) -> "Table":
        inner = Table(self.path, self._lines, (*self._where, *part), values)
        self._inner.append(inner)
        return inner

    def _line_of(self, key: str) -> int:
        """Return the line of the key, or of the nearest table around it."""
        where: Where = (*self._where, key)
        while where and where not in self._lines:
            where = where[:-1]
        return self._lines.get(where, 1)


def nearest(word: str, known: Collection[str], likeness: float = 0.6) -> str:
    """Return the known word that this one may be a misspelling of, or ""."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=likeness)), "")


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return "; did you mean rotherham?", or "" when nothing known comes near."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""


def _unknown(key: str, not_given: Collection[str], known: Collection[str]) -> str:
    return f"unknown setting{did_you_mean(key, not_given) or did_you_mean(key, known)}"


def _belongs(homes: Collection[str]) -> str:
    if "" in homes:
        return "unknown here; it belongs above the first [table] of the file"
    return f"unknown here; it belongs under {' or '.join(homes)}" if homes else ""


def _twice(words: Collection[str]) -> str:
    return next((word for word, count in Counter(words).items() if count > 1), "")


# ── What is too much to be parsed ────────────────────────────────────────────────────────────────

# Texts and comments are passed over as the parser passes over them; one without an end takes all there is. Each part
# is possessive, so that the whole is read once.
_TOKEN = re.compile(
    r'''
    (?P<over> \#[^\n]*+ | """(?:[^\\"]|\\.|"(?!""))*+(?:"""+)?+ | \'\'\'(?:[^']|'(?!\'\'))*+(?:\'\'\'+)?+
            | "(?:[^"\\\n]|\\[^\n])*+"?+ | '[^'\n]*+'?+ | [ \t]++ )
    | (?P<deeper> [\[{] ) | (?P<out> [\]}] ) | (?P<dot> \. ) | (?P<ends> [=,\n] )
    | (?P<bare> [^\s"'\#\[\]{}=,.]++ )
    ''',
    re.VERBOSE | re.DOTALL,
)


def _too_much(text: str) -> str:
    """Return in which line the text is more than anybody writes by hand, and how; "" when it is not."""
    deep, parts = 0, 1
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "deeper":
                deep, parts = deep + 1, 1
            case "out":
                deep, parts = max(deep - 1, 0), 1
            case "ends":
                parts = 1
            case "dot":
                parts += 1
        problem = ""
        if deep > MOST_DEEP:
            problem = f"more than {MOST_DEEP} brackets within brackets"
        elif parts > MOST_PARTS:
            problem = f"a key of more than {MOST_PARTS} parts"
        elif token.lastgroup == "bare" and len(token[0]) > MOST_LETTERS:
            problem = f"more than {MOST_LETTERS} letters without quotes"
        if problem:
            return f"line {text.count(chr(10), 0, token.start()) + 1}: {problem}"
    return ""


# ── Where each key stands: the standard library's TOML reader does not say ───────────────────────

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r'^\s*(?:([\w\-]+)|"([^"\\]*)")\s*=')
_ROW = re.compile(r"^\s*\{")  # one inline table of a list, on a line of its own


def _find_lines(text: str) -> dict[Where, int]:
    """Return the line of every table and key. For messages only: nothing is decided by it."""
    lines: dict[Where, int] = {}
    table: Where = ()
    listed: Where = ()  # the key whose list we may be in
    counts: dict[str, int] = {}
    rows = 0
    in_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        was_in_text = in_text
        if (line.count('"""') + line.count("'''")) % 2:
            in_text = not in_text
        if was_in_text:
            continue
        if header := _HEADER.match(line):
            table = _table_named(header[2], header[1] == "[[", counts)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            listed, rows = (*table, key[1] or key[2] or ""), 0
            lines.setdefault(listed, number)
        elif _ROW.match(line):
            lines.setdefault((*listed, rows), number)
            rows += 1
    return lines


def _table_named(name: str, is_one_of_several: bool, counts: dict[str, int]) -> Where:
    if not is_one_of_several:
        return tuple(name.split("."))
    number = counts.get(name, 0)
    counts[name] = number + 1
    return (*name.split("."), number)
