"""Write the whole log, and its checkpoints, as files that the verifier which stands alone can read.

Rule: a file is made anew, for its owner alone, and never in the place of another.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, select

from viewer.audit.tree import HASH_SIZE
from viewer.store.tables import log_entries

_AT_ONCE = 1_000


def lines_of_log(engine: Engine) -> Iterator[bytes]:
    """Yield a line an entry, oldest first: its number, the hash the tree holds it by, and its canonical bytes.

    The bytes are JSON without a line break in them, so that a line is an entry.
    """
    rows = select(log_entries.c.seq, log_entries.c.body, log_entries.c.subtrees).order_by(log_entries.c.seq)
    with (
        engine.connect() as connection,
        closing(connection.execute(rows.execution_options(yield_per=_AT_ONCE))) as found,
    ):
        for row in found:
            leaf = bytes(row.subtrees)[:HASH_SIZE]
            yield b"%d %s %s\n" % (row.seq, leaf.hex().encode(), bytes(row.body))


def lines_of_checkpoints(notes: Iterable[str]) -> Iterator[bytes]:
    """Yield the checkpoints, oldest first, with an empty line between two."""
    for number, note in enumerate(notes):
        yield (f"\n{note}" if number else note).encode()


def write_new(path: Path, lines: Iterable[bytes]) -> int:
    """Write the lines to a file that is not there yet, and return how many there were."""
    written = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for line in lines:
            file.write(line)
            written += 1
    return written
