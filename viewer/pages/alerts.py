"""The alert queue: what the sweep found in the log, and what officers did about it.

Rule: an officer sees alerts by own staff or on own trust's data, and none about themselves. Every look at the queue is
an entry before its page leaves, and one for each patient whom the page names, so that each can be told of it; an action
is one when it is asked for, and another when it was done. Names of patients are shown as the Ledger would show them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Clinician
from viewer.access.relationship import Purpose
from viewer.audit.alerts import NOT_CLOSED, Action, Alert, Alerts, Did, Reader, Refused, State, Wanted, decide
from viewer.audit.entry import Entry, Record
from viewer.audit.review import Facts, Rule, is_glass, not_judged
from viewer.audit.scope import Scope
from viewer.audit.search import is_number
from viewer.audit.sweep import Swept
from viewer.handles import Handles
from viewer.pages import alert_words, ledger_words
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who

_USES = 25  # of break-glass, on one page


class Sweep(Protocol):
    """The part of the sweeper that says how far it went."""

    def swept(self) -> Swept | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class AlertsSought:
    """Which alerts an officer asked for; kept in the session, for what was typed never stands in an address."""

    state: str = ""
    rule: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of break-glass: one person, patient and day."""

    alert: Alert
    reasons: tuple[str, ...]
    patient: str
    nhs_number: str
    began: datetime
    took: timedelta
    broken: int
    laboratory: int
    radiology: int
    in_full: int
    first: Record | None = field(repr=False)  # the entry that names the patient


@dataclass(frozen=True, slots=True)
class _Queue:
    alerts: Alerts
    sweep: Sweep
    facts: Facts
    append: Callable[..., tuple[int, ...]]
    handles: Handles
    trusts: Sequence[Trust]
    practices: str
    escalation: str

    def reader(self, asking: Asking) -> Reader:
        return reader_of(looking(asking).who, self.trusts, self.practices, self.escalation)

    def own(self, asking: Asking, event: Event, asked_for: str, outcome: str, because: str = "") -> AccessEvent:
        """Return the entry of an officer's look or action."""
        look = looking(asking)
        said = ": ".join(filter(None, ("privacy officer, own staff and own data", because)))
        return AccessEvent(
            event, asking.now, look.who, look.sign_in, view=look.view, purpose=Purpose.AUDIT,
            outcome=outcome, because=said, device=look.device, asked_for=asked_for,
        )  # fmt: skip


def scope_of(who: Clinician, trusts: Sequence[Trust]) -> Scope:
    """Return what this officer may see: no more than their own organisation answers for."""
    ods = who.organisation.ods
    return Scope(ods, next((trust.name for trust in trusts if trust.ods == ods), ""))


def reader_of(who: Clinician, trusts: Sequence[Trust], practices: str, escalation: str) -> Reader:
    """Return what this officer sees of the queue.

    `practices` and `escalation` are the ODS codes of those who answer for practices, and get what is escalated.
    """
    named = practices != "" and who.organisation.ods == practices
    all_but = frozenset(trust.ods for trust in trusts) if named else None
    gets_escalated = escalation != "" and who.organisation.ods == escalation
    return Reader(who.user_id, scope_of(who, trusts), all_but, gets_escalated)


def open_alerts(
    alerts: Alerts, trusts: Sequence[Trust], practices: str = "", escalation: str = ""
) -> Callable[[Clinician], int | None]:
    """Return what counts the alerts an officer has to deal with, for the head of every page; None: nobody can say."""

    def count(who: Clinician) -> int | None:
        try:
            return alerts.open_count(reader_of(who, trusts, practices, escalation))
        except SQLAlchemyError:  # no page is refused for want of this number
            return None

    return count


def alert_routes(
    alerts: Alerts,
    sweep: Sweep,
    facts: Facts,
    append: Callable[..., tuple[int, ...]],
    handles: Handles,
    trusts: Sequence[Trust],
    practices: str = "",
    escalation: str = "",
) -> tuple[Route, ...]:
    """Return the queue, its filters, the review of break-glass, and one alert with its actions."""
    queue, who = _Queue(alerts, sweep, facts, append, handles, trusts, practices, escalation), Who.IG_OFFICERS
    return (
        Route("/alerts", "alerts", who, _newest_or_search(queue), methods=("GET", "POST")),
        Route("/alerts/searches/<handle>", "alerts_found", who, _found(queue)),
        Route("/alerts/break-glass", "alerts_break_glass", who, _break_glass(queue)),
        Route("/alerts/<reference>", "alert", who, _one(queue)),
        Route("/alerts/<reference>", "alert_handled", who, _handle(queue), methods=("POST",)),
    )


