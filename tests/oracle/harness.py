"""Put the oracle's plain questions to the product, through its own doors, and say which rule it refuses by.

Rule: nothing is decided here. Agreements and trusts' files are read by the product's own readers, from what their files
would hold, with real signatures; then its functions are asked in the order of the guard and the journey.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from connectors.answer import Kind, Trust
from tests.access.signing import key_of
from tests.builders import NHS_NUMBER, received
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.decide import may_ask, may_break_glass, may_go_on, may_list, may_open, may_see_each
from viewer.access.enter import SignInState, may_enter, within_limits
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.access.rules import Rules
from viewer.access.signing import sign, written_public_key
from viewer.access.standing import PdsWord, Standing
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.patient import Patient, Person, read_patient
from viewer.clinical.report import Code, Report, Result, Specimen, Status, Study, TakenFrom, Words
from viewer.clinical.row import Row
from viewer.configuration.agreement_file import digest_of_text, read_agreement
from viewer.configuration.config_file import Table
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import read_trust

NUMBER = NHSNumber("9990000018")
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
AT_NOUGHT = datetime(2026, 1, 1, tzinfo=UTC)


# ── The world, as its files would say it ─────────────────────────────────────────────────────────


class World:
    """One world in the product's own terms: every file read, every signature verified."""

    def __init__(self, world):
        self.world = world
        files = {name: _trust_file(name, file) for name, file in world["trusts"].items()}
        self.trusts = {name: file.config.trust for name, file in files.items()}
        keys = {name: file.signing_key for name, file in files.items() if file.signing_key}
        texts = {name: _text(name, agreement) for name, agreement in world["agreements"].items()}
        self.agreements = tuple(
            _agreement(name, agreement, texts[name], self.trusts, keys)
            for name, agreement in world["agreements"].items()
        )
        self.narrowings = tuple(_narrowing(files[name], file) for name, file in world["trusts"].items())
        self.today = date.fromordinal(world["today"])
        self.idle, self.absolute = timedelta(seconds=world["idle"]), timedelta(seconds=world["absolute"])
        self._rules = {}
        self.roles = {role.value: role for role in Role}

    def rules(self, moment):
        """The rules at a moment of today."""
        if moment not in self._rules:
            self._rules[moment] = Rules(self.agreements, self.narrowings, self.today, at(moment), self.world["pds"])
        return self._rules[moment]


@cache
def at(moment):
    return AT_NOUGHT + timedelta(seconds=moment)


def _trust_file(name, file):
    narrows = {"never_shared": [_never(one) for one in file["never"]]}
    if file["shares"] is not None:
        narrows["shares"] = sorted(file["shares"])
    values = {
        "ods": file["ods"],
        "title": name.title(),
        "full_title": f"The {name} trust",
        "telephone": "01632 960 105",
        "address": "http://127.0.0.1:1/fhir",
        "connector": "plain",
        "hospital_number_system": f"urn:{name}",
        "sign_in": {"method": "none"},
        "narrows": narrows,
    }
    if file["key"]:
        values["signing_key"] = _public(name)
    return read_trust(_table(name, values), name, Secrets(""), timedelta(seconds=1), {"plain"})


@cache
def _key(name):
    return key_of(name)


@cache
def _public(name):
    return written_public_key(key_of(name))


def _never(one):
    codes = [{"system": system, "code": code} for system, code in sorted(one["codes"])]
    return {"name": "class", "sentence": one["sentence"], "codes": codes, "opens_by_break_glass": one["opens"]}


def _narrowing(file, said):
    """What is known of a trust's own word: a file that cannot be read any more shares nothing."""
    return file.narrowing if said["shares"] is not None else replace(file.narrowing, unreadable="not TOML")


def _text(name, agreement):
    values = {
        "title": name,
        "short": name.upper(),
        "parties": agreement["parties"],
        "practices": sorted(agreement["practices"]),
        "starts": date.fromordinal(agreement["first"]),
        "ends": date.fromordinal(agreement["last"]),
        "supersedes": agreement["supersedes"],
        "clause": [_clause(number, clause) for number, clause in enumerate(agreement["clauses"])],
        "never_shared": [{"trust": one["trust"], **_never(one)} for one in agreement["never"]],
    }
    if agreement["review"] is not None:
        values["review"] = date.fromordinal(agreement["review"])
    return values


def _clause(number, clause):
    return {
        "number": str(number),
        "text": "…",
        "roles": list(clause["roles"]),
        "purposes": list(clause["purposes"]),
        "claims": list(clause["relationships"]),
        "kinds": list(clause["kinds"]),
    }


def _agreement(name, agreement, text, trusts, keys):
    digest = digest_of_text(text)
    ends = {}
    if agreement["revoked"] is not None:
        ends["revoked"] = {"on": date.fromordinal(agreement["revoked"]), "because": "…"}
    signatures = [_signature(name, digest, one) for one in agreement["signatures"]]
    table = _table(name, {**text, **ends, "signature": signatures})
    read = read_agreement(table, list(trusts.values()), keys)
    table.nothing_else()
    return read


