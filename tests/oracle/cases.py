"""Make up worlds and questions at random: plain data, the same for the same seed, yes often enough to mean something.

Rule: nothing here decides anything. Faults are sown thinly, so that each rule is often the one that says no.
"""

from random import Random

TRUSTS = {
    "barnsley": "RFF",
    "chesterfield": "RFS",
    "doncaster": "RP5",
    "mid_yorkshire": "RXF",
    "rotherham": "RFR",
    "childrens": "RCU",
    "teaching": "RHQ",
}
PRACTICES = ("Y99001", "Y99002", "Y99003")
ELSEWHERE = "RZZ"
FAULTS = ("another key", "another day", "another agreement", "another trust", "no base64", "no key")
KINDS = ("demographics", "laboratory", "radiology")
PURPOSES = ("direct-care", "emergency-care", "audit")
RELATIONSHIPS = ("none", "registered", "in-department", "under-my-care", "break-glass")
SYSTEMS = ("urn:a", "urn:b")
SECRET = ("STD", "GUM1", "HIV 2", "7")
HARMLESS = ("U1", "FBC", "CT", "8")
NOON = 1_000_000 * 60

_HOSPITAL = ("consultant", "clinician")
_CLAUSES = (
    ((*_HOSPITAL, "gp"), ("direct-care", "emergency-care"), RELATIONSHIPS, ("demographics",)),
    (("gp",), ("direct-care",), ("registered",), ("laboratory", "radiology")),
    (_HOSPITAL, ("emergency-care",), ("in-department",), ("laboratory", "radiology")),
    (_HOSPITAL, ("direct-care",), ("under-my-care",), ("laboratory", "radiology")),
    ((*_HOSPITAL, "gp"), ("emergency-care",), ("break-glass",), ("laboratory", "radiology")),
)
_NATURAL = {
    "consultant": (("emergency-care", "in-department"), ("direct-care", "under-my-care")),
    "clinician": (("emergency-care", "in-department"), ("direct-care", "under-my-care")),
    "gp": (("direct-care", "registered"),),
}
_REASONS = ("Unconscious, no history", "é", "x")
_NO_REASONS = ("", "   ", "...", "12345", "?!")


# ── A world: the trusts, what they narrow, the agreements and who signed them ────────────────────


def a_world(random: Random) -> dict:
    trusts = random.sample(list(TRUSTS), random.choice((2, 3, 3, 4, 4, 5, 5, 7)))
    today = 740_000 + random.randrange(700)
    names = ["a1", "a2", "a3"][: random.choice((1, 1, 1, 2, 2, 3))]
    keyless = {trust for trust in trusts if random.random() < 0.01}
    return {
        "today": today,
        "idle": random.choice((60, 900)),
        "absolute": random.choice((3_600, 36_000)),
        "strong": frozenset(("AAL3_ANY",)),
        "pds": random.random() < 0.4,
        "trusts": {trust: _a_file(random, trust, keyless) for trust in trusts},
        "agreements": {name: _an_agreement(random, name, names, trusts, today, keyless) for name in names},
    }


def _a_file(random: Random, trust: str, keyless: set) -> dict:
    shares = frozenset(KINDS)
    luck = random.random()
    if luck < 0.10:
        shares -= {random.choice(KINDS[1:])}
    elif luck < 0.12:
        shares = frozenset()
    never = [_a_class(random, trust)] if random.random() < 0.6 else []
    unreadable = random.random() < 0.02
    return {
        "ods": TRUSTS[trust],
        "shares": None if unreadable else shares,
        "never": never,
        "key": trust not in keyless,
    }


def _a_class(random: Random, trust: str) -> dict:
    codes = {(random.choice(SYSTEMS), _spelt(random, random.choice(SECRET))) for _ in range(random.choice((1, 1, 2)))}
    return {
        "trust": trust,
        "codes": frozenset(codes),
        "sentence": f"{trust} never shares {random.choice('pqrs')}",
        "opens": random.random() < 0.3,
    }