# ── The queue ────────────────────────────────────────────────────────────────────────────────────


def _newest_or_search(queue: _Queue) -> Callable[..., ResponseReturnValue]:
    def newest_or_search(asking: Asking) -> ResponseReturnValue:
        if request.method == "GET":
            return _listed(queue, asking, AlertsSought(state=NOT_CLOSED), "")
        sought = read_sought(request.form)
        handle = queue.handles.keep(looking(asking).sign_in, sought)
        return redirect(url_for("alerts_found", handle=handle), 303)

    return newest_or_search


def read_sought(form: Mapping[str, str]) -> AlertsSought:
    """Read the filters; a word that is none of the choices asks for nothing."""
    state, rule = form.get("state", ""), form.get("rule", "")
    return AlertsSought(
        state if state in {NOT_CLOSED, *State} else "",
        rule if rule in set(Rule) else "",
        form.get("person", "").strip()[:200],
    )


def _found(queue: _Queue) -> Callable[..., ResponseReturnValue]:
    def found(asking: Asking, handle: str) -> ResponseReturnValue:
        sought = queue.handles.fetch(looking(asking).sign_in, AlertsSought, handle) or abort(404)
        return _listed(queue, asking, sought, handle)

    return found


def _listed(queue: _Queue, asking: Asking, sought: AlertsSought, handle: str) -> str:
    reader = queue.reader(asking)
    wanted = Wanted(**asdict(sought), before=_before())
    found = queue.alerts.list(reader, wanted)
    shown = found[: wanted.limit]
    outcome = "shown" if shown else "none found"
    asked_for = alert_words.sought(asdict(sought))
    queue.append(queue.own(asking, Event.LEDGER_SEARCHED, asked_for, outcome, f"{len(shown)} alerts"))
    return page(
        "alerts.html", asking,
        shown=shown, more=shown[-1].number if len(found) > len(shown) else None,
        sought=sought, handle=handle, reader=reader, hidden=queue.alerts.about_themselves(reader),
        not_judged=not_judged(queue.facts, reader.scope.organisation), **_standing(queue, asking),
    )  # fmt: skip


def _before() -> int | None:
    """Return the number that the page ends before; one that no alert can have is as good as none."""
    typed = request.args.get("before", type=int)
    return typed if typed is not None and is_number(typed) else None


def _standing(queue: _Queue, asking: Asking) -> dict[str, Any]:
    known = queue.sweep.swept()
    return {
        "swept": alert_words.swept(known, asking.now),
        "late": alert_words.is_late(known, asking.now),
        "goes_to": alert_words.goes_to(queue.escalation, queue.trusts),
        "alert_words": alert_words,
        "ledger_words": ledger_words,
    }


# ── One alert ────────────────────────────────────────────────────────────────────────────────────


def _one(queue: _Queue) -> Callable[..., ResponseReturnValue]:
    def one(asking: Asking, reference: str) -> ResponseReturnValue:
        alert = queue.alerts.one(queue.reader(asking), reference)
        if alert is None:
            return _absent(queue, asking)
        return _alert_page(queue, asking, alert)

    return one


def _alert_page(queue: _Queue, asking: Asking, alert: Alert, mistake: str = "", note: str = "") -> str:
    reader = queue.reader(asking)
    entries = queue.alerts.entries(alert, reader.scope)
    look = queue.own(asking, Event.LEDGER_SEARCHED, "an alert", "shown", alert.reference)
    queue.append(*_for_each_patient(replace(look, reference=alert.reference), [entry.record for entry in entries]))
    own = reader.answers_for(alert)
    return page(
        "alert.html", asking,
        alert=alert, reader=reader, notes=queue.alerts.notes(alert), own=own,
        lines=[ledger_words.line(entry, queue.trusts) for entry in entries],
        unlisted=alert.entries - len(entries) if own else 0,
        actions=[action for action in Action if action is Action.NOTE or alert.state is not State.CLOSED],
        mistake=mistake, note=note, **_standing(queue, asking),
    )  # fmt: skip


def _for_each_patient(look: AccessEvent, named: Iterable[Record]) -> tuple[AccessEvent, ...]:
    """Return the look once for each patient whom these records name, or as it is when they name nobody."""
    patients = {record.nhs_number or record.patient: record for record in named if record.nhs_number or record.patient}
    each = (replace(look, nhs_number=one.nhs_number, patient=one.patient) for one in patients.values())
    return tuple(each) or (look,)


