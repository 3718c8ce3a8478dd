import asyncio
import json
import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from aiohttp import web

from connectors.answer import Answer, ByNumber, ByTraits, Kind, Outcome, Question, Results, Trouble
from connectors.breaker import Breaking
from connectors.fanout import Fanout
from connectors.fetch import Got, Sending
from connectors.registry import make_fanout
from connectors.trust_config import Caps, TrustConfig
from tests.connectors.bundles import (
    ANOTHER_NUMBER,
    NHS_NUMBER,
    a_bundle,
    a_patient,
    a_report,
    an_observation,
    an_outcome,
)
from tests.connectors.loopback import (
    BARNSLEY,
    ROTHERHAM,
    SHEFFIELD,
    Asked,
    Loopback,
    a_config,
    fhir,
    held_until,
    says,
    says_nothing,
)

BOTH = frozenset({Kind.LABORATORY, Kind.RADIOLOGY})
NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


@contextmanager
def fanning_out(*configs: TrustConfig, **parts: object) -> Iterator[Fanout]:
    with closing(make_fanout(configs, lambda: NOW, **parts)) as fanout:  # type: ignore[arg-type]
        yield fanout


def results(config: TrustConfig, ids: tuple[str, ...] = ("7",), **more: object) -> Question:
    return Question(config.trust, Results(NHS_NUMBER, BOTH, ids), "reader", **more)  # type: ignore[arg-type]


def ask(config: TrustConfig, question: Question | None = None) -> Answer:
    with fanning_out(config) as fanout:
        return only(fanout.ask([question or results(config)]))


def only(answers: Iterator[Answer]) -> Answer:
    (answer,) = answers
    return answer


def kinds(answer: Answer) -> list[str]:
    return [f"{received.kind}/{received.id}" for received in answer.received]


# What is asked


def test_reports_are_asked_for_in_one_post_that_brings_everything_and_no_number_stands_in_a_url():
    with Loopback(says(a_bundle(a_report(), a_patient(), total=1))) as trust:
        answer = ask(a_config(trust.address), None)

    assert answer.outcome is Outcome.ANSWERED
    assert (trust.asked[0].method, trust.asked[0].path) == ("POST", "/fhir/R4/DiagnosticReport/_search")
    assert trust.asked[0].form == [
        ("patient", "7"),
        ("_include", "DiagnosticReport:subject"),
        ("_include", "DiagnosticReport:result"),
        ("_include:iterate", "Observation:has-member"),
        ("_include", "DiagnosticReport:specimen"),
        ("_include", "DiagnosticReport:based-on"),
        ("_count", "100"),
    ]
    assert trust.asked[0].headers["Prefer"] == "handling=strict"
    assert trust.asked[0].headers["Accept-Encoding"] == "identity"
    assert len(trust.asked) == answer.requests == 1


def test_without_ids_the_trust_is_first_asked_who_this_is():
    async def script(asked: Asked) -> web.StreamResponse:
        return fhir(a_bundle(a_patient(), mode="match") if "Patient" in asked.path else a_bundle(a_report()))

    with Loopback(script) as trust:
        config = a_config(trust.address)
        answer = ask(config, results(config, ids=()))

    assert [asked.path for asked in trust.asked] == [
        "/fhir/R4/Patient/_search",
        "/fhir/R4/DiagnosticReport/_search",
    ]
    assert ("identifier", f"https://fhir.nhs.uk/Id/nhs-number|{NHS_NUMBER}") in trust.asked[0].form
    assert kinds(answer) == ["Patient/7", "DiagnosticReport/1"]
    assert answer.outcome is Outcome.ANSWERED


def test_a_trust_that_does_not_know_the_patient_is_asked_no_more():
    with Loopback(says(a_bundle(total=0))) as trust:
        config = a_config(trust.address)
        answer = ask(config, results(config, ids=()))

    assert (answer.outcome, answer.requests) == (Outcome.NOT_KNOWN, 1)


