"""Say what went wrong, and whom to telephone when results cannot be shown.

Rule: these pages make no calls; they can be shown when everything else is down.
"""

import logging
from collections.abc import Sequence

from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from connectors.answer import Trust
from viewer.pages import words
from viewer.pages.route import Asking

log = logging.getLogger(__name__)


def show_errors(app: Flask, trusts: Sequence[Trust], *unavailable: type[Exception]) -> None:
    """Show a page of ours for every error of the web, a log or database that is unavailable, and our own mistakes."""

    def show(error: HTTPException) -> ResponseReturnValue:
        return _page(error.code or 500, trusts)

    def show_unavailable(problem: Exception) -> ResponseReturnValue:
        log.error("no page could be shown: %s", type(problem).__name__)  # its text might repeat what was asked
        return _page(503, trusts)

    app.register_error_handler(HTTPException, show)  # our own mistakes come as a 500
    for one in unavailable:
        app.register_error_handler(one, show_unavailable)


def _page(code: int, trusts: Sequence[Trust]) -> tuple[str, int]:
    asking: Asking | None = g.get("asking")
    csrf = asking.sign_in.csrf if asking and asking.sign_in else ""
    said = words.error(code)
    call = trusts if code >= 500 else ()
    return render_template("error.html", asking=asking, csrf=csrf, words=words, said=said, code=code, trusts=call), code