def _absent(queue: _Queue, asking: Asking) -> ResponseReturnValue:
    queue.append(queue.own(asking, Event.LEDGER_SEARCHED, "an alert", "none found"))
    return page("alert_absent.html", asking, absent=alert_words.ABSENT), 404


def _handle(queue: _Queue) -> Callable[..., ResponseReturnValue]:
    def handle(asking: Asking, reference: str) -> ResponseReturnValue:
        reader, who = queue.reader(asking), looking(asking).who
        alert = queue.alerts.one(reader, reference)
        action = request.form.get("action", "")
        if alert is None or action not in set(Action):
            return _absent(queue, asking)
        note = " ".join(request.form.get("note", "").split())[:2000]
        turn = request.form.get("turn", default=-1, type=int)
        did: Did | Refused | None = decide(alert, Action(action), note, turn, who.user_id)

        def write(outcome: str, because: str = "") -> None:
            said = queue.own(asking, Event.ALERT_HANDLED, action, outcome, because)
            queue.append(replace(said, reference=alert.reference, reason=note))

        if isinstance(did, Did):
            write("asked")  # what was asked for is in the log before it is done; that it was done, once it was
            try:
                did = queue.alerts.handle(reader, reference, Action(action), note, turn, who, asking.now)
            except SQLAlchemyError:
                write("failed", alert_words.FAILED)
                raise
        if isinstance(did, Did):
            write(did.value)
            return redirect(url_for("alert", reference=reference), 303)
        because = did or Refused.MEANWHILE
        write("refused", because)
        now = queue.alerts.one(reader, reference) or alert
        return _alert_page(queue, asking, now, alert_words.refused(because), note), _status(because)

    return handle


def _status(because: Refused) -> int:
    return 400 if because in (Refused.NO_NOTE, Refused.NO_WORDS) else 409


# ── Break-glass ──────────────────────────────────────────────────────────────────────────────────


def _break_glass(queue: _Queue) -> Callable[..., ResponseReturnValue]:
    def break_glass(asking: Asking) -> ResponseReturnValue:
        reader = queue.reader(asking)
        found = queue.alerts.list(reader, Wanted(rule=Rule.BREAK_GLASS, before=_before(), limit=_USES))
        shown = found[:_USES]
        uses = [use_of(alert, queue.alerts.entries(alert, reader.scope)) for alert in shown]
        outcome = "shown" if shown else "none found"
        look = queue.own(asking, Event.LEDGER_SEARCHED, "every use of break-glass", outcome, f"{len(shown)} uses")
        queue.append(*_for_each_patient(look, [use.first for use in uses if use.first]))
        return page(
            "alerts_break_glass.html", asking,
            uses=uses, more=shown[-1].number if len(found) > len(shown) else None, reader=reader,
            rates=queue.alerts.rates(reader.scope.organisation), **_standing(queue, asking),
        )  # fmt: skip

    return break_glass


def use_of(alert: Alert, entries: Sequence[Entry]) -> Use:
    """Return what one use came to, as far as its entries may be seen: how long, and how many reports were shown."""
    behind = [entry for entry in entries if is_glass(entry.record)]
    began = min((entry.at for entry in behind), default=alert.happened_at)
    last = max((entry.at for entry in behind), default=began)
    timelines: dict[str, tuple[int, int]] = {}  # the last timeline of each look holds all that came before
    for entry in behind:
        if entry.record.event == Event.RESULTS_SHOWN:
            timelines[entry.record.view] = _counts(entry.record)
    first = behind[0].record if behind else None
    return Use(
        alert,
        reasons=tuple(dict.fromkeys(entry.record.reason for entry in behind if entry.record.reason)),
        patient=ledger_words.patient(first.patient) if first else "",
        nhs_number=ledger_words.spaced(first.nhs_number) if first else "",
        began=began,
        took=last - began,
        broken=sum(entry.record.event == Event.GLASS_BROKEN for entry in behind),
        laboratory=max((counts[0] for counts in timelines.values()), default=0),
        radiology=max((counts[1] for counts in timelines.values()), default=0),
        in_full=sum(entry.record.event == Event.REPORT_SHOWN for entry in behind),
        first=first,
    )


def _counts(record: Record) -> tuple[int, int]:
    return sum(at.laboratory for at in record.trusts), sum(at.radiology for at in record.trusts)
