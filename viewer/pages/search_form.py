"""Read the form of finding a patient: who is wanted, or what is wrong with what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from connectors.answer import ByNumber, ByTraits
from viewer.clinical.nhs_number import NotAnNHSNumber, read_nhs_number

GENDERS = ("male", "female", "other", "unknown")
FIELDS = ("nhs_number", "family", "born_day", "born_month", "born_year", "given", "gender", "postcode")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who somebody searched for: one of the two."""

    number: ByNumber | None = None
    traits: ByTraits | None = None

    @property
    def query(self) -> ByNumber | ByTraits:
        """Return what the trusts are asked."""
        query = self.number or self.traits
        if query is None:
            raise ValueError("a search for nobody was kept")
        return query


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What is wrong with a form: a message for each field, in the order of the form."""

    by_field: Mapping[str, str] = field(default_factory=dict)


def read_search(typed: Mapping[str, str], today: date) -> Wanted | Mistakes:
    """Return who is wanted, or what is wrong. A number is enough; else a surname, a date of birth and one more."""
    if typed["nhs_number"]:
        number = read_nhs_number(typed["nhs_number"])
        return (
            Mistakes({"nhs_number": number.reason})
            if isinstance(number, NotAnNHSNumber)
            else Wanted(ByNumber(number.digits))
        )
    if not any(typed.values()):
        return Mistakes({"nhs_number": "Enter an NHS number, or a surname, a date of birth and one more"})
    born = _read_born(typed, today)
    mistakes = {}
    if not typed["family"]:
        mistakes["family"] = "Enter a surname"
    if isinstance(born, str):
        mistakes["born_day"] = born
    if typed["gender"] and typed["gender"] not in GENDERS:
        mistakes["gender"] = "Choose a gender from the list"
    if not (typed["given"] or typed["gender"] or typed["postcode"]):
        mistakes["given"] = "Enter a given name, a gender or a postcode as well"
    if mistakes or isinstance(born, str):
        return Mistakes(mistakes)
    return Wanted(None, ByTraits(typed["family"], born, typed["given"], typed["gender"], typed["postcode"].upper()))


def _read_born(typed: Mapping[str, str], today: date) -> date | str:
    parts = [typed[name] for name in ("born_year", "born_month", "born_day")]
    if not all(parts):
        return "Enter a whole date of birth: day, month and year"
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return "Enter the date of birth in numbers, with a year of 4 digits, like 9 3 1944"
    try:
        born = date(*map(int, parts))
    except ValueError:
        return "There is no such day: check the date of birth"
    return "The date of birth is in the future" if born > today else born
