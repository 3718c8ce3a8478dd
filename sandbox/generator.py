"""Patients with a given number of results, spread over the seven trusts: 200, 2,000 and 20,000.

A result is a value that was measured, or an imaging study. Like everything here it is the same every time.
"""

import random
from datetime import date, datetime

from sandbox.laboratory.biochemistry import BONE, CRP, FERRITIN, GLUCOSE, HBA1C, LFT, LIPIDS, TFT, TROPONIN_T, U_AND_E
from sandbox.laboratory.haematology import CLOTTING, FBC
from sandbox.laboratory.radiology import CHEST, CT_ABDOMEN, CT_HEAD, US_KIDNEYS
from sandbox.patients import EVERYWHERE, Named
from sandbox.scribe import Person, Scribe

_PANELS = (U_AND_E, FBC, LFT, BONE, CRP, LIPIDS, TFT, CLOTTING, HBA1C, GLUCOSE, FERRITIN, TROPONIN_T)
_IMAGES = (CHEST, CT_ABDOMEN, CT_HEAD, US_KIDNEYS)
_ONE_IMAGE_IN = 40  # reports


def patient_of(results: int, number: str, given: str) -> Named:
    """Return a patient with exactly so many results."""

    def story(tell: Scribe) -> None:
        chance = random.Random(f"generated/{results}")
        years, written = 12, 0
        while written < results:
            trust = EVERYWHERE[len(tell.told) % len(EVERYWHERE)]
            days = int(years * 365 * (1 - written / results)) + 1
            taken = tell.ago(days, f"{chance.randrange(0, 24):02d}:{chance.randrange(60):02d}")
            written += _tell_one(tell, trust, taken, chance, results - written)

    person = Person(
        f"generated_{results}", number, "Large", (given,), "male", date(1950, 1, 1), "Mr", postcode="S1 2XX"
    )
    return Named(person, f"{results:,} results over the seven trusts", EVERYWHERE, story, bulky=results > 5000)


def _tell_one(tell: Scribe, trust: str, taken: datetime, chance: random.Random, wanted: int) -> int:
    """Tell of one report with at most `wanted` results, and return how many it has."""
    if chance.randrange(_ONE_IMAGE_IN) == 0:
        tell.image(trust, taken, chance.choice(_IMAGES))
        return 1
    panel = chance.choice([panel for panel in _PANELS if len(panel.analytes) <= wanted])
    tell.blood(trust, taken, panel)
    return len(panel.analytes)


GENERATED = (
    patient_of(200, "999 988 7643", "Twohundred"),
    patient_of(2_000, "999 972 5287", "Twothousand"),
    patient_of(20_000, "999 026 8851", "Twentythousand"),
)