def test_imaging_and_loose_results_are_searched_where_the_trust_has_them():
    with Loopback(says(a_bundle(a_patient()))) as trust:
        answer = ask(a_config(trust.address, imaging=True, loose_observations=True))

    assert answer.outcome is Outcome.ANSWERED
    assert sorted(asked.path.split("/")[3] for asked in trust.asked) == [
        "DiagnosticReport",
        "ImagingStudy",
        "Observation",
    ]


def test_a_server_without_post_search_is_asked_by_get_only_where_its_file_says_so():
    async def script(asked: Asked) -> web.StreamResponse:
        if asked.method == "POST":
            return web.Response(status=405)
        return fhir(a_bundle(a_report(), a_patient()))

    with Loopback(script) as trust:
        refused = ask(a_config(trust.address))
        answered = ask(a_config(trust.address, get_fallback=True))

    assert (refused.outcome, refused.reason) == (Outcome.FAILED, "HTTP 405")
    assert (answered.outcome, answered.requests) == (Outcome.ANSWERED, 2)
    assert trust.asked[-1].query["patient"] == "7"


def test_the_request_id_handed_in_reaches_the_trust():
    with Loopback(says(a_bundle(a_patient()))) as trust:
        config = a_config(trust.address)
        answer = ask(config, results(config, request_id="look-17"))

    assert trust.asked[0].headers["X-Request-ID"] == "look-17"
    assert answer.details["request_id"] == "look-17"


# Whose it is


def test_entries_about_somebody_else_are_dropped_counted_and_said():
    page = a_bundle(a_report(), a_patient(), a_report("2", "Patient/8"), an_observation("3", "Patient/9"))
    with Loopback(says(page)) as trust:
        answer = ask(a_config(trust.address))

    assert kinds(answer) == ["DiagnosticReport/1", "Patient/7"]
    assert (answer.outcome, answer.foreign) == (Outcome.PARTIAL, 2)
    assert answer.reason == "2 entries were about somebody else"


def test_a_server_that_sends_everybody_gives_no_ones_record():
    page = a_bundle(a_patient("8", ANOTHER_NUMBER), mode="match")
    with Loopback(says(page)) as trust:
        config = a_config(trust.address)
        answer = ask(config, Question(config.trust, ByNumber(NHS_NUMBER), "reader"))

    assert (answer.outcome, answer.received, answer.foreign) == (Outcome.PARTIAL, (), 1)


def test_a_result_that_does_not_say_whose_it_is_is_kept_unread():
    with Loopback(says(a_bundle(a_report(), a_patient(), an_observation("5", subject="")))) as trust:
        answer = ask(a_config(trust.address))

    (untold,) = [received for received in answer.received if received.kind == "Observation"]
    assert (untold.body, untold.problem) == (None, "it does not say whose it is")


def test_no_results_under_an_old_id_is_believed_only_when_the_id_is_still_the_patients():
    async def script(asked: Asked) -> web.StreamResponse:
        if "Patient" in asked.path:
            return fhir(a_bundle(a_patient("70"), mode="match"))
        return fhir(a_bundle(a_report(subject="Patient/70")) if ("patient", "70") in asked.form else a_bundle())

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address))

    assert answer.outcome is Outcome.ANSWERED
    assert kinds(answer) == ["Patient/70", "DiagnosticReport/1"]


def test_an_id_that_now_carries_another_number_is_nobody_we_asked_for():
    async def script(asked: Asked) -> web.StreamResponse:
        if "Patient" in asked.path:
            return fhir(a_bundle())
        return fhir(a_bundle(a_report(), a_patient("7", ANOTHER_NUMBER)))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address))

    assert (answer.outcome, answer.received, answer.foreign) == (Outcome.PARTIAL, (), 2)


def test_a_record_that_cannot_be_read_is_not_taken_for_no_record():
    page = a_bundle({"resourceType": "Patient", "id": "7", "identifier": "?"}, mode="match")
    with Loopback(says(page)) as trust:
        config = a_config(trust.address)
        answer = ask(config, results(config, ids=()))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "a patient record came that could not be read")


# Whether it is all


def paged(*pages: Sequence[dict[str, object]], total: int | None = None, next_of_last: str = "") -> object:
    async def script(asked: Asked) -> web.StreamResponse:
        here = int(asked.query.get("page", 1))
        base = f"http://{asked.headers['Host']}/fhir/R4"
        more = f"{base}?page={here + 1}" if here < len(pages) else next_of_last.replace("BASE", base)
        return fhir(a_bundle(*pages[here - 1], total=total, next_link=more))

    return script


