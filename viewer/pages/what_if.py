"""What if the agreements had been others? The log of a period, decided again, for information governance officers.

Rule: nothing here changes what anybody may see. A draft is read, compared and forgotten with the sign-in. The
officer's own look is in the log before the answer leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.access.agreement import Agreement
from viewer.access.rules import Rules
from viewer.audit.csv_safe import write_csv
from viewer.audit.export import write_whole
from viewer.audit.what_if import (
    CANNOT_KNOW,
    Comparison,
    as_if_always,
    as_if_signed,
    compare,
    with_text,
    without,
)
from viewer.configuration.draft_file import MOST_BYTES, ReadDraft
from viewer.pages import ledger_search_words, ledger_words, what_if_words
from viewer.pages.ledger_search import Sought, as_typed, criteria_of, read_sought
from viewer.pages.office import Office, as_file
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who

MOST = 50_000  # entries that one page replays; `trustline agreement what-if` has no such limit
LISTED = 100  # changes; the file has them all
TEXT, WITHOUT, AS_IF = "text", "without", "as-if"


@dataclass(frozen=True, slots=True)
class Supposed:
    """What an officer supposes; kept in the session."""

    what: str  # TEXT, or WITHOUT or AS_IF with the name of an agreement: "without/working_together_2026"
    since: str
    until: str
    name: str = ""  # of the file handed in
    text: str = field(default="", repr=False)
    signed: bool = False
    always: bool = False


@dataclass(frozen=True, slots=True)
class _Desk:
    office: Office
    rules: Callable[[], Rules]
    read_draft: ReadDraft


def what_if_routes(office: Office, rules: Callable[[], Rules], read_draft: ReadDraft) -> tuple[Route, ...]:
    """Return the form, the comparison, and the comparison as a file."""
    desk, who = _Desk(office, rules, read_draft), Who.IG_OFFICERS
    return (
        Route("/what-if", "what_if", who, _ask(desk), methods=("GET", "POST")),
        Route("/what-if/<handle>", "what_if_shown", who, _shown(desk)),
        Route("/what-if/<handle>/changes.csv", "what_if_file", who, _file(desk)),
    )


# ── Supposing ────────────────────────────────────────────────────────────────────────────────────


def _ask(desk: _Desk) -> Callable[..., ResponseReturnValue]:
    def ask(asking: Asking) -> ResponseReturnValue:
        if request.method == "GET":
            return _form(desk, asking, _last_month(asking.today), {})
        supposed, mistakes = _read(desk)
        if mistakes:
            return _form(desk, asking, supposed, mistakes), 400
        handle = desk.office.handles.keep(looking(asking).sign_in, supposed)
        return redirect(url_for("what_if_shown", handle=handle), 303)

    return ask


def _last_month(today: date) -> Supposed:
    last = today.replace(day=1) - timedelta(days=1)
    return Supposed(TEXT, last.replace(day=1).isoformat(), last.isoformat(), signed=True, always=True)


def _read(desk: _Desk) -> tuple[Supposed, dict[str, str]]:
    sought, mistakes = read_sought(request.form, desk.office.trusts)
    handed_in = request.files.get("file")
    raw = handed_in.read(MOST_BYTES + 1) if handed_in else b""
    text = raw.decode("utf-8-sig", "replace") if raw else ""
    name = (handed_in.filename or "") if handed_in and raw else ""
    ticked = {name: request.form.get(name) == "yes" for name in ("signed", "always")}
    supposed = Supposed(request.form.get("what", TEXT)[:200], sought.since, sought.until, name, text, **ticked)
    if not sought.since:
        mistakes["since"] = "Enter the first day to replay, like 01-Oct-2026"
    if supposed.what == TEXT:
        draft = desk.read_draft(name, text) if text else "Choose the file of the changed agreement"
        mistakes |= {"file": draft} if isinstance(draft, str) else {}
    elif _agreements(supposed, desk, desk.rules().agreements) is None:
        mistakes["what"] = "Choose one of the list"
    return supposed, mistakes


def _form(desk: _Desk, asking: Asking, supposed: Supposed, mistakes: dict[str, str]) -> str:
    period = as_typed(Sought(since=supposed.since, until=supposed.until))
    return page(
        "what_if_form.html", asking,
        supposed=supposed, since=period["since"], until=period["until"], mistakes=mistakes,
        agreements=desk.rules().agreements, of_what=desk.office.of_what(asking), cannot_know=CANNOT_KNOW,
    )  # fmt: skip


def _agreements(supposed: Supposed, desk: _Desk, standing: Sequence[Agreement]) -> tuple[Agreement, ...] | None:
    """Return the agreements to compare with; None when what is supposed is no longer there."""
    if supposed.what == TEXT:
        draft = desk.read_draft(supposed.name, supposed.text)
        return None if isinstance(draft, str) else with_text(standing, _as_if(draft, supposed))
    how, _, name = supposed.what.partition("/")
    chosen = next((one for one in standing if one.name == name), None)
    if chosen is None or how not in (WITHOUT, AS_IF):
        return None
    return without(standing, name) if how == WITHOUT else with_text(standing, _as_if(chosen, supposed))


def _as_if(agreement: Agreement, supposed: Supposed) -> Agreement:
    signed = as_if_signed(agreement) if supposed.signed else agreement
    return as_if_always(signed) if supposed.always else signed


# ── The comparison ───────────────────────────────────────────────────────────────────────────────


def _shown(desk: _Desk) -> Callable[..., ResponseReturnValue]:
    def shown(asking: Asking, handle: str) -> ResponseReturnValue:
        supposed = desk.office.handles.fetch(looking(asking).sign_in, Supposed, handle) or abort(404)
        found = _compare(desk, asking, supposed)
        in_words = _in_words(supposed, desk.rules().agreements)
        if found is None:
            desk.office.own_look(asking, in_words, "too many entries to replay on a page", outcome="none found")
            return page("ledger_absent.html", asking, absent=_TOO_MANY), 400
        desk.office.own_look(asking, in_words, what_if_words.verdict(found))
        return page(
            "what_if.html", asking,
            found=found, handle=handle, in_words=in_words, supposed=supposed, trusts=desk.office.trusts,
            listed=found.changed[:LISTED], said=what_if_words, ledger_words=ledger_words, cannot_know=CANNOT_KNOW,
            groups=what_if_words.groups(found, desk.office.trusts), of_what=desk.office.of_what(asking),
        )  # fmt: skip

    return shown


_TOO_MANY = (
    "More than 50,000 entries of the log fall into this time, and a page replays no more. Choose a shorter time, or "
    "have whoever runs this server use: trustline agreement what-if"
)


def _file(desk: _Desk) -> Callable[..., ResponseReturnValue]:
    def file(asking: Asking, handle: str) -> ResponseReturnValue:
        supposed = desk.office.handles.fetch(looking(asking).sign_in, Supposed, handle) or abort(404)
        found = _compare(desk, asking, supposed) or abort(404)
        columns = what_if_words.TABLE
        rows = ([say(one, desk.office.trusts) for say in columns.values()] for one in found.changed)
        whole = write_whole(write_csv(tuple(columns), rows))
        asked_for = f"{_in_words(supposed, desk.rules().agreements)}; as CSV"
        reference = desk.office.exported(asking, asked_for, f"{len(found.changed):,} changes", whole.digest)
        return as_file(whole, f"what-if-{reference}.csv", "text/csv")

    return file


def _compare(desk: _Desk, asking: Asking, supposed: Supposed) -> Comparison | None:
    """Replay the period; None when it is more than a page can."""
    rules = desk.rules()
    changed = _agreements(supposed, desk, rules.agreements)
    if changed is None:
        abort(404)
    criteria = criteria_of(desk.office.scope(asking), Sought(since=supposed.since, until=supposed.until))
    entries = []
    for entry in desk.office.every(criteria):
        entries.append(entry)
        if len(entries) > MOST:
            return None
    return compare(entries, rules, changed, [trust.name for trust in desk.office.trusts])


def _in_words(supposed: Supposed, standing: Sequence[Agreement]) -> str:
    """Say what is supposed, and of which time."""
    shorts = {one.name: one.short for one in standing}
    how, _, name = supposed.what.partition("/")
    what = {
        TEXT: f"the text handed in as {supposed.name}",
        WITHOUT: f"no {shorts.get(name, name)}",
        AS_IF: f"{shorts.get(name, name)}",
    }[how]
    as_if = [
        "signed by every party" if supposed.signed and how != WITHOUT else "",
        "in force all the time" if supposed.always and how != WITHOUT else "",
    ]
    supposing = ", as if ".join(filter(None, (what, " and ".join(filter(None, as_if)))))
    period = ledger_search_words.sought(asdict(Sought(since=supposed.since, until=supposed.until)), None, ())
    return f"what if there were {supposing}; {period}"
