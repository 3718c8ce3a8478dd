"""One report says everything it holds; its attachments leave only as downloads of known types."""

from base64 import b64encode, encodebytes
from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.answer import Outcome
from tests.pages.builders import (
    BARNSLEY,
    CHESTERFIELD,
    NOW,
    ROTHERHAM,
    TRUSTS,
    a_gap,
    a_report,
    a_result,
    a_tile,
    add,
    an_app,
    an_asking,
    at,
    changed,
    opened,
    some_handles,
    some_parts,
    walters_rows,
)
from tests.pages.page_tester import PageTester
from viewer.clinical.report import Attachment, BusinessId, Code, Report, Specimen, Status, Words
from viewer.clinical.timeline import Gap, Row
from viewer.pages.errors import show_errors
from viewer.pages.report import report_routes
from viewer.pages.rows import report_address

PDF = Attachment("Film", "application/pdf", b64encode(b"%PDF-1.4 film").decode(), created="2026-11-20T23:30:00Z")


def a_blood(**changes: object) -> Report:
    made = a_report(
        ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", a_result("Potassium", "5.9", "mmol/L", "HI")
    )
    return changed(made, **changes)


def a_tester(found: Row | Gap | None) -> PageTester:
    app = an_app()
    add(app, report_routes(some_parts(), some_handles(), lambda *_: found), an_asking())
    show_errors(app, TRUSTS, ZeroDivisionError)
    return PageTester(app)


ADDRESS = report_address(opened(), "rotherham/DiagnosticReport/1")


def test_a_report_says_every_field_it_holds() -> None:
    collected, received = at("2026-11-20 22:41"), at("2026-11-20 22:55")
    a_serum = Specimen("s", "Serum", collected, received, accession="A-1", condition=("Haemolysed",))
    report = a_blood(
        conclusion="Acute kidney injury likely.",
        performers=("Rotherham Pathology",),
        requester="Dr P Lindow",
        specimens=(a_serum,),
        identifiers=(BusinessId("https://fhir.sandbox.example/rotherham/report-id", "RO-77"),),
        updated="2026-11-20T23:06:00Z",
        version="2",
    )

    said = a_tester(Row(report)).get(ADDRESS).words

    for words in (
        "Potassium 5.9 ▲ HI mmol/L no range",
        "Acute kidney injury likely.",
        "Rotherham Pathology",
        "Dr P Lindow",
        "Serum; collected 20-Nov-2026 22:41; received 20-Nov-2026 22:55; accession A-1; Haemolysed",
        "RO-77 (https://fhir.sandbox.example/rotherham/report-id)",
        "20-Nov-2026 23:06",
        "DiagnosticReport/1, version 2",
        "20-Nov-2026 22:41 (specimen collected)",
        "laboratory by telephone 01632 960 148",
    ):
        assert words in said


@pytest.mark.parametrize("row", walters_rows(), ids=lambda row: row.key)
def test_every_sort_of_report_has_a_page(row: Row) -> None:
    page = a_tester(row).get(ADDRESS)

    assert page.one("h1").words == row.report.title


def test_an_earlier_version_stands_below_in_full() -> None:
    earlier = a_blood(results=(a_result("Potassium", "6.9", "mmol/L", "HI"),))

    page = a_tester(Row(a_blood(status=Status.CORRECTED), earlier=(earlier,))).get(ADDRESS)

    assert page.one(id="earlier").words.startswith(
        "Earlier version, issued 20-Nov-2026 23:05: superseded Potassium 6.9 ▲ HI mmol/L"
    )


def test_a_report_entered_in_error_says_so_before_its_values() -> None:
    said = a_tester(Row(a_blood(status=Status.ENTERED_IN_ERROR))).get(ADDRESS).words

    assert said.index("entered in error. Do not act on it.") < said.index("5.9")


def test_a_narrative_is_shown_cleaned_and_the_page_says_what_was_removed() -> None:
    narrative = '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">Seen</p><script>alert(1)</script></div>'

    page = a_tester(Row(a_blood(narrative=narrative))).get(ADDRESS)

    assert page.one("div", "narrative").words == "Seen"
    assert page.one("p", "removed").words.endswith("onclick of p, script.")


