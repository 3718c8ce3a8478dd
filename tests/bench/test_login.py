"""The proof of signing in can be run, and would say so if a lie were believed."""

import pytest

from bench.login import AT_LEAST, Told, _as_pages, _lies_refused, _lies_told, _truth, prove_login
from sandbox.identity_lies import Lie, When, lies_told

A_FEW = (Lie.NONCE_OTHER, Lie.DISCOVERY_FAILS, Lie.AGAIN_NOT_ASKED, Lie.LOGOUT_NONCE)


def a_telling(what: str = "a lie", *, status: int = 403, believed: bool = False) -> Told:
    return Told(what, "signing in", status, believed)


def test_a_few_lies_are_told_refused_and_set_beside_authlib() -> None:
    told, refused, on_purpose, authlib, truth = prove_login(A_FEW)

    assert told.measured.startswith(
        "11: 2 signing in, 2 signing in again, 1 signing out over the back channel, 6 tricks"
    )
    assert (refused.met, on_purpose.met, truth.met) == (True, True, True)
    assert refused.measured == "11 of 11; believed: none"
    assert authlib.measured == "1 of 3; the truth: yes"
    assert authlib.limit == Lie.AGAIN_NOT_ASKED.value


def test_a_lie_that_is_believed_is_named_and_fails_the_proof() -> None:
    figure = _lies_refused([a_telling(), a_telling("a better lie", believed=True)])

    assert figure.met is False
    assert "1 of 2; BELIEVED: a better lie (signing in)" in figure.measured


@pytest.mark.parametrize("status", [500, 200, 303])
def test_an_answer_that_is_no_refusal_fails_the_proof(status: int) -> None:
    assert _as_pages([a_telling(status=status)]).met is False


def test_a_truth_that_is_refused_fails_the_proof() -> None:
    assert _truth({"signing in, before": True, "signing in, after": False}).met is False


def test_there_are_enough_different_lies() -> None:
    every = [a_telling(lie.value) for when in When for lie in lies_told(when)]

    assert _lies_told(every).met
    assert not _lies_told(every[: AT_LEAST - 1]).met
