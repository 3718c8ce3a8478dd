"""Decide access a second time, from docs/access-rules.md alone.

Rule: nothing of the product is imported here, and nothing of it is copied. Everything is a dict, a set, a tuple or
a number: a day counts days, a moment counts seconds. The numbers in quotes are the rules of the prose.

Everything that anybody was granted is laid out once, as flat rows (`facts`); a question is then a look into the table.
"""

from itertools import product

RESULTS = ("laboratory", "radiology")
KINDS = ("demographics", *RESULTS)
ROLES = {"consultant", "clinician", "gp", "ig-officer"}
GLASS = "break-glass"
MINUTE = 60

# Rule 2, row by row: (role, purpose, relationship).
MAY_STATE = {
    ("consultant", "emergency-care", "in-department"),
    ("consultant", "direct-care", "under-my-care"),
    ("consultant", "emergency-care", GLASS),
    ("clinician", "emergency-care", "in-department"),
    ("clinician", "direct-care", "under-my-care"),
    ("clinician", "emergency-care", GLASS),
    ("gp", "direct-care", "registered"),
    ("gp", "emergency-care", GLASS),
}
# Rule 2.4: these are enough to find a patient and to ask for demographics, and for nothing more.
MAY_STATE_TO_FIND = {(role, "direct-care", "none") for role in ROLES - {"ig-officer"}}


# ---- what a world grants, laid out once ---------------------------------------------------------------------------


def facts(world):
    """Lay out every grant of a world as rows (role, organisation, purpose, relationship, kind, trust)."""
    today, trusts, agreements = world["today"], world["trusts"], world["agreements"]
    signed = {
        name: {
            signature["trust"]
            for signature in agreement["signatures"]
            if signature["verifies"] and signature["over"] == agreement["text"] and signature["day"] <= today
        }
        & set(agreement["parties"])
        for name, agreement in agreements.items()
    }
    carried = {name for name in agreements if carries(len(signed[name]), len(set(agreements[name]["parties"])))}
    begun = {name for name in agreements if agreements[name]["first"] <= today}
    gone = {old for new in carried & begun for old in agreements[new]["supersedes"] if old != new}

    granted, fails = set(), {}
    for name, agreement in agreements.items():
        fails[name] = (
            "6.2" if name not in carried else
            "6.3" if not agreement["first"] <= today <= agreement["last"] else
            "6.4" if agreement["revoked"] is not None and agreement["revoked"] <= today else
            "6.5" if name in gone else
            None
        )  # fmt: skip
        if fails[name]:
            continue
        for clause in agreement["clauses"]:
            for role in clause["roles"]:
                places = agreement["practices"] if role == "gp" else {trusts[party]["ods"] for party in signed[name]}
                granted.update(
                    product([role], places, clause["purposes"], clause["relationships"], clause["kinds"], signed[name])
                )

    shares = {(trust, kind) for trust, file in trusts.items() for kind in file["shares"] or ()}
    never = [entry for agreement in agreements.values() for entry in agreement["never"]]
    never += [entry for file in trusts.values() if file["shares"] is not None for entry in file["never"]]
    return {
        "granted": {row for row in granted if (row[5], row[4]) in shares},
        "shares": shares,
        "signed": signed,
        "fails": fails,
        "gone": gone,
        "listed": [
            (entry["trust"], {(same(system), same(code)) for system, code in entry["codes"]}, entry["opens"])
            for entry in never
        ],
        "world": world,
    }


def carries(signed, eligible):
    """Rule 6.2, in whole numbers."""
    return eligible > 0 and (signed == eligible or 4 * signed > 3 * eligible)


def same(written):
    """A code as it is compared: neither case nor surrounding space counts (7.2)."""
    return (written or "").strip().lower()


# ---- one question, one pass ---------------------------------------------------------------------------------------


