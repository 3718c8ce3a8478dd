"""Files written by others, through the whole viewer: every result in them is on the page as it was written, or is
named as unreadable with its reason.

What the page has to show comes from `raw`, which reads the JSON text and shares no code with what is tested.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from itertools import chain

import pytest

from tests.reading import Element
from tests.real_data.conftest import DEAD, HERE, Opened, Others, Served
from tests.real_data.raw import RESULTS, STATUS, Json, Shown, in_files, is_read, leaves, shown, text_of

pytestmark = pytest.mark.real_data

R4 = ("nhs-pathology-r4", "ukcore-r4", "hl7-r4", "synthea-r4")
FOLDERS = (*R4, "gpconnect-stu3")


@pytest.fixture(params=FOLDERS)
def served(request: pytest.FixtureRequest, others: Others) -> Served:
    return others.look(request.param)


def test_what_is_served_is_what_was_written(served: Served, others: Others) -> None:
    """Every text and every digit of the files, so that what follows is about the files and not about the sandbox."""
    written = {kind: Counter[str]() for kind in RESULTS}
    for resource in in_files(others.files / served.name):
        if resource["resourceType"] in RESULTS:
            written[resource["resourceType"]].update(leaves(resource))

    for kind in RESULTS:
        sent = [leaves(one) for patient in served.patients for one in patient.held.of_kind(kind).values()]
        assert Counter(chain.from_iterable(sent)) == written[kind]


def test_every_report_is_a_row_or_named_as_unreadable(served: Served) -> None:
    for patient in served.patients:
        expected = {f"DiagnosticReport/{id_}" for id_, one in patient.held.reports.items() if is_read(one)}

        assert {key for key in patient.rows if key.startswith("DiagnosticReport/")} == expected


def test_every_study_is_in_its_report_or_a_row_of_its_own(served: Served) -> None:
    for patient in served.patients:
        expected = {f"ImagingStudy/{id_}" for id_ in patient.held.unreported()}

        assert {key for key in patient.rows if key.startswith("ImagingStudy/")} == expected
        for row, study in _studies(patient):
            assert all(word in row.said for word in _what_was_imaged(study))


def test_every_result_of_a_report_is_in_it(served: Served) -> None:
    for patient in served.patients:
        for name, root in _each_report(patient):
            expected = {f"Observation/{id_}" for id_ in _in_report(patient, name)}

            assert _results_in(root) | _heading(patient, name, root) == expected


def test_every_result_that_was_sent_is_shown_or_named_as_unreadable(served: Served) -> None:
    for patient in served.patients:
        rows = patient.rows.items()
        seen = {one for name, root in rows for one in _results_in(root) | _heading(patient, name, root)}

        assert seen == {f"Observation/{id_}" for id_ in patient.held.sent()} - patient.held.unread()
        assert {f"Observation/{id_}" for id_ in patient.held.alone()} == {
            name for name in patient.rows if name.startswith("Observation/")
        }


def test_what_cannot_be_read_is_named_with_its_reason(served: Served) -> None:
    for patient in served.patients:
        said = _unreadable(patient)

        assert set(said) == patient.held.unread()
        assert all(said.values())


def test_the_account_holds_every_report_and_what_could_not_be_read(served: Served) -> None:
    for patient in served.patients:
        account = patient.timeline.accounts[HERE]

        assert account.shown == len(patient.rows)
        assert account.unreadable == len(patient.held.unread())
        assert account.received == account.shown + account.unreadable


def test_every_character_of_a_result_is_shown(served: Served) -> None:
    """Name, comparator, number, unit, flag, range and comments: on the timeline and on the report in full."""
    for patient in served.patients:
        for name, root in _each_report(patient):
            status = _resource(patient, name)["status"]
            for result in root.all("", "result"):
                if "data-result" in result.attributes:
                    assert _read(result) == shown(_resource(patient, result.attributes["data-result"]), status)


def test_the_heading_of_a_panel_that_is_the_rows_title_says_nothing_more(served: Served) -> None:
    """A panel that is all of its report has no line of its own: then it must not carry what only a line can show."""
    for patient in served.patients:
        for name, root in _each_report(patient):
            for heading in _heading(patient, name, root):
                expected = shown(_resource(patient, heading), _resource(patient, name)["status"])
                notes = [note for note in _own(root, "p", "note") if note.said.startswith("Laboratory: ")]

                assert expected.status == ""
                assert (expected.value, expected.flags, expected.range) == ("", (), "")
                assert tuple(map(_comment, notes)) == expected.notes


def test_nothing_is_flagged_that_carries_no_interpretation(served: Served) -> None:
    for patient in served.patients:
        for name, row in patient.rows.items():
            sent = [patient.held.observations[id_] for id_ in _in_report(patient, name)]
            flagged = any("interpretation" in one for one in sent)

            assert ("data-flagged" in row.attributes) == flagged
            assert bool([one for one in row.all("span", "flag") if "none" not in one.attributes["class"]]) == flagged


def test_every_status_is_said_in_words(served: Served) -> None:
    for patient in served.patients:
        for name, row in patient.rows.items():
            status = _resource(patient, name)["status"]

            assert row.one("span", "status").said.startswith(STATUS[status])


def test_every_conclusion_and_every_text_is_shown(served: Served) -> None:
    for patient in served.patients:
        for name, page in _reports(patient):
            report = _resource(patient, name)
            prose = [one.text for root in (page, patient.rows[name]) for one in root.all("p", "prose")]

            if report.get("conclusion"):
                assert [text for text in prose if text.endswith(report["conclusion"])] == prose != []
            if "text" in report and name.startswith("DiagnosticReport/"):
                assert _letters(page.one("div", "narrative").text) == _letters(_without_tags(report["text"]["div"]))


def test_every_document_is_handed_on_byte_for_byte(served: Served) -> None:
    for patient in served.patients:
        for name, page in _reports(patient):
            for document in _resource(patient, name).get("presentedForm", ()):
                (link,) = (one.attributes["href"] for one in page.all("a") if "/attachments/" in one.attributes["href"])
                handed_on = patient.browser.get(link)

                assert handed_on.get_data() == base64.b64decode(document["data"])
                assert handed_on.mimetype == document["contentType"]


def test_a_dead_trust_beside_them_is_a_gap_and_harms_nothing(served: Served) -> None:
    for patient in served.patients:
        unread = patient.held.unread()
        assert set(patient.timeline.gaps) == ({DEAD, HERE} if unread else {DEAD})
        assert patient.timeline.tiles[HERE].state == ("gap" if unread else "answered")


def test_only_the_older_format_could_not_be_read(others: Others) -> None:
    unread = {name: sum(len(one.held.unread()) for one in others.look(name).patients) for name in FOLDERS}

    assert unread == dict.fromkeys(R4, 0) | {"gpconnect-stu3": 49}


# ── What stands on the page ──────────────────────────────────────────────────────────────────────


def _reports(patient: Opened) -> Iterator[tuple[str, Element]]:
    """Each report in full."""
    for key, page in patient.reports.items():
        yield key.removeprefix(f"{HERE}/"), page.main


def _each_report(patient: Opened) -> Iterator[tuple[str, Element]]:
    """Each report as a row, and in full."""
    yield from patient.rows.items()
    yield from _reports(patient)


def _results_in(root: Element) -> set[str]:
    return {one.attributes["data-result"] for one in root.all("", "result") if "data-result" in one.attributes}


def _heading(patient: Opened, name: str, root: Element) -> set[str]:
    """The one panel that a report consists of, when its line is the title alone."""
    panel = f"Observation/{next(iter(_in_report(patient, name)), '')}"
    if name.startswith("ImagingStudy/") or panel in _results_in(root):
        return set()
    roots = [name] if name.startswith("Observation/") else _resource(patient, name).get("result", ())
    title = (root.all("h3") if name in patient.rows and root is patient.rows[name] else root.all("h1"))[0].said
    is_all = len(roots) == 1 and _resource(patient, panel).get("hasMember")
    return {panel} if is_all and title == text_of(_resource(patient, panel)["code"]) else set()


def _read(result: Element) -> Shown:
    """Read one result as the page shows it, without those that stand in it."""
    texts = {name: "".join(one.text for one in _own(result, "", name)) for name in ("name", "value", "unit", "range")}
    flags = tuple(flag.said for flag in _own(result, "span", "flag"))
    return Shown(
        name=texts["name"],
        value=texts["value"],
        unit=texts["unit"],
        flags=() if flags == ("no flag",) else flags,
        range="" if texts["range"] == "no range" else texts["range"],
        notes=tuple(map(_comment, _own(result, "p", "note"))),
        status="".join(one.said for one in _own(result, "p", "said")),
    )


def _own(result: Element, tag: str, of_class: str) -> list[Element]:
    return [one for one in _outside_of_results(result) if one.is_a(tag, of_class, {})]


def _outside_of_results(root: Element) -> Iterator[Element]:
    """Everything in an element but the results that stand in it."""
    for child in root.children:
        if isinstance(child, Element) and not child.is_a("ul", "results", {}):
            yield child
            yield from _outside_of_results(child)


def _comment(note: Element) -> str:
    return note.text.removeprefix("Laboratory: “").removesuffix("”")


_COULD_NOT = re.compile(r"(\w+)/? ?(\S+) from Sheffield Teaching could not be read: (.+)\. Telephone .+")


def _unreadable(patient: Opened) -> dict[str, str]:
    """What the page names as unreadable, with the reason it gives."""
    lines = [one.said for of in patient.timeline.root.all("section", "unreadables") for one in of.all("li")]
    found = [re.search(_COULD_NOT, line) for line in lines]
    return {f"{one[1]}/{one[2]}": one[3] for one in found if one}


# ── What has to stand there ──────────────────────────────────────────────────────────────────────


def _resource(patient: Opened, name: str) -> Json:
    kind, _, id_ = name.partition("/")
    return patient.held.of_kind(kind)[id_]


def _in_report(patient: Opened, name: str) -> list[str]:
    """The Observations of a row: those of its report, or the one that it is with its members."""
    if name.startswith("ImagingStudy/"):
        return []
    if name.startswith("Observation/"):
        return patient.held.below({"result": [{"reference": name}]})
    return patient.held.below(_resource(patient, name))


def _studies(patient: Opened) -> Iterator[tuple[Element, Json]]:
    for id_ in patient.held.unreported():
        yield patient.rows[f"ImagingStudy/{id_}"], patient.held.studies[id_]
    for id_, report in patient.held.reports.items():
        for study in patient.held.pictured(report):
            yield patient.rows[f"DiagnosticReport/{id_}"], patient.held.studies[study]


def _what_was_imaged(study: Json) -> set[str]:
    parts = [part for series in study.get("series", ()) for part in (series.get("modality"), series.get("bodySite"))]
    return {text_of({"coding": [part]}) for part in [*parts, *study.get("modality", ())] if part}


def _without_tags(div: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", div))


def _letters(text: str) -> str:
    return "".join(text.split())
