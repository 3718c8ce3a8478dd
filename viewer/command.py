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
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from connectors.registry import fetching
from connectors.tokens import Tokens
from viewer.access.access_event import AccessEvent, Event
from viewer.audit.log import LogUnavailable
from viewer.commands.agreement_command import add_agreement_verbs
from viewer.commands.check_config import edited, lines_about
from viewer.commands.check_trusts import knock, knock_at_pds, line_about
from viewer.commands.code_command import add_code_verbs
from viewer.commands.log_command import add_log_verbs
from viewer.commands.verbs import add_room, add_verb
from viewer.commands.what_if_command import add_what_if_verb
from viewer.commands.world import Refused, World, opened_log
from viewer.identity.session import Sessions
from viewer.settings import Misconfigured, read_database, read_settings
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade


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

    config = add_room(rooms, "config", "the configuration")
    add_verb(config, "check", check_config, "say what the configuration means today, or what is wrong with it")

    agreement = add_room(rooms, "agreement", "the agreements, and who has signed which text")
    add_agreement_verbs(agreement)
    add_what_if_verb(agreement)
    add_code_verbs(add_room(rooms, "codes", "what the laboratories' codes mean, and who has signed that"))
    add_log_verbs(add_room(rooms, "log", "the log of who saw what"))

    database = add_room(rooms, "database", "the database")
    add_verb(database, "upgrade", upgrade_database, "make or change the tables this version needs")

    trusts = add_room(rooms, "trusts", "the trusts")
    about = "ask each trust for a token and its capability statement, and PDS for a token"
    add_verb(trusts, "check", check_trusts, about)

    sessions = add_room(rooms, "sessions", "who is signed in")
    end = add_verb(sessions, "end", end_sessions, "end every sign-in of a person, at once")
    end.add_argument("--user", required=True, help="the person's id, as the log shows it in brackets")
    return parser


# ── config ───────────────────────────────────────────────────────────────────────────────────────


def check_config(world: World, _: argparse.Namespace) -> int:
    """Say what the configuration means today; return 1 when an agreement holds another text than was signed."""
    settings = read_settings(world.environ)
    wrong = edited(settings.agreements)
    world.say(*lines_about(settings, world.today()), *(f"WRONG: {line}" for line in wrong))
    return 1 if wrong else 0


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
    with opened_log(world) as (engine, log):
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
                    because=f"ended by {world.operator()}",
                    device="trustline sessions end",
                )
                for sign_in in ended
            )
        )
    world.say(f"{len(ended)} ended." if ended else f"{asked.user} is not signed in.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
