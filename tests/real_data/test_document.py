"""The document that says what was found in these files says what a test run counts."""

from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from tests.real_data.conftest import Others, Served
from tests.real_data.raw import RESULTS, Json
from tests.real_data.test_results import FOLDERS

pytestmark = pytest.mark.real_data

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "real-data.md"
COLUMNS = (
    "patients", "reports held", "results held", "studies held", "results sent", "results shown", "rows", "not readable",
    "numbers", "words", "no value", "with a flag", "with a range", "with a comment", "found at fault by the R4B models",
)  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_the_document_says_what_was_counted(others: Others, name: str) -> None:
    assert _written()[name] == _counted(others.look(name))


def _written() -> dict[str, dict[str, int]]:
    """The one table of the document that begins with a folder's name, turned so that a folder is an entry."""
    lines = [line.strip("| \n").split(" | ") for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    head = next(cells for cells in lines if set(FOLDERS) <= set(cells))
    rows = {cells[0].strip(): cells[1:] for cells in lines if cells[0].strip() in COLUMNS}
    return {
        folder: {column: int(rows[column][place].replace(",", "")) for column in COLUMNS}
        for place, folder in enumerate(head[1:])
    }


def _counted(served: Served) -> dict[str, int]:
    held = [patient.held for patient in served.patients]
    sent = [one.observations[id_] for one in held for id_ in one.sent()]
    return {
        "patients": len(held),
        "reports held": sum(len(one.reports) for one in held),
        "results held": sum(len(one.observations) for one in held),
        "studies held": sum(len(one.studies) for one in held),
        "results sent": len(sent),
        "results shown": sum(len({f"Observation/{id_}" for id_ in one.sent()} - one.unread()) for one in held),
        "rows": sum(len(patient.rows) for patient in served.patients),
        "not readable": sum(len(one.unread()) for one in held),
        "numbers": sum("valueQuantity" in one for one in sent),
        "words": sum("valueString" in one or "valueCodeableConcept" in one for one in sent),
        "no value": sum(not any(name.startswith("value") for name in one) for one in sent),
        "with a flag": sum("interpretation" in one for one in sent),
        "with a range": sum("referenceRange" in one for one in sent),
        "with a comment": sum("note" in one or "comment" in one for one in sent),
        "found at fault by the R4B models": sum(
            map(_is_at_fault, (one for of in held for kind in RESULTS for one in of.of_kind(kind).values()))
        ),
    }


def _is_at_fault(resource: Json) -> bool:
    """Ask the models that an operator's sampled check asks."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError:
        return True
    return False
