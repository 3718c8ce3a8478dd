"""Ask PDS beside the trusts, about every number that stands on the records, each once; and say what its word is.

Rule: nothing of PDS's is decided here, and only what it said is its word.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from viewer.access.standing import PdsWord
from viewer.parts import Heard, Parts
from viewer.steps import Looking


@dataclass(slots=True)
class AskingPds:
    """The questions to PDS of one look or of one search."""

    parts: Parts
    looking: Looking
    _heard: dict[str, Heard] = field(default_factory=dict)
    _words: dict[str, PdsWord | None] = field(default_factory=dict)

    def ask(self, numbers: Iterable[str]) -> None:
        """Begin to ask about those that were not asked about yet."""
        for number in numbers:
            heard = None if number in self._heard else self.parts.begin_to_ask_pds(self.looking, number)
            if heard:
                self._heard[number] = heard

    def wait(self) -> bool:
        """Wait for every answer that is on its way, as long as PDS may take; say whether there was any."""
        self._settle(waits=False)
        under_way = len(self._words) < len(self._heard)
        self._settle(waits=True)
        return under_way

    def silent_on(self, number: str) -> bool:
        """Say whether PDS was asked about this number and, when it was waited for, gave no answer."""
        return number in self._heard and self._heard[number].silent()

    def word_on(self, number: str) -> PdsWord | None:
        """Return what PDS has said about this number; None when it was not asked, or has given no word."""
        return self._words.get(number)

    def word(self, before: PdsWord | None, *, waits: bool) -> PdsWord | None:
        """Return what PDS says of one patient, under whatever numbers; `before` until it has answered.

        One mark marks them. A practice is theirs when PDS names it, and no other, under each of their numbers.
        """
        self._settle(waits=waits)
        if not self._words:
            return before
        words = [word for word in self._words.values() if word]
        if any(word.restricted for word in words):
            return PdsWord("", restricted=True)
        if len(words) < len(self._words):
            return None
        practices = {word.practice for word in words}
        return PdsWord(practices.pop() if len(practices) == 1 else "")

    def _settle(self, *, waits: bool) -> None:
        for number, heard in self._heard.items():
            if number not in self._words and (waits or heard.done()):
                self._words[number] = heard.result()
