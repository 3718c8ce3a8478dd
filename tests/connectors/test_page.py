import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answer import Outcome, Trouble
from connectors.page import Page, nested_deeper_than, read_page
from connectors.read_resource import read_resource
from connectors.resource import DiagnosticReport, Observation
from connectors.trust_config import Caps
from tests.connectors.bundles import a_bundle, a_report, an_observation, an_outcome


def read(content: bytes, caps: Caps | None = None) -> Page:
    page = read_page(content, caps or Caps())
    assert isinstance(page, Page)
    return page


def trouble_of(content: bytes, caps: Caps | None = None) -> Trouble:
    trouble = read_page(content, caps or Caps())
    assert isinstance(trouble, Trouble)
    return trouble


def test_a_page_is_its_resources_its_next_link_and_its_total():
    page = read(a_bundle(a_report(), an_observation(), total=3, next_link="https://barnsley.example/fhir/R4?page=2"))

    assert [type(entry.body) for entry in page.entries] == [DiagnosticReport, Observation]
    assert [entry.mode for entry in page.entries] == ["match", "include"]
    assert (page.total, page.next_link) == (3, "https://barnsley.example/fhir/R4?page=2")


def test_one_broken_resource_harms_no_neighbour_and_is_kept_with_its_reason():
    broken = an_observation("2", valueQuantity="a secret")

    page = read(a_bundle(an_observation("1"), broken, an_observation("3")))

    assert [entry.id for entry in page.entries] == ["1", "2", "3"]
    assert [entry.body is None for entry in page.entries] == [False, True, False]
    assert page.entries[1].kind == "Observation"
    assert "valueQuantity" in page.entries[1].problem
    assert "secret" not in page.entries[1].problem


@pytest.mark.parametrize("entry", ['{"fullUrl": 7}', "7", "null", "{}", '{"resource": null}', '{"resource": [1]}'])
def test_a_broken_entry_harms_no_neighbour(entry):
    good = json.dumps({"resource": an_observation()})
    page = read(f'{{"resourceType":"Bundle","entry":[{good},{entry},{good}]}}'.encode())

    assert [entry.body is None for entry in page.entries] == [False, True, False]


def test_an_entry_whose_wrapping_is_broken_still_brings_its_resource():
    entry = json.dumps({"fullUrl": 7, "resource": an_observation("9")})

    page = read(f'{{"resourceType":"Bundle","entry":[{entry}]}}'.encode())

    assert (page.entries[0].id, page.entries[0].problem) == ("9", "")


def test_numbers_keep_the_characters_they_were_sent_in():
    raw = json.dumps(an_observation()).replace("109", "1.090e2")
    page = read(f'{{"resourceType":"Bundle","entry":[{{"resource":{raw}}}]}}'.encode())

    body = page.entries[0].body
    assert isinstance(body, Observation)
    assert body.value_quantity
    assert bytes(body.value_quantity.value) == b"1.090e2"


@pytest.mark.parametrize(
    "resource",
    [
        an_observation(modifierExtension=[{"url": "https://example/negated", "valueBoolean": True}]),
        an_observation(component=[{"code": {"text": "x"}, "modifierExtension": [{"url": "https://example/not"}]}]),
        an_observation(contained=[{"resourceType": "Specimen", "id": "s", "modifierExtension": [{"url": "x"}]}]),
        an_observation(implicitRules="https://example/rules"),
    ],
)
def test_what_changes_the_meaning_in_a_way_we_do_not_know_is_not_read(resource):
    received = read(a_bundle(resource)).entries[0]

    assert received.body is None
    assert "not known here" in received.problem


def test_the_word_modifier_extension_in_a_text_changes_nothing():
    received = read(a_bundle(an_observation(note=[{"text": 'see "modifierExtension" in the guide'}]))).entries[0]

    assert received.problem == ""


def test_fields_that_are_not_fhir_are_passed_over():
    received = read(a_bundle(an_observation(sandboxMood="cheerful"))).entries[0]

    assert received.problem == ""


def test_the_servers_warning_is_heard_and_is_no_entry():
    page = read(a_bundle(a_report(), an_outcome("Two laboratories did not answer")))

    assert len(page.entries) == 1
    assert page.warnings == ("the trust sent a warning with its answer (incomplete)",)


@pytest.mark.parametrize("code", ["suppressed", "Walter HARGREAVES", "9995000008", ""])
def test_of_a_servers_words_nothing_is_repeated_but_a_code_that_fhir_lists_law_6(code):
    outcome = an_outcome("Walter HARGREAVES (NHS 999.500.0008, 09-03-1944): suppressed", code=code)
    outcome["issue"][0] |= {"diagnostics": "Walter", "expression": ["Walter"]}
    listed = " (suppressed)" if code == "suppressed" else ""

    assert read(a_bundle(outcome)).warnings == (f"the trust sent a warning with its answer{listed}",)
    assert trouble_of(json.dumps(outcome).encode()).reason == f"an OperationOutcome instead of results{listed}"


def test_of_a_kind_that_is_not_read_nothing_is_repeated_law_6():
    entry = read(a_bundle({"resourceType": "Walter HARGREAVES 9995000008"})).entries[0]

    assert (entry.kind, entry.problem) == ("", "of a kind that is not read here")


