"""An officer finds what fits, newest first, page by page, and nothing outside their scope."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true

from tests.audit.parts import AMINA, NOON, SQLITE_ALONE, WALTER, a_clinician, an_event
from viewer.access.access_event import AtTrust, Event
from viewer.access.clinician import Role
from viewer.audit import search as searching
from viewer.audit.scope import Scope, WholeLog
from viewer.audit.search import COUNTED, Criteria
from viewer.store.database import reading
from viewer.store.tables import log_trusts

ROSE = "9990000026"
SHEFFIELD, ROTHERHAM = Scope("RHQ", "sheffield_teaching"), Scope("RFR", "rotherham")
KOFI = replace(a_clinician("555000000002", "Dr Kofi Abara", "Y99001", "Example Practice"), role=Role.GP)
TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")


@pytest.fixture
def told(log):
    """Seven entries, an hour apart."""
    events = [
        an_event(nhs_number=WALTER, trusts=("rotherham",)),  # 1: Sheffield's doctor, Rotherham's data
        an_event(nhs_number=WALTER, who=KOFI, trusts=("sheffield_teaching", "rotherham")),  # 2
        an_event(Event.REFUSED, nhs_number=ROSE, who=KOFI, trusts=(), outcome="refused"),  # 3: no trust's data
        an_event(Event.SIGNED_IN, who=TOM, trusts=(), outcome="signed in"),  # 4
        an_event(nhs_number=ROSE, who=TOM, trusts=("barnsley",)),  # 5
        an_event(Event.SIGN_IN_REFUSED, who=None, user="100% nobody_known", trusts=(), outcome="refused"),  # 6
        an_event(Event.REPORT_SHOWN, nhs_number=WALTER, trusts=("rotherham", "barnsley")),  # 7
    ]
    for hour, event in enumerate(events):
        log.append(replace(event, at=NOON + timedelta(hours=hour)))
    return log


EVERYTHING = WholeLog()


def found(log, scope=EVERYTHING, **fields):
    return [entry.seq for entry in log.search(Criteria(scope, **fields)).entries]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [7, 6, 5, 4, 3, 2, 1]),
        ({"nhs_number": WALTER}, [7, 2, 1]),
        ({"nhs_number": ROSE}, [5, 3]),
        ({"person": "555000000002"}, [3, 2]),
        ({"person": "whitlock"}, [5, 4]),
        ({"person": "Dr "}, [7, 5, 4, 3, 2, 1]),
        ({"person": "100%"}, [6]),
        ({"person": "%"}, [6]),
        ({"person": "_"}, [6]),
        ({"organisation": "RP5"}, [5, 4]),
        ({"trust": "barnsley"}, [7, 5]),
        ({"event": "report shown"}, [7]),
        ({"outcome": "refused"}, [6, 3]),
        ({"since": NOON + timedelta(hours=5)}, [7, 6]),
        ({"until": NOON + timedelta(hours=2)}, [2, 1]),
        ({"nhs_number": WALTER, "trust": "sheffield_teaching", "outcome": "shown"}, [2]),
        ({"nhs_number": WALTER, "person": "whitlock"}, []),
    ],
)
def test_each_question_finds_the_entries_that_fit_newest_first(told, fields, expected):
    assert found(told, **fields) == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (WholeLog(), [7, 6, 5, 4, 3, 2, 1]),
        (SHEFFIELD, [7, 2, 1]),  # its own staff's 1 and 7; 2, which is about its data
        (ROTHERHAM, [7, 2, 1]),  # about its data only
        (Scope("RP5", "doncaster_and_bassetlaw"), [5, 4]),
        (Scope("Y99001"), [3, 2]),
        (Scope("RCU", "sheffield_childrens"), []),
        (Scope("", ""), []),  # nobody's officer does not see what nobody's staff did
    ],
)
def test_an_officer_sees_own_staff_and_own_data_and_no_more(told, scope, expected):
    assert found(told, scope) == expected
    assert [seq for seq in range(1, 8) if told.entry(seq, scope)] == expected[::-1]


def test_no_question_reaches_outside_the_scope(told):
    assert found(told, SHEFFIELD, nhs_number=ROSE) == []
    assert found(told, SHEFFIELD, organisation="RP5") == []
    assert found(told, SHEFFIELD, trust="barnsley") == [7]
    assert told.entry(5, SHEFFIELD) is None


def test_a_patient_s_entries_and_the_people_who_made_them_are_counted_within_the_scope(told):
    whole = told.search(Criteria(WholeLog(), nhs_number=WALTER, limit=1))
    own = told.search(Criteria(Scope("Y99001"), nhs_number=WALTER))

    assert (whole.total, whole.people, len(whole.entries)) == (3, 2, 1)
    assert (own.total, own.people) == (1, 1)
    assert told.search(Criteria(WholeLog())).people is None


# ── No more than concerns the officer ────────────────────────────────────────────────────────────


def looked(event, *rows, who=KOFI, **fields):
    """An entry with a row a trust: its name, how it went, and how many of its laboratory reports were shown."""
    trusts = tuple(AtTrust(trust, outcome, laboratory=count) for trust, outcome, count in rows)
    return replace(an_event(event, nhs_number=WALTER, who=who, **fields), trusts=trusts)


@pytest.mark.parametrize(
    "outcome", ["not known", "none", "refused", "waiting", "asked", "late", "failed", "not agreed"]
)
@pytest.mark.parametrize("event", [Event.FIND_SHOWN, Event.RESULTS_ASKED, Event.RESULTS_SHOWN, Event.REPORT_SHOWN])
def test_an_officer_does_not_see_a_look_at_a_patient_whom_their_trust_did_not_show(log, event, outcome):
    log.append(looked(event, ("rotherham", outcome, 0), ("barnsley", "answered", 1)))

    assert found(log, ROTHERHAM) == []
    assert found(log, ROTHERHAM, nhs_number=WALTER) == []
    assert log.entry(1, ROTHERHAM) is None


def test_an_officer_does_not_see_a_part_that_showed_nothing_for_it_may_be_of_another_patient(log):
    log.append(looked(Event.RESULTS_SHOWN, ("rotherham", "partial", 0)))
    log.append(looked(Event.RESULTS_SHOWN, ("rotherham", "partial", 2)))
    log.append(looked(Event.RESULTS_SHOWN, ("rotherham", "late", 2)))

    assert found(log, ROTHERHAM) == [3, 2]


def test_a_refusal_is_seen_by_own_staff_s_officer_alone_and_does_not_say_where_the_patient_is_known(log):
    rows = (("barnsley", "answered", 0), ("rotherham", "not known", 0), ("sheffield_teaching", "answered", 0))
    log.append(looked(Event.REFUSED, *rows, who=TOM, outcome="refused"))

    assert [found(log, scope) for scope in (SHEFFIELD, ROTHERHAM, Scope("RFF", "barnsley"))] == [[], [], []]
    entry = log.entry(1, Scope("RP5", "doncaster_and_bassetlaw"))
    assert (entry.record.trusts, entry.whole) == ((), False)


def test_own_staff_who_may_not_ask_any_trust_are_told_in_full(log):
    log.append(looked(Event.REFUSED, ("barnsley", "refused", 0), ("rotherham", "refused", 0), who=TOM))

    entry = log.entry(1, Scope("RP5"))
    assert ([at.trust for at in entry.record.trusts], entry.whole) == (["barnsley", "rotherham"], True)


def test_of_a_look_by_others_an_officer_sees_their_own_trust_s_part_alone(log):
    reports = ("barnsley/DiagnosticReport/1", "rotherham/DiagnosticReport/2")
    rows = (("barnsley", "answered", 1), ("rotherham", "answered", 1))
    log.append(looked(Event.RESULTS_SHOWN, *rows, reports=reports, digest="ab" * 32))

    for entry in (log.entry(1, ROTHERHAM), *log.search(Criteria(ROTHERHAM)).entries):
        assert [at.trust for at in entry.record.trusts] == ["rotherham"]
        assert entry.record.reports == ("rotherham/DiagnosticReport/2",)
        assert (entry.record.digest, entry.whole) == ("", False)
    assert log.entry(1, Scope("Y99001")).record.reports == reports
    assert log.entry(1, WholeLog()).whole


def test_no_search_tells_an_officer_which_other_trusts_know_a_patient_of_theirs(log):
    log.append(looked(Event.RESULTS_SHOWN, ("barnsley", "answered", 1), ("rotherham", "answered", 1)))

    assert found(log, ROTHERHAM, trust="rotherham") == [1]
    assert found(log, ROTHERHAM, trust="barnsley") == []
    assert found(log, Scope("Y99001"), trust="barnsley") == [1]


def test_an_officer_asks_by_role_purpose_relationship_and_kind(log):
    log.append(looked(Event.RESULTS_SHOWN, ("rotherham", "answered", 1), purpose="direct-care", claim="registered"))
    log.append(an_event(Event.GLASS_BROKEN, purpose="emergency-care", claim="break-glass"))
    log.append(an_event(Event.SIGNED_OUT, trusts=()))

    assert found(log, role="gp") == [1]
    assert found(log, role="consultant") == [3, 2]
    assert found(log, purpose="emergency-care") == [2]
    assert found(log, claim="break-glass") == [2]
    assert found(log, claim="registered", kind="laboratory") == [1]
    assert found(log, kind="laboratory") == [2, 1]
    assert found(log, kind="radiology") == [2]
    assert found(log, kind="demographics") == []


def test_an_officer_asks_by_kind_of_others_looks_only_what_was_shown_of_their_own_trust(log):
    event = looked(Event.RESULTS_SHOWN, ("barnsley", "answered", 0), ("rotherham", "answered", 2))
    log.append(replace(event, trusts=(replace(event.trusts[0], radiology=1), event.trusts[1])))

    assert found(log, ROTHERHAM, kind="laboratory") == [1]
    assert found(log, ROTHERHAM, kind="radiology") == []
    assert found(log, Scope("RFF", "barnsley"), kind="radiology") == [1]
    assert found(log, Scope("Y99001"), kind="radiology") == [1]


def test_every_page_says_how_many_fit_and_where_among_them_it_stands(told):
    second = told.search(Criteria(WholeLog(), before=5, limit=2))

    assert (second.total, second.newer, len(second.entries)) == (7, 3, 2)


def test_what_is_too_many_to_count_is_said_to_be_at_least_so_many(log):
    log.append(*[an_event()] * (COUNTED + 1))

    for scope in (WholeLog(), SHEFFIELD, ROTHERHAM):
        many = log.search(Criteria(scope, role="consultant"))
        assert (many.total, many.at_least, len(many.entries), many.more) == (None, COUNTED, 50, True)
        few = log.search(Criteria(scope, event="results shown"))  # few enough for an index: they are read in any case
        assert (few.total, few.at_least, len(few.entries), few.more) == (COUNTED + 1, COUNTED + 1, 50, True)
    assert log.search(Criteria(SHEFFIELD, until=NOON)).total == 0


def test_a_page_alone_is_not_counted(told):
    page = told.search(Criteria(SHEFFIELD, limit=2, counted=False))

    assert (len(page.entries), page.total, page.at_least) == (2, None, 3)


def test_a_change_of_the_rules_concerns_every_officer(log):
    log.append(replace(an_event(Event.RULES_CHANGED, who=None, trusts=()), reference="trusts/barnsley.toml"))

    for scope in (SHEFFIELD, ROTHERHAM, Scope("Y99001")):
        assert found(log, scope) == found(log, scope, event="rules changed") == [1]
        assert log.entry(1, scope).whole
        assert found(log, scope, trust="rotherham") == found(log, scope, kind="laboratory") == []


def test_one_person_is_found_under_each_of_their_names_as_it_was_at_the_time(log):
    log.append(an_event(), an_event(who=replace(AMINA, name="Dr Amina O'Neill")), an_event())

    assert found(log, SHEFFIELD, person="farrell") == [3, 1]
    assert found(log, SHEFFIELD, person="o'neill") == [2]
    assert found(log, SHEFFIELD, person=AMINA.user_id) == [3, 2, 1]


@pytest.mark.parametrize("trust", ["", "rotherham"])
def test_refusals_are_not_looked_for_among_what_trusts_held_for_none_stands_there(log, engine, trust):
    """Over ten million entries, reading a trust's rows to their end for nothing took a second."""
    log.append(looked(Event.REFUSED, ("rotherham", "answered", 1), outcome="refused", who=TOM))
    asked = Criteria(ROTHERHAM, event=Event.REFUSED, trust=trust)

    with reading(engine) as connection:
        assert connection.execute(select(log_trusts)).all() == []
        ways = searching._through(asked.scope, asked, searching._person(connection, ""))
        found_so = searching._find(connection, asked, ways)

    assert [way.table.name for way in ways if way.table is log_trusts] == []
    assert (found_so.total, found_so.entries) == (0, ())
    assert found(log, Scope("RP5", "doncaster_and_bassetlaw"), event=Event.REFUSED) == [1]


