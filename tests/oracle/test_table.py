"""The decision table that is committed is what the rules decide, cell by cell, by both programs."""

import pytest

from tests.oracle import table

TRUSTS = tuple(table.shipped()["trusts"])


@pytest.mark.parametrize("trust", TRUSTS)
def test_each_cell_of_a_trust_is_decided_alike_and_stands_in_the_committed_table(trust: str) -> None:
    lines, cells, differ = table.folded(trust)

    committed = _committed(0)
    assert differ == 0
    assert cells == 425_880
    assert _as_rows(lines, table.WORDS) == {row[:-3] + row[-2:] for row in committed if _names(row[-3], trust)}


def test_each_cell_of_a_patient_is_decided_alike_and_stands_in_the_committed_table() -> None:
    lines, cells, differ = table.folded_patients()

    assert differ == 0
    assert cells == 3_720
    assert _as_rows(lines, table.PATIENT_WORDS) == set(_committed(1))


def _committed(which: int) -> list[tuple[str, ...]]:
    """The rows of the first or the second table of the file."""
    tables = table.FILE.read_text().split("\n\n")
    rows = [line for line in tables[which].splitlines() if line and not line.startswith("#")]
    return [tuple(row.split("\t")) for row in rows[1:]]


def _as_rows(lines: list[table.Line], words: tuple[tuple[str, ...], ...]) -> set[tuple[str, ...]]:
    return {
        tuple(row.split("\t")) for row in table.rows_of([(cell[: len(words)], said) for cell, said in lines], words)
    }


def _names(trusts: str, trust: str) -> bool:
    if trusts.startswith("any but "):
        return trust not in trusts.removeprefix("any but ").split(" | ")
    return trusts == "any" or trust in trusts.split(" | ")
