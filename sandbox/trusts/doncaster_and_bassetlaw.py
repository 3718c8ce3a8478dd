"""Doncaster and Bassetlaw: radiology as text and attachments, addenda below the report; wants private_key_jwt.

Its haematology analyser sends no flags at all, and its biochemistry HL7 ones.
"""

from base64 import b64encode
from collections.abc import Sequence

from sandbox.exact import Json
from sandbox.laboratory.analyte import ranges
from sandbox.laboratory.laboratory import Flags, Laboratory
from sandbox.laboratory.radiology import pdf_of
from sandbox.trust import Trust
from sandbox.trusts.odd import each

_HEADINGS = ("FINDINGS", "CONCLUSION")


def _as_text(report: Json) -> Json:
    """Send radiology as one text, the addendum below it, with the same as text/plain and PDF attachments."""
    if report.get("code", {}).get("coding", [{}])[0].get("code") != "722124004" or "conclusion" not in report:
        return report
    text = _text_of(report)
    title = report["code"]["text"]
    kept = {name: part for name, part in report.items() if name not in ("text", "extension")}
    forms = [
        _form("text/plain", title, text.encode(), report),
        _form("application/pdf", title, pdf_of(title, text), report),
    ]
    return kept | {"conclusion": text, "presentedForm": [*report.get("presentedForm", []), *forms]}


def _text_of(report: Json) -> str:
    body = report.get("text", {}).get("div", "")
    paragraphs = [part.split("</p>")[0] for part in body.split("<p>")[1:]] or [report["conclusion"]]
    sections = [f"{heading}\n{words}" for heading, words in zip(_HEADINGS, paragraphs, strict=False)]
    return "\n\n".join([*sections, *map(_addendum, report.get("extension", ()))])


def _addendum(extension: Json) -> str:
    said = {part["url"]: part.get("valueString") or part.get("valueDateTime") for part in extension["extension"]}
    return f"ADDENDUM {said['at']} {said['author']}\n{said['text']}"


def _form(kind: str, title: str, content: bytes, report: Json) -> Json:
    data = b64encode(content).decode()
    return {"contentType": kind, "title": title, "data": data, "creation": report["issued"]}


def _habit(resources: Sequence[Json]) -> Sequence[Json]:
    return each("DiagnosticReport", _as_text)(resources)


TRUST = Trust(
    name="doncaster_and_bassetlaw",
    ods="RP5",
    full_title="Doncaster and Bassetlaw Teaching Hospitals NHS Foundation Trust",
    port=8103,
    laboratory=Laboratory(
        intervals={"creatinine": ranges("..16 25-70", "M 60-110", "F 45-90"), "crp": ranges("0-4")},
        flags={"": Flags.HL7, "HM": Flags.NONE},
    ),
    habit=_habit,
    wants_key=True,
)
