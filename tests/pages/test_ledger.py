"""The Ledger shows an officer who saw what, within their scope, and writes down that they looked."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from secrets import token_urlsafe

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome
from flask import Flask
from jinja2 import StrictUndefined

from connectors.answer import Trust
from tests.audit.parts import NOON, a_clinician, an_event, without_guards
from viewer.access.access_event import AtTrust, Event
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.audit.csv_safe import read_csv
from viewer.audit.log import LogUnavailable
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.audit.tree import leaf_hash
from viewer.handles import Handles
from viewer.identity.claims import Person
from viewer.identity.session import Sessions
from viewer.pages import words
from viewer.pages.guard import COOKIE, Door, add_routes
from viewer.pages.ledger import ledger_routes
from viewer.pages.ledger_search import moments_of, read_day, read_time
from viewer.pages.office import Office
from viewer.pages.route import Who

ROOT = Path(__file__).resolve().parents[2]
WALTER, ROSE = "9990000018", "9990000026"
TRUSTS = (
    Trust("barnsley", "RFF", "Barnsley", "Barnsley Hospital NHS Foundation Trust", "01632 960101"),
    Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960105"),
    Trust("sheffield_teaching", "RHQ", "Sheffield Teaching", "Sheffield Teaching Hospitals", "01632 960107"),
)
TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")


def an_officer(name, ods, organisation):
    return Clinician(
        f"officer-{ods}",
        name,
        Role.IG_OFFICER,
        "Privacy Officer",
        "S0:G0:R0001",
        f"{ods}-1",
        Organisation(ods, organisation),
    )


PRIYA = an_officer("Priya Nair", "RHQ", "Sheffield Teaching")
RHYS = an_officer("Rhys Hollis", "RFR", "Rotherham")


class Desk:
    """One person signed in, at a browser that keeps its cookie."""

    def __init__(self, app, sessions, clinician):
        cookie, self.sign_in = sessions.begin(Person(clinician.user_id, clinician.name, (clinician,), clinician))
        self._browser = app.test_client()
        self._browser.set_cookie(COOKIE, cookie, secure=True)
        self._app = app

    def get(self, address):
        return self._checked(self._browser.get(address, base_url="https://localhost"))

    def post(self, address, **form):
        form.setdefault("csrf", self.sign_in.csrf)
        return self._browser.post(address, data=form, base_url="https://localhost")

    def search(self, **form):
        answer = self.post("/ledger", **form)
        assert answer.status_code == 303, answer.text
        assert not re.search(r"\d{10}", answer.location)
        return self.get(answer.location)

    def _checked(self, answer):
        """Whatever page it is: one h1, a title, a label for every input, and no NHS number in one piece."""
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert answer.text.count("<h1") == 1
            assert re.search("<title>.+ – Trustline</title>", answer.text)
            inputs = set(re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', answer.text))
            assert inputs == set(re.findall(r'<label for="([^"]+)"', answer.text))
            assert not re.search(r"(?<![\w-])\d{10}(?![\w-])", answer.text)
            assert "style=" not in answer.text
            assert "<script>" not in answer.text
        return answer


def an_app(engine, log, routes):
    """Serve some of the officer's pages, and keep the sessions of whoever is seated at them."""
    numbers = count(1)
    sessions = Sessions(engine, lambda: NOON, token_urlsafe)
    app = Flask("ledger", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(partnership=None, words=words)
    app.testing = True
    door = Door(
        sessions.read, log.append, log.append, lambda: NOON, lambda: f"look-{next(numbers)}", "https://localhost"
    )
    office = Office(log, Handles(sessions, lambda: f"handle-{next(numbers)}"), TRUSTS)
    add_routes(app, door, (*ledger_routes(log, office.handles, TRUSTS), *routes(office)))
    return app, sessions


@pytest.fixture
def desk(engine, log):
    """Seat somebody at a browser."""
    app, sessions = an_app(engine, log, lambda office: ())
    return lambda clinician: Desk(app, sessions, clinician)


@pytest.fixture
def told(log):
    """What happened before the officer came: entries 1 to 4."""
    log.append(
        an_event(
            nhs_number=WALTER, patient="HARGREAVES, Walter, born 1944-03-09", purpose="emergency-care",
            reason="collapsed, no escort", because="WT-2026 cl. 4.2(a)", digest="ab" * 32,
            reports=("rotherham/DiagnosticReport/7@2",), device="192.0.2.7 Firefox", trusts=("rotherham",),
        ),
        an_event(Event.REFUSED, nhs_number=ROSE, outcome="refused", because="not registered there", trusts=()),
        an_event(nhs_number=ROSE, who=TOM, trusts=("rotherham",), at=NOON - timedelta(days=3)),
        an_event(nhs_number=ROSE, who=TOM, trusts=("barnsley",)),
    )  # fmt: skip
    return log


def shown(answer):
    return [int(seq) for seq in re.findall(r'data-entry="(\d+)"', answer.text)]


def newest(log):
    return log.entry(log.size, WholeLog()).record


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────


def test_an_officer_sees_own_staff_and_own_data_newest_first_and_then_their_own_look(told, desk):
    priya = desk(PRIYA)

    first, second = priya.get("/ledger"), priya.get("/ledger")

    assert (shown(first), shown(second)) == ([2, 1], [5, 2, 1])
    assert 'your own look-up is entry <a href="/ledger/entries/5">5</a>' in first.text
    assert shown(desk(RHYS).get("/ledger")) == [3, 1]


def test_a_find_of_a_restricted_patient_is_no_business_of_a_trust_that_does_not_know_them(log, desk):
    outcomes = (("barnsley", "answered"), ("rotherham", "not known"), ("sheffield_teaching", "answered"))
    trusts = tuple(AtTrust(*one) for one in outcomes)
    log.append(replace(an_event(Event.FIND_SHOWN, nhs_number=ROSE, who=TOM, patient="SALT, Rose"), trusts=trusts))
    log.append(
        replace(an_event(Event.REFUSED, nhs_number=ROSE, patient="SALT, Rose", outcome="refused"), trusts=trusts)
    )
    rhys, priya = desk(RHYS), desk(PRIYA)

    for page in (
        rhys.get("/ledger"),
        rhys.search(nhs_number=ROSE),
        *(rhys.get(f"/ledger/entries/{n}") for n in (1, 2)),
    ):
        assert "SALT" not in page.text
    refusal = priya.get("/ledger/entries/2").text
    assert "SALT, Rose" in refusal
    assert "Barnsley</th>" not in refusal
    assert "the place is what a restriction protects" in refusal


def test_of_a_look_by_others_an_officer_is_shown_their_own_trust_s_part_and_told_so(log, desk):
    reports = ("barnsley/DiagnosticReport/1", "rotherham/DiagnosticReport/2")
    log.append(an_event(nhs_number=ROSE, trusts=("barnsley", "rotherham"), reports=reports, digest="ab" * 32))
    rhys = desk(RHYS)

    listed, entry, fhir = rhys.get("/ledger"), rhys.get("/ledger/entries/1"), rhys.get("/ledger/entries/1.json")

    row = re.search(r'<tr data-entry="1".*?</tr>', listed.text, re.S).group()
    assert "Timeline: 3 laboratory, 1 radiology" in row
    for page in (row, entry.text, fhir.text):
        assert "and others, not yours to see" in page
        assert "arnsley" not in re.sub("<select.*?</select>", "", page, flags=re.S)
        assert "ab" * 32 not in page
    assert "bytes cannot be filtered" in entry.text
    assert leaf_hash(log.entry(1, WholeLog()).body).hex() not in entry.text
    assert rhys.get("/ledger/entries/1/bytes").status_code == 404


def test_every_page_of_the_ledger_is_for_officers_alone(log):
    assert {route.who for route in ledger_routes(log, Handles(None, str), TRUSTS)} == {Who.IG_OFFICERS}


def test_a_line_says_who_when_whom_what_why_by_which_clause_where_and_how_it_ended(told, desk):
    page = desk(PRIYA).get("/ledger").text

    row = re.search(r'<tr data-entry="1".*?</tr>', page, re.S).group()
    text = " ".join(re.sub("<[^>]+>", " ", row).split())
    assert text == (
        "1 21-Nov-2026 12:00:00 Dr Amina Farrell Consultant, Sheffield Teaching, RHQ "
        "HARGREAVES, Walter, born 09-Mar-1944 999 000 0018 Timeline: 3 laboratory, 1 radiology "
        "Reason given: “collapsed, no escort” Emergency care WT-2026 cl. 4.2(a) Rotherham answered Shown"
    )


def test_a_refusal_is_told_in_the_same_columns_with_its_reason_and_in_words(told, desk):
    row = re.search(r'<tr data-entry="2".*?</tr>', desk(PRIYA).get("/ledger").text, re.S).group()

    assert "✕ Refused" in row
    assert "None: not registered there" in row
    assert row.count("<td") == 8


def test_gaps_and_trusts_not_asked_are_told_by_name(log, desk):
    trusts = (AtTrust("barnsley", "late"), AtTrust("rotherham", "answered"), AtTrust("sheffield_teaching", "answered"))
    log.append(replace(an_event(), trusts=trusts))

    page = desk(PRIYA).get("/ledger").text

    assert "Barnsley did not answer" in page
    assert "Rotherham and Sheffield Teaching answered" in page
    assert "Shown, 1 gap" in page


def test_what_clinicians_typed_is_shown_and_never_run(log, desk):
    log.append(an_event(reason="<script>alert(1)</script>"))

    assert "&lt;script&gt;alert(1)" in desk(PRIYA).get("/ledger").text


# ── Searching ────────────────────────────────────────────────────────────────────────────────────


def test_a_patient_is_found_by_a_number_pasted_in_any_shape_that_is_never_in_the_address(told, desk):
    page = desk(PRIYA).search(nhs_number="999-000 0018")

    assert shown(page) == [1]
    assert "<b>1</b> entry about this patient by <b>1</b> person" in page.text
    assert "Entries 1–1 of 1, newest first" in page.text
    assert 'value="999 000 0018"' in page.text


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"person": "farrell"}, [2, 1]),
        ({"organisation": "rhq"}, [2, 1]),
        ({"trust": "rotherham"}, [1]),
        ({"trust": "barnsley"}, []),  # Doncaster's look at Barnsley is not Sheffield's to see
        ({"event": "refused"}, [2]),
        ({"outcome": "refused"}, [2]),
        ({"nhs_number": ROSE, "outcome": "refused"}, [2]),
        ({"since": "2026-11-21", "until": "2026-11-21"}, [2, 1]),
        ({"until": "2026-11-20"}, []),
        ({"role": "consultant"}, [2, 1]),
        ({"role": "gp"}, []),
        ({"purpose": "emergency-care"}, [1]),
        ({"claim": "in-department"}, []),
        ({"kind": "radiology"}, [1]),
        ({"since": "2026-11-21", "since_time": "12:00", "until": "2026-11-21", "until_time": "12:00"}, [2, 1]),
        ({"since": "2026-11-21", "since_time": "12:00:01"}, []),
        ({"until": "2026-11-21", "until_time": "11:59:59"}, []),
    ],
)
def test_each_field_narrows_the_search(told, desk, form, expected):
    assert shown(desk(PRIYA).search(**form)) == expected


