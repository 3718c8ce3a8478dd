"""Sign in tests: keys that anybody can make again, and a hand that signs whatever an agreement says now.

Rule: the keys are made out of the trusts' names, so they prove nothing; nobody but a test may use them.
"""

import hashlib
import re
import tomllib
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from viewer.access.signing import sign, written_public_key
from viewer.configuration.agreement_file import digest_of_text


def key_of(trust: str) -> Ed25519PrivateKey:
    """The test key of a trust."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"a test key of {trust}".encode()).digest())


def public_keys(*trusts: str) -> dict[str, bytes]:
    return {trust: key_of(trust).public_key().public_bytes_raw() for trust in trusts}


def block(agreement: str, text: str, trust: str, on: date) -> str:
    """One [[signature]] with the test key of the trust."""
    value = sign(key_of(trust), agreement, text, trust, on)
    return f'[[signature]]\ntrust = "{trust}"\non = {on}\ntext = "{text}"\nsignature = "{value}"\n'


def sign_again(config: Path) -> None:
    """Let every trust that has signed sign what each agreement says now, on the same day, with its test key."""
    trust_test_keys(config)
    for file in sorted((config / "agreements").glob("*.toml")):
        sign_file(file)


def trust_test_keys(config: Path) -> None:
    """Write the public half of each test key into the trust's file."""
    for file in sorted((config / "trusts").glob("*.toml")):
        own = f'signing_key = "{written_public_key(key_of(file.stem))}"'
        text, written = re.subn(r'^signing_key = "[^"]*"', own, file.read_text(), flags=re.MULTILINE)
        file.write_text(text if written else f"{own}\n{text}")


def sign_file(file: Path) -> None:
    """Write every signature of one agreement anew."""
    values = tomllib.loads(file.read_text())
    text, _, _ = file.read_text().partition("[[signature]]")
    digest = digest_of_text(values)
    blocks = [block(file.stem, digest, one["trust"], one["on"]) for one in values.get("signature", ())]
    file.write_text("\n".join([text.rstrip("\n") + "\n", *blocks]))
