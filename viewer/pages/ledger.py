"""The Ledger: who saw what, why, and by which clause, for information governance officers.

Rule: an officer sees entries by their own organisation's staff and, of entries by others, what was
shown of their own trust's data; each look at the Ledger is itself an entry before its page leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.audit.entry import Entry
from viewer.audit.log import Log
from viewer.audit.looks import ByPerson, by_person
from viewer.audit.search import is_number
from viewer.audit.verifications import Verifications
from viewer.handles import Handles
from viewer.pages import ledger_search_words, ledger_words
from viewer.pages.ledger_entry import entry_routes
from viewer.pages.ledger_file import file_routes
from viewer.pages.ledger_proof import proof_routes, standing
from viewer.pages.ledger_search import Sought, as_typed, criteria_of, read_sought
from viewer.pages.office import Office
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who

_OF_PEOPLE = 2_000  # entries that a page puts together by person: enough for hundreds of looks, and soon read


@dataclass(frozen=True, slots=True)
class _Ledger:
    office: Office
    verifications: Verifications


def ledger_routes(log: Log, handles: Handles, trusts: Sequence[Trust]) -> tuple[Route, ...]:
    """Return the Ledger, its searches, their files, one entry in full in three spellings, and what proves the log."""
    office = Office(log, handles, trusts)
    ledger = _Ledger(office, Verifications(log.search))
    who = Who.IG_OFFICERS
    return (
        Route("/ledger", "ledger", who, _newest_or_search(ledger), methods=("GET", "POST")),
        *proof_routes(office),
        Route("/ledger/<handle>", "ledger_found", who, _found(ledger)),
        *file_routes(office),
        *entry_routes(office, ledger.verifications),
    )


def _newest_or_search(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def newest_or_search(asking: Asking) -> ResponseReturnValue:
        if request.method == "GET":
            return _listed(ledger, asking, Sought(), "")
        sought, mistakes = read_sought(request.form, ledger.office.trusts)
        if mistakes:
            return _form(ledger, asking, "", sought=as_typed(sought), mistakes=mistakes), 400
        handle = ledger.office.handles.keep(looking(asking).sign_in, sought)
        return redirect(url_for("ledger_found", handle=handle), 303)

    return newest_or_search


def _found(ledger: _Ledger) -> Callable[..., ResponseReturnValue]:
    def found(asking: Asking, handle: str) -> ResponseReturnValue:
        sought = ledger.office.handles.fetch(looking(asking).sign_in, Sought, handle) or abort(404)
        return _listed(ledger, asking, sought, handle)

    return found


def _listed(ledger: _Ledger, asking: Asking, sought: Sought, handle: str) -> ResponseReturnValue:
    office, before = ledger.office, _before(request.args.get("before", type=int))
    found = office.log.search(criteria_of(office.scope(asking), sought, before))
    people = _people(office, asking, sought) if sought.nhs_number and found.entries else ()
    said, fields = ledger_search_words, asdict(sought)
    own = office.own_look(
        asking, said.sought(fields, before, office.trusts), said.came_back(found),
        nhs_number=sought.nhs_number, outcome="shown" if found.entries else "none found",
    )  # fmt: skip
    return _form(
        ledger, asking, handle,
        sought=as_typed(sought), found=found, own=own, people=people,
        lines=[ledger_words.line(entry, office.trusts) for entry in found.entries],
        in_words=said.sought(fields, before, office.trusts, shown=as_typed(sought)["nhs_number"]),
    )  # fmt: skip


def _before(typed: int | None) -> int | None:
    """Return the number that the page ends before; one that no entry can have is as good as none."""
    return typed if typed is not None and is_number(typed) else None


def _people(office: Office, asking: Asking, sought: Sought) -> tuple[ByPerson, ...]:
    newest: tuple[Entry, ...] = office.log.search(
        replace(criteria_of(office.scope(asking), sought), limit=_OF_PEOPLE)
    ).entries
    return by_person(newest)


def _form(ledger: _Ledger, asking: Asking, handle: str, **values: Any) -> str:
    nothing: dict[str, Any] = {
        "mistakes": {}, "found": None, "lines": (), "own": None, "in_words": "", "people": (),
    }  # fmt: skip
    return page(
        "ledger.html", asking,
        **nothing | values, **standing(ledger.office, ledger.verifications),
        handle=handle, trusts=ledger.office.trusts, of_what=ledger.office.of_what(asking),
        search_words=ledger_search_words, of_people=_OF_PEOPLE,
    )  # fmt: skip
