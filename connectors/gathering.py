"""What has come of one exchange with one trust: pages as they came, and what they amount to in the end.

Rule: whatever is missing is said, and never how many came: some of those may be withheld. Pages already whole
are never thrown away because a later one failed; what is about somebody else goes no further than here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.answer import (
    ByNumber,
    ByTraits,
    InDepartment,
    Outcome,
    Presence,
    Query,
    Received,
    Results,
    Search,
    Trouble,
)
from connectors.attending import stand_in_department
from connectors.connector import is_askable
from connectors.page import Page
from connectors.subject import Standing, has_number, has_traits, standing, whose
from connectors.trust_config import Caps

# One person is one record at most trusts, and a handful where records were never merged. A hundred are a server's
# mistake, and each would stand in the searches for results.
_MOST_RECORDS = 50

_NAMES = {
    "DiagnosticReport": "reports",
    "Observation": "results",
    "ImagingStudy": "imaging studies",
    "Encounter": "encounters",
    "Patient": "patient records",
}


@dataclass(slots=True)
class Pile:
    """The pages of one search. `over` once its last page came, or it had to be given up."""

    search: Search
    entries: list[Received] = field(default_factory=list)
    pages: int = 0
    total: int | None = None
    warnings: list[str] = field(default_factory=list)
    trouble: Trouble | None = None
    over: bool = False
    waiting: str = ""  # what it waits for, when that is not its next page
    followed: set[str] = field(default_factory=set)
    linked: bool = False  # a page named the next: the server says when there is more
    matched: set[tuple[str, str]] = field(default_factory=set)
    _barren: int = 0  # pages in a row that brought nothing new

    @property
    def name(self) -> str:
        """Return what the search brings, as people call it."""
        return _NAMES.get(self.search.resource, self.search.resource)

    def take(self, page: Page) -> None:
        """Add a whole page."""
        self.pages += 1
        self.entries.extend(page.entries)
        self.warnings.extend(page.warnings)
        self.linked = self.linked or bool(page.next_link)
        self.total = max(self.total or 0, page.total) if page.total is not None else self.total
        before = len(self.matched)
        self.matched.update(
            (entry.kind, entry.id or f"#{self.pages}.{place}")
            for place, entry in enumerate(page.entries)
            if entry.mode == "match" and entry.kind in (self.search.resource, "")
        )
        self._barren = 0 if len(self.matched) > before else self._barren + 1

    def may_follow(self, address: str, caps: Caps) -> Trouble | None:
        """Return why the next page is not asked for, or None when it is."""
        if address in self.followed:
            return Trouble(Outcome.PARTIAL, "its pages lead round in a circle")
        # One page without anything new may be a page whose entries were all filtered out, or a repeat
        # that the server recovers from; two in a row is a loop with ever new addresses.
        if self._barren >= 2 and self.entries:
            return Trouble(Outcome.PARTIAL, "its pages repeat themselves")
        if self.pages >= caps.pages:
            return Trouble(Outcome.OVERSIZE, f"more than {caps.pages} pages")
        self.followed.add(address)
        return None

    def shortfall(self) -> str:
        """Return that the server counted more than it sent, or that it never said whether there is more."""
        came = len(self.matched)
        if self.total is None:
            full = str(came) == dict(self.search.parameters).get("_count") and not self.linked
            return f"this trust did not say whether there are more {self.name}" if full else ""
        return f"not all of its {self.name} came" if came < self.total else ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What an exchange amounts to: the parts of an Answer that the trust had a say in."""

    outcome: Outcome
    reason: str = ""
    received: tuple[Received, ...] = field(default=(), repr=False)
    foreign: int = 0