def test_pages_are_followed_to_the_last_and_repeats_are_taken_once():
    pages = ([a_report("1"), a_patient()], [a_report("2"), a_patient()], [a_report("3"), a_patient()])
    with Loopback(paged(*pages, total=3)) as trust:
        answer = ask(a_config(trust.address))

    assert answer.outcome is Outcome.ANSWERED
    assert kinds(answer) == ["DiagnosticReport/1", "Patient/7", "DiagnosticReport/2", "DiagnosticReport/3"]
    assert answer.requests == 3


def test_reports_that_the_server_counted_and_did_not_send_are_missing():
    with Loopback(paged([a_report("1"), a_patient()], [a_report("1")], [a_report("3")], total=4)) as trust:
        answer = ask(a_config(trust.address))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "not all of its reports came")


@pytest.mark.parametrize(
    ("came", "total", "outcome", "reason"),
    [
        (3, None, Outcome.PARTIAL, "this trust did not say whether there are more reports"),
        (3, 3, Outcome.ANSWERED, ""),
        (2, None, Outcome.ANSWERED, ""),
        (4, None, Outcome.ANSWERED, ""),  # it does not cut at our size
    ],
)
def test_one_full_page_is_whole_only_when_the_trust_says_so_law_1(came, total, outcome, reason):
    reports = [a_report(str(number)) for number in range(came)]
    with Loopback(says(a_bundle(*reports, a_patient(), total=total))) as trust:
        answer = ask(a_config(trust.address, page_size=3))

    assert (answer.outcome, answer.reason) == (outcome, reason)
    assert len(answer.received) == came + 1


def test_a_last_page_that_is_full_is_the_last_where_those_before_named_the_next():
    pages = ([a_report("1"), a_report("2"), a_patient()], [a_report("3"), a_report("4"), a_patient()])
    with Loopback(paged(*pages)) as trust:
        answer = ask(a_config(trust.address, page_size=4))

    assert (answer.outcome, len(answer.received)) == (Outcome.ANSWERED, 5)


def test_two_versions_of_one_report_are_both_kept():
    old, new = a_report("1", meta={"versionId": "1"}), a_report("1", meta={"versionId": "2"})
    with Loopback(says(a_bundle(old, new, new, a_patient()))) as trust:
        answer = ask(a_config(trust.address))

    assert [received.version for received in answer.received] == ["1", "2", ""]


def test_a_second_page_that_fails_leaves_the_first_and_says_so():
    async def script(asked: Asked) -> web.StreamResponse:
        if asked.query:
            return web.Response(status=500)
        base = f"http://{asked.headers['Host']}/fhir/R4"
        return fhir(a_bundle(a_report(), a_patient(), total=2, next_link=f"{base}?page=2"))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address))

    assert (answer.outcome, answer.reason) == (
        Outcome.PARTIAL,
        "a further page did not come: HTTP 500; not all of its reports came",
    )
    assert len(answer.received) == 2


def test_a_second_page_that_hangs_leaves_the_first_at_the_deadline():
    async def script(asked: Asked) -> web.StreamResponse:
        if asked.query:
            return await says_nothing(asked)
        base = f"http://{asked.headers['Host']}/fhir/R4"
        return fhir(a_bundle(a_report(), a_patient(), next_link=f"{base}?page=2"))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address, seconds=2))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "a further page of its reports did not come in 2.0 s")
    assert len(answer.received) == 2


def test_pages_that_lead_round_in_a_circle_end():
    with Loopback(paged([a_report("1"), a_patient()], [a_report("2")], next_of_last="BASE?page=2")) as trust:
        answer = ask(a_config(trust.address))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "its pages lead round in a circle")
    assert answer.requests == 2


def test_a_loop_under_ever_new_addresses_ends_when_pages_repeat_themselves():
    async def script(asked: Asked) -> web.StreamResponse:
        base = f"http://{asked.headers['Host']}/fhir/R4"
        return fhir(a_bundle(a_report(), a_patient(), next_link=f"{base}?page={asked.number}"))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "its pages repeat themselves")
    assert len(trust.asked) == 3


