"""Fetch the patient a sign-in has open under a handle; a handle that opens nothing is not found.

Rule: a broken glass opens nothing from the moment it ends, and a launch nothing from the moment its record goes on,
whatever page is asked for.
"""

from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from flask import abort, make_response

from viewer.access.decide import Decision
from viewer.access.glass import breaks_glass, why_glass_does_not_hold
from viewer.evidence import look_ended
from viewer.handles import Handles
from viewer.launching import GoneOn, InContext, close_those_of
from viewer.pages import launch_words
from viewer.pages.page import looking, page
from viewer.pages.route import Asking
from viewer.parts import Parts
from viewer.steps import Opened


def fetch_opened(parts: Parts, handles: Handles, asking: Asking, handle: str) -> Opened:
    """Return what is open under this handle in this sign-in, or end the request with the page that says why not."""
    look = looking(asking)
    opened = handles.fetch(look.sign_in, Opened, handle) or _is_not_open(handles, asking, handle)
    context = handles.fetch(look.sign_in, InContext, opened.search) if opened.search else None
    if context and parts.has_ended(context.link):  # while they were being opened: whoever ended it found nobody yet
        close_those_of(handles, look.sign_in, context)
        _is_not_open(handles, asking, handle)
    if not breaks_glass(opened.relationship):
        return opened
    if because := why_glass_does_not_hold(opened.relationship, parts.clock()):
        refused = Decision(allowed=False, because=because)
        parts.append(replace(look_ended(look, opened, refused, parts.clock()), asked_for="a glass that has closed"))
        abort(make_response(page("glass_closed.html", asking, trusts=parts.trusts), 403))
    return opened


def _is_not_open(handles: Handles, asking: Asking, handle: str) -> NoReturn:
    if handles.fetch(looking(asking).sign_in, GoneOn, handle):
        abort(make_response(page("launch_refused.html", asking, because=launch_words.GONE_ON), 403))
    abort(404)


def glass_closes(opened: Opened) -> datetime | None:
    """Return when the glass that was broken for this patient closes; None when none was."""
    return opened.relationship.until if breaks_glass(opened.relationship) else None
