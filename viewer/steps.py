"""What the journey hands from one step to the next: Looking, Asked, Tile, Found, Opened, NeedsReason, Step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.answer import Kind, Outcome, Trust
from viewer.access.clinician import Clinician
from viewer.access.decide import Decision
from viewer.access.relationship import Relationship
from viewer.access.standing import PdsWord
from viewer.clinical.patient import Disagreement, Person, Verification
from viewer.clinical.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Asked:
    """What one trust may be asked for, and the clauses (or the reasons) that say so."""

    trust: Trust
    kinds: frozenset[Kind]  # empty: it is not asked
    because: str
    agreements: tuple[str, ...] = ()


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
    doubt: Disagreement | None = None  # its record disagrees about who this is
    verification: Verification = Verification.VERIFIED  # of the NHS number there


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who was found, and whether this clinician may be shown them."""

    person: Person
    decision: Decision
    restricted: bool = False  # a trust or PDS marks the record: no place of theirs is shown or written down
    place: bool = True  # may be shown: they are not restricted, and PDS, where there is one, has said its word


@dataclass(frozen=True, slots=True)
class Found:
    """The people who fit, and what each trust said. `at` is when the list was complete."""

    people: tuple[Candidate, ...]
    tiles: tuple[Tile, ...]
    at: datetime
    hidden: tuple[Person, ...] = field(default=(), compare=False, repr=False)  # restricted: never on a page
    pds_silent: bool = False  # about the number that was sought, whoever has it


@dataclass(frozen=True, slots=True)
class Opened:
    """A patient this clinician has opened: kept in the session under a random handle."""

    handle: str
    person: Person
    relationship: Relationship
    patient_ids: Mapping[str, tuple[str, ...]]  # trust name → its ids of the agreeing records
    at: datetime
    restricted: bool = False  # opened by break-glass: no place of theirs is shown or written down
    pds: PdsWord | None = None  # what PDS said of them when they were opened
    search: str = ""  # the handle of the search that found them: a refusal offers to repeat it by breaking the glass
    secret: str = field(default="", repr=False)  # makes the addresses of this patient's reports, and of nobody else's


@dataclass(frozen=True, slots=True)
class NeedsReason:
    """Nothing bears the claim out, so it needs a reason in words. `because` says what was asked, and what came."""

    because: str


@dataclass(frozen=True, slots=True)
class Step:
    """The timeline as it stands after one more answer, several together, or a change of rules; logged as `entry`."""

    timeline: Timeline
    tiles: tuple[Tile, ...]
    complete: bool  # every trust has answered or will not
    as_of: datetime  # when the oldest of the answers came
    entry: int
    refused: str = ""  # why this look has ended: something was just said, recorded, ended or changed that forbids it
    # Read anew: may what it shows, or some of it, be seen no longer? Asked before more of a long step is sent; then no
    # more of it is, and the next Step says what holds.
    is_overtaken: Callable[[], bool] = field(default=lambda: False, compare=False, repr=False)


def number_of(person: Person) -> str:
    """Return a person’s ten digits, to ask with or to write down; "" of one without a number."""
    return person.nhs_number.digits if person.nhs_number else ""


def ids_by_trust(person: Person) -> dict[str, tuple[str, ...]]:
    """Return each trust’s ids of this person’s records."""
    trusts = dict.fromkeys(record.trust.name for record in person.records)
    return {name: tuple(record.id for record in person.records if record.trust.name == name) for name in trusts}
