"""Tell a page of a patient whether they are open still, so that it goes blank when they are not.

Rule: it is no use of the sign-in: a page left open never keeps one alive.
"""

from collections.abc import Callable
from dataclasses import replace

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from viewer.handles import Handles
from viewer.identity.sign_in import SignIn
from viewer.pages.guard import COOKIE
from viewer.pages.page import looking
from viewer.pages.route import Asking, Route, Who
from viewer.pages.still_open_words import why_closed
from viewer.parts import Parts
from viewer.steps import Opened
from viewer.still_open import Closed, StillOpen, still_open

Peek = Callable[[str], SignIn | None]


def still_open_routes(parts: Parts, handles: Handles, peek: Peek) -> tuple[Route, ...]:
    """Return the one address that pages of patients ask. `peek` reads a sign-in and leaves its idle time alone."""
    return (Route("/patients/<handle>/still", "still_open", Who.WHOEVER, _tell(parts, handles, peek)),)


def _tell(parts: Parts, handles: Handles, peek: Peek) -> Callable[[Asking, str], ResponseReturnValue]:
    def tell(asking: Asking, handle: str) -> ResponseReturnValue:
        sign_in = peek(request.cookies.get(COOKIE, ""))
        if sign_in is None or sign_in.clinician is None:
            return _said(StillOpen(Closed.SIGNED_OUT))
        look = looking(replace(asking, sign_in=sign_in, clinician=sign_in.clinician))
        return _said(still_open(parts, look, handles.fetch(look.sign_in, Opened, handle)))

    return tell


def _said(still: StillOpen) -> ResponseReturnValue:
    if still.closed is None:
        return jsonify(open=True)
    return jsonify(open=False, why=why_closed(still))
