"""START HERE. The whole program is this sentence:

A signed-in clinician, an NHS number and a purpose → may we ask each trust? → LOG THE ASKING →
ask all of them at once → one Answer a trust, as each arrives → agree on the patient → normalise →
merge → lay out a Timeline with its Gaps → may this person see each Report? → a Disclosure →
LOG THE DISCLOSURE → the page.

Rule: nothing leaves this file before the log holds it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from connectors.answer import Answer, ByNumber, ByTraits, Kind, Presence, Question, Trust
from viewer import evidence
from viewer.access.access_event import AccessEvent
from viewer.access.clinician import Role
from viewer.access.decide import RESULT_KINDS, Decision, may_break_glass, may_list, may_open
from viewer.access.glass import LONGEST, why_no_reason
from viewer.access.relationship import FINDING, Claim, Purpose, Relationship, is_restricted
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.asking import decide_asking, results_questions, who_questions
from viewer.attendance import Attendance, attendance
from viewer.clinical.agree import marked_restricted, read_patients
from viewer.clinical.patient import Patient, Person, group_into_persons
from viewer.clinical.timeline import Gap, Row
from viewer.look import Look, Seen, as_listed, who_strip, without_hidden_doubts
from viewer.steps import Candidate, Found, Looking, NeedsReason, Opened, State, Step

SAID_ONLY = frozenset({Claim.IN_DEPARTMENT, Claim.UNDER_MY_CARE})  # unless the clinician's own trust bears them out
ATTENDANCE_WITHIN = timedelta(seconds=1.5)  # a claim that is not borne out by then is only the clinician's word


class Heard(Protocol):
    """A question to PDS that is under way."""

    def done(self) -> bool: ...  # noqa: D102
    def result(self) -> PdsWord | None: ...  # noqa: D102  waits, at most as long as PDS may take; None: no answer


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the journey needs of the world, made in app.py and handed in."""

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


@dataclass(frozen=True, slots=True)
class Proof:
    """What breaking the glass takes: a reason in words, and when and how strongly the person last signed in."""

    reason: str
    authenticated_at: datetime | None
    acr: str


def results(
    parts: Parts,
    looking: Looking,
    opened: Opened,
    *,
    again: frozenset[str] = frozenset(),
    waits: bool = False,
    printing: bool = False,
) -> Iterator[Step]:
    """Yield who is being asked, then the timeline as each trust answers, or once when `waits`; each is logged first.

    `again` names the trusts a person wants asked again, past kept answers and breakers. What is read to decide is read
    anew before every step, and twice a second while no trust answers: what forbids the look ends it at once.
    """
    look, heard, entry = _begin(parts, looking, opened)
    if not look.may_go_on().allowed:
        yield _ended(parts, looking, opened, look)
        return
    questions = results_questions(looking, look.asked, opened, again)
    yield _step(look.lay_out(parts.clock()), parts.clock(), entry)

    shown: frozenset[str] = frozenset()
    for arrived in parts.ask(questions):
        for answer in arrived:
            look.take(answer)
        _renew(parts, look, heard)
        if not look.may_go_on().allowed:
            yield _ended(parts, looking, opened, look)
            return
        if not arrived or (waits and look.waits_for(questions)):
            continue
        seen = look.lay_out(parts.clock())
        disclosure = seen.disclosure(*seen.timeline.rows)
        now = parts.clock()
        event = evidence.results_shown(looking, opened, seen.tiles, disclosure, shown, now, printing=printing)
        entry = _log(parts, event, look.rules)
        shown = shown.union(disclosure.reports)
        yield _step(seen, parts.clock(), entry)


