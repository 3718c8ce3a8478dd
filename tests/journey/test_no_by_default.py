"""Law 4: no, by default. A trust that has not agreed is not asked, a class that is never shared leaves no trace."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from sandbox.patients import PRACTICES
from sandbox.town import Town
from tests.access.signing import sign_again
from tests.journey.held import held_by
from tests.reading import Page, read
from tests.sandbox.asking import Asker
from tests.whole import AMINA, KOFI, TOM, Browser, Viewer, another, viewer_of
from viewer.configuration.config_file import Misconfigured
from viewer.pages.rows import report_address

WALTER, CALLUM, THEO, JOSEPH = "999 412 7039", "999 303 4320", "999 318 0319", "999 020 7798"
STANDING = (
    "Sheffield Children’s never shares safeguarding results here. Rotherham never shares sexual-health results here"
)


def agreement_of(config: Path) -> Path:
    return config / "agreements" / "working_together_2026.toml"


def unsigned_by(trust: str) -> Callable[[Path], None]:
    """Take one trust's signature away."""

    def change(config: Path) -> None:
        file = agreement_of(config)
        text, signed = re.subn(rf'\[\[signature\]\]\ntrust = "{trust}"\n.*\n.*\n.*\n', "", file.read_text())
        assert signed == 1
        file.write_text(text)

    return change


def signed_again(config: Path, change: Callable[[str], str]) -> None:
    """Change the agreement's text, and let every trust sign the new one."""
    file = agreement_of(config)
    text = change(file.read_text())
    assert text != file.read_text()
    file.write_text(text)
    sign_again(config)


def ended(config: Path) -> None:
    """Let the agreement have ended yesterday."""
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011  the machine's own day, as the viewer's clock has it
    signed_again(config, lambda text: text.replace("ends = 2028-12-31", f"ends = {yesterday}"))


# ── No agreement ─────────────────────────────────────────────────────────────────────────────────


def test_a_trust_that_has_not_signed_receives_no_request_at_all_law_4(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=unsigned_by("rotherham")) as viewer:
        browser = viewer.browser(AMINA)
        found = browser.search(nhs_number=WALTER)
        page = browser.read(browser.open(WALTER))
        browser.read(next(link for link in page.links if "/reports/" in link))

    assert town.requests["rotherham"] == ()
    assert all(requests for trust, requests in town.requests.items() if trust != "rotherham")
    assert "not asked: no agreement allows it" in found.tiles["rotherham"].said
    assert page.tiles["rotherham"].state == "not-agreed"
    assert "Rotherham has not signed WT-2026" in page.tiles["rotherham"].said
    assert "except Rotherham (withheld by agreement)" in page.summary
    assert "missing: Rotherham" in page.root.one("span", id="missing").said
    assert "rotherham" not in page.trusts
    assert page.trusts >= {"sheffield_teaching", "mid_yorkshire"}


def test_what_was_not_asked_is_in_the_log_with_the_reason_law_4(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=unsigned_by("rotherham")) as viewer:
        browser = viewer.browser(AMINA)
        browser.read(browser.open(WALTER))
        (asked,) = viewer.events(event="results asked")

    by_trust = {at.trust: (at.outcome, at.because) for at in asked.trusts}
    assert by_trust["rotherham"] == ("refused", "Rotherham has not signed WT-2026")
    assert by_trust["sheffield_teaching"] == ("asked", "WT-2026 cl. 4.2(a)")
    assert asked.agreements == ("working_together_2026",)


def test_nobody_asks_under_an_agreement_their_own_trust_has_not_signed_law_4(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=unsigned_by("sheffield_teaching")) as viewer:
        refused, allowed = viewer.browser(AMINA).search(nhs_number=WALTER), viewer.browser(TOM)

        assert refused.heading == "Not known: no trust answered"
        assert {tile.state for tile in refused.tiles.values()} == {"not-agreed"}
        assert not any(town.requests.values())
        assert viewer.events()[0].event == "refused"
        assert "Sheffield Teaching has not signed WT-2026" in viewer.events()[0].because
        assert "rotherham" in allowed.read(allowed.open(WALTER)).trusts


def test_no_trust_is_asked_under_an_agreement_that_has_ended_law_4(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=ended) as viewer:
        found = viewer.browser(AMINA).search(nhs_number=WALTER)

    assert not any(town.requests.values())
    assert {tile.state for tile in found.tiles.values()} == {"not-agreed"}
    assert "None of 7 trusts answered" in found.said


