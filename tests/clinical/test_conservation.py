"""Nothing vanishes: whatever a trust sends, broken or whole, every result of it is found again.

The law, per trust: each distinct DiagnosticReport, Observation and ImagingStudy that was received is named in the parts
(or older parts) of at least one Report, or stands as an Unreadable by itself; a DiagnosticReport in one of them only.
Every Report then is in one row once, so the sum of the Account holds. And every character of every number, unit,
comparator and comment of a readable result that a report shows is in that report.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answer import Received
from connectors.resource import DiagnosticReport, Observation
from tests.builders import (
    CHESTERFIELD,
    SHEFFIELD,
    Json,
    a_concept,
    a_laboratory_report,
    a_person,
    a_quantity,
    a_specimen,
    a_study,
    an_answer,
    an_observation,
    broken,
    received,
)
from viewer.clinical.merge import merge
from viewer.clinical.normalise import Normalised, normalise
from viewer.clinical.part import name_parts
from viewer.clinical.report import Report, Result, Unreadable
from viewer.clinical.row import Row
from viewer.clinical.timeline import lay_out

RESULTS = ("DiagnosticReport", "Observation", "ImagingStudy")

ids = st.sampled_from("12345")
maybe = st.booleans()


def references(kind: str) -> st.SearchStrategy[list[Json]]:
    address = st.one_of(
        ids.map(lambda id_: f"{kind}/{id_}"),
        ids.map(lambda id_: f"https://trust.example/fhir/{kind}/{id_}"),
        st.sampled_from([f"{kind}/gone", "#inside", "Specimen/1", "", "urn:uuid:0"]),
    )
    return st.lists(st.builds(lambda text: {"reference": text}, address), max_size=4)


characters = st.from_regex(r"(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?", fullmatch=True)
values = st.one_of(
    st.builds(
        lambda digits, comparator, unit: {"valueQuantity": a_quantity(digits, unit, comparator=comparator)},
        characters,
        st.sampled_from(["", "<", ">="]),
        st.sampled_from(["", "mmol/L", "g/dL"]),
    ),
    st.sampled_from([{"valueString": "seen ×40"}, {"valueBoolean": True}, {"dataAbsentReason": a_concept("Clotted")}]),
    st.sampled_from([{"valueQuantity": {"value": "5"}}, {"valueInteger": "x"}, {"valueAttachment": {}}, {}]),
)
meta = st.sampled_from(
    [{}, {}, {"meta": {"versionId": "1"}}, {"meta": {"versionId": "2"}}, {"meta": {"lastUpdated": "x"}}]
)


def observations(id_: str, value: Json, members: list[Json], note: str, stamp: Json) -> Json:
    group = {"hasMember": members} if members else {}
    notes = [{"text": note}] if note else []
    return {**an_observation(id_, f"Test {id_}", dataAbsentReason=None), **value, **group, **stamp, "note": notes}


a_sent_observation = st.builds(
    observations, ids, values, references("Observation"), st.sampled_from(["", "Haemolysed <1+>", "Phoned"]), meta
)
a_sent_report = st.builds(
    lambda id_, results, studies, specimens, stamp, status, identifier: (
        a_laboratory_report(id_, status=status, result=results, imagingStudy=studies, specimen=specimens)
        | stamp
        | ({"identifier": [{"system": "urn:lab", "value": identifier}]} if identifier else {})
        | {"contained": [an_observation("inside", "Inside")]}
    ),
    ids,
    references("Observation"),
    references("ImagingStudy"),
    references("Specimen"),
    meta,
    st.sampled_from(["final", "corrected", "preliminary", "entered-in-error", "odd"]),
    st.sampled_from(["", "R1", "R2"]),
)
a_sent_study = st.builds(lambda id_, stamp: a_study(id_) | stamp, ids, meta)
a_sent_resource = st.one_of(
    a_sent_observation,
    a_sent_observation,
    a_sent_report,
    a_sent_study,
    st.builds(a_specimen, ids, st.sampled_from(["2026-11-20T08:00:00Z", "2026-02-31", ""])),
    st.one_of(a_sent_observation, a_sent_report, a_sent_study).map(broken),
)
bundles = st.lists(a_sent_resource, max_size=14)

quickly = settings(max_examples=120)


def sent(resources: list[Json]) -> list[Received]:
    return [received(resource) for resource in resources]


def names_received(resources: list[Json]) -> set[str]:
    """The distinct results that were sent, by the names that `normalise` gives them."""
    return {name for name, part in name_parts(sent(resources)).all.items() if part.kind in RESULTS}


def names_by_themselves(pile: Normalised) -> list[str]:
    return [f"{one.kind}/{one.id}" for one in pile.unreadable]


@quickly
@given(bundles)
def test_every_result_received_is_in_a_report_or_unreadable_by_itself(resources: list[Json]) -> None:
    pile = normalise(SHEFFIELD, sent(resources))

    found = {name for report in pile.reports for name in (*report.parts, *report.older_parts)}
    found |= set(names_by_themselves(pile))
    assert {name for name in found if name.startswith(RESULTS)} == names_received(resources)


@quickly
@given(bundles)
def test_a_report_that_was_sent_is_in_one_place_only(resources: list[Json]) -> None:
    pile = normalise(SHEFFIELD, sent(resources))

    places = [name for report in pile.reports for name in (*report.parts, *report.older_parts)]
    places += names_by_themselves(pile)
    reports = [name for name in places if name.startswith("DiagnosticReport/")]
    assert len(reports) == len(set(reports))
    assert pile.received == len(pile.reports) + len(pile.unreadable)


@quickly
@given(bundles, st.randoms(use_true_random=False))
def test_the_order_in_which_resources_come_changes_nothing(resources: list[Json], order: Any) -> None:
    shuffled = sent(resources) + sent(resources)
    order.shuffle(shuffled)

    assert normalise(SHEFFIELD, shuffled) == normalise(SHEFFIELD, sent(resources))


@quickly
@given(bundles, bundles, st.integers(0, 5))
def test_every_account_adds_up_whatever_is_withheld(here: list[Json], there: list[Json], step: int) -> None:
    piles = [normalise(SHEFFIELD, sent(here)), normalise(CHESTERFIELD, sent(there))]
    merged = merge(piles)
    everything: list[Row | Unreadable] = [*merged.rows, *merged.unreadable]
    withheld = frozenset(one.key for place, one in enumerate(everything) if step and place % (step + 1) == 0)

    timeline = lay_out(a_person(), merged, [an_answer(SHEFFIELD), an_answer(CHESTERFIELD)], withheld)

    for account, pile in zip(timeline.accounts, reversed(piles), strict=True):
        assert account.received == pile.received
        assert account.received == (
            account.shown + account.folded + account.superseded + account.withheld + account.unreadable
        )
    keys = {row.key for row in timeline.rows}
    assert not (keys | {one.key for one in timeline.unreadable}) & withheld
    assert len({one.key for one in everything}) == len(everything)
    assert {link for row in timeline.rows for link in row.alike} <= keys


@quickly
@given(bundles)
def test_what_is_withheld_leaves_the_rest_as_if_it_had_never_come(resources: list[Json]) -> None:
    merged = merge([normalise(SHEFFIELD, sent(resources))])
    secret = frozenset(row.key for row in merged.rows[:1])
    without = merge([]) if not merged.rows else type(merged)(merged.rows[1:], merged.unreadable, merged.received)

    withheld = lay_out(a_person(), merged, [an_answer(SHEFFIELD)], secret)
    never_came = lay_out(a_person(), without, [an_answer(SHEFFIELD)])

    assert (withheld.rows, withheld.gaps) == (never_came.rows, never_came.gaps)


@quickly
@given(bundles)
def test_every_character_of_a_readable_result_is_in_the_report_that_shows_it(resources: list[Json]) -> None:
    parts = name_parts(sent(resources)).all

    for report in normalise(SHEFFIELD, sent(resources)).reports:
        readable = {one.id for one in _all(report) if isinstance(one, Result) and "#" not in one.id}
        said = repr(report)
        for name in readable & parts.keys():
            body = parts[name].body
            assert isinstance(body, Observation)
            for text in _texts_of(body):
                assert repr(text)[1:-1] in said


@quickly
@given(bundles)
def test_a_result_is_never_both_shown_and_unreadable_and_no_value_is_made_up(resources: list[Json]) -> None:
    parts = name_parts(sent(resources)).all

    for report in normalise(SHEFFIELD, sent(resources)).reports:
        shown = {one.id for one in _all(report) if isinstance(one, Result)}
        unreadable = {f"{one.kind}/{one.id}" for one in _all(report) if isinstance(one, Unreadable)}
        assert not shown & unreadable
        assert all(isinstance(parts[name].body, Observation) for name in shown & parts.keys())
        own = parts.get(report.parts[0])
        assert own is not None
        assert report.id.startswith(("Observation/", "ImagingStudy/")) or isinstance(own.body, DiagnosticReport)


def _all(report: Report) -> Iterator[Result | Unreadable]:
    waiting = list(report.results)
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(one.members if isinstance(one, Result) else ())


def _texts_of(body: Observation) -> Iterator[str]:
    quantity = body.value_quantity
    if quantity is not None:
        yield from filter(None, (bytes(quantity.value).decode(), quantity.unit, quantity.comparator))
    if body.value_string:
        yield body.value_string
    yield from (note.text for note in body.note)
