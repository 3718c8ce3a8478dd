"""Each weather does what its line in the table says, and only where it should."""

import json
import socket
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from sandbox.mischief import MISCHIEF
from sandbox.patients import NAMED
from sandbox.population import patient_id
from sandbox.storms import STORMS, gzip_bomb
from sandbox.town import Town
from sandbox.trusts.sheffield_childrens import TRUST as CHILDRENS
from sandbox.weather import WEATHERS, NoSuchWeather, On, Weather, read_weather
from tests.sandbox.asking import Asker, next_link, resources

TRUST = "rotherham"
ELSEWHERE = {"fine", "quick", "dead", "token_refused", "half_page", "everybody"}


def test_every_weather_of_the_table_is_made_somewhere() -> None:
    assert set(WEATHERS) == set(STORMS) | set(MISCHIEF) | ELSEWHERE


@pytest.mark.parametrize(
    ("weather", "status"),
    [("refused", 403), ("unauthorised", 401), ("too_many", 429), ("error", 500), ("redirect", 302)],
)
def test_a_refusal_has_its_status(town: Town, asker: Asker, weather: str, status: int) -> None:
    asked = results_of(asker)
    town.weather(TRUST, weather)

    assert asker.post(TRUST, "DiagnosticReport", asked).status_code == status


def test_too_many_says_when_to_come_back(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "too_many", 7)

    assert asker.post(TRUST, "DiagnosticReport", asked).headers["Retry-After"] == "7"


def test_an_error_has_the_status_asked_for(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "error", 503)

    assert asker.post(TRUST, "DiagnosticReport", asked).status_code == 503


def test_weather_over_one_trust_leaves_the_others_alone(town: Town, asker: Asker) -> None:
    town.weather(TRUST, "error")

    assert asker.patient("chesterfield")["resourceType"] == "Patient"


def test_late_takes_as_long_as_it_says(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "late", 0.3)

    began = time.monotonic()
    answer = asker.post(TRUST, "DiagnosticReport", asked)

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_trust_that_is_held_says_nothing(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "held")

    with pytest.raises(httpx.ReadTimeout):
        asker.http.post(search_of(town), data=dict(asked), headers=asker.headers(TRUST), timeout=0.4)


def test_a_trust_that_is_let_go_sends_what_it_held_and_all_that_is_asked_then(town: Town, asker: Asker) -> None:
    whole = asker.search(TRUST, "DiagnosticReport", *results_of(asker))
    town.weather(TRUST, "held", on="results")

    with held_back(town, asker) as answer:
        town.let_go(TRUST)

        assert answer.result().json() == whole
        assert asker.search(TRUST, "DiagnosticReport", *results_of(asker)) == whole


def test_fine_weather_everywhere_lets_go_and_the_next_answer_may_be_held_again(town: Town, asker: Asker) -> None:
    for _ in range(2):
        town.weather("all", "held", on="results")
        with held_back(town, asker) as answer:
            town.fine()

            assert answer.result().status_code == 200


def test_a_town_that_closes_lets_go() -> None:
    with Town(trusts=[CHILDRENS], identity_provider=False, quick=True) as town, Asker(town) as asker:
        town.weather("all", "held")
        with held_back(town, asker, "sheffield_childrens") as answer:
            town.close()

            assert answer.result().status_code == 200


def test_a_trust_that_hangs_says_nothing(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "hanging")

    with pytest.raises(httpx.ReadTimeout):
        asker.http.post(search_of(town), data=dict(asked), headers=asker.headers(TRUST), timeout=0.4)


def test_a_trust_that_drips_sends_a_few_bytes_at_a_time(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "dripping", 0.05)

    with asker.http.stream("POST", search_of(town), data=dict(asked), headers=asker.headers(TRUST)) as answer:
        drops = answer.iter_raw()
        sizes = [len(next(drops)) for _ in range(3)]

    assert max(sizes) <= 8


def test_a_trust_that_gives_no_token_says_so(town: Town, asker: Asker) -> None:
    town.weather(TRUST, "token_refused")

    answer = asker.token(TRUST)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_garbled_json_stops_in_the_middle(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "garbled")

    answer = asker.post(TRUST, "DiagnosticReport", asked)

    assert answer.headers["Content-Type"] == "application/fhir+json"
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_html_comes_with_status_200(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "html")

    answer = asker.post(TRUST, "DiagnosticReport", asked)

    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")


