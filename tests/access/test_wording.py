"""Every word a Decision may need has one, and days are written in English wherever the machine stands."""

from datetime import date

from connectors.answer import Kind
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose
from viewer.access.wording import CLAIMS, KINDS, PURPOSES, ROLES, in_words


def test_every_role_purpose_claim_and_kind_has_words() -> None:
    assert (set(ROLES), set(PURPOSES), set(CLAIMS), set(KINDS)) == (set(Role), set(Purpose), set(Claim), set(Kind))


def test_a_day_is_written_out() -> None:
    assert [in_words(date(2027, month, 1)).split()[1][:3] for month in (1, 3, 12)] == ["Jan", "Mar", "Dec"]
    assert in_words(date(2027, 3, 31)) == "31 March 2027"
