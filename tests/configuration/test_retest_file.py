"""What is wrong in retest.toml stops the start by file, line and key."""

from pathlib import Path

import pytest

from viewer.clinical.analyte import Catalogue
from viewer.clinical.retest_rules import RetestRules, Setting
from viewer.configuration.catalogue_file import read_catalogue
from viewer.configuration.config_file import Misconfigured, read_config
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
