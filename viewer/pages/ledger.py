"""The Ledger: who saw what, why, and by which clause, for information governance officers.

Rule: an officer sees entries by their own organisation's staff and, of entries by others, what was
shown of their own trust's data; each look at the Ledger is itself an entry before its page leaves.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.relationship import Purpose
from viewer.audit.entry import Entry
from viewer.audit.fhir import as_audit_event, as_outcome
from viewer.audit.log import Log
from viewer.audit.search import Criteria, Scope, is_number
from viewer.audit.tree import proves_inclusion
from viewer.clinical.nhs_number import NotAnNHSNumber, read_nhs_number
from viewer.handles import Handles
from viewer.pages import ledger_words
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.words import LONDON, MONTHS, partial_date


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
        self, asking: Asking, asked_for: str, came_back: str = "", nhs_number: str = "", patient: str = "",
        outcome: str = "shown",
    ) -> int:  # fmt: skip
        """Write the officer's own look into the log, with what came back, and return its number."""
        look = looking(asking)
        because = ": ".join(filter(None, ("privacy officer, own staff and own data", came_back)))
        event = AccessEvent(
            Event.LEDGER_SEARCHED, asking.now, look.who, look.sign_in,
            view=look.view, nhs_number=nhs_number, patient=patient, purpose=Purpose.AUDIT,
            outcome=outcome, because=because, device=look.device, asked_for=asked_for,
        )  # fmt: skip
        return self.log.append(event)[0]

    def of_what(self, asking: Asking) -> str:
        """Say what the officer's scope is."""
        organisation = looking(asking).who.organisation
        staff = f"what staff of {organisation.name} ({organisation.ods}) looked at"
        return f"{staff}, and whom others were shown of its patients and results" if self.scope(asking).trust else staff


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
    before = _before(request.args.get("before", type=int))
    found = ledger.log.search(_criteria(ledger.scope(asking), sought, before))
    own = ledger.own_look(
        asking, ledger_words.sought(asdict(sought), before, ledger.trusts), ledger_words.came_back(found),
        nhs_number=sought.nhs_number, outcome="shown" if found.entries else "none found",
    )  # fmt: skip
    return _form(
        ledger, asking, handle,
        sought=_as_typed(sought), found=found, own=own,
        lines=[ledger_words.line(entry, ledger.trusts) for entry in found.entries],
        in_words=ledger_words.sought(asdict(sought), before, ledger.trusts, shown=_as_typed(sought)["nhs_number"]),
    )  # fmt: skip


def _before(typed: int | None) -> int | None:
    """Return the number that the page ends before; one that no entry can have is as good as none."""
    return typed if typed is not None and is_number(typed) else None


def _form(ledger: _Ledger, asking: Asking, handle: str, **values: Any) -> str:
    nothing: dict[str, Any] = {"mistakes": {}, "found": None, "lines": (), "own": None, "in_words": ""}
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
    if not mistakes and typed["since"] > typed["until"] > "":
        mistakes["since"] = "From is later than To: enter an earlier day, or none"
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
        if found is None:
            return page("ledger_absent.html", asking, absent=ledger_words.ABSENT), 404
        proof = ledger.log.prove(found)
        same_look = _same_look(ledger, asking, found)
        return page(
            "ledger_entry.html", asking,
            entry=found, record=found.record, line=ledger_words.line(found, ledger.trusts), trusts=ledger.trusts,
            same_look=same_look, look_reports=ledger_words.reports_of(same_look),
            own_staff=found.record.organisation_ods == looking(asking).who.organisation.ods,
            proof=proof, proven=proves_inclusion(proof.leaf, proof.index, proof.head.size, proof.path, proof.head.root),
            **_standing(ledger),
        )  # fmt: skip

    return entry


_A_LOOK = timedelta(hours=1)  # longer than any page stays open to what is still arriving
_ENTRIES_OF_A_LOOK = 100


def _same_look(ledger: _Ledger, asking: Asking, entry: Entry) -> tuple[Entry, ...]:
    """Return the entries of the same look, oldest first, as far as the officer may see them."""
    if not entry.record.view:
        return (entry,)
    since, until = entry.at - _A_LOOK, entry.at + _A_LOOK
    criteria = Criteria(
        ledger.scope(asking), view=entry.record.view, since=since, until=until, limit=_ENTRIES_OF_A_LOOK
    )
    return ledger.log.search(criteria).entries[::-1]


def _as_fhir(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def as_fhir(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(ledger, asking, seq, " as FHIR")
        if found is None:
            absent = as_outcome("not-found", ledger_words.ABSENT)
            return Response(absent, 404, mimetype="application/fhir+json")
        said = as_audit_event(found, ledger.trusts)
        return Response(said, mimetype="application/fhir+json", headers=_saved_as(f"entry-{seq}-audit-event.json"))

    return as_fhir


def _as_bytes(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    """Serve the entry's canonical bytes, over which anybody can work out the leaf hash; never those of a part."""

    def as_bytes(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(ledger, asking, seq, " as its bytes", whole=True)
        if found is None:
            return page("ledger_absent.html", asking, absent=ledger_words.ABSENT), 404
        return Response(found.body, mimetype="application/json", headers=_saved_as(f"entry-{seq}.json"))

    return as_bytes


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _looked_at(ledger: _Ledger, asking: Asking, seq: int, spelling: str, *, whole: bool = False) -> Entry | None:
    """Return the entry once the look at it is written; one out of scope is as absent as one that is not there."""
    found = ledger.log.entry(seq, ledger.scope(asking))
    asked_for = f"entry {ledger_words.number(seq) if is_number(seq) else 'of no possible number'}{spelling}"
    if found is None or (whole and not found.whole):
        ledger.own_look(asking, asked_for, "nothing", outcome="none found")
        return None
    came_back = "the entry" if found.whole else "the entry, as far as it is theirs to see"
    ledger.own_look(asking, asked_for, came_back, found.record.nhs_number, found.record.patient)
    return found
