"""START HERE. The whole program is this sentence:

A signed-in clinician, an NHS number and a purpose → may we ask each trust? → LOG THE ASKING →
ask all of them at once → one Answer a trust, as each arrives → agree on the patient → normalise →
merge → lay out a Timeline with its Gaps → may this person see each Report? → a Disclosure →
LOG THE DISCLOSURE → the page.

Rule: nothing is yielded or returned from here before the log holds it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from connectors.answer import GAPS, Answer, ByNumber, ByTraits, Kind, Outcome, Question, Received, Results, Trust
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.clinician import Clinician
from viewer.access.decide import Decision, may_ask, may_list, may_open, may_see
from viewer.access.disclosure import Disclosure, disclose
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.merge import merge
from viewer.clinical.normalise import Normalised, normalise
from viewer.clinical.patient import Disagreement, Patient, Person, disagreement, group_into_persons, read_patient
from viewer.clinical.report import Unreadable
from viewer.clinical.timeline import Gap, Row, Timeline, lay_out


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the journey needs of the world, made in app.py and handed in."""

    trusts: tuple[Trust, ...]  # in page order
    hospital_numbers: Mapping[str, str]  # trust name → its identifier system for patients
    agreements: tuple[Agreement, ...]
    narrowings: tuple[Narrowing, ...]
    ask: Callable[[Sequence[Question]], Iterator[Answer]]
    append: Callable[..., tuple[int, ...]]  # to the log; returns when durable, or raises LogUnavailable
    clock: Callable[[], datetime]
    today: Callable[[], date]  # the day in Europe/London, for agreements
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Looking:
    """Who is looking, from where, and the id that ties this look's log entries together."""

    who: Clinician
    sign_in: str
    device: str
    view: str


class State(StrEnum):
    """What the strip says of a trust."""

    WAITING = "waiting"
    ANSWERED = "answered"
    NONE = "none"  # it answered, and holds nothing for this patient
    NOT_AGREED = "not agreed"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Tile:
    """One trust on the strip."""

    trust: Trust
    state: State
    count: int = 0  # reports of this trust on the page, shown or folded
    outcome: Outcome | None = None
    reason: str = ""
    at: datetime | None = None
    took: timedelta | None = None
    kept: bool = False  # shown from an answer at most a minute old
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who was found, and whether this clinician may be shown them."""

    person: Person
    decision: Decision


@dataclass(frozen=True, slots=True)
class Found:
    """The people who fit, and what each trust said. `at` is when the list was complete."""

    people: tuple[Candidate, ...]
    tiles: tuple[Tile, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A patient this clinician has opened: kept in the session under a random handle."""

    handle: str
    person: Person
    relationship: Relationship
    patient_ids: Mapping[str, tuple[str, ...]]  # trust name → its ids of the agreeing records
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """The timeline as it stands after one more answer; already logged as entry number `entry`."""

    timeline: Timeline
    tiles: tuple[Tile, ...]
    newest: Trust | None  # whose answer made this step
    complete: bool  # every trust has answered or will not
    as_of: datetime
    entry: int
