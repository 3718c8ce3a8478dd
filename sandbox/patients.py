"""The named patients, and what each of them shows. All are invented; every NHS number is of the 999 test range.

`known_at` lists the trusts that hold a record; `differs` is what a trust's record has otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sandbox import stories
from sandbox.scribe import Person, Scribe
from sandbox.stories import BARNSLEY, CHESTERFIELD, CHILDRENS, DONCASTER, MID_YORKSHIRE, ROTHERHAM, SHEFFIELD

PRACTICES = {
    "Y99001": "Example Practice",
    "Y99002": "Millbrook Practice",
    "Y99003": "Hilltop Surgery",
}


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A patient with a name, what they show, where they are known, and their story."""

    person: Person
    shows: str
    known_at: tuple[str, ...]
    story: Callable[[Scribe], None]
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bulky: bool = False

    def as_known_at(self, trust: str) -> Person:
        """Return the person as this trust has written them down."""
        return replace(self.person, **self.differs.get(trust, {}))


EVERYWHERE = (BARNSLEY, CHESTERFIELD, DONCASTER, MID_YORKSHIRE, ROTHERHAM, CHILDRENS, SHEFFIELD)

NAMED: tuple[Named, ...] = (
    Named(
        Person(
            "walter_hargreaves", "999 412 7039", "Hargreaves", ("Walter",), "male", date(1944, 3, 9), "Mr",
            postcode="S6 2XX", usual={"creatinine": 97, "haemoglobin": 121, "urea": 6.3, "potassium": 4.4, "hba1c": 44},
        ),
        "an elderly man in A&E, results at five trusts: corrected, cancelled, preliminary, unreported, an addendum",
        (CHESTERFIELD, DONCASTER, MID_YORKSHIRE, ROTHERHAM, SHEFFIELD),
        stories.man_in_a_and_e,
    ),
    Named(
        Person(
            "maya_oakes", "999 247 5145", "Oakes", ("Maya", "Rose"), "female", date(2015, 5, 21),
            postcode="S70 1XX", town="Barnsley", usual={"haemoglobin": 108, "mcv": 74},
        ),
        "a girl moving between two hospitals, with ranges for her age",
        (BARNSLEY, CHILDRENS),
        stories.girl_between_hospitals,
    ),
    Named(
        Person("theo_marsh", "999 318 0319", "Marsh", ("Theo",), "male", date(2023, 9, 2), postcode="S9 4XX"),
        "a small boy with safeguarding results that Sheffield Children's never shares",
        (BARNSLEY, CHILDRENS),
        stories.boy_with_safeguarding_results,
    ),
    Named(
        Person("patricia_dawson", "999 108 1771", "Dawson", ("Patricia",), "female", date(1952, 11, 30), "Mrs",
               postcode="S71 5XX", town="Barnsley"),
        "one NHS number, two people: she at Barnsley, and a man at Rotherham",
        (BARNSLEY,),
        stories.first_of_one_number,
    ),
    Named(
        Person("mohammed_iqbal", "999 108 1771", "Iqbal", ("Mohammed",), "male", date(1979, 2, 14), "Mr",
               postcode="S60 2XX", town="Rotherham"),
        "the other person with that NHS number",
        (ROTHERHAM,),
        stories.second_of_one_number,
    ),
    Named(
        Person("eileen_thorpe", "999 415 2971", "Thorpe", ("Eileen",), "female", date(1957, 8, 12), "Mrs",
               postcode="S40 1XX", town="Chesterfield", usual={"tsh": 5.6}),
        "a birth date that disagrees: Chesterfield has day and month the wrong way round",
        (CHESTERFIELD, SHEFFIELD),
        stories.woman_with_two_birth_dates,
        {CHESTERFIELD: {"born": date(1957, 12, 8)}},
    ),
    Named(
        Person("gareth_lund", "999 502 1404", "Lund", ("Gareth",), "male", date(1988, 1, 17), "Mr"),
        "known at Barnsley and Sheffield Teaching, and no results anywhere",
        (BARNSLEY, SHEFFIELD),
        stories.nothing,
    ),
    Named(
        Person("nobody_knows", "999 162 5003", "Quillfeather", ("Ottoline",), "female", date(1991, 6, 3)),
        "known nowhere",
        (),
        stories.nothing,
    ),
    Named(
        Person("naomi_fenwick", "999 094 4768", "Fenwick", ("Naomi",), "female", date(1990, 10, 8), "Ms",
               restricted=True),
        "a restricted patient: no address and no practice is given",
        (BARNSLEY, SHEFFIELD),
        stories.restricted_patient,
    ),
    Named(
        Person("harold_birtwistle", "999 069 7469", "Birtwistle", ("Harold",), "male", date(1938, 7, 25), "Mr",
               practice="Y99003", postcode="S65 1XX", town="Rotherham", died_days_ago=42),
        "a man who died six weeks ago",
        (BARNSLEY, ROTHERHAM),
        stories.man_who_died,
    ),
    Named(
        Person("joseph_pearson", "999 020 7798", "Pearson", ("Joseph",), "male", date(1962, 4, 18), "Mr",
               usual={"hba1c": 61, "alt": 58, "cholesterol": 5.9}),
        "registered at Example Practice (Y99001), diabetic for years",
        (ROTHERHAM, SHEFFIELD),
        stories.man_of_practice_one,
    ),
    Named(
        Person("amira_shah", "999 576 0894", "Shah", ("Amira",), "female", date(1993, 12, 1), "Mrs", practice="Y99002",
               postcode="DN1 2XX", town="Doncaster"),
        "registered at Millbrook Practice (Y99002)",
        (BARNSLEY, DONCASTER),
        stories.woman_of_practice_two,
    ),
    Named(
        Person("agnieszka_nowak", "999 962 5452", "Nowak", ("Agnieszka",), "female", date(1981, 3, 27), "Ms"),
        "the trusts disagree about her practice: Y99001 at Sheffield Teaching, Y99002 at Doncaster",
        (CHESTERFIELD, DONCASTER, SHEFFIELD),
        stories.woman_of_two_practices,
        {DONCASTER: {"practice": "Y99002"}},
    ),
    Named(
        Person("callum_reeve", "999 303 4320", "Reeve", ("Callum",), "male", date(1999, 8, 6), "Mr", postcode="S61 1XX",
               town="Rotherham"),
        "sexual-health results that Rotherham never shares, among ordinary ones",
        (ROTHERHAM, SHEFFIELD),
        stories.young_man_at_the_clinic,
    ),
    Named(
        Person("doreen_oldroyd", "999 839 3353", "Oldroyd", ("Doreen",), "female", date(1949, 5, 5), "Mrs"),
        "her NHS number is not verified at Mid Yorkshire",
        (MID_YORKSHIRE, SHEFFIELD),
        stories.woman_not_yet_traced,
        {MID_YORKSHIRE: {"verification": "02"}},
    ),
    Named(
        Person("margaret_ellis", "999 802 3319", "Ellis", ("Margaret", "Jean"), "female", date(1968, 2, 2), "Mrs"),
        "breast cancer: histology, MRI, CT with an addendum, neutropenic sepsis; a haemolysed sample",
        (CHESTERFIELD, DONCASTER, ROTHERHAM, SHEFFIELD),
        stories.woman_with_breast_cancer,
    ),
    Named(
        Person("brenda_holroyd", "999 061 7058", "Holroyd", ("Brenda",), "female", date(1946, 9, 14), "Mrs",
               practice="Y99003", postcode="WF1 1XX", town="Wakefield"),
        "microbiology with susceptibilities, nested and as text; amended, replaced, cancelled, entered in error",
        (BARNSLEY, MID_YORKSHIRE),
        stories.woman_with_urosepsis,
    ),
)  # fmt: skip

_SMITHS = (
    ("999 232 7081", "John", "male", date(1958, 4, 2)),
    ("999 562 7493", "John", "male", date(1958, 4, 2)),
    ("999 377 7447", "Joan", "female", date(1958, 4, 2)),
    ("999 290 1225", "David", "male", date(1971, 10, 20)),
    ("999 817 6220", "Susan", "female", date(1964, 1, 9)),
    ("999 867 0373", "James", "male", date(1985, 6, 30)),
    ("999 274 4324", "Sarah", "female", date(1990, 2, 11)),
    ("999 224 8157", "Emily", "female", date(2001, 12, 24)),
)

SMITHS: tuple[Named, ...] = tuple(
    Named(
        Person(f"smith_{place}", number, "Smith", (given,), sex, born, practice="Y99003", postcode=f"S{place + 1} 1XX"),
        "one of eight called Smith; two John Smiths and a Joan were born on 02-Apr-1958",
        (SHEFFIELD,),
        stories.one_of_many,
    )
    for place, (number, given, sex, born) in enumerate(_SMITHS)
)
