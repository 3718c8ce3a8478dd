"""Show a patient who has these reports and no others, each trust having answered, to whoever reads the real pages."""

from collections.abc import Callable, Sequence

from flask.testing import FlaskClient

from connectors.answer import Outcome
from tests.pages.builders import NOW, TRUSTS, a_person, an_app, some_views
from viewer.clinical.row import Row
from viewer.clinical.timeline import Timeline
from viewer.pages.route import Route
from viewer.pages.view import Views
from viewer.steps import State, Step, Tile


def client_of(rows: Sequence[Row], routes: Callable[[Views], Sequence[Route]]) -> FlaskClient:
    """Return a client of these pages about that patient."""
    tiles = tuple(Tile(trust, State.ANSWERED, len(rows), Outcome.ANSWERED, at=NOW) for trust in TRUSTS)
    step = Step(Timeline(a_person(), tuple(rows), (), (), ()), tiles, True, NOW, 1)
    return an_app(*routes(some_views(lambda *_, **__: iter((step, step))))).test_client()
