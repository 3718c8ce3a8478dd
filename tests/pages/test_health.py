"""The viewer says whether it lives, and how the trusts have answered; neither asks anybody."""

from collections.abc import Sequence
from datetime import timedelta

from connectors.answer import Outcome
from connectors.breaker import Breaking
from connectors.checks import Checked
from connectors.fanout import TrustHealth
from tests.pages.builders import NOW, TRUSTS, LogLostError, add, an_app, an_asking
from tests.pages.page_tester import PageTester
from viewer.audit.writer import Sink
from viewer.pages.errors import show_errors
from viewer.pages.health import health_routes

DATABASE, JOURNAL = Sink("database"), Sink("journal", NOW, 1204, 1)


class Trusts:
    def health(self) -> Sequence[TrustHealth]:
        return (
            TrustHealth("barnsley", Breaking.RESTING, 5, 7.6, Outcome.FAILED, "HTTP 503", NOW, timedelta(seconds=0.2)),
            TrustHealth("rotherham", Breaking.ASKED, 0, 0.0, None, "", None, None),
        )


class Checks:
    def counts(self) -> Sequence[Checked]:
        return (Checked("barnsley", "Observation", 40, 2, 0, ("status: missing",)),)


class Log:
    def __init__(self, sink: Sink = DATABASE, lost: bool = False) -> None:
        self.sink = sink
        self.lost = lost

    def takes(self) -> Sink:
        if self.lost:
            raise LogLostError
        return self.sink


class Pds:
    def health(self) -> TrustHealth:
        return TrustHealth(
            "pds", Breaking.RESTING, 5, 7.6, Outcome.LATE, "PDS did not answer", NOW, timedelta(seconds=1)
        )


def a_tester(log: Log, pds: Pds | None = None) -> PageTester:
    app = an_app()
    add(app, health_routes(log, Trusts(), Checks(), TRUSTS, pds=pds), an_asking())
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def test_a_viewer_with_its_log_is_alive() -> None:
    response = a_tester(Log()).client.get("/health")

    assert (response.status_code, response.text) == (200, "alive; entries of the log are written to the database\n")


def test_a_viewer_that_writes_to_its_journal_is_alive_and_says_since_when_and_how_many_wait() -> None:
    response = a_tester(Log(JOURNAL)).client.get("/health")

    assert response.status_code == 200
    assert response.text == (
        "alive; the database takes no entries; those of the log have gone to the journal since 21-Nov-2026 03:12; "
        "1,204 entries wait there for the database; 1 place in the journal cannot be read\n"
    )


def test_people_are_told_where_the_log_goes_and_how_pds_is() -> None:
    page = a_tester(Log(JOURNAL, lost=True), Pds()).get("/health/trusts")

    assert "have gone to the journal since 21-Nov-2026 03:12; 1,204 entries wait" in page.one("p", data_sink="").words
    assert page.one("p", data_pds="").words == (
        "did not answer: PDS did not answer, 21-Nov-2026 03:12, took 1.0 s; resting for 8 s; 5 failures in a row"
    )


def test_a_viewer_without_its_log_is_not_well() -> None:
    assert a_tester(Log(lost=True)).client.get("/health").status_code == 503


def test_each_trust_says_its_last_answer_whether_it_is_asked_and_what_failed() -> None:
    page = a_tester(Log()).get("/health/trusts")

    assert page.one("tr", data_trust="barnsley").words == (
        "Barnsley failed: HTTP 503 21-Nov-2026 03:12, took 0.2 s resting for 8 s; 5 failures in a row "
        "Observation: 2 of 40 failed (status: missing)"
    )
    assert page.one("tr", data_trust="rotherham").words == "Rotherham not asked yet asked none yet"
    assert len([row for row in page.all("tr") if row["data-trust"]]) == 7
