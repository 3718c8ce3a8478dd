"""The Ledger: who saw what, why, and by which clause, for information governance officers.

Rule: an officer sees entries by their own organisation's staff and entries about their own
trust's data, and each look at the Ledger is itself an entry before its page leaves.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.relationship import Purpose
from viewer.audit.entry import Entry
from viewer.audit.fhir import as_audit_event, as_outcome
from viewer.audit.log import Log
from viewer.audit.search import Criteria, Scope
from viewer.audit.tree import proves_inclusion
from viewer.clinical.nhs_number import NotAnNHSNumber, read_nhs_number
from viewer.handles import Handles
from viewer.pages import ledger_words
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.words import LONDON, MONTHS, partial_date

# What each field of the form is called in the log, which says what was looked for and never the value.
_FIELDS = {
    "nhs_number": "NHS number",
    "person": "person",
    "organisation": "organisation",
    "trust": "trust whose data was seen",
    "event": "what happened",
    "outcome": "outcome",
    "since": "from date",
    "until": "to date",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """What an officer looks for, as typed and checked; kept in the session, never in an address."""

    nhs_number: str = field(default="", repr=False)  # ten digits
    person: str = ""
    organisation: str = ""
    trust: str = ""
    event: str = ""
    outcome: str = ""
    since: str = ""  # 2026-11-01; a mistake stays as it was typed
    until: str = ""  # the last day included


@dataclass(frozen=True, slots=True)
class _Ledger:
    log: Log
    handles: Handles
    trusts: Sequence[Trust]

    def scope(self, asking: Asking) -> Scope:
        """Return what this officer may see: no more than their own organisation answers for."""
        ods = looking(asking).who.organisation.ods
        return Scope(ods, next((trust.name for trust in self.trusts if trust.ods == ods), ""))

    def own_look(
        self, asking: Asking, asked_for: str, nhs_number: str = "", patient: str = "", outcome: str = "shown"
    ) -> int:
        """Write the officer's own look into the log, and return its number."""
        look = looking(asking)
        event = AccessEvent(
            Event.LEDGER_SEARCHED, asking.now, look.who, look.sign_in,
            view=look.view, nhs_number=nhs_number, patient=patient, purpose=Purpose.AUDIT,
            outcome=outcome, because="privacy officer: own staff, own data", device=look.device, asked_for=asked_for,
        )  # fmt: skip
        return self.log.append(event)[0]

    def of_what(self, asking: Asking) -> str:
        """Say what the officer's scope is."""
        organisation = looking(asking).who.organisation
        staff = f"what staff of {organisation.name} ({organisation.ods}) looked at"
        return f"{staff}, and who looked at its data" if self.scope(asking).trust else staff


def ledger_routes(log: Log, handles: Handles, trusts: Sequence[Trust]) -> tuple[Route, ...]:
    """Return the Ledger, its searches, and one entry in full in three spellings."""
    ledger = _Ledger(log, handles, trusts)
    who = Who.IG_OFFICERS
    return (
        Route("/ledger", "ledger", who, _newest_or_search(ledger), methods=("GET", "POST")),
        Route("/ledger/verify", "ledger_verify", who, _verify(ledger), methods=("POST",)),
        Route("/ledger/<handle>", "ledger_found", who, _found(ledger)),
        Route("/ledger/entries/<int:seq>", "ledger_entry", who, _entry(ledger)),
        Route("/ledger/entries/<int:seq>.json", "ledger_entry_fhir", who, _as_fhir(ledger)),
        Route("/ledger/entries/<int:seq>/bytes", "ledger_entry_bytes", who, _as_bytes(ledger)),
    )


# ── Searching ────────────────────────────────────────────────────────────────────────────────────


