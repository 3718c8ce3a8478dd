"""The operators' command: `trustline config check`, `log verify`, `log show`, `trusts check` and the rest.

Rule: it works with the same parts as the pages. An NHS number is never an argument, because everybody on
the machine can list arguments; it is read from standard input. Whoever reads the log is written in it.
"""

import argparse
import getpass
import os
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlalchemy import Engine, inspect, make_url
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from connectors.registry import fetching
from connectors.tokens import Tokens
from viewer.access.access_event import AccessEvent, Event
from viewer.access.rules import Rules
from viewer.audit import verifications
from viewer.audit.checkpoints import notes
from viewer.audit.confirmation import read_confirmation
from viewer.audit.export import every
from viewer.audit.journal import Waiting, waiting_in
from viewer.audit.log import Log, LogUnavailable
from viewer.audit.search import Criteria, WholeLog
from viewer.audit.verify import Verified
from viewer.clinical.nhs_number import NHSNumber, read_nhs_number
from viewer.commands.agreement_command import add_agreement_verbs
from viewer.commands.check_config import edited, lines_about
from viewer.commands.check_trusts import knock, knock_at_pds, line_about
from viewer.commands.code_command import add_code_verbs
from viewer.commands.export_log import lines_of_checkpoints, lines_of_log, write_new
from viewer.commands.show_log import lines_of
from viewer.commands.what_if_command import add_arguments, read_asked, replay
from viewer.commands.what_if_command import lines_of as lines_of_what_if
from viewer.configuration.config_file import did_you_mean
from viewer.identity.session import Sessions
from viewer.pages.confirmation_words import in_words
from viewer.pages.words import LONDON, plural
from viewer.publishing import public_key_of
from viewer.settings import Misconfigured, config_folder, read_database, read_journal, read_settings
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

if TYPE_CHECKING:
    _Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # argparse has no public name for it


@dataclass(frozen=True, slots=True)
class World:
    """What the command needs of the machine it runs on."""

    environ: Mapping[str, str]
    read: TextIO
    write: TextIO
    complain: TextIO
    clock: Callable[[], datetime]
    account: str  # of the operating system, for the log

    def say(self, *lines: str) -> None:
        """Write lines to standard output."""
        for line in lines:
            self.write.write(f"{line}\n")

    def today(self) -> date:
        """Return the day in London, on which agreements begin and end."""
        return self.clock().astimezone(LONDON).date()


class Refused(Exception):  # noqa: N818  an answer to a person, not a fault
    """The command will not do this. The message says why and what to do."""


def main() -> int:
    """Run the command as the shell called it."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
    world = World(os.environ, sys.stdin, sys.stdout, sys.stderr, clock, getpass.getuser())
    return run(sys.argv[1:], world)


def run(arguments: Sequence[str], world: World) -> int:
    """Do what was asked; return 0, or 1 when something is wrong and was said."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.do(world, asked))
    except (Misconfigured, Refused, LogUnavailable) as problem:
        world.complain.write(f"{problem}\n")
    except (OSError, SQLAlchemyError) as problem:
        world.complain.write(f"{type(problem).__name__}: {getattr(problem, 'orig', None) or problem}\n")
    return 1


# ── What can be asked ────────────────────────────────────────────────────────────────────────────


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trustline", description="For those who run Trustline.", allow_abbrev=False)
    rooms = parser.add_subparsers(required=True, metavar="config | agreement | codes | log | database | …")

    config = _room(rooms, "config", "the configuration")
    _verb(config, "check", check_config, "say what the configuration means today, or what is wrong with it")

    agreement = _room(rooms, "agreement", "the agreements, and who has signed which text")
    add_agreement_verbs(agreement)
    what_if = _verb(agreement, "what-if", suppose, "decide the log of a time again under another text; this is logged")
    add_arguments(what_if)
    what_if.add_argument("--since", type=_day, metavar="DAY", help="from this day on, like 2026-11-01")
    what_if.add_argument("--until", type=_last_day, metavar="DAY", help="to the end of this day")

    add_code_verbs(_room(rooms, "codes", "what the laboratories' codes mean, and who has signed that"))

    log = _room(rooms, "log", "the log of who saw what")
    _verb(log, "verify", verify_log, "work the whole log out again, and say whether it is sound")
    _verb(log, "size", say_log_size, "say how many entries there are, and their root: keep both outside this machine")
    _verb(log, "key", say_log_key, "say the public key by which the log's signatures are checked")
    _add_show(log)
    export = _verb(log, "export", export_log, "write every entry to a file, for a verifier; this is itself written")
    checkpoints = _verb(log, "checkpoints", export_checkpoints, "write every checkpoint and its cosignatures to a file")
    for verb in (export, checkpoints):
        verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="a file that is not there yet")

    database = _room(rooms, "database", "the database")
    _verb(database, "upgrade", upgrade_database, "make or change the tables this version needs")

    trusts = _room(rooms, "trusts", "the trusts")
    _verb(trusts, "check", check_trusts, "ask each trust for a token and its capability statement, and PDS for a token")

    sessions = _room(rooms, "sessions", "who is signed in")
    end = _verb(sessions, "end", end_sessions, "end every sign-in of a person, at once")
    end.add_argument("--user", required=True, help="the person's id, as the log shows it in brackets")
    return parser