def test_a_narrative_that_is_too_long_to_be_cleaned_is_named_and_not_shown() -> None:
    page = a_tester(Row(a_blood(narrative="<div>" + "6.5 " * 100_000 + "</div>"))).get(ADDRESS)

    assert page.one("p", "removed").words.startswith("It is too long to be shown safely, and none of it is shown here.")
    assert page.all("div", "narrative") == []


def test_an_attachment_is_named_and_downloads() -> None:
    tester = a_tester(Row(a_blood(attachments=(PDF,))))

    page = tester.get(ADDRESS)
    response = tester.client.get(next(link["href"] for link in page.all("a") if link.words == "Download"))

    assert "Film, application/pdf, made 20-Nov-2026 23:30: Download" in page.words
    assert response.data == b"%PDF-1.4 film"
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="attachment-1.pdf"'
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "application/javascript", ""])
def test_what_a_browser_could_run_is_named_and_never_served(kind: str) -> None:
    tester = a_tester(Row(a_blood(attachments=(changed(PDF, content_type=kind),))))

    page = tester.get(ADDRESS)

    assert "a type that is not handed on here" in page.words
    tester.get(f"{ADDRESS}/attachments/1", 404)


def test_an_attachment_that_stays_at_the_trust_is_said_to() -> None:
    elsewhere = Attachment("Film", "application/pdf", "", url="https://trust.example/film.pdf")

    page = a_tester(Row(a_blood(attachments=(elsewhere,)))).get(ADDRESS)

    assert "not sent with the report; the trust says where it keeps it" in page.words
    assert "trust.example" not in page.html


def test_attachments_of_every_version_can_be_told_apart() -> None:
    first = changed(PDF, data=b64encode(b"first").decode())
    row = Row(a_blood(attachments=(PDF,)), earlier=(a_blood(attachments=(first,)),))

    tester = a_tester(row)

    assert tester.client.get(f"{ADDRESS}/attachments/1").data == b"%PDF-1.4 film"
    assert tester.client.get(f"{ADDRESS}/attachments/2").data == b"first"
    tester.get(f"{ADDRESS}/attachments/3", 404)
    tester.get(f"{ADDRESS}/attachments/0", 404)


@pytest.mark.parametrize("data", ["%%%", "JVBERi0xLjQ", "é"])
def test_an_attachment_that_came_damaged_is_said_to_have_and_is_not_served(data: str) -> None:
    tester = a_tester(Row(a_blood(attachments=(changed(PDF, data=data),))))

    page = tester.get(ADDRESS)

    assert "the document came damaged and cannot be opened; ask the trust for it" in page.words
    assert "Download" not in page.words
    tester.get(f"{ADDRESS}/attachments/1", 404)


def test_an_attachment_in_lines_of_base64_downloads() -> None:
    film = b"%PDF-1.4 " + b"film" * 60
    in_lines = encodebytes(film).decode().replace("\n", "\r\n")

    tester = a_tester(Row(a_blood(attachments=(changed(PDF, data=in_lines),))))

    assert "\r\n" in in_lines.strip()
    assert tester.client.get(f"{ADDRESS}/attachments/1").data == film


def test_a_copy_elsewhere_is_named() -> None:
    copy = a_report(CHESTERFIELD, "9", "U&E", "2026-11-20 22:41", "2026-11-20 23:05")

    assert "Also held by Chesterfield, same report" in a_tester(Row(a_blood(), copies=(copy,))).get(ADDRESS).words


def test_a_report_that_may_not_be_seen_is_as_absent_as_one_that_is_not_there() -> None:
    a_tester(None).get(ADDRESS, 404)
    a_tester(None).get("/patients/walter/reports/!!!", 404)
    a_tester(Row(a_blood())).get(ADDRESS.replace("walter", "somebody"), 404)


def test_an_address_that_was_never_made_is_asked_for_like_any_other() -> None:
    """Answering it sooner would tell a report that is withheld from one that never was."""
    asked: list[tuple[str, bool]] = []

    def one_report(_: object, __: object, ___: object, wanted: Callable[[str], bool], trust: str, ____: object) -> None:
        asked.append((trust, wanted("rotherham/DiagnosticReport/1")))

    app = an_app()
    add(app, report_routes(some_parts(), some_handles(), one_report), an_asking())
    tester = PageTester(app)
    for address in (ADDRESS, "/patients/walter/reports/rotherham.never", "/patients/walter/reports/!!!"):
        assert tester.client.get(address).status_code == 404

    assert asked == [("rotherham", True), ("rotherham", False), ("!!!", False)]


