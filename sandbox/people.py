"""The people who can sign in, with the claims NHS CIS2 would send about them. All of them are invented.

Rule: what a person may do is never said here. The viewer decides from its own role map.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Claims = dict[str, object]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Where a role is held."""

    ods: str
    name: str


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of nhsid_nrbac_roles: a job at an organisation, under an id of its own."""

    profile: str  # person_roleid
    code: str  # "S8000:G8000:R0050"
    name: str  # CIS2 words it in quoted levels: '"Clinical":"Clinical Provision":"Consultant"'
    organisation: Organisation
    activities: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Say the job without its levels."""
        return self.name.rpartition(":")[2].strip('"')


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. `selected` is the job picked at the provider, or "" if none was."""

    user: str  # "amina.farrell"
    useruid: str
    name: str
    jobs: tuple[Job, ...]
    selected: str = ""

    @property
    def summary(self) -> str:
        """Say who they are, for the page that lists them."""
        if not self.jobs:
            return "no role"
        first = self.jobs[0]
        if len(self.jobs) > 1:
            return f"{len(self.jobs)} roles, none selected"
        return f"{first.title}, {first.organisation.name}"

    def userinfo(self) -> Claims:
        """Return what the UserInfo endpoint says of them."""
        organisations = {job.organisation.ods: job.organisation.name for job in self.jobs}
        selected: Claims = {"selected_roleid": self.selected} if self.selected else {}
        return {
            "sub": self.useruid,
            "nhsid_useruid": self.useruid,
            "name": self.name,
            "nhsid_nrbac_roles": [_entry(job) for job in self.jobs],
            "nhsid_user_orgs": [{"org_code": ods, "org_name": name} for ods, name in organisations.items()],
            **selected,
        }


def _entry(job: Job) -> Claims:
    return {
        "person_roleid": job.profile,
        "role_code": job.code,
        "role_name": job.name,
        "org_code": job.organisation.ods,
        "activity_codes": list(job.activities),
    }


SHEFFIELD_TEACHING = Organisation("RHQ", "Sheffield Teaching Hospitals NHS Foundation Trust")
DONCASTER_AND_BASSETLAW = Organisation("RP5", "Doncaster and Bassetlaw Teaching Hospitals NHS Foundation Trust")
ROTHERHAM = Organisation("RFR", "The Rotherham NHS Foundation Trust")
CHESTERFIELD = Organisation("RFS", "Chesterfield Royal Hospital NHS Foundation Trust")
MID_YORKSHIRE = Organisation("RXF", "Mid Yorkshire Teaching NHS Trust")
EXAMPLE_PRACTICE = Organisation("Y99001", "Example Practice")
MILLBROOK_PRACTICE = Organisation("Y99002", "Millbrook Practice")


def _consultant(profile: str, organisation: Organisation) -> Job:
    return Job(profile, "S8000:G8000:R0050", '"Clinical":"Clinical Provision":"Consultant"', organisation, ("B0360",))


def _practitioner(profile: str, organisation: Organisation) -> Job:
    name = '"Clinical":"Clinical Provision":"Clinical Practitioner"'
    return Job(profile, "S8000:G8000:R8000", name, organisation, ("B0360",))


def _gp(profile: str, organisation: Organisation) -> Job:
    name = '"Clinical":"Clinical Provision":"General Medical Practitioner"'
    return Job(profile, "S8000:G8000:R0260", name, organisation, ("B0360",))


def _privacy_officer(profile: str, organisation: Organisation) -> Job:
    name = '"Admin & Clerical":"Management - A & C":"Privacy Officer"'
    return Job(profile, "S8002:G8003:R0001", name, organisation, ("B0016", "B0015"))


def _receptionist(profile: str, organisation: Organisation) -> Job:
    name = '"Admin & Clerical":"Admin & Clerical":"Medical Secretary Access Role"'
    return Job(profile, "S8010:G8011:R8006", name, organisation)


def _one_job(user: str, useruid: str, name: str, job: Job) -> Person:
    return Person(user, useruid, name, (job,), selected=job.profile)


_PEOPLE = (
    _one_job("amina.farrell", "555250710101", "Dr Amina Farrell", _consultant("555250711101", SHEFFIELD_TEACHING)),
    _one_job("tom.whitlock", "555250710102", "Dr Tom Whitlock", _consultant("555250711102", DONCASTER_AND_BASSETLAW)),
    _one_job("kofi.abara", "555250710103", "Dr Kofi Abara", _gp("555250711103", EXAMPLE_PRACTICE)),
    _one_job("ruth.sallow", "555250710104", "Dr Ruth Sallow", _gp("555250711104", MILLBROOK_PRACTICE)),
    _one_job("priya.nair", "555250710105", "Priya Nair", _privacy_officer("555250711105", SHEFFIELD_TEACHING)),
    _one_job("rhys.hollis", "555250710106", "Rhys Hollis", _privacy_officer("555250711106", ROTHERHAM)),
    Person(
        "sam.castellane",
        "555250710107",
        "Dr Sam Castellane",
        (
            _consultant("555250711107", CHESTERFIELD),
            _practitioner("555250711117", MID_YORKSHIRE),
            _gp("555250711127", MILLBROOK_PRACTICE),
        ),
    ),
    _one_job("morgan.lisle", "555250710108", "Morgan Lisle", _receptionist("555250711108", EXAMPLE_PRACTICE)),
)

PEOPLE: Mapping[str, Person] = {person.user: person for person in _PEOPLE}
