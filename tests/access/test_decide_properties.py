"""Whatever the agreements say: taking something away never widens access, and no rule is got round."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answer import Kind
from tests.access.builders import (
    BARNSLEY,
    CHILDRENS,
    GLASS,
    GUMPCR,
    ROTHERHAM,
    SEXUAL_HEALTH,
    STD,
    TEACHING,
    a_gp,
    a_person,
    a_record,
    a_report,
    a_result,
    binds,
    somebody,
)
from viewer.access.agreement import Agreement, Clause, Narrowing, Revocation, Signature
from viewer.access.clinician import Clinician, Role
from viewer.access.decide import RESULT_KINDS, may_ask, may_open, may_see
from viewer.access.relationship import Claim, Purpose, Relationship, relationships_open_to
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.clinical.report import Code

TRUSTS = (ROTHERHAM, CHILDRENS, TEACHING, BARNSLEY)


def rules_on(day: date, narrowings: Sequence[Narrowing], *agreements: Agreement) -> Rules:
    return Rules(agreements, tuple(narrowings), day, datetime.combine(day, time(12), UTC))


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def some_of(values: object) -> st.SearchStrategy[frozenset[object]]:
    return st.frozensets(st.sampled_from(list(values)), min_size=1)  # type: ignore[call-overload]


CLAUSES = st.builds(
    Clause,
    number=st.sampled_from(["1", "2", "3"]),
    text=st.just("…"),
    roles=some_of(Role),
    purposes=some_of(Purpose),
    claims=some_of(Claim),
    kinds=some_of(Kind),
)
EVERYTHING = Clause("9", "…", frozenset(Role), frozenset(Purpose), frozenset(Claim), frozenset(Kind))
SIGNATURES = st.builds(Signature, st.sampled_from([trust.name for trust in TRUSTS]), DAYS)
EVERYBODY = tuple(Signature(trust.name, date(2025, 12, 1)) for trust in TRUSTS)


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """Half of them as wide as can be, so that a yes is as common as a no."""
    starts = draw(DAYS)
    wide = draw(st.booleans())
    return Agreement(
        name="one",
        title="One",
        short="ONE",
        parties=TRUSTS if wide else tuple(draw(st.lists(st.sampled_from(TRUSTS), unique=True))),
        practices=draw(st.frozensets(st.sampled_from(["Y99001", "Y99002"]))),
        starts=starts,
        ends=starts + timedelta(days=draw(st.integers(0, 200))),
        clauses=(*draw(st.lists(CLAUSES, max_size=2)), *([EVERYTHING] if wide else [])),
        never_shared=draw(st.sampled_from([(), (SEXUAL_HEALTH,)])),
        signatures=EVERYBODY if wide else tuple(draw(st.lists(SIGNATURES, max_size=5))),
    )


PEOPLE = st.one_of(
    st.builds(
        lambda role, trust: somebody(role, trust.ods, trust.title),
        st.sampled_from([Role.CONSULTANT, Role.CLINICIAN, Role.IG_OFFICER]),
        st.sampled_from(TRUSTS),
    ),
    st.builds(a_gp, st.sampled_from(["Y99001", "Y99002"])),
)
ANY_RELATIONSHIP = st.builds(Relationship, st.sampled_from(Purpose), st.sampled_from(Claim))
NARROWINGS = st.lists(
    st.builds(
        Narrowing,
        st.sampled_from([trust.name for trust in TRUSTS]),
        st.frozensets(st.sampled_from(Kind)),
        st.sampled_from([(), (SEXUAL_HEALTH,)]),
    ),
    max_size=1,
).map(tuple)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Clinician, Relationship, str, Kind, Agreement, date]:
    """Somebody asks on a day near the agreement's own, mostly for what their role may state."""
    agreement, who = draw(agreements()), draw(PEOPLE)
    open_to_role = [Relationship(*pair) for pair in relationships_open_to(who.role)]
    fitting = st.sampled_from(open_to_role) if open_to_role else ANY_RELATIONSHIP
    lasts = (agreement.ends - agreement.starts).days
    day = agreement.starts + timedelta(days=draw(st.one_of(st.integers(0, lasts), st.integers(-2, lasts + 2))))
    relationship = draw(st.one_of(fitting, fitting, ANY_RELATIONSHIP))
    return who, relationship, draw(st.sampled_from(TRUSTS)).name, draw(st.sampled_from(Kind)), agreement, day


