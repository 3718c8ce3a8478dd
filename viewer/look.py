"""One look at one patient while the trusts answer: what has come, what of it may be seen, and the strip of trusts.

Rule: what has not come is on the strip by name, from the first moment to the last.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.answer import GAPS, Answer, Outcome, Question
from viewer.access.decide import RESULT_KINDS, Decision, may_go_on, may_list, may_see_each
from viewer.access.disclosure import Disclosure, disclose
from viewer.access.rules import Rules
from viewer.access.standing import Standing
from viewer.clinical.agree import Agreed, agree_on_patient
from viewer.clinical.merge import merge
from viewer.clinical.normalise import Normalised, normalise
from viewer.clinical.patient import Patient, Person, disagreement
from viewer.clinical.report import Unreadable
from viewer.clinical.timeline import Account, Gap, Row, Timeline, keys_of, lay_out
from viewer.steps import Asked, Looking, Opened, State, Tile

log = logging.getLogger(__name__)

OURS = "a fault of ours, which has been written down"


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be seen now: the Timeline, the strip, whether this look may go on, and what was decided on each row."""

    timeline: Timeline
    tiles: tuple[Tile, ...]
    going_on: Decision
    decisions: Mapping[str, Decision]  # by key, on what is withheld and what could not be read, too

    def disclosure(self, *rows: Row) -> Disclosure:
        """Return what these rows release."""
        return disclose(rows, [self.decisions[row.key] for row in rows])

    def row_of(self, wanted: Callable[[str], bool]) -> Row | None:
        """Return the row in which the report wanted stands: as itself, as a copy or as an earlier version."""
        return next((row for row in self.timeline.rows if any(map(wanted, keys_of(row)))), None)

    def gap_of(self, trust: str) -> Gap | None:
        """Return why this trust's reports are not (all) here, if they are not."""
        return next((gap for gap in self.timeline.gaps if gap.trust.name == trust), None)


