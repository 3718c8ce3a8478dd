"""docs/information-governance.md says what the shipped agreement and the code say."""

from datetime import date
from pathlib import Path

import pytest

from connectors.answer import Kind, Trust
from tests.access.builders import (
    A_DAY,
    EMERGENCY,
    ROTHERHAM,
    TEACHING,
    a_consultant,
    a_gp,
    an_agreement,
    an_ig_officer,
    rules_of,
    signed_by_all_but,
)
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.clinician import Clinician
from viewer.access.decide import may_ask
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.config_file import open_config

ROOT = Path(__file__).resolve().parents[2]
REGISTERED = Relationship(Purpose.DIRECT_CARE, Claim.REGISTERED)
NO_RADIOLOGY = Narrowing("rotherham", frozenset({Kind.DEMOGRAPHICS, Kind.LABORATORY}))


@pytest.fixture(scope="module")
def document() -> str:
    return " ".join((ROOT / "docs/information-governance.md").read_text().split())


def shipped() -> Agreement:
    file = open_config(ROOT / "config/agreements/working_together_2026.toml")
    return read_agreement(file, [Trust(name, name, name, name, "") for name in file.values["parties"]], {})


@pytest.mark.parametrize("clause", shipped().clauses, ids=lambda clause: clause.number)
def test_every_clause_of_the_shipped_agreement_is_explained(document: str, clause) -> None:
    assert f"| {clause.number} |" in document


def test_every_standing_sentence_is_quoted(document: str) -> None:
    assert all(f"*{never.sentence}*" in document for never in shipped().never_shared)


REASONS = [
    (an_ig_officer(), EMERGENCY, Kind.LABORATORY, an_agreement(), (), A_DAY),
    (a_gp(), EMERGENCY, Kind.LABORATORY, an_agreement(), (), A_DAY),
    (a_consultant(), EMERGENCY, Kind.RADIOLOGY, an_agreement(), (NO_RADIOLOGY,), A_DAY),
    (a_consultant(), EMERGENCY, Kind.LABORATORY, an_agreement(parties=(TEACHING,)), (), A_DAY),
    (a_consultant(), EMERGENCY, Kind.LABORATORY, an_agreement(), (), date(2027, 4, 1)),
    (a_consultant(), EMERGENCY, Kind.LABORATORY, an_agreement(signatures=signed_by_all_but(ROTHERHAM)), (), A_DAY),
    (a_consultant(), EMERGENCY, Kind.LABORATORY, an_agreement(signatures=signed_by_all_but(TEACHING)), (), A_DAY),
    (a_gp("Y99009", "Hillside Practice"), REGISTERED, Kind.LABORATORY, an_agreement(), (), A_DAY),
    (a_consultant(), EMERGENCY, Kind.LABORATORY, an_agreement(clauses=()), (), A_DAY),
    (a_consultant(), EMERGENCY, Kind.LABORATORY, an_agreement(ends=date(2028, 12, 31)), (), A_DAY),
]


@pytest.mark.parametrize("asked", REASONS)
def test_every_reason_is_quoted_as_the_code_gives_it(
    document: str, asked: tuple[Clinician, Relationship, Kind, Agreement, tuple[Narrowing, ...], date]
) -> None:
    who, relationship, kind, agreement, narrowings, day = asked

    decision = may_ask(who, relationship, "rotherham", kind, rules_of(agreement, narrowings=narrowings, today=day))

    assert f"*{decision.because}*" in document
