"""How a record system is let in: what is wrong with it stops the start by file, line and key."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from tests.journey.ordering_system import RSA, public
from viewer.configuration.config_file import Misconfigured, read_config
from viewer.configuration.launch_file import LaunchConfig, read_launch
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import web_address

EC = generate_private_key(SECP256R1())
LAUNCH = '[launch]\nissuer = "https://records.example"\n'


def read(text: str) -> LaunchConfig | None:
    file = read_config(Path("x.toml"), text.encode())
    return read_launch(file, "rotherham", Secrets(""), web_address)


def a_key(key: EllipticCurvePrivateKey | RSAPrivateKey, name: str = "k1") -> str:
    return f'\n[[launch.key]]\nid = "{name}"\npublic_key = """\n{public(key)}"""\n'


def test_a_trust_without_the_table_opens_nothing() -> None:
    assert read("") is None


def test_keys_of_both_kinds_are_read() -> None:
    launch = read(LAUNCH + a_key(EC) + a_key(RSA, "k2"))

    assert launch
    assert set(launch.keys) == {"k1", "k2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[launch]\n", "nothing here says how the record system opens Trustline"),
        (LAUNCH, "an issuer needs a [[launch.key]]"),
        ("[launch]\n" + a_key(EC), "a key needs an issuer"),
        (LAUNCH + a_key(generate_private_key(SECP384R1())), "must be of the curve P-256"),
        (LAUNCH + a_key(generate_rsa(65537, 1024)), "RSA of 2048 bits at least"),
        (LAUNCH + a_key(EC) + a_key(RSA), '"k1" stands there twice'),
    ],
    ids=["nothing", "no key", "no issuer", "P-384", "RSA 1024", "twice"],
)
def test_what_lets_nobody_in_or_is_too_weak_is_named(text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read(text)

    assert said in str(refusal.value)
