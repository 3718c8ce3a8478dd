"""Read config/ and the environment into one frozen Settings, or refuse to start, naming file, line and key.

Rule: read once, at start. Nothing is guessed, nothing falls back to something friendlier, and a secret
that others on the machine can read is refused.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from connectors.answer import Trust
from connectors.registry import known_connectors
from connectors.trust_config import TrustConfig
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.clinician import Role, RoleRule
from viewer.agreement_file import read_agreement
from viewer.config_file import Misconfigured, Table, did_you_mean, nearest, open_config
from viewer.secret_file import Secrets
from viewer.trust_file import read_trust, web_address

__all__ = ["Misconfigured", "Settings", "SignInSettings", "read_database", "read_settings"]

ENVIRONMENT = ("TRUSTLINE_CONFIG", "TRUSTLINE_SECRETS", "TRUSTLINE_DATABASE", "TRUSTLINE_WORKERS")

# DOMAIN: what NHS CIS2 offers. Another provider's list goes into partnership.toml.
SCOPES = ("openid", "profile", "email", "nhsperson", "associatedorgs", "nationalrbacaccess", "selectedrole")


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """The OpenID provider, how we prove to it who we are, and what we ask of a sign-in."""

    issuer: str
    client_id: str
    key: str = field(repr=False)  # private key in PEM, for private_key_jwt
    key_id: str
    scopes: tuple[str, ...]
    max_age: timedelta  # how long ago a person may have proved who they are
    acr: frozenset[str]  # authentication strengths, any of which is enough
    idle: timedelta  # a sign-in nobody uses ends
    absolute: timedelta  # every sign-in ends
    roles: tuple[RoleRule, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the viewer was told, checked."""

    partnership: str
    address: str  # where browsers find us, no trailing slash
    trusts: tuple[TrustConfig, ...]  # in the order every page shows them
    agreements: tuple[Agreement, ...]
    narrowings: tuple[Narrowing, ...]
    sign_in: SignInSettings
    database: str = field(repr=False)  # its URL, which may hold a password
    workers: int


def read_settings(environ: Mapping[str, str], connectors: Collection[str] | None = None) -> Settings:
    """Return the Settings, or raise Misconfigured. `connectors` are those there are, unless others are handed in."""
    _refuse_misspelt(environ)
    folder = Path(environ.get("TRUSTLINE_CONFIG") or "config")
    secrets = Secrets(environ.get("TRUSTLINE_SECRETS") or "")
    database = read_database(environ)
    workers = _workers(environ, database)

    file = open_config(folder / "partnership.toml")
    deadline = file.span("deadline_seconds", timedelta(seconds=1))
    trusts = _read_trusts(file, folder, secrets, deadline, known_connectors() if connectors is None else connectors)
    settings = Settings(
        partnership=file.text("name"),
        address=web_address(file, "address"),
        trusts=tuple(config for config, _ in trusts),
        agreements=_read_agreements(folder, [config.trust for config, _ in trusts]),
        narrowings=tuple(narrowing for _, narrowing in trusts),
        sign_in=_read_sign_in(file, secrets),
        database=database,
        workers=workers,
    )
    file.nothing_else()
    return settings


# ── The environment ──────────────────────────────────────────────────────────────────────────────


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    for name in environ:
        near = nearest(name, ENVIRONMENT) if name.startswith("TRUSTL") and name not in ENVIRONMENT else ""
        if near and near not in environ:
            raise Misconfigured(f"environment, {name}: unknown; did you mean {near}?")


def read_database(environ: Mapping[str, str]) -> str:
    """Return the database's URL: all that the commands for the log need."""
    url = environ.get("TRUSTLINE_DATABASE", "")
    if not url:
        raise Misconfigured(
            "environment, TRUSTLINE_DATABASE: is missing; give the log a database, "
            "like sqlite:///var/demo/trustline.sqlite"
        )
    try:
        kind, file = make_url(url).get_backend_name(), make_url(url).database
    except ArgumentError:
        raise Misconfigured("environment, TRUSTLINE_DATABASE: is not a database URL") from None
    if kind not in ("sqlite", "postgresql"):
        raise Misconfigured(f"environment, TRUSTLINE_DATABASE: {kind} is neither sqlite nor postgresql")
    if kind == "sqlite" and file in (None, "", ":memory:"):
        raise Misconfigured(
            "environment, TRUSTLINE_DATABASE: a log in memory is lost when the viewer stops; name a file"
        )
    return url


