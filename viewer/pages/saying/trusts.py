"""Say of each trust how it answered, and of all of them what the page is complete except for.

Rule: "none" is said only of trusts that said so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from connectors.answer import GAPS, Outcome
from viewer.clinical.agree import UNREAD
from viewer.clinical.patient import Verification
from viewer.pages.saying.english import listed, plural
from viewer.pages.saying.people import disagreement, in_doubt, verification
from viewer.pages.saying.times import clock, day_and_clock, seconds
from viewer.steps import State, Tile


def outcome(outcome: Outcome) -> str:  # noqa: PLR0912  a list of words, one a member
    """Say in a few words how a question went: did not answer."""
    match outcome:
        case Outcome.ANSWERED:
            return "answered"
        case Outcome.NOT_KNOWN:
            return "answered: it holds no record of this patient"
        case Outcome.PARTIAL:
            return "sent only part"
        case Outcome.LATE:
            return "did not answer"
        case Outcome.UNREACHABLE:
            return "could not be reached"
        case Outcome.REFUSED:
            return "refused us"
        case Outcome.SIGN_IN_FAILED:
            return "did not accept our sign-in"
        case Outcome.BUSY:
            return "said it is too busy"
        case Outcome.FAILED:
            return "failed"
        case Outcome.GARBLED:
            return "sent what cannot be read"
        case Outcome.OVERSIZE:
            return "sent more than we can take"
        case Outcome.RESTING:
            return "not asked, after failing too often just now"
        case Outcome.NOT_AGREED:
            return "not asked: no agreement in force allows it"
        case _:
            assert_never(outcome)


def gap(outcome_: Outcome, reason: str, at: datetime | None, took: timedelta | None) -> str:
    """Say a gap in one sentence: did not answer in 3.0 s at 03:12."""
    said, why = _how_it_went(outcome_, at, took), _why_so(outcome_, reason)
    return f"{said}: {why}" if why else said


def _how_it_went(outcome_: Outcome, at: datetime | None, took: timedelta | None) -> str:
    said = outcome(outcome_)
    if outcome_ is Outcome.LATE and took is not None:
        said = f"{said} in {seconds(took)}"
    return said if at is None else f"{said} at {clock(at)}"


def _why_so(outcome_: Outcome, reason: str) -> str:
    return "" if outcome_ in _SELF_EXPLAINING else _without_codes(reason)


_SELF_EXPLAINING = frozenset({Outcome.LATE, Outcome.UNREACHABLE})
_STATUS = re.compile(r"HTTP (\d{3})(?:: )?")


def _without_codes(reason: str) -> str:
    """Say a reason as people do; its codes stand on the page of the trusts, for those who look after the servers.

    A code that is all of a reason, or comes before one, says no more than the outcome has said.
    """
    plain = reason.replace(*_TOKEN).replace(*_NO_ANSWER)
    if before := _STATUS.match(plain):
        return plain[before.end() :]
    return _STATUS.sub(lambda found: _status(found[1]), plain)


_TOKEN = ("its token endpoint said", "its own sign-in service:")
_NO_ANSWER = ("not an HTTP response", "what came was no answer")


def _status(code: str) -> str:
    named = {"401": "our sign-in was not accepted", "403": "we were refused", "404": "not found there"}
    named["429"] = "too busy"
    return named.get(code) or ("an error at the trust" if code.startswith("5") else "an answer that nobody expected")


def mark(state: State) -> str:
    """Return the shape that goes with a state; never without its words."""
    match state:
        case State.WAITING:
            return "◌"
        case State.ANSWERED:
            return "✓"
        case State.NONE:
            return "○"
        case State.NOT_AGREED:
            return "–"
        case State.GAP:
            return "✕"
        case _:
            assert_never(state)


def tile(tile: Tile) -> str:
    """Say what the strip says of a trust, without its name: 28 reports; did not answer in 3.0 s at 03:12."""
    match tile.state:
        case State.WAITING:
            return "asked, waiting"
        case State.ANSWERED:
            return f"{tile.count:,} {plural(tile.count, 'report')}"
        case State.NONE:
            return "no record of this patient" if tile.outcome is Outcome.NOT_KNOWN else "no reports held"
        case State.NOT_AGREED:
            return "withheld by agreement"
        case State.GAP:
            at_length = tile_at_length(tile)
            return f"{tile_in_short(tile)}: {at_length}" if at_length else tile_in_short(tile)
        case _:
            assert_never(tile.state)


def tile_in_short(of: Tile) -> str:
    """Say the same in a line or two, where a reason is long without it: 12 reports shown; sent only part at 03:12."""
    if of.state is not State.GAP:
        return tile(of)
    some = f"{of.count:,} {plural(of.count, 'report')} shown; " if of.count else ""
    if is_anothers(of):
        return f"{some}{_how_it_went(Outcome.ANSWERED, of.at, of.took)}; {_anothers(of)}"
    if _is_in_doubt_alone(of):
        return some + in_doubt(of.doubt) if of.doubt else some
    outcome_ = of.outcome or Outcome.FAILED
    reason = "" if tile_at_length(of) else of.reason
    return some + gap(outcome_, reason, of.at, of.took)


def tile_at_length(tile: Tile) -> str:
    """Say a reason that is too long for a tile, and that `tile_in_short` leaves out; "" where it says all."""
    if tile.state is not State.GAP or _is_in_doubt_alone(tile):
        return ""
    why = _why_so(tile.outcome or Outcome.FAILED, tile.reason)
    return why if len(why) > BRIEF else ""


BRIEF = 24  # letters of a reason that a tile has room for beside how it went


def _is_in_doubt_alone(tile: Tile) -> bool:
    return bool(tile.doubt) and tile.outcome not in GAPS


def is_anothers(tile: Tile) -> bool:
    """Say whether a trust answered in full, and all that is missing of it is under a record that is not this person."""
    return tile.state is State.GAP and _is_in_doubt_alone(tile) and UNREAD not in _fields_in_doubt(tile)


def may_change(tile: Tile) -> bool:
    """Say whether a trust that is missing may say more when asked again; who its records are of stays as it is."""
    return tile.state is State.GAP and not is_anothers(tile)


def _fields_in_doubt(tile: Tile) -> tuple[str, ...]:
    return tile.doubt.fields if tile.doubt else ()


def _anothers(tile: Tile) -> str:
    """Say what is different in the record, what it has in common with this person, and that nothing of it is shown."""
    fields = _fields_in_doubt(tile)
    record = "a record there" if tile.count else "its record"
    under = "" if "NHS number" in fields else " under this number"
    return f"{record}{under} differs in {listed(fields)}, and its results are not shown"


def records_found(tile: Tile) -> str:
    """Say what a trust found when it was asked who somebody is."""
    match tile.state:
        case State.ANSWERED:
            return f"{tile.count:,} {plural(tile.count, 'record')}"
        case State.NONE:
            return "nothing you may be shown"
        case State.NOT_AGREED:
            return "not asked: no agreement allows it"
        case State.WAITING:
            return "asked, waiting"
        case State.GAP:
            some = f"{tile.count:,} {plural(tile.count, 'record')} shown; " if tile.count else ""
            return some + gap(tile.outcome or Outcome.FAILED, tile.reason, tile.at, tile.took)
        case _:
            assert_never(tile.state)


def found_heading(people: int, tiles: Sequence[Tile]) -> str:
    """Say how many people were found; nobody is found only where somebody answered."""
    if people:
        return f"{people} {plural(people, 'person', 'people')} found"
    match _answered(tiles):
        case 0:
            return "Not known: no trust answered"
        case count if count < len(tiles):
            return "Nobody was found at the trusts that answered"
        case _:
            return "Nobody was found"


def nobody_found(tiles: Sequence[Tile]) -> str:
    """Say that nobody may be shown, in the same words whatever the reason, and how many trusts answered."""
    answered = _answered(tiles)
    if not answered:
        return f"None of {len(tiles)} trusts answered. The patient may be known to any of them."
    if answered == len(tiles):
        return f"All {len(tiles)} trusts answered. {_LOOKS_THE_SAME}"
    return f"{answered} of {len(tiles)} trusts answered. {_LOOKS_THE_SAME} The patient may be known to the others."


_LOOKS_THE_SAME = (
    "This looks the same whether nobody is known, the record is restricted, or the practice differs or is in doubt."
)


def _answered(tiles: Sequence[Tile]) -> int:
    return sum(tile.state in {State.ANSWERED, State.NONE} for tile in tiles)


def tile_heading(tile: Tile) -> str:
    """Say a gap's heading: Barnsley: not obtained."""
    if tile.state is not State.GAP:
        return tile.trust.title
    what = "shown" if is_anothers(tile) else "obtained"
    return f"{tile.trust.title}: {'not all' if tile.count else 'not'} {what}"