@dataclass(slots=True)
class Look:
    """Takes each Answer as it comes and lays out all of them: the only thing in the journey that changes."""

    looking: Looking
    opened: Opened
    asked: Sequence[Asked]
    rules: Rules
    hospital_numbers: Mapping[str, str]
    standing: Standing = field(default_factory=Standing)
    holds: bool = True  # the sign-in, and this patient's being open in it
    _answers: dict[str, Answer] = field(default_factory=dict)
    _agreed: dict[str, Agreed] = field(default_factory=dict)
    _piles: dict[str, Normalised] = field(default_factory=dict)

    def renew(self, asked: Sequence[Asked], rules: Rules, standing: Standing, *, holds: bool) -> None:
        """Go by the rules, the patient's standing and the sign-in as they are now; what is asked can only shrink."""
        now = {one.trust.name: one for one in asked}
        self.asked = tuple(_narrowed(one, now[one.trust.name]) for one in self.asked)
        self.rules, self.standing, self.holds = rules, standing, holds

    @property
    def decided_by(self) -> tuple[object, ...]:
        """Return all that decides what of the answers may be seen: while it is the same, nothing more is withheld."""
        rules, doubted = self.rules, any(agreed.doubt for agreed in self._agreed.values())
        by_rules = tuple(self.asked), rules.agreements, rules.narrowings, rules.today
        return self.may_go_on().allowed, *by_rules, self.standing if doubted else None

    @property
    def has_answers(self) -> bool:
        """Tell whether any trust has answered yet."""
        return bool(self._answers)

    def take(self, answer: Answer) -> None:
        """Agree on the patient, then normalise what this trust sent about them."""
        name = answer.trust.name
        try:
            agreed = agree_on_patient(self.opened.person, answer, self.hospital_numbers[name])
            pile = normalise(answer.trust, agreed.received, of_part=answer.outcome is Outcome.PARTIAL)
        except Exception as mistake:  # ours, and unforeseen: it may cost this trust's answer, by name, but no other's
            log.exception("an answer could not be dealt with: trust=%s %s", name, type(mistake).__name__, exc_info=None)
            answer, agreed = replace(answer, outcome=Outcome.FAILED, reason=OURS, received=()), Agreed(())
            pile = normalise(answer.trust, ())
        self._answers[name], self._agreed[name], self._piles[name] = answer, agreed, pile

    def waits_for(self, questions: Sequence[Question]) -> bool:
        """Tell whether any of these is still unanswered."""
        return any(question.trust.name not in self._answers for question in questions)

    def lay_out(self, now: datetime) -> Seen:
        """Merge what has come, decide on every row, and lay out what may be seen."""
        going_on = self.may_go_on()
        open_ = [one.trust.name for one in self.asked if one.kinds]
        merged = merge([self._piles[name] for name in open_ if name in self._piles])
        whole: tuple[Row | Unreadable, ...] = (*merged.rows, *merged.unreadable)
        decisions = dict(zip((one.key for one in whole), self._decide(whole), strict=True))
        withheld = frozenset(key for key, decision in decisions.items() if not (decision.allowed and going_on.allowed))
        known = [agreed for name, agreed in self._agreed.items() if name in open_]
        doubts = tuple(agreed.doubt for agreed in known if agreed.doubt and self._may_know_of(agreed))
        answered = [answer for name, answer in self._answers.items() if name in open_]
        answers = (*answered, *(not_asked(one, now) for one in self.asked if not one.kinds))
        timeline = lay_out(self.opened.person, merged, answers, withheld, doubts)
        return Seen(timeline, self._strip(timeline, now), going_on, decisions)

    def may_go_on(self) -> Decision:
        """Decide again on the patient: a trust that was silent while they were sought may say more of them now."""
        if not self.holds:
            return Decision(allowed=False, because="This sign-in has ended, or this patient was closed in it")
        fresh = [record for agreed in self._agreed.values() for record in agreed.records]
        who, opened, rules = self.looking.who, self.opened, self.rules
        return may_go_on(who, opened.person, fresh, opened.relationship, rules, self.standing)

    def numbers(self) -> tuple[str, ...]:
        """Return every NHS number that stands on the patient's records, as they were listed and as they came now.

        A record that came for a patient opened without a number, and agrees in all else, says what their number is.
        """
        came = [record for agreed in self._agreed.values() for record in agreed.records]
        if not self.opened.person.nhs_number:
            came += [one for agreed in self._agreed.values() for one in agreed.others if self._gives_a_number(one)]
        records = (*self.opened.person.records, *came)
        return tuple(dict.fromkeys(one.nhs_number.digits for one in records if one.nhs_number))

    def _gives_a_number(self, record: Patient) -> bool:
        known = self.opened.person.records
        return all(disagreement(one, record) == ("NHS number",) for one in known)

    def _may_know_of(self, agreed: Agreed) -> bool:
        """May it be said that this trust knows somebody else by this number? Not of a patient who may not be listed."""
        rules = self.rules
        others = [Person(record.nhs_number, (record,)) for record in agreed.others]
        return not others or any(may_list(self.looking.who, other, rules, self.standing).allowed for other in others)

    def _decide(self, sent: Sequence[Row | Unreadable]) -> Sequence[Decision]:
        who, relationship, rules = self.looking.who, self.opened.relationship, self.rules
        return may_see_each(who, relationship, sent, rules)

    def _strip(self, timeline: Timeline, now: datetime) -> tuple[Tile, ...]:
        gaps = {gap.trust.name: gap for gap in timeline.gaps}
        accounts = {account.trust.name: account for account in timeline.accounts}
        return tuple(self._tile(one, gaps.get(one.trust.name), accounts.get(one.trust.name), now) for one in self.asked)

    def _tile(self, one: Asked, gap: Gap | None, account: Account | None, now: datetime) -> Tile:
        name = one.trust.name
        if not one.kinds:
            return Tile(one.trust, State.NOT_AGREED, outcome=Outcome.NOT_AGREED, reason=one.because, at=now)
        answer = self._answers.get(name)
        if answer is None:
            return Tile(one.trust, State.WAITING)
        count, unreadable = _counted(account)
        outcome, reason = answer.outcome, gap.reason if gap else answer.reason
        if unreadable and outcome not in GAPS:
            outcome, reason = Outcome.PARTIAL, f"{unreadable} could not be read"
        not_asked = [kind for kind in RESULT_KINDS if kind not in one.kinds]
        not_asked = [] if gap or outcome is not Outcome.ANSWERED else not_asked  # what is said already weighs more
        if not_asked:  # there may be some, and nobody was asked
            outcome, reason = Outcome.PARTIAL, f"{' and '.join(not_asked)} withheld by agreement"
        state = State.GAP if gap or unreadable or not_asked else State.ANSWERED if count else State.NONE
        return Tile(
            one.trust, state, count, outcome, reason, answer.asked_at + answer.took, answer.took, answer.kept,
            doubt=gap.doubt if gap else None, verification=self._agreed[name].verification,
        )  # fmt: skip


def _narrowed(before: Asked, now: Asked) -> Asked:
    """Return what a trust may still be shown of: what it was asked for, less what is no longer allowed."""
    return replace(now, kinds=before.kinds & now.kinds) if before.kinds else before


def _counted(account: Account | None) -> tuple[int, int]:
    """Return how many of a trust's reports are on the page, wherever they stand, and how many could not be read."""
    if account is None:
        return 0, 0
    return account.shown + account.folded + account.superseded, account.unreadable


def not_asked(one: Asked, now: datetime) -> Answer:
    """Return the Answer that stands for a trust no agreement lets us ask."""
    return Answer(one.trust, Outcome.NOT_AGREED, now, now - now, one.because)