def one_report(
    parts: Parts, looking: Looking, opened: Opened, wanted: Callable[[str], bool], trust: str
) -> Row | Gap | Decision | None:
    """Return the row of the report wanted, of this trust: a Gap when it did not answer, a refusal, or None.

    All trusts are asked, as for the timeline (most answers are still kept): another trust may hold
    a copy, a correction, or the word that forbids it.
    """
    look, heard, _ = _begin(parts, looking, opened)
    for arrived in parts.ask(results_questions(looking, look.asked, opened)):
        for answer in arrived:
            look.take(answer)
    _renew(parts, look, heard)
    seen = look.lay_out(parts.clock())
    if not seen.going_on.allowed:
        _end(parts, looking, opened, seen.going_on)
        return seen.going_on
    row = seen.row_of(wanted)
    disclosure = seen.disclosure(row) if row else seen.disclosure()
    _log(parts, evidence.report_shown(looking, opened, seen.tiles, disclosure, parts.clock()), look.rules)
    return row or seen.gap_of(trust)


def show_again(parts: Parts, looking: Looking, opened: Opened) -> Decision:
    """Decide whether who the opened patient is may stand on a page once more, and write it down either way."""
    rules = parts.rules()
    decision = may_open(looking.who, opened.person, opened.relationship, rules, _standing(parts, opened, opened.pds))
    if decision.allowed:
        _log(parts, evidence.shown_again(looking, opened, parts.clock()), rules)
    else:
        _end(parts, looking, opened, decision)
    return decision


def find(parts: Parts, looking: Looking, query: ByNumber | ByTraits, relationship: Relationship = FINDING) -> Found:
    """Ask every trust we may who this is, and return the people who fit; everyone listed is logged first."""
    rules = parts.rules()
    asked = decide_asking(rules, looking, relationship, parts.trusts, (Kind.DEMOGRAPHICS,))
    _log(parts, evidence.find_asked(looking, query, relationship, asked, parts.clock()), rules)

    heard = _ask_pds(parts, looking, query.nhs_number) if isinstance(query, ByNumber) else None
    arrivals = parts.ask(who_questions(looking, asked, query))
    answers = {answer.trust.name: answer for arrived in arrivals for answer in arrived}
    patients, marked = _read(parts, query, answers)
    people = _may_be_listed(parts, looking, group_into_persons(patients), marked, heard, relationship)
    listed = without_hidden_doubts([candidate for candidate in people if candidate.decision.allowed])
    tiles = as_listed(who_strip(asked, answers, parts.hospital_numbers, parts.clock()), listed)

    shown = evidence.find_shown(looking, query, relationship, people, tiles, parts.clock())
    parts.append(*(_with_texts(event, rules) for event in shown))
    return Found(listed, tiles, parts.clock())


def open_patient(
    parts: Parts, looking: Looking, person: Person, relationship: Relationship
) -> Opened | NeedsReason | Decision:
    """Open one person for a stated purpose, or return the Decision that refuses it, or what a reason is needed for."""
    number = person.nhs_number.digits if person.nhs_number else ""
    heard = _ask_pds(parts, looking, number)
    attended = _ask_attendance(parts, looking, person, relationship)
    word = heard.result() if heard else None
    rules = parts.rules()
    decision = may_open(looking.who, person, relationship, rules, Standing(parts.dissents(number), word))
    if decision.allowed and attended.why_not and not _says_something(relationship.reason):
        return NeedsReason(attended.why_not)
    proof = attended.proof or (_proof_of_registration(rules) if relationship.claim is Claim.REGISTERED else "")
    stated = replace(relationship, proof=proof) if decision.allowed else relationship
    now, marked = parts.clock(), bool(word and word.restricted)
    _log(parts, evidence.opening(looking, person, stated, decision, now, restricted=marked), rules)
    return _opened(parts, person, stated, word) if decision.allowed else decision


def may_break(parts: Parts, looking: Looking, query: ByNumber | ByTraits, proof: Proof) -> Relationship | Decision:
    """Return the relationship a broken glass gives from now on, for one patient; or write down why it is not broken."""
    rules = parts.rules()
    decision = may_break_glass(looking.who, proof.reason, proof.authenticated_at, proof.acr, parts.strong, rules)
    since, until = rules.now, rules.now + parts.glass_lasts
    stated = Relationship(Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS, proof.reason, since=since, until=until)
    if decision.allowed:
        return stated
    _log(parts, evidence.glass_refused(looking, query, stated, decision, parts.clock()), rules)
    return decision


