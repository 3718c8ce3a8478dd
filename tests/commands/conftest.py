"""An operator's terminal, with a database and with the shipped configuration; and the log in that database."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.credentials import prepare
from tests.commands.terminal import NOW, Terminal
from tests.test_settings import BY_KEY, BY_SECRET
from viewer.audit.log import Log
from viewer.store.database import open_database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A database with its tables; no configuration, which the log needs none of."""
    terminal = Terminal({"TRUSTLINE_DATABASE": f"sqlite:///{tmp_path / 'trustline.sqlite'}"})
    assert terminal.type("database", "upgrade") == 0
    return terminal


@pytest.fixture(scope="module")
def made_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("credentials")
    prepare(folder, BY_SECRET, BY_KEY)
    return folder / "secrets"


@pytest.fixture
def configured(terminal: Terminal, tmp_path: Path, made_secrets: Path) -> Terminal:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    paths = {"TRUSTLINE_CONFIG": str(tmp_path / "config"), "TRUSTLINE_SECRETS": str(made_secrets)}
    return replace(terminal, environ=terminal.environ | paths)


@pytest.fixture
def log(terminal: Terminal) -> Iterator[Log]:
    engine = open_database(terminal.environ["TRUSTLINE_DATABASE"])
    log = Log(engine, lambda: NOW)
    yield log
    log.close()
    engine.dispose()
