"""The proofs of units and of times see what is wrong, and find nothing wrong with the product."""

from dataclasses import replace
from datetime import date, timedelta

from bench.prove_times import changeover_minutes, last_sunday, minutes_of, read, wrongly_said
from bench.prove_units import a_row, maps_of, pairs_of_units, wrongly_shared
from tests.builders import ROTHERHAM, SHEFFIELD
from viewer.clinical.analyte import Analyte, Catalogue

CATALOGUE = Catalogue(analytes={"potassium": Analyte("potassium", "Potassium", "")}, units=("mmol/L", "mg/dL", "g/L"))


def test_every_ordered_pair_is_set_out_and_none_shares_a_row_or_axis() -> None:
    figure = pairs_of_units(CATALOGUE)

    assert figure.met
    assert figure.measured == "0 of 6 pairs share a row or an axis"


def test_two_units_that_are_taken_for_one_are_seen() -> None:
    maps = {name: replace(one, units={"mg/dL": "mmol/L"}) for name, one in maps_of("potassium").items()}
    rows = [a_row(SHEFFIELD, "potassium", "mmol/L"), a_row(ROTHERHAM, "potassium", "mg/dL")]

    said = list(wrongly_shared(rows, CATALOGUE, maps))

    assert [one.split()[0] for one in said] == ["rows", "axes"]


def test_a_changeover_day_is_as_long_as_it_was() -> None:
    assert last_sunday(2026, 3) == date(2026, 3, 29)
    assert last_sunday(2027, 10) == date(2027, 10, 31)
    spring, autumn = (list(minutes_of(last_sunday(2026, month))) for month in (3, 10))
    assert (len(spring), len(autumn)) == (23 * 60, 25 * 60)
    assert [minute.clock for minute in spring[59:61]] == ["00:59", "02:00"]
    assert [minute.clock for minute in autumn[119:121]] == ["01:59 BST", "01:00 GMT"]
    assert autumn[0].sent == ("2026-10-24T23:00:00Z", "2026-10-25T00:00:00+01:00")


def test_every_minute_of_one_year_is_said_as_it_was() -> None:
    assert changeover_minutes(2026, 2026).met


def test_a_minute_that_is_said_wrongly_is_seen_on_every_page() -> None:
    day = list(minutes_of(last_sunday(2026, 10)))
    sent = [read(minute.sent[0]) for minute in day]
    sent[100] = replace(sent[100], instant=sent[100].instant + timedelta(seconds=30), as_sent="")

    said = list(wrongly_said(day, sent))

    assert {one.partition(":")[0] for one in said} == {"timeline", "table", "graph"}
