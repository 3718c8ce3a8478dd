"""Made-up people, reports and Steps for the tests of pages, and an app that shows them."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from zlib import crc32

import msgspec
from flask import Flask, g
from jinja2 import StrictUndefined

from connectors.answer import Kind, Outcome, Trust
from tests.templates import compiled_once
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.decide import Decision
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.patient import Disagreement, Name, Patient, Person, Verification
from viewer.clinical.report import (
    Absent,
    Addendum,
    Amount,
    Attachment,
    Code,
    Flag,
    NoValue,
    Precision,
    Range,
    Report,
    Result,
    SentFlag,
    Specimen,
    Status,
    Study,
    TakenFrom,
    Unreadable,
    Value,
    When,
    Words,
)
from viewer.clinical.timeline import Account, Gap, Row, Timeline
from viewer.evidence import shown_again
from viewer.handles import Handles
from viewer.identity.sign_in import SignIn
from viewer.pages import words
from viewer.pages.route import Asking, Route
from viewer.pages.view import Views
from viewer.steps import Opened, State, Step, Tile

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)

TRUSTS = tuple(
    Trust(name, ods, title, f"{title} NHS Foundation Trust", f"01632 960 1{number}")
    for name, ods, title, number in (
        ("barnsley", "RFF", "Barnsley", "44"),
        ("chesterfield", "RFS", "Chesterfield", "45"),
        ("doncaster_and_bassetlaw", "RP5", "Doncaster and Bassetlaw", "46"),
        ("mid_yorkshire", "RXF", "Mid Yorkshire", "47"),
        ("rotherham", "RFR", "Rotherham", "48"),
        ("sheffield_childrens", "RCU", "Sheffield Children’s", "49"),
        ("sheffield_teaching", "RHQ", "Sheffield Teaching", "50"),
    )
)
BARNSLEY, CHESTERFIELD, DONCASTER, MID_YORKSHIRE, ROTHERHAM, CHILDRENS, TEACHING = TRUSTS
NEVER_SHARED = (
    "Rotherham never shares sexual-health results here",
    "Sheffield Children’s never shares safeguarding results here",
)


T = TypeVar("T")


def changed(thing: T, **changes: Any) -> T:
    """Return a copy of a frozen value with some fields changed, whichever way it is frozen."""
    if isinstance(thing, msgspec.Struct):
        return msgspec.structs.replace(thing, **changes)
    return cast(T, dataclasses.replace(cast(Any, thing), **changes))


class LogLostError(Exception):
    """Stands for a log that cannot be written."""


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────


def a_patient(**changes: Any) -> Patient:
    made = Patient(
        trust=TEACHING,
        id="w1",
        nhs_number=NHSNumber("9994127039"),
        verification=Verification.VERIFIED,
        name=Name("Hargreaves", ("Walter",), "Mr"),
        born="1944-03-09",
        gender="male",
        postcode="S10 2JF",
        practice="Y99001",
    )
    return changed(made, **changes)


def a_person(*records: Patient) -> Person:
    records = records or (a_patient(),)
    return Person(records[0].nhs_number, records)


def a_clinician(**changes: Any) -> Clinician:
    made = Clinician(
        "amina.farrell",
        "Dr Amina Farrell",
        Role.CONSULTANT,
        "Consultant",
        "S8000:G8000:R0050",
        "1001",
        Organisation("RHQ", "Sheffield Teaching"),
    )
    return changed(made, **changes)


def an_asking(clinician: Clinician | None = None, now: datetime = NOW) -> Asking:
    who = clinician or a_clinician()
    sign_in = SignIn(
        "sign-in-1", who.user_id, who.name, (who,), who, "token-1", began=now, ends=now + timedelta(hours=8)
    )
    return Asking(sign_in, who, "127.0.0.1 test", now, "view-1")


def opened(person: Person | None = None) -> Opened:
    relationship = Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT)
    return Opened("walter", person or a_person(), relationship, {}, NOW, secret="of this sign-in")


# ── What ─────────────────────────────────────────────────────────────────────────────────────────


def at(text: str) -> When:
    """Return a time given to the minute: "2026-11-20 22:41"."""
    instant = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return When(instant.isoformat(), instant, Precision.MINUTE)


def an_amount(text: str, unit: str = "") -> Amount:
    comparator = "".join(letter for letter in text if letter in "<>=")
    return Amount(text.removeprefix(comparator), comparator, unit)


def a_result(
    name: str, value: str | Value, unit: str = "", flag: str = "", between: str = "", **changes: Any
) -> Result:
    made = Result(
        id=f"Observation/{crc32(repr((name, value, unit)).encode()) % 99991}",
        name=name,
        value=an_amount(value, unit) if isinstance(value, str) else value,
        status=Status.FINAL,
        flags=(SentFlag(Flag(flag), flag),) if flag else (),
        ranges=(a_range(between, unit),) if between else (),
    )
    return changed(made, **changes)


def a_range(between: str, unit: str = "") -> Range:
    low, _, high = between.partition("–")
    return Range(an_amount(low, unit), an_amount(high, unit)) if high else Range(text=low)


def a_report(
    trust: Trust, id_: str, title: str, taken: str, issued: str, *results: Result | Unreadable, **changes: Any
) -> Report:
    made = Report(
        trust=trust,
        id=f"DiagnosticReport/{id_}",
        kind=Kind.LABORATORY,
        title=title,
        status=Status.FINAL,
        taken=at(taken) if taken else None,
        taken_from=TakenFrom.SPECIMEN,
        issued=at(issued) if issued else None,
        results=results,
    )
    return changed(made, **changes)


def walters_rows() -> tuple[Row, ...]:
    """Return the results of the pictures: an elderly man in A&E with results at several trusts."""
    potassium_before = a_result("Potassium", "6.9", "mmol/L", "HI", "3.5–5.3")
    potassium = a_result(
        "Potassium",
        "5.9",
        "mmol/L",
        "HI",
        "3.5–5.3",
        notes=("First value from a haemolysed sample; repeat sample reported.",),
    )
    rotherham_others = (
        a_result("Creatinine", "187", "umol/L", "HI", "62–106"),
        a_result("Urea", "16.2", "mmol/L", "HI", "2.1–7.1"),
        a_result("Sodium", "133", "mmol/L", "", "133–146"),
        a_result("eGFR", "30", "mL/min/1.73m²"),
    )
    blood = a_report(
        ROTHERHAM,
        "ue2",
        "U&E",
        "2026-11-20 22:41",
        "2026-11-21 01:48",
        rotherham_others[0],
        potassium,
        *rotherham_others[1:],
        status=Status.CORRECTED,
        version="2",
    )
    before = a_report(
        ROTHERHAM,
        "ue2",
        "U&E",
        "2026-11-20 22:41",
        "2026-11-20 23:05",
        potassium_before,
        *rotherham_others,
        version="1",
    )
    culture = a_result(
        "Blood culture",
        NoValue(),
        members=(
            a_result(
                "Gram film", Words("Gram negative bacilli in both bottles"), notes=("Telephoned to ward at 14:10.",)
            ),
            a_result(
                "Organism",
                Words("Escherichia coli"),
                "",
                "POS",
                members=(
                    a_result("Amoxicillin", Words("Resistant"), "", "R"),
                    a_result("Gentamicin", Words("Susceptible"), "", "S"),
                    a_result("Ciprofloxacin MIC", "<0.016", "mg/L", "S"),
                ),
            ),
            Unreadable(MID_YORKSHIRE, "Observation", "99", "value is 31 February"),
        ),
    )
    return (
        Row(
            a_report(
                TEACHING,
                "x1",
                "X-ray chest",
                "2026-11-21 02:44",
                "2026-11-21 02:51",
                kind=Kind.RADIOLOGY,
                status=Status.REGISTERED,
                taken_from=TakenFrom.IMAGED,
                studies=(Study("s1", "X-ray chest", Status.REGISTERED, modalities=("DX",)),),
            )
        ),
        Row(
            a_report(
                TEACHING,
                "ue1",
                "U&E",
                "2026-11-21 02:40",
                "2026-11-21 03:01",
                a_result("Creatinine", "212", "umol/L", "HI", "59–104"),
                a_result("Potassium", "5.7", "mmol/L", "HI", "3.5–5.3"),
                a_result("Urea", "18.4", "mmol/L", "HI", "2.5–7.8"),
                a_result("Sodium", "134", "mmol/L", "", "133–146"),
                a_result("eGFR", "26", "mL/min/1.73m²"),
                notes=("AKI 2 alert",),
                specimens=(Specimen("sp1", "Serum"),),
            )
        ),
        Row(
            a_report(
                TEACHING,
                "tn1",
                "Troponin T HS",
                "2026-11-21 02:40",
                "2026-11-21 03:04",
                a_result("Troponin T", "148", "ng/L", "HI", "0–14"),
            )
        ),
        Row(
            a_report(
                TEACHING,
                "fbc1",
                "Full blood count",
                "2026-11-21 02:40",
                "2026-11-21 02:58",
                a_result("Haemoglobin", "104", "g/L", "LO", "130–180"),
                a_result("White cells", "13.2", "10*9/L", "HI", "4.0–11.0"),
                a_result("Platelets", "231", "10*9/L", "", "150–400"),
                status=Status.PRELIMINARY,
            )
        ),
        Row(
            a_report(
                ROTHERHAM,
                "ct1",
                "CT aorta, contrast",
                "2026-11-20 23:20",
                "2026-11-21 02:05",
                kind=Kind.RADIOLOGY,
                status=Status.APPENDED,
                taken_from=TakenFrom.IMAGED,
                performers=("Dr H Lindqvist",),
                conclusion="No aortic dissection. Coronary calcification.",
                addenda=(
                    Addendum(
                        "9 mm nodule, right upper lobe, not mentioned in the first report.",
                        at("2026-11-21 02:05"),
                        "Dr P Oyelaran",
                    ),
                ),
                attachments=(Attachment("CT aorta", "application/pdf", "JVBERi0xLjQK"),),
            )
        ),
        Row(blood, earlier=(before,), alike=("sheffield_teaching/DiagnosticReport/ue1",)),
        Row(
            a_report(
                ROTHERHAM,
                "tn2",
                "Troponin I HS",
                "2026-11-20 22:41",
                "2026-11-20 23:31",
                a_result("Troponin I", "39", "ng/L", "HI", "0–34"),
            )
        ),
        Row(
            a_report(
                ROTHERHAM,
                "crp",
                "CRP",
                "2026-11-20 22:41",
                "2026-11-20 23:05",
                a_result("CRP", "64", "mg/L", "HI", "0–5"),
            )
        ),
        Row(
            a_report(
                ROTHERHAM,
                "fbc2",
                "Full blood count",
                "2026-11-20 22:41",
                "2026-11-20 23:05",
                a_result("Haemoglobin", "10.9", "g/dL", "LO", "13.0–18.0"),
                a_result("White cells", "12.6", "10*9/L", "HI", "3.6–11.0"),
                a_result("Platelets", "228", "10*9/L", "", "140–400"),
            )
        ),
        Row(
            a_report(
                CHESTERFIELD,
                "ue3",
                "U&E",
                "2026-11-20 08:05",
                "2026-11-20 08:31",
                status=Status.CANCELLED,
                notes=("Insufficient sample.",),
            ),
        ),
        Row(
            a_report(
                MID_YORKSHIRE,
                "bc1",
                "Blood culture",
                "2026-11-18 09:20",
                "2026-11-20 14:12",
                culture,
                conclusion="              Disc  MIC\nAmoxicillin   R     >8 mg/L\nGentamicin    S     <1 mg/L",
                specimens=(Specimen("sp9", "Blood", body_site="left arm"),),
            )
        ),
        Row(
            a_report(
                TEACHING,
                "im1",
                "Immunoglobulins",
                "2026-11-12 11:00",
                "2026-11-16 09:00",
                a_result("Immunoglobulin G", "7.10", "g/L", "", "6.0–16.0"),
                a_result("Paraprotein", Absent("Sample unsuitable: repeat please")),
                a_result("CRP", "<5", "mg/L", "", "0–5"),
            ),
            copies=(a_report(CHESTERFIELD, "im9", "Immunoglobulins", "2026-11-12 11:00", "2026-11-16 09:00"),),
        ),
        Row(
            a_report(
                DONCASTER,
                "old",
                "Lipids",
                "2019-07-04 10:12",
                "2019-07-04 16:40",
                a_result("Cholesterol", "5.40", "mmol/L", "", "see guidance"),
                a_result("HDL cholesterol", "1.10", "mmol/L"),
            )
        ),
        Row(
            a_report(DONCASTER, "err", "HbA1c", "2019-07-04 10:12", "2019-07-04 16:40", status=Status.ENTERED_IN_ERROR)
        ),
    )


def many_rows(count: int) -> tuple[Row, ...]:
    """Return `count` reports of six results each, over years."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    made = []
    for number in range(count):
        taken = (start - timedelta(hours=7 * number)).strftime("%Y-%m-%d %H:%M")
        trust = TRUSTS[number % 7]
        results = [
            a_result(name, f"{number % 97}.{number % 10}", "mmol/L", "HI" if number % 5 == 0 else "", "3.5–5.3")
            for name in ("Sodium", "Potassium", "Urea", "Creatinine", "Chloride", "Bicarbonate")
        ]
        made.append(Row(a_report(trust, f"many{number}", "U&E", taken, taken, *results)))
    return tuple(made)


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────