@pytest.mark.parametrize("typed", ["21-Nov-2026", "21/11/2026", "2026-11-21", "21 nov 2026"])
def test_a_day_may_be_typed_as_people_write_it_and_is_shown_as_the_pages_write_it(told, desk, typed):
    page = desk(PRIYA).search(since=typed)

    assert shown(page) == [2, 1]
    assert 'value="21-Nov-2026"' in page.text


@pytest.mark.parametrize("typed", ["31-Nov-2026", "11/21/2026", "21-Xyz-2026", "21-11-26", "٢١/١١/٢٠٢٦"])
def test_a_day_that_is_none_is_not_guessed(typed):
    assert read_day(typed) is None


def test_days_are_london_days_and_the_last_is_included(log, desk):
    log.append(an_event(at=NOON.replace(month=7, day=1, hour=23, minute=30)))  # 00:30 on 2 July in London

    assert shown(desk(PRIYA).search(since="2026-07-02", until="2026-07-02")) == [1]
    assert shown(desk(PRIYA).search(until="2026-07-01")) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"nhs_number": "999 000 0019"}, "its check digit does not agree"),
        ({"since": "yesterday"}, "Enter a day like 21-Nov-2026"),
        ({"since": "22-Nov-2026", "until": "21-Nov-2026"}, "From is later than To"),
        ({"since": "21-Nov-2026", "since_time": "25:00"}, "Enter a time like 14:30"),
        ({"until_time": "14:30"}, "Enter the day of this time too"),
        ({"role": "wizard"}, "Choose one of the list"),
        ({"until": "9999-12-31"}, "Enter a day like 21-Nov-2026"),
        ({"trust": "leeds"}, "Choose one of the trusts"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_looked_up(told, desk, form, said):
    answer = desk(PRIYA).post("/ledger", **form)

    assert answer.status_code == 400
    assert answer.text.count(said) == 2
    assert 'aria-invalid="true"' in answer.text
    assert "<title>Error: Ledger" in answer.text
    assert re.search('class="nhsuk-error-summary [^>]*tabindex="-1"', answer.text)  # page.js brings it to the reader
    assert shown(answer) == []
    assert told.size == 4


def test_a_handle_means_nothing_to_another_officer(told, desk):
    address = desk(PRIYA).post("/ledger", nhs_number=WALTER).location

    assert desk(RHYS).get(address).status_code == 404


def test_older_entries_are_a_page_away_and_each_page_is_a_look(log, desk):
    for _ in range(6):
        log.append(*[an_event(nhs_number=WALTER)] * 10)
    priya = desk(PRIYA)

    first = priya.search(nhs_number=WALTER)
    older = re.search(r'rel="next" href="([^"]+)"', first.text).group(1)
    second = priya.get(older)

    assert shown(first) == list(range(60, 10, -1))
    assert "Entries 1–50 of 60, newest first" in first.text
    assert shown(second) == list(range(10, 0, -1))
    assert "Entries 52–61 of 61, newest first" in second.text  # the look before is among them by now
    assert 'rel="next"' not in second.text
    assert newest(log).asked_for == "NHS number; entries before 11"


@pytest.mark.parametrize("before", ["0", "-5", "9" * 21, "x"])
def test_a_page_before_no_possible_entry_is_the_newest(told, desk, before):
    assert shown(desk(PRIYA).get(f"/ledger?before={before}")) == [2, 1]


def test_what_can_be_chosen_is_what_is_written(log, desk):
    page = desk(PRIYA).get("/ledger").text

    for outcome in ("Signed in", "Chosen", "Ended", "Listed", "Listed again", "Shown again"):
        assert f"{outcome}</option>" in page


def test_paper_says_what_was_searched_for(told, desk):
    page = desk(PRIYA).search(nhs_number=WALTER, since="1-Nov-2026").text

    assert '<p class="ledger-printed">Searched for: NHS number 999 000 0018; from 01-Nov-2026</p>' in page


@pytest.mark.parametrize(
    ("day", "at", "first", "last"),
    [
        (date(2026, 10, 25), "01:30", "00:30", "01:30"),  # that night the hour is lived twice
        (date(2026, 3, 29), "01:30", "00:30", "01:30"),  # and that night not at all: no earlier, no later is left out
        (date(2026, 7, 1), "14:30", "13:30", "13:30"),
        (date(2026, 12, 1), "14:30", "14:30", "14:30"),
    ],
)
def test_a_time_is_a_london_time_also_on_the_nights_the_clocks_change(day, at, first, last):
    moments = moments_of(day, read_time(at))

    assert [f"{moment:%H:%M}" for moment in (min(moments), max(moments))] == [first, last]


def test_both_of_the_hours_that_october_has_twice_are_found(log, desk):
    hours = [NOON.replace(month=10, day=25, hour=hour, minute=30) for hour in (0, 1)]  # 01:30 BST, then 01:30 GMT
    log.append(*(an_event(at=at) for at in hours))

    night = {"since": "25-Oct-2026", "since_time": "01:30", "until": "25-Oct-2026", "until_time": "01:30"}
    assert shown(desk(PRIYA).search(**night)) == [2, 1]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("9:05", time(9, 5)), ("23:59:59", time(23, 59, 59)), ("24:00", None), ("0905", None), ("٩:٠٥", None)],
)
def test_a_time_that_is_none_is_not_guessed(typed, read):
    assert read_time(typed) == read


