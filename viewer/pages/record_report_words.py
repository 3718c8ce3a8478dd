"""Put "who viewed my record" into words that the patient understands.

Rule: no word of ours that is not explained, and nothing that sounds more certain than the log.
"""

from collections.abc import Callable, Mapping, Sequence

from connectors.answer import Trust
from viewer.access.access_event import Event
from viewer.access.relationship import Claim, Purpose
from viewer.audit.report import Occasion
from viewer.pages import words
from viewer.pages.ledger_words import title, when

DID: Mapping[str, str] = {
    Event.FIND_ASKED: "Looked you up",
    Event.FIND_SHOWN: "Saw your name, date of birth and NHS number in a list",
    Event.PATIENT_OPENED: "Opened your record",
    Event.RESULTS_ASKED: "Asked for your results",
    Event.RESULTS_SHOWN: "Saw the list of your results",
    Event.REPORT_SHOWN: "Read a report in full",
    Event.PRINTED: "Printed from your record",
    Event.EXPORTED: "Took a file that speaks of you",
    Event.GLASS_BROKEN: "Used emergency access",
    Event.DISSENT_RECORDED: "Wrote down, or ended, your wish that results are not shared",
    Event.LEDGER_SEARCHED: "Checked who had looked at your record",
    Event.ALERT_HANDLED: "Looked into a warning about a look at your record",
    Event.REFUSED: "Was refused",
}

PURPOSES: Mapping[str, str] = {
    Purpose.DIRECT_CARE: "Your care",
    Purpose.EMERGENCY_CARE: "Your care in an emergency",
    Purpose.AUDIT: "Checking that records are used properly",
}

CLAIMS: Mapping[str, str] = {
    Claim.REGISTERED: "you are registered with their practice",
    Claim.IN_DEPARTMENT: "you were in their department",
    Claim.UNDER_MY_CARE: "you were under their care",
}

NOT_COVERED = (
    "People of other organisations who looked only at results of other hospitals: ask those hospitals.",
    "Looks at a hospital’s own computer systems, or on paper. This report is about Trustline alone.",
    "What a person remembered, said or copied by hand after they had looked.",
)


def did(occasion: Occasion) -> tuple[str, ...]:
    """Say what somebody did, in the order they first did it."""
    said = [DID.get(event, event) for event in occasion.events if event != Event.RESULTS_ASKED or not occasion.shown]
    return tuple(_read(occasion) if one == DID[Event.REPORT_SHOWN] else one for one in said)


def _read(occasion: Occasion) -> str:
    count = occasion.read_in_full
    return (
        f"Read {count} {words.plural(count, 'report')} in full" if count else "Looked for a report that was not there"
    )


def why(occasion: Occasion) -> str:
    """Say what they stated as their purpose and their relationship."""
    purposes = [PURPOSES.get(one, one) for one in occasion.purposes]
    claims = [CLAIMS[one] for one in occasion.claims if one in CLAIMS]
    stated = ", and ".join(purposes) or "None stated"
    return f"{stated}: they stated that {' and that '.join(claims)}" if claims else stated


BROKEN = "Emergency access (“break-glass”), without any other link to you. Each use is checked afterwards."


def until(occasion: Occasion) -> str:
    """Say when it ended: the time alone when it is the same day; "" when it was one moment."""
    if occasion.first == occasion.last:
        return ""
    began, ended = when(occasion.first), when(occasion.last)
    return ended.removeprefix(f"{began.partition(' ')[0]} ")


def reason(occasion: Occasion) -> str:
    """Say the reason they wrote; or that they wrote one."""
    if occasion.reasons:
        return "; ".join(f"“{one}”" for one in occasion.reasons)
    return "Written down; not told in this report" if occasion.reason_given else "None written down"


def shown(occasion: Occasion, trusts: Sequence[Trust]) -> tuple[str, ...]:
    """Say whose results were shown, of which sort, and how many."""
    return tuple(
        f"{title(one.trust, trusts)}: {one.laboratory} laboratory, {one.radiology} X-ray and scan"
        for one in occasion.shown
    )


def who(occasion: Occasion) -> str:
    """Say who it was: by name only where the report may."""
    role = occasion.role or "Role not known"
    return f"{occasion.name}, {role}" if occasion.name else role


TABLE: Mapping[str, Callable[[Occasion, Sequence[Trust]], str]] = {
    "from": lambda one, _: when(one.first),
    "until": lambda one, _: when(one.last),
    "organisation": lambda one, _: one.organisation or "Not known",
    "role": lambda one, _: one.role or "Not known",
    "name": lambda one, _: one.name or "Not told",
    "what they did": lambda one, _: "; ".join(did(one)),
    "purpose": lambda one, _: why(one),
    "reason": lambda one, _: reason(one),
    "emergency access (break-glass)": lambda one, _: "yes" if one.break_glass else "no",
    "whose results": lambda one, trusts: "; ".join(shown(one, trusts)) or "None",
    "laboratory reports": lambda one, _: str(one.laboratory),
    "X-ray and scan reports": lambda one, _: str(one.radiology),
    "read in full": lambda one, _: str(one.read_in_full),
    "refused, because": lambda one, _: "; ".join(one.refusals),
    "printed": lambda one, _: str(one.printed),
    "taken as a file": lambda one, _: str(one.exported),
    "log entries": lambda one, _: " ".join(map(str, one.entries)),
}