def test_a_trust_that_did_not_answer_is_a_gap_here_too() -> None:
    gap = Gap(BARNSLEY, Outcome.LATE, "", NOW, timedelta(seconds=3))

    said = a_tester(gap).get(ADDRESS, 503).words

    assert "Barnsley did not answer in 3.0 s at 03:12." in said
    assert "01632 960 144" in said


# ── Documents that are shown ─────────────────────────────────────────────────────────────────────

PNG = Attachment("Wound", "image/png", b64encode(b"\x89PNG\r\n\x1a\nwound").decode())


def test_a_pdf_stands_in_a_frame_that_its_own_response_sandboxes() -> None:
    tester = a_tester(Row(a_blood(attachments=(PDF,))))

    frame = tester.get(ADDRESS).one("iframe")
    response = tester.client.get(frame["src"])

    assert frame["title"] == "Attachment 1: Film"
    assert response.data == b"%PDF-1.4 film"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'self'; sandbox"
    assert response.headers["Content-Disposition"] == 'inline; filename="attachment-1.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def test_an_image_stands_as_an_image_and_the_page_may_frame_nothing() -> None:
    tester = a_tester(Row(a_blood(attachments=(PNG,))))

    page = tester.get(ADDRESS)
    image = page.one("img")

    assert tester.client.get(image["src"]).mimetype == "image/png"
    assert image["alt"].startswith("Attachment 1: Wound")
    assert "frame-src" not in page.response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "image/jpeg"])
def test_what_does_not_begin_as_its_type_begins_is_named_and_not_shown(kind: str) -> None:
    page_of_script = Attachment("Film", kind, b64encode(b"<html><script>alert(1)</script>").decode())
    tester = a_tester(Row(a_blood(attachments=(page_of_script,))))

    page = tester.get(ADDRESS)

    assert "It does not begin as such a document does, so it is not shown here" in page.words
    assert page.all("iframe") == page.all("img") == []
    tester.get(f"{ADDRESS}/attachments/1/shown", 404)


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "image/svg+xml", "image/tiff", ""])
def test_other_types_are_never_shown(kind: str) -> None:
    tester = a_tester(Row(a_blood(attachments=(changed(PDF, content_type=kind),))))

    assert tester.get(ADDRESS).all("iframe") == []
    tester.get(f"{ADDRESS}/attachments/1/shown", 404)


def test_the_document_of_a_superseded_version_is_kept_to_download_and_not_shown() -> None:
    row = Row(a_blood(attachments=(PDF,)), earlier=(a_blood(attachments=(PDF,)),))

    page = a_tester(row).get(ADDRESS)

    assert len(page.all("iframe")) == 1
    assert len([link for link in page.all("a") if link.words == "Download"]) == 2


# ── What stands around a report ──────────────────────────────────────────────────────────────────


def test_trusts_that_are_missing_stand_before_the_report_law_1() -> None:
    """Another trust may hold a correction of it, or a copy."""

    def one_report(*asked: object) -> Row:
        tell = asked[-1]
        assert callable(tell)
        tell([a_gap(BARNSLEY), a_tile(ROTHERHAM, ())])
        return Row(a_blood())

    app = an_app()
    add(app, report_routes(some_parts(), some_handles(), one_report), an_asking())
    said = PageTester(app).get(ADDRESS).words

    assert said.index("Barnsley: not obtained") < said.index("Potassium")
    assert "did not answer in 3.0 s at 03:12. It may hold a correction or a copy of this report." in said
    assert "Rotherham: not obtained" not in said


def test_every_code_of_a_result_is_there_as_it_was_sent() -> None:
    value = Words("Detected", (Code("http://snomed.info/sct", "260373001", "Detected"),))
    report = a_blood(results=(a_result("SARS-CoV-2 RNA", value, codes=(Code("local", "COVP"),)),))

    said = a_tester(Row(report)).get(ADDRESS).one("details", "codes").words

    assert "SARS-CoV-2 RNA" in said
    assert "COVP local COVP" in said
    assert "Detected http://snomed.info/sct 260373001" in said


def test_a_withdrawn_report_is_struck_and_can_still_be_read() -> None:
    page = a_tester(Row(a_blood(status=Status.ENTERED_IN_ERROR))).get(ADDRESS)

    assert "5.9" in page.one("div", "withdrawn").words
