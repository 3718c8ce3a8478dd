"""Ask what is new of one row of a list no oftener than somebody who sits before that list can need.

Rule: one asking of a row every two minutes, in one sign-in, whatever asks for it. Who wants to know sooner opens the
patient, and is told so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import jsonify
from flask.typing import ResponseReturnValue

from viewer.handles import Handles
from viewer.pages import words

EVERY = timedelta(minutes=2)  # answers are kept for one of them: in the other the same would be asked again


@dataclass(frozen=True, slots=True)
class AskedNew:
    """When what is new of a row was last asked; None before it ever was."""

    at: datetime | None = None


def offer_new(handles: Handles, sign_in: str, row: str) -> None:
    """Let what is new of this row be asked: a row that stands on no page is not asked about."""
    if handles.fetch(sign_in, AskedNew, row) is None:
        handles.keep(sign_in, AskedNew(), row)


def take_turn(handles: Handles, sign_in: str, row: str, now: datetime) -> ResponseReturnValue | None:
    """Return None when this row may be asked about now, and who asks next must wait; else the answer that says so."""
    last = handles.fetch(sign_in, AskedNew, row) or AskedNew()
    if last.at and now < last.at + EVERY:
        return jsonify(later=too_soon(last.at))
    taken = handles.swap(sign_in, row, last, AskedNew(now))
    return None if taken else jsonify(later=too_soon(now))


def too_soon(asked: datetime) -> str:
    """Say when a row was asked about, how long it is not asked again, and what to do sooner."""
    minutes = int(EVERY.total_seconds()) // 60
    return f"Asked at {words.clock(asked)}, and not again within {minutes} minutes. Open the patient to look now"