def test_a_warning_that_cannot_be_read_is_still_a_warning():
    broken = {"resourceType": "OperationOutcome", "issue": "?"}

    assert read(a_bundle(broken)).warnings == ("the trust sent a warning that could not be read",)


def test_mere_information_is_no_warning():
    assert read(a_bundle(an_outcome("All is well", "information", "informational"))).warnings == ()


def test_links_that_cannot_be_read_are_a_warning_because_there_may_be_more_pages():
    page = read(b'{"resourceType":"Bundle","link":{"relation":"next"},"entry":[]}')

    assert page.warnings == ("its links to further pages could not be read",)


@pytest.mark.parametrize(
    ("content", "outcome", "reason"),
    [
        (b"", Outcome.GARBLED, "an empty page"),
        (b"<!doctype html><html>", Outcome.GARBLED, "a web page or XML instead of FHIR JSON"),
        (b'{"resourceType":"Bundle","entry":[{"resource":', Outcome.GARBLED, "not whole JSON: broken or cut short"),
        (b"\xff\xfe", Outcome.GARBLED, "not whole JSON: broken or cut short"),
        (b"[]", Outcome.GARBLED, "JSON, but not a FHIR Bundle"),
        (b'{"hello":"world"}', Outcome.GARBLED, "JSON, but not a FHIR Bundle"),
        (b'{"resourceType":"Bundle","entry":{}}', Outcome.GARBLED, "JSON, but not a FHIR Bundle"),
        (
            json.dumps(an_outcome("No such patient index", code="not-found")).encode(),
            Outcome.FAILED,
            "an OperationOutcome instead of results (not-found)",
        ),
    ],
)
def test_what_is_no_page_says_why(content, outcome, reason):
    trouble = trouble_of(content)

    assert (trouble.outcome, trouble.reason) == (outcome, reason)


def test_more_entries_than_the_cap_is_oversize():
    assert trouble_of(a_bundle(*[an_observation()] * 4), Caps(entries=3)).outcome is Outcome.OVERSIZE


@pytest.mark.parametrize("levels", [61, 500, 20_000])
def test_a_resource_nested_too_deep_is_oversize_before_it_is_decoded(levels):
    deep = b"[" * levels + b"]" * levels
    page = b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","x":%s}}]}'

    assert trouble_of(page % deep).reason == "nested more than 64 deep"
    assert read(page % deep[levels - 60 : levels + 60]).entries[0].problem == ""


def test_many_brackets_side_by_side_are_not_deep():
    assert read(a_bundle(an_observation(x=[[{}]] * 1000, note=[{"text": "[{" * 1000}]))).entries[0].problem == ""


@pytest.mark.parametrize("place", [b'"x":%s', b'"link":%s', b'"entry":[{"x":%s}]', b'"entry":%s'])
def test_nesting_beside_the_resources_is_passed_over_or_oversize_and_never_a_crash(place):
    page = b'{"resourceType":"Bundle",%s}' % place

    assert isinstance(read_page(page % (b"[" * 500 + b"]" * 500), Caps()), Page | Trouble)
    assert trouble_of(page % (b"[" * 20_000 + b"]" * 20_000)).outcome is Outcome.OVERSIZE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\ax', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[]{}"\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def depth(value: object) -> int:
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 0


@settings(max_examples=300)
@given(json_values, st.integers(0, 8))
def test_nesting_is_measured_as_a_decoder_would(value, limit):
    assert nested_deeper_than(limit, json.dumps(value).encode()) == (depth(value) > limit)


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.text(alphabet='[]{}"\\,:', max_size=60).map(str.encode))
def test_whatever_comes_is_a_page_or_a_trouble(content):
    assert isinstance(read_page(content, Caps()), Page | Trouble)


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"component": "x"}, "its “component” is a text, where FHIR has a list"),
        ({"code": {"coding": [{"code": 7}]}}, "its “code.coding.code” is a number, where FHIR has a text"),
        ({"valueQuantity": [1]}, "its “valueQuantity” is a list, where FHIR has a group of fields"),
        ({"valueBoolean": "yes"}, "its “valueBoolean” is a text, where FHIR has true or false"),
        ({"valueSampledData": {}}, "its “valueSampledData” lacks its “origin”"),
        ({"extension": [{"valueString": "x"}]}, "its “extension” lacks its “url”"),
        ({"resourceType": 7}, "it is not written as FHIR says"),
        ({"resourceType": "Nope"}, "of a kind that is not read here"),
    ],
    ids=lambda sent: next(iter(sent)) if isinstance(sent, dict) else "",
)
def test_why_a_resource_could_not_be_read_is_said_in_plain_words(sent, problem):
    (entry,) = read(a_bundle({**an_observation(), **sent})).entries

    assert entry.problem == problem
    assert "`" not in entry.problem


def test_a_resource_that_stops_in_the_middle_is_said_to():
    assert read_resource(b'{"resourceType":"Patient"') == "it is not whole JSON: broken or cut short"
    assert read_resource(b'{"resourceType":"Patient","id":"\xff"}') == "it is not whole JSON: broken or cut short"
    assert read_resource(b"[]") == "it is a list, where FHIR has a group of fields"
    assert read_resource(b'{"id":"1"}') == "it lacks its “resourceType”"
