"""Found entries as a file: a table for a spreadsheet, or FHIR AuditEvents.

Rule: the log holds what the file is, how many entries it has and the digest of its every byte before its
first byte leaves. A file is all that was found, or there is none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import abort
from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.audit.entry import Entry
from viewer.audit.export import as_bundle, as_ndjson, as_table, write_whole
from viewer.handles import Handles
from viewer.pages import ledger_search_words, ledger_words
from viewer.pages.ledger_search import Sought, criteria_of
from viewer.pages.office import Office, as_file
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who


@dataclass(frozen=True, slots=True)
class _Spelling:
    name: str  # in words
    mimetype: str
    write: Callable[[Sequence[Entry], Sequence[Trust], datetime], Iterator[bytes]]


_SPELLINGS = {
    "csv": _Spelling("CSV", "text/csv", lambda entries, _trusts, _at: as_table(entries, ledger_words.instant)),
    "ndjson": _Spelling(
        "FHIR AuditEvents, one a line",
        "application/fhir+ndjson",
        lambda entries, trusts, _at: as_ndjson(entries, trusts),
    ),
    "json": _Spelling("a FHIR Bundle of AuditEvents", "application/fhir+json", as_bundle),
}


def file_routes(office: Office) -> tuple[Route, ...]:
    """Return the file of what a search found, in each spelling."""
    return (Route("/ledger/<handle>/entries.<spelling>", "ledger_file", Who.IG_OFFICERS, _file(office)),)


def _file(office: Office) -> Callable[..., ResponseReturnValue]:
    def file(asking: Asking, handle: str, spelling: str) -> ResponseReturnValue:
        chosen = _SPELLINGS.get(spelling) or abort(404)
        sought = _sought(office.handles, asking, handle)
        criteria = criteria_of(office.scope(asking), sought)
        entries = office.all_of(criteria)
        asked_for = f"{ledger_search_words.sought(asdict(sought), None, office.trusts)}; as {chosen.name}"
        if entries is None:
            office.own_look(asking, asked_for, "too many for a file", sought.nhs_number, outcome="none found")
            return page("ledger_absent.html", asking, absent=ledger_search_words.TOO_MANY), 400
        whole = write_whole(chosen.write(entries, office.trusts, asking.now))
        came_back = f"{ledger_search_words.entries(len(entries))}, {whole.size:,} bytes"
        reference = office.exported(asking, asked_for, came_back, whole.digest, sought.nhs_number)
        return as_file(whole, f"trustline-entries-{reference}.{spelling}", chosen.mimetype)

    return file


def _sought(handles: Handles, asking: Asking, handle: str) -> Sought:
    return handles.fetch(looking(asking).sign_in, Sought, handle) or abort(404)
