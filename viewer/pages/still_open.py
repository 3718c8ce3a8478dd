"""Tell a page of a patient whether they are open still, or may still be confirmed, so that it goes blank when not.

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
from viewer.pages.search_form import Wanted
from viewer.pages.still_open_words import why_closed
from viewer.parts import Parts
from viewer.steps import Looking, Opened
from viewer.still_open import Closed, ShownList, StillOpen, still_open

Peek = Callable[[str], SignIn | None]


def still_open_routes(
    parts: Parts, handles: Handles, peek: Peek, has_ended: Callable[[str], bool] = lambda _: False
) -> tuple[Route, ...]:
    """Return what pages ask: of who is open, was found, or stands on a list. `peek` leaves idle time alone.

    `has_ended` says of a record system's context whether it has gone on.
    """

    def of_opened(look: Looking, handle: str) -> StillOpen:
        opened = handles.fetch(look.sign_in, Opened, handle)
        if _has_gone_on(handles, look.sign_in, handle, opened, has_ended):
            return StillOpen(Closed.CONTEXT)
        return still_open(parts, look, opened)

    def of_search(look: Looking, handle: str) -> StillOpen:
        return _still_sought(handles, look.sign_in, handle, has_ended)

    def of_list(look: Looking, handle: str) -> StillOpen:
        return StillOpen() if handles.fetch(look.sign_in, ShownList, handle) else StillOpen(Closed.LIST)

    return (
        Route("/patients/<handle>/still", "still_open", Who.WHOEVER, _tell(peek, of_opened)),
        Route("/find/<handle>/still", "still_sought", Who.WHOEVER, _tell(peek, of_search)),
        Route("/listed/<handle>/still", "still_listed", Who.WHOEVER, _tell(peek, of_list)),
    )


def _tell(peek: Peek, still: Callable[[Looking, str], StillOpen]) -> Callable[[Asking, str], ResponseReturnValue]:
    def tell(asking: Asking, handle: str) -> ResponseReturnValue:
        sign_in = peek(request.cookies.get(COOKIE, ""))
        if sign_in is None or sign_in.clinician is None:
            return _said(StillOpen(Closed.SIGNED_OUT))
        return _said(still(looking(replace(asking, sign_in=sign_in, clinician=sign_in.clinician)), handle))

    return tell


def _still_sought(handles: Handles, sign_in: str, handle: str, has_ended: Callable[[str], bool]) -> StillOpen:
    """Say whether those whom a search found may stand on its page, and on the one that confirms one of them."""
    context = handles.fetch(sign_in, InContext, handle)
    if handles.fetch(sign_in, GoneOn, handle) or (context and has_ended(context.link)):
        return StillOpen(Closed.CONTEXT)
    return StillOpen() if handles.fetch(sign_in, Wanted, handle) else StillOpen(Closed.SEARCH)


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
