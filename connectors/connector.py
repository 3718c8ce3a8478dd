"""How one trust is asked and read. PLAIN is a well-behaved UK Core R4 trust; an odd one replaces what is odd.

Rule: the searches are a fixed list. From the user come only checked values: an NHS
number, a date, a gender code, and names and postcodes escaped as FHIR says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from connectors.answer import ByNumber, ByTraits, Kind, Search, Trouble
from connectors.page import Page, Repair, read_page
from connectors.subject import NHS_NUMBER
from connectors.trust_config import Caps, TrustConfig

# R4 says [A-Za-z0-9\-.]{1,64}; servers in use put underscores in too.
_ID = re.compile(r"[A-Za-z0-9\-._]{1,64}")


def who_is_this(query: ByNumber | ByTraits, config: TrustConfig) -> Search:
    """Return the search that finds the patient."""
    if isinstance(query, ByNumber):
        parameters = [("identifier", f"{NHS_NUMBER}|{query.nhs_number}")]
    else:
        asked = (
            ("family", query.family),
            ("birthdate", query.born.isoformat()),
            ("given", query.given),
            ("gender", query.gender),
            ("address-postalcode", query.postcode),
        )
        parameters = [(name, escaped(value)) for name, value in asked if value]
    return Search("Patient", (*parameters, ("_count", str(config.page_size))))


def what_is_held(ids: tuple[str, ...], kinds: frozenset[Kind], config: TrustConfig) -> tuple[Search, ...]:
    """Return the searches that bring every report for a patient's ids.

    Never by date and never sorted (ADR 5), and not by category either: categories are
    local words at too many trusts, and a report left out by one would look like none.
    What is not to be seen is decided on each report that came.
    """
    patient = ("patient", ",".join(ids))
    count = ("_count", str(config.page_size))
    searches = [Search("DiagnosticReport", (patient, *_REPORTS_BRING, count))]
    if config.imaging and Kind.RADIOLOGY in kinds:
        searches.append(Search("ImagingStudy", (patient, count)))
    if config.loose_observations and Kind.LABORATORY in kinds:
        searches.append(Search("Observation", (patient, ("category", "laboratory"), *_RESULTS_BRING, count)))
    return tuple(searches)


def who_is_present(ids: tuple[str, ...], config: TrustConfig) -> Search:
    """Return the search that brings a patient's encounters that are not over.

    Those that are over prove nothing, and are nobody's business here: they are not asked for. What kind of
    encounter each is, is read from what came: classes are local words at too many trusts.
    """
    parameters = (("patient", ",".join(ids)), ("status", _NOT_OVER), ("_count", str(config.page_size)))
    return Search("Encounter", parameters)


def who_is_in_department(config: TrustConfig) -> Search:
    """Return the search that brings who is in the emergency department, with their records.

    Never by date (ADR 5): an attendance that goes on since yesterday is one of today's, and what was never closed is
    known by its own times.
    """
    return in_department_as("|".join(EMERGENCY), config)


def in_department_as(klass: str, config: TrustConfig) -> Search:
    """Return that search at a trust that has this class for its emergency department, as "system|code"."""
    goes_on = ("status", ",".join(GOING_ON))
    return Search("Encounter", (goes_on, ("class", klass), *_ATTENDANCES_BRING, ("_count", str(config.page_size))))


EMERGENCY = ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "EMER")
GOING_ON = ("arrived", "triaged", "in-progress")  # R4, value set encounter-status; nobody in A&E is on leave
_ATTENDANCES_BRING = (("_include", "Encounter:patient"),)
_NOT_OVER = "planned,arrived,triaged,in-progress,onleave"  # R4, value set encounter-status

_REPORTS_BRING = (
    ("_include", "DiagnosticReport:subject"),  # so that who this is is known afresh
    ("_include", "DiagnosticReport:result"),
    ("_include:iterate", "Observation:has-member"),  # else only the headings of panels come
    ("_include", "DiagnosticReport:specimen"),
    ("_include", "DiagnosticReport:based-on"),
)
_RESULTS_BRING = (
    ("_include", "Observation:specimen"),
    ("_include:iterate", "Observation:has-member"),
)


@dataclass(frozen=True, slots=True)
class Connector:
    """How one trust is asked and how its pages are read. `repair` mends each resource that was read, and edits none."""

    name: str = "plain"
    repair: Repair | None = None
    who_is_this: Callable[[ByNumber | ByTraits, TrustConfig], Search] = who_is_this
    what_is_held: Callable[[tuple[str, ...], frozenset[Kind], TrustConfig], tuple[Search, ...]] = what_is_held
    who_is_present: Callable[[tuple[str, ...], TrustConfig], Search] = who_is_present
    who_is_in_department: Callable[[TrustConfig], Search] = who_is_in_department

    def read_page(self, content: bytes, caps: Caps) -> Page | Trouble:
        """Return the page as this trust means it, or why it is none."""
        return read_page(content, caps, self.repair)


PLAIN = Connector()


def is_askable(id_: str) -> bool:
    """Say whether a Patient id can stand in a search: nothing in it that a server would read as more than an id."""
    return _ID.fullmatch(id_) is not None


def escaped(value: str) -> str:
    """Return a search value with the characters escaped that mean something in a search (R4 §3.1.1.4.0.1)."""
    return re.sub(r"([\\$,|])", r"\\\1", " ".join(value.split()))
