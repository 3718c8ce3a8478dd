"""Read the text of an agreement that somebody hands in, exactly as its file in config/agreements/ would be read.

Rule: it is checked like any other, and put nowhere: nothing is ever decided by it, and no file is made of it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from connectors.answer import Trust
from viewer.access.agreement import Agreement
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.config_file import Misconfigured, read_config

ReadDraft = Callable[[str, str], Agreement | str]  # the file's name and its text → the agreement, or what is wrong

MOST_BYTES = 64 * 1024  # of a text handed in: ten times the longest agreement there is

_NAME = re.compile(r"[A-Za-z0-9_]{1,100}")
_MOST_SAID = 500  # of what is wrong: it may quote what was handed in


def draft_reader(trusts: Collection[Trust], keys: Mapping[str, bytes]) -> ReadDraft:
    """Return how to read a draft."""

    def read(name: str, text: str) -> Agreement | str:
        stem = name.removesuffix(".toml")
        if not _NAME.fullmatch(stem):
            return "Letters, digits and _ alone may stand in the name of an agreement’s file, 100 at most"
        return _read(Path(f"{stem}.toml"), text, trusts, keys)

    return read


def _read(path: Path, text: str, trusts: Collection[Trust], keys: Mapping[str, bytes]) -> Agreement | str:
    try:
        table = read_config(path, text.encode(), MOST_BYTES)
        agreement = read_agreement(table, trusts, keys)
        table.nothing_else()
    except Misconfigured as problem:
        return str(problem)[:_MOST_SAID]
    return agreement