def _add_show(log: "_Verbs") -> None:
    show = _verb(log, "show", show_log, "show the newest entries; this is itself written in the log")
    show.add_argument("--last", type=_count, default=20, metavar="N", help="how many (20)")
    show.add_argument(
        "--patient-from-stdin", action="store_true", help="of one patient: type or pipe in the NHS number"
    )
    show.add_argument("--person", default="", help="by this person: an id, or part of a name")
    show.add_argument("--organisation", default="", metavar="ODS", help="by people of this organisation")
    show.add_argument("--trust", default="", help="about this trust's data")
    show.add_argument(
        "--event", default="", choices=[event.value for event in Event], metavar="EVENT", help="like refused"
    )
    show.add_argument("--since", type=_day, metavar="DAY", help="from this day on, like 2026-11-01")
    show.add_argument("--until", type=_last_day, metavar="DAY", help="to the end of this day")
    show.add_argument("--with-patients", action="store_true", help="show whom each entry is about")


def _room(rooms: "_Verbs", name: str, about: str) -> "_Verbs":
    room = rooms.add_parser(name, help=about, description=about, allow_abbrev=False)
    return room.add_subparsers(required=True, metavar="what to do")


def _verb(
    room: "_Verbs", name: str, do: Callable[[World, argparse.Namespace], int], about: str
) -> argparse.ArgumentParser:
    verb = room.add_parser(name, help=about, description=about, allow_abbrev=False)
    verb.set_defaults(do=do)
    return verb


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 10_000:
        raise argparse.ArgumentTypeError("a number from 1 to 10000")
    return int(text)


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), LONDON)
    except ValueError:
        raise argparse.ArgumentTypeError("a day, like 2026-11-01") from None


def _last_day(text: str) -> datetime:
    """Return the midnight after the day, as the pages take a day that is the last."""
    return _day((_day(text).date() + timedelta(days=1)).isoformat())


# ── config ───────────────────────────────────────────────────────────────────────────────────────


def check_config(world: World, _: argparse.Namespace) -> int:
    """Say what the configuration means today; return 1 when an agreement holds another text than was signed."""
    settings = read_settings(world.environ)
    wrong = edited(settings.agreements)
    world.say(*lines_about(settings, world.today()), *(f"WRONG: {line}" for line in wrong))
    return 1 if wrong else 0


# ── agreement what-if ────────────────────────────────────────────────────────────────────────────


def suppose(world: World, asked: argparse.Namespace) -> int:
    """Write down who replays the log and under what; then say what would have gone otherwise."""
    settings, supposed = read_settings(world.environ), read_asked(asked)
    rules = Rules(settings.agreements, settings.narrowings, world.today(), world.clock())
    criteria = Criteria(WholeLog(), since=supposed.since, until=supposed.until)
    with _opened(world) as (_engine, log):
        look = AccessEvent(Event.LEDGER_SEARCHED, world.clock(), None, "", user=_operator(world))
        log.append(replace(look, asked_for=supposed.in_words(), outcome="shown", device="trustline agreement what-if"))
        found = replay(supposed, settings, rules, every(log.search, criteria))
    world.say(*lines_of_what_if(found, [config.trust for config in settings.trusts], supposed.listed))
    return 0


# ── log ──────────────────────────────────────────────────────────────────────────────────────────


