from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import ByNumber, ByTraits, Kind
from connectors.connector import escaped, is_askable, what_is_held, who_is_this
from tests.connectors.bundles import NHS_NUMBER
from tests.connectors.loopback import a_config

CONFIG = a_config("https://barnsley.example/fhir/R4", imaging=True, loose_observations=True, page_size=50)
LABORATORY, RADIOLOGY = frozenset({Kind.LABORATORY}), frozenset({Kind.RADIOLOGY})


def test_a_patient_is_searched_by_number_within_its_system():
    search = who_is_this(ByNumber(NHS_NUMBER), CONFIG)

    identifier = f"https://fhir.nhs.uk/Id/nhs-number|{NHS_NUMBER}"
    assert (search.resource, search.parameters) == ("Patient", (("identifier", identifier), ("_count", "50")))


def test_a_patient_is_searched_by_the_traits_that_were_given_and_no_others():
    search = who_is_this(ByTraits("O'Neill, $mith", date(1944, 3, 9), postcode="S10 2JF"), CONFIG)

    assert search.parameters == (
        ("family", r"O'Neill\, \$mith"),
        ("birthdate", "1944-03-09"),
        ("address-postalcode", "S10 2JF"),
        ("_count", "50"),
    )


@pytest.mark.parametrize(
    ("kinds", "searched"),
    [
        (LABORATORY, ["DiagnosticReport", "Observation"]),
        (RADIOLOGY, ["DiagnosticReport", "ImagingStudy"]),
        (LABORATORY | RADIOLOGY, ["DiagnosticReport", "ImagingStudy", "Observation"]),
    ],
)
def test_only_what_may_hold_the_kinds_asked_for_is_searched(kinds, searched):
    assert [search.resource for search in what_is_held(("7", "8"), kinds, CONFIG)] == searched


def test_no_search_filters_by_date_or_sorts():
    searches = what_is_held(("7",), LABORATORY | RADIOLOGY, CONFIG)

    names = {name for search in searches for name, _ in search.parameters}
    assert names == {"patient", "category", "_include", "_include:iterate", "_count"}


def test_the_number_is_in_no_representation_of_a_search():
    assert NHS_NUMBER not in repr(who_is_this(ByNumber(NHS_NUMBER), CONFIG))


@pytest.mark.parametrize("id_", ["7", "a-b.c_d", "1a6d3f0e-0c4f-4a39-8f1a-0f6d3f0e0c4f", "x" * 64])
def test_an_id_can_be_asked_for(id_):
    assert is_askable(id_)


@pytest.mark.parametrize("id_", ["", "7,8", "7&_count=1", "7|8", "x" * 65, "7\n", "../8", "$everything"])
def test_what_would_be_more_than_an_id_cannot(id_):
    assert not is_askable(id_)


@given(st.text(alphabet="ab\\,$|", max_size=12))
def test_an_escaped_value_means_itself_to_a_server(text):
    unescaped, rest = "", iter(escaped(text))
    for letter in rest:
        assert letter not in ",$|"
        unescaped += next(rest) if letter == "\\" else letter
    assert unescaped == text
