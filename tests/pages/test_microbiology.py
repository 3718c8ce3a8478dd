"""The table of isolates leaves out nothing that was flagged, and says "none" only where nothing else was sent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.builders import (
    MID_YORKSHIRE,
    TRUSTS,
    a_report,
    a_result,
    a_step,
    an_app,
    opened,
    some_views,
    steps_of,
    usual_order,
)
from tests.pages.page_tester import Page, PageTester
from viewer.clinical.microbiology import letters_of, read_cultures
from viewer.clinical.report import Absent, Code, Flag, NoValue, Report, Result, SentFlag, Status, Unreadable, Words
from viewer.clinical.row import Row
from viewer.pages.microbiology import LETTERS, Grown, Microbiology, grown, lay_out, microbiology_routes
from viewer.pages.rows import row_writer

GONE = {Status.CANCELLED, Status.ENTERED_IN_ERROR}
UNREADABLE = Unreadable(MID_YORKSHIRE, "Observation", "9", "its value is a list", name="Meropenem")


def a_culture(*results: Result | Unreadable, status: Status = Status.FINAL) -> Report:
    return a_report(
        MID_YORKSHIRE, "1", "Urine culture", "2026-11-18 09:20", "2026-11-20 14:12", *results, status=status
    )  # fmt: skip


def drug(name: str, letter: str, **fields: object) -> Result:
    return a_result(name, Words(letter), "", letter, **fields)


def organism(name: str, *members: Result | Unreadable, **fields: object) -> Result:
    return a_result("Organism", Words(name), members=members, **fields)


def page_of(*reports: Report) -> Page:
    rows = [Row(replace(one, id=f"DiagnosticReport/{number}")) for number, one in enumerate(reports)]
    views = some_views(lambda *_, **__: steps_of(rows, usual_order(rows)))
    return PageTester(an_app(*microbiology_routes(views, row_writer(TRUSTS)))).get("/patients/walter/microbiology")


def cells(page: Page) -> dict[str, str]:
    """Return what a page's one line says, by the label of each cell."""
    (line,) = [one for one in page.all("tr") if one.inside[-1].name == "tbody" and one.inside[-2].has("listing")]
    return {one["data-label"].strip(":"): one.words for one in page.all("td") if line in one.inside}


# ── What was sent in another way ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (drug("Ciprofloxacin", "R", members=(a_result("MIC", "4", "mg/L"),)), "Ciprofloxacin: MIC 4 mg/L no flag"),
        (drug("Ciprofloxacin", "R", members=(UNREADABLE,)), "Ciprofloxacin: ✕ Meropenem (could not be read)"),
    ],
)
def test_an_antibiotic_with_findings_of_its_own_stands_under_its_letter(other: Result, said: str) -> None:
    line = cells(page_of(a_culture(organism("E. coli", drug("Amoxicillin", "S"), other))))

    assert line["R resistant"] == "Ciprofloxacin"
    assert line["S susceptible"] == "Amoxicillin"
    assert line["Also sent"] == said


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (a_result("Ciprofloxacin", Words("R")), "Ciprofloxacin R"),
        (replace(a_result("Ciprofloxacin", "4", "mg/L"), flags=(SentFlag(Flag.OTHER, "NS"),)),
         "Ciprofloxacin 4 mg/L □ “NS”"),
        (UNREADABLE, "✕ Meropenem (could not be read)"),
        (drug("Ciprofloxacin", "R", status=Status.CANCELLED), "Ciprofloxacin (Cancelled)"),
        (a_result("Ciprofloxacin", Words("R", ()), status=Status.ENTERED_IN_ERROR), "Ciprofloxacin (Entered in error)"),
        (a_result("Note", Words("Resistant to ciprofloxacin; it is not to be given here.")), "Note"),
    ],
)  # fmt: skip
def test_none_is_not_said_where_something_else_was_sent(other: Result | Unreadable, said: str) -> None:
    line = cells(page_of(a_culture(organism("E. coli", drug("Amoxicillin", "S"), other))))

    assert line["Also sent"] == said
    assert line["R resistant"] == line["I intermediate"] == "see “Also sent”"


def test_none_is_said_where_every_finding_of_an_isolate_is_under_a_letter() -> None:
    line = cells(page_of(a_culture(organism("E. coli", drug("Amoxicillin", "S")))))

    assert line["R resistant"] == line["I intermediate"] == "none"
    assert line["Also sent"] == "nothing"


def test_an_antibiotic_flagged_in_its_member_alone_does_not_stand_as_an_organism() -> None:
    inner = a_result("Ciprofloxacin", Words("Resistant"), members=(drug("MIC", "R"),))

    lines = list(grown(Row(a_culture(organism("E. coli", drug("Amoxicillin", "S"), inner)))))

    assert [one.organism for one in lines] == ["E. coli", "E. coli: Ciprofloxacin Resistant"]


def test_a_letter_that_contradicts_the_one_above_it_is_said_too() -> None:
    odd = drug("Ciprofloxacin", "S", members=(drug("By disk", "R"),))

    (line,) = grown(Row(a_culture(organism("E. coli", odd))))

    assert (line.resistant, line.susceptible) == (("Ciprofloxacin: By disk",), ("Ciprofloxacin",))