def test_who_looked_at_a_patient_is_put_together_by_person(log, desk):
    look = partial(an_event, nhs_number=WALTER, purpose="emergency-care")
    log.append(
        look(view="one", at=NOON - timedelta(days=2)), look(view="one", at=NOON - timedelta(days=2)),
        look(view="two", claim="break-glass"), look(Event.REFUSED, view="three", outcome="refused", trusts=()),
        look(who=TOM, view="four", at=NOON - timedelta(days=9)),
    )  # fmt: skip

    page = desk(RHYS).search(nhs_number=WALTER).text

    table = page[page.index("ledger-people") :].partition("</details>")[0]
    rows = [
        " ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall("<tr><th scope=.row.*?</tr>", table, re.S)
    ]
    noon = "Nov-2026 12:00:00"
    assert "Who: 2 people" in table
    assert rows == [
        f"Dr Amina Farrell 555000000001 Consultant, Sheffield Teaching 2 19-{noon} 21-{noon} emergency care ▲ Yes 0",
        f"Dr Tom Whitlock 555000000003 Consultant, Doncaster and Bassetlaw 1 12-{noon} 12-{noon} emergency care No 0",
    ]


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def files_of(page):
    return re.findall(r'href="(/ledger/[^"]+/entries\.[a-z]+)"', page.text)


