"""`trustline agreement what-if`: decide the log of a time again under another text, on the server, with no limit.

Rule: nothing is changed by it. It names nobody: entries are named by their numbers.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.rules import Rules
from viewer.audit.entry import Entry
from viewer.audit.export import every
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.audit.what_if import CANNOT_KNOW, Comparison, Effect, as_if_always, as_if_signed, compare, with_text
from viewer.commands.verbs import add_days, add_verb
from viewer.commands.world import World, opened_log
from viewer.configuration.config_file import Misconfigured
from viewer.configuration.draft_file import draft_reader
from viewer.pages.what_if_words import UNITS, doubts, groups, verdict
from viewer.pages.words import day
from viewer.settings import Settings, read_settings

if TYPE_CHECKING:
    from viewer.commands.verbs import Verbs


@dataclass(frozen=True, slots=True)
class Asked:
    """What is supposed, as the shell said it."""

    file: Path
    signed: bool
    always: bool
    since: datetime | None
    until: datetime | None  # not included: the midnight after the last day
    listed: int

    def in_words(self) -> str:
        """Say it for the log."""
        as_if = (("signed by every party", self.signed), ("in force all the time", self.always))
        supposing = " and ".join(said for said, is_so in as_if if is_so)
        what = f"what if there were the text of {self.file.name}" + (f", as if {supposing}" if supposing else "")
        since = f"from {day(self.since)}" if self.since else ""
        until = f"to {day(self.until - timedelta(days=1))}" if self.until else ""
        return "; ".join(filter(None, (what, since, until))) if since or until else f"{what}; all time"


def add_what_if_verb(verbs: "Verbs") -> None:
    """Add what can be supposed to the command."""
    verb = add_verb(verbs, "what-if", suppose, "decide the log of a time again under another text; this is logged")
    verb.add_argument("--with", dest="file", type=Path, required=True, metavar="FILE", help="the changed agreement")
    verb.add_argument("--as-signed", action="store_true", help="as if every party had signed it")
    verb.add_argument("--as-always", action="store_true", help="as if it had been in force all the time")
    verb.add_argument("--list", dest="listed", type=int, default=20, metavar="N", help="how many changes to list (20)")
    add_days(verb)


def suppose(world: World, asked: argparse.Namespace) -> int:
    """Write down who replays the log and under what; then say what would have gone otherwise."""
    settings, supposed = read_settings(world.environ), _read_asked(asked)
    rules = Rules(settings.agreements, settings.narrowings, world.today(), world.clock())
    criteria = Criteria(WholeLog(), since=supposed.since, until=supposed.until)
    with opened_log(world) as (_engine, log):
        look = AccessEvent(Event.LEDGER_SEARCHED, world.clock(), None, "", user=world.operator())
        log.append(replace(look, asked_for=supposed.in_words(), outcome="shown", device="trustline agreement what-if"))
        found = _replay(supposed, settings, rules, every(log.search, criteria))
    world.say(*_lines_of(found, [config.trust for config in settings.trusts], supposed.listed))
    return 0


def _read_asked(asked: argparse.Namespace) -> Asked:
    """Return what the shell said."""
    return Asked(asked.file, asked.as_signed, asked.as_always, asked.since, asked.until, asked.listed)


def _replay(asked: Asked, settings: Settings, rules: Rules, entries: Iterable[Entry]) -> Comparison:
    """Decide again; Misconfigured when the text is no agreement."""
    trusts = [config.trust for config in settings.trusts]
    text = asked.file.read_bytes().decode("utf-8-sig", "replace")
    draft = draft_reader(trusts, settings.signing_keys)(asked.file.name, text)
    if isinstance(draft, str):
        raise Misconfigured(draft)
    signed = as_if_signed(draft) if asked.signed else draft
    supposed = as_if_always(signed) if asked.always else signed
    return compare(entries, rules, with_text(rules.agreements, supposed), [trust.name for trust in trusts])


def _lines_of(found: Comparison, trusts: Sequence[Trust], listed: int) -> Iterator[str]:
    """Yield the verdict, its doubts, the counts and the first of the changes."""
    yield verdict(found)
    yield from doubts(found)
    if found.changed:
        yield from ("", UNITS)
    for name, rows in groups(found, trusts).items():
        yield from ("", f"By {name.lower()}:") if rows else ()
        for what, count in rows:
            said = ", ".join(f"{number} {change.value}" for change, number in sorted(count.items()))
            yield f"  {what or 'not stated'}: {said}"
    if found.changed and listed:
        yield from ("", "Changes, by entry of the log:", *map(_line, found.changed[:listed]))
        if len(found.changed) > listed:
            yield f"  … and {len(found.changed) - listed:,} more; --list shows more"
    yield from ("", "What no comparison can know:", *(f"  {one}" for one in CANNOT_KNOW))


def _line(one: Effect) -> str:
    return f"  {one.entry}  {one.at:%Y-%m-%d %H:%M:%SZ}  {one.trust} {one.kind.value}: {one.change.value} ({one.rule})"
