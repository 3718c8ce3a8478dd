"""What clinicians, GPs and officers read is plain English: short sentences, and no word that we have a better one for.

The list is ours, after the NHS service manual's and GOV.UK's advice on words to avoid.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 40  # words in a sentence

# word → what we say
BETTER = {
    "utilise": "use", "leverage": "use", "facilitate": "help", "commence": "begin", "terminate": "end",
    "prior to": "before", "subsequent to": "after", "in order to": "to", "in the event that": "if",
    "with regard to": "about", "regarding": "about", "pertaining": "about", "aforementioned": "this",
    "hereby": "", "herein": "here", "whilst": "while", "amongst": "among", "upon": "on", "via": "by",
    "ensure": "make sure", "attempt": "try", "assist": "help", "obtain": "get", "provide": "give",
    "require": "need", "additional": "more", "currently": "now", "at this time": "now", "modify": "change",
    "initiate": "begin", "indicate": "show", "sufficient": "enough", "numerous": "many", "approximately": "about",
    "demonstrate": "show", "erroneous": "wrong", "invalid": "not …", "illegal": "not allowed", "abort": "stop",
    "fatal": "", "execute": "run", "null": "nothing", "undefined": "", "exception": "", "payload": "", "endpoint": "",
    "backend": "", "timeout": "did not answer in time", "fetch": "get", "parse": "read", "instance": "",
    "simply": "", "please": "", "oops": "", "sorry": "", "unfortunately": "", "successfully": "", "robust": "",
    "actionable": "", "stakeholder": "", "portal": "", "user-friendly": "", "dashboard": "", "going forward": "",
    "abnormal result": "flagged", "seamless": "",
}  # fmt: skip

# What a server says, which is put into words before anybody reads it.
OF_SERVERS = {"its token endpoint said"}


def files() -> list[Path]:
    python = [*(ROOT / "viewer/pages/saying").glob("*.py"), *(ROOT / "viewer/pages").glob("*_words.py")]
    return sorted([*(ROOT / "templates").glob("*.html"), *python])


def said_in(file: Path) -> Iterator[str]:
    """Yield every text of a file that may stand on a page."""
    if file.suffix == ".py":
        tree = ast.parse(file.read_text())
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                yield node.value
        return
    text = re.sub(r"\{#.*?#\}", " ", file.read_text(), flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " … ", text, flags=re.DOTALL)
    yield from re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    yield from re.split(r"<[^>]*>", text)


def found_in(file: Path) -> list[str]:
    """Return what is not plain in a file."""
    wrong = []
    for text in (text for text in said_in(file) if text not in OF_SERVERS):
        for word in BETTER:
            if re.search(rf"(?<!aria-)\b{re.escape(word)}\b", text, re.IGNORECASE):
                wrong.append(f"“{word}” in “{' '.join(text.split())}”")
        for sentence in re.split(r"(?<=[.!?;:])\s", text):
            if len(sentence.split()) > LONGEST:
                wrong.append(f"{len(sentence.split())} words in “{' '.join(sentence.split())}”")
    return wrong


@pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
def test_what_people_read_is_plain_english(file: Path) -> None:
    assert found_in(file) == []


def test_the_list_finds_what_it_looks_for(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<p title="Fetch results">{# utilise #}Please\nwait{{ words.fetch() }}</p>')

    said = list(said_in(page))

    assert any("Please" in text for text in said)
    assert not any("utilise" in text or "words.fetch" in text for text in said)
    assert "Fetch results" in said