@given(questions(), NARROWINGS)
def test_nothing_is_allowed_outside_the_days_of_the_agreement(question, narrowings) -> None:
    who, relationship, trust, kind, agreement, day = question

    decision = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, agreement))

    assert not decision.allowed or agreement.starts <= day <= agreement.ends


@given(questions(), NARROWINGS)
def test_a_yes_has_a_signature_on_both_sides_and_names_its_clause(question, narrowings) -> None:
    who, relationship, trust, kind, agreement, day = question

    decision = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, agreement))

    assert decision.because
    if decision.allowed:
        own = agreement.party_at(who.organisation.ods)
        assert binds(agreement, trust, day)
        assert who.organisation.ods in agreement.practices if who.role is Role.GP else binds(agreement, own.name, day)
        assert (decision.clause.removeprefix("ONE cl. "), decision.agreement) in {
            (clause.number, "one") for clause in agreement.clauses
        }


def smaller(agreement: Agreement) -> st.SearchStrategy[Agreement]:
    """The agreement with one thing less: a signature, a party, a practice, a clause, a word of a clause, a day."""
    less = [
        *(replace(agreement, signatures=without(agreement.signatures, one)) for one in agreement.signatures),
        *(replace(agreement, parties=without(agreement.parties, one)) for one in agreement.parties),
        *(replace(agreement, practices=agreement.practices - {one}) for one in agreement.practices),
        *(replace(agreement, clauses=without(agreement.clauses, one)) for one in agreement.clauses),
        *(replace(agreement, clauses=changed(agreement.clauses, i)) for i in range(4 * len(agreement.clauses))),
        replace(agreement, starts=agreement.starts + timedelta(days=1)),
        replace(agreement, ends=agreement.ends - timedelta(days=1)),
    ]
    return st.sampled_from(less)


def without(values: tuple, one: object) -> tuple:
    return tuple(value for value in values if value != one)


def changed(clauses: tuple[Clause, ...], which: int) -> tuple[Clause, ...]:
    """Take one word out of one list of one clause."""
    number, part = divmod(which, 4)
    clause = clauses[number]
    name = ("roles", "purposes", "claims", "kinds")[part]
    fewer = frozenset(sorted(getattr(clause, name))[1:])
    return (*clauses[:number], replace(clause, **{name: fewer}), *clauses[number + 1 :])


@settings(max_examples=300)
@given(questions(), NARROWINGS, st.data())
def test_taking_anything_away_from_an_agreement_never_lets_more_be_asked(question, narrowings, data) -> None:
    who, relationship, trust, kind, agreement, day = question
    less = data.draw(smaller(agreement))

    before = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, agreement))
    after = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, less))

    assert before.allowed or not after.allowed


@given(questions(), NARROWINGS, st.frozensets(st.sampled_from(Kind)))
def test_narrowing_a_trust_never_lets_more_be_asked(question, narrowings, shares) -> None:
    who, relationship, trust, kind, agreement, day = question
    narrower = (*narrowings, Narrowing(trust, shares))

    before = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, agreement))
    after = may_ask(who, relationship, trust, kind, rules_on(day, narrower, agreement))

    assert before.allowed or not after.allowed
    assert not after.allowed or kind in shares


SUCCESSORS = st.builds(
    lambda agreement, supersedes, revoked: replace(
        agreement, name="two", short="TWO", supersedes=supersedes, revoked=revoked
    ),
    agreements(),
    st.sampled_from([frozenset({"one"}), frozenset[str]()]),
    st.one_of(st.none(), st.builds(Revocation, DAYS, st.just("…"))),
)


@st.composite
def ends_of(draw: st.DrawFn, agreement: Agreement) -> Agreement:
    """The agreement ended sooner, revoked, or no longer to be read."""
    day = draw(DAYS)
    return draw(
        st.sampled_from(
            [
                replace(agreement, ends=min(agreement.ends, day)),
                replace(
                    agreement, revoked=Revocation(min(day, agreement.revoked.on if agreement.revoked else day), "…")
                ),
                replace(agreement, superseded_by="THREE"),
            ]
        )
    )


@settings(max_examples=300)
@given(questions(), NARROWINGS, SUCCESSORS, st.data())
def test_an_end_of_sharing_widens_nothing(question, narrowings, successor, data) -> None:
    """Whichever of two agreements ends, however it ends: what was no stays no, under either."""
    who, relationship, trust, kind, agreement, day = question
    which = data.draw(st.booleans())
    ended = data.draw(ends_of(successor if which else agreement))
    after = (agreement, ended) if which else (ended, successor)

    before = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, agreement, successor))
    afterwards = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, *after))

    assert before.allowed or not afterwards.allowed