# ── Every way to the entries finds the same ──────────────────────────────────────────────────────

CHOICES = {
    "person": ("whitlock", "Dr ", "nobody"),
    "organisation": ("RHQ", "Y99001", "RP5"),
    "trust": ("rotherham", "barnsley", "sheffield_teaching"),
    "event": ("results shown", "report shown", "refused", "rules changed"),
    "outcome": ("shown", "refused"),
    "role": ("gp", "consultant"),
    "purpose": ("direct-care", "emergency-care"),
    "claim": ("registered", "break-glass"),
    "kind": ("laboratory", "radiology"),
    "since": (NOON + timedelta(hours=3),),
    "until": (NOON + timedelta(hours=20),),
    "before": (7, 15),
}
SCOPES = (SHEFFIELD, ROTHERHAM, Scope("RP5", "doncaster_and_bassetlaw"), Scope("Y99001"), Scope("", "barnsley"))


@pytest.fixture
def varied(log):
    """Thirty entries in which little goes with little else."""
    events = (Event.RESULTS_SHOWN, Event.REPORT_SHOWN, Event.REFUSED, Event.RESULTS_SHOWN, Event.RULES_CHANGED)
    for number in range(30):
        event = events[number % 5]
        asked = () if event is Event.RULES_CHANGED else ("rotherham", "barnsley", "sheffield_teaching")
        trusts = asked[number % 3 : 1 + number % 4]
        log.append(
            looked(
                event,
                *((trust, "answered", (number + place) % 2) for place, trust in enumerate(trusts)),
                who=None if event is Event.RULES_CHANGED else (AMINA, KOFI, TOM)[number % 7 % 3],
                purpose=("direct-care", "emergency-care")[number % 2],
                claim=("registered", "break-glass", "")[number % 3],
                outcome=("shown", "refused")[number % 5 == 2],
                at=NOON + timedelta(hours=number),
            )
        )
    return log


