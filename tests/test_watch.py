"""The whole viewer sweeps its own log: a look raises an alert, and the officer deals with it."""

from pathlib import Path

from sandbox.town import Town
from tests.whole import AMINA, PRIYA, RHYS, viewer_of
from viewer.audit.alerts import Reader, Wanted
from viewer.audit.scope import Scope

DOREEN = "999 839 3353"  # nobody’s record bears out that she is under anybody’s care


def test_a_look_is_swept_reviewed_and_closed_and_every_step_is_in_the_log(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path) as viewer:
        watch = viewer.app.extensions["watch"]
        amina, priya = viewer.browser(AMINA), viewer.browser(PRIYA)
        amina.get(amina.open(DOREEN, why="direct-care/under-my-care"))
        watch.sweeper.turn()
        while watch.sweeper.swept().waiting:  # the viewer's own thread got in between
            watch.sweeper.turn()
        found = watch.alerts.list(Reader(PRIYA.user_id, Scope("RHQ", "sheffield_teaching")), Wanted())
        alert = next(one for one in found if one.rule == "self-claimed")

        queue = priya.get("/alerts").get_data(as_text=True)
        page = priya.get(f"/alerts/{alert.reference}").get_data(as_text=True)
        done = priya.post(f"/alerts/{alert.reference}", action="close", note="on the rota today", turn="0")

        assert f"Alerts ({len(found)} not closed)" in queue
        assert alert.reference in queue
        assert "OLDROYD" not in queue
        assert "OLDROYD" in page
        assert done.status_code == 303
        handled = [event for event in viewer.events() if event.event == "alert handled"]
        assert [(one.user_id, one.outcome, one.reference) for one in handled] == [
            (PRIYA.user_id, "asked", alert.reference),
            (PRIYA.user_id, "closed", alert.reference),
        ]
        assert viewer.browser(AMINA).get("/alerts").status_code == 403
        assert viewer.browser(RHYS).get("/alerts").status_code == 200