def _signature(name, digest, one):
    """A signature, real or spoilt in the way the case says."""
    trust, fault, day = one["trust"], one["fault"], date.fromordinal(one["day"])
    over = digest if one["over"] == f"text of {name}" else digest_of_text({"title": one["over"]})
    key = _key("somebody else" if fault == "another key" else trust)
    signed_on = day - timedelta(days=1) if fault == "another day" else day
    agreement = "another" if fault == "another agreement" else name
    signer = "somebody_else" if fault == "another trust" else trust
    value = "no base64!" if fault == "no base64" else sign(key, agreement, over, signer, signed_on)
    return {"trust": trust, "on": day, "text": over, "signature": value}


def _table(name, values):
    return Table(Path(f"{name}.toml"), {}, (), values)


# ── A question ───────────────────────────────────────────────────────────────────────────────────


def first_no(world, case):
    """The number of the rule by which the product says no to this case, or None: it says yes."""
    person = case["person"]
    role = world.roles.get(person["role"])
    state = _state(world, person["session"], case["now"])
    entering = may_enter(state, role)
    if not entering.allowed:
        return "1.1" if state is not SignInState.HOLDS else "1.2"
    who = _somebody(role, person["organisation"])
    if case["act"] == "break":
        return _rule(_break(world, who, case["glass"], world.rules(case["now"])), "3.4", world)
    relationship = _stated(world, who, case)
    if not isinstance(relationship, Relationship):
        return _rule(relationship, "3.4", world)
    return _ACTS[case["act"]](world, who, relationship, world.rules(case["now"]), case)


def _state(world, session, now):
    if session is None:
        return SignInState.NONE
    if session["signed out"]:
        return SignInState.SIGNED_OUT
    if session["ended elsewhere"]:
        return SignInState.ENDED_ELSEWHERE
    return within_limits(at(session["begun"]) + world.absolute, at(session["seen"]), at(now), world.idle)


@cache
def _somebody(role, organisation):
    return Clinician("u", "Dr Somebody", role, role.value, "", "", Organisation(organisation, "A place"))


def _stated(world, who, case):
    """What is stated; for break-glass what breaking it gave, or the Decision that it was not broken."""
    purpose, claim = Purpose(case["stated"][0]), Claim(case["stated"][1])
    glass = case["glass"]
    if claim is not Claim.BREAK_GLASS or purpose is not Purpose.EMERGENCY_CARE:
        return Relationship(purpose, claim)
    if glass is None or glass["patient"] != case["patient"]["number"]:
        return Relationship(purpose, claim)  # of this patient there is none that was broken
    broken = _break(world, who, glass, world.rules(glass["broken"]))
    if not broken.allowed:
        return broken
    return Relationship(purpose, claim, glass["reason"], since=at(glass["broken"]), until=at(glass["ends"]))


def _break(world, who, glass, rules):
    when = None if glass["authenticated"] is None else at(glass["authenticated"])
    return may_break_glass(who, glass["reason"], when, glass["acr"], world.world["strong"], rules)


def _find(world, who, relationship, rules, case):
    patient = case["patient"]
    decision = may_list(who, _person(world, patient["records"]), rules, _standing(patient), relationship)
    return _rule(decision, "4.5", world)


def _ask(world, who, relationship, rules, case):
    decision = may_ask(who, relationship, case["trust"], Kind(case["kind"]), rules)
    return None if decision.allowed else _rules_in(decision.because)


def _open(world, who, relationship, rules, case):
    patient = case["patient"]
    decision = may_open(
        who, _person(world, patient["records"] + patient["fresh"]), relationship, rules, _standing(patient)
    )
    return _rule(decision, "4.5", world)


def _show(world, who, relationship, rules, case):
    patient = case["patient"]
    fresh = [_record(world.trusts[one["trust"]], one["mark"], one["practice"]) for one in patient["fresh"]]
    going_on = may_go_on(who, _person(world, patient["records"]), fresh, relationship, rules, _standing(patient))
    if not going_on.allowed:
        return _rule(going_on, "4.5", world)
    (decision,) = may_see_each(who, relationship, (_row(world, case["row"]),), rules)
    return _rule(decision, "7.1", world, otherwise="7.2")


_ACTS = {"find": _find, "ask": _ask, "open": _open, "show": _show}


def _standing(patient):
    said = patient["pds"]
    return Standing(patient["dissent"], PdsWord(said["practice"], said["mark"] in ("R", "V")) if said else None)


def _person(world, records):
    return Person(NUMBER, tuple(_record(world.trusts[one["trust"]], one["mark"], one["practice"]) for one in records))