def break_glass(parts: Parts, looking: Looking, candidate: Candidate, relationship: Relationship) -> Opened | Decision:
    """Open the one person the glass is broken for; it is in the log before anything shows, and so is a refusal."""
    person, rules = candidate.person, parts.rules()
    standing = Standing(parts.dissents(person.nhs_number.digits if person.nhs_number else ""))
    decision = may_open(looking.who, person, relationship, rules, standing)
    now, marked = parts.clock(), candidate.restricted
    _log(parts, evidence.glass_broken(looking, person, relationship, decision, now, restricted=marked), rules)
    return replace(_opened(parts, person, relationship, None), restricted=marked) if decision.allowed else decision


def _opened(parts: Parts, person: Person, relationship: Relationship, word: PdsWord | None) -> Opened:
    return Opened(
        parts.new_id(), person, relationship, _ids_by_trust(person), parts.clock(), pds=word, secret=parts.new_id()
    )


# ── The log ──────────────────────────────────────────────────────────────────────────────────────


def _log(parts: Parts, event: AccessEvent, rules: Rules) -> int:
    return parts.append(_with_texts(event, rules))[-1]


def _with_texts(event: AccessEvent, rules: Rules) -> AccessEvent:
    """Name exactly which text of each agreement was relied on."""
    texts = {agreement.name: agreement.digest for agreement in rules.agreements}
    return replace(event, texts=tuple(texts.get(name, "") for name in event.agreements))


def _step(seen: Seen, now: datetime, entry: int) -> Step:
    complete = all(tile.state is not State.WAITING for tile in seen.tiles)
    oldest = min((tile.at for tile in seen.tiles if tile.at), default=now)  # an answer may have been kept a minute
    return Step(seen.timeline, seen.tiles, complete, oldest, entry)


# ── A look, from its beginning to its end ────────────────────────────────────────────────────────


def _begin(parts: Parts, looking: Looking, opened: Opened) -> tuple[Look, Heard | None, int]:
    """Decide what each trust may be asked, and write it down, before anything is asked."""
    rules = parts.rules()
    asked = decide_asking(rules, looking, opened.relationship, parts.trusts, RESULT_KINDS)
    entry = _log(parts, evidence.results_asked(looking, opened, asked, parts.clock()), rules)
    heard = _ask_pds(parts, looking, _number(opened))
    look = Look(looking, opened, asked, rules, parts.hospital_numbers, _standing(parts, opened, opened.pds))
    return look, heard, entry


def _renew(parts: Parts, look: Look, heard: Heard | None) -> None:
    """Read anew all that the look goes by: the rules, the patient's standing, and whether the sign-in holds."""
    looking, opened, rules = look.looking, look.opened, parts.rules()
    asked = decide_asking(rules, looking, opened.relationship, parts.trusts, RESULT_KINDS)
    word = opened.pds
    # A GP sees nothing until PDS has named their practice; nobody else waits for it.
    if heard and (heard.done() or (looking.who.role is Role.GP and look.has_answers)):
        word = heard.result()
    look.renew(asked, rules, _standing(parts, opened, word), holds=parts.holds(looking.sign_in, opened.handle))


def _standing(parts: Parts, opened: Opened, word: PdsWord | None) -> Standing:
    return Standing(parts.dissents(_number(opened)), word)


def _number(opened: Opened) -> str:
    return opened.person.nhs_number.digits if opened.person.nhs_number else ""


def _ask_pds(parts: Parts, looking: Looking, nhs_number: str) -> Heard | None:
    return parts.ask_pds(nhs_number, looking.sign_in) if parts.ask_pds and nhs_number else None


