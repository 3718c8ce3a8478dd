"""A CSV file is safe in a spreadsheet and exact for whoever reads it back."""

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from viewer.audit.csv_safe import escaped, read_csv, write_csv

SIGNS = "=+-@"
FORMULAS = (
    "=1+1", "+44 1226", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", '"=1"',
   "'=1",    "‘=1", "＝1", "＋1", "－1", "＠a", "﹦1", "−1", " ' \t＝cmd|' /C calc'!A0", "'", "''=1", "\x00=1", "“ @x”",
)  # fmt: skip
ALTERED = ("007", "555000000001", "1E5", "12e10")
ORDINARY = (
    "HARGREAVES, Walter", "999 412 7039", "WT-2026 cl. 4.2(a)", "2026-11-21T12:00:00.520174+00:00", "", "12",
    'says "no"', "two\r\nlines", "Zoë", "[]",
)  # fmt: skip

TABLES = st.integers(1, 4).flatmap(lambda wide: st.lists(st.lists(st.text(), min_size=wide, max_size=wide), min_size=1))


def as_a_spreadsheet_sees(file: bytes) -> list[list[str]]:
    """Read as any program that knows RFC 4180 reads, and nothing of our apostrophe."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def first_that_counts(cell: str) -> str:
    """Return the first sign in its plainest width, past whatever a careless program strips."""
    plain = unicodedata.normalize("NFKC", cell)
    return next((one for one in plain if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf")), "")


@given(TABLES)
@example([list(FORMULAS[:4]), list(FORMULAS[4:8])])
def test_what_is_read_back_is_what_was_written(table: list[list[str]]) -> None:
    assert read_csv(b"".join(write_csv(table[0], table[1:]))) == table


@given(TABLES)
def test_no_cell_begins_with_the_sign_of_a_formula(table: list[list[str]]) -> None:
    for row in as_a_spreadsheet_sees(b"".join(write_csv(table[0], table[1:]))):
        for cell in row:
            assert first_that_counts(cell) not in tuple(SIGNS)
            assert not cell.startswith(("\t", "\r"))


@given(st.text())
def test_two_texts_never_become_the_same_cell(text: str) -> None:
    assert escaped(text) in (text, "'" + text)
    assert (escaped(text) == text) == (not escaped(text).startswith("'"))


@pytest.mark.parametrize("number", range(len(FORMULAS)))
def test_whatever_a_spreadsheet_could_run_is_kept_as_text(number: int) -> None:
    assert escaped(FORMULAS[number]) == "'" + FORMULAS[number]


@pytest.mark.parametrize("text", ALTERED)
def test_a_number_that_a_spreadsheet_would_alter_is_kept_as_text(text: str) -> None:
    assert escaped(text) == "'" + text


@pytest.mark.parametrize("number", range(len(ORDINARY)))
def test_an_ordinary_cell_is_left_as_it_is(number: int) -> None:
    assert escaped(ORDINARY[number]) == ORDINARY[number]


def test_the_file_is_rfc_4180_with_a_byte_order_mark() -> None:
    file = b"".join(write_csv(("a", "b"), [("1", 'x "y"')]))

    assert file == b'\xef\xbb\xbf"a","b"\r\n"1","x ""y"""\r\n'


def test_a_file_that_was_cut_or_written_by_others_is_refused() -> None:
    whole = b"".join(write_csv(("a", "b"), [("1", "2")]))

    for broken in (whole[:-1], whole[:-3], b"a,b\r\n", whole + b'"3"'):
        with pytest.raises(ValueError, match="not a file that write_csv wrote"):
            read_csv(broken)


def test_a_cell_longer_than_most_readers_allow_is_read_back() -> None:
    long = "DiagnosticReport/7 " * 20_000

    assert read_csv(b"".join(write_csv(("a",), [(long,)])))[1] == [long]