def _newest_or_search(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def newest_or_search(asking: Asking) -> ResponseReturnValue:
        if request.method == "GET":
            return _listed(ledger, asking, Sought(), "")
        sought, mistakes = read_sought(request.form, ledger.trusts)
        if mistakes:
            return _form(ledger, asking, "", sought=_as_typed(sought), mistakes=mistakes), 400
        handle = ledger.handles.keep(looking(asking).sign_in, sought)
        return redirect(url_for("ledger_found", handle=handle), 303)

    return newest_or_search


def _found(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def found(asking: Asking, handle: str) -> ResponseReturnValue:
        sought = ledger.handles.fetch(looking(asking).sign_in, Sought, handle) or abort(404)
        return _listed(ledger, asking, sought, handle)

    return found


def _listed(ledger: _Ledger, asking: Asking, sought: Sought, handle: str) -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    own = ledger.own_look(asking, _asked_for(sought, before), nhs_number=sought.nhs_number)
    found = ledger.log.search(_criteria(ledger.scope(asking), sought, before))
    return _form(
        ledger, asking, handle,
        sought=_as_typed(sought), found=found, own=own, before=before,
        lines=[ledger_words.line(entry, ledger.trusts) for entry in found.entries],
    )  # fmt: skip


def _form(ledger: _Ledger, asking: Asking, handle: str, **values: Any) -> str:
    nothing: dict[str, Any] = {"mistakes": {}, "found": None, "lines": (), "own": None, "before": None}
    return page(
        "ledger.html", asking,
        **nothing | values, **_standing(ledger),
        handle=handle, trusts=ledger.trusts, of_what=ledger.of_what(asking),
    )  # fmt: skip


def _as_typed(sought: Sought) -> dict[str, str]:
    number = read_nhs_number(sought.nhs_number)
    shown = sought.nhs_number if isinstance(number, NotAnNHSNumber) else number.spaced
    days = {name: partial_date(getattr(sought, name)) if getattr(sought, name) else "" for name in ("since", "until")}
    return asdict(sought) | days | {"nhs_number": shown}


def _standing(ledger: _Ledger) -> dict[str, Any]:
    return {"verified": ledger.log.last_verified, "head": ledger.log.head(), "ledger_words": ledger_words}


def _asked_for(sought: Sought, before: int | None) -> str:
    named = [name for key, name in _FIELDS.items() if getattr(sought, key)]
    said = ", ".join(named) or "newest entries"
    return f"{said}; entries before {before:,}" if before is not None else said


def _criteria(scope: Scope, sought: Sought, before: int | None) -> Criteria:
    return Criteria(
        scope,
        nhs_number=sought.nhs_number,
        person=sought.person,
        organisation=sought.organisation,
        trust=sought.trust,
        event=sought.event,
        outcome=sought.outcome,
        since=_midnight(date.fromisoformat(sought.since)) if sought.since else None,
        until=_midnight(date.fromisoformat(sought.until) + timedelta(days=1)) if sought.until else None,
        before=before,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)


def read_sought(form: MultiDict[str, str], trusts: Sequence[Trust]) -> tuple[Sought, dict[str, str]]:
    """Read the search form: what is sought, and the mistakes by field."""
    typed = {one.name: form.get(one.name, "").strip()[:200] for one in fields(Sought)}
    mistakes: dict[str, str] = {}
    for name in ("since", "until"):
        day = read_day(typed[name]) if typed[name] else None
        if typed[name] and day is None:
            mistakes[name] = "Enter a day like 21-Nov-2026"
        typed[name] = day.isoformat() if day else typed[name]
    if typed["nhs_number"]:
        number = read_nhs_number(typed["nhs_number"])
        if isinstance(number, NotAnNHSNumber):
            mistakes["nhs_number"] = number.reason
        else:
            typed["nhs_number"] = number.digits
    if typed["trust"] not in {"", *(trust.name for trust in trusts)}:
        mistakes["trust"] = "Choose one of the trusts"
    typed["organisation"] = typed["organisation"].upper()
    return Sought(**typed), mistakes


_DAY = re.compile(r"(?P<day>\d{1,2})[-/ ](?P<month>[A-Za-z]{3}|\d{1,2})[-/ ](?P<year>\d{4})", re.ASCII)
_LAST = date(9000, 1, 1)  # a day after it must still be a day


def read_day(typed: str) -> date | None:
    """Return the day in 21-Nov-2026, 21/11/2026 or 2026-11-21; None for anything else."""
    parts = _DAY.fullmatch(typed)
    try:
        day = date.fromisoformat(typed) if parts is None else _day_of(parts)
    except ValueError:
        return None
    return day if day < _LAST else None


def _day_of(parts: re.Match[str]) -> date:
    month = parts["month"]
    number = int(month) if month.isdigit() else MONTHS.index(month.capitalize()) + 1
    return date(int(parts["year"]), number, int(parts["day"]))


# ── Verifying ────────────────────────────────────────────────────────────────────────────────────


def _verify(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def verify(asking: Asking) -> ResponseReturnValue:
        ledger.own_look(asking, "verification of the whole log")
        ledger.log.verify()
        return redirect(url_for("ledger"), 303)

    return verify


# ── One entry ────────────────────────────────────────────────────────────────────────────────────


def _entry(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def entry(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(ledger, asking, seq, "")
        proof = ledger.log.prove(found)
        return page(
            "ledger_entry.html", asking,
            entry=found, record=found.record, line=ledger_words.line(found, ledger.trusts), trusts=ledger.trusts,
            proof=proof, proven=proves_inclusion(proof.leaf, proof.index, proof.head.size, proof.path, proof.head.root),
            **_standing(ledger),
        )  # fmt: skip

    return entry


def _as_fhir(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def as_fhir(asking: Asking, seq: int) -> ResponseReturnValue:
        try:
            found = _looked_at(ledger, asking, seq, " as FHIR")
        except NotFound:
            absent = as_outcome("not-found", "There is no such entry, or it is not one that you may see")
            return Response(absent, 404, mimetype="application/fhir+json")
        return Response(as_audit_event(found, ledger.trusts), mimetype="application/fhir+json")

    return as_fhir


def _as_bytes(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    """Serve the entry's canonical bytes, over which anybody can work out the leaf hash."""

    def as_bytes(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(ledger, asking, seq, " as its bytes")
        saved = {"Content-Disposition": f'attachment; filename="entry-{seq}.json"'}
        return Response(found.body, mimetype="application/json", headers=saved)

    return as_bytes


def _looked_at(ledger: _Ledger, asking: Asking, seq: int, spelling: str) -> Entry:
    """Return the entry once the look at it is written; one out of scope is as absent as one that is not there."""
    found = ledger.log.entry(seq, ledger.scope(asking))
    if found is None:
        ledger.own_look(asking, f"entry {seq:,}{spelling}", outcome="none found")
        abort(404)
    ledger.own_look(asking, f"entry {seq:,}{spelling}", found.record.nhs_number, found.record.patient)
    return found
