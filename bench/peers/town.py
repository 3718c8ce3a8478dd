"""What every peer is told of the town, and the one page they all answer with."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, render_template

DEADLINE = 3.0
INCLUDES = (
    ("_include", "DiagnosticReport:subject"),
    ("_include", "DiagnosticReport:result"),
    ("_include:iterate", "Observation:has-member"),
    ("_include", "DiagnosticReport:specimen"),
)


Sent = Mapping[str, Any]  # a resource or a bundle as a plain dictionary


@dataclass(frozen=True, slots=True)
class Trust:
    """One trust of the town, as a peer asks it."""

    name: str
    address: str
    patient: str


def trusts() -> list[Trust]:
    """Return the town this peer was started for."""
    return [Trust(**one) for one in json.loads(os.environ["BENCH_TOWN"])]


def new_app() -> Flask:
    """Return an application with nothing but the page."""
    return Flask("peer", template_folder=str(Path(__file__).parent))


def page(piles: Mapping[str, Sequence[Sent]], missing: Sequence[str]) -> str:
    """Return the page over every trust's resources, read as plain dictionaries."""
    return render_template("page.html", reports=rows_of(piles), missing=missing)


def rows_of(piles: Mapping[str, Sequence[Sent]]) -> list[dict[str, Any]]:
    """Return a row for each report, newest first."""
    rows = [row for name, pile in piles.items() for row in _rows(name, pile)]
    return sorted(rows, key=lambda row: str(row["issued"]), reverse=True)


def next_link(bundle: Sent) -> str:
    """Return the address of a bundle's next page, or ""."""
    return next((link["url"] for link in bundle.get("link", ()) if link["relation"] == "next"), "")


def _rows(name: str, pile: Sequence[Sent]) -> list[dict[str, Any]]:
    observations = {f"Observation/{one['id']}": one for one in pile if one["resourceType"] == "Observation"}
    reports = (one for one in pile if one["resourceType"] == "DiagnosticReport")
    return [_row(name, report, observations[report["result"][0]["reference"]], observations) for report in reports]


def _row(name: str, report: Sent, panel: Sent, observations: Mapping[str, Sent]) -> dict[str, Any]:
    values = [_value(observations[member["reference"]]) for member in panel["hasMember"]]
    title = panel["code"]["text"]
    return {"id": report["id"], "trust": name, "issued": report["issued"], "title": title, "values": values}


def _value(observation: Sent) -> dict[str, Any]:
    sent, limits = observation["valueQuantity"], observation["referenceRange"][0]
    return {
        "id": observation["id"],
        "name": observation["code"]["text"],
        "number": sent["value"],
        "unit": sent["unit"],
        "low": limits["low"]["value"],
        "high": limits["high"]["value"],
        "flag": observation["interpretation"][0]["coding"][0]["code"] if "interpretation" in observation else "",
    }