def test_all_that_was_found_can_be_had_as_a_file_in_three_spellings(told, desk):
    priya = desk(PRIYA)
    links = files_of(priya.search(event="results shown"))

    table, lines, bundle = [priya.get(link) for link in links]

    header, *rows = read_csv(table.data)
    assert [dict(zip(header, row, strict=True))["entry"] for row in rows] == ["1"]
    assert AuditEvent.model_validate_json(lines.text.splitlines()[0]).id == "entry-1"
    assert [one.fullUrl for one in Bundle.model_validate_json(bundle.data).entry][-1] == "urn:trustline:entry:1"
    assert (table.mimetype, lines.mimetype) == ("text/csv", "application/fhir+ndjson")


def test_a_file_is_in_the_log_with_its_digest_before_it_leaves(told, desk):
    priya = desk(PRIYA)
    link = files_of(priya.search(nhs_number=WALTER))[0]

    file = priya.get(link)

    entry = newest(told)
    assert (entry.event, entry.outcome, entry.nhs_number) == ("exported", "exported", WALTER)
    assert entry.digest == sha256(file.data).hexdigest()
    assert entry.asked_for == "NHS number; as CSV"
    assert entry.because.startswith("privacy officer, own staff and own data: 2 entries, ")
    assert re.fullmatch(r"EX-[A-Z2-7]{4}-[A-Z2-7]{4}", entry.reference)
    assert entry.reference in file.headers["Content-Disposition"]


