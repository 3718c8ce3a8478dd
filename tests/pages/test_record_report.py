"""The report for a patient says who viewed the record, in words they understand, and no more than the officer may."""

import re
from hashlib import sha256

import pytest

from tests.audit.parts import a_clinician, an_event
from tests.pages.test_ledger import PRIYA, RHYS, ROSE, WALTER, Desk, an_app, newest
from viewer.access.access_event import Event
from viewer.access.relationship import Claim, Purpose
from viewer.audit.csv_safe import read_csv
from viewer.pages import record_report_words
from viewer.pages.record_report import record_report_routes
from viewer.pages.route import Who

TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")


@pytest.fixture
def desk(engine, log):
    """Seat an officer of a trust that names people in reports, or of none."""

    def seat(clinician, named=()):
        app, sessions = an_app(engine, log, lambda office: record_report_routes(office, named))
        return Desk(app, sessions, clinician)

    return seat


@pytest.fixture
def told(log):
    """What happened: own staff's look, a look by others at two trusts, and a refusal."""
    log.append(
        an_event(
            nhs_number=WALTER, patient="HARGREAVES, Walter, born 1944-03-09", purpose=Purpose.EMERGENCY_CARE,
            claim=Claim.BREAK_GLASS, reason="collapsed, no escort", trusts=("rotherham",), view="one",
        ),
        an_event(nhs_number=WALTER, who=TOM, trusts=("rotherham", "barnsley"), purpose=Purpose.DIRECT_CARE),
        an_event(Event.REFUSED, nhs_number=WALTER, outcome="refused", because="not registered there", trusts=()),
        an_event(nhs_number=ROSE, trusts=("rotherham",)),
    )  # fmt: skip
    return log


def made(desk, **form):
    answer = desk.post("/record-report", **{"nhs_number": WALTER, **form})
    assert answer.status_code == 303, answer.text
    assert not re.search(r"\d{10}", answer.location)
    return desk.get(answer.location)


def rows(page):
    found = re.findall(r'<tr>\s*<th scope="row".*?</tr>', page.text, re.S)
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in found]


def test_the_report_says_when_who_why_and_what_in_the_patients_words(told, desk):
    page = made(desk(PRIYA))

    (row,) = rows(page)
    for said in (
        "21-Nov-2026 12:00:00 Consultant A Sheffield Teaching Your care in an emergency ▲ Emergency access (“break-",
        "Each use is checked afterwards. Reason: Written down; not told in this report",
        "no other link to you was stated",
        "Saw your results Was refused: not registered there Rotherham: 3 laboratory reports, 1 X-ray or scan report",
    ):
        assert said in row
    for said in ("HARGREAVES, Walter, born 09-Mar-1944", "999 000 0018", "Made by", "from the beginning of the log"):
        assert said in page.text
    assert "Dr Amina Farrell" not in page.text
    assert "collapsed" not in page.text


def test_a_trust_whose_switch_says_so_names_its_people_and_gives_their_reasons(told, desk):
    page = made(desk(PRIYA, named={"sheffield_teaching"}))

    assert "Dr Amina Farrell, Consultant" in page.text
    assert "“collapsed, no escort”" in page.text


def test_people_of_a_trust_whose_own_switch_is_off_are_not_named_by_another(told, desk):
    page = made(desk(RHYS, named={"rotherham"}))

    assert "Dr Tom Whitlock" not in page.text
    assert "Consultant A Doncaster and Bassetlaw" in " ".join(rows(page))


def test_the_switch_of_another_trust_opens_nothing_here(told, desk):
    assert "Dr Amina Farrell" not in made(desk(RHYS, named={"sheffield_teaching"})).text


def test_an_officers_report_covers_own_staff_and_own_data_and_says_what_it_leaves_out(told, desk):
    priya, rhys = made(desk(PRIYA)), made(desk(RHYS))

    assert "Doncaster" not in priya.text
    assert "Barnsley" not in rhys.text
    for page in (priya, rhys):
        assert "What it does not cover" in page.text
        assert all(one in page.text for one in record_report_words.NOT_COVERED)
        assert "Everybody in what this report covers" in page.text


def test_a_report_is_in_the_log_under_its_reference_before_it_is_shown(told, desk):
    page = made(desk(PRIYA))

    entry = newest(told)
    assert (entry.event, entry.outcome, entry.nhs_number) == ("exported", "exported", WALTER)
    assert entry.asked_for == "who viewed this record; all time; as page"
    assert entry.patient == "HARGREAVES, Walter, born 1944-03-09"
    assert entry.reference in page.text


