"""Who is in the clinician's own emergency department now: a list from their own trust's attendances.

Rule: to list people is a look. It is decided person by person, and the log names everybody listed before the page
does. A trust that does not answer in full is a gap in words, and never an empty department.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.answer import Answer, InDepartment, Kind, Question, Trust
from viewer import evidence
from viewer.access.department import Attending, attendances
from viewer.access.relationship import FINDING
from viewer.asking import decide_asking
from viewer.asking_pds import AskingPds
from viewer.clinical.agree import read_patients
from viewer.clinical.patient import Person, group_into_persons
from viewer.finding import may_be_listed, who_strip, without_hidden_doubts
from viewer.parts import Parts
from viewer.steps import Asked, Looking, State, Tile


@dataclass(frozen=True, slots=True)
class InBay:
    """A person in the department: since when, and in which part of it."""

    person: Person
    attendance: Attending


@dataclass(frozen=True, slots=True)
class Board:
    """The list, what the trust said, and what of it is not listed."""

    tile: Tile | None  # None: the clinician's organisation is none of the trusts
    people: tuple[InBay, ...] = ()  # of the department chosen, or of all; who came last stands first
    departments: tuple[tuple[str, int], ...] = ()  # each that somebody is in, and how many
    never_closed: int = 0  # attendances that began longer ago than anybody stays
    untimely: int = 0  # attendances that are over, or whose time cannot be: it lies ahead, or cannot be read
    nameless: int = 0  # attendances whose patient's record did not come, or could not be read
    at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Tell whether the trust has said everything: only then may nobody be nobody."""
        return self.tile is not None and self.tile.state in (State.ANSWERED, State.NONE)


def who_is_in_department(
    parts: Parts, looking: Looking, chosen: Callable[[str], bool] = lambda _: True, *, again: bool = False
) -> Board:
    """Ask the clinician's own trust who is in its emergency departments, and write down who is listed.

    `chosen` says of a department, by its name, whether its people are to be listed.
    """
    own = own_trust(parts, looking)
    if own is None:
        return Board(None, at=parts.clock())
    rules = parts.rules()
    (asked,) = decide_asking(rules, looking, FINDING, (own,), (Kind.DEMOGRAPHICS,))
    parts.log(rules, evidence.department_asked(looking, asked, parts.clock()))
    if not asked.kinds:
        return Board(_tile(parts, asked, None), at=parts.clock())
    answer = _ask(parts, Question(own, InDepartment(), looking.sign_in, again))
    return _shown(parts, looking, asked, answer, chosen)


def own_trust(parts: Parts, looking: Looking) -> Trust | None:
    """Return the trust at which this person works in the role they act in."""
    return next((trust for trust in parts.trusts if trust.ods == looking.who.organisation.ods), None)


def _ask(parts: Parts, question: Question) -> Answer:
    return next(answer for arrived in parts.ask((question,)) for answer in arrived)


def _shown(parts: Parts, looking: Looking, asked: Asked, answer: Answer, chosen: Callable[[str], bool]) -> Board:
    """Decide on everybody who is there, write down who is listed, and list them."""
    known, unread = read_patients(answer, parts.hospital_numbers[answer.trust.name])
    there = attendances(answer.received, parts.clock())
    pds = AskingPds(parts, looking)
    decided = may_be_listed(parts, looking, group_into_persons(known), (), pds, FINDING)
    may = without_hidden_doubts([one for one in decided if one.decision.allowed])
    theirs = [(one, _of(one.person, there)) for one in may]
    here = [(one, last) for one, visits in theirs if (last := _last(visits))]
    listed = [(one, last) for one, last in here if chosen(last.department)]
    refused = [one for one in decided if not one.decision.allowed]
    tile = _tile(parts, asked, answer)
    told = [*(one for one, _ in listed), *refused]
    parts.log(parts.rules(), *evidence.department_shown(looking, told, tile, parts.clock()))
    ids = {record.id for record in known} | {record.id for record in unread}
    return Board(
        tile,
        tuple(sorted((InBay(one.person, last) for one, last in listed), key=_arrival, reverse=True)),
        _departments(last.department for _, last in here),
        *_not_listed(visits for _, visits in theirs),
        sum(visit.patient_id not in ids for visit in there),
        parts.clock(),
    )


def _tile(parts: Parts, asked: Asked, answer: Answer | None) -> Tile:
    answers = {asked.trust.name: answer} if answer else {}
    (tile,) = who_strip((asked,), answers, parts.hospital_numbers, parts.clock(), hides=True)
    return tile


def _of(person: Person, there: Iterable[Attending]) -> tuple[Attending, ...]:
    ids = {record.id for record in person.records}
    return tuple(one for one in there if one.patient_id in ids)


def _last(visits: Sequence[Attending]) -> Attending | None:
    """Return where somebody is now: of several attendances that go on, the one that began last."""
    return max((one for one in visits if one.goes_on), key=_began, default=None)


def _not_listed(theirs: Iterable[Sequence[Attending]]) -> tuple[int, int]:
    """Count those who may be listed and of whom no attendance goes on: it was never closed, or its time cannot be."""
    over = [visits for visits in theirs if not any(one.goes_on for one in visits)]
    never_closed = sum(any(one.never_closed for one in visits) for visits in over)
    return never_closed, len(over) - never_closed


def _began(one: Attending) -> datetime:
    return one.arrived.instant if one.arrived else datetime.min.replace(tzinfo=UTC)


def _arrival(one: InBay) -> tuple[datetime, str]:
    return _began(one.attendance), one.person.records[0].id


def _departments(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return every department somebody is in, in the order of its name; one that was not named last."""
    counts = Counter(names)
    return tuple((name, counts[name]) for name in sorted(counts, key=lambda name: (not name, name)))
