"""Read config/review.toml: from where on something is worth an officer's time, and who is told; and the staff files.

Rule: a staff file says where people live, so one that everybody on the machine can read is refused. Nothing in it
is ever shown; without it the rules that need it say that they cannot judge.
"""

import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path

from connectors.answer import Trust
from viewer.access.clinician import Role
from viewer.access.relationship import Claim
from viewer.audit.review import Facts, Member, StaffFile, Thresholds, mark, spelt
from viewer.clinical.nhs_number import NotAnNHSNumber, read_nhs_number
from viewer.configuration.config_file import Table, open_config


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """How officers are told that there is something to review. The text is a reference, and nothing else."""

    host: str
    port: int
    sender: str
    to: Mapping[str, str]  # ODS code → address
    encrypted: bool  # by STARTTLS, with a certificate that holds


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """The file, and the staff files beside it."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    every: timedelta = timedelta(seconds=3)
    facts: Facts = field(default_factory=Facts, repr=False)
    notices: NoticeSettings | None = None
    practices: str = ""  # ODS code of the trust whose officers answer for practices; "" when nobody does
    escalation: str = ""  # ODS code of the trust whose officers decide what was escalated; "" when nobody is named


def read_review(folder: Path, trusts: Collection[Trust]) -> ReviewSettings:
    """Return what the folder's review.toml says; the thresholds that stand in the code when there is none."""
    path = folder / "review.toml"
    if not path.exists():
        return ReviewSettings(facts=_read_staff(folder / "staff", trusts))
    file = open_config(path)
    settings = read_review_file(file, trusts)
    file.nothing_else()
    return settings


def read_review_file(file: Table, trusts: Collection[Trust]) -> ReviewSettings:
    """Return what the file says, and what stands in the staff files it names."""
    staff = file.text("staff", "staff")
    return ReviewSettings(
        thresholds=_read_thresholds(file.table("rules")),
        every=_read_every(file),
        facts=_read_staff(file.path.parent / staff, trusts),
        notices=_read_notices(file.table("notices"), trusts) if "notices" in file else None,
        practices=_read_officers(file, "practices_officer", trusts),
        escalation=_read_officers(file, "escalation_ods", trusts),
    )


def _read_officers(file: Table, key: str, trusts: Collection[Trust]) -> str:
    ods = file.text(key, "")
    if ods and ods not in {trust.ods for trust in trusts}:
        raise file.wrong(key, f'"{ods}" is not the ODS code of a trust here, so it has no officer')
    return ods


def _read_every(file: Table) -> timedelta:
    every = file.span("every_seconds", timedelta(seconds=1), timedelta(seconds=3))
    if every > timedelta(seconds=30):
        raise file.wrong("every_seconds", "must be at most 30: a broken glass is to be in the queue within a minute")
    return every


def _read_thresholds(table: Table) -> Thresholds:
    given = Thresholds()
    names = [one.name for one in fields(Thresholds) if one.name not in ("reason_needed", "office_roles")]
    numbers = {name: table.whole(name, getattr(given, name)) for name in names}
    read = Thresholds(
        **numbers,
        reason_needed=frozenset(table.some_of("reason_needed", Claim, [Claim(one) for one in given.reason_needed])),
        office_roles=frozenset(table.some_of("office_roles", Role, [Role(one) for one in given.office_roles])),
    )
    if not read.office_from < read.office_until <= 24:
        raise table.wrong("office_until", "must be later than office_from, and at most 24")
    if read.habit_days >= read.window_days:
        raise table.wrong("habit_days", "must be fewer than window_days")
    if read.window_days > 92:
        raise table.wrong("window_days", "must be at most 92: so many days are read again whenever a worker starts")
    return read


# ── Notices ──────────────────────────────────────────────────────────────────────────────────────


def _read_notices(table: Table, trusts: Collection[Trust]) -> NoticeSettings:
    to = table.table("to")
    known = {trust.ods for trust in trusts}
    for ods in to.values:
        if ods not in known:
            raise to.wrong(ods, "is not the ODS code of a trust here, so no officer of theirs could read the alert")
    settings = NoticeSettings(
        host=table.text("host"),
        port=table.whole("port", 25),
        sender=_address(table, "from"),
        to={ods: _address(to, ods) for ods in to.values},
        encrypted=table.yes_or_no("starttls", True),
    )
    if not settings.to:
        raise table.wrong("to", "names nobody; leave [notices] out when nobody is to be told")
    if settings.port > 65535:
        raise table.wrong("port", "is not a port")
    return settings


_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", re.ASCII)


def _address(table: Table, key: str) -> str:
    address = table.text(key)
    if not _ADDRESS.fullmatch(address):
        raise table.wrong(key, f'"{address}" is not one e-mail address')
    return address


# ── Staff files ──────────────────────────────────────────────────────────────────────────────────

_SALT_LETTERS = 16
_MARK = re.compile("[0-9a-f]{64}")


def _read_staff(folder: Path, trusts: Collection[Trust]) -> Facts:
    """Read <folder>/<ods>.toml for each trust that keeps one."""
    files = {}
    for trust in trusts:
        path = folder / f"{trust.ods}.toml"
        if path.exists():
            file = open_config(path)
            if path.stat().st_mode & stat.S_IRWXO:
                raise file.wrong("salt", f"everybody on this machine can read the file; run: chmod 600 {path}")
            files[trust.ods] = read_staff_file(file, trust.ods)
            file.nothing_else()
    return Facts(files)


def read_staff_file(file: Table, organisation: str) -> StaffFile:
    """Return one trust's staff file."""
    salt = file.text("salt")
    if len(salt) < _SALT_LETTERS:
        raise file.wrong("salt", f"is shorter than {_SALT_LETTERS} letters")
    members = tuple(_read_member(table, salt) for table in file.tables("member"))
    by_user: dict[str, Member] = {}
    for member in members:
        if member.user_id in by_user:
            raise file.wrong("member", f'"{member.user_id}" stands there twice')
        by_user[member.user_id] = member
    return StaffFile(
        organisation,
        salt,
        members=by_user,
        by_number={member.number: member for member in members if member.number},
        vips=frozenset(_read_mark(file, "vips", one, salt) for one in file.texts("vips", ())),
    )


def _read_member(table: Table, salt: str) -> Member:
    number = table.text("nhs_number", "")
    return Member(
        user_id=table.text("user"),
        number=_read_mark(table, "nhs_number", number, salt) if number else "",
        family=spelt(table.text("surname", "")),
        postcode=spelt(table.text("postcode", "")),
        address=spelt(table.text("address", "")),
        department=table.text("department", "").strip(),
    )


def _read_mark(table: Table, key: str, text: str, salt: str) -> str:
    """Return the mark; a number in plain digits is taken from the range for tests alone."""
    if _MARK.fullmatch(text):
        return text
    number = read_nhs_number(text)
    if isinstance(number, NotAnNHSNumber) or not number.digits.startswith("999"):
        raise table.wrong(key, "must be the SHA-256 of the salt and the ten digits, in hex (docs/review.md says how)")
    return mark(salt, number.digits)
