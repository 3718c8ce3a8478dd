"""Sign-ins that hold, on a real SQLite database, with a clock that goes when it is told to."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text

from sandbox.people import PEOPLE
from tests.identity.parts import ROLES, Clock, a_database, new_secret
from viewer.identity.claims import Person, read_person
from viewer.identity.session import Limits, Sessions
from viewer.identity.sign_in import Ended, SignIn
from viewer.store.session_tables import sign_in_kept, sign_in_sessions, sign_ins


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = a_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(database: Engine, clock: Clock) -> Sessions:
    return Sessions(database, clock, new_secret, Limits(timedelta(minutes=15), timedelta(hours=10)))


def a_person(user: str = "amina.farrell") -> Person:
    person = read_person({}, PEOPLE[user].userinfo(), ROLES)
    assert isinstance(person, Person)
    return person


class TestBeginning:
    def test_the_cookie_opens_the_sign_in(self, sessions: Sessions) -> None:
        cookie, begun = sessions.begin(a_person())

        assert sessions.read(cookie) == begun
        assert begun.clinician == a_person().active
        assert begun.choices == a_person().choices

    def test_it_says_when_and_how_strongly_the_person_proved_who_they_are(
        self, sessions: Sessions, clock: Clock
    ) -> None:
        cookie, begun = sessions.begin(a_person(), authenticated_at=clock(), acr="AAL3_ANY")

        assert (begun.authenticated_at, begun.acr) == (clock(), "AAL3_ANY")
        assert sessions.read(cookie) == begun

    def test_every_sign_in_has_a_cookie_a_reference_and_a_form_secret_of_its_own(self, sessions: Sessions) -> None:
        begun = [sessions.begin(a_person()) for _ in range(3)]

        assert len({cookie for cookie, _ in begun}) == 3
        assert len({sign_in.reference for _, sign_in in begun}) == 3
        assert len({sign_in.csrf for _, sign_in in begun}) == 3

    def test_the_reference_is_not_a_cookie(self, sessions: Sessions) -> None:
        _, begun = sessions.begin(a_person())

        assert sessions.read(begun.reference) is None

    def test_a_cookie_nobody_gave_opens_nothing(self, sessions: Sessions) -> None:
        sessions.begin(a_person())

        assert sessions.read(new_secret()) is None
        assert sessions.read("") is None

    def test_the_database_holds_the_hash_of_the_cookie_and_never_the_cookie(
        self, sessions: Sessions, database: Engine
    ) -> None:
        cookie, _ = sessions.begin(a_person())

        with database.connect() as connection:
            row = connection.execute(select(sign_ins)).one()
        assert row.key == sha256(cookie.encode()).hexdigest()
        assert cookie not in repr(tuple(row))

    def test_another_worker_sees_the_same(self, sessions: Sessions, database: Engine, clock: Clock) -> None:
        cookie, begun = sessions.begin(a_person())

        assert Sessions(database, clock, new_secret).read(cookie) == begun


class TestLimits:
    def test_it_ends_when_nothing_is_done_for_the_idle_limit(self, sessions: Sessions, clock: Clock) -> None:
        cookie, _ = sessions.begin(a_person())
        clock.passes(timedelta(minutes=15))

        assert sessions.read(cookie) is None
        assert sessions.why_ended(cookie) is Ended.IDLE

    def test_it_goes_on_while_something_is_done(self, sessions: Sessions, clock: Clock) -> None:
        cookie, _ = sessions.begin(a_person())
        for _ in range(20):
            clock.passes(timedelta(minutes=14))
            assert sessions.read(cookie) is not None

    def test_it_ends_at_the_absolute_limit_whatever_is_done(self, sessions: Sessions, clock: Clock) -> None:
        cookie, begun = sessions.begin(a_person())
        while clock() + timedelta(minutes=10) < begun.ends:
            clock.passes(timedelta(minutes=10))
            assert sessions.read(cookie) is not None
        clock.at = begun.ends

        assert sessions.read(cookie) is None
        assert sessions.why_ended(cookie) is Ended.TOO_LONG

    def test_a_clock_set_back_does_not_bring_it_back(self, sessions: Sessions, clock: Clock) -> None:
        cookie, begun = sessions.begin(a_person())
        clock.passes(timedelta(minutes=16))
        sessions.read(cookie)
        clock.at = begun.began

        assert sessions.read(cookie) is None

    def test_reading_writes_at_most_every_half_minute(self, sessions: Sessions, database: Engine, clock: Clock) -> None:
        cookie, _ = sessions.begin(a_person())
        written: list[str] = []
        event.listen(
            database, "before_cursor_execute", lambda *said: written.append(said[2]) if "UPDATE" in said[2] else None
        )

        for _ in range(60):
            clock.passes(timedelta(seconds=1))
            sessions.read(cookie)

        assert len(written) == 2

    def test_choosing_a_role_does_not_lengthen_it(self, sessions: Sessions, clock: Clock) -> None:
        person = a_person("sam.castellane")
        _, begun = sessions.begin(person)
        clock.passes(timedelta(minutes=5))

        chosen = sessions.choose(begun.reference, person.choices[0].role_profile)

        assert chosen is not None
        assert chosen[1].ends == begun.ends


class TestRoles:
    def test_choosing_a_role_changes_the_cookie_and_the_form_secret_and_keeps_the_reference(
        self, sessions: Sessions
    ) -> None:
        person = a_person("sam.castellane")
        before, begun = sessions.begin(person)

        chosen = sessions.choose(begun.reference, person.choices[2].role_profile)

        assert chosen is not None
        after, sign_in = chosen
        assert sign_in.clinician == person.choices[2]
        assert (sessions.read(before), sessions.read(after)) == (None, sign_in)
        assert sign_in.reference == begun.reference
        assert sign_in.csrf != begun.csrf

    @pytest.mark.parametrize("profile", ["", "555250711101", "' OR 1=1 --"])
    def test_nobody_chooses_a_role_that_is_not_theirs(self, sessions: Sessions, profile: str) -> None:
        cookie, begun = sessions.begin(a_person("sam.castellane"))

        assert sessions.choose(begun.reference, profile) is None
        assert sessions.read(cookie) == begun

    def test_nobody_chooses_a_role_in_a_sign_in_that_ended(self, sessions: Sessions) -> None:
        person = a_person("sam.castellane")
        _, begun = sessions.begin(person)
        sessions.end(begun.reference)

        assert sessions.choose(begun.reference, person.choices[0].role_profile) is None

    def test_what_was_kept_in_one_role_is_gone_in_another(self, sessions: Sessions) -> None:
        person = a_person("sam.castellane")
        _, begun = sessions.begin(person)
        sessions.keep(begun.reference, "Opened/a", b"patient")

        sessions.choose(begun.reference, person.choices[0].role_profile)

        assert sessions.kept(begun.reference, "Opened/a") is None


class TestSigningInAgain:
    def test_it_is_the_same_sign_in_under_a_fresh_cookie_with_all_it_kept(
        self, sessions: Sessions, clock: Clock
    ) -> None:
        before, begun = sessions.begin(a_person(), authenticated_at=clock(), acr="AAL2", subject="u1")
        sessions.keep(begun.reference, "Opened/a", b"patient")
        clock.passes(timedelta(minutes=5))

        renewed = renew(sessions, begun.reference, clock)

        assert renewed is not None
        after, sign_in = renewed
        assert (sign_in.authenticated_at, sign_in.acr) == (clock(), "AAL3_ANY")
        assert (sign_in.reference, sign_in.ends) == (begun.reference, begun.ends)
        assert sign_in.csrf != begun.csrf
        assert (sessions.read(before), sessions.read(after)) == (None, sign_in)
        assert sessions.kept(begun.reference, "Opened/a") == b"patient"
        assert sessions.subject(begun.reference) == "u1"

    def test_what_has_ended_is_not_renewed(self, sessions: Sessions, clock: Clock) -> None:
        _, begun = sessions.begin(a_person(), subject="u1")
        sessions.end(begun.reference)

        assert renew(sessions, begun.reference, clock) is None
        assert sessions.subject(begun.reference) == ""

    @pytest.mark.parametrize("sid", ["s1", "s2", "s3"])
    def test_the_end_of_any_session_it_was_proved_by_ends_it(
        self, sessions: Sessions, clock: Clock, sid: str, database: Engine
    ) -> None:
        _, begun = sessions.begin(a_person(), provider_session="s1")
        other, _ = sessions.begin(a_person(), provider_session="s9")
        for later in ("s2", "s3", "s3"):
            renew(sessions, begun.reference, clock, later)

        ended = sessions.end_by(sid=sid)

        assert [sign_in.reference for sign_in in ended] == [begun.reference]
        assert sessions.read(other) is not None
        with database.connect() as connection:
            assert connection.execute(select(sign_in_sessions)).all() == []

    def test_the_newest_token_is_the_hint_for_signing_out(self, sessions: Sessions, clock: Clock) -> None:
        _, begun = sessions.begin(a_person(), id_token="first")
        renew(sessions, begun.reference, clock)

        assert sessions.end(begun.reference) == "the newest"


class TestHolding:
    def test_it_holds_until_it_is_ended(self, sessions: Sessions) -> None:
        _, begun = sessions.begin(a_person())
        held = sessions.holds(begun.reference)

        sessions.end(begun.reference)

        assert (held, sessions.holds(begun.reference)) == (True, False)

    @pytest.mark.parametrize("span", [timedelta(minutes=15), timedelta(hours=10)])
    def test_it_does_not_hold_beyond_its_limits(self, sessions: Sessions, clock: Clock, span: timedelta) -> None:
        _, begun = sessions.begin(a_person())
        clock.passes(span)

        assert not sessions.holds(begun.reference)

    def test_nobody_knows_of_it(self, sessions: Sessions) -> None:
        assert not sessions.holds("")

    def test_asking_is_one_statement_that_writes_nothing(self, sessions: Sessions, database: Engine) -> None:
        _, begun = sessions.begin(a_person())
        said: list[str] = []
        event.listen(database, "before_cursor_execute", lambda *what: said.append(what[2]))

        sessions.holds(begun.reference)

        assert [statement.split()[0] for statement in said] == ["BEGIN", "SELECT"]


def renew(sessions: Sessions, reference: str, clock: Clock, sid: str = "s2") -> tuple[str, SignIn] | None:
    return sessions.renew(
        reference, authenticated_at=clock(), acr="AAL3_ANY", provider_session=sid, id_token="the newest"
    )


class TestEnding:
    def test_signing_out_ends_it_at_once_and_for_good(self, sessions: Sessions) -> None:
        cookie, begun = sessions.begin(a_person(), id_token="the-token")

        assert sessions.end(begun.reference) == "the-token"
        assert sessions.read(cookie) is None
        assert sessions.why_ended(cookie) is Ended.SIGNED_OUT

    def test_ending_twice_keeps_the_first_reason(self, sessions: Sessions) -> None:
        cookie, begun = sessions.begin(a_person(), id_token="the-token")
        sessions.end(begun.reference)

        assert sessions.end(begun.reference, Ended.REPLACED) == ""
        assert sessions.why_ended(cookie) is Ended.SIGNED_OUT

    def test_ending_forgets_what_was_kept_and_the_token(self, sessions: Sessions, database: Engine) -> None:
        _, begun = sessions.begin(a_person(), id_token="the-token")
        sessions.keep(begun.reference, "Opened/a", b"patient")

        sessions.end(begun.reference)

        with database.connect() as connection:
            assert connection.execute(select(sign_in_kept)).all() == []
            assert connection.execute(select(sign_ins.c.id_token)).scalar() == ""

    def test_a_request_still_at_work_when_its_sign_in_ends_keeps_nothing_any_more(
        self, sessions: Sessions, database: Engine
    ) -> None:
        _, begun = sessions.begin(a_person())
        sessions.end(begun.reference)

        sessions.keep(begun.reference, "Opened/a", b"patient")

        with database.connect() as connection:
            assert connection.execute(select(sign_in_kept)).all() == []

    def test_the_service_ends_one_of_its_sessions_and_no_other(self, sessions: Sessions) -> None:
        one, begun = sessions.begin(a_person(), subject="u1", provider_session="s1")
        other, _ = sessions.begin(a_person(), subject="u1", provider_session="s2")

        ended = sessions.end_by(sid="s1", sub="u1")

        assert [sign_in.reference for sign_in in ended] == [begun.reference]
        assert sessions.why_ended(one) is Ended.ELSEWHERE
        assert sessions.read(other) is not None

    def test_the_service_ends_all_of_a_person(self, sessions: Sessions) -> None:
        cookies = [sessions.begin(a_person(), subject="u1", provider_session=f"s{n}")[0] for n in range(3)]
        other, _ = sessions.begin(a_person("tom.whitlock"), subject="u2", provider_session="s9")

        assert len(sessions.end_by(sub="u1")) == 3
        assert [sessions.read(cookie) for cookie in cookies] == [None, None, None]
        assert sessions.read(other) is not None

    def test_ending_nobody_in_particular_ends_nobody(self, sessions: Sessions) -> None:
        cookie, _ = sessions.begin(a_person())  # came without a sid or sub

        assert sessions.end_by() == ()
        assert sessions.read(cookie) is not None

    def test_old_sign_ins_are_forgotten_in_time(self, sessions: Sessions, database: Engine, clock: Clock) -> None:
        _, begun = sessions.begin(a_person())
        sessions.keep(begun.reference, "Opened/a", b"patient")
        clock.passes(timedelta(days=2))

        sessions.begin(a_person())

        with database.connect() as connection:
            assert connection.execute(text("select count(*) from sign_ins")).scalar() == 1
            assert connection.execute(text("select count(*) from sign_in_kept")).scalar() == 0


class TestKeeping:
    def test_what_is_kept_comes_back_to_the_same_sign_in_alone(self, sessions: Sessions) -> None:
        _, mine = sessions.begin(a_person())
        _, theirs = sessions.begin(a_person("tom.whitlock"))

        sessions.keep(mine.reference, "Opened/a", b"\x00patient")

        assert sessions.kept(mine.reference, "Opened/a") == b"\x00patient"
        assert sessions.kept(theirs.reference, "Opened/a") is None

    def test_names_come_newest_first(self, sessions: Sessions) -> None:
        _, mine = sessions.begin(a_person())
        for name in ("Opened/a", "Opened/b", "Found/c", "Opened/a"):
            sessions.keep(mine.reference, name, name.encode())

        assert sessions.kept_names(mine.reference, "Opened/") == ("Opened/a", "Opened/b")

    def test_a_prefix_is_taken_as_written(self, sessions: Sessions) -> None:
        _, mine = sessions.begin(a_person())
        sessions.keep(mine.reference, "Opened/a", b"")

        assert sessions.kept_names(mine.reference, "Open%") == ()
        assert sessions.kept_names(mine.reference, "O_ened") == ()


class TestPeeking:
    """A page that is left open asks every few seconds; that keeps nobody signed in."""

    def test_to_peek_is_no_use_of_a_sign_in(self, sessions: Sessions, clock: Clock) -> None:
        cookie, begun = sessions.begin(a_person())

        for _ in range(14):
            clock.passes(timedelta(minutes=1))
            assert sessions.peek(cookie) == begun
        clock.passes(timedelta(minutes=1))

        assert sessions.peek(cookie) is None
        assert sessions.why_ended(cookie) is Ended.IDLE

    def test_what_has_ended_is_not_there_to_be_seen(self, sessions: Sessions) -> None:
        cookie, begun = sessions.begin(a_person())

        sessions.end(begun.reference)

        assert sessions.peek(cookie) is None
        assert sessions.peek("") is None
