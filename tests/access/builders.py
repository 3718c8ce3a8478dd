"""Plain values for the access wing: three trusts, a practice, an agreement that allows everything it can."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.answer import Kind, Trust
from viewer.access.agreement import Agreement, Clause, NeverShared, Signature
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.force import force_of
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.access.rules import Rules
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.patient import Name, Patient, Person, Verification
from viewer.clinical.report import Code, Precision, Report, Result, Status, TakenFrom, Value, When, Words

ROTHERHAM = Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960 105")
CHILDRENS = Trust("sheffield_childrens", "RCU", "Sheffield Children’s", "Sheffield Children’s NHS FT", "01632 960 106")
TEACHING = Trust("sheffield_teaching", "RHQ", "Sheffield Teaching", "Sheffield Teaching Hospitals", "01632 960 107")
MID_YORKSHIRE = Trust("mid_yorkshire", "RXF", "Mid Yorkshire", "The Mid Yorkshire Teaching NHS Trust", "01632 960 104")
CHESTERFIELD = Trust("chesterfield", "RFS", "Chesterfield", "Chesterfield Royal Hospital NHS FT", "01632 960 102")
BARNSLEY = Trust("barnsley", "RFF", "Barnsley", "Barnsley Hospital NHS Foundation Trust", "01632 960 101")

PARTIES = (ROTHERHAM, CHILDRENS, TEACHING, MID_YORKSHIRE, CHESTERFIELD)  # four of the five carry an agreement

PRACTICE = "Y99001"
A_DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNED_ON = date(2025, 12, 8)

EMERGENCY = Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT)
UNDER_MY_CARE = Relationship(Purpose.DIRECT_CARE, Claim.UNDER_MY_CARE)
REGISTERED = Relationship(Purpose.DIRECT_CARE, Claim.REGISTERED)
GLASS = Relationship(
    Purpose.EMERGENCY_CARE,
    Claim.BREAK_GLASS,
    "Unconscious, no history",
    since=NOON,
    until=NOON + timedelta(minutes=15),
)

RESULTS = frozenset({Kind.LABORATORY, Kind.RADIOLOGY})
HOSPITAL_ROLES = frozenset({Role.CONSULTANT, Role.CLINICIAN})

FIND = Clause(
    "2.1",
    "To find a patient.",
    HOSPITAL_ROLES | {Role.GP},
    frozenset({Purpose.DIRECT_CARE, Purpose.EMERGENCY_CARE}),
    frozenset(Claim),
    frozenset({Kind.DEMOGRAPHICS}),
)
GP_RESULTS = Clause(
    "3.1",
    "A GP, for own patients.",
    frozenset({Role.GP}),
    frozenset({Purpose.DIRECT_CARE}),
    frozenset({Claim.REGISTERED}),
    RESULTS,
)
EMERGENCY_RESULTS = Clause(
    "4.2(a)",
    "In the department.",
    HOSPITAL_ROLES,
    frozenset({Purpose.EMERGENCY_CARE}),
    frozenset({Claim.IN_DEPARTMENT}),
    RESULTS,
)
CARE_RESULTS = Clause(
    "4.2(b)",
    "Under their care.",
    HOSPITAL_ROLES,
    frozenset({Purpose.DIRECT_CARE}),
    frozenset({Claim.UNDER_MY_CARE}),
    RESULTS,
)

GLASS_RESULTS = Clause(
    "5.1",
    "In an emergency.",
    HOSPITAL_ROLES | {Role.GP},
    frozenset({Purpose.EMERGENCY_CARE}),
    frozenset({Claim.BREAK_GLASS}),
    frozenset(Kind),
)

SEXUAL_HEALTH = NeverShared(
    "rotherham",
    "sexual-health",
    "Rotherham never shares sexual-health results here",
    frozenset({("http://terminology.hl7.org/CodeSystem/v3-ActCode", "STD"), ("urn:rotherham", "GUMPCR")}),
)
STD = Code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "STD")
GUMPCR = Code("urn:rotherham", "GUMPCR")


def an_agreement(**changes: Any) -> Agreement:
    """Everything allowed that the rules allow at all; five trusts are parties and have signed, Barnsley is none."""
    agreement = Agreement(
        name="working_together_2026",
        title="Working Together direct-care agreement 2026",
        short="WT-2026",
        parties=PARTIES,
        practices=frozenset({PRACTICE}),
        starts=date(2026, 4, 1),
        ends=date(2027, 3, 31),
        clauses=(FIND, GP_RESULTS, EMERGENCY_RESULTS, CARE_RESULTS, GLASS_RESULTS),
        signatures=tuple(Signature(party.name, SIGNED_ON) for party in PARTIES),
    )
    return replace(agreement, **changes)


def signed_by(*trusts: Trust, on: date = SIGNED_ON) -> tuple[Signature, ...]:
    return tuple(Signature(trust.name, on) for trust in trusts)


def signed_by_all_but(*trusts: Trust) -> tuple[Signature, ...]:
    return signed_by(*(party for party in PARTIES if party not in trusts))


def rules_of(*agreements: Agreement, **changes: Any) -> Rules:
    """The rules on a day at noon: these agreements, or the one that allows everything it can."""
    return replace(Rules(agreements or (an_agreement(),), (), A_DAY, NOON), **changes)


def somebody(role: Role, ods: str = "RHQ", place: str = "Sheffield Teaching Hospitals") -> Clinician:
    return Clinician(
        "555250710101", "Dr Somebody", role, role.value, "S8000:G8000:R0050", "5552", Organisation(ods, place)
    )


def a_consultant() -> Clinician:
    return somebody(Role.CONSULTANT)


def a_gp(practice: str = PRACTICE, name: str = "Example Practice") -> Clinician:
    return somebody(Role.GP, practice, name)


def binds(agreement: Agreement, trust: str, today: date) -> bool:
    """Say whether this trust shares under the agreement today: in force, a party, and signed."""
    in_force = force_of(agreement, (agreement,), today).holds
    return in_force and agreement.party(trust) is not None and agreement.signed_by(trust, today)


def an_ig_officer() -> Clinician:
    return somebody(Role.IG_OFFICER)


def a_record(trust: Trust = ROTHERHAM, practice: str = PRACTICE, restricted: bool = False) -> Patient:
    return Patient(
        trust=trust,
        id="p1",
        nhs_number=NHSNumber("9990000018"),
        verification=Verification.VERIFIED,
        name=Name("HARGREAVES", ("Walter",)),
        born="1944-03-09",
        practice=practice,
        restricted=restricted,
    )


def a_person(*records: Patient) -> Person:
    return Person(NHSNumber("9990000018"), records or (a_record(),))


def a_report(trust: Trust = ROTHERHAM, **changes: Any) -> Report:
    at = When("2026-11-20T08:30:00Z", datetime(2026, 11, 20, 8, 30, tzinfo=UTC), Precision.SECOND)
    report = Report(
        trust=trust,
        id="DiagnosticReport/7",
        kind=Kind.LABORATORY,
        title="Urea and electrolytes",
        status=Status.FINAL,
        taken=at,
        taken_from=TakenFrom.SPECIMEN,
        version="2",
    )
    return replace(report, **changes)


def a_result(*members: Result, codes: tuple[Code, ...] = (), value: Value | None = None) -> Result:
    return Result("Observation/1", "Potassium", value or Words("4.1"), Status.FINAL, codes=codes, members=members)
