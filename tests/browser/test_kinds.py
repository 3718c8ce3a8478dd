"""In real Chromium: a document is seen in its frame, and runs nothing."""

import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.browser.conftest import Windows
from tests.whole import AMINA
from viewer.clinical.report import Attachment
from viewer.pages.attachments import as_shown
from viewer.pages.headers import FRAMING

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
Open = Callable[..., str]


def test_a_pdf_is_seen_in_its_frame_by_the_browsers_own_viewer(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER, "/radiology")
    page.locator(".row", has_text="Ultrasound renal tract").locator("h3 a").click()

    page.locator("iframe.shown").scroll_into_view_if_needed()

    expect(page.locator("iframe.shown")).to_have_attribute("src", re.compile(r"/attachments/2/shown$"))
    viewer_of_chromium(page)


@pytest.mark.parametrize("kind", ["application/pdf", "text/html"], ids=["as-a-pdf", "as-a-page"])
def test_a_script_in_a_document_does_not_run_whatever_the_document_says_it_is(chromium: Browser, kind: str) -> None:
    """The second is what a browser would make of it that believed the bytes: our own response forbids it the script."""
    script = b"%PDF-1.4\n<html><script>parent.document.title = 'ran'</script>"
    sent = Attachment("Letter", "application/pdf", b64encode(script).decode())
    with served(sent, kind) as address:
        page = chromium.new_page()
        page.goto(address)
        page.frame_locator("iframe").locator("body").wait_for(state="attached")

        assert page.title() == "Report"
        page.close()


@contextmanager
def served(sent: Attachment, kind: str) -> Iterator[str]:
    """Serve a page with this document in a frame, as we hand it on but for the type."""
    app = Flask("one document")

    @app.get("/")
    def show() -> Response:
        page = '<!doctype html><title>Report</title><iframe src="/document"></iframe>'
        return Response(page, headers={"Content-Security-Policy": FRAMING})

    @app.get("/document")
    def document() -> Response:
        response = as_shown(sent, 1)
        response.headers["Content-Type"] = kind
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        serving.join()


def viewer_of_chromium(page: Page) -> None:
    """Wait until Chromium's PDF viewer, which is an extension with an origin of its own, stands in a frame."""
    while not any(frame.url.startswith("chrome-extension://") for frame in page.frames):
        page.wait_for_event("frameattached" if len(page.frames) < 3 else "framenavigated")
