"""An officer can see what other agreements would have changed, and nothing is changed by looking."""

import io
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.access.builders import EMERGENCY_RESULTS, FIND, SIGNED_ON, an_agreement
from tests.audit.parts import NOON, a_clinician, an_event
from tests.pages.test_ledger import PRIYA, RHYS, TRUSTS, WALTER, Desk, an_app, newest
from viewer.access.access_event import AtTrust, Event
from viewer.access.agreement import Signature
from viewer.access.relationship import Claim, Purpose
from viewer.access.rules import Rules
from viewer.audit.csv_safe import read_csv
from viewer.configuration.draft_file import draft_reader
from viewer.pages.route import Who
from viewer.pages.what_if import what_if_routes

TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")
DRAFT = """
title = "A narrower agreement"
short = "WT-2026"
parties = ["barnsley", "rotherham", "sheffield_teaching"]
starts = 2027-01-01
ends = 2028-12-31

[[clause]]
number = "4.2(a)"
text = "In the department."
roles = ["consultant"]
purposes = ["emergency-care"]
claims = ["in-department"]
kinds = ["laboratory"]
"""


@pytest.fixture
def desk(engine, log):
    standing = an_agreement(parties=TRUSTS, clauses=(FIND, EMERGENCY_RESULTS), signatures=signed_by_all())
    app, sessions = an_app(
        engine,
        log,
        lambda office: what_if_routes(
            office, lambda: Rules((standing,), (), NOON.date(), NOON), draft_reader(TRUSTS, {})
        ),
    )
    return lambda clinician: Desk(app, sessions, clinician)


@pytest.fixture
def told(log):
    """A look by own staff that showed three laboratory reports and one of radiology, and one by others."""
    stated = {"nhs_number": WALTER, "purpose": Purpose.EMERGENCY_CARE, "claim": Claim.IN_DEPARTMENT}
    log.append(
        replace(an_event(Event.RESULTS_ASKED, view="one", **stated), trusts=(AtTrust("rotherham", "asked"),)),
        an_event(view="one", **stated),
        an_event(view="two", who=TOM, **stated),
    )
    return log


def signed_by_all():
    return tuple(Signature(trust.name, SIGNED_ON) for trust in TRUSTS)


def suppose(desk, text=DRAFT, name="working_together_2026.toml", **form):
    fields = {"since": "01-Nov-2026", "until": "30-Nov-2026", "what": "text", **form}
    if text:
        fields["file"] = (io.BytesIO(text.encode()), name)
    return desk.post("/what-if", **fields)


def answered(desk, **form):
    answer = suppose(desk, **form)
    assert answer.status_code == 303, answer.text
    return desk.get(answer.location)


def rows(page):
    body = page.text[page.text.index("What would have gone otherwise") :]
    return [
        " ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall('<tr><th scope="row".*?</tr>', body, re.S)
    ]


def test_a_narrower_text_as_if_signed_and_in_force_would_refuse_radiology_and_says_by_which_rule(told, desk):
    page = answered(desk(PRIYA), signed="yes", always="yes")

    assert "1 of 1 look would have gone otherwise." in page.text
    assert "1 would be refused that was allowed, and 0 would be allowed that were refused" in page.text
    assert "Where nothing would go otherwise there is no row" in page.text
    assert page.text.count('<th scope="row" data-label="Clause, or why not">') == 1
    assert "1 report shown then would not have been" in page.text
    assert "Signatures are supposed, not real:" in page.text
    (row,) = rows(page)
    assert "Dr Amina Farrell" in row
    assert "Rotherham Radiology" in row
    assert "✕ Would be refused No clause of WT-2026 lets a consultant ask for radiology results" in row


def test_a_text_that_nobody_signed_would_refuse_everything(told, desk):
    page = answered(desk(PRIYA))

    assert "2 would be refused that were allowed" in page.text
    assert "Signatures are supposed" not in page.text


def test_an_agreement_of_the_register_can_be_left_out_or_taken_as_it_is(told, desk):
    priya = desk(PRIYA)

    assert "2 would be refused that were allowed" in answered(priya, text="", what="without/working_together_2026").text
    assert "Nothing would have gone otherwise" in answered(priya, text="", what="as-if/working_together_2026").text


def test_an_officer_compares_what_is_theirs_to_see(told, desk):
    mine, others = answered(desk(PRIYA)), answered(desk(RHYS))

    assert "of 1 look" in mine.text
    assert "of 2 looks" in others.text  # Rotherham's data, shown by both
    assert "Dr Tom Whitlock" not in mine.text


def test_what_no_comparison_can_know_stands_on_the_form_and_on_the_answer(told, desk):
    priya = desk(PRIYA)

    for page in (priya.get("/what-if"), answered(priya)):
        assert "the log names reports, and does not hold their codes" in page.text


def test_the_form_offers_last_month_and_every_agreement_of_the_register(told, desk):
    page = desk(PRIYA).get("/what-if").text

    assert 'value="01-Oct-2026"' in page
    assert 'value="31-Oct-2026"' in page
    assert "No WT-2026, as if it had never been" in page


def test_the_officers_look_is_in_the_log_with_what_was_supposed_and_what_came_of_it(told, desk):
    answered(desk(PRIYA), signed="yes")

    assert newest(told).asked_for == (
        "what if there were the text handed in as working_together_2026.toml, as if signed by every party; "
        "from 01-Nov-2026; to 30-Nov-2026"
    )
    assert "would be refused" in newest(told).because


def test_the_whole_list_can_be_had_as_a_table_and_that_is_logged(told, desk):
    priya = desk(PRIYA)
    page = answered(priya, signed="yes", always="yes")

    file = priya.get(re.search(r'href="([^"]+\.csv)"', page.text).group(1))

    header, row = read_csv(file.data)
    said = dict(zip(header, row, strict=True))
    assert (said["trust"], said["kind"], said["change"]) == ("Rotherham", "Radiology", "would be refused")
    assert (newest(told).event, newest(told).digest) == ("exported", sha256(file.data).hexdigest())


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": ""}, "Choose the file of the changed agreement"),
        ({"text": "title = 1"}, "line 1"),
        ({"text": "not toml"}, "not TOML"),
        ({"name": "../../etc/passwd"}, "Letters, digits and _ alone"),
        ({"name": f"{'a' * 300}.toml"}, "100 at most"),
        ({"text": "a = " + "[" * 3000}, "more than 8 brackets within brackets"),
        ({"text": "a = " + "1" * 5000}, "more than 100 letters without quotes"),
        ({"text": "a" + ".a" * 10_000 + " = 1"}, "a key of more than 8 parts"),
        ({"what": "without/nothing"}, "Choose one of the list"),
        ({"since": ""}, "Enter the first day to replay"),
        ({"since": "01-Dec-2026"}, "From is later than To"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_replayed(told, desk, form, said):
    answer = suppose(desk(PRIYA), **form)

    assert answer.status_code == 400
    assert answer.text.count(said) == 2
    assert told.size == 3


def test_no_path_of_the_machine_is_in_what_is_said_of_a_broken_draft():
    said = draft_reader(TRUSTS, {})("draft.toml", "title = 1")

    assert isinstance(said, str)
    assert said.startswith("draft.toml")
    assert str(Path(__file__).anchor) + "tmp" not in said


def test_every_page_of_it_is_for_officers_alone():
    assert {route.who for route in what_if_routes(None, None, None)} == {Who.IG_OFFICERS}
