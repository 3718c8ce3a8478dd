"""Nothing in the repository is anybody's: no NHS number outside the 999 range, no secret, no registry, no machine."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEN_DIGITS = re.compile(r"(?<![\w.\-/])([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})(?![\w\-]|\.[0-9])")
ALPHABET = "0123456789"  # the digits in their order are nobody's number


def committed_texts() -> list[tuple[str, str]]:
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    texts = []
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".pdf", ".ico"} and path.name != "package-lock.json":
            texts.append((name, path.read_text(errors="replace")))
    return texts


def is_valid(digits: str) -> bool:
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - weighted % 11) % 11 == int(digits[9])


def test_every_nhs_number_in_the_repository_is_of_the_999_range() -> None:
    foreign = [
        f"{name}: {found}"
        for name, text in committed_texts()
        if not name.endswith(".lock")
        for found in TEN_DIGITS.findall(text)
        if (digits := re.sub(r"\D", "", found)) != ALPHABET and is_valid(digits) and not digits.startswith("999")
    ]

    assert foreign == []


def test_no_private_key_is_in_the_repository() -> None:
    marks = ("BEGIN " + "PRIVATE KEY", "BEGIN RSA " + "PRIVATE KEY", "BEGIN EC " + "PRIVATE KEY")

    assert [name for name, text in committed_texts() for mark in marks if mark in text] == []


def test_no_registry_host_and_no_path_of_a_machine_is_in_the_repository() -> None:
    marks = (
        "registry." + "npmjs",
        "files." + "pythonhosted",
        "pypi" + ".org",
        "deb.debian" + ".org",
        "/wo" + "rk/",
        "/ro" + "ot/",
    )
    everything = [*committed_texts(), ("package-lock.json", (ROOT / "package-lock.json").read_text())]

    assert [f"{name}: {mark}" for name, text in everything for mark in marks if mark in text] == []