UNREADABLE = (Unreadable(ROTHERHAM, "DiagnosticReport", "77", "its status is a number"),)


def a_tile(trust: Trust, rows: Sequence[Row], **changes: Any) -> Tile:
    count = sum(row.report.trust == trust for row in rows)
    made = Tile(
        trust, State.ANSWERED if count else State.NONE, count, Outcome.ANSWERED, at=NOW, took=timedelta(seconds=0.6)
    )
    return changed(made, **changes)


def a_gap(trust: Trust, outcome: Outcome = Outcome.LATE, reason: str = "") -> Tile:
    return Tile(trust, State.GAP, 0, outcome, reason, NOW, timedelta(seconds=3))


def a_step(rows: Sequence[Row], tiles: Sequence[Tile], person: Person | None = None) -> Step:
    gaps = tuple(
        Gap(tile.trust, tile.outcome or Outcome.FAILED, tile.reason, NOW, timedelta(seconds=3))
        for tile in tiles
        if tile.state is State.GAP
    )
    accounts = tuple(
        Account(tile.trust, tile.count + 3, tile.count, 1, 0, 2, 0)
        for tile in tiles
        if tile.state in {State.ANSWERED, State.NONE}
    )
    answered = {tile.trust for tile in tiles if tile.state is not State.WAITING}
    unreadable = tuple(one for one in UNREADABLE if one.trust in answered)
    timeline = Timeline(person or a_person(), tuple(rows), gaps, unreadable, accounts)
    complete = all(tile.state is not State.WAITING for tile in tiles)
    return Step(timeline, tuple(tiles), complete, NOW, 48215)


