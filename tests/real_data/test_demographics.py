"""Who the Personal Demographics Service's own examples are, as the page of who was found says it.

Each has a test number of the 999 range in place of its own; everything else is as it was written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.reading import Element
from tests.real_data.conftest import Others
from tests.real_data.raw import Json, fetch_people, number_of
from tests.whole import AMINA, Viewer

pytestmark = pytest.mark.real_data

SEARCHES = 15  # by one user, before another goes on: more would be slowed down
GENDERS = {"male": "Male", "female": "Female", "other": "Other"}
NOT_KNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class Who:
    """What a page says of somebody."""

    name: str
    born: str
    died: str
    gender: str
    postcode: str
    practice: str


@dataclass(frozen=True, slots=True)
class Found:
    """One example and the people listed for its number."""

    patient: Json
    listed: tuple[Who, ...]


@pytest.fixture(scope="module")
def found(others: Others) -> tuple[Found, ...]:
    viewer, address = others.serve("pds")
    people = fetch_people(address)
    return tuple(map(Found, people, _search(viewer, map(number_of, people))))


def test_everybody_who_may_be_opened_is_listed_once_and_as_written(found: tuple[Found, ...]) -> None:
    assert len(found) == 99
    for one in found:
        if not _is_restricted(one.patient):
            assert one.listed == (_expected(one.patient),)


def test_nobody_is_listed_whose_record_is_restricted(found: tuple[Found, ...]) -> None:
    restricted = [one for one in found if _is_restricted(one.patient)]

    assert len(restricted) == 2
    assert all(one.listed == () for one in restricted)


def test_a_record_without_a_name_says_that_it_is_not_known(found: tuple[Found, ...]) -> None:
    nameless = [one for one in found if "name" not in one.patient]

    assert len(nameless) == 3
    for one in nameless:
        assert [(who.name, who.born) for who in one.listed] == [
            ("FAMILY NAME NOT KNOWN, given name not known", NOT_KNOWN)
        ]


# ── What stands on the page ──────────────────────────────────────────────────────────────────────


def _search(viewer: Viewer, numbers: Iterable[str]) -> Iterator[tuple[Who, ...]]:
    for place, number in enumerate(numbers):
        if place % SEARCHES == 0:
            browser = viewer.browser(replace(AMINA, user_id=f"u-{place}"))
        page = browser.search(nhs_number=number)
        yield tuple(map(_who, page.root.all("article", "person")))


def _who(person: Element) -> Who:
    said = {pair.one("dt").said: pair.one("dd").said for pair in person.one("dl").all("div")}
    record = {cell.attributes["data-label"]: cell.said for cell in person.one("table", "records").all("td")}
    born, _, _ = said["Born"].partition(" (")
    return Who(
        person.all(of_class="name")[0].said,
        born,
        said.get("Died", ""),
        said["Gender"],
        record["Postcode"],
        record["GP practice"],
    )


# ── What has to stand there ──────────────────────────────────────────────────────────────────────


def _is_restricted(patient: Json) -> bool:
    return any(label["code"] in ("R", "V") for label in patient["meta"]["security"])


def _expected(patient: Json) -> Who:
    homes = [one for one in patient.get("address", ()) if one["use"] == "home"]
    practices = {one["identifier"]["value"] for one in patient.get("generalPractitioner", ())}
    return Who(
        _name(next((one for one in patient.get("name", ()) if one["use"] == "usual"), {})),
        _day(patient.get("birthDate", "")),
        _moment(patient.get("deceasedDateTime", "")),
        GENDERS.get(patient.get("gender", ""), NOT_KNOWN),
        next((one["postalCode"] for one in homes if "postalCode" in one), "not sent"),
        next(iter(practices), "not sent"),
    )


def _name(name: Json) -> str:
    family = name["family"].upper() if "family" in name else "FAMILY NAME NOT KNOWN"
    given = " ".join(name.get("given", ())) or "given name not known"
    title = " ".join(name.get("prefix", ()))
    return f"{family}, {given} ({title})" if title else f"{family}, {given}"


def _day(date: str) -> str:
    return datetime.strptime(date, "%Y-%m-%d").strftime("%d-%b-%Y") if date else NOT_KNOWN  # noqa: DTZ007  a day only


def _moment(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(ZoneInfo("Europe/London")).strftime("%d-%b-%Y %H:%M") if time else ""