def test_more_pages_than_the_cap_end_with_what_came():
    async def script(asked: Asked) -> web.StreamResponse:
        base = f"http://{asked.headers['Host']}/fhir/R4"
        return fhir(a_bundle(a_report(str(asked.number)), a_patient(), next_link=f"{base}?page={asked.number}"))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address, caps=Caps(pages=4)))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "more than 4 pages")
    assert len(trust.asked) == 4


def test_a_next_link_to_another_origin_is_not_followed():
    with Loopback(says(a_bundle())) as elsewhere:
        page = a_bundle(a_report(), a_patient(), next_link=f"{elsewhere.address}?page=2")
        with Loopback(says(page)) as trust:
            answer = ask(a_config(trust.address))

    assert answer.outcome is Outcome.PARTIAL
    assert answer.reason == "its link to the next page leads somewhere else and was not followed"
    assert elsewhere.asked == []


def test_the_trusts_own_warning_makes_the_answer_partial_without_its_words():
    with Loopback(says(a_bundle(a_report(), a_patient(), an_outcome("Walter’s histology is not included")))) as trust:
        answer = ask(a_config(trust.address))

    warned = "the trust sent a warning with its answer (incomplete)"
    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, warned)


def test_what_is_remembered_of_a_trust_says_nothing_of_what_is_missing_of_one_patient_law_6():
    warned = a_bundle(a_report(), a_patient(), an_outcome("Walter HARGREAVES", code="suppressed"))
    with Loopback(says(warned)) as trust, fanning_out(a_config(trust.address)) as fanout:
        only(fanout.ask([results(a_config(trust.address))]))
        (health,) = fanout.health()

    assert (health.outcome, health.reason) == (Outcome.PARTIAL, "")


def test_one_of_two_searches_failing_is_named():
    async def script(asked: Asked) -> web.StreamResponse:
        if "ImagingStudy" in asked.path:
            return web.Response(status=403)
        return fhir(a_bundle(a_report(), a_patient()))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address, imaging=True))

    assert (answer.outcome, answer.reason) == (Outcome.PARTIAL, "imaging studies: HTTP 403")
    assert len(answer.received) == 2


# How it fails


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (302, Outcome.FAILED),
        (400, Outcome.FAILED),
        (401, Outcome.SIGN_IN_FAILED),
        (403, Outcome.REFUSED),
        (404, Outcome.FAILED),
        (429, Outcome.BUSY),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
    ],
)
def test_a_status_has_its_outcome(status, outcome):
    with Loopback(says(b"", status=status, Retry_After="30", Location="http://127.0.0.1:1/")) as trust:
        answer = ask(a_config(trust.address))

    assert answer.outcome is outcome
    assert answer.reason.startswith(f"HTTP {status}")
    assert answer.received == ()


def test_how_long_to_wait_is_passed_on():
    with Loopback(says(b"", status=429, Retry_After="30")) as trust:
        assert ask(a_config(trust.address)).details["retry_after"] == "30"


def test_a_trust_whose_port_is_closed_is_unreachable():
    with Loopback(says(b"")) as trust:
        address = trust.address

    answer = ask(a_config(address))

    assert (answer.outcome, answer.requests) == (Outcome.UNREACHABLE, 2)


def test_a_connection_that_fails_is_tried_once_more():
    async def script(asked: Asked) -> web.StreamResponse:
        if asked.number == 1 and asked.request.transport:
            asked.request.transport.abort()
        return fhir(a_bundle(a_report(), a_patient()))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address))

    assert (answer.outcome, answer.requests) == (Outcome.ANSWERED, 2)