def verify_log(world: World, _: argparse.Namespace) -> int:
    """Work the log out again from its first entry, and write in it who did and how far it was sound."""
    waiting = _waiting(world)
    with _opened(world) as (_engine, log):
        verified = log.verify()
        _keep(world, log, verified)
    if waiting.damaged:
        world.complain.write(_DAMAGED.format(count=waiting.damaged))
    if not verified.sound:
        world.complain.write(f"NOT SOUND from entry {verified.entry}: {verified.problem}\n")
        world.say(f"Sound as far as entry {verified.size}, root {verified.root.hex()}")
        return 1
    world.say(
        f"Sound: {verified.size} entries, root {verified.root.hex()}",
        "This shows that nothing was altered singly. Compare size and root with ones kept outside this machine",
        "to show that the log was not cut short or rewritten whole.",
        *_still_waiting(waiting),
    )
    return 1 if waiting.damaged else 0


def _keep(world: World, log: Log, verified: Verified) -> None:
    """Write the verdict down as a page does. It stands, and is said, where the log takes no entry any more."""
    because = f"the operator's own check: {verifications.in_words(verified)}"
    look = AccessEvent(
        Event.LEDGER_SEARCHED,
        world.clock(),
        None,
        "",
        user=_operator(world),
        because=because,
        digest=verified.root.hex(),
    )
    asked = "verification of the whole log"
    try:
        log.append(
            replace(look, asked_for=asked, outcome=verifications.outcome_of(verified), device="trustline log verify")
        )
    except LogUnavailable as problem:
        world.complain.write(f"This verification is not in the log: {problem}\n")


_DAMAGED = "{count} places in the journal cannot be read; see docs/runbooks/journal.md\n"


def _waiting(world: World) -> Waiting:
    return waiting_in(read_journal(world.environ, read_database(world.environ)))


def _still_waiting(waiting: Waiting) -> tuple[str, ...]:
    if not waiting.entries:
        return ()
    return (f"{waiting.entries} more wait in the journal, outside this: the database has not taken them yet.",)


def say_log_size(world: World, _: argparse.Namespace) -> int:
    """Say how many entries there are, and their root."""
    with _opened(world) as (engine, log):
        head = log.head()
        with engine.connect() as connection:
            confirmed = read_confirmation(connection, world.clock(), is_signed=False)
    said = in_words(confirmed, {}, world.clock())
    waiting = _still_waiting(_waiting(world))
    world.say(f"{head.size} entries, root {head.root.hex()}", *_key_line(world), said.sentence, *said.missing, *waiting)
    return 0


def _key_line(world: World) -> tuple[str, ...]:
    """Say the public key, where the configuration can be read: size and root are said without it too."""
    try:
        key = public_key_of(read_settings(world.environ).log)
    except Misconfigured:
        return ("The log's public key is not known here: the configuration cannot be read (trustline config check)",)
    return (f"The log's public key: {key}",) if key else ()


def say_log_key(world: World, _: argparse.Namespace) -> int:
    """Say the log's public key, to be given to every trust."""
    key = public_key_of(read_settings(world.environ).log)
    if not key:
        raise Refused("This log is not signed: there is no [log] in config/partnership.toml.")
    world.say(key)
    return 0


def export_log(world: World, asked: argparse.Namespace) -> int:
    """Write down that the whole log is taken out; then write it to the file."""
    with _opened(world) as (engine, log):
        _refuse_to_overwrite(asked.out)
        log.append(_export(world, "the whole log", "trustline log export"))
        written = write_new(asked.out, lines_of_log(engine))
    world.say(
        f"{written} {plural(written, 'entry', 'entries')} in {asked.out}. It names patients: keep it as you keep them."
    )
    return 0


def export_checkpoints(world: World, asked: argparse.Namespace) -> int:
    """Write every checkpoint with its cosignatures to the file. They say nothing of any patient."""
    with _opened(world) as (engine, _log):
        _refuse_to_overwrite(asked.out)
        written = write_new(asked.out, lines_of_checkpoints(notes(engine)))
    world.say(f"{written} {plural(written, 'checkpoint')} in {asked.out}.")
    return 0


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise Refused(f"{path} is there already; name a file that is not.")


def _export(world: World, what: str, device: str) -> AccessEvent:
    return AccessEvent(
        Event.EXPORTED,
        world.clock(),
        None,
        "",
        user=_operator(world),
        asked_for=what,
        outcome="exported",
        device=device,
    )


