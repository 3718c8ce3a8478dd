"""Record that a patient has asked that their results are not shared here, or that they ask it no longer.

Rule: the officer names the patient by number and the form by its reference, and is told nothing of anybody else.
What is recorded or ended is in the log before it holds, and a number never stands in an address. Another organisation's
dissent is shown without its author and its reference, and only that organisation ends it: the patient wrote to them.
Who could open the patient once it is ended does not end it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Clinician, Role
from viewer.clinical.nhs_number import NHSNumber, NotAnNHSNumber, read_nhs_number
from viewer.dissents import Dissent
from viewer.handles import Handles
from viewer.pages import dissent_words
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who


class Dissents(Protocol):
    """The part of the dissents that this page needs."""

    def record(self, nhs_number: str, by: Clinician, reference: str) -> bool: ...  # noqa: D102
    def end(self, nhs_number: str, by: Clinician, reference: str) -> bool: ...  # noqa: D102
    def of(self, nhs_number: str) -> Sequence[Dissent]: ...  # noqa: D102


class Done(StrEnum):
    """What became of what an officer asked for."""

    LOOKED_UP = ""
    RECORDED = "recorded"
    ENDED = "ended"
    ALREADY = "recorded already"
    NONE = "none to end"
    NOT_YOURS = "recorded by another organisation"
    NOT_ALONE = "held by somebody with a clinical role"


@dataclass(frozen=True, slots=True)
class Dissenting:
    """The number an officer typed and what became of it, kept under a handle so that no address holds it."""

    nhs_number: str
    done: Done = Done.LOOKED_UP


@dataclass(frozen=True, slots=True)
class _Page:
    """What the actions of this page share."""

    dissents: Dissents
    handles: Handles
    append: Callable[..., tuple[int, ...]]
    clock: Callable[[], datetime]


FIELDS = ("nhs_number", "reference")


def dissent_routes(
    dissents: Dissents, handles: Handles, append: Callable[..., tuple[int, ...]], clock: Callable[[], datetime]
) -> tuple[Route, ...]:
    """Return the page of dissents: its form, what it says of one patient, and the action that records and ends."""
    shared = _Page(dissents, handles, append, clock)
    return (
        Route("/dissent", "dissent", Who.IG_OFFICERS, _form(shared)),
        Route("/dissent", "dissent_said", Who.IG_OFFICERS, _take(shared), methods=("POST",)),
        Route("/dissent/<handle>", "dissent_of", Who.IG_OFFICERS, _show(shared)),
    )


def _form(shared: _Page) -> Callable[[Asking], ResponseReturnValue]:
    return lambda asking: _form_page(shared, asking, dict.fromkeys(FIELDS, ""), {}, None)


def _show(shared: _Page) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        kept = shared.handles.fetch(looking(asking).sign_in, Dissenting, handle)
        if kept is None:
            return redirect(url_for("dissent"), 303)
        _log(shared, asking, Event.LEDGER_SEARCHED, kept.nhs_number, "", "looked up", "dissent")
        return _form_page(shared, asking, dict.fromkeys(FIELDS, ""), {}, kept)

    return show


def _form_page(
    shared: _Page, asking: Asking, typed: Mapping[str, str], mistakes: Mapping[str, str], kept: Dissenting | None
) -> str:
    number = read_nhs_number(kept.nhs_number) if kept else None
    return page(
        "dissent.html",
        asking,
        typed=typed,
        mistakes=mistakes,
        number=number if isinstance(number, NHSNumber) else None,
        done=kept.done if kept else Done.LOOKED_UP,
        history=shared.dissents.of(kept.nhs_number) if kept else (),
        own=looking(asking).who.organisation,
        dissent_words=dissent_words,
    )


def _take(shared: _Page) -> Callable[[Asking], ResponseReturnValue]:
    def take(asking: Asking) -> ResponseReturnValue:
        typed = {name: request.form.get(name, "").strip()[:100] for name in FIELDS}
        wanted, number = request.form.get("do", ""), read_nhs_number(typed["nhs_number"])
        mistakes = _mistakes(typed, number, wanted)
        if mistakes or isinstance(number, NotAnNHSNumber):
            return _form_page(shared, asking, typed, mistakes, None), 400
        done = _do(shared, asking, wanted, number.digits, typed["reference"])
        handle = shared.handles.keep(looking(asking).sign_in, Dissenting(number.digits, done))
        return redirect(url_for("dissent_of", handle=handle), 303)

    return take


def _mistakes(typed: Mapping[str, str], number: NHSNumber | NotAnNHSNumber, wanted: str) -> dict[str, str]:
    mistakes = {}
    if isinstance(number, NotAnNHSNumber):
        mistakes["nhs_number"] = number.reason if typed["nhs_number"] else "Enter the patient’s NHS number"
    if wanted in ("record", "end") and not typed["reference"]:
        mistakes["reference"] = "Enter the reference of the form or letter"
    return mistakes


def _do(shared: _Page, asking: Asking, wanted: str, number: str, reference: str) -> Done:
    """Record, end or only look up; return what became of it. The log says so first."""
    by = looking(asking).who
    held = next((one for one in shared.dissents.of(number) if one.ended_at is None), None)
    if wanted == "record":
        if held is not None:
            return Done.ALREADY
        _log(shared, asking, Event.DISSENT_RECORDED, number, reference, "recorded")
        return Done.RECORDED if shared.dissents.record(number, by, reference) else Done.ALREADY
    if wanted == "end":
        if held is None:
            return Done.NONE
        if refusal := _may_not_end(held, asking):
            _log(shared, asking, Event.DISSENT_RECORDED, number, reference, "refused", because=refusal)
            return refusal
        _log(shared, asking, Event.DISSENT_RECORDED, number, reference, "ended")
        return Done.ENDED if shared.dissents.end(number, by, reference) else Done.NONE
    return Done.LOOKED_UP


def _may_not_end(held: Dissent, asking: Asking) -> Done | None:
    """Say why this officer may not end it, if they may not."""
    if held.organisation.ods != looking(asking).who.organisation.ods:
        return Done.NOT_YOURS
    choices = asking.sign_in.choices if asking.sign_in else ()
    return Done.NOT_ALONE if any(one.role is not Role.IG_OFFICER for one in choices) else None


def _log(
    shared: _Page,
    asking: Asking,
    event: Event,
    number: str,
    reference: str,
    outcome: str,
    asked_for: str = "",
    because: str = "",
) -> None:
    look = looking(asking)
    shared.append(
        AccessEvent(
            event,
            shared.clock(),
            look.who,
            look.sign_in,
            view=look.view,
            nhs_number=number,
            device=look.device,
            outcome=outcome,
            reference=reference,
            asked_for=asked_for,
            because=because,
        )
    )