@cache
def _record(trust: Trust, mark: str, practice: str) -> Patient:
    """The record as the trust would send it, read at the door."""
    resource = {
        "resourceType": "Patient",
        "id": "1",
        "identifier": [{"system": NHS_NUMBER, "value": NUMBER.digits}],
        "name": [{"family": "Hargreaves", "given": ["Walter"]}],
        "birthDate": "1944-03-09",
    }
    if mark:
        resource["meta"] = {"security": [{"system": CONFIDENTIALITY, "code": mark}]}
    if practice:
        resource["generalPractitioner"] = [{"identifier": {"system": ODS, "value": practice}}]
    record = read_patient(received(resource), trust, "urn:x")
    assert isinstance(record, Patient), record
    return record


def _row(world, row):
    first, *others = [_report(world.trusts[one["trust"]], one["kind"], one["codes"], one["where"]) for one in row]
    half = len(others) // 2
    return Row(first, copies=tuple(others[:half]), earlier=tuple(others[half:]))


@cache
def _report(trust: Trust, kind: str | None, codes: frozenset, where: str) -> Report:
    sent = tuple(Code(system, code) for system, code in sorted(codes))
    report = Report(
        trust,
        "DiagnosticReport/7",
        Kind(kind or "laboratory"),
        "Urea and electrolytes",
        Status.FINAL,
        None,
        TakenFrom.NOTHING,
        kind_stated=kind is not None,
    )
    return replace(report, **_PLACES[where](sent))


_LOW = Words("4.1")


def _result(codes=(), value=_LOW, members=()):
    return Result("Observation/1", "Potassium", value, Status.FINAL, codes=codes, members=members)


_PLACES = {
    "report": lambda codes: {"codes": codes},
    "category": lambda codes: {"categories": codes},
    "label": lambda codes: {"security": codes},
    "conclusion": lambda codes: {"conclusion_codes": codes},
    "specimen": lambda codes: {"specimens": (Specimen("1", "Blood", codes=codes),)},
    "study": lambda codes: {"studies": (Study("1", "CT", Status.FINAL, codes=codes),)},
    "result": lambda codes: {"results": (_result(), _result(codes))},
    "deep": lambda codes: {"results": (_result(members=(_result(members=(_result(codes),)),)),)},
    "value": lambda codes: {"results": (_result(value=Words("Positive", codes)),)},
}


# ── Which rule a reason names ────────────────────────────────────────────────────────────────────

_REASONS = (
    ("2", r"An information governance officer sees|.* may not ask for "),
    ("3.1", r"The emergency access has (ended|not begun)|Emergency access lasts"),
    ("3.2", r"Emergency access needs a reason"),
    ("3.3", r"Emergency access needs a (stronger|fresh)"),
    ("4.1", r"This patient has asked"),
    ("4.2", r"This patient’s record is restricted"),
    ("4.3", r"PDS does not name|PDS did not answer|No trust names this|The trusts do not"),
    ("5.1", r"By its own decision|This trust’s own file cannot"),
    ("6.2", r"(?P<agreement>\w+) is not carried"),
    ("6.3", r"(?P<agreement>\w+) (starts|ended) on"),
    ("6.4", r"(?P<agreement>\w+) is revoked"),
    ("6.5", r"(?P<agreement>\w+) is superseded"),
    ("6.7", r"A place .* is not a (practice named in|party to) (?P<agreement>\w+)$"),
    ("6.7", r".* has not signed (?P<agreement>\w+), so nobody there"),
    ("6.6", r"(This trust is not a party to|.* has not signed) (?P<agreement>\w+)$"),
    ("6.8", r"No clause of (?P<agreement>\w+) lets"),
)  # fmt: skip
_READ = [(rule, re.compile(pattern)) for rule, pattern in _REASONS]


def _rule(decision, of_asking, world, otherwise=""):
    """The number of the rule; `of_asking` is the rule that asks 5 and 6 at this place."""
    if decision.allowed:
        return None
    if otherwise and any(decision.because == sentence for sentence in _sentences(world)):
        return otherwise
    found = _rules_in(decision.because)
    return found if isinstance(found, str) and found < "5" else of_asking


def _sentences(world):
    classes = [one for agreement in world.world["agreements"].values() for one in agreement["never"]]
    classes += [one for file in world.world["trusts"].values() for one in file["never"]]
    return {one["sentence"] for one in classes}


@cache
def _rules_in(because):
    """The one rule a reason names or, of rule 6, what each agreement fails by; 5.1 with a trust's own word among it."""
    found = [_rule_in(part) for part in because.split("; ")]
    if all(agreement for _, agreement in found):
        return frozenset((agreement.lower(), rule) for rule, agreement in found)
    (own,) = {rule for rule, agreement in found if not agreement}
    return own


def _rule_in(reason):
    for rule, pattern in _READ:
        if match := pattern.match(reason):
            return rule, match.groupdict().get("agreement", "")
    raise AssertionError(f"no rule is known to say: {reason}")
