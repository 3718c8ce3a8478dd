"""Whom to telephone: the laboratory of every trust.

Rule: it is made from the configuration alone. No sign-in, session, log, database or trust is asked, so that it
can be shown when all of them are down.
"""

from collections.abc import Callable, Sequence

from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who


def telephone_routes(trusts: Sequence[Trust]) -> tuple[Route, ...]:
    """Return the page of telephone numbers."""
    return (Route("/telephones", "telephones", Who.WHOEVER, _show(trusts)),)


def _show(trusts: Sequence[Trust]) -> Callable[[Asking], ResponseReturnValue]:
    return lambda asking: page("telephones.html", asking, trusts=trusts)
