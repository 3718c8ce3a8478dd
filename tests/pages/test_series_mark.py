"""A series is named in an address by a mark that says nothing, and that only its own sign-in can make."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.pages.builders import opened
from viewer.clinical.series import SeriesKey
from viewer.pages.series_mark import series_mark, series_wanted, trend_address

POTASSIUM = SeriesKey("potassium", "serum", "mmol/L", "")
SODIUM = SeriesKey("sodium", "serum", "mmol/L", "")
HERE = opened()
KEYS = st.builds(SeriesKey, *[st.text("ab,\"' ", max_size=3)] * 5)


def test_the_address_of_a_trend_names_no_analyte_specimen_or_unit() -> None:
    address = trend_address(HERE, POTASSIUM, SODIUM)

    assert address.startswith(f"/patients/{HERE.handle}/trend?series=")
    assert address.count("series=") == 2
    assert not any(word in address for word in ("potassium", "sodium", "serum", "mmol"))


def test_a_mark_finds_its_own_series_and_no_other() -> None:
    wanted = series_wanted(HERE, [series_mark(HERE, POTASSIUM)])

    assert wanted(POTASSIUM)
    assert not wanted(SODIUM)


def test_a_mark_of_another_sign_in_or_of_nobody_finds_nothing() -> None:
    elsewhere = replace(HERE, secret="of another")

    assert not series_wanted(HERE, [series_mark(elsewhere, POTASSIUM), "", "é", "potassium"])(POTASSIUM)


@given(KEYS, KEYS)
def test_two_series_share_a_mark_only_when_they_are_one(one: SeriesKey, other: SeriesKey) -> None:
    assert (series_mark(HERE, one) == series_mark(HERE, other)) == (one == other)