def test_without_any_agreement_the_viewer_does_not_start_law_4(town: Town, tmp_path: Path) -> None:
    without = viewer_of(town, tmp_path, change=lambda config: shutil.rmtree(config / "agreements"))

    with pytest.raises(Misconfigured, match="no agreement, so no trust could be asked anything"), without:
        pass


def test_a_trust_that_withholds_a_kind_is_not_asked_for_it_law_4(town: Town, tmp_path: Path) -> None:
    def no_radiology(config: Path) -> None:
        file = config / "trusts" / "rotherham.toml"
        file.write_text(file.read_text() + '\n[narrows]\nshares = ["demographics", "laboratory"]\n')

    with viewer_of(town, tmp_path, change=no_radiology) as viewer:
        browser = viewer.browser(AMINA)
        page = browser.read(browser.open(WALTER))

    kinds = {row.attributes["data-kind"] for key, row in page.rows.items() if key.startswith("rotherham/")}
    assert kinds == {"laboratory"}
    assert "Rotherham: not all obtained" in page.said
    assert "radiology withheld by agreement" in page.said
    assert "Not complete: as of" in page.said
    assert not any("ImagingStudy" in request.path for request in town.requests["rotherham"])


def test_a_gp_of_a_practice_that_no_agreement_names_asks_nobody_law_4(town: Town, tmp_path: Path) -> None:
    def unnamed(config: Path) -> None:
        signed_again(config, lambda text: text.replace('["Y99001", "Y99002"]', '["Y99002"]'))

    assert "Y99001" in PRACTICES
    with viewer_of(town, tmp_path, change=unnamed) as viewer:
        viewer.browser(KOFI).search(nhs_number=JOSEPH)

    assert not any(town.requests.values())


@pytest.mark.parametrize("why", ["direct-care/registered", "audit/none", "emergency-care/none", "", "x/y"])
def test_a_purpose_that_is_not_open_to_the_role_opens_nobody_law_4(town: Town, running: Viewer, why: str) -> None:
    browser = running.browser(another(AMINA))
    (confirm,) = browser.listed(WALTER)
    _, _, handle, _, listed = confirm.split("/")
    town.forget_requests()

    answer = browser.post("/patients", handle=handle, listed=listed, why=why)

    assert answer.status_code == 400
    assert "Choose why you are looking at this patient" in answer.get_data(as_text=True)
    assert not any(town.requests.values())


# ── Never shared ─────────────────────────────────────────────────────────────────────────────────


def opened(viewer: Viewer, number: str) -> tuple[Browser, Page]:
    browser = viewer.browser(another(AMINA))
    return browser, browser.read(browser.open(number))


@pytest.mark.parametrize(
    ("number", "trust", "words"),
    [
        (CALLUM, "rotherham", ("sexual", "Chlamydia", "gonorrh", "GUM", "HIV", "Syphilis", "First-catch")),
        (THEO, "sheffield_childrens", ("Safeguarding examination", "Skeletal", "Metaphyseal", "Bruising", "SAFEG")),
    ],
    ids=["sexual health at Rotherham", "safeguarding at Sheffield Children's"],
)
def test_what_is_never_shared_is_on_no_page_and_in_no_stream_law_4(
    running: Viewer, asker: Asker, number: str, trust: str, words: tuple[str, ...]
) -> None:
    held = held_by(asker, trust, number)
    labelled = [name for name, one in held.resources.items() if any(f"'{c}'" in str(one) for c in ("STD", "VIO"))]
    assert labelled

    browser, page = opened(running, number)
    path = next(link for link in page.links if link.startswith("/patients/"))
    streamed = [row for event in browser.stream(path) for row in event.data.get("rows", ())]

    assert trust in page.trusts
    assert {name for name in labelled if f"{trust}/{name}" in page.rows} == set()
    assert {name for name in labelled if f"{trust}/{name}" in {row["key"] for row in streamed}} == set()
    said = "\n".join([page.root.one("div", id="days").said, page.root.one("div", id="foot").said])
    said += "\n".join(read(row["html"]).said for row in streamed)
    assert [word for word in words if word.casefold() in said.casefold()] == []


