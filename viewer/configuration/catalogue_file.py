"""Read config/analytes.toml: every analyte we have a name for, in the order of the pages, and the words for its unit.

Rule: a key is a word for one thing and is never given another meaning, because the trusts' signed code maps name it.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from viewer.clinical.analyte import Analyte, Catalogue, Group
from viewer.configuration.config_file import Table, open_config

KEY = re.compile(r"[a-z][a-z0-9_]*")
LOINC = re.compile(r"\d{1,7}-\d")  # a number and its check digit


def read_catalogue(folder: Path) -> Catalogue:
    """Return the catalogue of this configuration; an empty one where there is no file."""
    path = folder / "analytes.toml"
    if not path.exists():
        return Catalogue()
    file = open_config(path)
    catalogue = catalogue_of(file)
    file.nothing_else()
    return catalogue


def catalogue_of(file: Table) -> Catalogue:
    """Return the catalogue, every key checked to stand there once."""
    groups: list[Group] = []
    analytes: dict[str, Analyte] = {}
    for table in file.tables("group"):
        group = Group(_key(table, {one.key for one in groups}), table.text("name"))
        groups.append(group)
        for row in table.tables("analytes"):
            analyte = _analyte(row, group.key, analytes)
            analytes[analyte.key] = analyte
    return Catalogue(tuple(groups), analytes, file.texts("specimens", ()), file.texts("units", ()))


def _analyte(row: Table, group: str, others: Mapping[str, Analyte]) -> Analyte:
    key, name = _key(row, others), row.text("name")
    if any(name.casefold() == other.name.casefold() for other in others.values()):
        raise row.wrong("name", f'"{name}" is also the name of another analyte')
    return Analyte(key, name, group, _loinc(row), row.yes_or_no("whole", False), row.texts("also", ()))


def _key(table: Table, others: Collection[str]) -> str:
    key = table.text("key")
    if not KEY.fullmatch(key):
        raise table.wrong("key", f'"{key}": small letters, digits and _ alone may stand in a key')
    if key in others:
        raise table.wrong("key", f'"{key}" stands there twice')
    return key


def _loinc(row: Table) -> tuple[str, ...]:
    codes = row.texts("loinc", ())
    for code in codes:
        if not LOINC.fullmatch(code) or not is_loinc(code):
            raise row.wrong("loinc", f'"{code}" is no LOINC code, like "2823-3": its last digit does not fit')
    return codes


def is_loinc(code: str) -> bool:
    """Say whether the check digit of a LOINC code fits the rest of it (modulus 10, the Luhn sum)."""
    number, _, check = code.partition("-")
    digits = [int(digit) for digit in number]
    doubled = [sum(divmod(2 * digit, 10)) for digit in reversed(digits)]
    total = sum(doubled[place] if place % 2 == 0 else digit for place, digit in enumerate(reversed(digits)))
    return (10 - total % 10) % 10 == int(check)
