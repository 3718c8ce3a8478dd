"""How an ordering system is let in: what is wrong with it stops the start by file, line and key."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from tests.journey.ordering_system import EC, RSA, public
from viewer.configuration.config_file import Misconfigured, read_config
from viewer.configuration.ordering_file import read_ordering


def a_key(pem: str, name: str = "k1") -> str:
    return f'\n[[ordering.key]]\nid = "{name}"\npublic_key = """\n{pem}"""\n'


ORDERING = '[ordering]\nissuer = "https://ordering.example"\n'


def test_a_trust_without_the_table_may_not_ask() -> None:
    assert read_ordering(read_config(Path("x.toml"), b""), "rotherham") is None


def test_keys_of_both_kinds_are_read() -> None:
    text = ORDERING + a_key(public(EC)) + a_key(public(RSA), "k2")

    system = read_ordering(read_config(Path("x.toml"), text.encode()), "rotherham")

    assert system
    assert set(system.keys) == {"k1", "k2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ORDERING, "ordering.key: is missing"),
        ("[ordering]\n" + a_key(public(EC)), "issuer: is missing"),
        (ORDERING + a_key("no key"), "is no public key in PEM"),
        (ORDERING + a_key(public(generate_private_key(SECP256R1()))), "must be of the curve P-384"),
        (ORDERING + a_key(public(generate_rsa(65537, 1024))), "RSA of 2048 bits at least"),
        (ORDERING + a_key(public(EC)) + a_key(public(RSA)), '"k1" stands there twice'),
        (ORDERING + a_key(public(EC)) + '[[ordering.test]]\ncode = "x"\ntest = "crp"\n', "system: is missing"),
    ],
    ids=["no key", "no issuer", "no PEM", "P-256", "RSA 1024", "twice", "no system"],
)
def test_a_key_that_is_none_or_too_weak_is_named(text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read_ordering(read_config(Path("x.toml"), text.encode()), "rotherham")

    assert said in str(refusal.value)
