"""Write the whole decision table of the shipped configuration: every combination, folded until it can be read.

Rule: every cell is asked of the oracle and of the product. Lines are folded only where answer and rule are equal.

`python -m tests.oracle.table` writes docs/decision-table.tsv anew.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

from tests.oracle import harness, oracle

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "decision-table.tsv"
AGREEMENT = "working_together_2026"
TODAY = 740_013  # 1 February 2027: the agreement of 2025 is over, that of 2026 is not
NOW, MINUTE = 60_000_000, 60
OWN, PRACTICE = "sheffield_teaching", "Y99001"
KINDS, PURPOSES = oracle.KINDS, ("direct-care", "emergency-care", "audit")

# ── What each dimension can be ───────────────────────────────────────────────────────────────────

SESSIONS = {
    "holds": {},
    "nobody": None,
    "signed out": {"signed out": True},
    "ended elsewhere": {"ended elsewhere": True},
    "idle": {"seen": NOW - 900},
    "too old": {"begun": NOW - 36_000},
}
ROLES = ("consultant", "clinician", "gp", "ig-officer", "no role")
RELATIONSHIPS = {
    "none": None,
    "registered": None,
    "in-department": None,
    "under-my-care": None,
    "break-glass": {},
    "break-glass, its last second": {"broken": NOW - 899, "ends": NOW + 1, "authenticated": NOW - 899},
    "break-glass, ended": {"broken": NOW - 900, "ends": NOW, "authenticated": NOW - 900},
    "break-glass, not begun": {"broken": NOW + 1, "ends": NOW + 901},
    "break-glass, over 15 minutes": {"ends": NOW + 901},
    "break-glass, of another patient": {"patient": "another"},
    "break-glass, no reason": {"reason": "..."},
    "break-glass, sign-in not fresh": {"authenticated": NOW - 301},
    "break-glass, sign-in not strong": {"acr": "AAL1"},
}
AGREEMENTS = (
    "in force",
    "review overdue",
    "not carried: 5 of 7 signed",
    "not begun",
    "expired",
    "revoked",
    "superseded",
    "asked trust has not signed",
    "asked trust signed another text",
    "asked trust signs tomorrow",
    "asked trust is no party",
    "asked trust shares no results",
    "asked trust’s file unreadable",
)
SHUT, OPENS = (("urn:table", "SHUT"),), (("urn:table", "OPENS"),)
ASKED = {
    "demographics": ("demographics", ()),
    "laboratory": ("laboratory", ()),
    "radiology": ("radiology", ()),
    "laboratory, never shared": ("laboratory", SHUT),
    "radiology, never shared": ("radiology", SHUT),
    "laboratory, never shared but by break-glass": ("laboratory", OPENS),
    "radiology, never shared but by break-glass": ("radiology", OPENS),
}
UNSIGNED = "a party that has not signed"
PLACES = {"a party that has signed": "RHQ", UNSIGNED: "RHQ", "a practice named": PRACTICE, "none of these": "RZZ"}
COLUMNS = ("session", "role", "organisation", "purpose", "relationship", "agreement", "asked for", "trust")


# ── The configuration as it is shipped ───────────────────────────────────────────────────────────


@cache
def shipped() -> dict:
    """The world of config/, its signatures taken as good: that they are is proven where they are read."""
    files = {file.stem: tomllib.loads(file.read_text()) for file in sorted((ROOT / "config/trusts").glob("*.toml"))}
    texts = {file.stem: tomllib.loads(file.read_text()) for file in sorted((ROOT / "config/agreements").glob("*.toml"))}
    return {
        "today": TODAY,
        "idle": 900,
        "absolute": 36_000,
        "strong": frozenset({"AAL3_ANY"}),
        "pds": False,
        "trusts": {name: _file(name, values) for name, values in files.items()},
        "agreements": {name: _agreement(name, values) for name, values in texts.items()},
    }


def _file(name: str, values: dict) -> dict:
    narrows = values.get("narrows", {})
    never = [_class(name, one) for one in narrows.get("never_shared", ())]
    return {"ods": values["ods"], "shares": frozenset(narrows.get("shares", KINDS)), "never": never, "key": True}


def _agreement(name: str, values: dict) -> dict:
    return {
        "parties": values["parties"],
        "practices": frozenset(values["practices"]),
        "first": values["starts"].toordinal(),
        "last": values["ends"].toordinal(),
        "review": values["review"].toordinal(),
        "revoked": None,
        "supersedes": values.get("supersedes", []),
        "text": f"text of {name}",
        "signatures": [_good(name, one["trust"], one["on"].toordinal()) for one in values["signature"]],
        "clauses": [{**clause, "relationships": clause["claims"]} for clause in values["clause"]],
        "never": [_class(one["trust"], one) for one in values.get("never_shared", ())],
    }


def _class(trust: str, one: dict) -> dict:
    codes = frozenset((code["system"], code["code"]) for code in one["codes"])
    return {
        "trust": trust, "codes": codes, "sentence": one["sentence"], "opens": one.get("opens_by_break_glass", False),
    }  # fmt: skip


def _good(agreement: str, trust: str, day: int) -> dict:
    return {"trust": trust, "verifies": True, "fault": "", "over": f"text of {agreement}", "day": day}


def world_of(state: str, trust: str, place: str) -> dict:
    """The shipped world with the agreement in this state, as it stands for this trust and this asker's place.

    Each trust has, beside its own classes, one that a broken glass does not open and one that it does.
    """
    world = shipped()
    agreement = dict(world["agreements"][AGREEMENT])
    trusts = {name: file | {"never": [*file["never"], *_two(name)]} for name, file in world["trusts"].items()}
    others = {name: one for name, one in world["agreements"].items() if name != AGREEMENT}
    # A trust that asks of itself is in no other state than its asker; of the others one more may be missing.
    unsigned = {OWN} if place == UNSIGNED else set()
    match state:
        case "review overdue":
            agreement["review"] = TODAY - 1
        case "not carried: 5 of 7 signed":
            unsigned |= set([name for name in agreement["parties"] if name not in (OWN, trust)][: 2 - len(unsigned)])
        case "not begun":
            agreement["first"] = TODAY + 1
        case "expired":
            agreement["last"] = TODAY - 1
        case "revoked":
            agreement["revoked"] = TODAY
        case "superseded":
            others["successor"] = agreement | {
                "last": TODAY - 1,
                "supersedes": [AGREEMENT],
                "text": "text of successor",
            }
            others["successor"]["signatures"] = [_good("successor", one, TODAY - 9) for one in agreement["parties"]]
        case "asked trust has not signed":
            unsigned |= {trust}
        case "asked trust is no party":
            agreement["parties"] = [name for name in agreement["parties"] if name != trust]
            agreement["never"] = [one for one in agreement["never"] if one["trust"] != trust]
        case "asked trust shares no results":
            trusts[trust] = trusts[trust] | {"shares": frozenset({"demographics"})}
        case "asked trust’s file unreadable":
            trusts[trust] = trusts[trust] | {"shares": None}
    parties = agreement["parties"]
    kept = [one for one in agreement["signatures"] if one["trust"] in parties and one["trust"] not in unsigned]
    spoilt = {
        "asked trust signed another text": {"over": "another text"},
        "asked trust signs tomorrow": {"day": TODAY + 1},
    }
    agreement["signatures"] = [one | (spoilt.get(state, {}) if one["trust"] == trust else {}) for one in kept]
    return world | {"trusts": trusts, "agreements": {**others, AGREEMENT: agreement}}


def _two(trust: str) -> list[dict]:
    return [
        {"trust": trust, "codes": frozenset({("urn:table", code)}), "sentence": code, "opens": code == "OPENS"}
        for code in ("SHUT", "OPENS")
    ]


# ── Every cell ───────────────────────────────────────────────────────────────────────────────────

Cell = tuple[tuple[str, ...], str, str]  # where it is, what the oracle decides, what the product decides


def cells_of(trust: str) -> Iterator[Cell]:
    """Yield every cell in which this trust is asked."""
    for state, unsigned in product(AGREEMENTS, (False, True)):
        world = world_of(state, trust, UNSIGNED if unsigned else "")
        known, theirs = oracle.facts(world), harness.World(world)
        places = [place for place in PLACES if unsigned == (place == UNSIGNED)]
        for session, role, place, purpose, relationship in product(SESSIONS, ROLES, places, PURPOSES, RELATIONSHIPS):
            case = _case(session, role, PLACES[place], purpose, relationship, trust)
            for asked, (kind, codes) in ASKED.items():
                row = [{"trust": trust, "kind": kind, "codes": frozenset(codes), "where": "report"}]
                one = case | {"kind": kind, "row": row}
                yield (session, role, place, purpose, relationship, state, asked, trust), *_both(known, theirs, one)


def _both(known, theirs, case) -> tuple[str, str]:
    """May the trust be asked and then, of a result, may the report be seen?"""
    ours, product_ = oracle.first_no(known, case), harness.first_no(theirs, case)
    if ours is None and product_ is None and case["kind"] != "demographics":
        seeing = case | {"act": "show"}
        ours, product_ = oracle.first_no(known, seeing), harness.first_no(theirs, seeing)
    return _said(ours), _said(product_)


def _said(no) -> str:
    """In the table: yes, or the number of the rule that says no; of rule 6 that of the agreement the table is about."""
    if no is None:
        return "yes"
    if isinstance(no, str):
        return "no\t3" if no[:2] == "3." and no != "3.4" else f"no\t{no}"
    return f"no\t{dict(no).get(AGREEMENT, '6.5')}"


_SESSION = {"signed out": False, "ended elsewhere": False, "seen": NOW, "begun": NOW - 60}
_GLASS = {
    "patient": "one",
    "broken": NOW,
    "ends": NOW + 900,
    "reason": "Collapsed",
    "authenticated": NOW,
    "acr": "AAL3_ANY",
}


def _case(session, role, organisation, purpose, relationship, trust) -> dict:
    ended, glass = SESSIONS[session], RELATIONSHIPS[relationship]
    record = {"trust": trust, "mark": "", "practice": organisation}
    return {
        "act": "ask",
        "now": NOW,
        "person": {
            "role": None if role == "no role" else role,
            "organisation": organisation,
            "session": None if ended is None else _SESSION | ended,
        },
        "stated": (purpose, relationship.partition(",")[0]),
        "glass": None if glass is None else _GLASS | glass,
        "patient": {"number": "one", "dissent": False, "records": [record], "fresh": [], "pds": None},
        "trust": trust,
    }


# ── Folding ──────────────────────────────────────────────────────────────────────────────────────

WORDS = tuple(tuple(words) for words in (SESSIONS, ROLES, PLACES, PURPOSES, RELATIONSHIPS, AGREEMENTS, ASKED))
FOLDED = (6, 4, 5, 2, 1, 3, 0, 7)  # in this order; trusts last, so that each trust's lines stand for themselves

Line = tuple[tuple[frozenset[str], ...], str]


def fold(lines: list[Line], columns: tuple[int, ...]) -> list[Line]:
    """Put lines together that differ in one column alone and decide the same, column after column."""
    for column in columns:
        together: dict[tuple, set[str]] = {}
        for cell, said in lines:
            together.setdefault((cell[:column], cell[column + 1 :], said), set()).update(cell[column])
        lines = [((*before, frozenset(words), *after), said) for (before, after, said), words in together.items()]
    return lines


def _differ(ours: str, product_: str) -> bool:
    """Breaking the glass is asked before whether it still holds, so that of 3.1 to 3.4 another may come first."""
    return ours != product_ and not (ours.startswith("no\t3") and product_.startswith("no\t3"))


def folded(trust: str) -> tuple[list[Line], int, int]:
    """Return the lines of one trust, how many cells they stand for, and in how many the two programs differ."""
    lines, differ, one = [], 0, {}
    for cell, ours, product_ in cells_of(trust):
        differ += _differ(ours, product_)
        lines.append((tuple(one.setdefault(word, frozenset({word})) for word in cell), ours))
    return fold(lines, FOLDED[:-1]), len(lines), differ


# ── The file ─────────────────────────────────────────────────────────────────────────────────────

HEADER = f"""\
# What docs/access-rules.md decides under the configuration in config/, on 1 February 2027, in every combination.
# `python -m tests.oracle.table` makes it. Every cell is asked of the product and of the oracle; a test keeps it true.
# A line holds for every combination of the words in it. The rule is the first of docs/access-rules.md that says no
# ("3": one of 3.1 to 3.3). "agreement" is the state of {AGREEMENT}, in which "asked trust" is the one
# in the column "trust". "asked for": to each trust's own never-shared classes, two are added that stand for all.
# The patient is an ordinary one and, where the role is gp, registered with the gp's own practice.
"""
HEADER_PATIENTS = """
# Rule 4: which patient may be found and opened, by people and under an agreement that allow everything else.
# The person who asks may otherwise ask every trust; the gp's own practice is "own".
"""


def write(lines: list[Line], columns: tuple[str, ...], words: tuple[tuple[str, ...], ...]) -> str:
    """Return the table as text, in an order that does not change."""
    return "\n".join(["\t".join([*columns, "answer", "rule"]), *rows_of(lines, words)]) + "\n"


def rows_of(lines: list[Line], words: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return the lines as text, sorted."""
    return sorted("\t".join([*map(_named, cell, words), said if "\t" in said else f"{said}\t"]) for cell, said in lines)


