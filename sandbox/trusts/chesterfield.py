"""Chesterfield: keeps copies of what Sheffield Teaching did for it, and has one birth date the wrong way round.

The copies carry Sheffield's own report number, version and content (see `copied_to` in the stories).
The birth date stands in `patients.py`.
"""

from sandbox.laboratory.analyte import ranges
from sandbox.laboratory.laboratory import Laboratory
from sandbox.trust import Trust

TRUST = Trust(
    name="chesterfield",
    ods="RFS",
    full_title="Chesterfield Royal Hospital NHS Foundation Trust",
    port=8102,
    laboratory=Laboratory(
        intervals={
            "creatinine": ranges("..16 25-70", "M 64-104", "F 49-90"),
            "haemoglobin": ranges("..16 110-150", "M 130-170", "F 120-150"),
            "white_cells": ranges("4.0-10.0"),
            "platelets": ranges("150-410"),
        },
        ceilings={"egfr": 60},
    ),
)