def test_a_file_holds_no_more_than_the_officer_may_see(log, desk):
    log.append(an_event(nhs_number=ROSE, trusts=("barnsley", "rotherham"), reports=("barnsley/DiagnosticReport/1",)))
    rhys = desk(RHYS)

    for link in files_of(rhys.search(nhs_number=ROSE)):
        assert "barnsley" not in rhys.get(link).text


def test_a_file_of_more_than_a_file_holds_is_refused_and_that_is_logged(log, desk):
    log.append(*[an_event(nhs_number=WALTER)] * 10_001)
    priya = desk(PRIYA)

    page = priya.search(nhs_number=WALTER)
    answer = priya.get(page.request.path + "/entries.csv")

    assert "of at least 1,000" in page.text
    assert answer.status_code == 400
    assert "More than 10,000 entries fit" in answer.text
    assert newest(log).because.endswith("too many for a file")


def test_a_file_in_no_spelling_we_know_is_not_there(told, desk):
    priya = desk(PRIYA)

    assert priya.get(priya.search(nhs_number=WALTER).request.path + "/entries.xlsx").status_code == 404


# ── The officer's own look ───────────────────────────────────────────────────────────────────────


def test_the_officers_look_is_in_the_log_with_what_was_searched_for_and_what_came_back(told, desk):
    desk(PRIYA).search(
        nhs_number=WALTER, person="farrell", organisation="rhq", trust="rotherham", event="results shown",
        outcome="shown", since="2026-11-01", until="2026-11-30",
    )  # fmt: skip

    look = newest(told)
    assert (look.event, look.user_name, look.nhs_number) == ("ledger searched", "Priya Nair", WALTER)
    assert (look.purpose, look.outcome) == ("audit", "shown")
    assert look.asked_for == (
        "NHS number; person “farrell”; organisation RHQ; data of Rotherham; what happened: Saw a timeline; "
        "outcome shown; from 01-Nov-2026; to 30-Nov-2026"
    )
    assert look.because == "privacy officer, own staff and own data: 1 of 1 entry, from 1 to 1"


