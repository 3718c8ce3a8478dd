"""Each rule finds what it is for, leaves the ordinary alone, and changes its mind exactly at its threshold."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.entries import (
    AGNES,
    AMINA,
    KOFI,
    NOON,
    PRIYA,
    ROSE,
    SALT,
    WALTER,
    WALTERS_HOME,
    a_member,
    a_record,
    at,
    facts,
)
from viewer.access.access_event import About, Event
from viewer.audit.entry import Record
from viewer.audit.patterns import Memory
from viewer.audit.review import Facts, Rule, Thresholds, mark, not_judged, on_entry, spelt, why_no_reason

NOTHING = Facts()
GIVEN = Thresholds()


def rules(record: Record, known: Facts = NOTHING, thresholds: Thresholds = GIVEN) -> set[Rule]:
    return {finding.rule for finding in on_entry(record, known, thresholds)}


def why(rule: Rule, record: Record, known: Facts = NOTHING) -> str:
    (said,) = [finding.why for finding in on_entry(record, known, GIVEN) if finding.rule is rule]
    return said


def patterns(records: Iterable[Record], thresholds: Thresholds = GIVEN) -> list[tuple[int, Rule, str]]:
    memory = Memory(thresholds)
    return [
        (number, found.rule, found.why) for number, record in enumerate(records) for found in memory.on_entry(record)
    ]


def found_first(records: Iterable[Record], rule: Rule, thresholds: Thresholds = GIVEN) -> int | None:
    """Return at which entry, from 1, the rule first found something."""
    return next((number + 1 for number, found, _ in patterns(records, thresholds) if found is rule), None)


def test_an_ordinary_look_borne_out_by_an_encounter_is_nothing_to_look_at() -> None:
    assert rules(a_record(), facts(a_member(), vips=(AGNES,))) == set()


# ── Who the patient is to the person ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"number": mark(SALT, WALTER)}, {Rule.OWN_RECORD}),
        ({"postcode": "s102jf", "address": "4oakstreet"}, {Rule.SAME_ADDRESS}),
        ({"postcode": "s102jf", "address": "4oakstreet", "family": "hargreaves"}, {Rule.SAME_ADDRESS}),
        ({"postcode": "s102jf", "family": "hargreaves"}, {Rule.SURNAME_AND_POSTCODE}),
        ({"postcode": "s102jf", "address": "6oakstreet"}, {Rule.NEIGHBOUR}),
        ({"postcode": "s102jf", "address": ""}, set()),  # nobody knows whether it is another address
        ({"postcode": "s102jg", "family": "hargreaves"}, set()),
        ({"postcode": "", "family": "hargreaves"}, set()),
        ({}, set()),
    ],
)
def test_the_closest_relation_to_the_patient_is_found(member: dict[str, str], expected: set[Rule]) -> None:
    assert rules(a_record(), facts(a_member(**member))) == expected


def test_spaces_commas_and_case_make_no_address_another() -> None:
    home = replace(WALTERS_HOME, postcode="s102jf", address="4, OAK STREET")

    assert rules(a_record(about=home), facts(a_member(postcode="s102jf", address=spelt("4 Oak Street")))) == {
        Rule.SAME_ADDRESS
    }


def test_a_colleague_of_the_same_department_is_found_and_of_another_is_not() -> None:
    walter = a_member(user_id="u-walter", number=mark(SALT, WALTER))

    assert rules(a_record(), facts(a_member(), walter)) == {Rule.COLLEAGUE}
    assert rules(a_record(), facts(a_member(), replace(walter, department="renal unit"))) == set()
    assert rules(a_record(), facts(replace(a_member(), department=""), replace(walter, department=""))) == set()


def test_a_patient_on_the_list_of_people_to_watch_is_found_whoever_looks() -> None:
    watched = facts(a_member(), vips=(WALTER,))

    assert rules(a_record(), watched) == {Rule.VIP}
    assert rules(a_record(who=KOFI, claim="registered"), watched) == {Rule.VIP}
    assert rules(a_record(nhs_number=ROSE), facts(vips=(WALTER,))) == set()


def test_an_officer_who_searches_the_ledger_for_themselves_is_found() -> None:
    own = facts(a_member(user_id=PRIYA.user_id))

    searched = a_record(Event.LEDGER_SEARCHED, who=PRIYA, nhs_number=ROSE, claim="", about=About(), outcome="shown")
    other = a_record(Event.LEDGER_SEARCHED, who=PRIYA, nhs_number=WALTER, claim="", about=About(), outcome="shown")

    assert rules(searched, own) == {Rule.OWN_RECORD}
    assert rules(other, own) == set()


def test_being_listed_by_a_name_is_no_look_and_by_a_typed_number_it_is() -> None:
    own = facts(a_member(number=mark(SALT, WALTER)))

    listed = {"event": Event.FIND_SHOWN, "claim": "", "proof": "", "reason": "", "outcome": "listed"}
    assert rules(a_record(**listed, asked_for="surname, date of birth"), own) == set()
    assert rules(a_record(**listed, asked_for="NHS number"), own) == {Rule.OWN_RECORD}


def test_no_reason_repeats_a_name_a_number_or_an_address() -> None:
    known = facts(a_member(number=mark(SALT, WALTER)), vips=(WALTER,))
    record = a_record(about=replace(WALTERS_HOME, restricted=True, died="2020-01-01"), proof="", reason="")

    said = " ".join(finding.why for finding in on_entry(record, known, GIVEN))

    assert said
    assert not [word for word in ("Hargreaves", "HARGREAVES", WALTER, "S10", "Oak", "1944") if word in said]


# ── What the patient is ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("died", "found"),
    [
        ("2026-10-22", False),  # 30 days before
        ("2026-10-21", True),  # 31
        ("2026-10-21T23:30:00+00:00", True),
        ("2026-10", False),  # perhaps on its last day: 21 days before
        ("2026-09", True),
        ("2026", False),
        ("2025", True),
        ("yes", True),  # when is not known
        ("", False),
    ],
)
def test_a_look_more_than_thirty_days_after_death_is_found(died: str, found: bool) -> None:
    assert rules(a_record(about=replace(WALTERS_HOME, died=died))) == ({Rule.DECEASED} if found else set())


def test_a_restricted_record_is_found_whether_it_was_shown_or_refused() -> None:
    restricted = About(restricted=True)

    assert rules(a_record(about=restricted)) == {Rule.RESTRICTED}
    assert rules(a_record(Event.REFUSED, outcome="refused", about=restricted)) == {Rule.RESTRICTED}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"claim": "registered"}, False),
        ({"claim": "registered", "about": replace(WALTERS_HOME, practice="Y99002")}, False),  # let in: another's matter
        ({"event": Event.REFUSED, "claim": "registered", "outcome": "refused"}, False),  # for another reason
        (
            {"event": Event.REFUSED, "claim": "registered", "outcome": "refused", "about": About(practice="Y99002")},
            True,
        ),
        ({"event": Event.REFUSED, "claim": "registered", "outcome": "refused", "about": About()}, True),
        ({"event": Event.GLASS_BROKEN, "claim": "break-glass", "about": About(practice="Y99002")}, True),
        ({"event": Event.GLASS_BROKEN, "claim": "break-glass"}, False),
        (
            {
                "event": Event.REFUSED,
                "claim": "registered",
                "outcome": "refused",
                "about": About(practice="Y99002"),
                "who": AMINA,
            },
            False,
        ),
    ],
)
def test_a_gp_who_went_for_a_patient_of_another_practice_is_found(changes: dict[str, object], found: bool) -> None:
    record = a_record(**({"who": KOFI, "outcome": "opened"} | changes))

    assert (Rule.NOT_REGISTERED in rules(record)) is found


# ── Break-glass, and relationships that were only said ───────────────────────────────────────────


@pytest.mark.parametrize("claim", ["in-department", "under-my-care"])
def test_a_relationship_that_was_only_said_always_alerts_and_one_borne_out_never(claim: str) -> None:
    assert rules(a_record(claim=claim, proof="")) == {Rule.SELF_CLAIMED}
    assert rules(a_record(claim=claim, proof="", reason="")) == {Rule.SELF_CLAIMED, Rule.MISSING_REASON}
    assert rules(a_record(claim=claim, reason="")) == set()
    assert rules(a_record(Event.REFUSED, claim=claim, proof="", outcome="refused")) == set()


def test_breaking_the_glass_always_alerts_however_good_the_reason() -> None:
    record = a_record(Event.GLASS_BROKEN, claim="break-glass", reason="unconscious after a road accident")

    assert rules(record) == {Rule.BREAK_GLASS}
    assert rules(a_record(Event.REFUSED, claim="break-glass", outcome="refused")) == set()


def keys(records: Iterable[Record], rule: Rule = Rule.BREAK_GLASS) -> list[str]:
    """Return the keys of the alerts that each record is joined to, in both passes over the log."""
    memory = Memory(GIVEN)
    return [
        found.key
        for record in records
        for found in {one.key: one for one in (*on_entry(record, NOTHING, GIVEN), *memory.on_entry(record))}.values()
        if found.rule is rule
    ]


def behind(minutes: int, event: Event = Event.RESULTS_SHOWN, **changes: object) -> Record:
    told = {"claim": "break-glass", "proof": "", "reason": "unconscious, no relatives", "outcome": "shown"}
    return a_record(event, at=NOON + timedelta(minutes=minutes), **(told | changes))


def test_each_breaking_of_the_glass_is_an_alert_of_its_own_with_what_was_done_behind_it() -> None:
    first, seen, second, again = keys(
        [
            behind(0, Event.GLASS_BROKEN, view="a"),
            behind(5, view="b"),
            behind(20, Event.GLASS_BROKEN, view="c"),
            behind(35, view="d"),
        ]
    )

    assert first == seen
    assert second == again
    assert first != second


def test_a_look_behind_a_glass_that_the_log_does_not_hold_is_an_alert_that_says_so() -> None:
    (found,) = [why for _, rule, why in patterns([behind(0)]) if rule is Rule.BREAK_GLASS]
    late = keys([behind(0, Event.GLASS_BROKEN), behind(17)])

    assert "the log holds no breaking of it" in found
    assert len(set(late)) == 2


def test_to_be_listed_before_the_glass_is_broken_is_no_use_of_break_glass() -> None:
    assert keys([behind(0, Event.FIND_SHOWN, outcome="listed")]) == []


@pytest.mark.parametrize(
    ("before", "needless"),
    [
        ({"hours": 3}, True),
        ({"hours": 24}, True),
        ({"hours": 25}, False),
        ({"hours": 3, "who": KOFI}, False),
        ({"hours": 3, "nhs_number": ROSE}, False),
        ({"hours": 3, "proof": ""}, False),
        ({"hours": 3, "outcome": "refused"}, False),
    ],
)
def test_the_alert_says_when_the_same_person_had_the_patient_open_by_another_way_within_a_day(
    before: dict[str, object], needless: bool
) -> None:
    hours = before.pop("hours")
    opened = a_record(at=NOON - timedelta(hours=hours), **before)  # type: ignore[arg-type]
    said = [why for _, rule, why in patterns([opened, behind(0, Event.GLASS_BROKEN)]) if rule is Rule.BREAK_GLASS]

    assert len(said) == 1
    assert ("“in my department now”, borne out by an encounter" in said[0]) is needless


def test_words_that_are_no_reason_are_found_beside_every_claim_and_quoted() -> None:
    weak = {"claim": "in-department", "reason": "asdf asdf"}

    assert "The reason given, “asdf asdf”, is too short" in why(Rule.MISSING_REASON, a_record(**weak, proof=""))
    assert "“asdf asdf”, is one word over and over" in why(Rule.MISSING_REASON, a_record(**weak))
    assert rules(a_record(claim="registered", reason="asdf asdf", who=KOFI, proof="PDS")) == {Rule.MISSING_REASON}
    assert rules(a_record(claim="in-department", reason="PE")) == set()
    assert "“## now now now”" in why(Rule.MISSING_REASON, a_record(reason="12 now now now", proof=""))


def test_a_relationship_is_named_in_the_words_that_were_chosen() -> None:
    assert "“in my department now” was only said" in why(Rule.SELF_CLAIMED, a_record(proof=""))
    assert "“under my care” was only said" in why(Rule.SELF_CLAIMED, a_record(claim="under-my-care", proof=""))


def test_what_was_tried_and_then_seen_is_said_to_be_seen() -> None:
    hidden = {"about": About(restricted=True)}
    tried, seen = (
        next(found for found in on_entry(record, NOTHING, GIVEN) if found.rule is Rule.RESTRICTED)
        for record in (a_record(Event.REFUSED, outcome="refused", **hidden), a_record(**hidden))
    )

    assert tried.key == seen.key
    assert not tried.restates
    assert seen.restates
    assert seen.why.startswith("Looked at")


def test_often_names_every_glass_of_the_pattern() -> None:
    memory = Memory(GIVEN)
    glasses = [glass(WALTER, 0), glass(ROSE, 1), glass(AGNES, 2)]

    found = [one for seq, record in enumerate(glasses, 11) for one in memory.on_entry(record, seq)]

    assert [one.also for one in found if one.rule is Rule.BREAK_GLASS_OFTEN] == [(11, 12)]


def test_a_broken_glass_without_words_has_no_reason_and_with_poor_ones_no_real_reason() -> None:
    broken = {"event": Event.GLASS_BROKEN, "claim": "break-glass", "proof": ""}

    assert rules(a_record(**broken, reason=" ")) == {Rule.BREAK_GLASS, Rule.MISSING_REASON}
    assert rules(a_record(**broken, reason="asdf")) == {Rule.BREAK_GLASS, Rule.BREAK_GLASS_REASON}


@pytest.mark.parametrize(
    "reason",
    [
        "unconscious after a road accident",
        "NSTEMI, needs old troponin",
        "were you able to see the property",
        "COPD exacerbation, DNACPR?",
        "sepsis six",
        "paracetamol overdose",
        "rhythm strips needed",
        "strengths of warfarin",
    ],
)
def test_words_that_a_clinician_may_write_are_taken_for_a_reason(reason: str) -> None:
    assert why_no_reason(reason, 9) == ""


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        ("help", "too short"),
        ("", "too short"),
        ("1234567890123", "too short"),
        ("aaaaaaaaaaaa", "same few letters"),
        ("ababababababab", "same few letters"),
        ("emergency emergency", "one word"),
        ("asdfasdfasdf", "struck at random"),
        ("qwertyuiop", "struck at random"),
        ("lkjhgfdsa lkjhg", "struck at random"),
        ("sdfkj sdkfjh wlkrt", "struck at random"),
        ("poiuy mnbvc now", "struck at random"),
    ],
)
def test_words_that_are_no_reason_are_told_apart(reason: str, because: str) -> None:
    assert because in why_no_reason(reason, 10)


def test_the_border_of_too_short_is_the_threshold() -> None:
    assert why_no_reason("sepsis two", 9) == ""
    assert "9 letters, where 10" in why_no_reason("sepsis two", 10)


def glass(number: str, day: int, reason: str = "unconscious, no relatives") -> Record:
    return a_record(
        Event.GLASS_BROKEN, claim="break-glass", nhs_number=number, reason=reason, at=NOON + timedelta(days=day)
    )


def test_the_third_glass_in_the_window_is_often_and_one_that_left_it_counts_no_more() -> None:
    assert found_first([glass(WALTER, 0), glass(ROSE, 1), glass(AGNES, 28)], Rule.BREAK_GLASS_OFTEN) == 3
    assert found_first([glass(WALTER, 0), glass(ROSE, 1), glass(AGNES, 29)], Rule.BREAK_GLASS_OFTEN) is None


def test_the_same_words_for_a_third_patient_are_no_reason() -> None:
    same = [glass(WALTER, 0, "As discussed."), glass(ROSE, 1, "as  discussed"), glass(AGNES, 2, "AS DISCUSSED")]
    one_patient = [glass(WALTER, day, "As discussed.") for day in range(3)]

    assert found_first(same, Rule.BREAK_GLASS_REASON) == 3
    assert found_first(one_patient, Rule.BREAK_GLASS_REASON) is None


# ── Patterns ─────────────────────────────────────────────────────────────────────────────────────


def search(number: str, seconds: int = 0) -> Record:
    return a_record(
        Event.FIND_ASKED, nhs_number=number, claim="", patient="", outcome="asked", at=NOON + timedelta(seconds=seconds)
    )


def numbers(first: int, count: int, step: int) -> list[str]:
    return [f"{first + step * turn:09d}0" for turn in range(count)]  # the check digit is left out of the rule


def test_the_fifth_number_that_follows_the_others_is_searching_along() -> None:
    along = [search(number, 60 * turn) for turn, number in enumerate(numbers(999_000_000, 5, 50))]
    apart = [search(number, 60 * turn) for turn, number in enumerate(numbers(999_000_000, 9, 51))]
    slowly = [search(number, 900 * turn) for turn, number in enumerate(numbers(999_000_000, 9, 1))]

    assert found_first(along, Rule.ENUMERATION) == 5
    assert found_first(apart, Rule.ENUMERATION) is None
    assert found_first(slowly, Rule.ENUMERATION) is None  # never five within the hour


def test_searching_one_number_again_and_again_is_not_searching_along() -> None:
    assert found_first([search(WALTER, turn) for turn in range(20)], Rule.ENUMERATION) is None


def test_thirty_searches_of_which_few_are_opened_are_searching_along() -> None:
    spread = [search(f"{999_000_000 + 1000 * turn:09d}0", 60 * turn) for turn in range(30)]
    opened = [a_record(at=NOON + timedelta(seconds=60 * turn + 1)) for turn in range(4)]
    among = sorted([*spread, *opened], key=lambda one: one.at)

    assert found_first(spread[:29], Rule.ENUMERATION) is None
    assert found_first(spread, Rule.ENUMERATION) == 30
    assert found_first(among, Rule.ENUMERATION) is None  # 4 of 30 are more than 10 %


def test_the_fifth_refusal_of_a_day_is_found_and_midnight_in_london_begins_anew() -> None:
    def refusal(minute: int) -> Record:
        return a_record(Event.REFUSED, outcome="refused", at=at("2026-11-21 23:30") + timedelta(minutes=minute))

    assert found_first([refusal(minute) for minute in range(5)], Rule.REFUSALS) == 5
    assert found_first([refusal(10 * turn) for turn in range(5)], Rule.REFUSALS) is None


def test_the_tenth_print_or_export_of_a_day_is_found() -> None:
    sent = [a_record(Event.PRINTED if turn % 2 else Event.EXPORTED, outcome="exported") for turn in range(10)]

    assert found_first(sent, Rule.EXPORTS) == 10
    assert found_first(sent[:9], Rule.EXPORTS) is None


def looks(who: str, day: int, count: int) -> list[Record]:
    clinician = replace(AMINA, user_id=who)
    return [
        a_record(who=clinician, nhs_number=f"{day:03d}{turn:07d}", at=NOON + timedelta(days=day, seconds=turn))
        for turn in range(count)
    ]


def test_a_day_of_three_times_as_many_patients_as_peers_is_found() -> None:
    peers = [look for day in range(20) for peer in "abcdef" for look in looks(peer, day, 12)]

    assert found_first([*peers, *looks("x", 20, 36)], Rule.VOLUME) == len(peers) + 36
    assert found_first([*peers, *looks("x", 20, 35)], Rule.VOLUME) is None
    (said,) = [text for _, rule, text in patterns([*peers, *looks("x", 20, 36)]) if rule is Rule.VOLUME]
    assert said == (
        "Looked at 36 patients in a day; half of the days of peers (the same role and organisation, 120 days) "
        "had 12 or fewer, and 36 are looked at."
    )


def test_without_enough_peers_only_very_many_patients_are_found() -> None:
    assert found_first(looks("x", 0, 100), Rule.VOLUME) == 100
    assert found_first(looks("x", 0, 99), Rule.VOLUME) is None


def test_looking_at_one_patient_all_day_is_one_patient() -> None:
    assert found_first([a_record() for _ in range(300)], Rule.VOLUME) is None


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("2026-11-20 06:59", True),
        ("2026-11-20 07:00", False),
        ("2026-11-20 19:59", False),
        ("2026-11-20 20:00", True),
        ("2026-11-21 12:00", True),  # Saturday
    ],
)
def test_a_gp_outside_office_hours_is_found(when: str, found: bool) -> None:
    assert found_first([a_record(who=KOFI, at=at(when))], Rule.OUT_OF_HOURS) == (1 if found else None)


def test_office_hours_are_of_london_in_summer_too() -> None:
    assert found_first([a_record(who=KOFI, at=at("2026-07-01 06:30"))], Rule.OUT_OF_HOURS) is None  # half past seven


def worked(days: int, hour: int = 9) -> list[Record]:
    return [a_record(at=datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=day)) for day in range(days)]


@pytest.mark.parametrize(("hour", "found"), [(11, False), (12, True), (7, False), (6, True), (3, True)])
def test_an_hour_away_from_every_hour_worked_before_is_found(hour: int, found: bool) -> None:
    tonight = a_record(at=datetime(2026, 11, 11, hour, tzinfo=UTC))

    assert found_first([*worked(10), tonight], Rule.OUT_OF_HOURS) == (11 if found else None)
    assert found_first([*worked(9), tonight], Rule.OUT_OF_HOURS) is None  # too little is known


def test_one_night_on_call_makes_no_night_usual_and_two_do() -> None:
    night = a_record(at=datetime(2026, 11, 11, 3, tzinfo=UTC))
    again, third = (a_record(at=datetime(2026, 11, day, 3, tzinfo=UTC)) for day in (13, 15))

    found = [number for number, rule, _ in patterns([*worked(10), night, again, third]) if rule is Rule.OUT_OF_HOURS]

    assert found == [10, 11]


def test_habits_reach_around_midnight() -> None:
    night = [*worked(10, 23), a_record(at=datetime(2026, 11, 12, 1, tzinfo=UTC))]

    assert found_first(night, Rule.OUT_OF_HOURS) is None


# ── What cannot be judged ────────────────────────────────────────────────────────────────────────


def test_without_a_staff_file_it_is_said_which_rules_cannot_be_judged() -> None:
    (staff, _), (vip, because) = not_judged(NOTHING, "RHQ")

    assert Rule.OWN_RECORD in staff
    assert vip == (Rule.VIP,)
    assert because == "there is no staff file for RHQ, so no list of people to watch of its own"


def test_what_a_staff_file_leaves_out_is_said_with_its_figures() -> None:
    partly = facts(a_member(), a_member(user_id="u-2", number="", department=""), vips=(WALTER,))

    assert [(found, because) for found, because in not_judged(partly, "RHQ")] == [
        ((Rule.OWN_RECORD,), "1 of 2 staff in the file of RHQ have no NHS number there"),
        ((Rule.COLLEAGUE,), "1 of 2 staff in the file of RHQ have no department there"),
    ]
    assert not_judged(facts(a_member(), vips=(WALTER,)), "RHQ") == ()


# ── One alert, not a hundred; and the same in pieces ─────────────────────────────────────────────


def test_one_person_one_patient_one_day_and_one_rule_have_one_key() -> None:
    def key(**changes: object) -> str:
        (found,) = on_entry(a_record(proof="", **changes), NOTHING, GIVEN)
        return found.key

    assert key() == key(event=Event.RESULTS_SHOWN, view="another", at=NOON + timedelta(hours=3))
    assert (
        len({key(), key(nhs_number=ROSE), key(who=replace(AMINA, user_id="u-2")), key(at=at("2026-11-22 12:00"))}) == 4
    )
    assert WALTER not in key()


def some_traffic(seed: int, count: int) -> list[Record]:
    """Return entries of a few busy people over sixty days, in order, with everything that patterns count."""
    draw = random.Random(seed)
    now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    people = [replace(AMINA, user_id=f"u-{turn}") for turn in range(4)] + [KOFI, PRIYA]
    records = []
    for _ in range(count):
        now += timedelta(minutes=draw.choice([1, 1, 2, 5, 40, 300, 900]))
        event = draw.choice(
            [Event.FIND_ASKED, Event.PATIENT_OPENED, Event.PATIENT_OPENED, Event.GLASS_BROKEN, Event.REFUSED,
             Event.PRINTED, Event.LEDGER_SEARCHED]
        )  # fmt: skip
        outcome = {Event.REFUSED: "refused", Event.FIND_ASKED: "asked"}.get(event, "opened")
        number = f"{999_000_000 + draw.randrange(30):09d}0"
        reason = draw.choice(["as discussed", "unconscious"])
        records.append(
            a_record(event, who=draw.choice(people), nhs_number=number, outcome=outcome, at=now, reason=reason)
        )
    return records


SENSITIVE = Thresholds(
    volume_at_least=2, volume_factor=1, peer_days=5, volume_without_peers=4, habit_days=3, refusals=2, exports=2,
    searches=2, sequential=2, window_days=7,
)  # fmt: skip


@given(st.integers(0, 2**32), st.data())
def test_a_sweep_taken_up_from_the_days_of_the_window_finds_what_a_whole_sweep_finds(
    seed: int, data: st.DataObject
) -> None:
    records = some_traffic(seed, 120)
    cut = data.draw(st.integers(0, len(records)))
    whole = Memory(SENSITIVE)
    expected = [list(whole.on_entry(record)) for record in records][cut:]

    taken_up = Memory(SENSITIVE)
    oldest = datetime.fromisoformat(records[cut - 1].at) - timedelta(days=SENSITIVE.window_days + 2) if cut else None
    for record in records[:cut]:
        if oldest is None or datetime.fromisoformat(record.at) >= oldest:
            list(taken_up.on_entry(record))

    assert [list(taken_up.on_entry(record)) for record in records[cut:]] == expected
