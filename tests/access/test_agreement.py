"""When an agreement binds whom, and what is never shared whatever it says."""

from datetime import date

import pytest

from tests.access.builders import (
    A_DAY,
    BARNSLEY,
    PARTIES,
    ROTHERHAM,
    SEXUAL_HEALTH,
    TEACHING,
    an_agreement,
    binds,
    signed_by,
    signed_by_all_but,
)
from viewer.access.agreement import Narrowing, never_shared_classes, standing_sentences

BINDING = [
    # day, trust, signatures, does it bind
    (date(2026, 3, 31), ROTHERHAM, signed_by(*PARTIES), False),
    (date(2026, 4, 1), ROTHERHAM, signed_by(*PARTIES), True),
    (date(2027, 3, 31), ROTHERHAM, signed_by(*PARTIES), True),
    (date(2027, 4, 1), ROTHERHAM, signed_by(*PARTIES), False),
    (A_DAY, ROTHERHAM, signed_by_all_but(ROTHERHAM), False),
    (A_DAY, TEACHING, signed_by_all_but(ROTHERHAM), True),
    (A_DAY, ROTHERHAM, signed_by(*PARTIES, on=date(2026, 11, 22)), False),
    (A_DAY, ROTHERHAM, signed_by(*PARTIES, on=A_DAY), True),
    (A_DAY, BARNSLEY, signed_by(*PARTIES, BARNSLEY), False),
]


@pytest.mark.parametrize(("day", "trust", "signatures", "bound"), BINDING)
def test_an_agreement_binds_a_signed_party_from_its_first_day_to_its_last(day, trust, signatures, bound) -> None:
    assert binds(an_agreement(signatures=signatures), trust.name, day) == bound


def test_a_class_is_never_shared_by_agreement_or_by_the_trusts_own_file_signed_or_not() -> None:
    agreement = an_agreement(never_shared=(SEXUAL_HEALTH,), signatures=(), ends=date(2026, 4, 2))

    assert never_shared_classes((agreement,), ()) == (SEXUAL_HEALTH,)
    assert never_shared_classes((), (Narrowing("rotherham", never_shared=(SEXUAL_HEALTH,)),)) == (SEXUAL_HEALTH,)


def test_a_standing_sentence_is_said_once() -> None:
    agreement = an_agreement(never_shared=(SEXUAL_HEALTH,))
    narrowing = Narrowing("rotherham", never_shared=(SEXUAL_HEALTH,))

    assert standing_sentences((agreement,), (narrowing,)) == ("Rotherham never shares sexual-health results here",)
