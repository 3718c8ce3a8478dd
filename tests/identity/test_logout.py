"""Logout tokens: the service's own are obeyed once, and nothing else is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.identity_lies import Lie, When, lies_told
from tests.identity.parts import AtProvider, Clock, a_database, an_attempt, an_open_id, running_provider
from viewer.identity.logout import LogoutNotice, UsedTokens, read_logout_token
from viewer.identity.open_id import OpenID, Proven
from viewer.identity.signed_token import BadToken, open_token

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


def sign_in(open_id: OpenID, provider: AtProvider) -> Proven:
    attempt = an_attempt()
    address = open_id.address_to_sign_in(attempt)
    assert isinstance(address, str)
    proven = open_id.prove(provider.press(address, USER), attempt)
    assert isinstance(proven, Proven)
    return proven


def read(open_id: OpenID, sealed: str, clock: Clock) -> LogoutNotice | BadToken:
    return read_logout_token(sealed, open_id.provider.find_key, open_id.config.issuer, "trustline", clock())


def test_the_services_own_is_read(open_id: OpenID, provider: AtProvider, clock: Clock) -> None:
    proven = sign_in(open_id, provider)

    notice = read(open_id, provider.logout_token(USER), clock)

    assert isinstance(notice, LogoutNotice)
    assert (notice.sid, notice.sub) == (proven.provider_session, proven.subject)


@pytest.mark.filterwarnings("ignore:Key size should be")  # one of the lies is a key that is too small
@pytest.mark.parametrize("lie", lies_told(When.SIGNING_OUT), ids=lambda lie: lie.value)
def test_no_lie_signs_anybody_out(open_id: OpenID, provider: AtProvider, clock: Clock, lie: Lie) -> None:
    sign_in(open_id, provider)
    provider.tells(lie)

    assert isinstance(read(open_id, provider.logout_token(USER), clock), BadToken)


@pytest.mark.parametrize(
    ("lie", "because"),
    [
        (Lie.LOGOUT_TYPE_OTHER, "not a logout token (typ)"),
        (Lie.LOGOUT_NONCE, "an ID token in disguise (nonce)"),
        (Lie.LOGOUT_EVENT_MISSING, "not a logout token (events)"),
        (Lie.LOGOUT_EVENT_OTHER, "not a logout token (events)"),
        (Lie.LOGOUT_NOBODY, "about nobody"),
        (Lie.LOGOUT_JTI_MISSING, "without an id of its own (jti)"),
        (Lie.LOGOUT_ISSUED_OLD, "too old"),
        (Lie.AUDIENCE_OTHER, "not for us alone"),
        (Lie.AUDIENCE_SHARED, "not for us alone"),
        (Lie.ISSUER_OTHER, "issued by somebody else"),
        (Lie.EXPIRED, "expired"),
        (Lie.ISSUED_IN_FUTURE, "issued in the future"),
        (Lie.ISSUED_MISSING, "issued in the future"),
        (Lie.ALG_NONE, "an algorithm we do not allow"),
        (Lie.ALG_HS256_PUBLIC_KEY, "an algorithm we do not allow"),
        (Lie.KEY_UNKNOWN, "a key the sign-in service does not publish"),
        (Lie.KEY_BORROWED_NAME, "the signature does not hold"),
        (Lie.SIGNATURE_MISSING, "the signature does not hold"),
    ],
    ids=str,
)
def test_a_lie_signs_nobody_out(open_id: OpenID, provider: AtProvider, clock: Clock, lie: Lie, because: str) -> None:
    sign_in(open_id, provider)
    provider.tells(lie)

    refused = read(open_id, provider.logout_token(USER), clock)

    assert isinstance(refused, BadToken)
    assert because in refused.reason


def test_an_id_token_signs_nobody_out(open_id: OpenID, provider: AtProvider, clock: Clock) -> None:
    proven = sign_in(open_id, provider)

    assert read(open_id, proven.id_token, clock) == BadToken("not a logout token (typ)")


def test_a_logout_token_signs_nobody_in(open_id: OpenID, provider: AtProvider, clock: Clock) -> None:
    from viewer.identity.id_token import Expected, verify_id_token

    sign_in(open_id, provider)
    expected = Expected(provider.issuer, "trustline", "", "", frozenset({"AAL3_ANY"}), timedelta(hours=1))

    refused = verify_id_token(provider.logout_token(USER), open_id.provider.find_key, expected, clock())

    assert isinstance(refused, BadToken)


def test_a_token_id_is_used_once_and_remembered_as_long_as_it_matters(tmp_path: Path, clock: Clock) -> None:
    used = UsedTokens(a_database(tmp_path), clock)

    first, again = used.use("jti-1"), used.use("jti-1")
    clock.passes(timedelta(minutes=6))
    while_it_could_still_be_shown = used.use("jti-1")
    clock.passes(timedelta(minutes=2))

    assert (first, again, while_it_could_still_be_shown) == (True, False, False)
    assert used.use("jti-1")


@given(sealed=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_\-]{0,30}\.[A-Za-z0-9_\-]{0,30}\.[A-Za-z0-9_\-]{0,9}"))
def test_whatever_is_posted_it_is_a_bad_token_and_no_surprise(sealed: str) -> None:
    refused = open_token(sealed, lambda _key_id, _algorithm: BadToken("no key"))

    assert isinstance(refused, BadToken)
