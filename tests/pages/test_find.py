"""Find somebody, see where the trusts disagree, say why, and open them; no address names anybody."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.answer import ByNumber, ByTraits
from tests.pages.builders import (
    CHESTERFIELD,
    NOW,
    ROTHERHAM,
    TEACHING,
    TRUSTS,
    LogLostError,
    Memory,
    a_clinician,
    a_gap,
    a_patient,
    a_person,
    a_tile,
    add,
    an_app,
    an_asking,
    changed,
    opened,
    some_handles,
    some_parts,
)
from tests.pages.page_tester import NUMBER, PageTester
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Role
from viewer.access.decide import Decision
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.patient import Disagreement, Person
from viewer.evidence import listed_again
from viewer.handles import Handles
from viewer.pages.errors import show_errors
from viewer.pages.find import find_routes, name_of
from viewer.pages.search_form import FIELDS, Mistakes, Wanted, read_search
from viewer.steps import Candidate, Found, Opened, Tile
from viewer.ticks import TICK

YES = Decision(True, "WT-2026", "WT-2026 cl. 4.2(a)")
NO = Decision(False, "The record is restricted.")
WALTER = changed(
    a_person(a_patient(), a_patient(trust=ROTHERHAM, id="r9", hospital_number="R1234")),
    doubts=(Disagreement(CHESTERFIELD, ("date of birth",)),),
)
OTHER = a_person(a_patient(trust=CHESTERFIELD, id="c1", born="1944-03-19"))


class Journey:
    """Stands for the journey: finds whom it is told to, opens everybody, and remembers what it was asked."""

    def __init__(self, *people: Person, decision: Decision | None = None, gap: bool = False, gaps: int = 0) -> None:
        self.people = people
        self.decision = decision
        self.gaps = gaps or int(gap)
        self.queries: list[ByNumber | ByTraits] = []
        self.opened: list[tuple[Person, Relationship]] = []
        self.hidden: tuple[Person, ...] = ()
        self.again = YES  # what is decided when somebody is to be shown once more
        self.place = True
        self.restricted: list[bool] = []  # what it was told of those to be shown or opened

    def find(self, parts: Any, looking: Any, query: ByNumber | ByTraits) -> Found:
        self.queries.append(query)
        tiles: list[Tile] = [a_tile(trust, (), count=1) for trust in TRUSTS]
        tiles[: self.gaps] = [a_gap(trust) for trust in TRUSTS[: self.gaps]]
        people = tuple(Candidate(person, YES, place=self.place) for person in self.people)
        return Found(people, tuple(tiles), NOW, self.hidden)

    def list_again(self, parts: Any, looking: Any, person: Person, *, restricted: bool) -> Candidate:
        self.restricted.append(restricted)
        decision = NO if restricted else self.again
        parts.append(listed_again(looking, person, decision, NOW))
        return Candidate(person, decision, restricted, self.place)

    def list_opened_again(self, parts: Any, looking: Any, opened: Sequence[Opened]) -> list[tuple[Opened, Person]]:
        parts.append(*(listed_again(looking, one.person, YES, NOW) for one in opened))
        return [(one, one.person) for one in opened]

    def open_patient(
        self, parts: Any, looking: Any, person: Person, relationship: Relationship, *, restricted: bool
    ) -> Opened | Decision:
        self.restricted.append(restricted)
        self.opened.append((person, relationship))
        return self.decision or changed(opened(person), handle="new-handle", relationship=relationship)


def a_tester(
    journey: Journey,
    *,
    role: Role = Role.CONSULTANT,
    spend: Callable[[str], timedelta] = lambda _: timedelta(),
    now: datetime = NOW,
    append: Callable[..., tuple[int, ...]] = lambda *_: (1,),
    handles: Any = None,
    **parts: Any,
) -> PageTester:
    app = an_app()
    routes = find_routes(
        some_parts(append=append, **parts), handles or some_handles(), spend, journey.find, journey.open_patient,
        journey.list_again, journey.list_opened_again,
    )  # fmt: skip
    add(app, routes, an_asking(a_clinician(role=role), now))
    app.add_url_rule("/patients/<handle>", "timeline", lambda handle: "")
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def typed(**fields: str) -> dict[str, str]:
    return dict.fromkeys(FIELDS, "") | fields


BORN = {"born_day": "9", "born_month": "3", "born_year": "1944"}


# ── What was typed ──


@pytest.mark.parametrize("number", ["9994127039", "999 412 7039", "999-412-7039", " 999.412.7039 "])
def test_a_number_is_read_in_any_shape(number: str) -> None:
    assert read_search(typed(nhs_number=number), NOW.date()) == Wanted(ByNumber("9994127039"))


@pytest.mark.parametrize("more", [{"given": "Walter"}, {"gender": "male"}, {"postcode": "s10 2jf"}])
def test_a_surname_a_birth_date_and_one_more_are_enough(more: dict[str, str]) -> None:
    wanted = read_search(typed(family="Hargreaves", **BORN, **more), NOW.date())

    assert isinstance(wanted, Wanted)
    assert wanted.traits is not None
    assert (wanted.traits.family, wanted.traits.born) == ("Hargreaves", date(1944, 3, 9))
    assert wanted.traits.postcode in {"", "S10 2JF"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ["nhs_number"]),
        ({"nhs_number": "999 412 7038"}, ["nhs_number"]),
        ({"nhs_number": "Walter"}, ["nhs_number"]),
        ({"family": "Hargreaves", **BORN}, ["given"]),
        ({"family": "Hargreaves", "given": "Walter"}, ["born_day"]),
        ({"given": "Walter", **BORN}, ["family"]),
        ({"family": "H", "given": "W", **BORN, "born_month": "2", "born_day": "31"}, ["born_day"]),
        ({"family": "H", "given": "W", **BORN, "born_year": "44"}, ["born_day"]),
        ({"family": "H", "given": "W", **BORN, "born_year": "2044"}, ["born_day"]),
        ({"family": "H", **BORN, "gender": "x"}, ["gender"]),
        ({"family": "H"}, ["born_day", "given"]),
    ],
)
def test_what_is_missing_or_wrong_is_said_by_its_field(fields: dict[str, str], wrong: list[str]) -> None:
    mistakes = read_search(typed(**fields), NOW.date())

    assert isinstance(mistakes, Mistakes)
    assert list(mistakes.by_field) == wrong


def test_a_mistake_is_shown_above_the_form_and_leads_to_its_field() -> None:
    page = a_tester(Journey()).post("/find", 400, nhs_number="999 412 7038")

    summary = page.one("div", "nhsuk-error-summary")
    link = next(one for one in page.all("a") if summary in one.inside)
    assert link["href"] == "#nhs_number"
    assert page.one("input", id="nhs_number")["value"] == "999 412 7038"
    assert page.one("title").words.startswith("Error: ")


HALF_PAST_MIDNIGHT = datetime(2026, 6, 14, 23, 30, tzinfo=UTC)  # of 15 June, in London


def test_somebody_born_today_in_london_can_be_found_before_utc_says_so() -> None:
    born = {"born_day": "15", "born_month": "6", "born_year": "2026"}

    a_tester(Journey(), now=HALF_PAST_MIDNIGHT).sent_on("/find", family="Hargreaves", given="Baby", **born)


def test_an_age_is_that_of_the_day_it_is_in_london() -> None:
    tester = a_tester(Journey(a_person(a_patient(born="2008-06-15"))), now=HALF_PAST_MIDNIGHT)

    assert "15-Jun-2008 (18y)" in tester.get(tester.sent_on("/find", nhs_number="999 412 7039")).words


# ── Who was found ──


def test_a_search_leads_to_an_address_that_names_nobody_and_finds_who_was_wanted() -> None:
    journey = Journey(WALTER)
    tester = a_tester(journey)

    address = tester.sent_on("/find", nhs_number="999 412 7039")
    page = tester.get(address)

    assert address == "/find/handle-0"
    assert journey.queries == [ByNumber("9994127039")]
    assert page.one("h1").words == "1 person found"
    assert "HARGREAVES, Walter (Mr) Born 09-Mar-1944 (82y) Gender Male NHS No. 999 412 7039" in page.words


def test_where_trusts_disagree_is_shown_and_their_records_stand_side_by_side() -> None:
    tester = a_tester(Journey(WALTER, OTHER))

    page = tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    assert page.one("h1").words == "2 people found"
    assert "Chesterfield: its record differs in date of birth" in page.words
    assert [row["data-trust"] for row in page.all("tr") if row["data-trust"]] == [
        TEACHING.name,
        ROTHERHAM.name,
        CHESTERFIELD.name,
    ]


def test_a_trust_that_did_not_answer_is_named_beside_who_was_found() -> None:
    tester = a_tester(Journey(WALTER, gap=True))

    page = tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    assert page.one("li", "gap").words == (
        "✕ Barnsley did not answer in 3.0 s at 03:12. Telephone 01632 960 144. Ask again"
    )


def test_nobody_found_says_how_many_trusts_said_so() -> None:
    everybody, all_but_one = Journey(), Journey(gap=True)

    said = []
    for journey in (everybody, all_but_one):
        tester = a_tester(journey)
        said.append(tester.get(tester.sent_on("/find", nhs_number="999 412 7039")).words)

    assert "All 7 trusts answered. This looks the same whether nobody is known, the record is restricted," in said[0]
    assert "Chesterfield nothing you may be shown" in " ".join(said[0].split())
    assert "The patient may be known to the others." in said[1]
    assert all("Laboratories by telephone Barnsley 01632 960 144" in one for one in said)


@pytest.mark.parametrize(
    ("gaps", "heading", "said"),
    [
        (0, "Nobody was found", "All 7 trusts answered."),
        (1, "Nobody was found at the trusts that answered", "The patient may be known to the others."),
        (7, "Not known: no trust answered", "The patient may be known to any of them."),
    ],
)
def test_nobody_is_found_only_where_somebody_answered(gaps: int, heading: str, said: str) -> None:
    tester = a_tester(Journey(gaps=gaps))

    page = tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    assert page.one("h1").words == heading
    assert said in page.words


def test_two_people_of_one_name_are_told_apart_where_one_is_chosen() -> None:
    tester = a_tester(Journey(WALTER, OTHER))

    page = tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    assert [one.words for one in page.all("a", "nhsuk-button")] == [
        "Choose HARGREAVES, Walter (Mr), born 09-Mar-1944",
        "Choose HARGREAVES, Walter (Mr), born 19-Mar-1944",
    ]


def test_each_search_is_counted_for_its_user() -> None:
    spent: list[str] = []
    tester = a_tester(Journey(), spend=lambda user: spent.append(user) or timedelta())

    tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    assert spent == ["amina.farrell"]


def test_a_handle_of_another_sign_in_finds_nobody() -> None:
    a_tester(Journey(WALTER)).get("/find/handle-7", 404)


# ── Confirm and open ──


def confirm_address(tester: PageTester) -> str:
    page = tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))
    return page.all("a", "nhsuk-button")[0]["href"]


def test_to_open_somebody_one_must_say_why() -> None:
    journey = Journey(WALTER)
    tester = a_tester(journey)
    address = confirm_address(tester)

    page = tester.get(address)
    _, _, handle, _, listed = address.split("/")
    again = tester.post("/patients", 400, handle=handle, listed=listed)

    assert [radio["value"] for radio in page.all("input", type="radio")] == [
        "emergency-care/in-department",
        "direct-care/under-my-care",
    ]
    assert "Choose why you are looking at this patient" in again.words
    assert journey.opened == []


def test_the_person_confirmed_is_the_person_opened_for_the_reason_given() -> None:
    journey = Journey(WALTER, OTHER)
    tester = a_tester(journey)
    _, _, handle, _, listed = confirm_address(tester).split("/")

    address = tester.sent_on(
        "/patients", handle=handle, listed=listed, why="emergency-care/in-department", reason=" chest  pain "
    )

    assert address == "/patients/new-handle"
    assert journey.opened == [(WALTER, Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT, "chest pain"))]


def test_a_page_confirmed_late_never_opens_somebody_else() -> None:
    journey = Journey(WALTER)
    tester = a_tester(journey)
    address = confirm_address(tester)
    _, _, handle, _, listed = address.split("/")

    journey.people = (OTHER,)
    tester.get(f"/find/{handle}")
    tester.sent_on("/patients", handle=handle, listed=listed, why="direct-care/under-my-care")

    assert [person for person, _ in journey.opened] == [WALTER]


def test_a_reason_that_is_not_open_to_a_role_is_not_taken() -> None:
    journey = Journey(WALTER)
    tester = a_tester(journey, role=Role.GP)
    _, _, handle, _, listed = confirm_address(tester).split("/")

    tester.post("/patients", 400, handle=handle, listed=listed, why="emergency-care/in-department")

    assert journey.opened == []


def test_a_refusal_says_why() -> None:
    tester = a_tester(Journey(WALTER, decision=NO))
    _, _, handle, _, listed = confirm_address(tester).split("/")

    page = tester.post("/patients", 403, handle=handle, listed=listed, why="direct-care/under-my-care")

    assert "The record is restricted." in page.words


def test_patients_opened_in_this_sign_in_can_be_opened_again() -> None:
    page = a_tester(Journey()).get("/find")

    recent = page.one("section", "recent")
    assert recent.words == (
        "Opened in this sign-in HARGREAVES, Walter (Mr) Born 09-Mar-1944 (82y) Gender Male NHS No. 999 412 7039 "
        "emergency care, opened 03:12"
    )
    assert any(link["href"] == "/patients/walter" for link in page.all("a"))


# ── Who is shown again ──


def test_everybody_who_is_shown_again_is_written_down_first() -> None:
    log: list[AccessEvent] = []
    tester = a_tester(Journey(WALTER), append=lambda *events: (log.extend(events), (1,))[1])

    tester.get("/find")
    tester.get(confirm_address(tester))

    assert [(one.event, one.nhs_number, one.outcome) for one in log] == [
        (Event.FIND_SHOWN, "9994127039", "listed again")
    ] * 2


def test_nobody_is_shown_again_when_that_cannot_be_written_down() -> None:
    def refuse(*_: AccessEvent) -> tuple[int, ...]:
        raise LogLostError

    tester = a_tester(Journey(WALTER), append=refuse)
    address = confirm_address(tester)

    for page in (tester.get("/find", 503), tester.get(address, 503)):
        assert "HARGREAVES" not in page.html
        assert not NUMBER.search(page.html)


# ── Who may not be shown again ──


def test_somebody_who_may_not_be_shown_any_more_is_refused_without_a_word_of_them() -> None:
    journey = Journey(WALTER)
    tester = a_tester(journey)
    address = confirm_address(tester)

    journey.again = NO
    page = tester.get(address, 403)

    assert "The record is restricted." in page.words
    assert "HARGREAVES" not in page.html
    assert not NUMBER.search(page.html)


def test_a_mark_that_the_same_search_meets_later_goes_with_the_older_page_law_4() -> None:
    journey = Journey(WALTER)
    tester = a_tester(journey)
    address = confirm_address(tester)
    _, _, handle, _, listed = address.split("/")

    journey.people, journey.hidden = (), (WALTER,)
    tester.get(f"/find/{handle}")
    page = tester.get(address, 403)
    tester.sent_on("/patients", handle=handle, listed=listed, why="direct-care/under-my-care")

    assert journey.restricted == [True, True]
    assert "HARGREAVES" not in page.html


def test_somebody_hidden_who_was_never_listed_is_kept_under_no_name_law_4() -> None:
    journey = Journey()
    journey.hidden = (WALTER,)
    tester = a_tester(journey)
    address = tester.sent_on("/find", nhs_number="999 412 7039")

    tester.get(address)

    tester.get(f"{address}/confirm/{name_of('handle-0', WALTER)}", 404)


@pytest.mark.parametrize("hidden", [(), (WALTER,), (WALTER, OTHER)])
def test_who_was_found_leaves_on_a_tick_whoever_is_hidden_law_4(hidden: tuple[Person, ...]) -> None:
    """Each look at who was listed before takes 3 ms here, and every search 1 ms."""
    journey, gone = Journey(), [timedelta()]
    journey.hidden = hidden

    def timer() -> float:
        return gone[0].total_seconds()

    def takes(span: timedelta, do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any) -> Any:
            gone[0] += span
            return do(*given)

        return done

    class Slow(Handles):
        fetch = takes(timedelta(milliseconds=3), Handles.fetch)

    journey.find = takes(timedelta(milliseconds=1), journey.find)  # type: ignore[method-assign]
    tester = a_tester(
        journey,
        handles=Slow(Memory(), lambda: "handle-0"),
        timer=timer,
        pause=lambda span: takes(span, bool)(),
    )
    tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    assert gone[0] == TICK + timedelta(milliseconds=3)  # the search itself is fetched before the ticks are counted


@pytest.mark.parametrize("place", [True, False])
def test_the_place_stands_where_somebody_is_listed_and_confirmed_or_nowhere_law_4(place: bool) -> None:
    journey = Journey(WALTER)
    journey.place = place
    tester = a_tester(journey)
    found = tester.get(tester.sent_on("/find", nhs_number="999 412 7039"))

    for page in (found, tester.get(found.all("a", "nhsuk-button")[0]["href"])):
        cells = [page.all("td", **{"data-label": label})[0].words for label in ("Postcode", "GP practice")]
        assert cells == (["S10 2JF", "Y99001"] if place else ["not shown", "not shown"])
        assert ("S10 2JF" in page.html) is place
