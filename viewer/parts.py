"""Everything the journey needs of the world, made in app.py and handed in.

Rule: an entry names exactly which text of each agreement was relied on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from connectors.answer import Answer, Question, Trust
from viewer.access.access_event import AccessEvent
from viewer.access.glass import LONGEST
from viewer.access.presence import WAITED_FOR
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.clinical.patient import Person
from viewer.steps import Looking, number_of


class Heard(Protocol):
    """A question to PDS that is under way."""

    def done(self) -> bool: ...  # noqa: D102
    def result(self) -> PdsWord | None: ...  # noqa: D102  waits, at most as long as PDS may take; None: no answer
    def silent(self) -> bool: ...  # noqa: D102  did PDS give no answer, when one was waited for?


@dataclass(frozen=True, slots=True)
class Parts:
    """What the journey asks, reads and writes."""

    trusts: tuple[Trust, ...]  # in page order
    hospital_numbers: Mapping[str, str]  # trust name → its identifier system for patients
    rules: Callable[[], Rules]  # the agreements as they stand now
    # One Answer a Question, as they arrive; and nothing, twice a second, while none does.
    ask: Callable[[Sequence[Question]], Iterator[tuple[Answer, ...]]]
    append: Callable[..., tuple[int, ...]]  # to the log; returns when durable, or raises LogUnavailable
    close: Callable[[str, str], None]  # a sign-in's opened patient, by its handle
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    dissents: Callable[[str], bool]  # does a dissent of the patient with this number hold now?
    holds: Callable[[str, str], bool]  # does this sign-in hold now, with the patient of this handle open in it?
    ask_pds: Callable[[str, str], Heard] | None = None  # about a number, for a sign-in; None without PDS
    strong: frozenset[str] = frozenset()  # the strengths of sign-in that may break the glass
    glass_lasts: timedelta = LONGEST
    pause: Callable[[timedelta], object] = lambda _: None  # wait this long
    pds_lasts: timedelta = timedelta(0)  # how long PDS may take at most
    presence_lasts: timedelta = WAITED_FOR  # how long a clinician’s own trust is waited for to bear them out
    timer: Callable[[], float] = lambda: 0.0  # seconds, from anywhere, that no change of the clock touches
    has_ended: Callable[[str], bool] = lambda _: False  # has this record system’s context gone on, or been closed?

    def log(self, rules: Rules, *events: AccessEvent) -> int:
        """Write these down, decided by these rules, and return the last entry’s number once they are durable."""
        texts = {agreement.name: agreement.digest for agreement in rules.agreements}
        named = (replace(one, texts=tuple(texts.get(name, "") for name in one.agreements)) for one in events)
        return self.append(*named)[-1]

    def begin_to_ask_pds(self, looking: Looking, nhs_number: str) -> Heard | None:
        """Begin to ask PDS about a patient; None without PDS, and of a patient without a number."""
        return self.ask_pds(nhs_number, looking.sign_in) if self.ask_pds and nhs_number else None

    def standing(self, person: Person, word: PdsWord | None, *numbers: str) -> Standing:
        """Return what stands in the way of opening this person now: their dissent, and PDS’s word on them.

        `numbers` are further ones that stand on their records: a dissent of any of them is theirs.
        """
        known = dict.fromkeys((number_of(person), *numbers))
        return Standing(any(self.dissents(number) for number in known if number), word)
