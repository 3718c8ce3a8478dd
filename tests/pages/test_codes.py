"""The page about codes says who signed each map, which map is not believed, and what nobody has explained."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from sandbox.town import Town
from tests.builders import BARNSLEY, ROTHERHAM
from tests.pages.builders import a_clinician, an_app, an_asking
from tests.pages.page_tester import Page, PageTester
from tests.whole import AMINA, KOFI, PRIYA, another, viewer_of
from viewer.access.clinician import Clinician, Role
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Conversion, Group, Meaning
from viewer.configuration.code_map_file import CodeMapFile
from viewer.pages.codes import codes_routes
from viewer.unmapped import NOT_KEPT, Count, UnmappedCodes

LOCAL = "https://its.example/code"
CATALOGUE = Catalogue((Group("u_and_e", "U&E"),), {"potassium": Analyte("potassium", "Potassium", "u_and_e")})
WRITTEN = CodeMap(
    "rotherham",
    {(LOCAL, "K"): Meaning("potassium")},
    signed_by="Dr Jane Holroyd",
    signed_on=date(2026, 6, 30),
    role="Laboratory director",
)
ROTHERHAMS = CodeMapFile(ROTHERHAM, WRITTEN, "a text", key="ddc7 9765 e7c4 94fa")
BARNSLEYS = CodeMapFile(BARNSLEY, replace(WRITTEN, trust="barnsley"), "a text", key="2bb0 8904 4568 7612")
TROPONIN = Count("rotherham", LOCAL, "TNI", "Troponin I", 1234, date(2026, 11, 2), date(2026, 11, 21))


def read(*files: CodeMapFile, seen: Sequence[Count] = (), role: Role = Role.CONSULTANT) -> Page:
    routes = codes_routes(CATALOGUE, files, lambda: seen)
    return PageTester(an_app(*routes, asking=an_asking(a_clinician(role=role)))).get("/codes")


def test_each_map_says_who_signed_it_when_and_how_many_codes_it_explains() -> None:
    page = read(ROTHERHAMS, BARNSLEYS)

    assert page.one("tr", data_map="rotherham").words == (
        "Rotherham ✓ Signed by Dr Jane Holroyd, Laboratory director, 30 June 2026 "
        "key ddc7 9765 e7c4 94fa 1 code nothing"
    )
    assert "1 analyte in 1 group; more than one laboratory explains 1 of them" in page.one("main").words


def test_a_map_that_is_not_believed_is_said_before_all_others() -> None:
    spoilt = replace(ROTHERHAMS, problem="what it says was changed after it was signed", key="")

    page = read(spoilt, BARNSLEYS)

    warning = page.one("p", data_not_believed="rotherham").words
    assert warning == (
        "✕ Rotherham’s map is not believed: what it says was changed after it was signed. "
        "All its codes count as not mapped."
    )
    assert "✕ Not believed" in page.one("tr", data_map="rotherham").words
    assert "1 code, none of them believed" in page.one("tr", data_map="rotherham").words
    assert "more than one laboratory explains none of them" in page.one("main").words


def test_a_trust_without_a_map_is_named() -> None:
    page = read(CodeMapFile(ROTHERHAM, CodeMap("rotherham"), problem="there is no file"))

    assert "Rotherham’s map is not believed: there is no file" in page.one("p", data_not_believed="rotherham").words


def test_a_conversion_is_said_in_full_with_its_clause() -> None:
    tenfold = Conversion("potassium", "g/dL", "g/L", Decimal(10), "7.1")

    page = read(replace(ROTHERHAMS, written=replace(WRITTEN, conversions=(tenfold,))))

    assert "Potassium: g/dL × 10 = g/L (clause 7.1)" in page.one("tr", data_map="rotherham").words


def test_what_is_not_mapped_stands_under_its_trust_with_how_often_and_when() -> None:
    page = read(ROTHERHAMS, BARNSLEYS, seen=[TROPONIN])

    section = page.one("section", data_unmapped="rotherham").words
    assert "Rotherham: 1" in section
    assert f"TNI {LOCAL} Troponin I on 1,234 pages, 2 November 2026 to 21 November 2026" in section
    assert page.one("section", data_unmapped="barnsley").words == "Barnsley: none seen"


def test_what_came_without_a_number_stands_apart_and_is_said_to_need_a_map_only_as_a_culture() -> None:
    culture = replace(TROPONIN, code="UCUL", name="Urine culture", in_words=True)

    page = read(ROTHERHAMS, seen=[TROPONIN, culture])

    assert page.one("h3").words == "Rotherham: 1, and 1 without numbers"
    assert page.one("summary").words == (
        "1 without numbers, of words, of groups of results or of whole reports: "
        "such a code needs a map only where it names a culture or a screen"
    )
    assert f"UCUL {LOCAL} Urine culture on 1,234 pages" in page.one("details").words
    assert "TNI" not in page.one("details").words


def test_a_trust_of_which_only_such_codes_were_seen_lists_them_all_the_same() -> None:
    page = read(ROTHERHAMS, seen=[replace(TROPONIN, in_words=True)])

    assert page.one("h3").words == "Rotherham: 1 without numbers alone"
    assert "TNI" in page.one("details").words


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (replace(TROPONIN, name=""), f"TNI {LOCAL} Not kept"),
        (replace(TROPONIN, code="", system="", name=""), "Results without a code Not kept on"),
        (replace(TROPONIN, code=NOT_KEPT, name=""), f"Not kept: it may hold more than a code {LOCAL} Not kept"),
    ],
)
def test_what_is_not_kept_is_said_to_be_not_kept(count: Count, said: str) -> None:
    assert said in read(ROTHERHAMS, seen=[count]).one("section", data_unmapped="rotherham").words


def test_what_was_seen_on_one_day_is_said_so() -> None:
    page = read(ROTHERHAMS, seen=[replace(TROPONIN, looks=5, first_seen=TROPONIN.last_seen)])

    assert page.one("section", data_unmapped="rotherham").words.endswith("on 5 pages, 21 November 2026")


@pytest.mark.parametrize("looks", [1, 4])
def test_so_few_pages_that_they_could_be_one_persons_have_neither_a_number_nor_a_day(looks: int) -> None:
    page = read(ROTHERHAMS, seen=[replace(TROPONIN, looks=looks)])

    assert page.one("section", data_unmapped="rotherham").words.endswith("Troponin I on fewer than 5 pages")


def test_the_place_of_a_small_count_does_not_tell_it() -> None:
    seen = [
        replace(TROPONIN, code=code, name="", looks=looks) for code, looks in (("M", 9), ("Z", 4), ("B", 2), ("A", 1))
    ]

    codes = [row.words.partition(" ")[0] for row in read(ROTHERHAMS, seen=seen).all("tr") if "page" in row.words]

    assert codes == ["M", "A", "B", "Z"]


def test_a_code_or_name_from_a_trust_is_text_and_nothing_else() -> None:
    page = read(ROTHERHAMS, seen=[replace(TROPONIN, code="<b>K</b>", name="<script>alert(1)</script>")])

    assert f"<b>K</b> {LOCAL} <script>alert(1)</script>" in page.one("section", data_unmapped="rotherham").words


def test_counts_that_cannot_be_read_are_not_said_to_be_none() -> None:
    def away() -> Sequence[Count]:
        raise OperationalError("SELECT", {}, Exception("away"))

    routes = codes_routes(CATALOGUE, [ROTHERHAMS], away)
    page = PageTester(an_app(*routes, asking=an_asking(a_clinician()))).get("/codes")

    assert "✕ What was counted cannot be read now. This does not mean that there is none." in page.one("main").words
    assert "none seen" not in page.one("main").words


# ── One map in full ──────────────────────────────────────────────────────────────────────────────


def in_full(file: CodeMapFile) -> Page:
    routes = codes_routes(CATALOGUE, [file], tuple)
    return PageTester(an_app(*routes, asking=an_asking(a_clinician()))).get(f"/codes/{file.trust.name}")


def test_a_map_is_read_in_full_by_group_and_analyte() -> None:
    codes = {(LOCAL, "K"): Meaning("potassium"), (LOCAL, "KS"): Meaning("potassium", "serum", "mmol/L")}
    written = replace(WRITTEN, codes=codes, units={"mmol/l": "mmol/L"}, specimens={"Serum": "serum"})

    page = in_full(replace(ROTHERHAMS, written=written))

    assert page.one("tr", data_analyte="potassium").words == (
        f"Potassium K {LOCAL} KS (specimen serum, unit mmol/L, where none is sent) {LOCAL}"
    )
    said = page.one("main").words
    assert "✓ Signed by Dr Jane Holroyd, Laboratory director, 30 June 2026" in said
    assert "mmol/l mmol/L" in said
    assert "Serum serum" in said


def test_a_map_that_is_not_believed_is_read_with_a_warning() -> None:
    page = in_full(replace(ROTHERHAMS, problem="it is not signed", key=""))

    assert page.one("p", data_not_believed="rotherham").words == (
        "✕ Not believed: it is not signed. What stands here is written, and nothing of it is mapped."
    )
    assert "✓" not in page.one("main").words


def test_a_map_that_explains_nothing_says_so() -> None:
    page = in_full(CodeMapFile(ROTHERHAM, CodeMap("rotherham"), problem="there is no file"))

    assert "No code is explained." in page.one("main").words


def test_the_map_of_a_trust_nobody_knows_is_not_found() -> None:
    routes = codes_routes(CATALOGUE, [ROTHERHAMS], tuple)

    assert an_app(*routes, asking=an_asking(a_clinician())).test_client().get("/codes/rotheram").status_code == 404


# ── The whole viewer ─────────────────────────────────────────────────────────────────────────────

WALTER = "999 412 7039"


@pytest.mark.parametrize("who", [AMINA, KOFI, PRIYA], ids=["consultant", "gp", "officer"])
def test_everybody_in_a_role_reads_the_shipped_maps(town: Town, tmp_path: Path, who: Clinician) -> None:
    with viewer_of(town, tmp_path) as viewer:
        browser = viewer.browser(another(who))
        page = browser.read("/codes")
        in_full = browser.read("/codes/chesterfield")

    assert "/codes/chesterfield" in page.links
    assert "https://fhir.sandbox.example/sheffield_teaching/code" in in_full.said
    assert "✓ Signed by Dr Jane Holroyd, Laboratory director, 30 June 2026" in page.said
    assert "not believed" not in page.said


@pytest.mark.parametrize("stream", [True, False], ids=["by stream", "whole"])
def test_what_pages_of_patients_hold_unmapped_is_counted_and_says_nothing_of_them(
    town: Town, tmp_path: Path, stream: bool
) -> None:
    def explain_less(config: Path) -> None:
        rotherham = config / "codes" / "rotherham.toml"
        rotherham.write_text(rotherham.read_text().replace('code = "K"', 'code = "K2"', 1))

    with viewer_of(town, tmp_path, change=explain_less) as viewer:
        browser = viewer.browser(another(AMINA))
        path = browser.open(WALTER)
        _ = browser.stream(path) if stream else browser.read(path)
        counted: UnmappedCodes = viewer.app.extensions["codes"]
        counted.settle()
        page = browser.read("/codes")

    assert "Rotherham’s map is not believed: what it says was changed after it was signed" in page.said
    assert {("rotherham", "K"), ("rotherham", "HB")} <= {(one.trust, one.code) for one in counted.seen()}
    assert "HARGREAVES" not in page.said.upper()
    assert "9994127039" not in page.said.replace(" ", "")