@dataclass(slots=True)
class Gathering:
    """One exchange, from its first page to its Sum."""

    query: Query
    address: str
    caps: Caps
    piles: list[Pile] = field(default_factory=list)
    bytes: int = 0

    def begin(self, search: Search) -> Pile:
        """Open the pile of one search."""
        self.piles.append(Pile(search))
        return self.piles[-1]

    def room(self) -> Caps:
        """Return the caps as they stand after what has already come."""
        taken = sum(len(pile.entries) for pile in self.piles)
        if not taken and not self.bytes:
            return self.caps
        return replace(self.caps, bytes=self.caps.bytes - self.bytes, entries=self.caps.entries - taken)

    def patient_ids(self) -> tuple[str, ...]:
        """Return the ids of the trust's records that carry the NHS number asked for, once each."""
        ids = (patient.id for patient in self._patients(Standing.OURS) if is_askable(patient.id))
        return tuple(dict.fromkeys(ids))[:_MOST_RECORDS]

    def sum_up(self, late: str = "") -> Sum:
        """Return what all of it amounts to. `late` is the reason when the deadline ended the exchange."""
        troubles = self._troubles(late)
        if troubles and not self.holds_results():
            return Sum(troubles[0].outcome, "; ".join(_reasons(troubles)))
        received, foreign = self._sorted()
        missing = [*_reasons(troubles), *self._missing(foreign)]
        if missing:
            return Sum(Outcome.PARTIAL, "; ".join(missing), received, foreign)
        if self._nobody_known():
            return Sum(Outcome.NOT_KNOWN)
        return Sum(Outcome.ANSWERED, "", received)

    def _troubles(self, late: str) -> list[Trouble]:
        troubles = self._named()
        if late:
            stopped = [pile for pile in self.piles if not pile.over]
            troubles += [_stopped(pile, late) for pile in stopped] or [Trouble(Outcome.LATE, f"no answer in {late}")]
        return troubles

    def _named(self) -> list[Trouble]:
        """Return what failed, saying which search it was unless all of them failed alike."""
        failed = [(pile.name, pile.trouble) for pile in self.piles if pile.trouble]
        alike = len({trouble.reason for _, trouble in failed}) == 1 and len(failed) == len(self.piles)
        if alike:
            return [failed[0][1]]
        return [replace(trouble, reason=f"{name}: {trouble.reason}") for name, trouble in failed]

    def holds_results(self) -> bool:
        """Say whether a whole page of what was asked for is here; a patient's record alone is no result."""
        asked = [pile for pile in self.piles if pile.search.resource != "Patient"]
        return any(pile.pages for pile in (asked if isinstance(self.query, Results) else self.piles))

    def _nobody_known(self) -> bool:
        if isinstance(self.query, Presence):
            return not self.piles  # nobody whom it could be asked about
        if isinstance(self.query, InDepartment):
            return False  # an empty department is an answer
        return self._identified() and not self._patients(Standing.OURS) and not self._patients(Standing.UNTOLD)

    def _identified(self) -> bool:
        """Say whether the trust was asked in this exchange who this is, and answered in full."""
        return any(pile.over and not pile.trouble for pile in self.piles if pile.search.resource == "Patient")

    def _missing(self, foreign: int) -> list[str]:
        said = [words for pile in self.piles for words in pile.warnings]
        short = [pile.shortfall() for pile in self.piles]
        return [*dict.fromkeys(said), *filter(None, [*short, self._unknowable(), self._too_many(), _dropped(foreign)])]

    def _too_many(self) -> str:
        """Return words for records of one number beyond those that are looked at."""
        came = len(self._records())
        if came <= _MOST_RECORDS:
            return ""
        return f"{came} patient records came for one NHS number; the first {_MOST_RECORDS} are looked at"

    def _records(self) -> list[Received]:
        """Return the trust's records of the number asked for, once each; a search by traits finds many people."""
        if isinstance(self.query, ByTraits | InDepartment):
            return []
        return once_each(self._patients(Standing.OURS))

    def _unknowable(self) -> str:
        """Return words for a patient's record that may be theirs, and cannot be asked about."""
        if isinstance(self.query, InDepartment):
            return self._unreadable_attendances()
        if self._patients(Standing.UNTOLD):
            return "a patient record came that could not be read"
        if any(not is_askable(patient.id) for patient in self._patients(Standing.OURS)):
            return "a patient record came without an id that results can be asked for by"
        return ""

    def _unreadable_attendances(self) -> str:
        unread = any(stands is Standing.UNTOLD for _, stands in self._stood())
        return "an attendance came that could not be read" if unread else ""

    def _patients(self, wanted: Standing) -> list[Received]:
        patients = (entry for pile in self.piles for entry in pile.entries if entry.kind == "Patient")
        return [patient for patient in patients if self._standing_of(patient) is wanted]

    def _standing_of(self, patient: Received) -> Standing:
        if isinstance(self.query, ByTraits):
            return has_traits(patient, self.query)
        if isinstance(self.query, InDepartment):
            return Standing.NOBODYS  # whose an attendance is, is read from all that came
        return has_number(patient, self.query.nhs_number)

    def _sorted(self) -> tuple[tuple[Received, ...], int]:
        """Return what is about the patient, once each, and the number of entries about somebody else."""
        kept: list[Received] = []
        foreign = 0
        beyond = {id(record) for record in self._records()[_MOST_RECORDS:]}
        for entry, stands in self._stood():
            if id(entry) in beyond:
                continue
            if stands is Standing.FOREIGN:
                foreign += 1
            else:
                kept.append(_untold(entry) if stands is Standing.UNTOLD else entry)
        return tuple(kept), foreign

    def _stood(self) -> Iterable[tuple[Received, Standing]]:
        entries = once_each(entry for pile in self.piles for entry in pile.entries)
        if isinstance(self.query, InDepartment):
            return stand_in_department(entries, self.address)
        if isinstance(self.query, ByNumber | ByTraits):
            # Only people were asked for; anything else that came cannot be theirs.
            return [(e, self._standing_of(e) if e.kind in ("Patient", "") else Standing.FOREIGN) for e in entries]
        ours = self._patients(Standing.OURS)
        patient = whose(self.query.nhs_number, self._ids(self.query, ours), self.address, ours)
        return [(entry, standing(entry, patient)) for entry in entries]

    def _ids(self, query: Results | Presence, ours: list[Received]) -> set[str]:
        """Return the patient's ids as this exchange proved them.

        Ids learnt earlier count only until the trust itself says otherwise: records are merged and numbers corrected.
        """
        proven = {patient.id for patient in ours if patient.id}
        if self._identified():
            return proven
        denied = {patient.id for patient in self._patients(Standing.FOREIGN)}
        return proven | (set(query.patient_ids) - denied)


def once_each(entries: Iterable[Received]) -> list[Received]:
    """Return the entries without repeats: the same kind, id and bytes. One id and version may hold two contents."""
    seen: set[tuple[str, str, bytes]] = set()
    kept = []
    for entry in entries:
        key = (entry.kind, entry.id, entry.raw)
        if not entry.id or key not in seen:
            seen.add(key)
            kept.append(entry)
    return kept


def _untold(entry: Received) -> Received:
    return replace(entry, body=None, problem=entry.problem or "it does not say whose it is")


def _stopped(pile: Pile, late: str) -> Trouble:
    if pile.waiting:
        return Trouble(Outcome.LATE, f"{pile.waiting} did not answer in {late}")
    if pile.pages:
        return Trouble(Outcome.LATE, f"a further page of its {pile.name} did not come in {late}")
    return Trouble(Outcome.LATE, f"its {pile.name} did not come in {late}")


def _reasons(troubles: Iterable[Trouble]) -> list[str]:
    return list(dict.fromkeys(trouble.reason for trouble in troubles))


def _dropped(foreign: int) -> str:
    if not foreign:
        return ""
    return "1 entry was about somebody else" if foreign == 1 else f"{foreign} entries were about somebody else"
