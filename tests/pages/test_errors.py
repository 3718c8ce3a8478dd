"""Every error is a page of ours that says what happened, and whom to telephone when results cannot be shown."""

import pytest
from flask import abort

from tests.pages.builders import TRUSTS, LogLostError, an_app
from tests.pages.page_tester import PageTester
from viewer.pages.errors import show_errors


def a_tester() -> PageTester:
    app = an_app()
    app.add_url_rule("/stop/<int:code>", "stop", abort)
    app.add_url_rule("/mistake", "mistake", lambda: 1 // 0)
    app.add_url_rule("/lost", "lost", _lose)
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def _lose() -> str:
    raise LogLostError


@pytest.mark.parametrize("code", [400, 403, 404, 413, 429, 500, 503, 418, 501])
def test_every_error_has_a_page_that_says_what_happened(code: int) -> None:
    page = a_tester().get(f"/stop/{code}", code)

    assert page.one("h1").words


def test_an_address_used_the_wrong_way_has_a_page() -> None:
    assert "does not do what was asked" in a_tester().post("/lost", 405).words


def test_our_own_mistake_is_said_to_be_ours_and_repeats_nothing_of_it() -> None:
    page = a_tester().get("/mistake", 500)

    assert "This is our mistake." in page.words
    assert "ZeroDivisionError" not in page.html


@pytest.mark.parametrize("path", ["/mistake", "/lost"])
def test_when_results_cannot_be_shown_each_trust_can_be_telephoned(path: str) -> None:
    page = a_tester().get(path, 500 if path == "/mistake" else 503)

    assert [trust.title for trust in TRUSTS if trust.telephone in page.words] == [trust.title for trust in TRUSTS]
