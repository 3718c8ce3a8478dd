"""Codes that no signed map speaks of are counted by day and page, and nothing of any patient is kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from connectors.answer import Kind, Trust
from tests.builders import ROTHERHAM, SHEFFIELD, a_report, a_result
from tests.clock import Clock
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Group, Meaning
from viewer.clinical.report import Absent, Amount, Code, NoValue, Result, Unreadable, Value, Words, YesNo
from viewer.clinical.row import Row
from viewer.clinical.unmapped import Unmapped, unmapped
from viewer.unmapped import MOST, NOT_KEPT, Count, UnmappedCodes

LOCAL = "https://trust.example/code"
CATALOGUE = Catalogue((Group("u_and_e", "U&E"),), {"potassium": Analyte("potassium", "Potassium", "u_and_e"),
                                                   "sodium": Analyte("sodium", "Sodium", "u_and_e")})  # fmt: skip
MAPS = {"rotherham": CodeMap("rotherham", {(LOCAL, "K"): Meaning("potassium"), (LOCAL, "NA"): Meaning("sodium")})}
FIXED = Code("http://snomed.info/sct", "721981007", "Diagnostic studies report")
WALTER, MAYA = "9994127039", "9992475145"


def sent(*codes: str, name: str = "Troponin I", number: str = "4") -> Result:
    coded = tuple(Code(LOCAL, code) for code in codes)
    return replace(
        a_result(value=Amount(number, unit="ng/L"), id_=f"Observation/{codes}{name}"), codes=coded, name=name
    )


def row(*results: Result | Unreadable, trust: Trust = ROTHERHAM, kind: Kind = Kind.LABORATORY) -> Row:
    return Row(a_report(trust, "7", results=results, kind=kind))


# ── Which codes ──────────────────────────────────────────────────────────────────────────────────


def found(*rows: Row) -> set[tuple[str, str, str]]:
    return {(one.trust, one.code, one.name) for one in unmapped(rows, CATALOGUE, MAPS)}


def test_a_code_that_no_map_speaks_of_is_found_and_one_that_is_mapped_is_not() -> None:
    assert found(row(sent("TNI"), sent("K"))) == {("rotherham", "TNI", "Troponin I")}


def test_a_trust_without_a_map_has_nothing_mapped() -> None:
    assert found(row(sent("K"), trust=SHEFFIELD)) == {("sheffield_teaching", "K", "Troponin I")}


def test_a_code_beside_a_mapped_one_is_no_trouble() -> None:
    assert found(row(sent("K", "ALSO"))) == set()


def test_two_codes_that_say_different_things_are_named_together() -> None:
    assert found(row(sent("NA", "K"))) == {("rotherham", "K+NA", "Troponin I")}


def test_an_analyte_that_the_catalogue_does_not_have_is_not_mapped() -> None:
    maps = {"rotherham": CodeMap("rotherham", {(LOCAL, "K"): Meaning("kalium")})}

    assert unmapped([row(sent("K"))], CATALOGUE, maps) == {Unmapped("rotherham", LOCAL, "K", "Troponin I")}


def test_pictures_what_cannot_be_read_and_a_group_without_a_code_have_none_to_map() -> None:
    group = replace(sent(), value=NoValue(), members=(sent("K"),))
    broken = Unreadable(ROTHERHAM, "Observation", "1", "it is torn", codes=(Code(LOCAL, "X"),))

    assert found(row(group, broken), row(sent("CT"), kind=Kind.RADIOLOGY)) == set()


def test_a_code_of_a_group_is_found_whatever_stands_in_it_and_so_is_a_reports_own() -> None:
    group = replace(sent("PANEL", name="Renal profile"), value=NoValue(), members=(sent("K"),))
    culture = a_report(ROTHERHAM, "8", results=(), codes=(FIXED, Code(LOCAL, "MSU")), title="Urine culture")

    assert unmapped([row(group), Row(culture)], CATALOGUE, MAPS) == {
        Unmapped("rotherham", LOCAL, "PANEL", "Renal profile", in_words=True),
        Unmapped("rotherham", LOCAL, "MSU", "Urine culture", in_words=True),
    }


def test_a_group_or_a_report_that_a_map_names_is_not_found() -> None:
    group = replace(sent("K"), value=NoValue(), members=(sent("NA"),))

    assert found(Row(a_report(ROTHERHAM, results=(group,), codes=(FIXED, Code(LOCAL, "NA"))))) == set()


def test_a_result_that_is_a_report_of_its_own_is_counted_as_a_result(codes: UnmappedCodes) -> None:
    alone = Row(a_report(ROTHERHAM, results=(sent("TNI"),), codes=(Code(LOCAL, "TNI"),)))

    assert [(one.code, one.in_words) for one in noticed(codes, WALTER, alone)] == [("TNI", False)]


def test_a_result_without_any_code_is_found_as_that() -> None:
    assert found(row(sent())) == {("rotherham", "", "Troponin I")}


@pytest.mark.parametrize(
    ("value", "in_words"),
    [
        (Words("Resistant"), True), (Words("No growth after 5 days"), True), (YesNo(yes=True), True),
        (Amount("4", unit="ng/L"), False), (Words("4.1 mmol/L"), False), (Words("< 0.5"), False),
        (Words("+1"), False), (Absent("Haemolysed"), False),
    ],
)  # fmt: skip
def test_of_a_value_it_is_said_whether_it_is_words_and_no_more(value: Value, *, in_words: bool) -> None:
    (one,) = unmapped([row(replace(sent("TNI"), value=value))], CATALOGUE, MAPS)

    assert one == Unmapped("rotherham", LOCAL, "TNI", "Troponin I", in_words=in_words)


# ── Counted ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def day() -> Clock:
    return Clock(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))


@pytest.fixture
def codes(engine: Engine, day: Clock) -> Iterator[UnmappedCodes]:
    codes = UnmappedCodes(engine, day, CATALOGUE, MAPS)
    yield codes
    codes.close()


def noticed(codes: UnmappedCodes, patient: str, *rows: Row) -> tuple[Count, ...]:
    codes.notice(patient, rows)
    codes.settle()
    return codes.seen()


def test_a_code_is_counted_once_a_page_with_its_first_and_last_day(codes: UnmappedCodes, day: Clock) -> None:
    noticed(codes, WALTER, row(sent("TNI"), sent("TNI", name="Troponin I again")))
    day.now = datetime(2026, 11, 22, 9, tzinfo=UTC)

    (count,) = noticed(codes, WALTER, row(sent("TNI")))

    assert (count.trust, count.system, count.code, count.looks) == ("rotherham", LOCAL, "TNI", 2)
    assert (count.first_seen, count.last_seen) == (date(2026, 11, 20), date(2026, 11, 22))


def test_a_code_that_came_with_a_number_once_is_no_code_of_words_any_more(codes: UnmappedCodes) -> None:
    words = replace(sent("TNI"), value=Words("see comment"))

    (first,) = noticed(codes, WALTER, row(words))
    (both,) = noticed(codes, WALTER, row(words, sent("TNI")))
    (later,) = noticed(codes, MAYA, row(words))

    assert [one.in_words for one in (first, both, later)] == [True, False, False]
    assert later.name == "Troponin I"


def test_a_name_is_kept_only_when_two_patients_came_with_it(codes: UnmappedCodes) -> None:
    (once,) = noticed(codes, WALTER, row(sent("TNI")))
    (again,) = noticed(codes, WALTER, row(sent("TNI")))
    (another,) = noticed(codes, MAYA, row(sent("TNI")))
    (later,) = noticed(codes, MAYA, row(sent("TNI", name="Troponin of Mrs Maya Oakes")))

    assert [one.name for one in (once, again, another, later)] == ["", "", "Troponin I", "Troponin I"]


@pytest.mark.parametrize("name", ["x" * 60, "Two\nlines", "Hb of 9994127039", "In 1945"])
def test_a_name_that_may_be_more_than_a_name_is_never_kept(codes: UnmappedCodes, name: str) -> None:
    noticed(codes, WALTER, row(sent("TNI", name=name)))

    (count,) = noticed(codes, MAYA, row(sent("TNI", name=name)))

    assert (count.code, count.name) == ("TNI", "")


@pytest.mark.parametrize(
    "code", [WALTER, "H" * 41, "a word", "Jürgen", f"K-{WALTER}", "999-412-7039", "K/999.412.7039"]
)
def test_a_code_that_may_be_more_than_a_code_is_never_kept(codes: UnmappedCodes, engine: Engine, code: str) -> None:
    noticed(codes, WALTER, row(sent(code)))

    (count,) = noticed(codes, MAYA, row(sent(code)))

    assert (count.code, count.name, count.looks) == (NOT_KEPT, "", 2)
    with engine.connect() as database:
        assert code not in str(database.execute(text("SELECT * FROM unmapped_codes")).all())


def test_a_code_that_is_mapped_by_now_is_not_said_to_be_unmapped(codes: UnmappedCodes, engine: Engine) -> None:
    noticed(codes, WALTER, row(sent("TNI")))
    since = CodeMap("rotherham", {(LOCAL, "TNI"): Meaning("potassium")})

    later = UnmappedCodes(engine, Clock(), CATALOGUE, {"rotherham": since})

    assert later.seen() == ()


def test_two_codes_that_contradict_each_other_stay_on_the_list_though_each_is_mapped(codes: UnmappedCodes) -> None:
    (count,) = noticed(codes, WALTER, row(sent("NA", "K"), sent("NA"), sent("K")))

    assert (count.system, count.code) == (LOCAL, "K+NA")


def test_the_most_frequent_stand_first_trust_by_trust(codes: UnmappedCodes) -> None:
    noticed(codes, WALTER, row(sent("TNI")), row(sent("K"), trust=SHEFFIELD))

    seen = noticed(codes, WALTER, row(sent("ZZ"), sent("TNI")))

    assert [(one.trust, one.code) for one in seen] == [
        ("rotherham", "TNI"), ("rotherham", "ZZ"), ("sheffield_teaching", "K"),
    ]  # fmt: skip


def test_a_trust_that_sends_codes_without_end_fills_no_more_than_its_share(codes: UnmappedCodes) -> None:
    flood = row(*(sent(f"Z{number}") for number in range(MOST + 5)))

    noticed(codes, WALTER, flood)
    seen = noticed(codes, WALTER, row(sent("K"), trust=SHEFFIELD))

    assert len([one for one in seen if one.trust == "rotherham"]) == MOST
    assert [one.code for one in seen if one.trust == "sheffield_teaching"] == ["K"]


def test_a_database_that_is_away_costs_a_count_and_nothing_else(codes: UnmappedCodes, engine: Engine) -> None:
    with engine.begin() as database:
        database.execute(text("ALTER TABLE unmapped_codes RENAME TO away"))
    codes.notice(WALTER, [row(sent("TNI"))])
    codes.settle()
    with engine.begin() as database:
        database.execute(text("ALTER TABLE away RENAME TO unmapped_codes"))

    (count,) = noticed(codes, WALTER, row(sent("TNI")))

    assert count.looks == 1


def test_once_closed_it_lets_pages_go(codes: UnmappedCodes) -> None:
    codes.close()

    codes.notice(WALTER, [row(sent("TNI"))])

    assert codes.seen() == ()