def _named(some: frozenset[str], all_: tuple[str, ...]) -> str:
    named, others = [word for word in all_ if word in some], [word for word in all_ if word not in some]
    if not others:
        return "any"
    return " | ".join(named) if len(named) <= 3 or len(others) > 3 else f"any but {' | '.join(others)}"


def whole(by_trust: dict[str, list[Line]]) -> str:
    """Return the file, from the lines of every trust."""
    lines = fold([line for lines in by_trust.values() for line in lines], FOLDED[-1:])
    patients, _, _ = folded_patients()
    first = write(lines, COLUMNS, (*WORDS, tuple(by_trust)))
    return HEADER + first + HEADER_PATIENTS + write(patients, PATIENT_COLUMNS, PATIENT_WORDS)


# ── The second table: the patient ────────────────────────────────────────────────────────────────

ACTS = ("find", "open")
STATED = {
    "consultant": (("direct-care", "none"), ("direct-care", "under-my-care"), ("emergency-care", "break-glass")),
    "gp": (("direct-care", "none"), ("direct-care", "registered"), ("emergency-care", "break-glass")),
}
DISSENT = ("none", "recorded")
MARKS = (
    "none",
    "U by a trust",
    "R by a trust",
    "V by a trust",
    "R by a trust, come with the results",
    "R by PDS",
    "V by PDS",
)
TRUSTS_SAY = {"own": (PRACTICE, PRACTICE), "own, and nothing": (PRACTICE, ""), "own, and another": (PRACTICE, "Y99002"),
              "another": ("Y99002", "Y99002"), "nothing": ("", "")}  # fmt: skip