def first_no(known, case):  # noqa: PLR0912  one pass, as the prose is one list
    """The number of the first rule that says no to this case, or None: then it is yes.

    case["act"] is find, open, ask (case["trust"], case["kind"]), show (case["row"]) or break (the glass, now).
    """
    world, person, act = known["world"], case["person"], case["act"]
    role, now = person["role"], case["now"]
    stated = (role, *case["stated"])
    relationship = stated[2]
    patient, glass, granted = case["patient"], case["glass"], known["granted"]
    broken = relationship == GLASS
    place = (role, person["organisation"], *case["stated"])

    session = person["session"]
    if session is None or session["signed out"] or session["ended elsewhere"]:
        return "1.1"
    if now - session["seen"] >= world["idle"] or now - session["begun"] >= world["absolute"]:
        return "1.1"
    if role not in ROLES:
        return "1.2"

    enough_to_find = act == "find" or (act == "ask" and case["kind"] == "demographics")
    if not (stated in MAY_STATE or (enough_to_find and stated in MAY_STATE_TO_FIND)):
        return "2"

    if broken:
        if glass is None or glass["patient"] != patient["number"]:
            return "3.1"
        if not glass["broken"] <= now < glass["ends"] or glass["ends"] - glass["broken"] > 15 * MINUTE:
            return "3.1"
        if not any(letter.isalpha() for letter in glass["reason"]):
            return "3.2"
        when = glass["authenticated"]
        if when is None or not -MINUTE <= glass["broken"] - when <= 5 * MINUTE:
            return "3.3"
        if glass["acr"] not in world["strong"]:
            return "3.3"
        if not any((*place, kind, trust) in granted for kind in RESULTS for trust in world["trusts"]):
            return "3.4"

    if act in ("open", "show") and patient["dissent"]:
        return "4.1"
    if act in ("find", "open", "show") and not broken:
        records = patient["records"] + patient["fresh"]
        if any(record["mark"] in ("R", "V") for record in records):
            return "4.2"
        answer = patient["pds"] if world["pds"] else None
        if answer and answer["mark"] in ("R", "V"):
            return "4.2"
        if role == "gp":
            named = {record["practice"] for record in records if record["practice"]}
            if world["pds"]:
                named = {answer["practice"]} if answer else set()
            if named != {person["organisation"]}:
                return "4.3"

    if act == "find" and any((*place, "demographics", record["trust"]) not in granted for record in patient["records"]):
        return "4.5"
    if act == "ask" and (*place, case["kind"], case["trust"]) not in granted:
        return why_not(known, place, case["trust"], case["kind"])
    if act in ("open", "show") and not any(
        (*place, kind, trust) in granted for kind in RESULTS for trust in world["trusts"]
    ):
        return "4.5"
    if act != "show":
        return None

    row = case["row"]
    asked = {
        (report["trust"], kind) for report in row for kind in (RESULTS if not report["kind"] else [report["kind"]])
    }
    if any((*place, kind, trust) not in granted for trust, kind in asked):
        return "7.1"
    senders = {report["trust"] for report in row}
    codes = {(same(system), same(code)) for report in row for system, code in report["codes"]}
    bare = {code for system, code in codes if not system}
    for trust, listed, opens in known["listed"]:
        if trust not in senders or (broken and opens):
            continue
        if codes & listed or bare & {code for _, code in listed}:
            return "7.2"
    return None


def why_not(known, place, trust, kind):
    """Which rule of 5 and 6 says no: one number for the trust's own word, else one for each agreement.

    Of agreements that are superseded nothing is said while there are others.
    """
    if (trust, kind) not in known["shares"]:
        return "5.1"
    names = set(known["world"]["agreements"])
    return frozenset((name, fails_at(known, name, place, trust)) for name in names - known["gone"] or names)


def fails_at(known, name, place, trust):
    agreement, signed = known["world"]["agreements"][name], known["signed"][name]
    role, organisation, _, _ = place
    if known["fails"][name]:
        return known["fails"][name]
    if trust not in signed:
        return "6.6"
    trusts = known["world"]["trusts"]
    if organisation not in (agreement["practices"] if role == "gp" else {trusts[party]["ods"] for party in signed}):
        return "6.7"
    return "6.8"


# ---- the vote, all of it ------------------------------------------------------------------------------------------


def votes(trusts):
    """Every state of a vote: for each trust valid, of another text, of a later day, none. Yields (states, carried)."""
    for states in product(("valid", "other text", "later day", "none"), repeat=trusts):
        yield states, carries(states.count("valid"), trusts)