def _ended(parts: Parts, looking: Looking, opened: Opened, look: Look) -> Step:
    decision = look.may_go_on()
    entry = _end(parts, looking, opened, decision)
    return replace(_step(look.lay_out(parts.clock()), parts.clock(), entry), refused=decision.because)


def _end(parts: Parts, looking: Looking, opened: Opened, decision: Decision) -> int:
    """Write the refusal down, and close the patient: what was opened opens nothing any more."""
    entry = parts.append(evidence.look_ended(looking, opened, decision, parts.clock()))[-1]
    parts.close(looking.sign_in, opened.handle)
    return entry


# ── Who was found ────────────────────────────────────────────────────────────────────────────────


def _read(
    parts: Parts, query: ByNumber | ByTraits, answers: Mapping[str, Answer]
) -> tuple[list[Patient], tuple[Patient, ...]]:
    """Return the records that fit; and those with this number that cannot be read, but are marked as restricted."""
    read = [
        read_patients(answers[trust.name], parts.hospital_numbers[trust.name])
        for trust in parts.trusts
        if trust.name in answers
    ]
    unreadable = [one for _, unread in read for one in unread] if isinstance(query, ByNumber) else []
    return [patient for patients, _ in read for patient in patients], marked_restricted(unreadable)


def _may_be_listed(
    parts: Parts,
    looking: Looking,
    people: Sequence[Person],
    marked: tuple[Patient, ...],
    heard: Heard | None,
    relationship: Relationship,
) -> list[Candidate]:
    """Decide on each person; PDS is asked about those found without a number all at once."""
    rules = parts.rules()
    asked = [heard or _ask_pds(parts, looking, one.nhs_number.digits if one.nhs_number else "") for one in people]
    candidates = []
    for person, said in zip(people, asked, strict=True):
        known = replace(person, records=(*person.records, *marked))
        word = said.result() if said else None
        restricted = is_restricted(known) or bool(word and word.restricted)
        decision = may_list(looking.who, known, rules, Standing(pds=word), relationship)
        candidates.append(Candidate(person, decision, restricted))
    return candidates


def _ids_by_trust(person: Person) -> dict[str, tuple[str, ...]]:
    trusts = dict.fromkeys(record.trust.name for record in person.records)
    return {name: tuple(record.id for record in person.records if record.trust.name == name) for name in trusts}


# ── What bears a claim out ───────────────────────────────────────────────────────────────────────


def _ask_attendance(parts: Parts, looking: Looking, person: Person, relationship: Relationship) -> Attendance:
    """Ask the clinician's own trust whether the patient is there; its silence is no reason to wait."""
    claim, rules = relationship.claim, parts.rules()
    if claim not in SAID_ONLY:
        return Attendance()
    own = next((trust for trust in parts.trusts if trust.ods == looking.who.organisation.ods), None)
    if own is None:
        return attendance(None, claim, None, parts.clock())
    (asked,) = decide_asking(rules, looking, FINDING, (own,), (Kind.DEMOGRAPHICS,))
    ids = _ids_by_trust(person).get(own.name, ())
    if not asked.kinds or not ids:
        return Attendance(why_not=f"{own.title} names no record of this patient, so nothing shows that they are there")
    _log(parts, evidence.attendance_asked(looking, person, relationship, asked, parts.clock()), rules)
    number = person.nhs_number.digits if person.nhs_number else ""
    return attendance(_soon(parts, Question(own, Presence(ids, number), looking.sign_in)), claim, own, parts.clock())


def _soon(parts: Parts, question: Question) -> Answer | None:
    """Return the answer if it comes soon. One that comes later is not waited for."""
    began = parts.clock()
    for arrived in parts.ask((question,)):
        for answer in arrived:
            return answer
        if parts.clock() - began >= ATTENDANCE_WITHIN:
            return None
    return None


def _proof_of_registration(rules: Rules) -> str:
    return "PDS" if rules.pds else "the trusts’ own records"


def _says_something(reason: str) -> bool:
    return not why_no_reason(reason)
