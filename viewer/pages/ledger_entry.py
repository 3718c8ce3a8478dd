"""One entry of the log in full, the proof that it is there, and its other spellings: FHIR, and its bytes.

Rule: an entry out of the officer's scope is as absent as one that is not there. Of a part no bytes are offered.
"""

from collections.abc import Callable
from datetime import timedelta

from flask import Response
from flask.typing import ResponseReturnValue

from viewer.audit.entry import Entry
from viewer.audit.fhir import agreements_with_texts, as_audit_event, as_outcome
from viewer.audit.search import Criteria, is_number
from viewer.audit.tree import proves_inclusion
from viewer.audit.verifications import Verifications
from viewer.pages import ledger_words
from viewer.pages.ledger_proof import standing
from viewer.pages.office import Office
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who


def entry_routes(office: Office, verifications: Verifications) -> tuple[Route, ...]:
    """Return one entry in three spellings."""
    who = Who.IG_OFFICERS
    return (
        Route("/ledger/entries/<int:seq>", "ledger_entry", who, _entry(office, verifications)),
        Route("/ledger/entries/<int:seq>.json", "ledger_entry_fhir", who, _as_fhir(office)),
        Route("/ledger/entries/<int:seq>/bytes", "ledger_entry_bytes", who, _as_bytes(office)),
    )


def _entry(office: Office, verifications: Verifications) -> Callable[..., ResponseReturnValue]:
    def entry(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(office, asking, seq, "")
        if found is None:
            return page("ledger_absent.html", asking, absent=ledger_words.ABSENT), 404
        proof = office.log.prove(found)
        same_look = _same_look(office, asking, found)
        return page(
            "ledger_entry.html", asking,
            entry=found, record=found.record, line=ledger_words.line(found, office.trusts), trusts=office.trusts,
            same_look=same_look, look_reports=ledger_words.reports_of(same_look),
            texts=agreements_with_texts(found.record),
            own_staff=found.record.organisation_ods == looking(asking).who.organisation.ods,
            proof=proof, proven=proves_inclusion(proof.leaf, proof.index, proof.head.size, proof.path, proof.head.root),
            **standing(office, verifications),
        )  # fmt: skip

    return entry


_A_LOOK = timedelta(hours=1)  # longer than any page stays open to what is still arriving
_ENTRIES_OF_A_LOOK = 100


def _same_look(office: Office, asking: Asking, entry: Entry) -> tuple[Entry, ...]:
    """Return the entries of the same look, oldest first, as far as the officer may see them."""
    if not entry.record.view:
        return (entry,)
    since, until = entry.at - _A_LOOK, entry.at + _A_LOOK
    criteria = Criteria(
        office.scope(asking), view=entry.record.view, since=since, until=until, limit=_ENTRIES_OF_A_LOOK
    )
    return office.log.search(criteria).entries[::-1]


def _as_fhir(office: Office) -> Callable[..., ResponseReturnValue]:
    def as_fhir(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(office, asking, seq, " as FHIR")
        if found is None:
            absent = as_outcome("not-found", ledger_words.ABSENT)
            return Response(absent, 404, mimetype="application/fhir+json")
        said = as_audit_event(found, office.trusts)
        return Response(said, mimetype="application/fhir+json", headers=_saved_as(f"entry-{seq}-audit-event.json"))

    return as_fhir


def _as_bytes(office: Office) -> Callable[..., ResponseReturnValue]:
    """Serve the entry's canonical bytes, over which anybody can work out the leaf hash; never those of a part."""

    def as_bytes(asking: Asking, seq: int) -> ResponseReturnValue:
        found = _looked_at(office, asking, seq, " as its bytes", whole=True)
        if found is None:
            return page("ledger_absent.html", asking, absent=ledger_words.ABSENT), 404
        return Response(found.body, mimetype="application/json", headers=_saved_as(f"entry-{seq}.json"))

    return as_bytes


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _looked_at(office: Office, asking: Asking, seq: int, spelling: str, *, whole: bool = False) -> Entry | None:
    """Return the entry once the look at it is written; one out of scope is as absent as one that is not there."""
    found = office.log.entry(seq, office.scope(asking))
    asked_for = f"entry {ledger_words.number(seq) if is_number(seq) else 'of no possible number'}{spelling}"
    if found is None or (whole and not found.whole):
        office.own_look(asking, asked_for, "nothing", outcome="none found")
        return None
    came_back = "the entry" if found.whole else "the entry, as far as it is theirs to see"
    office.own_look(asking, asked_for, came_back, found.record.nhs_number, found.record.patient)
    return found