def steps_of(
    rows: Sequence[Row], order: Iterable[Tile], wait: Callable[[Trust], object] = lambda _: None
) -> Iterator[Step]:
    """Yield the Steps of trusts that answer in this order, waiting before each."""
    tiles = {trust.name: Tile(trust, State.WAITING) for trust in TRUSTS}
    yield a_step((), tuple(tiles.values()))
    here: set[str] = set()
    for tile in order:
        wait(tile.trust)
        here.add(tile.trust.name)
        shown = tuple(row for row in rows if row.report.trust.name in here)
        tiles[tile.trust.name] = tile
        yield a_step(shown, tuple(tiles.values()))


def usual_order(rows: Sequence[Row]) -> list[Tile]:
    """Barnsley is late, Sheffield Teaching comes first and Rotherham last."""
    answered = [TEACHING, CHESTERFIELD, MID_YORKSHIRE, DONCASTER, CHILDRENS, ROTHERHAM]
    tiles = [a_tile(trust, rows) for trust in answered]
    doubt = Disagreement(CHESTERFIELD, ("date of birth",))
    tiles[1] = changed(tiles[1], doubt=doubt, verification=Verification.NOT_VERIFIED)
    return [*tiles[:-1], a_gap(BARNSLEY), tiles[-1]]


# ── The app ──────────────────────────────────────────────────────────────────────────────────────