PDS_SAYS = {"not configured": None, "own": PRACTICE, "another": "Y99002", "nothing": "", "no answer": None}
PATIENT_COLUMNS = ("to", "role", "relationship", "dissent", "restricted", "practice named by trusts", "practice by PDS")
PATIENT_WORDS = (
    ACTS, tuple(STATED), ("none", "under-my-care", "registered", "break-glass"), DISSENT, MARKS, tuple(TRUSTS_SAY),
    tuple(PDS_SAYS),
)  # fmt: skip


def patient_cells() -> Iterator[Cell]:
    """Yield every cell of the patient: found or opened, by a consultant or by a GP of the practice."""
    for pds in PDS_SAYS:
        world = world_of("in force", "rotherham", "") | {"pds": pds != "not configured"}
        known, theirs = oracle.facts(world), harness.World(world)
        for act, role, dissent, mark, says in product(ACTS, STATED, DISSENT, MARKS, TRUSTS_SAY):
            if mark.endswith("PDS") and pds in ("not configured", "no answer"):
                continue
            for stated in STATED[role]:
                organisation = PRACTICE if role == "gp" else "RHQ"
                case = _case("holds", role, organisation, *stated, "rotherham")
                case |= {"act": act, "patient": _patient(dissent, mark, says, pds, act)}
                ours, product_ = oracle.first_no(known, case), harness.first_no(theirs, case)
                yield (act, role, stated[1], dissent, mark, says, pds), _said(ours), _said(product_)