def test_a_mistake_of_ours_in_one_exchange_is_that_trusts_failed_answer_and_no_other(caplog):
    class Broken:
        async def send(self, sending: Sending, caps: Caps) -> Got | Trouble:
            raise ValueError(f"a secret about {NHS_NUMBER}")

        async def close(self) -> None:
            """Nothing is open."""

    configs = [a_config("http://127.0.0.1:1/fhir/R4", trust=trust) for trust in (BARNSLEY, ROTHERHAM)]
    with caplog.at_level(logging.DEBUG), fanning_out(*configs, fetcher=lambda _: Broken()) as fanout:
        answers = list(fanout.ask([results(config) for config in configs]))

    assert [answer.outcome for answer in answers] == [Outcome.FAILED] * 2
    assert "ValueError in send" in caplog.text
    assert "secret" not in caplog.text
    assert NHS_NUMBER not in caplog.text


def test_a_client_that_cannot_even_be_made_is_a_failed_answer_each_time():
    def never(_: TrustConfig) -> object:
        raise ValueError

    config = a_config("http://127.0.0.1:1/fhir/R4")
    with fanning_out(config, fetcher=never) as fanout:
        first, second = (only(fanout.ask([results(config)])) for _ in range(2))

    assert first.outcome is second.outcome is Outcome.FAILED


# All at once


def test_answers_come_as_they_arrive_and_a_hanging_trust_delays_nobody():
    go, bundle = threading.Event(), a_bundle(a_report(), a_patient())
    with Loopback(held_until(go, bundle)) as hangs, Loopback(says(bundle)) as answers_:
        late = a_config(hangs.address, trust=ROTHERHAM)
        quick = a_config(answers_.address, trust=BARNSLEY)
        with fanning_out(late, quick) as fanout:
            arriving = fanout.ask([results(late), results(quick)])
            first = next(arriving)
            go.set()
            second = only(arriving)

    assert (first.trust.name, first.outcome) == ("barnsley", Outcome.ANSWERED)
    assert (second.trust.name, second.outcome) == ("rotherham", Outcome.ANSWERED)


def test_a_hanging_trust_is_late_at_its_own_deadline_and_not_at_anothers():
    with Loopback(says_nothing) as hangs:
        late = a_config(hangs.address, trust=ROTHERHAM, seconds=0.5)
        later = a_config(hangs.address, trust=BARNSLEY, seconds=1.5)
        with fanning_out(late, later) as fanout:
            outcomes = [(a.trust.name, a.outcome) for a in fanout.ask([results(later), results(late)])]

    assert outcomes == [("rotherham", Outcome.LATE), ("barnsley", Outcome.LATE)]


def test_with_a_pulse_the_asker_looks_around_while_a_trust_is_silent():
    go = threading.Event()
    with Loopback(held_until(go, a_bundle(a_report(), a_patient()))) as silent:
        config = a_config(silent.address)
        with fanning_out(config) as fanout:
            arriving = fanout.ask_together([results(config)], timedelta(seconds=0.02))
            first = next(arriving)
            go.set()
            arrived = [answer.outcome for answers in arriving for answer in answers]

    assert first == ()
    assert arrived == [Outcome.ANSWERED]


def test_sixty_four_views_at_once_with_one_trust_hanging_and_one_dead_get_every_answer_there_is():
    with Loopback(says(b"")) as gone:
        dead = a_config(gone.address, trust=SHEFFIELD)
    hung_up = threading.Event()
    everybody_has_barnsleys = threading.Barrier(64, hung_up.set, timeout=60)

    async def hangs(asked: Asked) -> web.StreamResponse:
        while not hung_up.is_set():
            await asyncio.sleep(0.01)
        asked.request.transport.close()
        return fhir(b"")

    with Loopback(hangs) as hanging_, Loopback(says(a_bundle(a_report(), a_patient()))) as well:
        hanging = a_config(hanging_.address, trust=ROTHERHAM)
        healthy = a_config(well.address, trust=BARNSLEY)
        with fanning_out(dead, hanging, healthy) as fanout, ThreadPoolExecutor(64) as viewers:

            def view(number: int) -> dict[str, Outcome]:
                questions = [replace(results(c), reader=f"reader {number}") for c in (dead, hanging, healthy)]
                came = {}
                for answer in fanout.ask(questions):
                    came[answer.trust.name] = answer.outcome
                    if answer.trust == BARNSLEY:
                        everybody_has_barnsleys.wait()
                return came

            views = list(viewers.map(view, range(64)))

    assert [view["barnsley"] for view in views] == [Outcome.ANSWERED] * 64
    assert {view["rotherham"] for view in views} <= {Outcome.UNREACHABLE, Outcome.RESTING}
    assert {view["sheffield_teaching"] for view in views} <= {Outcome.UNREACHABLE, Outcome.RESTING}
    assert all(len(view) == 3 for view in views)


