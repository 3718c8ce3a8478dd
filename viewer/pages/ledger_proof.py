"""How far the log is proven: verify the whole of it, or compare it with a size and root that somebody kept.

Rule: who verified it, when and how far is an entry of the log; every worker says the same.
"""

from collections.abc import Callable
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from viewer.audit.verifications import Verifications, in_words, outcome_of
from viewer.pages import ledger_words, proof_words
from viewer.pages.office import Office
from viewer.pages.route import Asking, Route, Who


def proof_routes(office: Office) -> tuple[Route, ...]:
    """Return what proves the log."""
    return (Route("/ledger/verify", "ledger_verify", Who.IG_OFFICERS, _verify(office), methods=("POST",)),)


def standing(office: Office, verifications: Verifications) -> dict[str, Any]:
    """Return what every page of the Ledger says of the log as a whole."""
    return {
        "verification": verifications.newest(),
        "head": office.log.head(),
        "ledger_words": ledger_words,
        "proof_words": proof_words,
    }


def _verify(office: Office) -> Callable[..., ResponseReturnValue]:
    def verify(asking: Asking) -> ResponseReturnValue:
        found = office.log.verify()
        office.verified(asking, in_words(found), outcome_of(found), found.root)
        return redirect(url_for("ledger"), 303)

    return verify
