"""Plant 50 ways of snooping in 1,000,000 entries of ordinary work, and count what the review finds, and what it cries.

Rule: the ordinary work is drawn first and holds what ordinary work holds: nights on call, staff who live among
their patients, deaths looked up weeks later, poor reasons. Some of what is planted is quiet on purpose.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.figure import Figure
from viewer.access.access_event import Event
from viewer.audit.entry import KnownOfPatient, Record, SeenTrust
from viewer.audit.patterns import Memory
from viewer.audit.review import Facts, Finding, Member, Rule, StaffFile, Thresholds, mark, on_entry, spelt

SEED = 20261121
DAYS = 42
FIRST = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday
PLANTED_FROM = 30  # days in: by then habits and peers are known
TRUSTS = {"RFF": "barnsley", "RFS": "chesterfield", "RP5": "doncaster_and_bassetlaw", "RXF": "mid_yorkshire",
          "RFR": "rotherham", "RCU": "sheffield_childrens", "RHQ": "sheffield_teaching"}  # fmt: skip
PRACTICES = tuple(f"Y99{number:03d}" for number in range(1, 16))
DEPARTMENTS = ("emergency", "acute medicine", "renal", "cardiology", "surgery", "paediatrics")
NAMES = tuple(f"Name{number:04d}" for number in range(900))
POSTCODES = 5_000
PATIENTS = 120_000
SALT = "a salt for the figures alone"
REASONS = ("collapsed at home, no history known", "unconscious, brought in by police", "septic, cannot speak for self",
           "overdose, needs old results now", "seizure, medication not known")  # fmt: skip
ALWAYS = frozenset({Rule.SELF_CLAIMED, Rule.MISSING_REASON, Rule.BREAK_GLASS, Rule.RESTRICTED})  # by rule, not by doubt


@dataclass(frozen=True, slots=True)
class Patient:
    number: str
    about: KnownOfPatient


@dataclass(frozen=True, slots=True)
class Worker:
    user: str
    role: str
    organisation: str
    department: str
    hours: str  # day, shift or office
    patient: Patient  # as which they are known themselves


@dataclass(frozen=True, slots=True)
class Plant:
    """One way of snooping: what must be found of whom, and the entries that show it."""

    rule: Rule
    user: str
    how: str
    entries: tuple[Record, ...]


@dataclass(slots=True)
class Town:
    """Everybody there is, drawn from one seed."""

    draw: random.Random
    patients: list[Patient] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)


def detection(entries: int = 1_000_000) -> Iterator[Figure]:
    """Yield what was found of what was planted, what else was raised, and the time."""
    town = make_town(random.Random(SEED), entries)
    plants = plant(town)
    raised, looks, count, spent = _sweep(town, plants)
    found = [one for one in plants if (one.rule, one.user) in raised.planted]
    missed = [one for one in plants if one not in found]
    quiet = "; ".join(f"{one.rule}: {one.how}" for one in missed)
    yield Figure(
        "snooping patterns found", f"{len(found)} of {len(plants)}", "every one that is not quiet on purpose",
        f"not found: {quiet or 'none'}", all(one.how.startswith("quiet") for one in missed),
    )  # fmt: skip
    yield Figure(
        "entries swept",
        f"{count:,}, of which {looks:,} looks: {spent:.0f} s of one processor, {1e6 * spent / count:.0f} µs an entry",
    )
    false = {rule: n for rule, n in raised.others.items() if rule not in ALWAYS}
    total = sum(false.values())
    yield Figure(
        "false alerts", f"{total:,}: {1000 * total / looks:.1f} per 1,000 looks", "no more than 20 per 1,000 looks",
        "the ordinary work is drawn by the hand that wrote the rules: only a real log can show this figure",
        1000 * total / looks <= 20,
    )  # fmt: skip
    for rule in Rule:
        number = raised.others[rule]
        kind = "raised by rule, whatever the look was" if rule in ALWAYS else "false"
        yield Figure(f"  {rule}", f"{number:,} {kind}: {1000 * number / looks:.2f} per 1,000 looks")


# ── The town ─────────────────────────────────────────────────────────────────────────────────────


def make_town(draw: random.Random, entries: int) -> Town:
    """Return people enough that their work over the days comes to so many entries."""
    town = Town(draw)
    prefixes = draw.sample(range(1_000_000), PATIENTS + 40_000)
    numbers = (number for prefix in prefixes if (number := _number(999_000_000 + prefix)))
    town.patients = [_patient(draw, next(numbers)) for _ in range(PATIENTS)]
    people = max(20, round(entries / (DAYS * 48)))
    for turn in range(people):
        at_practice = turn % 8 == 7
        organisation = draw.choice(PRACTICES) if at_practice else draw.choice(list(TRUSTS))
        hours = "office" if at_practice else draw.choices(["day", "shift"], [7, 3])[0]
        role = "gp" if at_practice else draw.choices(["consultant", "clinician"], [1, 3])[0]
        department = "" if at_practice else draw.choice(DEPARTMENTS)
        town.workers.append(
            Worker(f"u{turn:05d}", role, organisation, department, hours, _patient(draw, next(numbers)))
        )
    town.facts = Facts({ods: _staff_file(ods, town) for ods in (*TRUSTS, *PRACTICES)})
    return town


def _number(prefix: int) -> str:
    weighted = sum(int(digit) * weight for digit, weight in zip(str(prefix), range(10, 1, -1), strict=True))
    check = (11 - weighted % 11) % 11
    return "" if check == 10 else f"{prefix}{check}"


def _patient(draw: random.Random, number: str) -> Patient:
    street = draw.randrange(POSTCODES)
    died = (FIRST + timedelta(days=draw.randrange(-200, 40))).date().isoformat() if draw.random() < 0.01 else ""
    return Patient(
        number,
        KnownOfPatient(
            family=NAMES[min(draw.randrange(900), draw.randrange(900))],  # some names are common
            born=f"{draw.randrange(1930, 2020)}-05-01",
            died=died,
            postcode=f"S{street // 100} {street % 100}ZZ",
            address=f"{draw.randrange(1, 40)} Street {street}",
            practice=draw.choice(PRACTICES),
            restricted=draw.random() < 0.003,
        ),
    )


def _staff_file(ods: str, town: Town) -> StaffFile:
    members = {one.user: _member(one) for one in town.workers if one.organisation == ods}
    watched = frozenset(mark(SALT, patient.number) for patient in town.patients[:3])  # of public interest
    return StaffFile(ods, SALT, members, {member.number: member for member in members.values()}, watched)


def _member(worker: Worker) -> Member:
    about = worker.patient.about
    home = (spelt(about.family), spelt(about.postcode), spelt(about.address))
    return Member(worker.user, mark(SALT, worker.patient.number), *home, worker.department)


# ── Ordinary work ────────────────────────────────────────────────────────────────────────────────


def ordinary(town: Town, day: int) -> list[Record]:
    """Return a day's entries of everybody who works on it."""
    records: list[Record] = []
    for turn, worker in enumerate(town.workers):
        works = (day + turn) % 7 < 5 if worker.hours != "office" else day % 7 < 5
        if works:
            records.extend(_a_day(town, worker, turn, day))
    return records


