"""Say in lines what the configuration means today: the trusts, who may ask whom, who signed, what is withheld."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time

from connectors.answer import Kind
from connectors.trust_config import TrustConfig
from viewer.access.agreement import Agreement, Clause, Narrowing, standing_sentences
from viewer.access.register import Party, Registered, register_of
from viewer.access.rules import Rules
from viewer.access.vote import Vote
from viewer.access.wording import KINDS, in_words
from viewer.commands.code_lines import lines_about_maps
from viewer.configuration.review_file import ReviewSettings
from viewer.settings import Settings


def lines_about(settings: Settings, today: date) -> Iterator[str]:
    """Yield the lines, for people."""
    rules = Rules(settings.agreements, settings.narrowings, today, datetime.combine(today, time(12), UTC))
    yield f"{settings.partnership} at {settings.address}, {in_words(today)}"
    yield ""
    yield f"Trusts: {len(settings.trusts)}"
    for config, narrowing in zip(settings.trusts, settings.narrowings, strict=True):
        yield from _about_trust(config, narrowing)
    yield ""
    yield f"Agreements: {len(settings.agreements)}"
    for entry in register_of(rules):
        yield from _about_agreement(entry)
    yield ""
    yield from lines_about_maps(settings.code_map_files, settings.catalogue)
    yield ""
    yield "Said on every timeline, whether or not there is any:"
    for sentence in standing_sentences(settings.agreements, settings.narrowings) or ("nothing",):
        yield f"  {sentence}"
    yield ""
    yield f"Sign-in: {settings.sign_in.issuer}, idle {_minutes(settings)} min; roles known: {_roles(settings)}"
    yield from _about_review(settings.review)
    yield f"Workers: {settings.workers}"


def _about_trust(config: TrustConfig, narrowing: Narrowing) -> Iterator[str]:
    trust, seconds = config.trust, config.deadline.total_seconds()
    yield f"  {trust.title} ({trust.ods})"
    yield f"    asked at {config.address}, connector {config.connector}, sign-in {config.sign_in.method}, {seconds:g} s"
    yield f"    narrows: {narrows_in_words(narrowing)}"


def narrows_in_words(narrowing: Narrowing) -> str:
    """Return what a trust withholds by its own file: "shares no radiology results"."""
    kinds = [f"shares no {KINDS[kind]}" for kind in Kind if kind not in narrowing.shares]
    classes = [f"never shares {never.name}" for never in narrowing.never_shared]
    return "; ".join(kinds + classes) or "nothing"


def _about_agreement(entry: Registered) -> Iterator[str]:
    agreement = entry.agreement
    force = entry.force.value if entry.force.holds else f"NOT IN FORCE: {entry.because}"
    yield f"  {agreement.short}: {agreement.title} ({agreement.path})"
    yield f"    {force}, from {in_words(agreement.starts)} to {in_words(agreement.ends)}"
    yield f"    text {agreement.digest}"
    yield f"    {vote_in_words(entry.vote)}"
    for party in entry.parties:
        yield f"    {party.trust.title}: {signature_in_words(party)}"
    yield f"    GP practices: {', '.join(sorted(agreement.practices)) or 'none'}"
    for clause in agreement.clauses:
        yield f"    {about_clause(clause)}"
    for never in agreement.never_shared:
        yield f"    never shared: {never.name} of {never.trust}"


def vote_in_words(vote: Vote) -> str:
    """Return "carried: 6 of 7 have signed, 6 are needed"."""
    said = "carried" if vote.carried else "NOT CARRIED"
    return f"{said}: {vote.signed} of {vote.eligible} have signed, {vote.needed} are needed"


def signature_in_words(party: Party) -> str:
    """Return when the party signed and with which key, or why it has not signed."""
    if party.has_signed and party.signature:
        return f"signed {in_words(party.signature.on)}, key {party.signature.key or 'not known'}"
    return f"NOT SIGNED, {party.because}: neither asked nor may ask"


def edited(agreements: Iterable[Agreement]) -> tuple[str, ...]:
    """Return a line for every agreement whose file holds another text than was signed."""
    return tuple(_edited(agreement) for agreement in agreements if _over_another_text(agreement))


def _over_another_text(agreement: Agreement) -> int:
    return sum(1 for signature in agreement.signatures if signature.text != agreement.digest)


def _edited(agreement: Agreement) -> str:
    count = f"{_over_another_text(agreement)} of {len(agreement.signatures)} signatures"
    return (
        f"{agreement.path} was EDITED AFTER IT WAS SIGNED: {count} are over another text and count for nothing. "
        "Put back the text that was signed; a new text goes into a new file"
    )


def about_clause(clause: Clause) -> str:
    """Return a clause as its lists have it: "cl. 3.1: gp; direct-care; registered; laboratory"."""
    named = (clause.roles, clause.purposes, clause.claims, clause.kinds)
    return f"cl. {clause.number}: " + "; ".join(", ".join(sorted(words)) for words in named)


def _minutes(settings: Settings) -> str:
    return f"{settings.sign_in.idle.total_seconds() / 60:g}"


def _roles(settings: Settings) -> str:
    return ", ".join(sorted({rule.role.value for rule in settings.sign_in.roles}))


def _about_review(review: ReviewSettings) -> Iterator[str]:
    files = ", ".join(
        f"{ods} ({len(file.members)} staff, {len(file.vips)} to watch)" for ods, file in review.facts.files.items()
    )
    told = ", ".join(sorted(review.notices.to)) if review.notices else "nobody"
    yield f"Review: every {review.every.total_seconds():g} s; staff files: {files or 'none'}; told by e-mail: {told}"
    yield f"Review: for practices answer the officers of {review.practices or 'nobody'}"
    yield f"Review: what is escalated goes to the officers of {review.escalation or 'nobody'}"
    for one in fields(review.thresholds):
        value = getattr(review.thresholds, one.name)
        yield f"  {one.name} {', '.join(sorted(value)) if isinstance(value, frozenset) else value}"
