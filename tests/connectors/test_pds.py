"""PDS is asked beside the trusts, believed only when it is plain, and never written down by number."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

from connectors.answer import ByNumber, Outcome, Question
from connectors.pds import Pds, PdsAnswer, PdsSettings
from connectors.registry import make_fanout, make_pds
from connectors.trust_config import SignInMethod, TrustSignIn
from sandbox.town import Town
from sandbox.weather import WEATHERS
from tests.connectors.bundles import ANOTHER_NUMBER, NHS_NUMBER, NUMBER_SYSTEM, Json, an_outcome
from tests.connectors.loopback import PATIENT, Asked, Loopback, Script, fhir, says, says_nothing
from tests.connectors.towns import WALTER, configs_of, pds_of

JOSEPH = "9990207798"  # Y99001 now, Y99003 before
MARGARET = "9998023319"  # Y99002 here, and Y99001 at the trusts
NAOMI = "9990944768"  # restricted, also at the trusts
EMILY = "9992248157"  # restricted here alone
DOREEN = "9998393353"  # her number was superseded
SUSAN = "9998176220"  # known at Sheffield Teaching, and not here
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
KEY = RSAKey.generate_key(2048)
NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


@dataclass
class Timer:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def asking(settings: PdsSettings, clock: Callable[[], datetime] = now, **parts: Any) -> Iterator[Pds]:
    """Make PDS, on the loop of a fan-out that asks no trust."""
    with closing(make_fanout([], clock)) as fanout:
        pds = make_pds(settings, fanout, clock, **parts)
        assert pds is not None
        yield pds


def look_up(settings: PdsSettings, number: str, **parts: Any) -> PdsAnswer:
    with asking(settings, **parts) as pds:
        return pds.look_up(number, "a sign-in")


# A PDS that says what a test scripts


def a_settings(server: Loopback, seconds: float = PATIENT) -> PdsSettings:
    pem = KEY.as_pem(private=True).decode()
    sign_in = TrustSignIn(SignInMethod.PRIVATE_KEY_JWT, f"{server.origin}/token", "trustline", "", pem, "key-1")
    return PdsSettings(server.address, sign_in, timedelta(seconds=seconds))


def with_token(script: Script) -> Script:
    """Give a token to whoever asks for one, and let the script say everything else."""

    async def whole(asked: Asked) -> web.StreamResponse:
        if asked.path == "/token":
            return web.json_response({"access_token": "t1", "token_type": "Bearer", "expires_in": "599"})
        return await script(asked)

    return whole


def told(content: bytes, number: str = NHS_NUMBER, **how: Any) -> PdsAnswer:
    with Loopback(with_token(says(content, **how))) as server:
        return look_up(a_settings(server), number, clock=lambda: NOW)


def a_practice(ods: str = "Y99001", start: str = "2020-01-01", end: str = "", **more: Any) -> Json:
    period = {name: day for name, day in (("start", start), ("end", end)) if day}
    return {"type": "Organization", "identifier": {"system": ODS, "value": ods, "period": period, **more}}


def a_record(*practices: Json, number: str = NHS_NUMBER, mark: str = "U", **more: Any) -> bytes:
    body: Json = {
        "resourceType": "Patient",
        "id": number,
        "meta": {"security": [{"system": CONFIDENTIALITY, "code": mark}]} if mark else {},
        "identifier": [{"system": NUMBER_SYSTEM, "value": number}],
        "generalPractitioner": list(practices),
        **more,
    }
    return json.dumps(body).encode()


# The sandbox's PDS, over real HTTP


def test_pds_names_the_practice_of_today_and_not_the_one_before(town: Town) -> None:
    answer = look_up(pds_of(town), JOSEPH)

    assert (answer.outcome, answer.practice, answer.restricted, answer.reason) == (
        Outcome.ANSWERED,
        "Y99001",
        False,
        "",
    )


def test_pds_may_name_another_practice_than_the_trusts(town: Town) -> None:
    assert look_up(pds_of(town), MARGARET).practice == "Y99002"


@pytest.mark.parametrize("number", [NAOMI, EMILY], ids=["at the trusts too", "here alone"])
def test_of_a_restricted_patient_only_that_is_told(town: Town, number: str) -> None:
    answer = look_up(pds_of(town), number)

    assert (answer.outcome, answer.practice, answer.restricted) == (Outcome.ANSWERED, "", True)
    assert answer.reason == "PDS names no practice for today"


def test_a_superseded_number_proves_nothing(town: Town) -> None:
    answer = look_up(pds_of(town), DOREEN)

    assert (answer.outcome, answer.practice) == (Outcome.ANSWERED, "")
    assert answer.reason == "PDS answered with the record of another NHS number"


def test_a_number_that_pds_does_not_know_is_not_known(town: Town) -> None:
    answer = look_up(pds_of(town), SUSAN)

    assert (answer.outcome, answer.reason) == (Outcome.NOT_KNOWN, "PDS knows no patient by this NHS number")


def test_a_number_that_is_none_is_refused_by_pds(town: Town) -> None:
    answer = look_up(pds_of(town), "9994127030")

    assert (answer.outcome, answer.reason) == (Outcome.NOT_KNOWN, "PDS does not take this for an NHS number")


@pytest.mark.parametrize(
    "text", ["", "999412703", "99941270399", "../Patient", "999412703９", "9994127039/", "9994127039\n"]
)
def test_what_is_not_ten_digits_is_never_sent(town: Town, text: str) -> None:
    answer = look_up(pds_of(town), text)

    assert answer.outcome is Outcome.NOT_KNOWN
    assert town.pds_requests == ()


def test_the_token_is_asked_for_with_rs512_and_kept_for_the_next(town: Town) -> None:
    with asking(pds_of(town)) as pds:
        pds.look_up(JOSEPH, "a sign-in")
        pds.look_up(MARGARET, "a sign-in")

    assert [request.path.rpartition("/")[0] for request in town.pds_requests] == [
        "/oauth2",
        "/personal-demographics/FHIR/R4/Patient",
        "/personal-demographics/FHIR/R4/Patient",
    ]
    assertion = dict(town.pds_requests[0].parameters)["client_assertion"]
    key = RSAKey.import_key((town.secrets / "pds.pem").read_text())
    token = jwt.decode(assertion, key, algorithms=["RS512"])
    assert token.header["kid"] == (town.secrets / "pds.kid").read_text()
    assert token.claims["exp"] - token.claims["iat"] <= 300


def test_each_request_carries_ids_of_its_own_and_no_cookie(town: Town) -> None:
    with asking(pds_of(town)) as pds:
        pds.look_up(JOSEPH, "a sign-in")
        pds.look_up(MARGARET, "a sign-in")

    first, second = (request.headers for request in town.pds_requests[1:])
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert first["X-Correlation-ID"] != second["X-Correlation-ID"]
    assert "Cookie" not in first
    assert "Referer" not in first


def test_a_token_that_pds_forgets_is_fetched_anew(town: Town) -> None:
    with asking(pds_of(town)) as pds:
        pds.look_up(JOSEPH, "a sign-in")
        town.expire_tokens("pds")

        assert pds.look_up(MARGARET, "a sign-in").outcome is Outcome.ANSWERED


EXPECTED: dict[str, tuple[Outcome, str]] = {
    "late": (Outcome.LATE, "PDS did not answer in 0.5 s"),
    "held": (Outcome.LATE, "PDS did not answer in 0.5 s"),
    "hanging": (Outcome.LATE, "PDS did not answer in 0.5 s"),
    "dripping": (Outcome.LATE, "PDS did not answer in 0.5 s"),
    "refused": (Outcome.REFUSED, "PDS: HTTP 403"),
    "unauthorised": (Outcome.SIGN_IN_FAILED, "PDS: HTTP 401"),
    "token_refused": (Outcome.SIGN_IN_FAILED, "PDS: its token endpoint said HTTP 401"),
    "too_many": (Outcome.BUSY, "PDS: HTTP 429"),
    "error": (Outcome.FAILED, "PDS: HTTP 500"),
    "garbled": (Outcome.GARBLED, "PDS sent something that cannot be read as a patient's record"),
    "html": (Outcome.GARBLED, "PDS: text/html instead of FHIR JSON"),
    "redirect": (Outcome.FAILED, "PDS: HTTP 302: it sent us elsewhere, and we did not go"),
    "disconnect": (Outcome.UNREACHABLE, "PDS: the connection was closed before an answer began"),
    "dead": (Outcome.UNREACHABLE, "PDS: its token endpoint: no connection could be made"),
    "long_headers": (Outcome.OVERSIZE, "PDS: more headers than the cap allows"),
    "bomb": (Outcome.OVERSIZE, "PDS: more bytes than the cap allows"),
    "huge": (Outcome.OVERSIZE, "PDS: more bytes than the cap allows"),
    "deep": (Outcome.OVERSIZE, "PDS: nested more than 64 deep"),
    "wrong_patient": (Outcome.ANSWERED, "PDS answered with the record of another NHS number"),
}
SLOW = {"late", "held", "hanging", "dripping"}


@pytest.mark.parametrize("weather", list(WEATHERS))
def test_every_weather_over_pds_has_its_outcome_and_writes_no_number(
    town: Town, weather: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    town.weather("pds", weather, 20 if weather in ("bomb", "huge") else 60 if weather == "late" else None)

    answer = look_up(pds_of(town, 0.5 if weather in SLOW else PATIENT), JOSEPH)

    assert (answer.outcome, answer.reason) == EXPECTED.get(weather, (Outcome.ANSWERED, ""))
    assert answer.practice == ("" if weather in EXPECTED else "Y99001")
    assert town.strayed == ()
    assert JOSEPH not in caplog.text + repr(answer)
    assert "PDS was asked" in caplog.text


def test_pds_is_asked_beside_the_trusts_and_delays_none_of_them(town: Town) -> None:
    town.weather("pds", "hanging")
    configs = configs_of(town).values()
    with closing(make_fanout(list(configs), now)) as fanout:
        pds = make_pds(pds_of(town, 2.0), fanout, now)
        assert pds is not None
        coming = pds.ask(WALTER, "a sign-in")

        answers = list(fanout.ask([Question(config.trust, ByNumber(WALTER), "a sign-in") for config in configs]))

        assert {answer.outcome for answer in answers} == {Outcome.ANSWERED, Outcome.NOT_KNOWN}
        assert coming().outcome is Outcome.LATE


def test_closing_answers_whoever_still_waits(town: Town) -> None:
    town.weather("pds", "hanging")
    fanout = make_fanout([], now)
    pds = make_pds(pds_of(town, 60.0), fanout, now)
    assert pds is not None
    coming = pds.ask(WALTER, "a sign-in")

    fanout.close()

    assert coming().reason == "we were stopping, and did not wait for it"


def test_without_settings_there_is_no_pds() -> None:
    assert make_pds(None, make_fanout([], now), now) is None


# Answers kept


def test_an_answer_is_kept_a_minute_for_its_sign_in_and_no_longer(town: Town) -> None:
    timer = Timer()
    with asking(pds_of(town), timer=timer) as pds:
        first = pds.look_up(JOSEPH, "a sign-in")
        timer.now += 59
        kept = pds.look_up(JOSEPH, "a sign-in")
        timer.now += 1
        fresh = pds.look_up(JOSEPH, "a sign-in")

    assert (first.kept, kept.kept, fresh.kept) == (False, True, False)
    assert (kept.practice, kept.asked_at) == (first.practice, first.asked_at)


@pytest.mark.parametrize("how", ["another sign-in", "asked again", "the sign-in ended"])
def test_a_kept_answer_is_not_given(town: Town, how: str) -> None:
    with closing(make_fanout([], now)) as fanout:
        pds = make_pds(pds_of(town), fanout, now)
        assert pds is not None
        pds.look_up(JOSEPH, "a sign-in")
        if how == "the sign-in ended":
            fanout.forget("a sign-in")

        answer = pds.look_up(JOSEPH, "b" if how == "another sign-in" else "a sign-in", again=how == "asked again")

    assert not answer.kept


def test_a_failure_is_not_kept_and_takes_an_older_answer_away(town: Town) -> None:
    with asking(pds_of(town)) as pds:
        pds.look_up(JOSEPH, "a sign-in")
        town.weather("pds", "error")
        again = pds.look_up(JOSEPH, "a sign-in", again=True)
        once_more = pds.look_up(JOSEPH, "a sign-in")

    assert (again.outcome, once_more.outcome, once_more.kept) == (Outcome.FAILED, Outcome.FAILED, False)


def test_those_who_ask_the_same_at_once_share_one_exchange(town: Town) -> None:
    with asking(pds_of(town)) as pds:
        pds.look_up(MARGARET, "a sign-in")  # so that the token is there
        town.forget_requests()
        town.weather("pds", "held")
        coming = [pds.ask(JOSEPH, "a sign-in") for _ in range(8)]
        town.let_go("pds")

        assert {answer().practice for answer in coming} == {"Y99001"}

    assert len(town.pds_requests) == 1


def test_pds_rests_after_five_failures_in_a_row_but_not_from_a_person_who_asks_again(town: Town) -> None:
    town.weather("pds", "dead")
    timer = Timer()
    with asking(pds_of(town), timer=timer) as pds:
        for _ in range(5):
            timer.now += 0.1
            pds.look_up(JOSEPH, "a sign-in")
        town.fine()

        resting = pds.look_up(JOSEPH, "a sign-in")
        pressed = pds.look_up(JOSEPH, "a sign-in", again=True)

    assert (resting.outcome, resting.requests) == (Outcome.RESTING, 0)
    assert pressed.outcome is Outcome.ANSWERED


# Lies, and records that prove nothing

SAID, GARBLED = Outcome.ANSWERED, Outcome.GARBLED
UNREADABLE = "PDS sent something that cannot be read as a patient's record"
ANOTHERS = "PDS answered with the record of another NHS number"
UNCLEAR = "PDS names a practice in a way that cannot be read"
NONE_TODAY = "PDS names no practice for today"
BOTH = (NHS_NUMBER, ANOTHER_NUMBER)

LIES: dict[str, tuple[bytes, Outcome, str]] = {
    "another's record": (
        a_record(a_practice(), number=ANOTHER_NUMBER),
        SAID,
        ANOTHERS,
    ),
    "the right id, another's identifier": (
        a_record(a_practice(), identifier=[{"system": NUMBER_SYSTEM, "value": ANOTHER_NUMBER}]),
        SAID,
        ANOTHERS,
    ),
    "another's id, the right identifier": (a_record(a_practice(), id=ANOTHER_NUMBER), SAID, ANOTHERS),
    "no identifier": (
        a_record(a_practice(), identifier=[]),
        SAID,
        ANOTHERS,
    ),
    "two numbers": (
        a_record(a_practice(), identifier=[{"system": NUMBER_SYSTEM, "value": one} for one in BOTH]),
        SAID,
        ANOTHERS,
    ),
    "two practices": (a_record(a_practice(), a_practice("Y99002")), SAID, "PDS names more than one practice"),
    "a practice that ended": (a_record(a_practice(end="2026-11-21")), SAID, NONE_TODAY),
    "a practice to come": (a_record(a_practice(start="2026-11-23")), SAID, NONE_TODAY),
    "no practice": (a_record(), SAID, NONE_TODAY),
    "a practice by another system": (
        a_record(a_practice(system="https://fhir.nhs.uk/Id/ods-site-code")),
        SAID,
        UNCLEAR,
    ),
    "a practice without a code": (
        a_record({"reference": "Organization/7"}, a_practice()),
        SAID,
        UNCLEAR,
    ),
    "a day that is none": (
        a_record(a_practice(end="2026-02-30")),
        SAID,
        UNCLEAR,
    ),
    "a code that is none": (
        a_record(a_practice("Y99001; DROP")),
        SAID,
        UNCLEAR,
    ),
    "no mark": (a_record(a_practice(), mark=""), GARBLED, "PDS did not say whether the record is restricted"),
    "another resource": (
        json.dumps({"resourceType": "Organization", "id": NHS_NUMBER}).encode(),
        GARBLED,
        UNREADABLE,
    ),
    "a bundle": (
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": json.loads(a_record(a_practice()))}]}).encode(),
        GARBLED,
        UNREADABLE,
    ),
    "a modifier extension": (
        a_record(a_practice(), modifierExtension=[{"url": "https://example.nhs.uk/not"}]),
        GARBLED,
        UNREADABLE,
    ),
    "wrong types": (
        a_record(a_practice(), generalPractitioner="Y99001"),
        GARBLED,
        UNREADABLE,
    ),
    "an outcome with status 200": (
        json.dumps(an_outcome("no")).encode(),
        GARBLED,
        UNREADABLE,
    ),
    "nothing": (b"", GARBLED, UNREADABLE),
    "null": (b"null", GARBLED, UNREADABLE),
}


@pytest.mark.parametrize("lie", list(LIES))
def test_a_lie_proves_no_practice(lie: str, caplog: pytest.LogCaptureFixture) -> None:
    content, outcome, reason = LIES[lie]

    answer = told(content)

    assert (answer.outcome, answer.practice, answer.reason) == (outcome, "", reason)
    assert NHS_NUMBER not in caplog.text + repr(answer)


TRUTHS = {
    "one": a_record(a_practice()),
    "until today": a_record(a_practice(end="2026-11-22")),
    "from today": a_record(a_practice(start="2026-11-22")),
    "without a period": a_record(a_practice(start="")),
    "with clocks": a_record(a_practice(start="2020-01-01T00:00:00+00:00")),
    "the same twice": a_record(a_practice(), a_practice()),
    "after another": a_record(a_practice("Y99003", "2010-01-01", "2019-12-31"), a_practice()),
    "in small letters": a_record(a_practice("y99001")),
}


@pytest.mark.parametrize("truth", list(TRUTHS))
def test_one_practice_of_today_is_named(truth: str) -> None:
    answer = told(TRUTHS[truth])

    assert (answer.outcome, answer.practice, answer.reason) == (Outcome.ANSWERED, "Y99001", "")


@pytest.mark.parametrize("mark", ["R", "V", "REDACTED", "r", "X", "N"])
def test_any_mark_but_unrestricted_restricts(mark: str) -> None:
    assert told(a_record(a_practice(), mark=mark)).restricted


def test_two_marks_restrict_when_one_of_them_does() -> None:
    security = [{"system": CONFIDENTIALITY, "code": code} for code in ("U", "V")]

    assert told(a_record(a_practice(), meta={"security": security})).restricted


def test_a_mark_counts_also_on_another_numbers_record() -> None:
    assert told(a_record(number=ANOTHER_NUMBER, mark="R")).restricted


@pytest.mark.parametrize(
    ("status", "spine", "outcome", "reason"),
    [
        (404, "RESOURCE_NOT_FOUND", Outcome.NOT_KNOWN, "PDS knows no patient by this NHS number"),
        (404, "INVALIDATED_RESOURCE", Outcome.NOT_KNOWN, "PDS says that this NHS number is valid no more"),
        (400, "INVALID_RESOURCE_ID", Outcome.NOT_KNOWN, "PDS does not take this for an NHS number"),
        (400, "MISSING_VALUE", Outcome.FAILED, "PDS: HTTP 400"),
        (404, "", Outcome.FAILED, "PDS: HTTP 404"),  # a wrong address in the configuration is no unknown patient
        (429, "TOO_MANY_REQUESTS", Outcome.BUSY, "PDS: HTTP 429"),
        (503, "", Outcome.FAILED, "PDS: HTTP 503"),
    ],
)  # fmt: skip
def test_only_pds_own_code_says_that_a_number_is_not_known(status, spine, outcome, reason) -> None:
    issue = {"severity": "error", "code": "value", "details": {"coding": [{"code": spine}]}}
    content = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()

    answer = told(content, status=status)

    assert (answer.outcome, answer.reason) == (outcome, reason)


def test_a_404_that_is_no_fhir_is_a_failure() -> None:
    assert told(b"<h1>Not found</h1>", status=404, kind="text/html").outcome is Outcome.FAILED


def test_a_connection_that_breaks_is_tried_once_more_and_not_twice() -> None:
    async def hangs_up(asked: Asked) -> web.StreamResponse:
        assert asked.request.transport is not None
        asked.request.transport.close()
        return fhir(b"")

    with Loopback(with_token(hangs_up)) as server:
        answer = look_up(a_settings(server), NHS_NUMBER)

    assert answer.outcome is Outcome.UNREACHABLE
    assert [asked.path for asked in server.asked].count(f"/fhir/R4/Patient/{NHS_NUMBER}") == 2


def test_a_token_endpoint_that_hangs_is_within_the_same_deadline() -> None:
    with Loopback(says_nothing) as server:
        answer = look_up(a_settings(server, seconds=0.3), NHS_NUMBER)

    assert answer.outcome in (Outcome.LATE, Outcome.SIGN_IN_FAILED)
    assert answer.requests == 0


def test_a_mistake_of_ours_costs_pds_word_and_writes_no_number(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> Any:
        raise RuntimeError(f"cannot make a client for {NHS_NUMBER}")

    with Loopback(says_nothing) as server:
        answer = look_up(a_settings(server), NHS_NUMBER, fetcher=broken)

    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "PDS: a fault of ours, which has been written down")
    assert "an exchange with PDS broke: RuntimeError" in caplog.text
    assert NHS_NUMBER not in caplog.text


def test_an_assertion_is_made_anew_for_each_token() -> None:
    async def forgets(asked: Asked) -> web.StreamResponse:
        return web.Response(status=401)

    with Loopback(with_token(forgets)) as server:
        look_up(a_settings(server), NHS_NUMBER)
        assertions = [dict(asked.form)["client_assertion"] for asked in server.asked if asked.path == "/token"]

    claims = [jwt.decode(one, KEY, algorithms=["RS512"]).claims for one in assertions]
    assert len(claims) == len({one["jti"] for one in claims}) == 2
    assert all(one["aud"] == f"{server.origin}/token" and one["exp"] <= time.time() + 300 for one in claims)