def _a_day(town: Town, worker: Worker, turn: int, day: int) -> Iterator[Record]:
    draw = town.draw
    begins = _begins(draw, worker, turn, day)
    looks = max(1, round(draw.gauss(11, 4)))
    minutes = sorted(draw.randrange(600 if worker.hours != "office" else 540) for _ in range(looks))
    for minute in minutes:
        now = FIRST + timedelta(days=day, hours=begins, minutes=minute, seconds=draw.randrange(60))
        yield from _ordinary_look(town, worker, _whom(town, worker), now)


def _begins(draw: random.Random, worker: Worker, turn: int, day: int) -> int:
    """Return the hour at which a shift begins: days, weeks of nights in turn, and now and then a night on call."""
    if worker.hours == "office":
        return 8
    if worker.hours == "shift":
        return (7, 13, 20)[(day // 7 + turn) % 3]
    return 20 if draw.random() < 0.004 else 8


def _whom(town: Town, worker: Worker) -> Patient:
    while True:
        patient = town.patients[town.draw.randrange(3, len(town.patients))]
        if patient.about.died and town.draw.random() < 0.8:
            continue  # the dead are looked up seldom
        if worker.role != "gp":
            return patient
        if not patient.about.restricted:  # a GP would be refused it
            about = patient.about
            registered = KnownOfPatient(
                about.family, about.born, about.died, about.postcode, about.address, worker.organisation
            )
            return Patient(patient.number, registered)


def _ordinary_look(town: Town, worker: Worker, patient: Patient, now: datetime) -> Iterator[Record]:
    draw = town.draw
    if draw.random() < 0.15:  # a number mistyped, or nobody there
        yield an_entry(worker, Event.FIND_ASKED, now, town.patients[draw.randrange(len(town.patients))])
    if draw.random() < 0.005:
        yield an_entry(worker, Event.REFUSED, now, patient, outcome="refused", claim=_claim(worker))
    if draw.random() < 0.001:
        reason = "resus" if draw.random() < 0.1 else draw.choice(REASONS)
        yield from a_look(worker, patient, now, claim="break-glass", reason=reason)
    elif worker.role == "gp":
        yield from a_look(worker, patient, now, claim="registered", proof="the practice named by the trusts")
    else:
        proven = draw.random() < 0.92
        reason = "" if draw.random() < 0.3 else "seen on the ward round"
        yield from a_look(worker, patient, now, proof="an encounter" if proven else "", reason=reason)
    if draw.random() < 0.03:
        yield an_entry(worker, Event.PRINTED, now + timedelta(seconds=50), patient, outcome="printed")


def _claim(worker: Worker) -> str:
    return "registered" if worker.role == "gp" else "in-department"


def a_look(
    worker: Worker, patient: Patient, now: datetime, claim: str = "in-department", proof: str = "", reason: str = ""
) -> Iterator[Record]:
    """Yield the six or so entries of one look."""
    seconds = timedelta(seconds=1)
    stated = {"claim": claim, "proof": proof, "reason": reason}
    yield an_entry(worker, Event.FIND_ASKED, now, patient)
    yield an_entry(worker, Event.FIND_SHOWN, now + seconds, patient, outcome="listed")
    if claim == "break-glass":
        yield an_entry(worker, Event.GLASS_BROKEN, now + 2 * seconds, patient, outcome="opened", **stated)
    yield an_entry(worker, Event.PATIENT_OPENED, now + 3 * seconds, patient, outcome="opened", **stated)
    yield an_entry(worker, Event.RESULTS_ASKED, now + 4 * seconds, patient, **stated)
    yield an_entry(worker, Event.RESULTS_SHOWN, now + 5 * seconds, patient, outcome="shown", **stated)
    yield an_entry(worker, Event.REPORT_SHOWN, now + 30 * seconds, patient, outcome="shown", **stated)


def an_entry(
    worker: Worker, event: Event, now: datetime, patient: Patient, outcome: str = "asked", claim: str = "",
    proof: str = "", reason: str = "",
) -> Record:  # fmt: skip
    shown = event in (Event.RESULTS_SHOWN, Event.REPORT_SHOWN)
    finding = event in (Event.FIND_ASKED, Event.FIND_SHOWN)
    return Record(
        version=2, event=event.value, at=now.isoformat(timespec="microseconds"), user_id=worker.user,
        user_name=worker.user, role=worker.role, role_name=worker.role, role_code="", role_profile="",
        organisation_ods=worker.organisation, organisation=worker.organisation, sign_in="", view="",
        nhs_number=patient.number, patient="" if event is Event.FIND_ASKED else patient.about.family, purpose="",
        claim=claim, reason=reason, reports=(), digest="", agreements=(), outcome=outcome, because="", device="",
        trusts=(SeenTrust("rotherham", "answered", "", 3, 1),) if shown else (),
        asked_for="NHS number" if finding else "", proof=proof,
        about=KnownOfPatient() if event is Event.FIND_ASKED else patient.about,
    )  # fmt: skip


# ── What is planted ──────────────────────────────────────────────────────────────────────────────


def plant(town: Town) -> list[Plant]:
    """Return 50 ways of snooping, each by somebody else, on the last days; some of them quiet."""
    draw = random.Random(SEED + 1)
    clinicians = [one for one in town.workers if one.role != "gp" and one.hours == "day"]
    gps = [one for one in town.workers if one.role == "gp"]
    draw.shuffle(clinicians)
    draw.shuffle(gps)
    made = _Planting(town, draw, iter(clinicians), iter(gps))
    plants = [*made.relations(), *made.patients(), *made.claims(), *made.glass(), *made.patterns()]
    if len(plants) != 50:
        raise RuntimeError(f"{len(plants)} were planted")
    return plants


@dataclass(slots=True)
class _Planting:
    town: Town
    draw: random.Random
    clinicians: Iterator[Worker]
    gps: Iterator[Worker]

    def when(self, hour: int = 10) -> datetime:
        day = self.draw.choice([day for day in range(PLANTED_FROM, DAYS - 1) if day % 7 < 5])
        return FIRST + timedelta(days=day, hours=hour, minutes=self.draw.randrange(50))

    def somebody(self) -> Patient:
        alive = (one for one in iter(lambda: self.draw.choice(self.town.patients[3:]), None))
        return next(one for one in alive if not one.about.died and not one.about.restricted)

    def one_look(self, rule: Rule, who: Worker, patient: Patient, how: str = "one look", **stated: str) -> Plant:
        stated = {"proof": "an encounter", "reason": "seen in clinic"} | stated
        return Plant(rule, who.user, how, tuple(a_look(who, patient, self.when(), **stated)))

    def living(self, who: Worker, family: str = "", postcode: str = "", address: str = "") -> Patient:
        """Return a patient who lives where this worker does, but for what is said."""
        home, one = who.patient.about, self.somebody()
        about = KnownOfPatient(
            family=family or one.about.family, postcode=postcode or home.postcode, address=address or home.address
        )
        return Patient(one.number, about)

    def relations(self) -> Iterator[Plant]:
        for _ in range(3):
            who = next(self.clinicians)
            yield self.one_look(Rule.OWN_RECORD, who, who.patient)
            who = next(self.clinicians)
            yield self.one_look(Rule.SAME_ADDRESS, who, self.living(who))
            who = next(self.clinicians)
            family = who.patient.about.family
            yield self.one_look(Rule.SURNAME_AND_POSTCODE, who, self.living(who, family=family, address="99 Elsewhere"))
            who = next(self.clinicians)
            yield self.one_look(Rule.NEIGHBOUR, who, self.living(who, address="99 Elsewhere"))
            who = next(self.clinicians)
            mates = [one for one in self.town.workers if one is not who and one.organisation == who.organisation]
            yield self.one_look(
                Rule.COLLEAGUE, who, next(one for one in mates if one.department == who.department).patient
            )
        who = next(self.clinicians)
        moved = self.living(who, postcode="S99 9ZZ", address="1 New Street")
        yield self.one_look(Rule.SAME_ADDRESS, who, moved, "quiet: the staff file has the old address")

    def patients(self) -> Iterator[Plant]:
        for turn in range(3):
            yield self.one_look(Rule.VIP, next(self.clinicians), self.town.patients[turn])
            who, one = next(self.clinicians), self.somebody()
            died = Patient(one.number, KnownOfPatient(family=one.about.family, died=f"2026-0{turn + 2}-11"))
            yield self.one_look(Rule.DECEASED, who, died)
        for _ in range(2):
            one = self.somebody()
            hidden = Patient(one.number, KnownOfPatient(family=one.about.family, restricted=True))
            yield self.one_look(Rule.RESTRICTED, next(self.clinicians), hidden)
        one = self.somebody()
        dead = Patient(one.number, KnownOfPatient(family=one.about.family, died="2026-10"))
        yield self.one_look(Rule.DECEASED, next(self.clinicians), dead, "quiet: the day of death is not sent")

    def claims(self) -> Iterator[Plant]:
        for _ in range(2):
            yield self.one_look(Rule.SELF_CLAIMED, next(self.clinicians), self.somebody(), proof="")
            yield self.one_look(Rule.MISSING_REASON, next(self.clinicians), self.somebody(), proof="", reason="")
            who, one = next(self.gps), self.somebody()
            away = Patient(one.number, KnownOfPatient(family=one.about.family, practice="Y99999"))
            refused = an_entry(who, Event.REFUSED, self.when(), away, outcome="refused", claim="registered")
            yield Plant(Rule.NOT_REGISTERED, who.user, "refused", (refused,))

    def glass(self) -> Iterator[Plant]:
        for reason in ("sdkfjh lkjsdf wrt", "asap", "needs care needs care"):
            who = next(self.clinicians)
            how = "quiet: words, but no reason" if reason.startswith("needs") else "one look"
            yield self.one_look(
                Rule.BREAK_GLASS_REASON, who, self.somebody(), how, claim="break-glass", proof="", reason=reason
            )
        yield self.one_look(Rule.BREAK_GLASS, next(self.clinicians), self.somebody(), claim="break-glass", proof="")
        same = [(next(self.clinicians), "for continuity of care", Rule.BREAK_GLASS_REASON, "the same words for four")]
        often = [(next(self.clinicians), "", Rule.BREAK_GLASS_OFTEN, "four in a day") for _ in range(2)]
        for who, reason, rule, how in (*same, *often):
            entries = [
                record
                for turn in range(4)
                for record in a_look(who, self.somebody(), self.when(), "break-glass", "", reason or REASONS[turn])
            ]
            yield Plant(rule, who.user, how, tuple(entries))

    def patterns(self) -> Iterator[Plant]:
        for many, how in ((60, "sixty patients more"), (8, "quiet: eight more")):
            who, began = next(self.clinicians), self.when(8)
            looks = [a_look(who, self.somebody(), began + timedelta(minutes=9 * n), proof="seen") for n in range(many)]
            yield Plant(Rule.VOLUME, who.user, how, tuple(record for look in looks for record in look))
        for hour, how in ((2, "in the night"), (3, "in the night"), (19, "quiet: an hour after the shift")):
            who = next(self.clinicians)
            entries = tuple(a_look(who, self.somebody(), self.when(hour), proof="an encounter"))
            yield Plant(Rule.OUT_OF_HOURS, who.user, how, entries)
        yield self._along(6, 1, 60, "six in a row")
        yield self._along(8, 11, 120, "eight, every eleventh")
        yield self._along(8, 1, 3600, "quiet: one an hour")
        yield self._fishing()
        for count, how in ((6, "six in a day"), (4, "quiet: four in a day")):
            who, began = next(self.clinicians), self.when()
            refused = tuple(
                an_entry(who, Event.REFUSED, began + timedelta(minutes=n), self.somebody(), "refused", "in-department")
                for n in range(count)
            )
            yield Plant(Rule.REFUSALS, who.user, how, refused)
        who, began = next(self.clinicians), self.when()
        printed = (an_entry(who, Event.PRINTED, began + timedelta(minutes=n), self.somebody(), "printed")
                   for n in range(15))  # fmt: skip
        yield Plant(Rule.EXPORTS, who.user, "fifteen prints", tuple(printed))

    def _along(self, count: int, step: int, seconds: int, how: str) -> Plant:
        who, first, began = next(self.clinicians), self.draw.randrange(999_000_000, 999_900_000), self.when(9)
        numbers = [number for turn in range(3 * count) if (number := _number(first + step * turn))][:count]
        asked = (
            an_entry(who, Event.FIND_ASKED, began + timedelta(seconds=seconds * turn), Patient(n, KnownOfPatient()))
            for turn, n in enumerate(numbers)
        )
        return Plant(Rule.ENUMERATION, who.user, how, tuple(asked))

    def _fishing(self) -> Plant:
        who, began = next(self.clinicians), self.when(22)  # after the shift, when nothing else is opened
        asked = (
            an_entry(who, Event.FIND_ASKED, began + timedelta(seconds=60 * turn), self.somebody()) for turn in range(45)
        )
        return Plant(Rule.ENUMERATION, who.user, "45 searches and nothing opened", tuple(asked))


# ── The sweep ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Raised:
    planted: set[tuple[Rule, str]] = field(default_factory=set)
    others: Counter[Rule] = field(default_factory=Counter)


def _sweep(town: Town, plants: Sequence[Plant]) -> tuple[_Raised, int, int, float]:
    """Return what was raised, how many looks and entries there were, and the seconds that judging them took."""
    thresholds = Thresholds()
    memory, raised = Memory(thresholds), _Raised()
    wanted = {id(record): one for one in plants for record in one.entries}
    by_user = {(one.rule, one.user) for one in plants}
    keys: dict[str, bool] = {}  # of every alert: whether it is one that was planted
    looks = count = 0
    spent = 0.0
    for day in range(DAYS):
        since, until = (_iso(day), _iso(day + 1))
        planted = [record for one in plants for record in one.entries if since <= record.at < until]
        records = sorted([*ordinary(town, day), *planted], key=lambda record: record.at)
        began = time.process_time()
        found = [(record, one) for record in records for one in _judge(record, town.facts, thresholds, memory)]
        spent += time.process_time() - began
        count += len(records)
        looks += sum(record.event == Event.PATIENT_OPENED for record in records)
        for record, one in found:
            meant = wanted.get(id(record))
            if meant and (one.rule, record.user_id) == (meant.rule, meant.user):
                raised.planted.add((one.rule, record.user_id))
                keys[one.key] = True
            elif one.key not in keys:
                keys[one.key] = meant is not None or (one.rule, record.user_id) in by_user & raised.planted
                raised.others[one.rule] += not keys[one.key]
    return raised, looks, count, spent


def _iso(day: int) -> str:
    return (FIRST + timedelta(days=day)).isoformat(timespec="microseconds")


def _judge(record: Record, facts: Facts, thresholds: Thresholds, memory: Memory) -> list[Finding]:
    return [*on_entry(record, facts, thresholds), *memory.on_entry(record)]
