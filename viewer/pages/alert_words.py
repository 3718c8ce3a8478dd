"""Put alerts into English, for the queue.

Rule: what a rule means is said in general; the figures of one alert are said to those whose own staff it is about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.answer import Trust
from viewer.access.clinician import Role
from viewer.audit.alerts import NOT_CLOSED, Action, Alert, Did, Rate, Reader, Refused, State
from viewer.audit.review import Rule
from viewer.audit.sweep import Swept
from viewer.pages import words

RULES: Mapping[str, str] = {
    Rule.BREAK_GLASS: "Break-glass",
    Rule.BREAK_GLASS_REASON: "Break-glass without a real reason",
    Rule.BREAK_GLASS_OFTEN: "Break-glass often",
    Rule.SELF_CLAIMED: "Relationship only said",
    Rule.MISSING_REASON: "No reason given",
    Rule.OWN_RECORD: "Own record",
    Rule.SAME_ADDRESS: "Same address",
    Rule.SURNAME_AND_POSTCODE: "Same surname and postcode",
    Rule.NEIGHBOUR: "Neighbour",
    Rule.COLLEAGUE: "Colleague of the same department",
    Rule.VIP: "On the list of people to watch",
    Rule.DECEASED: "Patient had died",
    Rule.RESTRICTED: "Restricted record",
    Rule.NOT_REGISTERED: "GP, and not registered there",
    Rule.VOLUME: "More patients than peers",
    Rule.OUT_OF_HOURS: "Out of hours",
    Rule.ENUMERATION: "Searching along",
    Rule.REFUSALS: "Refused again and again",
    Rule.EXPORTS: "Many prints or exports",
    Rule.UNREADABLE: "Entry that could not be read",
}

# Said instead of the figures to officers whose own staff it is not about.
IN_GENERAL: Mapping[str, str] = {
    Rule.BREAK_GLASS_OFTEN: "This person has broken the glass more often than the partnership lets pass unseen.",
    Rule.BREAK_GLASS_REASON: "The reason this person gave for breaking the glass may be none.",
    Rule.VOLUME: "This person looked at more patients in a day than the partnership lets pass unseen.",
    Rule.OUT_OF_HOURS: "This person looked at an hour that is unusual for them or for their role.",
    Rule.ENUMERATION: "This person searched along numbers, or much and opened little.",
    Rule.REFUSALS: "This person was refused again and again.",
    Rule.MISSING_REASON: "The reason this person gave may be none.",
    Rule.EXPORTS: "This person printed or exported more in a day than the partnership lets pass unseen.",
}

STATES: Mapping[str, str] = {
    NOT_CLOSED: "Not closed",
    State.OPEN: "Open",
    State.EXPLAINED: "Explained, not closed",
    State.ESCALATED: "Escalated",
    State.CLOSED: "Closed",
}

ACTIONS: Mapping[str, str] = {
    Action.NOTE: "Write a note",
    Action.EXPLAIN: "Explain: there is a reason",
    Action.ESCALATE: "Escalate: somebody else decides",
    Action.CLOSE: "Close",
}

DONE: Mapping[str, str] = {
    Did.NOTED: "Noted",
    Did.EXPLAINED: "Explained",
    Did.ESCALATED: "Escalated",
    Did.CLOSED_ONCE: "Closed by the first of two",
    Did.CLOSED: "Closed",
}

ROLES: Mapping[str, str] = {
    Role.CONSULTANT: "Consultant",
    Role.CLINICIAN: "Clinician",
    Role.GP: "GP",
    Role.IG_OFFICER: "Officer",
}

FAILED = "the database failed: the alert itself says whether it was changed"
ABSENT = "No such alert, or it is not yours to review."
LIMIT_OF_SWEEP = timedelta(minutes=1)


def rule(name: str) -> str:
    """Say what an alert is about."""
    return RULES.get(name, name)


def state(alert: Alert) -> str:
    """Say where an alert stands."""
    said = STATES[alert.state]
    return (
        f"{said}; closed by one, a second must agree" if alert.closed_once and alert.state is not State.CLOSED else said
    )


def role(name: str) -> str:
    """Say a role as it was at the time."""
    return ROLES.get(name, name) or "no role"


def why(alert: Alert, reader: Reader) -> str:
    """Say why it was raised, with the figures when it is about staff that the reader answers for."""
    return alert.why if reader.answers_for(alert) else IN_GENERAL.get(alert.rule, alert.why)


def who(alert: Alert) -> str:
    """Say whom it is about, as at the time."""
    place = alert.organisation_name or alert.organisation or "no organisation"
    return f"{alert.user_name or 'Nobody signed in'} ({role(alert.role)}, {place})"


def refused(because: Refused) -> str:
    """Say why nothing was done, and what to do."""
    match because:
        case Refused.NO_NOTE:
            return "Write in words what you found or did: every action needs a note"
        case Refused.NO_WORDS:
            return "Say in words what explains it, in ten letters at least: whoever reads it later was not there"
        case Refused.CLOSED:
            return "This alert is closed: only notes can be added"
        case Refused.SECOND:
            return "You closed it first: an alert about a reviewer needs a second, different reviewer to close it"
        case Refused.MEANWHILE:
            return "Somebody else has dealt with it since you read it: nothing was changed; read on, then decide again"


def goes_to(escalation: str, trusts: Sequence[Trust]) -> str:
    """Say who gets an alert that is escalated."""
    title = next((trust.title for trust in trusts if trust.ods == escalation), "")
    if not title:
        return (
            "An escalated alert goes to nobody by itself: the partnership has named nobody (escalation_ods). It stays "
            "here until it is closed; tell whoever decides."
        )
    return f"An escalated alert goes to the officers of {title} too. It stays here until it is closed."


def hidden(count: int) -> str:
    """Say that there are alerts which nobody of this organisation may see."""
    are = words.plural(count, "alert is", "alerts are")
    return (
        f"{count:,} {are} about somebody whom nobody of your organisation may review: only the officers of the other "
        "trusts see them."
    )


def swept(known: Swept | None, now: datetime) -> str:
    """Say how far the log has been swept, and loudly when nobody sweeps."""
    if known is None:
        return "✕ The log has not been swept yet: no alert has been raised."
    at = words.day_and_clock(known.at)
    behind = (
        f" {known.waiting:,} {words.plural(known.waiting, 'entry waits', 'entries wait')}." if known.waiting else ""
    )
    if now - known.at > LIMIT_OF_SWEEP:
        return f"✕ Nothing has been swept since {at}: alerts may be missing. Tell whoever runs this server.{behind}"
    return f"✓ Swept to entry {known.position:,} at {at}.{behind}"


def is_late(known: Swept | None, now: datetime) -> bool:
    """Say whether alerts may be missing."""
    return known is None or now - known.at > LIMIT_OF_SWEEP


def lasted(took: timedelta) -> str:
    """Say how long a use lasted, in minutes begun."""
    minutes = -(-int(took.total_seconds()) // 60)
    return f"{minutes} min" if minutes else "under a minute"


def rate(counted: Rate) -> str:
    """Say how many glasses were broken in 1,000 looks."""
    return f"{1000 * counted.glasses / counted.looks:.1f}" if counted.looks else "no looks"


def month(name: str) -> str:
    """Say a month: Nov-2026."""
    return f"{words.MONTHS[int(name[5:]) - 1]}-{name[:4]}"


def sought(fields: Mapping[str, str]) -> str:
    """Say which alerts were asked for."""
    said = {
        "state": f"state {fields['state']}",
        "rule": f"rule {fields['rule']}",
        "person": f"person “{fields['person']}”",
    }
    return "alerts: " + ("; ".join(text for name, text in said.items() if fields[name]) or "newest")