def test_a_trust_may_hang_up(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "disconnect")

    with pytest.raises(httpx.RemoteProtocolError):
        asker.post(TRUST, "DiagnosticReport", asked)


def test_a_dead_trust_refuses_connections_and_comes_back(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "dead")

    with pytest.raises(httpx.TransportError):
        asker.post(TRUST, "DiagnosticReport", asked)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(town.addresses[TRUST].split(":")[2].split("/")[0])))
    town.weather(TRUST, "fine")

    assert asker.post(TRUST, "DiagnosticReport", asked).status_code == 200


def test_headers_may_be_of_great_length(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "long_headers", 32)

    answer = asker.post(TRUST, "DiagnosticReport", asked)

    assert sum(len(value) for value in answer.headers.values()) > 32 * 1024


def test_a_bomb_is_small_until_it_is_opened() -> None:
    bomb = gzip_bomb(20)

    opened = zlib.decompress(bomb, 16 + zlib.MAX_WBITS)

    assert len(bomb) < 40_000
    assert len(opened) > 20 * 1024 * 1024
    assert json.loads(opened)["resourceType"] == "Bundle"


def test_a_bomb_comes_though_identity_was_asked(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "bomb", 5)

    with asker.http.stream("POST", search_of(town), data=dict(asked), headers=asker.headers(TRUST)) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert sum(map(len, answer.iter_raw())) < 20_000


def test_a_huge_body_keeps_coming(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "huge", 8)

    with asker.http.stream("POST", search_of(town), data=dict(asked), headers=asker.headers(TRUST)) as answer:
        assert sum(map(len, answer.iter_raw())) > 8 * 1024 * 1024


def test_deep_json_is_as_deep_as_it_says(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "deep", 5000)

    assert asker.post(TRUST, "DiagnosticReport", asked).text.count("[") == 5001


@pytest.mark.parametrize("number", [500, 0])
def test_half_a_page_fails_on_the_second(town: Town, asker: Asker, number: int) -> None:
    whole = asker.search(TRUST, "DiagnosticReport", *results_of(asker))
    town.weather(TRUST, "half_page", number)

    first = asker.search(TRUST, "DiagnosticReport", *results_of(asker))

    assert 0 < len(resources(first, "match")) < len(resources(whole, "match"))
    assert first["total"] == whole["total"]
    if number:
        assert asker.follow(TRUST, first).status_code == 500
    else:
        with pytest.raises(httpx.RemoteProtocolError):
            asker.follow(TRUST, first)


def test_a_loop_leads_to_itself(town: Town, asker: Asker) -> None:
    town.weather(TRUST, "loop")

    first = asker.search(TRUST, "DiagnosticReport", *results_of(asker))
    second = asker.follow(TRUST, first).json()

    assert next_link(first) == next_link(second)
    assert resources(first) == resources(second)


def test_a_foreign_link_leads_to_another_origin_that_remembers(town: Town, asker: Asker) -> None:
    town.weather(TRUST, "foreign_next")
    page = asker.search(TRUST, "DiagnosticReport", *results_of(asker))

    asker.http.get(next_link(page))

    assert not next_link(page).startswith(town.addresses[TRUST])
    assert town.strayed == ("/fhir/R4/DiagnosticReport",)


@pytest.mark.parametrize(("on", "kind"), [("results", "DiagnosticReport"), ("patients", "Patient")])
def test_somebody_elses_entry_is_added(town: Town, asker: Asker, on: str, kind: str) -> None:
    asked = results_of(asker) if kind == "DiagnosticReport" else (("family", "Hargreaves"), ("birthdate", "1944-03-09"))
    before = asker.search(TRUST, kind, *asked)
    town.weather(TRUST, "wrong_patient", on=on)

    after = asker.search(TRUST, kind, *asked)

    added = [one for one in resources(after) if one not in resources(before)]
    assert [one["id"] for one in added] == ["stranger"]


def test_everybodys_reports_come(town: Town, asker: Asker) -> None:
    asked = results_of(asker)
    town.weather(TRUST, "everybody")

    subjects = {one["subject"]["reference"] for one in resources(asker.search(TRUST, "DiagnosticReport", *asked))}

    assert len(subjects) > 3


def test_unknown_fields_leave_the_known_ones_alone(town: Town, asker: Asker) -> None:
    before = resources(asker.search(TRUST, "DiagnosticReport", *results_of(asker)))
    town.weather(TRUST, "unknown_fields")

    after = resources(asker.search(TRUST, "DiagnosticReport", *results_of(asker)))

    assert all("sandboxMood" in one for one in after)
    assert [{name: one[name] for name in known} for one, known in zip(after, before, strict=True)] == before


