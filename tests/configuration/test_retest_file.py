"""What is wrong in retest.toml, or in how an ordering system is let in, stops the start by file, line and key."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from tests.journey.ordering_system import EC, RSA, public
from viewer.clinical.analyte import Catalogue
from viewer.clinical.retest import RetestRules, Setting
from viewer.configuration.catalogue_file import read_catalogue
from viewer.configuration.config_file import Misconfigured, read_config
from viewer.configuration.ordering_file import read_ordering
from viewer.configuration.retest_file import read_retest, retest_of

CONFIG = Path(__file__).resolve().parents[2] / "config"
CATALOGUE = read_catalogue(CONFIG)
HEAD = 'source = "G147"\nnever = "Never."\n'
TEST = '[[test]]\nkey = "crp"\nname = "CRP"\ndone_by = ["crp"]\n'


def read(text: str) -> RetestRules:
    file = read_config(Path("retest.toml"), text.encode())
    rules = retest_of(file, CATALOGUE)
    file.nothing_else()
    return rules


def test_without_the_file_nothing_is_advised(tmp_path: Path) -> None:
    assert read_retest(tmp_path, Catalogue()) == RetestRules()


def test_the_shipped_file_names_analytes_that_there_are_and_cites_a_reference_for_each_interval() -> None:
    rules = read_retest(CONFIG, CATALOGUE)

    assert len(rules.tests) >= 28
    assert all(one.reference for test in rules.tests for one in test.intervals)
    assert all(not test.intervals for test in rules.tests if test.excluded)
    assert all(one.settings <= frozenset(Setting) for test in rules.tests for one in test.intervals)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('never = "x"', "source: is missing"),
        ('source = "x"', "never: is missing"),
        (f"{HEAD}adult_from = 16", "must be at least 18"),
        (f"{HEAD}{TEST}{TEST}", '"crp" stands there twice'),
        (f'{HEAD}{TEST.replace("done_by", "done")}', "done: unknown setting; did you mean done_by?"),
        (f'{HEAD}{TEST.replace(chr(91) + chr(34) + "crp", chr(91) + chr(34) + "crpp")}', "did you mean crp?"),
        (f'{HEAD}{TEST}interval = [{{ days = 1 }}]', "reference: is missing"),
        (f'{HEAD}{TEST}interval = [{{ reference = "B" }}]', "name either days or hours"),
        (f'{HEAD}{TEST}interval = [{{ days = 1, hours = 2, reference = "B" }}]', "name either days or hours"),
        (f'{HEAD}{TEST}interval = [{{ days = 1, reference = "B", settings = ["ward"] }}]', '"ward" is not one of'),
        (f'{HEAD}{TEST}interval = [{{ days = 1, reference = "B", said = "maybe" }}]', '"maybe" is not one of'),
        (f'{HEAD}{TEST}excluded = "B-C1"\ninterval = [{{ days = 1, reference = "B" }}]', "has no interval"),
        (f'{HEAD}[aki]\nanalytes = ["akki"]', 'there is no analyte "akki"'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_named(text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read(text)

    assert said in str(refusal.value)


# ── An ordering system ───────────────────────────────────────────────────────────────────────────


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