def test_the_same_question_asked_by_many_at_once_is_sent_once():
    go = threading.Event()
    with Loopback(held_until(go, a_bundle(a_report(), a_patient()))) as trust:
        config = a_config(trust.address)
        with fanning_out(config) as fanout:
            waiting = [fanout.ask([results(config)]) for _ in range(5)]
            go.set()
            answers = [only(answer) for answer in waiting]

    assert len(trust.asked) == 1
    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}


def test_an_answer_is_kept_for_its_reader_and_no_other_and_again_asks_afresh():
    with Loopback(says(a_bundle(a_report(), a_patient()))) as trust:
        config = a_config(trust.address)
        question = results(config)
        with fanning_out(config) as fanout:
            kept = [
                only(fanout.ask([asked])).kept
                for asked in (question, question, replace(question, reader="another"), replace(question, again=True))
            ]
            fanout.forget("reader")
            kept.append(only(fanout.ask([question])).kept)

    assert kept == [False, True, False, False, False]
    assert len(trust.asked) == 4


def test_a_failed_answer_is_not_kept():
    async def script(asked: Asked) -> web.StreamResponse:
        return web.Response(status=500) if asked.number == 1 else fhir(a_bundle(a_report(), a_patient()))

    with Loopback(script) as trust:
        config = a_config(trust.address)
        with fanning_out(config) as fanout:
            outcomes = [only(fanout.ask([results(config)])).outcome for _ in range(2)]

    assert outcomes == [Outcome.FAILED, Outcome.ANSWERED]


def test_a_trust_that_fails_again_and_again_rests_but_never_against_a_persons_wish():
    with Loopback(says(b"", status=500)) as trust:
        config = a_config(trust.address)
        with fanning_out(config) as fanout:
            outcomes = [only(fanout.ask([results(config)])).outcome for _ in range(6)]
            (health,) = fanout.health()
            again = only(fanout.ask([results(config, again=True)])).outcome

    assert outcomes == [Outcome.FAILED] * 5 + [Outcome.RESTING]
    assert (health.breaking, health.outcome, health.reason) == (Breaking.RESTING, Outcome.FAILED, "HTTP 500")
    assert again is Outcome.FAILED
    assert len(trust.asked) == 6


def test_closing_answers_what_is_under_way():
    with Loopback(says_nothing) as trust:
        config = a_config(trust.address, seconds=30)
        fanout = make_fanout([config], lambda: NOW)
        waiting = fanout.ask([results(config)])
        fanout.close()

        assert only(waiting).outcome is Outcome.FAILED


def test_nothing_is_left_of_one_exchange_for_the_next():
    with Loopback(says(a_bundle(a_report(), a_patient()), Set_Cookie="session=abc; Path=/")) as trust:
        config = a_config(trust.address)
        with fanning_out(config) as fanout:
            for _ in range(2):
                only(fanout.ask([results(config, again=True)]))

    assert all("Cookie" not in asked.headers for asked in trust.asked)


def test_not_even_the_library_below_writes_an_address_that_holds_a_number(caplog):
    with Loopback(says(a_bundle(a_patient(), mode="match"))) as trust, caplog.at_level(logging.DEBUG):
        config = a_config(trust.address, post_search=False)
        ask(config, Question(config.trust, ByNumber(NHS_NUMBER), "reader"))

    assert NHS_NUMBER in trust.asked[0].query["identifier"]
    assert NHS_NUMBER not in json.dumps([record.getMessage() for record in caplog.records])


def test_no_line_of_the_log_holds_a_number_a_name_or_an_address(caplog):
    page = a_bundle(a_report(), a_patient(name=[{"family": "Hargreaves"}]))
    with Loopback(says(page)) as trust, caplog.at_level(logging.DEBUG):
        ask(a_config(trust.address))

    ours = [record for record in caplog.records if record.name.startswith("connectors")]
    assert [record.name for record in ours] == ["connectors.fanout"]
    assert "trust=barnsley outcome=ANSWERED" in ours[0].getMessage()
    everything = json.dumps([record.getMessage() for record in caplog.records])
    assert NHS_NUMBER not in everything
    assert "Hargreaves" not in everything