class Memory:
    """Keeps what Sessions would keep."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], bytes] = {}
        self.used: set[str] = set()

    def keep(self, reference: str, name: str, value: bytes) -> None:
        self.values.pop((reference, name), None)
        self.values[reference, name] = value

    def kept(self, reference: str, name: str) -> bytes | None:
        return self.values.get((reference, name))

    def swap(self, reference: str, name: str, before: bytes, after: bytes, once: str = "") -> bool:
        if self.values.get((reference, name)) != before or (once and once in self.used):
            return False
        self.values[reference, name] = after
        self.used |= {once} - {""}
        return True

    def used_up(self, once: str) -> bool:
        return once in self.used

    def kept_names(self, reference: str, prefix: str) -> tuple[str, ...]:
        return tuple(name for whose, name in reversed(self.values) if whose == reference and name.startswith(prefix))


def some_handles() -> Handles:
    numbers = iter(range(1000))
    handles = Handles(Memory(), lambda: f"handle-{next(numbers)}")
    handles.keep("sign-in-1", opened(), "walter")
    return handles


def shows_again(parts: Any, looking: Any, open_: Opened) -> Decision:
    """Stand for the journey when it lets somebody's banner stand on a page once more."""
    parts.append(shown_again(looking, open_, NOW))
    return Decision(allowed=True, because="WT-2026 cl. 4.2(a)")