def _an_agreement(random: Random, name: str, names: list, trusts: list, today: int, keyless: set) -> dict:
    parties = list(trusts) if random.random() < 0.6 else random.sample(trusts, random.randint(1, len(trusts)))
    first, last = today - random.choice((0, 1, 30, 400)), today + random.choice((0, 1, 30, 400))
    luck = random.random()
    if luck < 0.05:
        first, last = today + random.choice((1, 2, 30)), today + 60
    elif luck < 0.10:
        first, last = today - 60, today - random.choice((1, 2, 30))
    revoked = None if random.random() < 0.85 else today + random.choice((-30, -1, 0, 1, 30))
    others = [other for other in names if other != name and random.random() < 0.15]
    if others and random.random() < 0.4:  # what took another's place has itself ended, and the other stays ended
        first, last = today - 60, today - random.choice((1, 30))
    sloppy = random.random() < 0.3
    return {
        "parties": parties,
        "practices": frozenset(practice for practice in PRACTICES if random.random() < 0.6),
        "first": first,
        "last": last,
        "review": random.choice((None, today - 10, today + 10)),
        "revoked": revoked,
        "supersedes": others,
        "text": f"text of {name}",
        "signatures": [one for party in parties for one in _signed(random, party, name, today, keyless, sloppy)],
        "clauses": [_a_clause(random, *clause) for clause in _CLAUSES if random.random() < 0.93],
        "never": [_a_class(random, random.choice(parties))] if random.random() < 0.3 else [],
    }


def _signed(random: Random, party: str, name: str, today: int, keyless: set, sloppy: bool) -> list:
    good = {"trust": party, "verifies": party not in keyless, "fault": "", "over": f"text of {name}"}
    good["day"] = today - random.choice((0, 1, 300))
    if not sloppy or random.random() < 0.8:
        return [good]
    bad = random.choice((
        [],
        [],
        [good | {"verifies": False, "fault": random.choice(FAULTS[:-1])}],
        [good | {"over": "another text"}],
        [good | {"day": today + random.choice((1, 30))}],
    ))  # fmt: skip
    return [*bad, good] if bad and random.random() < 0.2 else bad


def _a_clause(random: Random, roles: tuple, purposes: tuple, relationships: tuple, kinds: tuple) -> dict:
    return {
        "roles": _most(random, roles),
        "purposes": _most(random, purposes),
        "relationships": _most(random, relationships),
        "kinds": _most(random, kinds),
    }


def _most(random: Random, words: tuple) -> tuple:
    return tuple(word for word in words if random.random() < 0.97) or words


# ── A question: who asks, whom it is about, what was stated, what is asked ───────────────────────


def a_case(random: Random, world: dict) -> dict:
    luck = random.random
    now = NOON + int(luck() * 1_000)
    act = random.choices(ACTS, _WEIGHTS)[0]
    role = _a_role(random)
    stated = _stated(random, role, act)
    number = "one"
    glass = _a_glass(random, act, now) if act == "break" or stated[1] == "break-glass" else None
    trusts = list(world["trusts"])
    case = {
        "act": act,
        "now": now,
        "person": _a_person(random, world, role, trusts, now),
        "stated": stated,
        "glass": glass,
        "patient": None,
    }
    case["patient"] = _a_patient(random, world, trusts, case["person"]["organisation"], number, act)
    if act == "ask":
        case["trust"], case["kind"] = random.choice(trusts), random.choice(KINDS if luck() < 0.7 else KINDS[1:])
    if act == "show":
        case["row"] = _a_row(random, world, trusts)
    return case


ACTS = ("find", "open", "ask", "show", "break")
_WEIGHTS = (18, 16, 22, 39, 5)


def _a_role(random: Random) -> str | None:
    luck = random.random()
    if luck < 0.35:
        return "consultant"
    if luck < 0.60:
        return "clinician"
    if luck < 0.97:
        return "gp"
    return "ig-officer" if luck < 0.985 else random.choice((None, "porter"))


def _stated(random: Random, role: str | None, act: str) -> tuple:
    luck = random.random()
    if act == "break":
        return ("emergency-care", "break-glass")
    if luck < 0.05:
        return (random.choice(PURPOSES), random.choice(RELATIONSHIPS))
    if act == "find" and luck < 0.6:
        return ("direct-care", "none")
    if luck < 0.25:
        return ("emergency-care", "break-glass")
    return random.choice(_NATURAL.get(role, _NATURAL["gp"]))


def _a_person(random: Random, world: dict, role: str | None, trusts: list, now: int) -> dict:
    at_a_practice = (role == "gp") != (random.random() < 0.03)
    organisation = random.choice(PRACTICES if at_a_practice else [world["trusts"][trust]["ods"] for trust in trusts])
    if random.random() < 0.02:
        organisation = ELSEWHERE
    return {"role": role, "organisation": organisation, "session": _a_session(random, world, now)}


