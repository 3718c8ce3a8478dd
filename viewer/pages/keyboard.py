"""What can be done by keyboard.

Rule: it asks nobody and shows nothing of anybody. Script lays the same words over any other page.
"""

from flask.typing import ResponseReturnValue

from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who


def keyboard_routes() -> tuple[Route, ...]:
    """Return the page of keys."""
    return (Route("/keyboard", "keyboard", Who.SIGNED_IN, _show),)


def _show(asking: Asking) -> ResponseReturnValue:
    return page("keyboard.html", asking)
