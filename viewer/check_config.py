"""Say in lines what the configuration means today: the trusts, who may ask whom, who signed, what is withheld."""

from collections.abc import Iterator, Sequence
from datetime import date

from connectors.answer import Kind
from connectors.trust_config import TrustConfig
from viewer.access.agreement import Agreement, Clause, Narrowing, standing_sentences
from viewer.access.force import force_of, why_not_in_force
from viewer.access.wording import KINDS, in_words
from viewer.settings import Settings


def lines_about(settings: Settings, today: date) -> Iterator[str]:
    """Yield the lines, for people."""
    yield f"{settings.partnership} at {settings.address}, {in_words(today)}"
    yield ""
    yield f"Trusts: {len(settings.trusts)}"
    for config, narrowing in zip(settings.trusts, settings.narrowings, strict=True):
        yield from _about_trust(config, narrowing)
    yield ""
    yield f"Agreements: {len(settings.agreements)}"
    for agreement in settings.agreements:
        yield from _about_agreement(agreement, settings.agreements, today)
    yield ""
    yield "Said on every timeline, whether or not there is any:"
    for sentence in standing_sentences(settings.agreements, settings.narrowings) or ("nothing",):
        yield f"  {sentence}"
    yield ""
    yield f"Sign-in: {settings.sign_in.issuer}, idle {_minutes(settings)} min; roles known: {_roles(settings)}"
    yield f"Workers: {settings.workers}"


def _about_trust(config: TrustConfig, narrowing: Narrowing) -> Iterator[str]:
    trust, seconds = config.trust, config.deadline.total_seconds()
    yield f"  {trust.title} ({trust.ods})"
    yield f"    asked at {config.address}, connector {config.connector}, sign-in {config.sign_in.method}, {seconds:g} s"
    yield f"    narrows: {_narrows(narrowing)}"


def _narrows(narrowing: Narrowing) -> str:
    kinds = [f"shares no {KINDS[kind]}" for kind in Kind if kind not in narrowing.shares]
    classes = [f"never shares {never.name}" for never in narrowing.never_shared]
    return "; ".join(kinds + classes) or "nothing"


def _about_agreement(agreement: Agreement, agreements: Sequence[Agreement], today: date) -> Iterator[str]:
    yield f"  {agreement.short}: {agreement.title} ({agreement.path})"
    yield f"    {_force(agreement, agreements, today)}, from {in_words(agreement.starts)} to {in_words(agreement.ends)}"
    yield f"    text {agreement.digest}"
    for party in agreement.parties:
        yield f"    {party.title}: {_signature(agreement, party.name, today)}"
    yield f"    GP practices: {', '.join(sorted(agreement.practices)) or 'none'}"
    for clause in agreement.clauses:
        yield f"    {_about_clause(clause)}"
    for never in agreement.never_shared:
        yield f"    never shared: {never.name} of {never.trust}"


def _force(agreement: Agreement, agreements: Sequence[Agreement], today: date) -> str:
    force = force_of(agreement, agreements, today)
    return force.value if force.holds else f"NOT IN FORCE: {why_not_in_force(agreement, agreements, today)}"


def _signature(agreement: Agreement, trust: str, today: date) -> str:
    signed = next((signature for signature in agreement.signatures if signature.trust == trust), None)
    if signed is None:
        return "NOT SIGNED: neither asked nor may ask"
    return f"signed {in_words(signed.on)}" + ("" if signed.on <= today else ", NOT YET: neither asked nor may ask")


def _about_clause(clause: Clause) -> str:
    named = (clause.roles, clause.purposes, clause.claims, clause.kinds)
    return f"cl. {clause.number}: " + "; ".join(", ".join(sorted(words)) for words in named)


def _minutes(settings: Settings) -> str:
    return f"{settings.sign_in.idle.total_seconds() / 60:g}"


def _roles(settings: Settings) -> str:
    return ", ".join(sorted({rule.role.value for rule in settings.sign_in.roles}))