def _workers(environ: Mapping[str, str], database: str) -> int:
    text = environ.get("TRUSTLINE_WORKERS") or "1"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1000):
        raise Misconfigured(f'environment, TRUSTLINE_WORKERS: "{text}" is not a number of workers')
    if int(text) > 1 and database.startswith("sqlite"):
        # ADR 10: two processes waited over a second for each other's lock on one SQLite file.
        raise Misconfigured(
            f"environment, TRUSTLINE_WORKERS: {text} workers need PostgreSQL; SQLite is for one. "
            "Set TRUSTLINE_WORKERS=1, or TRUSTLINE_DATABASE to a postgresql URL"
        )
    return int(text)


# ── partnership.toml: the trusts in order, and the sign-in ───────────────────────────────────────


def _read_trusts(
    file: Table, folder: Path, secrets: Secrets, deadline: timedelta, known_connectors: Collection[str]
) -> list[tuple[TrustConfig, Narrowing]]:
    names = file.texts("trusts")
    present = {path.stem for path in (folder / "trusts").glob("*.toml")}
    for name in names:
        if name not in present:
            raise file.wrong("trusts", f"there is no file {folder}/trusts/{name}.toml{did_you_mean(name, present)}")
    for name in sorted(present - set(names)):
        raise file.wrong("trusts", f"{folder}/trusts/{name}.toml stands there, but {name} is not listed")
    if not names:
        raise file.wrong("trusts", "is empty")
    read: list[tuple[TrustConfig, Narrowing]] = []
    for name in names:
        table = open_config(folder / "trusts" / f"{name}.toml")
        config, narrowing = read_trust(table, name, secrets, deadline, known_connectors)
        table.nothing_else()
        _refuse_twins(table, config, [other for other, _ in read])
        read.append((config, narrowing))
    return read


def _refuse_twins(table: Table, config: TrustConfig, others: Iterable[TrustConfig]) -> None:
    """Two trusts under one ODS code, title or address would show one trust's results as another's."""
    for other in others:
        twins = {
            "ods": config.trust.ods == other.trust.ods,
            "title": config.trust.title.casefold() == other.trust.title.casefold(),
            "address": config.address.casefold() == other.address.casefold(),
        }
        for key, same in twins.items():
            if same:
                raise table.wrong(key, f"is also that of {other.trust.name}")


def _read_sign_in(file: Table, secrets: Secrets) -> SignInSettings:
    table = file.table("sign_in")
    minute, hour, second = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
    settings = SignInSettings(
        issuer=web_address(table, "issuer"),
        client_id=table.text("client_id"),
        key=secrets.private_key(table, "key_file"),
        key_id=secrets.text(table, "key_id_file"),
        scopes=table.texts("scopes", SCOPES),
        max_age=table.span("max_age_seconds", second),
        acr=frozenset(table.texts("acr")),
        idle=table.span("idle_minutes", minute, timedelta(minutes=15)),
        absolute=table.span("absolute_hours", hour, timedelta(hours=10)),
        roles=tuple(_read_role(role) for role in file.tables("role")),
    )
    if "openid" not in settings.scopes:
        raise table.wrong("scopes", '"openid" is missing, and without it nobody signs in')
    if not settings.acr:
        raise table.wrong("acr", "is empty; name at least one strength of authentication")
    if settings.idle > settings.absolute:
        raise table.wrong("idle_minutes", "is longer than absolute_hours")
    if not settings.roles:
        raise file.wrong("role", "there is no [[role]], so nobody could act")
    return settings


def _read_role(table: Table) -> RoleRule:
    rule = RoleRule(
        table.one_of("role", Role), frozenset(table.texts("codes")), frozenset(table.texts("activities", ()))
    )
    if not rule.codes:
        raise table.wrong("codes", "is empty")
    for code in rule.codes:
        if ":" in code:
            raise table.wrong("codes", f'"{code}": give the last part only, like "R0050"')
    return rule


# ── agreements/ ──────────────────────────────────────────────────────────────────────────────────


def _read_agreements(folder: Path, trusts: Collection[Trust]) -> tuple[Agreement, ...]:
    paths = sorted((folder / "agreements").glob("*.toml"))
    if not paths:
        raise Misconfigured(f"{folder}/agreements: there is no agreement, so no trust could be asked anything")
    agreements: list[Agreement] = []
    for path in paths:
        table = open_config(path)
        agreement = read_agreement(table, trusts)
        table.nothing_else()
        if any(agreement.short == other.short for other in agreements):
            raise table.wrong("short", f'"{agreement.short}" is also the short name of another agreement')
        agreements.append(agreement)
    return tuple(agreements)
