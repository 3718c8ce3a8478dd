"""What is taken from npm is served without naming another host, without remote fonts and without a logo."""

from runpy import run_path

import pytest

from tests.pages.builders import ROOT

plain_style = run_path(str(ROOT / "static/set_up.py"))["plain_style"]


def test_remote_fonts_go_and_arial_stays() -> None:
    style = plain_style(
        "@font-face{font-family:Frutiger W01;src:url(https://assets.nhs.uk/a.woff2)}"
        "body{font-family:Frutiger W01,arial,sans-serif;background:url(/assets/images/x.svg)}"
        "\n/*# sourceMappingURL=x.map */"
    )

    assert style == "body{font-family:Arial,sans-serif;background:url(images/x.svg)}\n"


def test_a_style_sheet_that_names_another_host_stops_the_set_up() -> None:
    with pytest.raises(SystemExit, match=r"elsewhere\.example"):
        plain_style("body{background:url(https://elsewhere.example/x.png)}")


def test_what_is_served_is_what_set_up_made() -> None:
    served = ROOT / "static/vendor/nhsuk/nhsuk-frontend.min.css"
    if not served.is_file():
        pytest.skip("static/vendor is not set up: make setup")

    assert "assets.nhs.uk" not in served.read_text()
    assert "Frutiger" not in served.read_text()