def _patient(dissent: str, mark: str, says: str, pds: str, act: str) -> dict:
    named, letter = TRUSTS_SAY[says], mark[0] if mark != "none" else ""
    at_a_trust = letter if mark.endswith("by a trust") else ""
    records = [
        {"trust": "rotherham", "mark": at_a_trust, "practice": named[0]},
        {"trust": "barnsley", "mark": "", "practice": named[1]},
    ]
    late = [{"trust": "chesterfield", "mark": letter, "practice": ""}] if mark.endswith("results") else []
    answered = pds not in ("not configured", "no answer")
    word = {"practice": PDS_SAYS[pds], "mark": letter if mark.endswith("PDS") else ""} if answered else None
    fresh = late if act == "open" else []
    return {"number": "one", "dissent": dissent == "recorded", "records": records, "fresh": fresh, "pds": word}


def folded_patients() -> tuple[list[Line], int, int]:
    """Return the lines of the second table, how many cells they stand for, and in how many the two programs differ."""
    cells = list(patient_cells())
    lines = [(tuple(frozenset({word}) for word in cell), ours) for cell, ours, _ in cells]
    differ = sum(_differ(ours, product_) for _, ours, product_ in cells)
    return fold(lines, (6, 5, 4, 3, 2, 1, 0)), len(cells), differ


def main() -> None:
    """Write the file anew."""
    by_trust = {trust: folded(trust)[0] for trust in shipped()["trusts"]}
    FILE.write_text(whole(by_trust))


if __name__ == "__main__":
    main()
