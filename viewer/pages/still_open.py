"""Tell a page of a patient whether they are open still, so that it goes blank when they are not.

Rule: it is no use of the sign-in: a page left open never keeps one alive.
"""

from collections.abc import Callable
from dataclasses import replace

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from viewer.handles import Handles
from viewer.identity.sign_in import SignIn
from viewer.launching import GoneOn, InContext, close_those_of
from viewer.pages.guard import COOKIE
from viewer.pages.page import looking
from viewer.pages.route import Asking, Route, Who
from viewer.pages.still_open_words import why_closed
from viewer.parts import Parts
from viewer.steps import Opened
from viewer.still_open import Closed, StillOpen, still_open

Peek = Callable[[str], SignIn | None]


def still_open_routes(
    parts: Parts, handles: Handles, peek: Peek, has_ended: Callable[[str], bool] = lambda _: False
) -> tuple[Route, ...]:
    """Return the one address that pages of patients ask. `peek` reads a sign-in and leaves its idle time alone.

    `has_ended` says of a record system's context whether it has gone on.
    """
    return (Route("/patients/<handle>/still", "still_open", Who.WHOEVER, _tell(parts, handles, peek, has_ended)),)


def _tell(
    parts: Parts, handles: Handles, peek: Peek, has_ended: Callable[[str], bool]
) -> Callable[[Asking, str], ResponseReturnValue]:
    def tell(asking: Asking, handle: str) -> ResponseReturnValue:
        sign_in = peek(request.cookies.get(COOKIE, ""))
        if sign_in is None or sign_in.clinician is None:
            return _said(StillOpen(Closed.SIGNED_OUT))
        look = looking(replace(asking, sign_in=sign_in, clinician=sign_in.clinician))
        opened = handles.fetch(look.sign_in, Opened, handle)
        if _has_gone_on(handles, look.sign_in, handle, opened, has_ended):
            return _said(StillOpen(Closed.CONTEXT))
        return _said(still_open(parts, look, opened))

    return tell


def _has_gone_on(
    handles: Handles, sign_in: str, handle: str, opened: Opened | None, has_ended: Callable[[str], bool]
) -> bool:
    """Say whether the record this patient was opened from has gone on, even while they were being opened."""
    if opened is None:
        return handles.fetch(sign_in, GoneOn, handle) is not None
    context = handles.fetch(sign_in, InContext, opened.search) if opened.search else None
    if context is None or not has_ended(context.link):
        return False
    close_those_of(handles, sign_in, context)
    return True


def _said(still: StillOpen) -> ResponseReturnValue:
    if still.closed is None:
        return jsonify(open=True)
    return jsonify(open=False, why=why_closed(still))
