"""What a laboratory can measure, and the range it expects by sex and age."""

from dataclasses import dataclass

ANY_SEX = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A reference interval, each end as it is printed; an end may be open."""

    low: str = ""
    high: str = ""
    sex: str = ANY_SEX
    from_age: float = 0
    below_age: float = 200

    def suits(self, sex: str, age: float) -> bool:
        return self.sex in (ANY_SEX, sex) and self.from_age <= age < self.below_age


NO_INTERVAL = Interval()


@dataclass(frozen=True, slots=True)
class Analyte:
    """One thing that is measured, in the unit most laboratories send."""

    key: str
    name: str
    local: str  # the code laboratories print
    unit: str
    places: int
    usual: float
    intervals: tuple[Interval, ...] = ()
    ucum: str = ""
    snomed: str = ""
    floor: float | None = None  # below it, "<floor" is reported
    ceiling: float | None = None  # above it, ">ceiling"
    steady: bool = False  # varies little within one person


def ranges(*texts: str) -> tuple[Interval, ...]:
    """Read intervals like "M 59-104", "0..1 20-40", "-5" (below 5), "60-" (above 60). The first that suits counts."""
    return tuple(_read(text) for text in texts)


def interval_for(intervals: tuple[Interval, ...], sex: str, age: float) -> Interval:
    """Return the first interval that suits, or none at all."""
    return next((interval for interval in intervals if interval.suits(sex, age)), NO_INTERVAL)


def _read(text: str) -> Interval:
    *conditions, ends = text.split()
    sex, from_age, below_age = ANY_SEX, 0.0, 200.0
    for condition in conditions:
        if ".." in condition:
            start, end = condition.split("..")
            from_age, below_age = float(start or 0), float(end or 200)
        else:
            sex = {"M": "male", "F": "female"}[condition]
    low, high = ends.split("-")
    return Interval(low, high, sex, from_age, below_age)
