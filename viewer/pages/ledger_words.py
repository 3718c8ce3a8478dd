"""Put entries of the log into English, for the Ledger.

Rule: a refusal is said in the same detail as a success; a word that this version does not know is
said as it stands in the log. What was withheld is never counted or hinted at.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from connectors.answer import GAPS, Outcome, Trust
from viewer.access.access_event import Event
from viewer.access.relationship import Claim, Purpose
from viewer.audit.entry import Entry, Record, SeenTrust
from viewer.audit.looks import is_break_glass
from viewer.clinical.nhs_number import NHSNumber
from viewer.pages import words

EVENTS: Mapping[str, str] = {
    Event.SIGNED_IN: "Signed in",
    Event.SIGN_IN_REFUSED: "Sign-in refused",
    Event.ROLE_CHOSEN: "Chose a role",
    Event.SIGNED_OUT: "Signed out",
    Event.FIND_ASKED: "Asked the trusts who a patient is",
    Event.FIND_SHOWN: "Saw a patient listed",
    Event.PATIENT_OPENED: "Opened a patient",
    Event.RESULTS_ASKED: "Asked the trusts for results",
    Event.RESULTS_SHOWN: "Saw a timeline",
    Event.REPORT_SHOWN: "Saw a report in full",
    Event.PRINTED: "Printed",
    Event.COPIED: "Copied results",
    Event.EXPORTED: "Took a file",
    Event.GLASS_BROKEN: "Broke the glass",
    Event.DISSENT_RECORDED: "Recorded a patient’s dissent, or its end",
    Event.LEDGER_SEARCHED: "Looked in this ledger",
    Event.ALERT_HANDLED: "Dealt with an alert",
    Event.RULES_CHANGED: "The rules changed",
    Event.REFUSED: "Was refused",
}

ABSENT = "No such entry, or it belongs to other organisations; gaps in the numbers are theirs."
OTHERS = "and others, not yours to see"

_AGAIN = frozenset({"listed again", "shown again"})
_GAPS = frozenset(outcome.value for outcome in GAPS)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the Ledger's table says it."""

    seq: int
    number: str
    when: str
    instant: str
    iso: str
    name: str
    acting_as: str
    patient: str
    nhs_number: str
    seen: str
    reason: str
    purpose: str
    clause: str
    trusts: tuple[str, ...]
    outcome: str
    refused: bool
    claim: str
    break_glass: bool


def line(entry: Entry, trusts: Sequence[Trust]) -> Line:
    """Say an entry in a line."""
    record = entry.record
    return Line(
        seq=entry.seq,
        number=number(entry.seq),
        when=when(entry.at),
        instant=instant(entry.at),
        iso=record.at,
        name=record.user_name or "Nobody signed in",
        acting_as=", ".join(filter(None, (record.role_name, record.organisation, record.organisation_ods))),
        patient=patient(record.patient),
        nhs_number=spaced(record.nhs_number),
        seen=seen(record, trusts),
        reason=record.reason,
        purpose=purpose(record.purpose),
        clause=clause(record),
        trusts=(*by_outcome(record, trusts), *(() if entry.whole else (OTHERS,))),
        outcome=outcome(record),
        refused=record.outcome == "refused",
        claim=claim(record.claim) if record.claim not in ("", Claim.NONE) else "",
        break_glass=is_break_glass(record),
    )


def when(at: datetime) -> str:
    """Say a moment to the second, in London time: 21-Nov-2026 23:16:28."""
    return f"{words.day_and_clock(at)}:{at.second:02d}"


def instant(at: datetime) -> str:
    """Say a moment with its zone, and exactly: 21-Nov-2026 23:16:28 GMT (2026-11-21T23:16:28.520174Z)."""
    zone = at.astimezone(words.LONDON).tzname()
    exact = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{when(at)} {zone} ({exact})"


_BORN = re.compile(r"(?<=, born )\S+$")


def patient(logged: str) -> str:
    """Say who the patient was as at the time: HARGREAVES, Walter, born 09-Mar-1944."""
    return _BORN.sub(lambda sent: words.partial_date(sent.group()), logged)


