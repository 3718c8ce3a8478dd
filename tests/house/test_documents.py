"""What documents say of the house is true: files that they name are there, and the README names every room."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
EXAMPLES = {"config/agreements/working_together_2027.toml"}  # in docs/add-a-trust.md: the one to be written

_PATH = re.compile(r"`((?:viewer|connectors|config|tests|sandbox|bench|docs|static|templates)/[\w./-]*\w)/?`")
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def rooms_of_the_readme() -> str:
    return (ROOT / "README.md").read_text().partition("## The rooms")[2].partition("\n## ")[0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()

    named = {ROOT / path for path in _PATH.findall(text) if path not in EXAMPLES}
    linked = {document.parent / path for path in _LINK.findall(text)}

    assert [str(path) for path in sorted(named | linked) if not path.exists()] == []


def test_every_file_that_the_walk_through_the_journey_names_is_there() -> None:
    named = re.findall(r"`((?:\w+/)?\w+\.py)`", (ROOT / "docs/journey.md").read_text())

    assert [path for path in named if not ((ROOT / path).exists() or (ROOT / "viewer" / path).exists())] == []
    assert len(named) > 10


def test_the_readme_names_every_room_of_the_viewer_and_every_file_at_its_door() -> None:
    said = set(re.findall(r"\w+", rooms_of_the_readme()))
    here = [path for path in (ROOT / "viewer").iterdir() if not path.name.startswith("_")]
    rooms = [path for path in here if path.is_dir() or path.suffix == ".py"]

    assert [path.name for path in rooms if path.stem not in said] == []


def test_the_readme_names_no_room_of_the_viewer_that_is_not_there() -> None:
    within = rooms_of_the_readme().partition("viewer/\n")[2].partition("\nconnectors/")[0]
    named = re.findall(r"(?:^  |, )(\w+(?:\.py|/))(?=[ ,])", within, re.MULTILINE)

    assert [name for name in named if not (ROOT / "viewer" / name).exists()] == []
    assert len(named) > 15