def test_a_search_that_found_nothing_is_written_as_one(told, desk):
    desk(PRIYA).search(person="nobody")

    assert newest(told).outcome == "none found"
    assert newest(told).because.endswith(": no entry")


def test_no_page_without_a_line_in_the_log(engine, told, desk):
    priya = desk(PRIYA)
    without_guards(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE log_trusts")
        connection.exec_driver_sql("ALTER TABLE log_heads RENAME TO away")

    with pytest.raises(LogUnavailable):
        priya.get("/ledger")


# ── How far the log is verified ──────────────────────────────────────────────────────────────────


def test_until_somebody_verifies_the_page_says_that_nobody_has(told, desk):
    assert "○ Nobody has verified this log yet" in desk(PRIYA).get("/ledger").text


def test_an_officer_can_have_the_whole_log_verified_and_is_told_how_far(told, desk):
    priya = desk(PRIYA)

    assert priya.post("/ledger/verify").location == "/ledger"

    page = priya.get("/ledger").text
    assert "✓ Verified to entry 4 at 21-Nov-2026 12:00:00 for Sheffield Teaching" in page
    assert "2 entries written since" in page
    later = priya.get("/ledger").text
    marker = "From here down: verified to entry 4"
    assert later.index('data-entry="5"') < later.index(marker) < later.index('data-entry="2"')


def test_an_altered_log_is_said_to_be_altered_and_where(engine, told, desk):
    without_guards(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log_entries SET outcome = 'asked' WHERE seq = 3")
    priya = desk(PRIYA)

    priya.post("/ledger/verify")

    assert (
        "✕ Verification failed at 21-Nov-2026 12:00:00 for Sheffield Teaching: entry 3 says something else"
        in priya.get("/ledger").text
    )


def test_a_verification_is_in_the_log_for_every_worker_and_every_officer(told, desk):
    desk(PRIYA).post("/ledger/verify")

    assert (newest(told).outcome, newest(told).asked_for) == ("verified", "verification of the whole log")
    assert "sound to entry 4" in newest(told).because
    assert "Verified to entry 4 at 21-Nov-2026 12:00:00 for Sheffield Teaching" in desk(RHYS).get("/ledger").text


# ── What somebody kept ───────────────────────────────────────────────────────────────────────────


def compared(desk, size, root):
    answer = desk.post("/ledger/kept", size=str(size), root=root)
    assert answer.status_code == 303, answer.text
    return desk.get(answer.location)


@pytest.mark.parametrize("spell", [bytes.hex, lambda root: b64encode(root).decode()], ids=["hex", "base64"])
def test_a_size_and_root_that_were_kept_are_shown_to_be_the_beginning_of_the_log(told, desk, spell):
    size, root = told.size, told.root
    told.append(*[an_event()] * 7)

    page = compared(desk(PRIYA), size, spell(root))

    assert "✓ Consistent: the first 4 of the 11 entries are exactly those" in page.text
    assert newest(told).outcome == "consistent"
    assert newest(told).asked_for == f"comparison with 4 entries and root {root.hex()}"


@pytest.mark.parametrize(("size", "said"), [(3, "do not have the root"), (9_999, "Entries were cut off")])
def test_what_the_log_does_not_begin_with_is_said_to_be_alarming(told, desk, size, said):
    page = compared(desk(PRIYA), f"{size:,}", told.root.hex())

    assert "✕ NOT consistent" in page.text
    assert said in page.text
    assert newest(told).outcome == "not consistent"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"size": "many", "root": "ab" * 32}, "Enter how many entries"),
        ({"size": "0", "root": "ab" * 32}, "Enter how many entries"),
        ({"size": "4", "root": "abc"}, "Enter the root as it was given"),
        ({"size": "4", "root": "YWJj"}, "Enter the root as it was given"),
    ],
)
def test_what_cannot_have_been_kept_is_a_mistake_beside_its_field(told, desk, form, said):
    answer = desk(PRIYA).post("/ledger/kept", **form)

    assert answer.status_code == 400
    assert answer.text.count(said) == 2
    assert told.size == 4


