"""One word for one thing: every class of the two wings is in the glossary."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def classes_of(room: str) -> list[str]:
    return sorted(
        node.name
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )


@pytest.mark.parametrize("room", ["viewer/clinical", "viewer/access"])
def test_every_class_of_the_two_wings_is_in_the_glossary(room: str) -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()

    missing = [name for name in classes_of(room) if f"**{name}**" not in glossary and f"`{name}`" not in glossary]

    assert missing == []
