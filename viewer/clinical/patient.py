"""Who a patient is, at one trust and across them.

Rule: records of two trusts are one person only when the NHS number is the same
AND the demographics agree. A number alone has belonged to two people before.
"""

import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from connectors import resource as fhir
from connectors.answer import Received, Trust
from viewer.clinical.labels import codes_in
from viewer.clinical.nhs_number import NHSNumber, NotAnNHSNumber, read_nhs_number
from viewer.clinical.report import Code, Precision, Unreadable, When
from viewer.clinical.when import read_when


class Verification(StrEnum):
    """How far a trust has traced an NHS number (UK Core). Only VERIFIED may match in silence."""

    VERIFIED = "01"
    NOT_VERIFIED = "not 01"
    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the trust sent it; parts may be empty."""

    family: str
    given: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """One trust's record of a person: demographics as sent, nothing worked out."""

    trust: Trust
    id: str  # the trust's logical id
    nhs_number: NHSNumber | None
    verification: Verification
    name: Name = field(repr=False)
    born: str = field(repr=False)  # FHIR date as sent: "1944-03-09", "1944-03", "1944" or ""
    gender: str = ""  # FHIR administrative-gender code as sent, or ""
    died: str = ""  # FHIR dateTime as sent; "yes" when only that is known; "" when not said to be dead
    postcode: str = field(default="", repr=False)
    address: tuple[str, ...] = field(default=(), repr=False)
    practice: str = ""  # ODS code of the registered GP practice, or ""
    hospital_number: str = ""  # the trust's own number for the person
    restricted: bool = False  # v3-Confidentiality R or V
    replaced_by: str = ""  # Patient.link replaced-by, or ""
    active: bool = True
    problems: tuple[str, ...] = ()  # what stands on the record and could not be used: "its NHS number is not valid"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A field in which two trusts' records of one NHS number differ."""

    trust: Trust
    fields: tuple[str, ...]  # of "family name", "given name", "date of birth", "gender", "NHS number"


@dataclass(frozen=True, slots=True)
class Person:
    """Trusts' records that are proven to be of one person, and the records that come close but are not proven.

    `records` agree with each other; `records[0]` is the one shown in the banner.
    `doubts` name records with the same NHS number that disagree: they are another Person.
    """

    nhs_number: NHSNumber | None
    records: tuple[Patient, ...]
    doubts: tuple[Disagreement, ...] = ()


def read_patient(received: Received, trust: Trust, hospital_number_system: str) -> Patient | Unreadable:
    """Return one trust's record of a person, or why it cannot be read; either way it is known if it `is_restricted`."""
    body = received.body
    if not isinstance(body, fhir.Patient):
        return _unreadable(received, trust, received.problem or "it is not a Patient")
    if body.modifier_extension:
        return _unreadable(received, trust, "it carries a modifierExtension that is not known here")
    sent = [one for one in body.identifier if one.system == NHS_NUMBER_SYSTEM and one.use != "old"]
    numbers = {number for one in sent if isinstance(number := read_nhs_number(one.value), NHSNumber)}
    if len(numbers) > 1:
        return _unreadable(received, trust, "it carries more than one NHS number")
    invalid = [one for one in sent if one.value and isinstance(read_nhs_number(one.value), NotAnNHSNumber)]
    home = _home(body.address)
    return Patient(
        trust=trust,
        id=body.id,
        nhs_number=next(iter(numbers), None),
        verification=_verification(sent),
        name=_name(body.name),
        born=body.birth_date,
        gender=body.gender,
        died=body.deceased_date_time or ("yes" if body.deceased_boolean else ""),
        postcode=home.postal_code,
        address=tuple(filter(None, (*home.line, home.city, home.district))) or tuple(filter(None, (home.text,))),
        practice=_practice(body),
        hospital_number=_identifier(body.identifier, hospital_number_system),
        restricted=_restrict(Code(one.system, one.code) for one in (body.meta.security if body.meta else ())),
        replaced_by=next((one.other.reference for one in body.link if one.type == "replaced-by"), ""),
        active=body.active is not False,
        problems=("its NHS number is not valid",) if invalid else (),
    )


def is_restricted(record: Patient | Unreadable) -> bool:
    """Say whether a record is marked as restricted, also one that could not be read as a whole."""
    return record.restricted if isinstance(record, Patient) else _restrict(record.codes)


