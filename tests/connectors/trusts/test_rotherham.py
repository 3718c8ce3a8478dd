import string
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.page import Page
from connectors.resource import DiagnosticReport, Encounter, Observation, Quantity
from connectors.trust_config import Caps
from connectors.trusts.rotherham import connector, value_out_of_text
from viewer.access.presence import presence

ANSWERS = Path(__file__).parents[2] / "answers" / "rotherham"


def read(text: str) -> Observation:
    mended = value_out_of_text(Observation(value_string=text))
    assert isinstance(mended, Observation)
    return mended


def written(quantity: Quantity | None) -> str:
    return f"{quantity.comparator}{bytes(quantity.value).decode()} {quantity.unit}".strip() if quantity else ""


def test_a_blood_count_in_words_comes_as_value_unit_range_and_flag():
    page = connector.read_page((ANSWERS / "blood_count_in_words.json").read_bytes(), Caps())

    assert isinstance(page, Page)
    haemoglobin, film = page.entries[1].body, page.entries[2].body
    assert isinstance(haemoglobin, Observation)
    assert isinstance(film, Observation)
    assert written(haemoglobin.value_quantity) == "10.90 g/dL"
    assert haemoglobin.value_string is None
    assert b"10.90 g/dL (13.0-18.0) L" in page.entries[1].raw
    assert (film.value_string, film.value_quantity) == ("Target cells seen, 3 per field", None)


@pytest.mark.parametrize(
    ("text", "value", "low", "high", "flag"),
    [
        ("10.9 g/dL (13.0-18.0) L", "10.9 g/dL", "13.0 g/dL", "18.0 g/dL", "L"),
        ("10.90 g/dL", "10.90 g/dL", "", "", ""),
        ("12.1 x10^9/l (3.6-11.0) H", "12.1 x10^9/l", "3.6 x10^9/l", "11.0 x10^9/l", "H"),
        ("4.2 10*9/L", "4.2 10*9/L", "", "", ""),
        ("<0.01 x10^9/l (0.02-0.5) L", "<0.01 x10^9/l", "0.02 x10^9/l", "0.5 x10^9/l", "L"),
        ("0.42 l/l (0.40 - 0.54)", "0.42 l/l", "0.40 l/l", "0.54 l/l", ""),
        ("7.38 (7.35-7.45)", "7.38", "7.35", "7.45", ""),
        ("-2.4 mmol/l (-2.0-2.0) L", "-2.4 mmol/l", "-2.0 mmol/l", "2.0 mmol/l", "L"),
        ("31 % HH", "31 %", "", "", "HH"),
    ],
)
def test_a_text_wholly_of_that_shape_is_read(text, value, low, high, flag):
    observation = read(text)

    ranges = [(written(r.low), written(r.high)) for r in observation.reference_range]
    assert written(observation.value_quantity) == value
    assert ranges == ([(low, high)] if low else [])
    assert [flagged.text for flagged in observation.interpretation] == ([flag] if flag else [])
    assert observation.value_string is None


def test_a_bound_stays_a_range_in_the_laboratorys_words():
    assert [written_range.text for written_range in read("12 mg/l (<5)").reference_range] == ["<5"]


@pytest.mark.parametrize(
    "text",
    [
        "10.9",  # a bare number may count anything
        "10.9 L",  # litres, or low?
        "10.9 H",
        "10.9 g/dL (18.0-13.0)",  # no range runs downwards
        "10.9 g/dL (13.0-18.0) LOW",
        "10.9 g/dL (13.0-18.0) L haemolysed",
        "approx 10.9 g/dL",
        "10,9 g/dL",
        "010.9 g/dL",
        "10.9 g/dL (13.0-)",
        "10.9g/dL",
        "1:160",
        "3+ protein",
        "2025-11-03",
        "Negative",
        "",
    ],
)
def test_anything_else_stays_the_words_it_is(text):
    assert read(text) == Observation(value_string=text)


def test_a_value_that_came_as_a_number_is_left_alone():
    observation = Observation(value_string="5 g/dL", value_quantity=Quantity(value=msgspec.Raw(b"6")))

    assert value_out_of_text(observation) is observation


def test_other_kinds_are_left_alone():
    report = DiagnosticReport(conclusion="10.9 g/dL")

    assert value_out_of_text(report) is report


@given(st.text(alphabet=string.digits + " .-()<>gdLH/%x^*", max_size=30))
def test_no_character_of_a_text_is_lost_or_added(text):
    observation = read(text)

    if observation.value_quantity:
        sent = written(observation.value_quantity)
        for bounds in observation.reference_range:
            inner = bounds.text or f"{bytes(bounds.low.value).decode()}-{bytes(bounds.high.value).decode()}"  # type: ignore[union-attr]
            sent += f" ({inner})"
        for flag in observation.interpretation:
            sent += f" {flag.text}"
        assert sent.replace(" ", "") == text.replace(" ", "")


# ── Where a patient is ───────────────────────────────────────────────────────────────────────────


def attendances() -> Page:
    page = connector.read_page((ANSWERS / "attendances_in_own_words.json").read_bytes(), Caps())
    assert isinstance(page, Page)
    return page


def test_its_own_words_for_where_a_patient_is_come_as_r4s_and_no_others():
    read = [one.body.class_ for one in attendances().entries if isinstance(one.body, Encounter)]

    assert [one.code for one in read if one] == ["EMER", "IMP", "AMB", "HOTEL", "ED"]
    assert b'"ED"' in attendances().entries[0].raw


def test_somebody_in_its_emergency_department_is_proven_to_be_there():
    now = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)

    proven = [presence([one], now).in_department for one in attendances().entries]

    assert proven == ["an emergency attendance since 22-Nov-2026 02:12", "", "", "", ""]