def show_log(world: World, asked: argparse.Namespace) -> int:
    """Write down who reads the log and what for; then show it."""
    number = _nhs_number_from(world) if asked.patient_from_stdin else None
    criteria = Criteria(
        WholeLog(),
        nhs_number=number.digits if number else "",
        person=asked.person,
        organisation=asked.organisation,
        trust=asked.trust,
        event=asked.event,
        since=asked.since,
        until=asked.until,
        limit=asked.last,
    )
    with _opened(world) as (_engine, log):
        _refuse_unknown_trust(world, log, asked.trust)
        log.append(_reading(world, number, asked))
        found = log.search(criteria)
    world.say(*lines_of(found, asked.with_patients or number is not None))
    return 0


def _refuse_unknown_trust(world: World, log: Log, name: str) -> None:
    """A misspelt name would find nothing, and nothing would read as "nobody looked"."""
    known = log.trusts() | {path.stem for path in config_folder(world.environ).glob("trusts/*.toml")}
    if name and name not in known:
        raise Refused(
            f'There is no trust "{name}"{did_you_mean(name, known) or "."} Known: {", ".join(sorted(known))}.'
        )


def _nhs_number_from(world: World) -> NHSNumber:
    if world.read.isatty():
        world.complain.write("NHS number: ")
        world.complain.flush()
    read = read_nhs_number(world.read.readline().strip())
    if not isinstance(read, NHSNumber):
        raise Refused(read.reason)
    return read


def _reading(world: World, number: NHSNumber | None, asked: argparse.Namespace) -> AccessEvent:
    searched = {
        "NHS number": number,
        "person": asked.person,
        "organisation": asked.organisation,
        "trust": asked.trust,
        "event": asked.event,
        "date": asked.since or asked.until,
    }
    return AccessEvent(
        Event.LEDGER_SEARCHED,
        world.clock(),
        None,
        "",
        user=_operator(world),
        nhs_number=number.digits if number else "",
        asked_for=", ".join(name for name, value in searched.items() if value) or "the newest entries",
        outcome="shown",
        device="trustline log show",
    )


# ── database, trusts, sessions ───────────────────────────────────────────────────────────────────


def upgrade_database(world: World, _: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    engine = open_database(read_database(world.environ))
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    world.say("The database has every table this version needs.")
    return 0


def check_trusts(world: World, _: argparse.Namespace) -> int:
    """Knock at every trust, one after another, and say what each said."""
    settings = read_settings(world.environ)
    tokens = Tokens(world.clock, time.monotonic, lambda: uuid.uuid4().hex)
    make_fetcher = fetching()
    knocks = [knock(config, make_fetcher, tokens, time.monotonic) for config in settings.trusts]
    if settings.pds:
        knocks.append(knock_at_pds(settings.pds, make_fetcher, tokens, time.monotonic))
    world.say(*(line_about(one) for one in knocks))
    return 1 if any(one.problem for one in knocks) else 0


def end_sessions(world: World, asked: argparse.Namespace) -> int:
    """End every sign-in of one person, and write down that it was done."""
    with _opened(world) as (engine, log):
        ended = Sessions(engine, world.clock, secrets.token_urlsafe).end_user(asked.user)
        log.append(
            *(
                AccessEvent(
                    Event.SIGNED_OUT,
                    world.clock(),
                    sign_in.clinician,
                    sign_in.reference,
                    user=sign_in.name,
                    outcome="ended",
                    because=f"ended by {_operator(world)}",
                    device="trustline sessions end",
                )
                for sign_in in ended
            )
        )
    world.say(f"{len(ended)} ended." if ended else f"{asked.user} is not signed in.")
    return 0


# ── What they share ──────────────────────────────────────────────────────────────────────────────


@contextmanager
def _opened(world: World) -> Iterator[tuple[Engine, Log]]:
    """Open the database that is there, and never make an empty one in its place."""
    url = read_database(world.environ)
    file = make_url(url).database if url.startswith("sqlite") else None
    if file and not Path(file).exists():
        raise Refused(f"There is no database {file}. If that is its right place, run: trustline database upgrade")
    engine = open_database(url)
    try:
        _refuse_without_log(engine)
        with closing(Log(engine, world.clock)) as log:
            yield engine, log
    finally:
        engine.dispose()


def _refuse_without_log(engine: Engine) -> None:
    try:
        if inspect(engine).has_table("log_entries"):
            return
        said = "holds no log"
    except DatabaseError as problem:
        said = f"cannot be read as a database ({problem.orig})"
    raise Refused(f"{engine.url.database} {said}. If that is the right file, run: trustline database upgrade")


def _operator(world: World) -> str:
    return f"operator {world.account}"


if __name__ == "__main__":
    sys.exit(main())
