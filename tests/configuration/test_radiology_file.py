"""What marks an alert, and where images are, is read from configuration; every mistake in it is named."""

import re
from pathlib import Path

import pytest

from viewer.clinical.imaging import Alert
from viewer.configuration.config_file import Misconfigured, read_config
from viewer.configuration.radiology_file import read_alerts, read_images_address, read_radiology

ROOT = Path(__file__).resolve().parents[2]


def test_the_shipped_file_knows_the_four_alerts() -> None:
    alerts = read_radiology(ROOT / "config")

    assert set(alerts.values()) == set(Alert)
    assert alerts["SIGNIFICANT UNEXPECTED"] is Alert.UNEXPECTED


def test_without_the_file_nothing_is_an_alert(tmp_path: Path) -> None:
    assert read_radiology(tmp_path) == {}


def test_every_setting_of_it_is_documented(tmp_path: Path) -> None:
    file = read_config(tmp_path / "radiology.toml", b'[[alert]]\nmeans = "urgent"\nsent_as = ["URGENT"]\n')
    read_alerts(file)
    text = (ROOT / "docs/configuration.md").read_text()
    section = next(part for part in text.split("\n## ") if part.startswith("`radiology.toml`"))

    assert set(re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE)) == file.asked()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('[[alert]]\nmeans = "urgnt"\nsent_as = ["U"]\n', 'line 2, alert.means: "urgnt" is not one of'),
        ('[[alert]]\nmeans = "urgent"\n', "alert.sent_as: is missing"),
        ('[[alert]]\nmeans = "urgent"\nsent_as = [" U"]\n', "begins or ends with white space"),
        (
            '[[alert]]\nmeans = "urgent"\nsent_as = ["U"]\n[[alert]]\nmeans = "cancer"\nsent_as = ["U"]\n',
            'line 6, alert.sent_as: "U" also means urgent',
        ),
    ],
)
def test_a_mistake_stops_the_start_and_is_named(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(said)):
        read_alerts(read_config(tmp_path / "radiology.toml", written.encode()))


def address(tmp_path: Path, written: str) -> str:
    file = read_config(tmp_path / "rotherham.toml", f'images_address = "{written}"\n'.encode())
    return read_images_address(file, "images_address")


@pytest.mark.parametrize("written", ["https://pacs.example/s/{study_uid}", "https://pacs.example/?a={accession}"])
def test_an_address_of_images_names_a_study(tmp_path: Path, written: str) -> None:
    assert address(tmp_path, written) == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("http://pacs.example/{study_uid}", "begins with https://"),
        ("https://pacs.example/ {study_uid}", "holds no white space"),
        ("https://pacs.example/all", "names no study"),
        ("https://pacs.example/{nhs_number}", "{nhs_number} is not one of {study_uid}, {accession}"),
        ("https://pacs.example/{study_uuid}", "did you mean study_uid?"),
        ("https://{study_uid}.example/", "must name its host before the first number"),
        ("https://me@pacs.example/{study_uid}", "hold no user or password"),
        ("https://pacs.example/{study_uid}{", "a brace that is no placeholder"),
    ],
)
def test_an_address_that_could_send_anything_else_is_refused(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(said)):
        address(tmp_path, written)