# ── One entry ────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_in_full_says_everything_the_log_keeps_and_proves_that_it_is_there(told, desk):
    page = desk(PRIYA).get("/ledger/entries/1").text

    for said in ("555000000001", "S8000:G8000:R0050", "192.0.2.7 Firefox", "collapsed, no escort", "ab" * 32,
                 "DiagnosticReport 7 version 2, Rotherham", "sign-in-1", "999 000 0018"):  # fmt: skip
        assert said in page
    assert leaf_hash(told.entry(1, WholeLog()).body).hex() in page
    assert "✓ The path below leads from this entry to the root over 5 entries" in page


def test_an_entry_says_its_instant_exactly_and_in_which_zone(log, desk):
    log.append(an_event(at=NOON.replace(microsecond=520174)), an_event(at=NOON.replace(month=7)))
    priya = desk(PRIYA)

    assert "21-Nov-2026 12:00:00 GMT (2026-11-21T12:00:00.520174Z)" in priya.get("/ledger/entries/1").text
    assert "21-Jul-2026 13:00:00 BST (2026-07-21T12:00:00.000000Z)" in priya.get("/ledger/entries/2").text


def test_an_entry_leads_to_the_rest_of_its_look_and_to_every_report_of_it(log, desk):
    steps = [f"rotherham/DiagnosticReport/{number}" for number in (10, 2, 1)]
    log.append(*(an_event(view="one", reports=(key,)) for key in steps), an_event(view="another"))

    page = desk(PRIYA).get("/ledger/entries/3").text

    every = page[page.index("All 3 that the entries of this look name") :]
    found = re.findall(r"DiagnosticReport (\d+), Rotherham", every[: every.index("</ul>")])
    assert found == ["1", "2", "10"]
    assert re.findall(r'<li><a href="/ledger/entries/(\d+)"', page) == ["1", "2"]
    assert "the names are the trust’s own" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"because": ""}, "None: no report shown yet"),
        ({"event": Event.PATIENT_OPENED, "outcome": "shown again"}, "As when first shown"),
        ({"event": Event.SIGNED_IN}, "None needed"),
        ({"event": Event.FIND_SHOWN, "outcome": "none found"}, "None: nothing was shown"),
        (
            {"because": "WT-2026 cl. 4.1: consultant; Rotherham shares until 31-Mar-2027; WT-2026 cl. 4.1: too"},
            "WT-2026 cl. 4.1",
        ),
    ],
)
def test_only_a_clause_that_said_yes_is_called_relied_on(log, desk, fields, said):
    failed = (AtTrust("barnsley", "failed", "HTTP 403"),)
    log.append(replace(an_event(**fields), trusts=failed))

    row = re.search(r'<td data-label="Clause">(.*?)</td>', desk(PRIYA).get("/ledger").text).group(1)
    assert row == said