def _a_session(random: Random, world: dict, now: int) -> dict | None:
    session = {"signed out": False, "ended elsewhere": False, "seen": now, "begun": now - 30}
    luck = random.random()
    if luck < 0.95:
        return session
    if luck < 0.955:
        return None
    if luck < 0.965:
        return session | {random.choice(("signed out", "ended elsewhere")): True}
    if luck < 0.98:
        return session | {"seen": now - world["idle"] + random.choice((-1, 0, 1))}
    return session | {"begun": now - world["absolute"] + random.choice((-1, 0, 1))}


def _a_glass(random: Random, act: str, now: int) -> dict | None:
    """A glass that is broken now, when the act is to break it; else one that was broken before, often at a border."""
    lasts = random.choice((900, 900, 900, 900, 300, 600, 901, 1_200)) if act != "break" else 900
    broken = (
        now
        if act == "break"
        else now
        - random.choice((0, 1, 60, 240, 299, lasts - 1, 0, 1, 60, 240, 299, lasts - 1, lasts, lasts + 1, -1, -600))
    )
    if act != "break" and random.random() < 0.05:
        return None
    signed = (
        broken - random.choice((0, 30, 299, 300)) if random.random() < 0.9 else broken + random.choice((-301, 60, 61))
    )
    return {
        "patient": "one" if act == "break" or random.random() < 0.95 else "another",
        "broken": broken,
        "ends": broken + lasts,
        "reason": random.choice(_REASONS if random.random() < 0.93 else _NO_REASONS),
        "authenticated": None if random.random() < 0.03 else signed,
        "acr": "AAL3_ANY" if random.random() < 0.95 else random.choice(("", "AAL2", "aal3_any")),
    }


def _a_patient(random: Random, world: dict, trusts: list, organisation: str, number: str, act: str) -> dict:
    luck = random.random
    own = organisation if luck() < 0.9 else random.choice(PRACTICES)
    known = random.sample(trusts, min(len(trusts), random.choice((1, 1, 2, 3))))
    fresh = random.sample(trusts, 1) if act == "show" and luck() < 0.2 else []
    answered = luck() < 0.9
    return {
        "number": number,
        "dissent": luck() < 0.05,
        "records": [_a_record(random, trust, own) for trust in known],
        "fresh": [_a_record(random, trust, own) for trust in fresh],
        "pds": {"practice": _a_practice(random, own), "mark": _a_mark(random)} if world["pds"] and answered else None,
    }


def _a_record(random: Random, trust: str, own: str) -> dict:
    return {"trust": trust, "mark": _a_mark(random), "practice": _a_practice(random, own)}


def _a_practice(random: Random, own: str) -> str:
    luck = random.random()
    return own if luck < 0.88 else "" if luck < 0.94 else random.choice(PRACTICES)


def _a_mark(random: Random) -> str:
    luck = random.random()
    return "" if luck < 0.70 else "U" if luck < 0.90 else "N" if luck < 0.97 else random.choice("RV")


def _a_row(random: Random, world: dict, trusts: list) -> list:
    """The report, its proven copies and its earlier versions: mostly one."""
    first = random.choice(trusts)
    reports = [_a_report(random, first)]
    while random.random() < 0.25:
        reports.append(_a_report(random, random.choice((first, random.choice(trusts)))))
    return reports


def _a_report(random: Random, trust: str) -> dict:
    kind = random.choice(KINDS[1:]) if random.random() < 0.93 else None
    codes = {_a_code(random) for _ in range(random.choice((0, 1, 2)))}
    where = random.choice(("report", "category", "label", "conclusion", "specimen", "study", "result", "deep", "value"))
    return {"trust": trust, "kind": kind, "codes": frozenset(codes), "where": where}


def _a_code(random: Random) -> tuple:
    code = random.choice(SECRET if random.random() < 0.4 else HARMLESS)
    system = random.choice(SYSTEMS) if random.random() < 0.85 else random.choice(("", " "))
    return (_spelt(random, system), _spelt(random, code))


def _spelt(random: Random, word: str) -> str:
    luck = random.random()
    return word if luck < 0.7 else word.upper() if luck < 0.8 else word.lower() if luck < 0.9 else f"  {word}\t"
