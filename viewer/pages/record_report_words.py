"""Put "who viewed my record" into words that the patient understands.

Rule: no word of ours that is not explained, and nothing that sounds more certain than the log.
"""

import re
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
    Event.RESULTS_SHOWN: "Saw your results",
    Event.REPORT_SHOWN: "Read a report in full",
    Event.PRINTED: "Printed some of your results",
    Event.COPIED: "Copied some of your results as text",
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
    (
        "People of other organisations who tried to look and were refused: nothing of this organisation was shown to "
        "them. Ask the organisation where they work."
    ),
    "Looks at a hospital’s own computer systems, or on paper. This report is about Trustline alone.",
    "What a person remembered, said or copied by hand after they had looked.",
)


def did(occasion: Occasion) -> tuple[str, ...]:
    """Say what somebody did, in the order they first did it."""
    said = [
        _act(event, because, occasion)
        for event, because in occasion.acts
        if event != Event.RESULTS_ASKED or not occasion.shown
    ]
    return tuple(dict.fromkeys(said))


def _act(event: str, because: str, occasion: Occasion) -> str:
    if because:
        return f"{DID[Event.REFUSED]}: {refusal(because)}"
    return _read(occasion) if event == Event.REPORT_SHOWN else DID.get(event, event)


_REFUSALS = (
    (r"This patient’s record is restricted.*", "your record is marked as restricted, and nobody may open it here"),
    (r"This patient has (?:said|asked) that their results.*", "you have asked that your results are not shared here"),
    (
        r"PDS did not answer, so registration with (.+) is not proven",
        r"the national register of patients did not answer, so nothing showed that you are registered with \1",
    ),
    (r"PDS does not name (.+) as this patient’s practice", r"the national register does not name \1 as your practice"),
    (
        r"No trust names this patient’s practice, so registration with (.+) is not proven",
        r"no hospital’s record names your practice, so nothing showed that you are registered with \1",
    ),
    (
        r"The trusts do not agree that this patient is registered with (.+)",
        r"the hospitals’ records do not agree that you are registered with \1",
    ),
    (
        r"The trusts do not name (.+) as this patient’s practice",
        r"the hospitals’ records do not name \1 as your practice",
    ),
    (r"Emergency access needs a reason in words", "they gave no reason in words"),
    (r"Emergency access needs a .*sign-in.*", "they had not shown strongly or lately enough who they are"),
    (r"The emergency access has (ended|not begun)", r"their emergency access had \1"),
    (r"No clause of (\S+) lets .+", r"the hospitals’ agreement (\1) does not let them see this"),
)


def refusal(because: str) -> str:
    """Say why somebody was refused, to the patient."""
    return "; ".join(dict.fromkeys(map(_to_the_patient, because.rstrip(".").split("; "))))


def _to_the_patient(sentence: str) -> str:
    for pattern, said in _REFUSALS:
        if found := re.fullmatch(pattern, sentence):
            return found.expand(said)
    return re.sub("[Tt]his patient", "you", re.sub("[Tt]his patient’s", "your", sentence))


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


BROKEN = "Emergency access (“break-glass”); no other link to you was stated. Each use is checked afterwards."

_PROOFS: Mapping[str, str] = {
    "PDS": "the national register of patients",
    "the trusts’ own records": "the hospitals’ own records",
}


def proof(occasion: Occasion) -> str:
    """Say what bore out the relationship that they stated; "" when none was stated that could be."""
    if occasion.proofs:
        return f"Borne out by: {'; '.join(_PROOFS.get(one, one) for one in occasion.proofs)}"
    if any(one in CLAIMS for one in occasion.claims):
        return "No record bore this out: it was their word alone"
    return ""


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
    return tuple(f"{title(one.trust, trusts)}: {_sorts(one.laboratory, one.radiology)}" for one in occasion.shown)


def _sorts(laboratory: int, radiology: int) -> str:
    return f"{_reports(laboratory, 'laboratory')}, {_reports(radiology, 'X-ray or scan')}"


def _reports(count: int, sort: str) -> str:
    return f"{count or 'no'} {sort} {words.plural(count, 'report')}"


def who(occasion: Occasion) -> str:
    """Say who it was: by name only where the report may."""
    role = occasion.role or "Role not known"
    return f"{occasion.name}, {role}" if occasion.name else f"{role} {occasion.letter}"


WHO_IS_A = (
    "People who are not named have a letter, the same one throughout this report: “Consultant A” is one person, and "
    "“Consultant B” of the same organisation another."
)
COVERED = (
    "Everybody in what this report covers who looked this patient up, saw something of them, or was refused; what it "
    "does not cover is said below"
)


TABLE: Mapping[str, Callable[[Occasion, Sequence[Trust]], str]] = {
    "from": lambda one, _: when(one.first),
    "until": lambda one, _: when(one.last),
    "organisation": lambda one, _: one.organisation or "Not known",
    "role": lambda one, _: one.role or "Not known",
    "name": lambda one, _: one.name or f"Not told: {who(one)}",
    "what they did": lambda one, _: "; ".join(did(one)),
    "purpose": lambda one, _: why(one),
    "borne out by": lambda one, _: proof(one) or "Nothing to bear out",
    "reason": lambda one, _: reason(one),
    "emergency access (break-glass)": lambda one, _: "yes" if one.break_glass else "no",
    "whose results": lambda one, trusts: "; ".join(shown(one, trusts)) or "None",
    "laboratory reports": lambda one, _: str(one.laboratory),
    "X-ray and scan reports": lambda one, _: str(one.radiology),
    "read in full": lambda one, _: str(one.read_in_full),
    "refused, because": lambda one, _: "; ".join(map(refusal, one.refusals)),
    "printed": lambda one, _: str(one.printed),
    "taken as a file": lambda one, _: str(one.exported),
    "log entries": lambda one, _: " ".join(map(str, one.entries)),
}
