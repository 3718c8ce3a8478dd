"""`trustline log verify | size | key | show | export | checkpoints`: who saw what, and whether that is sound.

Rule: whoever reads the log is written in it, before anything is shown. An NHS number is never an argument, because
everybody on the machine can list arguments; it is read from standard input.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.access.access_event import AccessEvent, Event
from viewer.audit import verifications
from viewer.audit.checkpoints import notes
from viewer.audit.confirmation import read_confirmation
from viewer.audit.journal import Waiting, waiting_in
from viewer.audit.log import Log, LogUnavailable
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.audit.verify import Verified
from viewer.clinical.nhs_number import NHSNumber, read_nhs_number
from viewer.commands.export_log import lines_of_checkpoints, lines_of_log, write_new
from viewer.commands.show_log import lines_of
from viewer.commands.verbs import add_days, add_verb
from viewer.commands.world import Refused, World, opened_log
from viewer.configuration.config_file import did_you_mean
from viewer.pages.confirmation_words import in_words
from viewer.pages.words import plural
from viewer.publishing import public_key_of
from viewer.settings import Misconfigured, config_folder, read_database, read_journal, read_settings

if TYPE_CHECKING:
    from viewer.commands.verbs import Verbs


def add_log_verbs(verbs: "Verbs") -> None:
    """Add what can be asked of the log to the command."""
    add_verb(verbs, "verify", verify_log, "work the whole log out again, and say whether it is sound")
    size = "say how many entries there are, and their root: keep both outside this machine"
    add_verb(verbs, "size", say_log_size, size)
    add_verb(verbs, "key", say_log_key, "say the public key by which the log's signatures are checked")
    _add_show(verbs)
    whole = "write every entry to a file, for a verifier; this is itself written"
    export = add_verb(verbs, "export", export_log, whole)
    signed = "write every checkpoint and its cosignatures to a file"
    checkpoints = add_verb(verbs, "checkpoints", export_checkpoints, signed)
    for verb in (export, checkpoints):
        verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="a file that is not there yet")


def _add_show(log: "Verbs") -> None:
    show = add_verb(log, "show", show_log, "show the newest entries; this is itself written in the log")
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
    add_days(show)
    show.add_argument("--with-patients", action="store_true", help="show whom each entry is about")


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 10_000:
        raise argparse.ArgumentTypeError("a number from 1 to 10000")
    return int(text)


# ── Is it sound? ─────────────────────────────────────────────────────────────────────────────────


def verify_log(world: World, _: argparse.Namespace) -> int:
    """Work the log out again from its first entry, and write in it who did and how far it was sound."""
    waiting = _waiting(world)
    with opened_log(world) as (_engine, log):
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
        user=world.operator(),
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


# ── How much, and by whose key ───────────────────────────────────────────────────────────────────


def say_log_size(world: World, _: argparse.Namespace) -> int:
    """Say how many entries there are, and their root."""
    with opened_log(world) as (engine, log):
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


# ── Taking it out ────────────────────────────────────────────────────────────────────────────────


def export_log(world: World, asked: argparse.Namespace) -> int:
    """Write down that the whole log is taken out; then write it to the file."""
    with opened_log(world) as (engine, log):
        _refuse_to_overwrite(asked.out)
        log.append(_export(world, "the whole log", "trustline log export"))
        written = write_new(asked.out, lines_of_log(engine))
    world.say(
        f"{written} {plural(written, 'entry', 'entries')} in {asked.out}. It names patients: keep it as you keep them."
    )
    return 0


def export_checkpoints(world: World, asked: argparse.Namespace) -> int:
    """Write every checkpoint with its cosignatures to the file. They say nothing of any patient."""
    with opened_log(world) as (engine, _log):
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
        user=world.operator(),
        asked_for=what,
        outcome="exported",
        device=device,
    )


# ── Showing it ───────────────────────────────────────────────────────────────────────────────────


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
    with opened_log(world) as (_engine, log):
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
        user=world.operator(),
        nhs_number=number.digits if number else "",
        asked_for=", ".join(name for name, value in searched.items() if value) or "the newest entries",
        outcome="shown",
        device="trustline log show",
    )