def tile_small(tile: Tile) -> str:
    """Say the particulars under a trust: answered in 0.6 s; NHS number not verified there."""
    notes = [*_how(tile)]
    if tile.verification is not Verification.VERIFIED and tile.state is State.ANSWERED:
        notes.append(verification(tile.verification))
    if tile.doubt:
        notes.append("identity in doubt")
    return "; ".join(notes)


def _how(tile: Tile) -> tuple[str, ...]:
    if tile.state is State.NOT_AGREED:
        return (tile.reason or outcome(Outcome.NOT_AGREED),)
    if tile.state not in {State.ANSWERED, State.NONE}:
        return ()
    if tile.kept and tile.at:
        return (f"answered at {clock(tile.at)}",)
    return (f"answered in {seconds(tile.took)}",) if tile.took is not None else ()


@dataclass(frozen=True, slots=True)
class Excepted:
    """A trust the page cannot vouch for, and why in a few words."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far the page is complete: a lead, a time, and the trusts that are excepted."""

    lead: str
    as_of: str
    excepted: tuple[Excepted, ...]
    rest: str
    before: str = " except "  # stands between the time and the trusts that are excepted

    def __str__(self) -> str:
        except_ = (
            f"{self.before}{listed([f'{one.title} ({one.why})' for one in self.excepted])}" if self.excepted else ""
        )
        return " ".join(part for part in (f"{self.lead} {self.as_of}{except_}.", self.rest) if part)