def group_into_persons(patients: Iterable[Patient]) -> tuple[Person, ...]:
    """Group records into persons, the same whatever the order in which they came.

    Two records are of one person only when

    1. they carry the same NHS number (a record without one joins nobody),
    2. they agree (see `disagreement`), and
    3. they agree with exactly the same other records of that number. So a record that agrees with two
       that contradict each other joins neither: it cannot say which of the two it is.

    A number that a trust has not verified (status 01) joins, and its Patient says so. Records of people who have died,
    and restricted ones, are kept like any other. What a person's records come close to is in `doubts`.
    """
    everybody = {one: _traits(one) for one in sorted(set(patients), key=_place_of)}
    agreeing = _agreeing(everybody.values())
    groups: dict[Hashable, list[Patient]] = {}
    for one, traits in everybody.items():
        groups.setdefault(agreeing[traits] or one, []).append(one)
    sights = _sights(everybody)
    return tuple(Person(one[0].nhs_number, tuple(one), _doubts(one, sights)) for one in groups.values())


def disagreement(one: Patient, other: Patient) -> tuple[str, ...]:
    """Return the fields in which two records do not agree. What is missing cannot agree, except gender.

    * NHS number: the same ten digits.
    * date of birth: the same whole date; "1944" does not agree with "1944-03-09".
    * family name: the same letters and digits, without regard to case, accents, apostrophes, hyphens and spaces.
    * given name: the first one, compared likewise; or one is the bare initial of the other ("W" and "Walter").
      So twins with one birthday and one surname disagree, and so does a name that marriage has changed.
    * gender: not two different known ones; "unknown" and nothing contradict nobody.

    Only the comparison folds anything. What is shown is what was sent.
    """
    return _differing(_traits(one), _traits(other))


def folded(text: str) -> str:
    """Return the letters and digits of a name as they are compared: "O’Neill-Søe" and "ONEILL SOE" are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS_THAT_DO_NOT_DECOMPOSE))
    return "".join(letter for letter in decomposed if letter.isalnum())


def _unreadable(received: Received, trust: Trust, problem: str) -> Unreadable:
    return Unreadable(trust, received.kind, received.id, problem, codes_in(received.raw))


NHS_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_CONFIDENTIALITY = ("confidentiality", "2.16.840.1.113883.5.25")  # how the v3 system's many addresses end
_LETTERS_THAT_DO_NOT_DECOMPOSE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def _verification(sent: Sequence[fhir.Identifier]) -> Verification:
    said = [
        coding.code
        for identifier in sent
        for extension in identifier.extension
        if "NHSNumberVerificationStatus" in extension.url and extension.value_codeable_concept
        for coding in extension.value_codeable_concept.coding
    ]
    if not said:
        return Verification.UNSTATED
    return Verification.VERIFIED if set(said) == {"01"} else Verification.NOT_VERIFIED


_USUAL = ("official", "usual", "")  # R4 HumanName.use, in the order in which one is shown


def _name(names: Iterable[fhir.HumanName]) -> Name:
    """Return the name people go by now; maiden, old and nicknames are not it."""
    current = sorted((one for one in names if one.use in _USUAL), key=lambda one: _USUAL.index(one.use))
    shown = next(iter(current), None) or next(iter(names), fhir.HumanName())
    family = shown.family or ("" if shown.given else shown.text)
    return Name(family, shown.given, " ".join(shown.prefix))


def _home(addresses: Iterable[fhir.Address]) -> fhir.Address:
    current = [one for one in addresses if one.use != "old"]
    return next((one for one in current if one.use == "home"), next(iter(current), fhir.Address()))


def _practice(body: fhir.Patient) -> str:
    """Return the ODS code of the registered practice; "" when none, or more than one, is named."""
    named = [one.identifier for one in body.general_practitioner if one.identifier]
    codes = {one.value for one in named if one.system == _ODS and one.value}
    return codes.pop() if len(codes) == 1 else ""


def _identifier(sent: Iterable[fhir.Identifier], system: str) -> str:
    return next((one.value for one in sent if system and one.system == system and one.use != "old"), "")


def _restrict(labels: Iterable[Code]) -> bool:
    """R or V, however it is written and whatever server's address stands before the system's name."""
    return any(one.code.strip().upper() in ("R", "V") and _is_of_confidentiality(one.system) for one in labels)


def _is_of_confidentiality(system: str) -> bool:
    name = system.strip().rstrip("/").casefold()
    return not name or name.endswith(_CONFIDENTIALITY)


def _place_of(patient: Patient) -> tuple[object, ...]:
    """Order records so that the one a banner should show comes first: verified, active, whole, then by trust and id."""
    name = patient.name
    return (
        patient.nhs_number.digits if patient.nhs_number else "",
        patient.verification is not Verification.VERIFIED,
        not patient.active or bool(patient.replaced_by),
        not (name.title and patient.postcode),
        len(" ".join(name.given)) < 2,
        patient.trust.name,
        patient.id,
        repr(patient),
        (name.family, name.given, patient.born, patient.postcode, patient.address),
    )


class _Traits(NamedTuple):
    """What of a record is compared. Many records of one person have the same, and are compared once."""

    number: str
    family: str
    first: str  # of the given names
    given: str  # all of them
    born: str
    is_whole: bool  # the date of birth is
    gender: str


def _traits(one: Patient) -> _Traits:
    return _Traits(
        one.nhs_number.digits if one.nhs_number else "",
        folded(one.name.family),
        _first(one.name.given),
        folded(" ".join(one.name.given)),
        one.born,
        _is_whole_date(one.born),
        "" if one.gender == "unknown" else one.gender,
    )


def _differing(one: _Traits, other: _Traits) -> tuple[str, ...]:
    return _named(
        not one.number or one.number != other.number,
        not one.family or one.family != other.family,
        not _given_names_agree(one, other),
        not one.is_whole or one.born != other.born,
        bool(one.gender and other.gender and one.gender != other.gender),
    )


@cache
def _named(*differs: bool) -> tuple[str, ...]:
    fields = ("NHS number", "family name", "given name", "date of birth", "gender")
    return tuple(field for field, differing in zip(fields, differs, strict=True) if differing)


def _given_names_agree(one: _Traits, other: _Traits) -> bool:
    if not one.first or not other.first:
        return False
    if one.first == other.first or one.given == other.given:
        return True
    return min(len(one.first), len(other.first)) == 1 and one.first[0] == other.first[0]


def _agreeing(everybody: Iterable[_Traits]) -> Mapping[_Traits, frozenset[_Traits]]:
    """Return, for all traits, those that agree with them: themselves too, unless something is missing in them."""
    near: dict[tuple[str, str, str], dict[_Traits, None]] = {}
    for one in everybody:
        near.setdefault((one.number, one.family, one.born), {})[one] = None
    return {
        one: frozenset(other for other in alike if not _differing(one, other))
        for alike in near.values()
        for one in alike
    }


_Sights = Mapping[tuple[Trust, _Traits], Sequence[Patient]]


def _sights(everybody: Mapping[Patient, _Traits]) -> _Sights:
    """Return what traits each trust sent, with two of the records that have them: one may be the person's own."""
    sights: dict[tuple[Trust, _Traits], list[Patient]] = {}
    for one, traits in everybody.items():
        having = sights.setdefault((one.trust, traits), [])
        if len(having) < 2:
            having.append(one)
    return sights