def an_app(*routes: Route, asking: Asking | None = None) -> Flask:
    """Return a Flask app set up as the viewer's, that shows these routes to one person who is signed in."""
    app = Flask("viewer", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    compiled_once(app)
    app.jinja_env.globals.update(partnership="Working Together", words=words)
    add(app, routes, asking or an_asking())
    return app


def add(app: Flask, routes: Iterable[Route], asking: Asking) -> None:
    for route in routes:

        def answer(route: Route = route, **path: str) -> Any:
            g.asking = asking
            return route.show(asking, **path)

        app.add_url_rule(route.path, route.name, answer, methods=list(route.methods))


def some_views(results: Callable[..., Iterator[Step]], **changes: Any) -> Views:
    """Return what the pages of one patient share, about whom this journey finds out."""
    made = Views(some_parts(), some_handles(), lambda: NEVER_SHARED, LogLostError, results, shows_again)
    return changed(made, **changes)


def some_parts(**changes: Any) -> Any:
    """Return the parts of the journey that pages look at."""
    return SimpleNamespace(
        **(
            {
                "trusts": TRUSTS,
                "clock": lambda: NOW,
                "new_id": lambda: "new-handle",
                "timer": lambda: 0.0,
                "append": lambda *events: (1,),
                "dissents": lambda nhs_number: False,
            }
            | changes
        )
    )


CODE = Code("https://fhir.sandbox.example/rotherham/code", "K")