# More records of one number than anybody has


def records(count: int, number: str = NHS_NUMBER) -> list[dict[str, object]]:
    return [a_patient(f"p{place}", number) for place in range(count)]


def who(config: TrustConfig) -> Answer:
    return ask(config, Question(config.trust, ByNumber(NHS_NUMBER), "reader"))


def test_fifty_records_of_one_number_are_taken():
    with Loopback(says(a_bundle(*records(50), total=50, mode="match"))) as trust:
        answer = who(a_config(trust.address))

    assert (answer.outcome, len(answer.received)) == (Outcome.ANSWERED, 50)


def test_more_records_of_one_number_are_said_and_only_the_first_fifty_taken():
    with Loopback(says(a_bundle(*records(51), total=51, mode="match"))) as trust:
        answer = who(a_config(trust.address))

    assert (answer.outcome, len(answer.received)) == (Outcome.PARTIAL, 50)
    assert answer.reason == "51 patient records came for one NHS number; the first 50 are looked at"
    assert answer.foreign == 0


def test_the_same_record_sent_often_is_one_record():
    with Loopback(says(a_bundle(*records(1) * 60, total=60, mode="match"))) as trust:
        answer = who(a_config(trust.address))

    assert len(answer.received) == 1
    assert "records came for one NHS number" not in answer.reason


def test_results_are_asked_for_by_the_first_fifty_records():
    async def script(asked: Asked) -> web.StreamResponse:
        if asked.path.endswith("/Patient/_search"):
            return fhir(a_bundle(*records(60), total=60, mode="match"))
        return fhir(a_bundle(a_report(subject="Patient/p0"), total=1))

    with Loopback(script) as trust:
        answer = ask(a_config(trust.address), results(a_config(trust.address), ids=()))

    (by,) = [dict(asked.form)["patient"] for asked in trust.asked if "DiagnosticReport" in asked.path]
    assert by.split(",") == [f"p{place}" for place in range(50)]
    assert "60 patient records came for one NHS number" in answer.reason
    assert "DiagnosticReport/1" in kinds(answer)


def test_a_search_by_traits_may_find_as_many_people_as_there_are():
    traits = ByTraits("Smith", date(1944, 3, 9))
    people = [a_patient(f"p{place}", name=[{"family": "Smith"}]) for place in range(60)]
    with Loopback(says(a_bundle(*people, total=60, mode="match"))) as trust:
        config = a_config(trust.address)
        answer = ask(config, Question(config.trust, traits, "reader"))

    assert (answer.outcome, len(answer.received)) == (Outcome.ANSWERED, 60)


# One processor


def test_while_the_first_answer_of_many_is_made_into_a_page_no_other_is_read_whoever_came_before():
    many = [an_observation(str(n)) for n in range(1_000)]
    long = a_bundle(a_patient(), a_report(conclusion="x" * 300_000))
    now, second_goes, third_goes = [100.0], threading.Event(), threading.Event()
    with (
        Loopback(says(a_bundle(a_patient(), a_report()))) as first,
        Loopback(held_until(second_goes, a_bundle(a_patient(), *many))) as second,
        Loopback(held_until(third_goes, long)) as third,
    ):
        served = zip((first, second, third), (BARNSLEY, ROTHERHAM, SHEFFIELD), strict=True)
        configs = [a_config(trust.address, trust=name) for trust, name in served]
        with fanning_out(*configs, timer=lambda: now[0]) as fanout:
            answers = fanout.ask([results(config) for config in configs])
            next(answers)
            second_goes.set()
            next(answers)
            third_goes.set()
            threading.Event().wait(0.5)  # it comes, while what was just handed over is dealt with
            now[0] += 0.1  # less than the rest
            last = next(answers)

    assert (last.trust, last.outcome, last.came) == (SHEFFIELD, Outcome.ANSWERED, now[0])
