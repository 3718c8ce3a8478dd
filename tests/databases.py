"""SQLite databases with all the viewer's tables: made by the migrations once in each process, and copied from then on.

Rule: only files for tests come from here. What a migration does to a database is asked in tests/store/.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from viewer.store.database import open_database
from viewer.store.upgrade import upgrade


def sqlite_in(folder: Path) -> str:
    """Return the URL of the folder's database; one that is there already, from a viewer before, is left as it is."""
    file = folder / "trustline.sqlite"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(_upgraded())
    return f"sqlite:///{file}"


@cache
def _upgraded() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "upgraded.sqlite"
        engine = open_database(f"sqlite:///{file}")
        upgrade(engine)
        engine.dispose()  # the last to leave folds the write-ahead log into the file
        return file.read_bytes()
