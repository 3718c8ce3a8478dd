"""Read the text of an agreement that somebody hands in, exactly as its file in config/agreements/ would be read.

Rule: it is checked like any other, and put nowhere: nothing is ever decided by it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.answer import Trust
from viewer.access.agreement import Agreement
from viewer.agreement_file import read_agreement
from viewer.config_file import Misconfigured, open_config

ReadDraft = Callable[[str, str], Agreement | str]  # the file's name and its text → the agreement, or what is wrong

_NAME = re.compile(r"[A-Za-z0-9_]+")


def draft_reader(trusts: Collection[Trust], keys: Mapping[str, bytes]) -> ReadDraft:
    """Return how to read a draft."""

    def read(name: str, text: str) -> Agreement | str:
        stem = name.removesuffix(".toml")
        if not _NAME.fullmatch(stem):
            return "Letters, digits and _ alone may stand in the name of an agreement’s file"
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{stem}.toml"
            path.write_text(text, encoding="utf-8")
            return _read(path, trusts, keys)

    return read


def _read(path: Path, trusts: Collection[Trust], keys: Mapping[str, bytes]) -> Agreement | str:
    try:
        table = open_config(path)
        agreement = read_agreement(table, trusts, keys)
        table.nothing_else()
    except Misconfigured as problem:
        return str(problem).replace(f"{path.parent}/", "")
    return agreement