def test_one_is_broken_among_good_ones(town: Town, asker: Asker) -> None:
    before = resources(asker.search(TRUST, "DiagnosticReport", *results_of(asker)))
    town.weather(TRUST, "one_broken")

    after = resources(asker.search(TRUST, "DiagnosticReport", *results_of(asker)))

    assert [one for one in after if one not in before] == [after[0]]
    assert after[0]["status"] == 7


def test_something_is_said_to_be_missing(town: Town, asker: Asker) -> None:
    town.weather(TRUST, "outcome_entry")

    bundle = asker.search(TRUST, "DiagnosticReport", *results_of(asker))

    [outcome] = resources(bundle, "outcome")
    assert outcome["issue"][0]["code"] == "incomplete"
    assert bundle["total"] == len(resources(bundle, "match"))


def test_more_is_promised_than_comes(town: Town, asker: Asker) -> None:
    town.weather(TRUST, "miscounted", 3)

    bundle = asker.search(TRUST, "DiagnosticReport", *results_of(asker))

    assert bundle["total"] == len(resources(bundle, "match")) + 3


def test_fine_weather_leaves_nothing_behind(town: Town, asker: Asker) -> None:
    before = asker.post(TRUST, "DiagnosticReport", results_of(asker)).content
    for weather in sorted(set(MISCHIEF) | {"half_page", "everybody", "garbled", "error"}):
        town.weather(TRUST, weather)
        asker.post(TRUST, "DiagnosticReport", results_of(asker))
    town.fine()

    assert asker.post(TRUST, "DiagnosticReport", results_of(asker)).content == before


def test_weather_falls_where_it_is_told_to() -> None:
    weather = Weather("error", 500, On.RESULTS)

    assert weather.over("Patient") == Weather()
    assert weather.over("Observation") == weather


@pytest.mark.parametrize(("name", "on"), [("sunny", ""), ("late", "sundays")])
def test_a_weather_that_does_not_exist_is_named(name: str, on: str) -> None:
    assert isinstance(read_weather(name, on=on), NoSuchWeather)


def test_the_control_desk_changes_the_weather(town: Town, asker: Asker) -> None:
    changed = asker.http.post(f"{town.control}/weather", json={"trust": TRUST, "weather": "late", "number": 0.1})
    refused = asker.http.post(f"{town.control}/weather", json={"trust": "atlantis", "weather": "late"})
    muddled = asker.http.post(f"{town.control}/weather", content=b"rain")

    assert changed.json()["now"][TRUST] == "late"
    assert (refused.status_code, muddled.status_code) == (400, 400)
    assert "atlantis" in refused.json()["problem"]


def test_a_slow_trust_is_slow_and_the_same_each_time() -> None:
    with Town(trusts=[CHILDRENS], identity_provider=False) as town, Asker(town) as asker:
        began = time.monotonic()
        asker.patient("sheffield_childrens", "999 247 5145")

        assert time.monotonic() - began >= 0.7


def test_requests_are_remembered_without_the_secret(town: Town, asker: Asker) -> None:
    asker.patient(TRUST)

    token, search = town.requests[TRUST]

    assert (token.path, search.path) == ("/oauth/token", "/fhir/R4/Patient/_search")
    assert "client_secret" not in dict(token.parameters)
    assert dict(search.parameters)["identifier"].endswith("9994127039")
    assert search.headers["Authorization"].startswith("Bearer ")


def search_of(town: Town) -> str:
    return f"{town.addresses[TRUST]}/DiagnosticReport/_search"


@contextmanager
def held_back(town: Town, asker: Asker, trust: str = TRUST) -> Iterator[Future[httpx.Response]]:
    """Ask a trust that is held, and go on once the question is there."""
    asked = results_of(asker, trust)
    town.forget_requests()
    with ThreadPoolExecutor(1) as elsewhere:
        answer = elsewhere.submit(asker.post, trust, "DiagnosticReport", asked)
        while not town.requests[trust]:
            time.sleep(0.005)  # nothing tells of its coming
        yield answer


def results_of(asker: Asker, trust: str = TRUST) -> tuple[tuple[str, str], ...]:
    """Return the search for Walter's reports."""
    asker.headers(trust)  # a token first, while there is one to be had
    return (("patient", patient_id(NAMED[0].person, trust)),)
