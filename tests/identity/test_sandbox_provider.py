"""The sandbox's own provider remembers who signed in in a browser, and asks anew when a client says so."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from tests.identity.parts import AtProvider, Clock, an_attempt, an_open_id, running_provider


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Iterator[AtProvider]:
    with running_provider(clock) as running:
        yield running


@pytest.fixture
def browser(provider: AtProvider, clock: Clock) -> Iterator[httpx.Client]:
    """Return a browser in which Amina has signed in at the provider."""
    with httpx.Client() as browser:
        sent = browser.get(f"{an_address(provider, clock)}&login_hint=amina.farrell")
        assert sent.status_code == 303
        yield browser


def an_address(provider: AtProvider, clock: Clock, max_age: timedelta = timedelta(hours=1)) -> str:
    address = an_open_id(provider.issuer, clock, max_age=max_age).address_to_sign_in(an_attempt())
    assert isinstance(address, str)
    return address


def is_asked(browser: httpx.Client, address: str) -> bool:
    return "Who are you?" in browser.get(address).text


def test_whoever_signed_in_a_moment_ago_is_not_asked(browser: httpx.Client, provider: AtProvider, clock: Clock) -> None:
    clock.passes(timedelta(minutes=9))

    assert not is_asked(browser, an_address(provider, clock))


def test_prompt_login_asks_all_the_same(browser: httpx.Client, provider: AtProvider, clock: Clock) -> None:
    address = an_open_id(provider.issuer, clock).address_to_sign_in_again(an_attempt())

    assert isinstance(address, str)
    assert is_asked(browser, address)


def test_whoever_signed_in_longer_ago_than_max_age_is_asked(
    browser: httpx.Client, provider: AtProvider, clock: Clock
) -> None:
    clock.passes(timedelta(seconds=61))

    assert is_asked(browser, an_address(provider, clock, max_age=timedelta(minutes=1)))
    assert not is_asked(browser, an_address(provider, clock, max_age=timedelta(minutes=2)))


def test_nobody_is_remembered_for_long_or_in_another_browser(
    browser: httpx.Client, provider: AtProvider, clock: Clock
) -> None:
    with httpx.Client() as another:
        in_another = is_asked(another, an_address(provider, clock))
    clock.passes(timedelta(minutes=11))

    assert in_another
    assert is_asked(browser, an_address(provider, clock))
