"""A vote of seven as the product counts it, from how each trust has signed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from connectors.answer import Trust
from tests.access.builders import an_agreement
from viewer.access.agreement import Signature
from viewer.access.force import vote_on

TODAY = date(2026, 11, 21)
SEVEN = tuple(Trust(name, name.upper(), name, name, "") for name in "abcdefg")
AGREEMENT = an_agreement(parties=SEVEN, signatures=())
GIVEN = {
    "valid": lambda name: (Signature(name, TODAY),),
    "other text": lambda name: (Signature(name, TODAY, "it is over another text"),),
    "later day": lambda name: (Signature(name, TODAY + timedelta(days=1)),),
    "none": lambda name: (),
}


def product_carries(states: Sequence[str]) -> bool:
    """Say whether the product counts an agreement as carried when the seven have signed so."""
    signatures = [one for how, trust in zip(states, SEVEN, strict=True) for one in GIVEN[how](trust.name)]
    return vote_on(replace(AGREEMENT, signatures=tuple(signatures)), TODAY).carried
