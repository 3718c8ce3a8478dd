"""A record system that goes on while its patient is still sought leaves nobody to be confirmed."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import sqlite_in
from tests.pages.builders import LogLostError, a_person, add, an_app, an_asking, some_handles, some_parts
from viewer.clinical.patient import Person
from viewer.identity.context_token import InFront, Pushed
from viewer.launches import Launches
from viewer.pages import launch_words
from viewer.pages.launch import Launching, launch_routes
from viewer.pages.route import Asking, Route, Who
from viewer.pages.search_form import Wanted
from viewer.store.database import open_database

TRUST, SESSION = "sheffield_teaching", "session-1"
WALTER = InFront("9994127039", "Hargreaves", "Walter", "1944-03-09")
MARGARET = InFront("9998023319", "Ellis", "Margaret", "1968-02-02")


@pytest.fixture
def launches(tmp_path: Path) -> Iterator[Launches]:
    engine, asking, numbers = open_database(sqlite_in(tmp_path)), an_asking(), count()
    yield Launches(engine, lambda: asking.now, lambda: f"secret-{next(numbers)}")
    engine.dispose()


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_patient_of_whom_the_record_goes_on_while_they_are_sought_is_not_confirmed(
    launches: Launches, *, goes_on: bool
) -> None:
    asking, handles = an_asking(), some_handles()

    def sought(*_: object) -> list[Person]:
        if goes_on:
            launches.push(TRUST, a_push(MARGARET))
        return [a_person()]

    shared = Launching(
        some_parts(), handles, launches, {}, lambda _: True, lambda _: None, "https://localhost", LogLostError,
        find_in_front=sought,
    )  # fmt: skip
    link, _ = launches.push(TRUST, a_push(WALTER))

    answer = _app(shared, asking).test_client().get(f"/context/{link}")

    assert (answer.status_code, launch_words.GONE_ON in answer.get_data(as_text=True)) == (
        (403, True) if goes_on else (303, False)
    )
    assert len(handles.all("sign-in-1", Wanted)) == (0 if goes_on else 1)


def a_push(patient: InFront) -> Pushed:
    """Return that the record has this patient in front of whoever is signed in here."""
    asking = an_asking()
    assert asking.clinician
    return Pushed(SESSION, asking.clinician.user_id, patient, "", asking.now)


def _app(shared: Launching, asking: Asking) -> Flask:
    app = an_app()
    confirm = Route("/find/<handle>/confirm/<listed>", "confirm", Who.CLINICIANS, lambda *_, **__: "")
    add(app, (*launch_routes(shared), confirm), asking)
    return app
