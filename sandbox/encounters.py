"""Who is with a trust, is expected there, or was: encounters, beside the results and never changing which there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sandbox.exact import Json
from sandbox.fhir import ACT_CODE, UK_CORE, at, coding, given_only, organisation, reference, trust_system
from sandbox.scribe import LONDON
from sandbox.stories import BARNSLEY, CHESTERFIELD, CHILDRENS, DONCASTER, MID_YORKSHIRE, ROTHERHAM, SHEFFIELD
from sandbox.trust import Trust

_CLASSES = {"EMER": "emergency", "IMP": "inpatient encounter", "AMB": "ambulatory"}
_ROTHERHAMS_OWN = {"EMER": "ED", "IMP": "WARD", "AMB": "CLINIC"}  # as with everything else, its own words


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter: days are counted back from today, so a visit to come lies at minus so many."""

    trust: str
    klass: str  # v3-ActCode
    status: str
    days_ago: int
    clock: str
    ended_days_ago: int | None = None
    ended_clock: str = ""
    place: str = ""  # of the trust's usual emergency department, when it is not that one


# In A&E now at Sheffield Teaching is one man; the clock is before four, when the demo's day begins.
VISITS: dict[str, tuple[Visit, ...]] = {
    "walter_hargreaves": (
        Visit(ROTHERHAM, "EMER", "finished", 1, "22:20", 0, "00:50"),
        Visit(SHEFFIELD, "EMER", "in-progress", 0, "02:12"),
        Visit(CHESTERFIELD, "AMB", "finished", 142, "10:00", 142, "10:25"),
    ),
    "margaret_ellis": (
        Visit(DONCASTER, "IMP", "in-progress", 2, "19:30"),
        Visit(CHESTERFIELD, "AMB", "planned", -20, "09:40"),
    ),
    "brenda_holroyd": (Visit(MID_YORKSHIRE, "IMP", "in-progress", 4, "16:05"),),
    "maya_oakes": (
        Visit(BARNSLEY, "EMER", "finished", 8, "18:20", 8, "22:10"),
        Visit(CHILDRENS, "AMB", "planned", -9, "14:00"),
    ),
    "joseph_pearson": (Visit(SHEFFIELD, "AMB", "planned", -6, "10:20"),),
    "amira_shah": (Visit(DONCASTER, "AMB", "cancelled", -3, "11:00"),),
    "eileen_thorpe": (Visit(CHESTERFIELD, "IMP", "finished", 31, "08:00", 27, "15:30"),),
    "callum_reeve": (Visit(ROTHERHAM, "AMB", "arrived", 0, "03:30"),),
}


# The rest of an ordinary night in the emergency departments, beside him. Two men of one name and birth date are there;
# one attendance was never closed; and two patients are restricted, one by PDS alone: no list names them.
IN_DEPARTMENT: dict[str, tuple[Visit, ...]] = {
    "smith_1": (Visit(SHEFFIELD, "EMER", "triaged", 0, "01:05"),),
    "smith_3": (Visit(SHEFFIELD, "EMER", "in-progress", 0, "00:48"),),
    "smith_5": (Visit(SHEFFIELD, "EMER", "arrived", 0, "03:20"),),
    "smith_6": (Visit(SHEFFIELD, "EMER", "in-progress", 9, "14:00"),),
    "smith_7": (Visit(SHEFFIELD, "EMER", "triaged", 0, "01:50"),),
    "smith_0": (Visit(SHEFFIELD, "EMER", "in-progress", 1, "23:10", place="Minor Injuries Unit, Royal Hallamshire"),),
    "naomi_fenwick": (Visit(SHEFFIELD, "EMER", "in-progress", 0, "02:30"),),
    "generated_200": (Visit(DONCASTER, "EMER", "in-progress", 0, "01:40"),),
    "agnieszka_nowak": (
        Visit(DONCASTER, "EMER", "triaged", 0, "02:55", place="Emergency Department, Bassetlaw Hospital"),
    ),
    "generated_2000": (Visit(MID_YORKSHIRE, "EMER", "in-progress", 0, "00:20"),),
    "patricia_dawson": (Visit(BARNSLEY, "EMER", "in-progress", 0, "02:05"),),
    "mohammed_iqbal": (Visit(ROTHERHAM, "EMER", "in-progress", 0, "03:05"),),
    "theo_marsh": (Visit(CHILDRENS, "EMER", "triaged", 0, "01:30"),),
}

# Where each trust says an emergency patient is; the others send no location, only who provides the service.
_EMERGENCY_DEPARTMENTS = {
    SHEFFIELD: "Emergency Department, Northern General",
    DONCASTER: "Emergency Department, Doncaster Royal Infirmary",
    MID_YORKSHIRE: "Emergency Department, Pinderfields",
}


def encounters_of(key: str, patient_id: str, trust: Trust, today: date) -> Iterator[Json]:
    """Yield what this trust holds of a person's visits."""
    visits = (*VISITS.get(key, ()), *IN_DEPARTMENT.get(key, ()))
    here = (visit for visit in visits if visit.trust == trust.name)
    for number, visit in enumerate(here, 1):
        start = _moment(today, visit.days_ago, visit.clock)
        end = "" if visit.ended_days_ago is None else _moment(today, visit.ended_days_ago, visit.ended_clock)
        place = visit.place or (_EMERGENCY_DEPARTMENTS.get(trust.name, "") if visit.klass == "EMER" else "")
        located = {"location": [{"location": {"display": place}, "status": "active"}]} if place else {}
        yield located | {
            "resourceType": "Encounter",
            "id": f"{patient_id}-visit{number}",
            "meta": {"versionId": "1", "profile": [f"{UK_CORE}Encounter"]},
            "status": visit.status,
            "class": _class(visit.klass, trust.name),
            "subject": reference(f"Patient/{patient_id}"),
            "period": given_only({"start": start, "end": end}),
            "serviceProvider": organisation(trust.ods, trust.full_title),
        }


def _class(klass: str, trust: str) -> Json:
    if trust == ROTHERHAM:
        return coding(trust_system(trust, "encounter-class"), _ROTHERHAMS_OWN[klass])
    return coding(ACT_CODE, klass, _CLASSES[klass])


def _moment(today: date, days_ago: int, clock: str) -> str:
    return at(datetime.combine(today - timedelta(days=days_ago), time.fromisoformat(clock), LONDON))
