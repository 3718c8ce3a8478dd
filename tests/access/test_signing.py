"""A signature is over one agreement, one text, one trust and one day, and over nothing else."""

from datetime import date

import pytest

from tests.access.signing import key_of, public_keys
from viewer.access.signing import DOMAIN, fingerprint, read_public_key, sign, signed_message, why_not_verified

DAY = date(2025, 12, 8)
SIGNED = ("working_together_2026", "ab" * 32, "rotherham", DAY)


def test_what_is_signed_is_five_lines_that_say_what_they_are() -> None:
    assert signed_message(*SIGNED).decode().splitlines() == [
        DOMAIN, "working_together_2026", "ab" * 32, "rotherham", "2025-12-08",
    ]  # fmt: skip


OTHERS = [
    ("working_together_2025", *SIGNED[1:]),
    (SIGNED[0], "ac" * 32, *SIGNED[2:]),
    (*SIGNED[:2], "barnsley", DAY),
    (*SIGNED[:3], date(2025, 12, 9)),
]


@pytest.mark.parametrize("other", OTHERS, ids=["agreement", "text", "trust", "day"])
def test_a_signature_holds_for_nothing_that_differs_in_one_part(other: tuple[str, str, str, date]) -> None:
    """By the same key, as if two trusts shared one."""
    key = public_keys("rotherham")["rotherham"]
    signature = sign(key_of("rotherham"), *SIGNED)

    assert why_not_verified(key, signature, signed_message(*SIGNED)) == ""
    assert "does not verify" in why_not_verified(key, signature, signed_message(*other))


@pytest.mark.parametrize(
    ("signature", "because"),
    [("", "does not verify"), ("AA==", "does not verify"), ("not base64!", "base64"), ("é", "base64")],
)
def test_what_is_no_signature_is_said_to_be_none(signature: str, because: str) -> None:
    assert because in why_not_verified(public_keys("rotherham")["rotherham"], signature, signed_message(*SIGNED))


def test_without_a_key_nothing_verifies() -> None:
    signature = sign(key_of("rotherham"), *SIGNED)

    assert "holds no signing_key" in why_not_verified(None, signature, signed_message(*SIGNED))


@pytest.mark.parametrize("written", ["", "AAAA", "not base64!", "é" * 44])
def test_a_public_key_is_32_bytes_in_base64(written: str) -> None:
    assert read_public_key(written) is None


def test_a_fingerprint_is_short_and_of_this_key_alone() -> None:
    keys = public_keys("rotherham", "barnsley")

    assert len({fingerprint(key) for key in keys.values()}) == 2
    assert all(len(fingerprint(key)) == 19 for key in keys.values())
