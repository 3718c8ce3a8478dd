"""Files written by others, as a cumulative table: every number in them stands in one cell, as it was written."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.cumulative_reading import filled, number_in
from tests.real_data.conftest import Opened, Others
from tests.real_data.raw import Json
from tests.real_data.test_results import FOLDERS

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("name", FOLDERS)
def test_every_number_stands_in_one_cell_as_it_was_written(others: Others, name: str) -> None:
    seen = 0
    for patient in others.look(name).patients:
        page = patient.browser.read(f"{patient.path}/cumulative?columns=all")

        expected = Counter(numbers_sent(patient))
        cells = filled(page.root) if expected else []
        assert Counter(number for _, cell in cells if (number := number_in(cell))) == expected
        seen += expected.total()

    assert seen


def numbers_sent(patient: Opened) -> Iterator[str]:
    """Each number of a laboratory's result that could be read and was not withdrawn, with its comparator."""
    results, unread = patient.held.of_kind("Observation"), patient.held.unread()
    for id_ in patient.held.sent():
        if f"Observation/{id_}" not in unread:
            yield from numbers_of(results[id_])


def numbers_of(result: Json) -> Iterator[str]:
    for one in (result, *result.get("component", ())):
        sent = one.get("valueQuantity", {})
        if "value" in sent:
            yield f"{sent.get('comparator', '')}{sent['value']}"
