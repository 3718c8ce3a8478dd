"""Every member of every closed set has words, and data is said as it was sent."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import GAPS, Kind, Outcome
from tests.pages.builders import (
    BARNSLEY,
    CHESTERFIELD,
    NOW,
    ROTHERHAM,
    TEACHING,
    TRUSTS,
    a_clinician,
    a_gap,
    a_patient,
    a_report,
    a_tile,
    an_amount,
    at,
    changed,
)
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.clinical.agree import UNREAD
from viewer.clinical.patient import Disagreement, Name, Verification
from viewer.clinical.report import (
    Absent,
    Amount,
    Between,
    Code,
    Flag,
    Moment,
    NoValue,
    Precision,
    Proportion,
    Range,
    Samples,
    SentFlag,
    Status,
    TakenFrom,
    Value,
    When,
    Words,
    YesNo,
)
from viewer.clinical.timeline import Account, Gap
from viewer.pages import words
from viewer.steps import State, Tile


@pytest.mark.parametrize(
    ("members", "say"),
    [
        (Outcome, words.outcome),
        (State, words.mark),
        (Status, words.status),
        (Status, words.status_look),
        (TakenFrom, words.taken),
        (Kind, words.kind),
        (Kind, words.kind_letters),
        (Role, words.role),
        (Purpose, words.purpose),
        (Claim, words.claim),
        (Verification, words.verification),
        (State, lambda state: words.tile(Tile(BARNSLEY, state, outcome=Outcome.FAILED))),
        (State, lambda state: words.records_found(Tile(BARNSLEY, state, outcome=Outcome.FAILED))),
        (Flag, lambda flag: words.flag(SentFlag(flag, "as sent")).letters),
    ],
)
def test_every_member_has_words_of_its_own(members: Iterable[Enum], say: Callable[[Any], str]) -> None:
    said = {member: say(member) for member in members}

    assert all(said.values())
    if say is not words.status_look:
        assert len(set(said.values())) >= len(said) - 1  # critical and abnormal flags may share


def test_a_missing_flag_is_said_to_be_missing_and_looks_like_nothing_else() -> None:
    (said,) = words.flags(())

    assert said.letters == "no flag"
    assert said == words.flag(SentFlag(Flag.UNSTATED, ""))
    assert all(words.flag(SentFlag(flag, "x")).look != said.look for flag in Flag if flag is not Flag.UNSTATED)


@pytest.mark.parametrize(
    ("flag", "shape", "letters"),
    [
        (Flag.HIGH, "▲", "HI"),
        (Flag.LOW, "▼", "LO"),
        (Flag.OUT_OF_RANGE, "◆", "OR outside range"),
        (Flag.POTENTIALLY_ABNORMAL, "◇", "PA potentially abnormal"),
        (Flag.OTHER, "□", "“H*”"),
    ],
)
def test_a_flag_has_letters_and_a_shape(flag: Flag, shape: str, letters: str) -> None:
    said = words.flag(SentFlag(flag, "H*"))

    assert (said.shape, said.letters) == (shape, letters)


@pytest.mark.parametrize("as_sent", ["", "H", "HI", "high", "High", "Above high reference limit"])
def test_a_plain_synonym_of_a_flag_is_not_said_twice(as_sent: str) -> None:
    assert words.own_word(SentFlag(Flag.HIGH, as_sent)) == ""


@pytest.mark.parametrize("as_sent", ["Significantly high", "Low", "H*", "High - telephoned 10:40"])
def test_the_laboratorys_own_word_is_said_whenever_it_says_anything_else(as_sent: str) -> None:
    assert words.own_word(SentFlag(Flag.HIGH, as_sent)) == f"“{as_sent}”"


def test_a_flag_that_is_said_in_the_laboratorys_own_word_says_it_once() -> None:
    assert words.own_word(SentFlag(Flag.OTHER, "H*")) == ""


@pytest.mark.parametrize("flag", list(Flag))
def test_the_shapes_of_high_and_low_belong_to_high_and_low(flag: Flag) -> None:
    said = words.flag(SentFlag(flag, "x"))

    assert ("▲" in said.shape) == (flag in {Flag.HIGH, Flag.CRITICAL_HIGH})
    assert ("▼" in said.shape) == (flag in {Flag.LOW, Flag.CRITICAL_LOW})


# ── Times ──


def test_times_are_said_in_london_whatever_the_machine_thinks() -> None:
    assert words.day_and_clock(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "02-Jul-2026 00:30"
    assert words.day_and_clock(datetime(2026, 12, 1, 23, 30, tzinfo=UTC)) == "01-Dec-2026 23:30"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("1944-03-09", "09-Mar-1944"),
        ("1944-03", "Mar-1944"),
        ("1944", "1944"),
        ("", "Not known"),
        ("about 1944", "about 1944"),
        ("1944-13", "1944-13"),
    ],
)
def test_a_partial_date_is_said_as_far_as_it_was_given(sent: str, said: str) -> None:
    assert words.partial_date(sent) == said


def test_a_time_without_a_zone_says_so() -> None:
    time = When("2026-11-20T22:41:00", datetime(2026, 11, 20, 22, 41, tzinfo=UTC), Precision.MINUTE, zoned=False)

    assert words.when(time) == "20-Nov-2026 22:41, no time zone sent"


def test_a_day_alone_is_never_moved_by_a_time_zone() -> None:
    time = When("2026-07-04", datetime(2026, 7, 3, 23, 0, tzinfo=UTC), Precision.DAY)

    assert words.when(time) == "04-Jul-2026"
    assert words.day_key(time) == "2026-07-04"
    assert words.time_of_day(time) == "–"


def test_a_period_says_both_ends() -> None:
    start = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    time = When("2026-11-20T08:00:00Z", start, Precision.MINUTE, until="2026-11-21T08:00:00Z")

    assert words.when(time) == "20-Nov-2026 08:00 to 21-Nov-2026 08:00"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("2026-07-01T23:30:00Z", "02-Jul-2026 00:30"),
        ("2026-07-01T23:30:00", "01-Jul-2026 23:30, no time zone sent"),
        ("2026-07", "Jul-2026"),
        ("1997.04.24", "1997.04.24"),
    ],
)
def test_a_time_that_is_still_text_is_said_or_left_as_it_was_sent(sent: str, said: str) -> None:
    assert words.sent_time(sent) == said


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("2026-11-21", "Saturday 21-Nov-2026"),
        ("2026-11", "Nov-2026, day not sent"),
        ("2026", "2026, month and day not sent"),
        (words.UNDATED, "No time sent"),
    ],
)
def test_every_row_stands_under_a_heading_that_says_how_exact_it_is(key: str, heading: str) -> None:
    assert words.day_heading(key) == heading


ANY_ZONE = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(at=st.datetimes(timezones=ANY_ZONE), until=st.sampled_from(["", "0001-01-01T00:00:00Z"]))
def test_no_time_that_can_be_sent_breaks_a_page(at: datetime, until: str) -> None:
    time = When(at.isoformat(), at, Precision.SECOND, until=until)

    said = [words.when(time), words.sent_time(at.isoformat()), words.time_of_day(time), words.day_and_clock(at)]

    assert all(said)
    assert words.day_heading(words.day_key(time))


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"])
def test_a_time_that_cannot_be_said_in_london_is_said_as_it_was_sent(sent: str) -> None:
    time = When(sent, datetime.fromisoformat(sent), Precision.SECOND)

    assert words.when(time) == words.sent_time(sent) == sent
    assert words.day_key(time) + "T" + words.time_of_day(time) == sent
    assert words.died(a_patient(died=sent)) == sent


def test_seconds_are_said_when_they_were_sent_and_are_not_zero() -> None:
    time = When("2026-11-20T10:07:31Z", datetime(2026, 11, 20, 10, 7, 31, tzinfo=UTC), Precision.SECOND)

    assert words.when(time) == words.sent_time(time.as_sent) == "20-Nov-2026 10:07:31"
    assert words.time_of_day(time) == "10:07:31"


def test_a_report_without_a_time_stands_above_every_day() -> None:
    assert words.day_key(None) > words.day_key(at("9999-12-30 10:00"))


# ── The patient ──


@pytest.mark.parametrize(
    ("born", "on", "said"),
    [
        ("2026-11-21", "2026-11-21", "0d"),
        ("2026-11-20", "2026-11-21", "1d"),
        ("2026-10-25", "2026-11-21", "27d"),
        ("2026-10-24", "2026-11-21", "4w"),
        ("2026-01-01", "2026-11-21", "46w 2d"),
        ("2025-11-21", "2026-11-21", "12m"),
        ("2025-09-10", "2026-11-21", "14m 11d"),
        ("2024-11-21", "2026-11-21", "2y"),
        ("2012-02-29", "2026-11-21", "14y 8m"),
        ("2008-11-22", "2026-11-21", "17y 11m"),
        ("2008-11-21", "2026-11-21", "18y"),
        ("1944-03-09", "2026-11-21", "82y"),
        ("1944-03", "2026-11-21", ""),
        ("2030-01-01", "2026-11-21", ""),
    ],
)
def test_an_age_is_said_in_the_units_people_use_for_it(born: str, on: str, said: str) -> None:
    assert words.age(born, date.fromisoformat(on)) == said


@given(born=st.dates(date(1900, 1, 1), date(2026, 11, 21)), days=st.integers(0, 40_000))
def test_every_birthday_has_an_age(born: date, days: int) -> None:
    assert words.age(born.isoformat(), born + timedelta(days=days))


def test_an_age_at_the_end_of_the_calendar_is_said() -> None:
    assert words.age("9998-01-02", date(9999, 12, 31)) == "23m 29d"


def test_the_dead_have_no_age_but_one_at_death() -> None:
    dead = a_patient(died="2026-02-01")

    assert words.born(dead, NOW.date()) == "09-Mar-1944"
    assert words.died(dead) == "01-Feb-2026"
    assert words.age_at_death(dead) == "81y"
    assert words.age_at_death(a_patient(died="yes")) == "Not known"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (Name("Hargreaves", ("Walter",), "Mr"), "HARGREAVES, Walter (Mr)"),
        (Name("O’Neill", ("Una", "Mary")), "O’NEILL, Una Mary"),
        (Name("", ("Baby",)), "FAMILY NAME NOT KNOWN, Baby"),
        (Name("Smith"), "SMITH, given name not known"),
    ],
)
def test_a_name_is_said_family_first_and_unknown_parts_are_named(name: Name, said: str) -> None:
    assert words.full_name(name) == said


def test_gender_is_never_abbreviated() -> None:
    said = [words.gender(sent) for sent in ("male", "female", "other", "unknown", "", "x")]

    assert said == ["Male", "Female", "Other", "Not known", "Not known", "x"]


def test_who_is_looking_is_said_with_role_and_organisation() -> None:
    assert words.who(a_clinician()) == "Dr Amina Farrell, Consultant, Sheffield Teaching"


# ── Values ──


@pytest.mark.parametrize(
    ("value", "said", "unit"),
    [
        (Amount("1.00", "", "mmol/L"), "1.00", "mmol/L"),
        (Amount("0.5", "<", "ng/L"), "<0.5", "ng/L"),
        (Amount("60", ">=", "", "mL/min"), ">=60", "mL/min"),
        (Amount("7.35"), "7.35", "no unit"),
        (Words("No growth\nafter 5 days"), "No growth\nafter 5 days", ""),
        (Words("", (Code("s", "1", "Positive"), Code("s", "2"))), "Positive, 2", ""),
        (Words(""), "no value sent", ""),
        (Between(Amount("3", "", "/HPF"), Amount("5", "", "/HPF")), "3–5", "/HPF"),
        (Between(Amount("3", "", "mg"), Amount("5", "", "g")), "3 mg–5 g", ""),
        (Proportion(Amount("1"), Amount("160")), "1 : 160", ""),
        (Proportion(None, Amount("160")), "not sent : 160", ""),
        (YesNo(True), "Yes", ""),
        (Moment("2026-11-20T22:41:00Z"), "2026-11-20T22:41:00Z", ""),
        (
            Samples("1 L", Amount("0", "", "mV"), "10", "0.10", "-5", "5.0", "1"),
            "series of samples from 0 mV: 1 L; one every 10 ms; multiply by 0.10; L below -5; U above 5.0; 1 at a time",
            "",
        ),
        (Absent("Haemolysed"), "Haemolysed", ""),
        (Absent(""), "no value sent, and no reason", ""),
        (NoValue(), "", ""),
    ],
)
def test_a_value_is_said_exactly_as_it_was_sent(value: Value, said: str, unit: str) -> None:
    assert words.value(value) == said
    assert words.unit(value) == unit


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((), "no range"),
        ((Range(Amount("3.5"), Amount("5.3")),), "3.5–5.3"),
        ((Range(Amount("3.50", "", "mmol/L"), Amount("5.3", "", "mmol/L")),), "3.50–5.3"),
        ((Range(Amount("3.5", "", "g/L"), Amount("5.3", "", "g/L")),), "3.5 g/L–5.3 g/L"),
        ((Range(Amount("60"), None),), "from 60"),
        ((Range(None, Amount("5", "<")),), "up to <5"),
        ((Range(text="see guidance"),), "see guidance"),
        ((Range(Amount("3.5"), Amount("5.3"), "3.5 - 5.3"),), "3.5 - 5.3"),
        ((Range(Amount("3.5"), Amount("5.3"), "fasting"),), "3.5–5.3 fasting"),
        (
            (Range(Amount("1"), Amount("2"), meaning="follicular"), Range(Amount("3"), Amount("4"), meaning="luteal")),
            "follicular: 1–2; luteal: 3–4",
        ),
    ],
)
def test_every_range_is_said_as_it_was_sent(sent: tuple[Range, ...], said: str) -> None:
    assert words.ranges(sent, an_amount("4.1", "mmol/L")) == said


def test_a_word_that_is_no_status_is_quoted_and_never_taken_for_final() -> None:
    assert words.status(Status.UNKNOWN, "nearly") == "Status “nearly”"
    assert words.status(Status.UNKNOWN) == "Status not known"
    assert words.status_look(Status.UNKNOWN) != words.status_look(Status.FINAL)


def test_only_a_time_that_is_not_of_taking_is_labelled() -> None:
    notes = {
        of: words.taken_note(a_report(TEACHING, "1", "U&E", "2026-11-20 22:41", "", taken_from=of)) for of in TakenFrom
    }

    assert [of for of, note in notes.items() if not note] == [TakenFrom.SPECIMEN, TakenFrom.IMAGED]


def test_a_report_issued_on_the_day_it_was_taken_says_the_clock_alone() -> None:
    same = a_report(TEACHING, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05")
    later = a_report(TEACHING, "1", "U&E", "2026-11-20 22:41", "2026-11-21 01:48")

    assert words.issued(same) == "23:05"
    assert words.issued(later) == "21-Nov-2026 01:48"
    assert words.issued(a_report(TEACHING, "1", "U&E", "2026-11-20 22:41", "")) == "time of issue not sent"


# ── The trusts ──


@pytest.mark.parametrize("gap", sorted(GAPS))
def test_every_gap_has_a_sentence_with_its_time(gap: Outcome) -> None:
    said = words.gap(gap, "HTTP 503", NOW, timedelta(seconds=3))

    assert "at 03:12" in said


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        (Outcome.REFUSED, "HTTP 403", "refused us at 03:12"),
        (Outcome.FAILED, "HTTP 500", "failed at 03:12"),
        (
            Outcome.FAILED,
            "HTTP 302: it sent us elsewhere, and we did not go",
            "failed at 03:12: it sent us elsewhere, and we did not go",
        ),
        (Outcome.PARTIAL, "imaging studies: HTTP 403", "sent only part at 03:12: imaging studies: we were refused"),
        (
            Outcome.PARTIAL,
            "a further page did not come: HTTP 502; not all of its reports came",
            "sent only part at 03:12: a further page did not come: an error at the trust; not all of its reports came",
        ),
        (
            Outcome.SIGN_IN_FAILED,
            "its token endpoint said HTTP 400",
            "did not accept our sign-in at 03:12: its own sign-in service: an answer that nobody expected",
        ),
        (Outcome.GARBLED, "not an HTTP response", "sent what cannot be read at 03:12: what came was no answer"),
    ],
)
def test_a_gap_is_said_to_clinicians_without_the_codes_of_servers(outcome: Outcome, reason: str, said: str) -> None:
    assert words.gap(outcome, reason, NOW, timedelta(seconds=3)) == said


def test_a_late_trust_says_how_long_it_had() -> None:
    assert words.gap(Outcome.LATE, "deadline", NOW, timedelta(seconds=3)) == "did not answer in 3.0 s at 03:12"


def test_no_results_is_said_only_when_every_trust_said_so() -> None:
    everybody = [a_tile(trust, ()) for trust in TRUSTS]
    all_but_one = [a_gap(BARNSLEY), *everybody[1:]]
    nobody = [a_gap(trust) for trust in TRUSTS]

    assert str(words.completeness(everybody, NOW)) == (
        "Complete as of 21-Nov-2026 03:12. "
        "No reports: all 7 trusts answered, and none holds any that may be shown here."
    )
    assert "No reports" not in str(words.completeness(all_but_one, NOW))
    assert "this does not mean that there are none" in str(words.completeness(all_but_one, NOW))
    assert str(words.completeness(nobody, NOW)).startswith("Nothing obtained as of 21-Nov-2026 03:12: Barnsley")


def test_what_is_not_complete_names_every_trust_that_is_excepted_and_why() -> None:
    tiles = [a_gap(BARNSLEY), Tile(CHESTERFIELD, State.WAITING), *(a_tile(trust, (), count=2) for trust in TRUSTS[2:])]

    said = str(words.completeness(tiles, NOW))

    assert said == (
        "Not complete: as of 21-Nov-2026 03:12, all except Barnsley (did not answer) and Chesterfield (waiting)."
    )
    assert words.missing(tiles) == "missing: Barnsley, Chesterfield"


def test_nothing_more_is_on_its_way_only_when_every_trust_answered() -> None:
    answered = [a_tile(trust, ()) for trust in TRUSTS]

    assert words.finished(answered) == "Nothing more is on its way."
    assert words.finished([a_gap(BARNSLEY), *answered[1:]]) == "1 trust did not answer in full."
    assert words.finished([a_gap(BARNSLEY), a_gap(CHESTERFIELD), *answered[2:]]) == "2 trusts did not answer in full."


def test_a_page_that_has_only_asked_says_that_nothing_has_come() -> None:
    said = str(words.completeness([Tile(trust, State.WAITING) for trust in TRUSTS], NOW))

    assert said == "All 7 trusts are being asked; nothing has come yet, as of 21-Nov-2026 03:12."


def test_a_number_nobody_verified_is_said_of_each_trust_that_sent_reports_also_only_part() -> None:
    unverified = a_tile(BARNSLEY, (), count=1, state=State.ANSWERED, verification=Verification.NOT_VERIFIED)
    doubtful = changed(a_gap(CHESTERFIELD, Outcome.PARTIAL), doubt=Disagreement(CHESTERFIELD, ("date of birth",)))
    part = changed(a_gap(ROTHERHAM, Outcome.PARTIAL), count=2, verification=Verification.NOT_VERIFIED)

    assert words.identity([unverified, doubtful, part]) == (
        "Identity: Chesterfield: its record differs in date of birth; Barnsley: NHS number not verified;"
        " Rotherham: NHS number not verified."
    )


def test_identity_agrees_at_every_trust_that_sent_reports_and_one_that_sent_part_counts() -> None:
    part = changed(a_gap(ROTHERHAM, Outcome.PARTIAL), count=12)
    tiles = [a_tile(BARNSLEY, (), count=1), a_tile(CHESTERFIELD, (), count=2), a_tile(TEACHING, ())]

    assert words.identity([*tiles, part]) == "Identity agrees at all 3 that sent reports."
    assert words.identity([*tiles, a_gap(ROTHERHAM)]) == "Identity agrees at all 2 that sent reports."


WHOLLY_ANOTHERS = changed(
    a_gap(ROTHERHAM, Outcome.ANSWERED), doubt=Disagreement(ROTHERHAM, ("family name", "date of birth"))
)


def test_a_record_that_is_another_persons_is_said_once_and_not_to_have_failed() -> None:
    tiles = [WHOLLY_ANOTHERS, *(a_tile(trust, (), count=2) for trust in TRUSTS if trust != ROTHERHAM)]

    said = (words.tile_heading(tiles[0]), words.tile(tiles[0]))

    differs = "its record under this number differs in family name and date of birth, and its results are not shown"
    assert said == ("Rotherham: not shown", f"answered at 03:12; {differs}")
    assert f"all except Rotherham (it answered; {differs})." in str(words.completeness(tiles, NOW))
    assert words.identity(tiles) == ""
    assert words.finished(tiles) == "Nothing more is on its way."
    assert words.missing(tiles) == "missing: Rotherham"


@pytest.mark.parametrize(
    ("tile", "may"),
    [
        (WHOLLY_ANOTHERS, False),
        (changed(WHOLLY_ANOTHERS, outcome=Outcome.PARTIAL), True),
        (changed(WHOLLY_ANOTHERS, doubt=Disagreement(ROTHERHAM, (UNREAD,))), True),
        (a_gap(ROTHERHAM), True),
        (a_tile(ROTHERHAM, ()), False),
    ],
)
def test_a_trust_is_asked_again_only_where_it_may_say_more(tile: Tile, may: bool) -> None:
    assert words.may_change(tile) is may


def test_of_two_records_at_one_trust_only_the_one_that_differs_is_not_shown() -> None:
    both = changed(WHOLLY_ANOTHERS, count=3, doubt=Disagreement(ROTHERHAM, ("NHS number",)))

    assert words.tile_heading(both) == "Rotherham: not all shown"
    assert words.tile(both) == (
        "3 reports shown; answered at 03:12; a record there differs in NHS number, and its results are not shown"
    )


def test_what_another_record_has_in_common_is_said() -> None:
    same = Disagreement(ROTHERHAM, ("family name", "given name", "date of birth", "gender"))

    assert words.comes_close([same]) == "Another record has the same NHS number and differs."
    assert words.comes_close([same, same]) == "Other records have the same NHS number and differ."
    assert words.comes_close([Disagreement(ROTHERHAM, ("NHS number",))]) == "Another record comes close and disagrees."


def test_an_account_of_a_record_that_is_not_this_persons_says_so() -> None:
    gap = Gap(ROTHERHAM, Outcome.ANSWERED, "", NOW, timedelta(seconds=1), WHOLLY_ANOTHERS.doubt)
    nothing = Account(ROTHERHAM, received=0, shown=0, folded=0, superseded=0, withheld=0, unreadable=0)

    assert words.account(nothing, gap) == "not shown: its record differs in family name and date of birth"


def test_an_account_of_a_trust_that_sent_nothing_does_not_look_as_if_it_held_nothing_law_1() -> None:
    gap = Gap(TEACHING, Outcome.REFUSED, "HTTP 403", NOW, timedelta(seconds=1))
    nothing = Account(TEACHING, received=0, shown=0, folded=0, superseded=0, withheld=0, unreadable=0)
    withheld = Account(TEACHING, received=2, shown=0, folded=0, superseded=0, withheld=2, unreadable=0)

    assert words.account(nothing, gap) == words.account(withheld, gap) == "not obtained: refused us"


def test_an_account_never_tells_how_much_is_withheld() -> None:
    some = words.account(Account(TEACHING, received=14, shown=9, folded=1, superseded=2, withheld=2, unreadable=0))
    none = words.account(Account(TEACHING, received=12, shown=9, folded=1, superseded=2, withheld=0, unreadable=0))

    assert some == none == "12 received = 9 shown + 1 copy + 2 earlier versions + 0 unreadable"


def test_a_time_to_the_minute_keeps_its_own_day() -> None:
    assert words.day_key(at("2026-07-01 23:30")) == "2026-07-02"