def number(seq: int) -> str:
    """Say an entry's number: 48,214."""
    return f"{seq:,}"


def spaced(nhs_number: str) -> str:
    """Say an NHS number: 999 123 4567; "" stays ""."""
    return NHSNumber(nhs_number).spaced if nhs_number else ""


_PLAINLY: Mapping[str, str] = {
    Event.RESULTS_ASKED: "Asked: results",
    Event.PATIENT_OPENED: "Opened, to ask for results",
}


def seen(record: Record, trusts: Sequence[Trust]) -> str:
    """Say what was asked for, seen or refused: Timeline: 195 laboratory, 19 radiology."""
    laboratory = sum(at.laboratory for at in record.trusts)
    radiology = sum(at.radiology for at in record.trusts)
    if record.outcome in _AGAIN:
        return "Name, birth date and NHS number, again"
    match record.event:
        case Event.PRINTED if not record.trusts:
            return "What was on the page, printed"
        case Event.RESULTS_SHOWN | Event.PRINTED | Event.COPIED:
            name = _LAID_OUT[record.event]
            name = f"{name}, {record.asked_for}" if record.asked_for else name
            return f"{name}: {laboratory:,} laboratory, {radiology:,} radiology"
        case Event.REPORT_SHOWN:
            return f"Report: {'; '.join(report(key, trusts) for key in naturally(record.reports)) or 'none'}"
        case Event.FIND_ASKED:
            return f"Asked who this is, by {record.asked_for or 'what is not stated'}"
        case Event.FIND_SHOWN if record.outcome == "none found":
            return f"Nobody found, by {record.asked_for or 'what is not stated'}"
        case Event.FIND_SHOWN:
            return "Name, birth date and NHS number, in a list"
        case Event.LEDGER_SEARCHED | Event.EXPORTED:
            what = "A file" if record.event == Event.EXPORTED else "Entries of this ledger, no results"
            return f"{what}: {_own_look(record)}"
        case Event.DISSENT_RECORDED:
            return _DISSENT.get(record.outcome, EVENTS[record.event])
        case Event.GLASS_BROKEN | Event.ALERT_HANDLED | Event.RULES_CHANGED:
            return ": ".join(filter(None, (EVENTS[record.event], record.asked_for or record.because)))
        case Event.REFUSED:
            return f"Nothing: {record.asked_for}" if record.asked_for else "Nothing"
        case _:
            return _PLAINLY.get(record.event) or EVENTS.get(record.event, record.event)


_DISSENT: Mapping[str, str] = {
    "recorded": "Recorded a patient’s dissent",
    "ended": "Ended a patient’s dissent",
    "refused": "Was refused to end a patient’s dissent",
}


def _own_look(record: Record) -> str:
    return "; ".join(filter(None, (record.asked_for, record.because.partition(": ")[2])))


def report(key: str, trusts: Sequence[Trust]) -> str:
    """Say which report a key names: DiagnosticReport 7 version 2, Rotherham."""
    trust, _, rest = key.partition("/")
    kind_and_id, _, version = rest.partition("@")
    said = kind_and_id.replace("/", " ") + (f" version {version}" if version else "")
    return f"{said}, {title(trust, trusts)}"


def naturally(keys: Iterable[str]) -> list[str]:
    """Sort reports' keys as people count: 2 before 10."""
    return sorted(keys, key=lambda key: [(int(part), "") if part.isdecimal() else (-1, part) for part in _runs(key)])


def _runs(key: str) -> list[str]:
    return re.findall(r"[0-9]+|[^0-9]+", key)


def reports_of(look: Iterable[Entry]) -> list[str]:
    """Return every report that the entries of a look name, each once."""
    return naturally({key for entry in look for key in entry.record.reports})


_NOTHING = sha256(b"").hexdigest()


def digest(record: Record) -> str:
    """Return the digest over what was shown, or "" when nothing was."""
    return "" if record.digest == _NOTHING else record.digest


def purpose(stated: str) -> str:
    """Say the purpose that was stated."""
    return words.purpose(Purpose(stated)).capitalize() if stated in set(Purpose) else stated or "None stated"