def test_a_susceptibility_says_its_own_status_where_it_is_not_its_reports() -> None:
    (line,) = grown(Row(a_culture(organism("E. coli", drug("Amoxicillin", "R", status=Status.PRELIMINARY)))))

    assert line.resistant == ("Amoxicillin (Preliminary)",)


# ── What is in no line ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "results",
    [
        (drug("Ciprofloxacin", "R"),),  # in no group
        (drug("Ciprofloxacin", "R", members=(drug("MIC", "R"),)),),
        (organism("E. coli", drug("Ciprofloxacin", "R"), status=Status.ENTERED_IN_ERROR),),
        (a_result("Culture", NoValue(), members=(organism("E. coli", drug("Ciprofloxacin", "R")),),
                  status=Status.CANCELLED),),
    ],
)  # fmt: skip
def test_a_report_whose_letters_are_in_no_line_is_counted(results: Sequence[Result]) -> None:
    alone = page_of(a_culture(*results)).words
    beside = page_of(a_culture(*results), a_culture(organism("E. coli", drug("Amoxicillin", "S")))).words

    assert "1 report has an R, I or S there." in alone
    assert "1 report below has an R, I or S that is not in the table." in beside
    assert "none so flagged" not in alone + beside


def test_a_report_without_letters_is_counted_as_one() -> None:
    section = (Code("http://terminology.hl7.org/CodeSystem/v2-0074", "MB"),)
    text = replace(a_culture(a_result("Wound swab", Words("Flucloxacillin R"))), categories=section)

    said = page_of(text, a_culture(organism("E. coli", drug("Amoxicillin", "S")))).words

    assert "1 report below has none so flagged; what it says of susceptibilities in another way stands there" in said
    assert "an R, I or S that is not in the table" not in said


# ── Whatever is sent ─────────────────────────────────────────────────────────────────────────────

flags = st.lists(
    st.sampled_from([Flag.SUSCEPTIBLE, Flag.INTERMEDIATE, Flag.RESISTANT, Flag.OTHER, Flag.POSITIVE]), max_size=2
).map(lambda chosen: tuple(SentFlag(one, one.value) for one in chosen))
values = st.sampled_from([NoValue(), Words("E. coli"), Words("R"), Absent("")])
statuses = st.sampled_from([Status.FINAL, Status.FINAL, Status.PRELIMINARY, Status.CANCELLED, Status.ENTERED_IN_ERROR])
names = st.integers(100, 999_999).map("n{}.".format)  # none of them stands in another
leaves = st.builds(
    lambda name, value, sent, status: a_result(name, value, flags=sent, status=status), names, values, flags, statuses
)
torn = names.map(lambda name: replace(UNREADABLE, name=name))
findings = st.recursive(
    leaves | torn,
    lambda inner: st.builds(
        lambda one, members: replace(one, members=tuple(members)), leaves, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


def every(
    results: Iterable[Result | Unreadable], above: tuple[Result, ...] = ()
) -> Iterator[tuple[Result | Unreadable, tuple[Result, ...]]]:
    """Yield every finding with the groups that it stands in."""
    for one in results:
        yield one, above
        if isinstance(one, Result):
            yield from every(one.members, (*above, one))


def each_has_a_name_of_its_own(sent: Sequence[Result | Unreadable]) -> bool:
    return max(Counter(one.name for one, _ in every(sent)).values()) == 1


cultures = (
    st.lists(findings, min_size=1, max_size=3).filter(each_has_a_name_of_its_own).map(lambda sent: a_culture(*sent))
)


def by_letter(line: Grown) -> Iterable[tuple[Flag, tuple[str, ...]]]:
    return zip(LETTERS, (line.resistant, line.intermediate, line.susceptible), strict=True)


def laid_out(report: Report) -> Microbiology:
    rows = (Row(report),)
    return lay_out(a_step(rows, usual_order(rows)), opened(), row_writer(TRUSTS))


@given(cultures)
def test_every_letter_is_under_its_heading_or_its_report_is_counted_law_2(report: Report) -> None:
    seen = laid_out(report)
    under = {
        (letter, name.rpartition(": ")[2].partition(" ")[0])
        for line in seen.grown
        for letter, names in by_letter(line)
        for name in names
    }

    for one, above in every(report.results):
        stands = isinstance(one, Result) and not {one.status, *(group.status for group in above)} & GONE
        for letter in letters_of(one) if stands else ():
            is_said_above = any(letter in letters_of(group) for group in above)
            assert (letter, one.name) in under or is_said_above or seen.elsewhere


@given(cultures)
def test_a_line_names_all_that_was_sent_of_its_isolate_and_says_none_of_nothing_else(report: Report) -> None:
    """What was cancelled or withdrawn is named, and what stood in it went with it."""
    isolates = [one for one in read_cultures(report.results).isolates if not {two.status for two in one.groups} & GONE]

    for line, isolate in zip(grown(Row(report)), isolates, strict=True):
        lettered = [name for _, names in by_letter(line) for name in names]
        for member in (*isolate.susceptibilities, *isolate.others):
            assert any(member.name in name for name in (*lettered, *line.also_sent))
        if not line.also_sent:
            assert all(letters_of(one) for one, _ in every(isolate.susceptibilities) if isinstance(one, Result))
            assert not isolate.others
