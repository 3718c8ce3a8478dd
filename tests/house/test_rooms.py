"""The rooms keep their promises: pure ones stay pure, files say what they are for, one file speaks HTTP."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("viewer", "connectors")
PURE = (
    "viewer/clinical",
    "viewer/access",
    "viewer/audit/tree.py",
    "viewer/audit/note.py",
    "viewer/audit/checkpoint.py",
    "viewer/audit/review.py",
    "viewer/audit/scope.py",
    "viewer/audit/patterns.py",
    "viewer/identity/claims.py",
    "connectors/answer.py",
    "connectors/resource.py",
    "connectors/read_resource.py",
    "connectors/connector.py",
    "connectors/trusts",
)
IMPURE = {
    "flask", "httpx", "httpx_aiohttp", "aiohttp", "sqlalchemy", "alembic", "os", "time", "random", "secrets", "uuid",
    "logging", "socket", "threading", "asyncio", "requests", "urllib.request", "subprocess", "pathlib", "tempfile",
}  # fmt: skip


def files_of(*places: str) -> list[Path]:
    paths = [ROOT / place for place in places]
    return [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", files_of(*PURE), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_room_imports_nothing_impure(path: Path) -> None:
    taken = {name for name in imports_of(path) if name in IMPURE or name.split(".")[0] in IMPURE}

    assert taken == set()


@pytest.mark.parametrize("path", files_of(*PURE), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_room_never_asks_the_time(path: Path) -> None:
    asked = [
        f"line {node.lineno}: .{node.attr}()"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}
        and isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    ]  # fmt: skip

    assert asked == []


@pytest.mark.parametrize(
    "path",
    [path for path in files_of(*PRODUCT, "sandbox", "bench", "wsgi.py") if path.name != "__init__.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_file_opens_with_a_sentence_that_says_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))

    assert said
    assert said.split("\n\n")[0].rstrip().endswith((".", ":", "?")), said


def test_one_file_alone_speaks_http() -> None:
    speakers = {
        str(path.relative_to(ROOT))
        for path in files_of(*PRODUCT)
        if {name.split(".")[0] for name in imports_of(path)} & {"httpx", "httpx_aiohttp", "aiohttp", "requests"}
    }

    assert speakers == {"connectors/fetch.py"}


def test_async_lives_in_six_files_alone() -> None:
    homes = {
        str(path.relative_to(ROOT))
        for path in files_of(*PRODUCT)
        if any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(ast.parse(path.read_text())))
    }

    homes_of_async = {"fetch", "exchange", "fanout", "reading", "tokens", "pds"}
    assert homes == {f"connectors/{name}.py" for name in homes_of_async}


def test_init_files_stay_empty() -> None:
    spoken = [
        str(path.relative_to(ROOT))
        for path in files_of(*PRODUCT, "sandbox")
        if path.name == "__init__.py" and path.read_text().strip()
    ]

    assert spoken == []


def test_tests_patch_nothing() -> None:
    words = ("mon" + "keypatch", "unittest" + ".mock", "from " + "mock")
    patching = [
        f"{path.relative_to(ROOT)}: {word}" for path in files_of("tests") for word in words if word in path.read_text()
    ]

    assert patching == []