def test_the_report_as_a_table_has_the_digest_that_the_log_holds(told, desk):
    priya = desk(PRIYA)
    page = made(priya, since="21-Nov-2026", until="21-Nov-2026")

    file = priya.get(re.search(r'href="([^"]+\.csv)"', page.text).group(1))

    header, row = read_csv(file.data)[:2]
    said = dict(zip(header, row, strict=True))
    assert said["organisation"] == "Sheffield Teaching"
    assert (said["name"], said["laboratory reports"], said["emergency access (break-glass)"]) == (
        "Not told: Consultant A",
        "3",
        "yes",
    )
    assert newest(told).digest == sha256(file.data).hexdigest()
    assert newest(told).asked_for == "who viewed this record; from 21-Nov-2026; to 21-Nov-2026; as CSV"
    assert newest(told).reference in file.headers["Content-Disposition"]


def test_a_period_in_which_nobody_looked_says_so_only_of_what_it_covers(told, desk):
    page = made(desk(PRIYA), until="20-Nov-2026")

    assert "Nobody looked, as far as this report covers" in page.text
    assert rows(page) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"nhs_number": ""}, "Enter the patient’s NHS number"),
        ({"nhs_number": "999 000 0019"}, "its check digit does not agree"),
        ({"since": "soon"}, "Enter a day like 21-Nov-2026"),
        ({"since": "22-Nov-2026", "until": "21-Nov-2026"}, "From is later than To"),
    ],
)
def test_a_mistake_is_said_beside_its_field(told, desk, form, said):
    answer = desk(PRIYA).post("/record-report", **{"nhs_number": WALTER, **form})

    assert answer.status_code == 400
    assert answer.text.count(said) == 2


def test_more_than_a_report_holds_is_refused_and_logged(log, desk):
    log.append(*[an_event(nhs_number=WALTER)] * 10_001)
    priya = desk(PRIYA)

    answer = priya.get(priya.post("/record-report", nhs_number=WALTER).location)

    assert answer.status_code == 400
    assert newest(log).because.endswith("too many")


def test_a_report_means_nothing_to_another_officer(told, desk):
    assert desk(RHYS).get(desk(PRIYA).post("/record-report", nhs_number=WALTER).location).status_code == 404


def test_what_was_typed_is_shown_and_never_run(log, desk):
    log.append(an_event(nhs_number=WALTER, reason="<script>alert(1)</script>"))

    assert "&lt;script&gt;" in made(desk(PRIYA, named={"sheffield_teaching"})).text


@pytest.mark.parametrize(
    ("because", "said"),
    [
        ("This patient’s record is restricted, and nobody may open it here", "your record is marked as restricted"),
        (
            "This patient has asked that their results are not shared here. This cannot be overridden",
            "you have asked that your results",
        ),
        ("PDS does not name Example (Y99001) as this patient’s practice", "name Example (Y99001) as your practice"),
        (
            "The trusts do not agree that this patient is registered with Example (Y99001)",
            "do not agree that you are registered with Example (Y99001)",
        ),
        ("No clause of WT-2026 lets a GP ask for laboratory results for audit", "agreement (WT-2026) does not"),
        ("The emergency access has ended", "their emergency access had ended"),
        ("Something new about this patient’s results", "Something new about your results"),
    ],
)
def test_a_refusal_is_told_to_the_patient_as_you(because, said):
    assert said in record_report_words.refusal(because)
    assert "this patient" not in record_report_words.refusal(because).lower()


def test_what_bore_a_relationship_out_is_said_plainly_and_that_nothing_did(log, desk):
    log.append(
        an_event(nhs_number=WALTER, claim=Claim.REGISTERED, proof="PDS"),
        an_event(nhs_number=WALTER, who=TOM, claim=Claim.IN_DEPARTMENT),
    )

    of_own, by_tom = " ".join(rows(made(desk(PRIYA)))), " ".join(rows(made(desk(RHYS))))

    assert "Borne out by: the national register of patients" in of_own
    assert "No record bore this out: it was their word alone" in by_tom


def test_every_page_of_it_is_for_officers_alone():
    assert {route.who for route in record_report_routes(None, ())} == {Who.IG_OFFICERS}


def test_everything_that_happens_to_a_patient_has_words_for_the_patient():
    of_nobody = {Event.SIGNED_IN, Event.SIGNED_OUT, Event.SIGN_IN_REFUSED, Event.ROLE_CHOSEN, Event.RULES_CHANGED}

    assert set(Event) - set(record_report_words.DID) == of_nobody
    assert set(Purpose) == set(record_report_words.PURPOSES)
    assert set(Claim) - {Claim.NONE, Claim.BREAK_GLASS} == set(record_report_words.CLAIMS)
