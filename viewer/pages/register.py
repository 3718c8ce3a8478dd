"""The register of agreements: who shares what with whom, under which clause, who has signed, and what changed.

Rule: it shows the rules as they stand at this moment, and nothing of any patient. Everybody in a role may read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import abort
from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.access.agreement import Agreement, Narrowing, NeverShared, standing_sentences
from viewer.access.changes import changes_between
from viewer.access.register import Registered, register_of
from viewer.access.rules import Rules
from viewer.pages import register_words
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who


@dataclass(frozen=True, slots=True)
class Own:
    """What one trust says in its own file."""

    trust: Trust
    narrowing: Narrowing


def register_routes(rules: Callable[[], Rules], trusts: Sequence[Trust]) -> tuple[Route, ...]:
    """Return the register, one agreement in full, and what changes between two."""
    return (
        Route("/agreements", "agreements", Who.ANY_ROLE, _register(rules, trusts)),
        Route("/agreements/<name>", "agreement", Who.ANY_ROLE, _one(rules, trusts)),
        Route("/agreements/<name>/changes/<other>", "agreement_changes", Who.ANY_ROLE, _changes(rules)),
    )


def _register(rules: Callable[[], Rules], trusts: Sequence[Trust]) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        now = rules()
        entries = register_of(now)
        return page(
            "register.html",
            asking,
            entries=entries,
            in_force=[entry for entry in entries if entry.force.holds],
            pairs=_successions(now.agreements),
            own=[Own(trust, _own(trust.name, now)) for trust in trusts],
            sentences=standing_sentences(now.agreements, now.narrowings),
            today=now.today,
            register_words=register_words,
        )

    return show


def _one(rules: Callable[[], Rules], trusts: Sequence[Trust]) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, name: str) -> ResponseReturnValue:
        now = rules()
        entry = _named(name, now)
        return page(
            "register_agreement.html",
            asking,
            entry=entry,
            pairs=[pair for pair in _successions(now.agreements) if name in (pair[0].name, pair[1].name)],
            classes=_classes(entry.agreement),
            trusts={trust.name: trust for trust in trusts},
            register_words=register_words,
        )

    return show


def _changes(rules: Callable[[], Rules]) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, name: str, other: str) -> ResponseReturnValue:
        now = rules()
        before, after = _named(name, now), _named(other, now)
        return page(
            "register_changes.html",
            asking,
            before=before,
            after=after,
            changes=changes_between(before.agreement, after.agreement),
            register_words=register_words,
        )

    return show


def _named(name: str, now: Rules) -> Registered:
    entry = next((entry for entry in register_of(now) if entry.agreement.name == name), None)
    return entry or abort(404)


def _own(trust: str, now: Rules) -> Narrowing:
    return next((narrowing for narrowing in now.narrowings if narrowing.trust == trust), Narrowing(trust))


def _successions(agreements: Sequence[Agreement]) -> list[tuple[Agreement, Agreement]]:
    """Return each agreement that another names as superseded, with that other."""
    return [(old, new) for new in agreements for old in agreements if old.name in new.supersedes and old is not new]


def _classes(agreement: Agreement) -> list[NeverShared]:
    return sorted(agreement.never_shared, key=lambda never: (never.trust, never.name))