def test_the_digest_of_nothing_is_not_shown(log, desk):
    log.append(an_event(digest=sha256(b"").hexdigest()))

    assert "SHA-256" not in desk(PRIYA).get("/ledger/entries/1").text


def test_trusts_that_went_alike_are_spoken_of_as_several(log, desk):
    trusts = (AtTrust("barnsley", "not known"), AtTrust("rotherham", "not known"))
    log.append(replace(an_event(), trusts=trusts))

    assert "Barnsley and Rotherham answered: they hold no record" in desk(PRIYA).get("/ledger").text


@pytest.mark.parametrize("spelling", ["", ".json", "/bytes"])
def test_a_number_that_no_entry_can_have_is_no_entry(told, desk, spelling):
    answer = desk(PRIYA).get("/ledger/entries/999999999999999999999" + spelling)

    assert answer.status_code == 404
    assert "No such entry, or it belongs to other organisations; gaps in the numbers are theirs." in answer.text


def test_an_entry_outside_the_scope_is_as_absent_as_one_that_is_not_there_and_the_look_is_logged(told, desk):
    priya = desk(PRIYA)

    outside, absent = priya.get("/ledger/entries/4"), priya.get("/ledger/entries/999")

    assert (outside.status_code, absent.status_code) == (404, 404)
    assert outside.text == absent.text
    looks = told.search(Criteria(WholeLog(), event="ledger searched")).entries
    assert [(look.record.asked_for, look.record.outcome, look.record.nhs_number) for look in looks] == [
        ("entry 999", "none found", ""),
        ("entry 4", "none found", ""),
    ]


def test_a_look_at_an_entry_is_logged_with_the_patient_it_is_about(told, desk):
    desk(PRIYA).get("/ledger/entries/1")

    assert (newest(told).asked_for, newest(told).nhs_number) == ("entry 1", WALTER)


def test_an_entry_can_be_had_as_a_fhir_audit_event(told, desk):
    answer = desk(PRIYA).get("/ledger/entries/1.json")

    assert answer.mimetype == "application/fhir+json"
    assert json.loads(answer.text)["resourceType"] == "AuditEvent"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="entry-1-audit-event.json"'
    assert newest(told).asked_for == "entry 1 as FHIR"


def test_an_entrys_bytes_are_those_the_leaf_is_made_of(told, desk):
    answer = desk(PRIYA).get("/ledger/entries/1/bytes")

    assert leaf_hash(answer.data) == told.entry(1, WholeLog()).leaf
    assert newest(told).asked_for == "entry 1 as its bytes"


def test_an_entry_that_is_not_there_is_an_operation_outcome_to_a_machine(told, desk):
    answer = desk(PRIYA).get("/ledger/entries/999999.json")

    outcome = OperationOutcome.model_validate_json(answer.get_data())
    assert (answer.status_code, outcome.issue[0].code) == (404, "not-found")