def completeness(tiles: Sequence[Tile], as_of: datetime) -> Completeness:
    """Say how far what is shown is everything: Complete as of …, or Not complete: as of …, all except …."""
    if all(tile.state is State.WAITING for tile in tiles):
        return Completeness(
            f"All {len(tiles)} trusts are being asked; nothing has come yet, as of", day_and_clock(as_of), (), ""
        )
    vouched = [tile for tile in tiles if tile.state in {State.ANSWERED, State.NONE}]
    excepted = tuple(Excepted(tile.trust.title, _why(tile)) for tile in tiles if tile not in vouched)
    if not vouched:
        lead = "Not complete as of" if any(tile.count for tile in tiles) else "Nothing obtained as of"
        return Completeness(lead, day_and_clock(as_of), excepted, "", before=": ")
    rest = _none_found(tiles, vouched)
    if excepted:
        return Completeness("Not complete: as of", day_and_clock(as_of), excepted, rest, before=", all except ")
    return Completeness("Complete as of", day_and_clock(as_of), (), rest)


def finished(tiles: Sequence[Tile]) -> str:
    """Say that no more answers will come, and how many trusts did not answer in full."""
    silent = sum(tile.state is State.GAP and not is_anothers(tile) for tile in tiles)
    return f"{silent} {plural(silent, 'trust')} did not answer in full." if silent else "Nothing more is on its way."


def _none_found(tiles: Sequence[Tile], vouched: Sequence[Tile]) -> str:
    if any(tile.count or tile.state is State.WAITING for tile in tiles):
        return ""
    if len(vouched) == len(tiles):
        return f"No reports: all {len(tiles)} trusts answered, and none holds any that may be shown here."
    return f"None of the {len(vouched)} that answered holds a report; this does not mean that there are none."


def _why(tile: Tile) -> str:
    match tile.state:
        case State.WAITING:
            return "waiting"
        case State.NOT_AGREED:
            return "withheld by agreement"
        case State.GAP if is_anothers(tile):
            return f"it answered; {_anothers(tile)}"
        case State.GAP if tile.doubt and _is_in_doubt_alone(tile):
            return in_doubt(tile.doubt)
        case State.GAP | State.ANSWERED | State.NONE:
            return outcome(tile.outcome or Outcome.FAILED)
        case _:
            assert_never(tile.state)


def missing(tiles: Sequence[Tile]) -> str:
    """Name the trusts that are not on the page, for the foot of a printed page."""
    if not tiles:
        return "nothing obtained"
    names = [tile.trust.title for tile in tiles if tile.state not in {State.ANSWERED, State.NONE}]
    return f"missing: {', '.join(names)}" if names else "no trust missing"


def is_any_missing(tiles: Sequence[Tile]) -> bool:
    """Say whether any trust has not said everything, so that nothing may be nothing yet."""
    return not tiles or any(tile.state not in {State.ANSWERED, State.NONE} for tile in tiles)


def identity(tiles: Sequence[Tile]) -> str:
    """Say whether those who know the patient agree about who it is, as far as `completeness` has not said it.

    What is shown of a trust that sent only part is of a record that agrees, and counts as well.
    """
    said = [disagreement(tile.doubt) for tile in tiles if tile.doubt and not _is_excepted_for_it(tile)]
    said += [
        f"{tile.trust.title}: {verification(tile.verification)}"
        for tile in tiles
        if tile.count and tile.verification is not Verification.VERIFIED
    ]
    if said:
        return f"Identity: {'; '.join(said)}."
    known = sum(bool(tile.count) for tile in tiles)
    agree = known > 1 and not any(tile.doubt for tile in tiles)
    return f"Identity agrees at all {known} that sent reports." if agree else ""


def _is_excepted_for_it(tile: Tile) -> bool:
    return tile.state is State.GAP and _is_in_doubt_alone(tile)


def folded(tiles: Sequence[Tile]) -> str:
    """Say in one sentence what answered, for a narrow screen: 5 of 7 answered: Chesterfield 28, …."""
    answered = [tile for tile in tiles if tile.state in {State.ANSWERED, State.NONE}]
    said = ", ".join(f"{tile.trust.title} {tile.count:,}" for tile in answered)
    return f"✓ {len(answered)} of {len(tiles)} answered: {said}" if said else f"None of {len(tiles)} has answered"


def telephone(number: str) -> str:
    """Say a telephone number as it was configured, or that there is none."""
    return number or "no telephone number is known"