@pytest.mark.parametrize("scope", SCOPES)
def test_reading_a_scope_through_finds_what_reading_entries_one_by_one_finds(varied, engine, scope):
    drawn, answers = Random(str(scope)), 0
    for _ in range(30):
        asked = {field: drawn.choice(CHOICES[field]) for field in drawn.sample(sorted(CHOICES), drawn.randint(0, 3))}
        criteria = Criteria(scope, limit=4, **asked)
        with reading(engine) as connection:
            person = searching._person(connection, criteria.person)
            one_by_one = searching._one_by_one(true(), criteria, person)
            expected = searching._find(connection, criteria, (one_by_one,))
            through = searching._find(connection, criteria, searching._through(scope, criteria, person))
        assert through == expected == varied.search(criteria), asked
        answers += len(expected.entries)
    assert answers > 20


def test_what_belongs_to_one_look_is_found_together(log):
    log.append(an_event(view="one"), an_event(view="another"), an_event(view="one"))

    assert found(log, view="one") == [3, 1]


@pytest.mark.parametrize("seq", [-1, 0, 1 << 63, 10**21])
def test_a_number_that_no_entry_can_have_is_none(told, seq):
    assert told.entry(seq, WholeLog()) is None


def test_an_entry_that_is_not_there_is_none(told):
    assert told.entry(0, WholeLog()) is None
    assert told.entry(8, WholeLog()) is None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 8))
def test_pages_follow_each_other_without_a_gap_or_a_repeat(told, size):
    pages, before = [], None
    while True:
        page = told.search(Criteria(SHEFFIELD, before=before, limit=size))
        pages.append([entry.seq for entry in page.entries])
        before = page.before
        if before is None:
            break

    assert [seq for page in pages for seq in page] == [7, 2, 1]
    assert all(len(page) <= size for page in pages)


def test_a_page_asked_for_again_is_the_same_however_many_entries_came_since(told):
    first = found(told, before=4)
    told.append(an_event(), an_event())

    assert found(told, before=4) == first == [3, 2, 1]


def test_criteria_do_not_print_the_nhs_number():
    assert WALTER not in repr(Criteria(WholeLog(), nhs_number=WALTER))


@SQLITE_ALONE
def test_a_patient_s_entries_are_found_through_an_index(engine, told):
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT seq FROM log_entries WHERE nhs_number = 'x' ORDER BY seq DESC LIMIT 51"
        ).all()

    assert "USING COVERING INDEX ix_log_entries_nhs_number_seq" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
