"""START HERE. The whole program is this sentence:

A signed-in clinician, an NHS number and a purpose → may we ask each trust? → LOG THE ASKING →
ask all of them at once → one Answer a trust, as each arrives → agree on the patient → normalise →
merge → lay out a Timeline with its Gaps → may this person see each Report? → a Disclosure →
LOG THE DISCLOSURE → wait for the next tick → the page.

Rule: nothing leaves this file before the log holds it, and nothing at a moment that tells of what is withheld.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from connectors.answer import ByNumber, ByTraits, Kind
from viewer import evidence
from viewer.access.clinician import Role
from viewer.access.decide import RESULT_KINDS, Decision, may_open
from viewer.access.glass import breaks_glass
from viewer.access.relationship import FINDING, Relationship
from viewer.asking import decide_asking, results_questions, who_questions
from viewer.asking_pds import AskingPds
from viewer.clinical.patient import group_into_persons
from viewer.clinical.timeline import Gap, Row
from viewer.finding import (
    as_listed,
    may_be_listed,
    records_that_fit,
    take_as_long_as_pds,
    who_strip,
    without_hidden_doubts,
)
from viewer.look import Look, Seen
from viewer.parts import Parts
from viewer.steps import Found, Looking, Opened, State, Step, Tile
from viewer.ticks import Ticks, on_ticks


def results(
    parts: Parts,
    looking: Looking,
    opened: Opened,
    *,
    again: frozenset[str] = frozenset(),
    waits: bool = False,
    printing: bool = False,
    only: Callable[[Row], bool] | None = None,
    leaves_as: str = "",
) -> Iterator[Step]:
    """Yield who is being asked, then the timeline as each trust answers, or once when `waits`; each is logged first.

    `again` names the trusts a person wants asked again, past kept answers and breakers. What is read to decide is read
    anew before every step, and twice a second while no trust answers: at the next tick what forbids the look ends it,
    and what a trust or an agreement no longer allows is withheld. Who sends a step in parts asks it before each further
    one whether it is overtaken: then the next step says what holds.
    `only` picks the rows that a page shows when it does not show them all: the log then names no others as shown.
    `leaves_as` says in what form they leave the viewer, when they are printed or copied.
    """
    ticking = Ticks(parts)
    steps = _results(
        parts, looking, opened, again, ticking, waits=waits, printing=printing, only=only, leaves_as=leaves_as
    )
    return on_ticks(ticking, steps)


def _results(
    parts: Parts,
    looking: Looking,
    opened: Opened,
    again: frozenset[str],
    ticking: Ticks,
    *,
    waits: bool,
    printing: bool,
    only: Callable[[Row], bool] | None,
    leaves_as: str,
) -> Iterator[Step]:
    look = _begin(parts, looking, opened)
    if not look.may_go_on().allowed:
        yield _ended(parts, looking, opened, look)
        return
    entry, pds = _announce(parts, look)
    questions = results_questions(looking, look.asked, opened, again)
    yield _step(look.lay_out(parts.clock()), parts.clock(), entry)

    is_overtaken = partial(_is_overtaken, parts, look, pds)
    shown: frozenset[str] = frozenset()
    decided_by = look.decided_by
    for arrived in parts.ask(questions):
        ticking.came(arrived)
        for answer in arrived:
            look.take(answer)
        _renew(parts, look, pds)
        is_news = bool(arrived)
        while is_news or look.decided_by != decided_by:
            if not look.may_go_on().allowed:
                yield _ended(parts, looking, opened, look)
                return
            if waits and look.waits_for(questions):
                break
            is_news, decided_by = False, look.decided_by
            seen = look.lay_out(parts.clock())
            disclosure = seen.disclosure(*filter(only, seen.timeline.rows) if only else seen.timeline.rows)
            now = parts.clock()
            event = evidence.results_shown(
                looking, opened, seen.tiles, disclosure, shown, now, printing=printing, leaves_as=leaves_as
            )
            entry = parts.log(look.rules, event)
            shown = shown.union(disclosure.reports)
            yield replace(_step(seen, parts.clock(), entry), is_overtaken=is_overtaken)
    if not waits and pds.wait():  # what is shown already need not wait for PDS, and ends at its word
        _renew(parts, look, pds)
        if not look.may_go_on().allowed:
            yield _ended(parts, looking, opened, look)


def one_report(
    parts: Parts,
    looking: Looking,
    opened: Opened,
    wanted: Callable[[str], bool],
    trust: str,
    tell: Callable[[Iterable[Tile]], object] = lambda _: None,
) -> Row | Gap | Decision | None:
    """Return the row of the report wanted, of this trust: a Gap when it did not answer, a refusal, or None.

    All trusts are asked, as for the timeline (most answers are still kept): another trust may hold
    a copy, a correction, or the word that forbids it. That there is none comes on a tick, too. `tell` is told how
    each trust answered, once the log holds it.
    """
    ticking = Ticks(parts)
    found = _one_report(parts, looking, opened, wanted, trust, tell, ticking)
    ticking.wait()
    return found


def _one_report(
    parts: Parts,
    looking: Looking,
    opened: Opened,
    wanted: Callable[[str], bool],
    trust: str,
    tell: Callable[[Iterable[Tile]], object],
    ticking: Ticks,
) -> Row | Gap | Decision | None:
    look = _begin(parts, looking, opened)
    if not (before := look.may_go_on()).allowed:
        _end(parts, looking, opened, before)
        return before
    _, pds = _announce(parts, look)
    for arrived in parts.ask(results_questions(looking, look.asked, opened)):
        ticking.came(arrived)
        for answer in arrived:
            look.take(answer)
    _renew(parts, look, pds)
    seen = look.lay_out(parts.clock())
    if not seen.going_on.allowed:
        _end(parts, looking, opened, seen.going_on)
        return seen.going_on
    row = seen.row_of(wanted)
    disclosure = seen.disclosure(row) if row else seen.disclosure()
    parts.log(look.rules, evidence.report_shown(looking, opened, seen.tiles, disclosure, parts.clock()))
    tell(seen.tiles)
    return row or seen.gap_of(trust)


def show_again(parts: Parts, looking: Looking, opened: Opened) -> Decision:
    """Decide whether who the opened patient is may stand on a page once more, and write it down either way."""
    rules, standing = parts.rules(), parts.standing(opened.person, opened.pds)
    decision = may_open(looking.who, opened.person, opened.relationship, rules, standing)
    if decision.allowed:
        parts.log(rules, evidence.shown_again(looking, opened, parts.clock()))
    else:
        _end(parts, looking, opened, decision)
    return decision


def find(parts: Parts, looking: Looking, query: ByNumber | ByTraits, relationship: Relationship = FINDING) -> Found:
    """Ask every trust we may who this is, and return the people who fit; everyone listed is logged first."""
    rules = parts.rules()
    asked = decide_asking(rules, looking, relationship, parts.trusts, (Kind.DEMOGRAPHICS,))
    parts.log(rules, evidence.find_asked(looking, query, relationship, asked, parts.clock()))

    pds = AskingPds(parts, looking)
    pds.ask([query.nhs_number] if isinstance(query, ByNumber) else [])
    arrivals = parts.ask(who_questions(looking, asked, query))
    answers = {answer.trust.name: answer for arrived in arrivals for answer in arrived}
    in_page_order = [answers[trust.name] for trust in parts.trusts if trust.name in answers]
    patients, marked = records_that_fit(query, in_page_order, parts.hospital_numbers)
    began = parts.clock()
    people = may_be_listed(parts, looking, group_into_persons(patients), marked, pds, relationship)
    listed = without_hidden_doubts([candidate for candidate in people if candidate.decision.allowed])
    if isinstance(query, ByTraits) and not listed and not breaks_glass(relationship):
        take_as_long_as_pds(parts, began)
    said = who_strip(asked, answers, parts.hospital_numbers, parts.clock())

    parts.log(rules, *evidence.find_shown(looking, query, relationship, people, said, parts.clock()))
    page = who_strip(asked, answers, parts.hospital_numbers, parts.clock(), hides=not breaks_glass(relationship))
    hidden = tuple(one.person for one in people if one.restricted and not one.decision.allowed)
    silent = isinstance(query, ByNumber) and pds.silent_on(query.nhs_number)
    return Found(listed, as_listed(page, listed), parts.clock(), hidden, silent)


# ── A look, from its beginning to its end ────────────────────────────────────────────────────────


def _begin(parts: Parts, looking: Looking, opened: Opened) -> Look:
    """Decide what each trust may be asked. Nothing is asked yet, and nothing written down."""
    rules = parts.rules()
    asked = decide_asking(rules, looking, opened.relationship, parts.trusts, RESULT_KINDS)
    standing = parts.standing(opened.person, opened.pds)
    return Look(looking, opened, asked, rules, parts.hospital_numbers, standing)


def _announce(parts: Parts, look: Look) -> tuple[int, AskingPds]:
    """Write down who is about to be asked for what; then begin to ask PDS."""
    looking, opened = look.looking, look.opened
    entry = parts.log(look.rules, evidence.results_asked(looking, opened, look.asked, parts.clock()))
    pds = AskingPds(parts, looking)
    pds.ask(look.numbers())
    return entry, pds


def _renew(parts: Parts, look: Look, pds: AskingPds) -> None:
    """Read anew all that the look goes by: the rules, the patient's standing, and whether the sign-in holds."""
    looking, opened, rules = look.looking, look.opened, parts.rules()
    asked = decide_asking(rules, looking, opened.relationship, parts.trusts, RESULT_KINDS)
    numbers = look.numbers()
    pds.ask(numbers)
    # A GP sees nothing until PDS has named their practice; nobody else waits for it.
    word = pds.word(opened.pds, waits=looking.who.role is Role.GP and look.has_answers)
    standing, holds = parts.standing(opened.person, word, *numbers), parts.holds(looking.sign_in, opened.handle)
    look.renew(asked, rules, standing, holds=holds)


def _is_overtaken(parts: Parts, look: Look, pds: AskingPds) -> bool:
    """Read anew all that the look goes by, while its last step is still being sent: does the step hold no more?"""
    before = look.decided_by
    _renew(parts, look, pds)
    return look.decided_by != before


def _step(seen: Seen, now: datetime, entry: int) -> Step:
    complete = all(tile.state is not State.WAITING for tile in seen.tiles)
    oldest = min((tile.at for tile in seen.tiles if tile.at), default=now)  # an answer may have been kept a minute
    return Step(seen.timeline, seen.tiles, complete, oldest, entry)


def _ended(parts: Parts, looking: Looking, opened: Opened, look: Look) -> Step:
    decision = look.may_go_on()
    entry = _end(parts, looking, opened, decision)
    return replace(_step(look.lay_out(parts.clock()), parts.clock(), entry), refused=decision.because)


def _end(parts: Parts, looking: Looking, opened: Opened, decision: Decision) -> int:
    """Write the refusal down, and close the patient: what was opened opens nothing any more."""
    entry = parts.append(evidence.look_ended(looking, opened, decision, parts.clock()))[-1]
    parts.close(looking.sign_in, opened.handle)
    return entry
