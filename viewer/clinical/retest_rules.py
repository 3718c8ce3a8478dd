"""What config/retest.toml says: the tests a clinician asks for, and within how long repeating one seldom helps.

Source: RCPath G147 (March 2021).
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from viewer.clinical.analyte import Catalogue


class Setting(StrEnum):
    """Where the patient is cared for: an interval is given for some of these, and not for others."""

    EMERGENCY = "emergency"
    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"
    GP = "gp"


class Said(StrEnum):
    """What a result in words must say before an interval is gone by."""

    ANYTHING = "anything"
    POSITIVE = "positive"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class RetestInterval:
    """Within how long repeating a test seldom helps, where, and who says so."""

    lasts: timedelta
    reference: str  # "B-E19"
    settings: frozenset[Setting] = frozenset(Setting)
    applies_to: str = ""  # "stable inpatients": whether it applies is for the clinician to judge
    said: Said = Said.ANYTHING
    unless_flagged: bool = False  # gone by only where the laboratory has flagged none of the results


@dataclass(frozen=True, slots=True)
class LabTest:
    """One test as a clinician asks for it: "LFT"."""

    key: str
    name: str
    done_by: tuple[str, ...] = ()  # a value of any of these analytes, and the test is done
    shows: tuple[str, ...] = ()  # analytes of the same report that are read with it
    also: tuple[str, ...] = ()  # other names by which it is typed
    intervals: tuple[RetestInterval, ...] = ()
    excluded: str = ""  # why it is never advised on: "B-C1"
    not_in_aki: bool = False
    in_words: bool = False  # it is answered in words; those of any other test may say that there is no value
    each: bool = False  # each one taken stands by itself: a newer says nothing of an older, as of the other arm
    analytes: tuple[str, ...] = field(init=False)  # every analyte that is read as part of this test

    def __post_init__(self) -> None:
        """Join what is asked of each test at every step of every look."""
        object.__setattr__(self, "analytes", tuple(dict.fromkeys((*self.done_by, *self.shows))))


@dataclass(frozen=True, slots=True)
class RetestRules:
    """All that config/retest.toml says."""

    source: str = "RCPath G147"
    tests: tuple[LabTest, ...] = ()
    adult_from: int = 18  # years
    aki_words: tuple[str, ...] = ()  # a laboratory's note that holds one of these reports AKI
    aki_analytes: tuple[str, ...] = ()  # any result of these does so too
    aki_lasts: timedelta = timedelta(days=14)
    positive: tuple[str, ...] = ()  # whole texts of results, small letters
    negative: tuple[str, ...] = ()
    never: str = ""  # the sentence that names what is never advised on
    imaging: tuple[str, ...] = ()  # words by which imaging is typed, small letters: it is no test that is advised on

    def test(self, key: str) -> LabTest | None:
        """Return the test of this key."""
        return next((test for test in self.tests if test.key == key), None)


def every_test(rules: RetestRules, catalogue: Catalogue) -> tuple[LabTest, ...]:
    """Return the tests of the rules, also called by their analytes; then one for each analyte that is in none."""
    known = {analyte for test in rules.tests for analyte in test.analytes}
    rest = [analyte for key, analyte in catalogue.analytes.items() if key not in known]
    return (
        *(_called_by_its_analytes(test, catalogue) for test in rules.tests),
        *(LabTest(f"analyte.{one.key}", one.name, (one.key,), also=one.also) for one in rest),
    )


def _called_by_its_analytes(test: LabTest, catalogue: Catalogue) -> LabTest:
    analytes = [catalogue.analytes[key] for key in test.analytes if key in catalogue.analytes]
    names = (name for one in analytes for name in (one.name, *one.also))
    return replace(test, also=tuple(dict.fromkeys((*test.also, *names))))
