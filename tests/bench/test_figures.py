"""Each figure can be measured, with tiny numbers; how good it is, is for `make bench` to say."""

import json

from bench import plan
from bench.bundles import pages_of
from bench.figure import Figure, p95, show
from bench.reading import reading, rows
from bench.views import OURS, PEERS, Effort, storm, views

LITTLE = Effort(alone=2, at_once=2, bursts=1, warm_up=1, late=0.5)


def test_a_fair_view_is_nine_requests_and_217_resources():
    sent = [page for place in plan.FAIR for page in pages_of(place, "http://127.0.0.1:1/fhir/R4")]

    assert len(sent) == plan.requests(plan.FAIR) == 9
    assert sum(len(json.loads(page)["entry"]) for page in sent) == plan.resources(plan.FAIR) == 217


def test_every_value_a_view_must_show_is_sent_once():
    text = b"".join(page for place in plan.FAIR for page in pages_of(place, "http://127.0.0.1:1/fhir/R4")).decode()

    assert {text.count(f'"id": "{value}"') for value in plan.obtainable(plan.FAIR)} == {1}


def test_in_a_storm_the_dead_and_the_hanging_trust_hold_nothing_that_can_be_got():
    stormy = plan.stormy()

    missing = set(plan.obtainable(plan.FAIR)) - set(plan.obtainable(stormy))

    assert {value.removeprefix("obs-rep-").partition("-")[0] for value in missing} == {"chesterfield", "rotherham"}


def test_95_of_100_values_are_at_most_the_95th_percentile():
    assert p95(range(1, 101)) == 95
    assert p95([7]) == 7


def test_a_goal_that_is_missed_is_printed_as_missed(capsys):
    show("Title", [Figure("a figure", "3 ms", "≤ 2 ms", "the machine", met=False)])

    assert "goal ≤ 2 ms: NOT met" in capsys.readouterr().out


def test_whole_views_and_the_peers_are_measured():
    figures = {figure.name: figure for figure in views(LITTLE)}

    assert figures["a view"].met
    assert figures["2 at once: views with every result"].met
    assert {OURS, *PEERS.values()} <= figures.keys()


def test_a_storm_is_measured_and_every_obtainable_result_is_shown():
    ours, *_ = storm(Effort(alone=0, at_once=2, bursts=1, warm_up=1, late=0.5, peers=()))

    assert ours.met


def test_reading_is_measured_stage_by_stage(capsys):
    show("Reading", reading((70,)))

    assert "70 results" in capsys.readouterr().out


def test_writing_rows_is_measured(capsys):
    show("Rows", rows(7))

    assert "writing 7 rows" in capsys.readouterr().out