def proof(record: Record) -> str:
    """Say what bears the relationship out: in the log's words, or that nothing does."""
    return record.proof or ("Nothing: it was only said" if record.claim in _SAID else "None needed")


def claim(made: str) -> str:
    """Say the relationship that was claimed or proven."""
    return words.claim(Claim(made)) if made in set(Claim) else made or "none stated"


_LAID_OUT: Mapping[str, str] = {
    Event.RESULTS_SHOWN: "Timeline",
    Event.PRINTED: "Timeline on paper",
    Event.COPIED: "Chosen results",
}
_SAID = frozenset({Claim.IN_DEPARTMENT, Claim.UNDER_MY_CARE, Claim.BREAK_GLASS})
_PERMITTED = frozenset(
    {
        Event.FIND_ASKED,
        Event.FIND_SHOWN,
        Event.PATIENT_OPENED,
        Event.RESULTS_ASKED,
        Event.RESULTS_SHOWN,
        Event.REPORT_SHOWN,
        Event.PRINTED,
        Event.COPIED,
        Event.GLASS_BROKEN,
    }
)
_CLAUSE = re.compile(r"(\S+) (cl\. [^\s:;]+)")


def clause(record: Record) -> str:
    """Say the clause relied on, or for a refusal why there was none."""
    if record.outcome == "refused":
        refused = (at.because for at in record.trusts if at.outcome == "refused")
        reasons = record.because or "; ".join(dict.fromkeys(filter(None, refused)))
        return f"None: {reasons}" if reasons else "None"
    if record.event not in _PERMITTED:
        return "None needed"
    if record.outcome in _AGAIN and not record.because:
        return "As when first shown"
    if record.outcome == "none found":
        return "None: nothing was shown"
    if record.event == Event.RESULTS_SHOWN and not record.because:
        return "None: no report shown yet"
    return "; ".join(dict.fromkeys(map(" ".join, _CLAUSE.findall(record.because)))) or record.because or "Not stated"


def agreements(record: Record) -> str:
    """Say the agreements relied on by the short names that their clauses go by: WT-2026 (working_together_2026)."""
    reasons = "; ".join((record.because, *(at.because for at in record.trusts)))
    short = words.listed(list(dict.fromkeys(name for name, _ in _CLAUSE.findall(reasons))))
    full = ", ".join(record.agreements)
    return f"{short} ({full})" if short and full else short or full


def by_outcome(record: Record, trusts: Sequence[Trust]) -> tuple[str, ...]:
    """Say how it went at each trust, trusts that went alike together: all 7 asked."""
    groups: dict[str, list[SeenTrust]] = {}
    for at in record.trusts:
        groups.setdefault(at_trust(at), []).append(at)
    if not groups:
        return ("none",)
    return tuple(f"{_named(group, trusts)} {_said_of(len(group), said)}" for said, group in groups.items())


def _said_of(count: int, said: str) -> str:
    if count == 1:
        return said
    return said.replace("it holds", "they hold").replace("it is too busy", "they are too busy")


def at_trust(at: SeenTrust) -> str:
    """Say how it went at one trust."""
    return words.outcome(Outcome(at.outcome)) if at.outcome in set(Outcome) else at.outcome


def _named(group: Sequence[SeenTrust], trusts: Sequence[Trust]) -> str:
    if len(group) == len(trusts) > 1:
        return f"all {len(group)}"
    return words.listed([title(at.trust, trusts) for at in group])


def title(name: str, trusts: Sequence[Trust]) -> str:
    """Say a trust's name; one that is no longer configured by the word the log has."""
    return next((trust.title for trust in trusts if trust.name == name), name)


def outcome(record: Record) -> str:
    """Say how it ended: Shown, 1 gap."""
    if record.outcome == "refused":
        return "✕ Refused"
    said = (record.outcome or record.event).capitalize()
    gaps = sum(at.outcome in _GAPS for at in record.trusts) if record.outcome == "shown" else 0
    return f"{said}, {gaps} {words.plural(gaps, 'gap')}" if gaps else said