def test_what_is_never_shared_cannot_be_opened_by_its_address_law_4(running: Viewer, asker: Asker) -> None:
    browser, page = opened(running, CALLUM)
    held = held_by(asker, "rotherham", CALLUM)
    hidden = sorted(f"rotherham/{name}" for name in held.reports if f"rotherham/{name}" not in page.rows)
    assert len(hidden) == 3

    walked = running.opened(browser, next(link for link in page.links if link.startswith("/patients/")))

    answers = [browser.get(report_address(walked, key)) for key in [*hidden, "rotherham/DiagnosticReport/never-was"]]

    assert browser.get(report_address(walked, page.keys[0])).status_code == 200
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.get_data(as_text=True) for answer in answers}) == 1


@pytest.mark.parametrize("number", [WALTER, CALLUM, THEO, JOSEPH])
def test_the_same_standing_sentence_is_on_everybodys_page_law_4(running: Viewer, number: str) -> None:
    _, page = opened(running, number)

    assert page.root.one("p", "standing").said == STANDING


def test_a_page_is_the_same_as_in_a_world_without_what_is_never_shared_law_4(
    town: Town, asker: Asker, tmp_path: Path
) -> None:
    pages = []
    for world, keeps in (("as it is", True), ("without", False)):
        folder = tmp_path / world
        copy_of_rotherham(asker, folder / "rotherham", with_never_shared=keeps)
        served = town.serve_folder(folder / "rotherham", f"rotherham, {world}")
        (folder / "viewer").mkdir()
        with viewer_of(town, folder / "viewer", change=asks_rotherham_at(served.address)) as viewer:
            browser = viewer.browser(AMINA)
            found = browser.post("/find", nhs_number=served.numbers[0]).location
            pages.append((browser.read(found), browser.read(browser.open(served.numbers[0]))))

    (found, timeline), (found_without, timeline_without) = pages
    assert held_by(asker, "rotherham", CALLUM).reports
    assert len(timeline.rows) > 3
    assert unmarked(timeline.source) == unmarked(timeline_without.source)
    assert unmarked(found.source) == unmarked(found_without.source)


def copy_of_rotherham(asker: Asker, folder: Path, *, with_never_shared: bool) -> None:
    """Write what Rotherham holds of Callum as files: all of it, or all but what is never shared."""
    folder.mkdir(parents=True)
    held = held_by(asker, "rotherham", CALLUM)
    resources = list(held.resources.values())
    if not with_never_shared:
        hidden = [name for name in held.reports if is_never_shared(held.resources[name])]
        assert len(hidden) == 3
        gone = {name.removeprefix("DiagnosticReport/") for name in hidden}
        resources = [one for one in resources if not any(one["id"].startswith(start) for start in gone)]
        assert 0 < len(resources) < len(held.resources)
    entries = [{"resource": as_numbers(one)} for one in resources]
    (folder / "callum.json").write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))


def is_never_shared(resource: object) -> bool:
    return any(f"'{code}'" in str(resource) for code in ("STD", "GUMPCR", "GUMSER"))


def as_numbers(resource: object) -> object:
    """Give back to quantities the numbers that were read as text."""
    match resource:
        case dict():
            one = {name: as_numbers(value) for name, value in resource.items()}
            return one | {"value": float(str(one["value"]))} if "unit" in one else one
        case list():
            return [as_numbers(one) for one in resource]
        case _:
            return resource


def asks_rotherham_at(address: str) -> Callable[[Path], None]:
    def change(config: Path) -> None:
        file = config / "trusts" / "rotherham.toml"
        text = re.sub(r"\[sign_in\]\n(?:\w+ = .*\n)*", '[sign_in]\nmethod = "none"\n', file.read_text())
        file.write_text(re.sub(r'^address = ".*"', f'address = "{address}"', text, flags=re.M))

    return change


def unmarked(source: str) -> str:
    """Take from a page what no two looks share: handles, forgery tokens, times and how long each trust took."""
    for pattern in (
        r"(?<=/patients/)[\w-]{22}", r"(?<=/find/)[\w-]+(/confirm/\w+)?", r'(?<=name="csrf" value=")[^"]*',
        r"(?<=\.)[a-z2-7]{24}(?=[\"#/])", r'(?<=name="search" value=")[\w-]{22}', r"[Ll]og reference [\w-]{22}",
        r"answered in \d\.\d s", r"answered at \d\d:\d\d", r"\d\d-\w{3}-\d{4} \d\d:\d\d",
    ):  # fmt: skip
        source = re.sub(pattern, "", source)
    return source
