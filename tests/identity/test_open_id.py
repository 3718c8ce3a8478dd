"""Signing in against the sandbox's provider over real HTTP: the truth is believed, and none of its lies."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt

from sandbox.identity_lies import Lie, When, lies_told
from tests.identity.parts import (
    AtProvider,
    Clock,
    an_attempt,
    an_open_id,
    fetch_json,
    our_key,
    running_provider,
)
from viewer.identity.attempts import Attempt
from viewer.identity.open_id import OpenID, Proven
from viewer.identity.provider import Provider
from viewer.identity.sign_in import Cause, SignInRefused

USER = "amina.farrell"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Iterator[AtProvider]:
    with running_provider(clock) as running:
        yield running


@pytest.fixture
def open_id(provider: AtProvider, clock: Clock) -> OpenID:
    return an_open_id(provider.issuer, clock)


def sign_in(open_id: OpenID, provider: AtProvider, attempt: Attempt, user: str = USER) -> Proven | SignInRefused:
    address = open_id.address_to_sign_in(attempt)
    if isinstance(address, SignInRefused):
        return address
    return open_id.prove(provider.press(address, user), attempt)


class TestTheTruth:
    def test_a_person_who_signs_in_is_proven(self, open_id: OpenID, provider: AtProvider) -> None:
        proven = sign_in(open_id, provider, an_attempt())

        assert isinstance(proven, Proven)
        assert proven.subject == "555250710101"
        assert proven.userinfo["name"] == "Dr Amina Farrell"
        assert proven.provider_session

    def test_the_address_asks_for_all_that_protects_it(self, open_id: OpenID) -> None:
        attempt = an_attempt()

        address = open_id.address_to_sign_in(attempt)

        assert isinstance(address, str)
        asked = dict(httpx.URL(address).params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] != attempt.verifier
        assert (asked["state"], asked["nonce"]) == (attempt.state, attempt.nonce)
        assert (asked["acr_values"], asked["max_age"]) == ("AAL2_OR_AAL3_ANY AAL3_ANY", "3600")
        assert "prompt" not in asked
        assert attempt.verifier not in address

    def test_a_person_can_be_made_to_prove_anew_who_they_are(self, open_id: OpenID) -> None:
        address = open_id.address_to_sign_in(an_attempt(), again=True)

        assert isinstance(address, str)
        assert httpx.URL(address).params["prompt"] == "login"

    def test_a_person_who_signs_in_again_must_prove_it_now_and_strongly(self, open_id: OpenID) -> None:
        address = open_id.address_to_sign_in_again(an_attempt())

        assert isinstance(address, str)
        asked = dict(httpx.URL(address).params)
        assert (asked["prompt"], asked["max_age"], asked["acr_values"]) == ("login", "0", "AAL3_ANY")

    def test_a_clock_a_little_off_does_no_harm(self, provider: AtProvider, clock: Clock) -> None:
        behind = Clock(clock() - timedelta(seconds=50))

        proven = sign_in(an_open_id(provider.issuer, behind), provider, an_attempt())

        assert isinstance(proven, Proven)

    def test_the_way_out_names_where_to_come_back_to(self, open_id: OpenID, provider: AtProvider) -> None:
        proven = sign_in(open_id, provider, an_attempt())
        assert isinstance(proven, Proven)

        address = open_id.address_to_sign_out(proven.id_token)

        response = httpx.get(address)
        assert (response.status_code, response.headers["location"]) == (303, "http://viewer.example/sign-out")


REFUSED_BECAUSE = {
    Lie.AUDIENCE_OTHER: "not for us alone",
    Lie.AUDIENCE_SHARED: "not for us alone",
    Lie.AUDIENCE_OTHER_AZP_OURS: "not for us alone",
    Lie.AUDIENCE_MISSING: "not for us alone",
    Lie.AUDIENCE_EMPTY: "not for us alone",
    Lie.AUDIENCE_NESTED: "not for us alone",
    Lie.AUDIENCE_OBJECT: "not for us alone",
    Lie.AUDIENCE_TWICE: "not for us alone",
    Lie.AZP_OTHER: "given to another party",
    Lie.ISSUER_OTHER: "issued by somebody else",
    Lie.ISSUER_MISSING: "issued by somebody else",
    Lie.ISSUER_LIST: "issued by somebody else",
    Lie.ISSUER_SLASH: "issued by somebody else",
    Lie.EXPIRED: "expired",
    Lie.EXPIRED_JUST: "expired",
    Lie.EXPIRY_MISSING: "expired",
    Lie.EXPIRY_TEXT: "expired",
    Lie.EXPIRY_NOT_A_NUMBER: "expired",
    Lie.EXPIRY_ENDLESS: "expired",
    Lie.EXPIRY_TRUE: "expired",
    Lie.ISSUED_IN_FUTURE: "issued in the future",
    Lie.ISSUED_MISSING: "issued in the future",
    Lie.ISSUED_LONG_AGO: "issued too long ago",
    Lie.NOT_BEFORE_FUTURE: "not valid yet",
    Lie.NONCE_OTHER: "of another sign-in (nonce)",
    Lie.NONCE_MISSING: "of another sign-in (nonce)",
    Lie.NONCE_LIST: "of another sign-in (nonce)",
    Lie.SUBJECT_MISSING: "does not say who signed in",
    Lie.SUBJECT_NUMBER: "does not say who signed in",
    Lie.SUBJECT_EMPTY: "does not say who signed in",
    Lie.SUBJECT_ENDLESS: "does not say who signed in",
    Lie.AUTH_TIME_OLD: "proved who they are too long ago",
    Lie.AUTH_TIME_FUTURE: "does not say when the person proved who they are",
    Lie.AUTH_TIME_MISSING: "does not say when the person proved who they are",
    Lie.AUTH_TIME_TEXT: "does not say when the person proved who they are",
    Lie.ACR_WEAK: "(acr)",
    Lie.ACR_MISSING: "(acr)",
    Lie.ACR_LIST: "(acr)",
    Lie.AT_HASH_OTHER: "at_hash",
    Lie.AT_HASH_NUMBER: "access token hash",
    Lie.ALG_NONE: "an algorithm we do not allow",
    Lie.ALG_HS256_PUBLIC_KEY: "an algorithm we do not allow",
    Lie.ALG_NONE_NO_KEY: "an algorithm we do not allow",
    Lie.ALG_NONE_CASED: "an algorithm we do not allow",
    Lie.ALG_MISSING: "an algorithm we do not allow",
    Lie.ALG_RS384: "an algorithm we do not allow",
    Lie.ALG_PS256: "a key that is not for this algorithm",
    Lie.ALG_RS512: "an algorithm we do not allow",
    Lie.KEY_UNKNOWN: "a key the sign-in service does not publish",
    Lie.KEY_BORROWED_NAME: "the signature does not hold (BadSignatureError)",
    Lie.KEY_ENCLOSED: "a key the sign-in service does not publish",
    Lie.KEY_ADDRESSED: "the signature does not hold (BadSignatureError)",
    Lie.KEY_CERTIFIED: "the signature does not hold",
    Lie.KEY_SMALL: "a key that is not for this algorithm",
    Lie.KEY_FOR_ENCRYPTION: "a key the sign-in service does not publish",
    Lie.KEY_SHARED_SECRET: "an algorithm we do not allow",
    Lie.CRITICAL_UNKNOWN: "in a way of its own (crit)",
    Lie.PAYLOAD_BARE: "in a way of its own (crit)",
    Lie.PAYLOAD_LIST: "the signature does not hold (InvalidPayloadError)",
    Lie.PAYLOAD_DEEP: "the signature does not hold (InvalidPayloadError)",
    Lie.CLAIMS_TWICE: "the signature does not hold (InvalidPayloadError)",
    Lie.HEADER_TWICE: "not a signed token",
    Lie.ENCRYPTED: "not a signed token",
    Lie.HUGE: "longer than any honest token",
    Lie.PAYLOAD_ALTERED: "the signature does not hold (BadSignatureError)",
    Lie.SIGNATURE_MISSING: "the signature does not hold (BadSignatureError)",
    Lie.RESPONSE_ISSUER_OTHER: "from another sign-in service (iss)",
    Lie.RESPONSE_ISSUER_MISSING: "from another sign-in service (iss)",
    Lie.RESPONSE_DECLINED: "answered access_denied",
    Lie.RESPONSE_CODE_OTHER: "does not take this code",
    Lie.RESPONSE_CODE_AND_ERROR: "answered server_error",
    Lie.RESPONSE_CODE_OF_ANOTHER: "of another sign-in (nonce)",
    Lie.ID_TOKEN_LIST: "no ID token came",
    Lie.TOKEN_ENDPOINT_REDIRECTS: "gives no tokens (status 307)",
    Lie.TOKEN_TWICE: "no ID token came",
    Lie.TOKEN_AND_ERROR: "together with an error",
    Lie.TOKEN_HUGE: "gives no tokens (status 0)",
    Lie.ID_TOKEN_MISSING: "no ID token came",
    Lie.ID_TOKEN_GARBLED: "not a signed token",
    Lie.ACCESS_TOKEN_MISSING: "no access token came",
    Lie.TOKEN_TYPE_OTHER: "of a kind we do not use",
    Lie.TOKEN_ENDPOINT_FAILS: "gives no tokens (status 500)",
    Lie.TOKEN_ENDPOINT_HTML: "no ID token came",
    Lie.USERINFO_SUBJECT_OTHER: "UserInfo is about somebody else",
    Lie.USERINFO_SUBJECT_MISSING: "UserInfo is about somebody else",
    Lie.USERINFO_REFUSES: "says nothing of the person (status 401)",
    Lie.USERINFO_LIST: "UserInfo is about somebody else",
    Lie.USERINFO_TWICE: "UserInfo is about somebody else",
    Lie.USERINFO_REDIRECTS: "says nothing of the person (status 307)",
    Lie.DISCOVERY_ISSUER_OTHER: "says it is another",
    Lie.DISCOVERY_TWICE: "says it is another",
    Lie.DISCOVERY_REDIRECTS: "does not describe itself (status 307)",
    Lie.DISCOVERY_FAILS: "does not describe itself (status 503)",
    Lie.DISCOVERY_PLAIN_HTTP_AWAY: "missing or not safe",
    Lie.DISCOVERY_NO_S256: "does not offer PKCE with S256",
    Lie.KEYS_NONE: "a key the sign-in service does not publish",
    Lie.KEYS_FAIL: "does not give its keys (status 503)",
    Lie.KEYS_SWAPPED: "the signature does not hold (BadSignatureError)",
    Lie.KEYS_COLLIDE: "a key the sign-in service does not publish",
}

CAUSES = {
    Lie.RESPONSE_DECLINED: Cause.DECLINED,
    Lie.RESPONSE_CODE_AND_ERROR: Cause.DECLINED,
    Lie.TOKEN_ENDPOINT_REDIRECTS: Cause.UNREACHABLE,
    Lie.TOKEN_HUGE: Cause.UNREACHABLE,
    Lie.USERINFO_REDIRECTS: Cause.UNREACHABLE,
    Lie.DISCOVERY_REDIRECTS: Cause.UNREACHABLE,
    Lie.TOKEN_ENDPOINT_FAILS: Cause.UNREACHABLE,
    Lie.USERINFO_REFUSES: Cause.UNREACHABLE,
    Lie.DISCOVERY_FAILS: Cause.UNREACHABLE,
}

# Told in other places: the state is checked when the attempt is taken (tests/pages/test_sign_in.py), the
# roles when claims are read (test_claims.py), and logout tokens have tests of their own (test_logout.py).
ELSEWHERE = {
    Lie.TRUTH,
    Lie.RESPONSE_STATE_OTHER,
    Lie.RESPONSE_STATE_MISSING,
    Lie.RESPONSE_STATE_TWICE,
    Lie.RESPONSE_CODE_TWICE,
    Lie.USERINFO_ROLE_OTHER,
}


@pytest.mark.filterwarnings("ignore:Key size should be")  # one of the lies is a key that is too small
class TestLies:
    @pytest.mark.parametrize("lie", REFUSED_BECAUSE, ids=lambda lie: lie.value)
    def test_a_lie_is_refused(self, open_id: OpenID, provider: AtProvider, lie: Lie) -> None:
        provider.tells(lie)

        refused = sign_in(open_id, provider, an_attempt())

        assert isinstance(refused, SignInRefused)
        assert REFUSED_BECAUSE[lie] in refused.reason
        assert refused.cause is CAUSES.get(lie, Cause.UNPROVEN)

    def test_every_lie_that_can_be_told_is_refused_somewhere(self) -> None:
        assert {*lies_told(When.SIGNING_IN), Lie.TRUTH} == set(REFUSED_BECAUSE) | ELSEWHERE
        assert {Lie.TRUTH, *(lie for when in When for lie in lies_told(when))} == set(Lie)

    @pytest.mark.parametrize("lie", [Lie.DISCOVERY_FAILS, Lie.DISCOVERY_ISSUER_OTHER, Lie.KEY_UNKNOWN], ids=str)
    def test_the_truth_is_believed_right_after_a_lie(self, open_id: OpenID, provider: AtProvider, lie: Lie) -> None:
        provider.tells(lie)
        sign_in(open_id, provider, an_attempt())
        provider.tells(Lie.TRUTH)

        proven = sign_in(open_id, provider, an_attempt())

        assert isinstance(proven, Proven)

    def test_a_refusal_repeats_neither_token_nor_code(self, open_id: OpenID, provider: AtProvider) -> None:
        provider.tells(Lie.NONCE_OTHER)
        attempt = an_attempt()
        address = open_id.address_to_sign_in(attempt)
        assert isinstance(address, str)
        returned = provider.press(address, USER)

        refused = open_id.prove(returned, attempt)

        assert isinstance(refused, SignInRefused)
        assert returned["code"] not in repr(refused)
        assert attempt.nonce not in repr(refused)

    def test_an_unknown_error_in_the_address_is_not_repeated(self, open_id: OpenID, provider: AtProvider) -> None:
        refused = open_id.prove({"iss": provider.issuer, "error": "<b>forged</b>"}, an_attempt())

        assert refused == SignInRefused(Cause.DECLINED, "the sign-in service answered an unknown error")


class TestCodesAndAssertions:
    def test_a_code_opens_once(self, open_id: OpenID, provider: AtProvider) -> None:
        attempt = an_attempt()
        address = open_id.address_to_sign_in(attempt)
        assert isinstance(address, str)
        returned = provider.press(address, USER)
        open_id.prove(returned, attempt)

        again = open_id.prove(returned, attempt)

        assert isinstance(again, SignInRefused)

    def test_a_code_of_another_attempt_opens_nothing(self, open_id: OpenID, provider: AtProvider) -> None:
        theirs = open_id.address_to_sign_in(an_attempt())
        assert isinstance(theirs, str)

        refused = open_id.prove(provider.press(theirs, USER), an_attempt())

        assert isinstance(refused, SignInRefused)

    def test_our_assertion_lives_a_minute_and_is_never_the_same(self, provider: AtProvider, clock: Clock) -> None:
        sent: list[str] = []

        def listening_in(
            method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None
        ) -> tuple[int, Mapping[str, object]]:
            sent.extend([form["client_assertion"]] if form else [])
            return fetch_json()(method, url, headers=headers, form=form)

        plain = an_open_id(provider.issuer, clock)
        open_id = OpenID(plain.config, Provider(provider.issuer, listening_in, clock), listening_in, clock)
        for _ in range(2):
            sign_in(open_id, provider, an_attempt())

        first, second = (jwt.decode(one, our_key(), algorithms=["RS256"]) for one in sent)
        assert first.claims["exp"] - first.claims["iat"] == 60
        assert first.claims["aud"] == f"{provider.issuer}/token"
        assert first.claims["iss"] == first.claims["sub"] == "trustline"
        assert first.claims["jti"] != second.claims["jti"]
        assert first.header["kid"] == our_key().kid

    def test_with_another_key_of_ours_nobody_signs_in(self, provider: AtProvider, clock: Clock) -> None:
        from joserfc.jwk import RSAKey

        other = RSAKey.generate_key(2048).as_pem(private=True).decode()

        refused = sign_in(an_open_id(provider.issuer, clock, key=other), provider, an_attempt())

        assert isinstance(refused, SignInRefused)


class TestTheProvider:
    def test_a_provider_that_is_down_is_said_to_be_down(self, clock: Clock) -> None:
        with running_provider(clock) as provider:
            gone = provider.issuer

        refused = an_open_id(gone, clock).address_to_sign_in(an_attempt())

        assert isinstance(refused, SignInRefused)
        assert refused.cause is Cause.UNREACHABLE

    def test_a_changed_key_is_learnt_at_the_first_sign_in(self, open_id: OpenID, provider: AtProvider) -> None:
        sign_in(open_id, provider, an_attempt())
        provider.changes_its_key()

        proven = sign_in(open_id, provider, an_attempt())

        assert isinstance(proven, Proven)

    def test_unknown_keys_make_us_ask_no_oftener_than_every_half_minute(
        self, provider: AtProvider, clock: Clock
    ) -> None:
        asked: list[str] = []

        def counting(
            method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None
        ) -> tuple[int, Mapping[str, object]]:
            asked.append(url)
            return fetch_json()(method, url, headers=headers, form=form)

        ours = Provider(provider.issuer, counting, clock)
        for number in range(20):
            ours.find_key(f"unknown-{number}", "RS256")
        in_a_moment = asked.count(f"{provider.issuer}/jwks")
        clock.passes(timedelta(seconds=31))
        ours.find_key("unknown", "RS256")

        assert in_a_moment == 2
        assert asked.count(f"{provider.issuer}/jwks") == 3

    def test_addresses_and_keys_are_asked_for_once_an_hour(self, provider: AtProvider, clock: Clock) -> None:
        asked: list[str] = []

        def counting(
            method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None
        ) -> tuple[int, Mapping[str, object]]:
            asked.append(url)
            return fetch_json()(method, url, headers=headers, form=form)

        ours = Provider(provider.issuer, counting, clock)
        for _ in range(3):
            ours.metadata()
        within_the_hour = len(asked)
        clock.passes(timedelta(minutes=61))
        ours.metadata()

        assert (within_the_hour, len(asked)) == (1, 2)
