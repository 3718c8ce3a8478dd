"""Say who the patient is, who is looking, and why.

Source: NHS Common User Interface (patient banner, ages).
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import assert_never

from viewer.access.clinician import Clinician, Role
from viewer.access.relationship import Claim, Purpose
from viewer.clinical.agree import UNREAD
from viewer.clinical.patient import Disagreement, Name, Patient, Verification
from viewer.pages.saying.english import NOT_KNOWN, listed
from viewer.pages.saying.times import partial_date, sent_time


def full_name(name: Name) -> str:
    """Say a name as the banner does: HARGREAVES, Walter (Mr)."""
    family = name.family.upper() or "FAMILY NAME NOT KNOWN"
    given = " ".join(name.given) or "given name not known"
    return f"{family}, {given} ({name.title})" if name.title else f"{family}, {given}"


def gender(sent: str) -> str:
    """Say the gender in full."""
    match sent:
        case "male":
            return "Male"
        case "female":
            return "Female"
        case "other":
            return "Other"
        case "unknown" | "":
            return NOT_KNOWN
        case _:
            return sent


def born(patient: Patient, today: date) -> str:
    """Say the date of birth and, for the living, the age: 09-Mar-1944 (82y)."""
    old = "" if patient.died else age(patient.born, today)
    return f"{partial_date(patient.born)} ({old})" if old else partial_date(patient.born)


def died(patient: Patient) -> str:
    """Say when somebody died, and the age then; "" when nobody said they did."""
    match patient.died:
        case "":
            return ""
        case "yes":
            return "date not known"
        case sent:
            return sent_time(sent)


def age_at_death(patient: Patient) -> str:
    """Say the age at death, or that it cannot be known."""
    on = _whole_day(patient.died)
    return (age(patient.born, on) if on else "") or NOT_KNOWN


def age(birth: str, on: date) -> str:
    """Say an age in the units people use for it; "" when it cannot be known from a partial date.

    CUI: days under 4 weeks, weeks and days under 1 year, months and days under 2 years,
    years and months under 18, then years.
    """
    start = _whole_day(birth)
    if start is None or start > on:
        return ""
    days = (on - start).days
    months = (on.year - start.year) * 12 + on.month - start.month - (on.day < start.day)
    if days < 28:
        return f"{days}d"
    if months < 12:
        return _two(days // 7, "w", days % 7, "d")
    if months < 24:
        return _two(months, "m", (on - _months_after(start, months)).days, "d")
    if months < 18 * 12:
        return _two(months // 12, "y", months % 12, "m")
    return f"{months // 12}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit} {small}{small_unit}" if small else f"{large}{large_unit}"


def _months_after(start: date, months: int) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    length = monthrange(start.year + year, month + 1)[1]
    return date(start.year + year, month + 1, min(start.day, length))


def _whole_day(sent: str) -> date | None:
    try:
        return date.fromisoformat(sent[:10])
    except ValueError:
        return None


def verification(verified: Verification) -> str:
    """Say how far a trust has traced the NHS number."""
    match verified:
        case Verification.VERIFIED:
            return "NHS number verified"
        case Verification.NOT_VERIFIED:
            return "NHS number not verified"
        case Verification.UNSTATED:
            return "not said whether the NHS number is verified"
        case _:
            assert_never(verified)


def disagreement(doubt: Disagreement) -> str:
    """Say what a trust's record says differently: Chesterfield’s record differs in date of birth."""
    return f"{doubt.trust.title}: {in_doubt(doubt)}"


def in_doubt(doubt: Disagreement) -> str:
    """Say what is different, where the trust has been named: its record differs in date of birth."""
    return f"its {UNREAD}" if UNREAD in doubt.fields else f"its record differs in {listed(doubt.fields)}"


def comes_close(doubts: Sequence[Disagreement]) -> str:
    """Say what other records have in common with a person they disagree with: the NHS number, or all but that."""
    is_one = len(doubts) == 1
    if any("NHS number" in one.fields for one in doubts):
        return "Another record comes close and disagrees." if is_one else "Other records come close and disagree."
    return f"{'Another record has' if is_one else 'Other records have'} the same NHS number and differ{'s' * is_one}."


# ── Who is looking, and why ──────────────────────────────────────────────────────────────────────


def who(clinician: Clinician) -> str:
    """Say who is looking: Dr Amina Farrell, Consultant, Sheffield Teaching."""
    return ", ".join(part for part in (clinician.name, clinician.role_name, clinician.organisation.name) if part)


def role(kind: Role) -> str:
    """Say a role."""
    match kind:
        case Role.CONSULTANT:
            return "Consultant"
        case Role.CLINICIAN:
            return "Clinical practitioner"
        case Role.GP:
            return "General practitioner"
        case Role.IG_OFFICER:
            return "Information governance officer"
        case _:
            assert_never(kind)


def purpose(stated: Purpose) -> str:
    """Say a purpose."""
    match stated:
        case Purpose.DIRECT_CARE:
            return "direct care"
        case Purpose.EMERGENCY_CARE:
            return "emergency care"
        case Purpose.AUDIT:
            return "audit"
        case _:
            assert_never(stated)


def claim(made: Claim) -> str:
    """Say how the relationship came about."""
    match made:
        case Claim.REGISTERED:
            return "registered at my practice"
        case Claim.IN_DEPARTMENT:
            return "in my department now"
        case Claim.UNDER_MY_CARE:
            return "under my care: inpatient, outpatient or referral"
        case Claim.BREAK_GLASS:
            return "break-glass"
        case Claim.NONE:
            return "no relationship stated"
        case _:
            assert_never(made)