def _doubts(records: Sequence[Patient], sights: _Sights) -> tuple[Disagreement, ...]:
    """Return the records of other persons that come close: the same number, or all the rest and no number to tell."""
    own = dict.fromkeys(records)
    traits = dict.fromkeys(_traits(one) for one in records)
    shown = next(iter(traits))
    doubts: dict[tuple[str, tuple[str, ...]], Disagreement] = {}
    for (trust, others), having in sights.items():
        if others.number != shown.number and others.born != shown.born:
            continue
        if others in traits and all(one in own for one in having):
            continue
        fields = _differing(shown, others)
        if shown.number and others.number == shown.number:
            fields = fields or _between_all(traits, others, sights)
        elif fields != ("NHS number",) or (shown.number and others.number):
            continue
        if (trust.name, fields) not in doubts:
            doubts[trust.name, fields] = Disagreement(trust, fields)
    return tuple(doubts.values())


def _between_all(own: Iterable[_Traits], other: _Traits, sights: _Sights) -> tuple[str, ...]:
    """Return what keeps two apart that do not contradict each other: what their number's other records differ in."""
    same_number = dict.fromkeys(third for _, third in sights if third.number == other.number)
    fields = (field for one in (*own, other) for third in same_number for field in _differing(one, third))
    return tuple(dict.fromkeys(fields))


def _first(given: Sequence[str]) -> str:
    """Return the first given name, folded; some trusts write all of them into one."""
    words = " ".join(given).split()
    return folded(words[0]) if words else ""


def _is_whole_date(text: str) -> bool:
    when = read_when(text)
    return isinstance(when, When) and when.precision is Precision.DAY
