import json
import threading
from datetime import UTC, datetime, timedelta

from connectors.answer import Answer, Outcome, Received
from connectors.checks import Checked, faults_by_model, make_checker
from tests.connectors.bundles import a_patient, an_observation
from tests.connectors.loopback import BARNSLEY

AT = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


def an_answer(*resources: dict[str, object], kept: bool = False) -> Answer:
    received = tuple(
        Received(str(one["resourceType"]), str(one["id"]), "", None, "", json.dumps(one).encode()) for one in resources
    )
    return Answer(BARNSLEY, Outcome.ANSWERED, AT, timedelta(seconds=1), received=received, kept=kept)


def test_what_fails_is_counted_by_trust_and_kind_with_path_and_fault_and_no_content():
    checker = make_checker(1.0)
    checker.offer(
        an_answer(an_observation(), an_observation(status=["secret"]), an_observation(mood="secret"), a_patient())
    )
    checker.close()

    observations, patients = checker.counts()
    assert (observations.trust, observations.kind) == ("barnsley", "Observation")
    assert (observations.checked, observations.failed) == (3, 2)
    assert observations.reasons == ("status: string_type", "mood: extra_forbidden")
    assert (patients.checked, patients.failed, patients.reasons) == (1, 0, ())


def test_a_kind_that_is_none_is_counted_and_not_repeated_law_6():
    checker = make_checker(1.0)
    checker.offer(an_answer({"resourceType": "Hargreaves", "id": "1"}))
    checker.close()

    (counted,) = checker.counts()
    assert (counted.kind, counted.failed) == ("something else", 1)
    assert counted.reasons == ("resourceType: not a kind of R4B",)


def test_a_share_is_checked_evenly():
    checker = make_checker(0.25, lambda *_: ())
    for _ in range(10):
        checker.offer(an_answer(*[an_observation()] * 10))
    checker.close()

    assert checker.counts() == (Checked("barnsley", "Observation", 25, 0, 0, ()),)


def test_nothing_is_checked_where_the_share_is_none_and_a_kept_answer_is_not_checked_twice():
    none, all_ = make_checker(0, lambda *_: ()), make_checker(1, lambda *_: ())
    none.offer(an_answer(an_observation()))
    all_.offer(an_answer(an_observation(), kept=True))
    none.close()
    all_.close()

    assert none.counts() == all_.counts() == ()


def test_a_check_that_cannot_keep_up_delays_nobody_and_counts_what_it_passed_over():
    go = threading.Event()

    def slow(kind: str, raw: bytes) -> tuple[str, ...]:
        go.wait(10)
        return ()

    checker = make_checker(1.0, slow)
    checker.offer(an_answer(*[an_observation()] * 2_500))
    go.set()
    checker.close()

    (counted,) = checker.counts()
    assert counted.checked + counted.passed_over == 2_500
    assert counted.passed_over >= 499


def test_faults_of_any_kind_are_a_reason_and_never_a_crash():
    assert faults_by_model("Observation", b"{") == ("(whole): json_invalid",)
    assert faults_by_model("ProcedureRequest", b"{}") == ("resourceType: not a kind of R4B",)
    nameless = json.dumps(an_observation(contained=[{"resourceType": "Nonsense"}])).encode()
    assert len(faults_by_model("Observation", nameless)) == 1
    odd = json.dumps(an_observation(**{"HARGREAVES, Walter": 1})).encode()
    assert faults_by_model("Observation", odd) == ("…: extra_forbidden",)