@given(questions(), NARROWINGS)
def test_a_signature_that_is_none_is_as_good_as_no_signature(question, narrowings) -> None:
    who, relationship, trust, kind, agreement, day = question
    spoilt = tuple(replace(one, problem="it does not verify") for one in agreement.signatures)

    with_them = may_ask(
        who, relationship, trust, kind, rules_on(day, narrowings, replace(agreement, signatures=spoilt))
    )
    without = may_ask(who, relationship, trust, kind, rules_on(day, narrowings, replace(agreement, signatures=())))

    assert with_them == without
    assert not without.allowed


STANDINGS = st.builds(
    Standing, st.booleans(), st.one_of(st.none(), st.builds(PdsWord, st.sampled_from(["Y99001", ""]), st.booleans()))
)
PERSONS = st.builds(
    lambda records: a_person(*records),
    st.lists(
        st.builds(a_record, st.sampled_from(TRUSTS), st.sampled_from(["Y99001", "Y99002", ""]), st.booleans()),
        min_size=1,
        max_size=3,
    ),
)


@given(questions(), NARROWINGS, PERSONS, STANDINGS, st.booleans())
def test_a_dissent_or_a_mark_never_opens_anybody(question, narrowings, person, standing, pds) -> None:
    who, relationship, _, _, agreement, day = question
    rules = replace(rules_on(day, narrowings, agreement), pds=pds)
    marked = replace(person, records=(*person.records, a_record(restricted=True)))

    before = may_open(who, person, relationship, rules, standing)

    assert not may_open(who, person, relationship, rules, replace(standing, dissent=True)).allowed
    assert before.allowed or not may_open(who, marked, relationship, rules, standing).allowed


@given(questions(), NARROWINGS, PERSONS, STANDINGS, st.booleans())
def test_who_may_be_opened_could_have_been_asked_about_somewhere(question, narrowings, person, standing, pds) -> None:
    who, relationship, _, _, agreement, day = question
    rules = replace(rules_on(day, narrowings, agreement), pds=pds)

    opened = may_open(who, person, relationship, rules, standing)

    asked = (may_ask(who, relationship, trust.name, kind, rules).allowed for trust in TRUSTS for kind in RESULT_KINDS)
    assert not opened.allowed or any(asked)


@given(questions(), NARROWINGS, st.integers(-30, 30))
def test_a_glass_without_an_end_ahead_asks_for_nothing(question, narrowings, minutes) -> None:
    who, _, trust, kind, agreement, day = question
    rules = rules_on(day, narrowings, agreement)
    glass = replace(GLASS, since=rules.now, until=rules.now + timedelta(minutes=minutes))

    decision = may_ask(who, glass, trust, kind, rules)

    assert not decision.allowed or 0 < minutes <= 15


CODES = st.lists(st.sampled_from([GUMPCR, STD, Code("urn:x", "K"), Code("", "")]), max_size=3).map(tuple)
REPORTS = st.builds(
    lambda trust, own, label, inner: a_report(
        trust, codes=own, security=label, results=(a_result(a_result(codes=inner)),)
    ),
    st.sampled_from(TRUSTS),
    CODES,
    CODES,
    CODES,
)


@settings(max_examples=300)
@given(questions(), NARROWINGS, REPORTS, st.data())
def test_taking_anything_away_from_an_agreement_never_lets_more_be_seen(question, narrowings, report, data) -> None:
    who, relationship, _, _, agreement, day = question
    less = data.draw(smaller(agreement))

    before = may_see(who, relationship, [report], rules_on(day, narrowings, agreement))
    after = may_see(who, relationship, [report], rules_on(day, narrowings, less))

    assert before.allowed or not after.allowed


@given(questions(), NARROWINGS, REPORTS, REPORTS)
def test_what_is_folded_under_a_row_never_makes_it_easier_to_see(question, narrowings, report, copy) -> None:
    who, relationship, _, _, agreement, day = question

    alone = may_see(who, relationship, [report], rules_on(day, narrowings, agreement))
    folded = may_see(who, relationship, [report, copy], rules_on(day, narrowings, agreement))

    assert alone.allowed or not folded.allowed


@given(questions(), REPORTS)
def test_what_may_be_seen_could_have_been_asked_for(question, report) -> None:
    who, relationship, _, _, agreement, day = question

    seen = may_see(who, relationship, [report], rules_on(day, (), agreement))

    assert (
        not seen.allowed
        or may_ask(who, relationship, report.trust.name, report.kind, rules_on(day, (), agreement)).allowed
    )
