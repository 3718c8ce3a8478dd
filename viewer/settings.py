"""Read config/ and the environment into one frozen Settings, or refuse to start, naming file, line and key.

Rule: read once, at start. Nothing is guessed, nothing falls back to something friendlier, and a secret
that others on the machine can read is refused.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from connectors.answer import Trust
from connectors.pds import PdsSettings
from connectors.registry import known_connectors
from connectors.trust_config import TrustConfig
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.presence import WAITED_FOR
from viewer.clinical.analyte import Catalogue, CodeMap
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.retest_rules import RetestRules
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.catalogue_file import read_catalogue
from viewer.configuration.code_map_file import CodeMapFile, read_code_maps
from viewer.configuration.config_file import Misconfigured, Table, did_you_mean, nearest, open_config
from viewer.configuration.launch_file import LaunchConfig
from viewer.configuration.log_file import LogSettings, refuse_strangers
from viewer.configuration.ordering_file import OrderingSystem
from viewer.configuration.partnership_file import SignInSettings, read_partnership
from viewer.configuration.radiology_file import read_radiology
from viewer.configuration.retest_file import read_retest
from viewer.configuration.review_file import ReviewSettings, read_review
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import TrustFile, read_trust

__all__ = [
    "Misconfigured",
    "Settings",
    "SignInSettings",
    "config_folder",
    "read_count",
    "read_database",
    "read_journal",
    "read_settings",
]

ENVIRONMENT = (
    "TRUSTLINE_CONFIG",
    "TRUSTLINE_SECRETS",
    "TRUSTLINE_DATABASE",
    "TRUSTLINE_JOURNAL",
    "TRUSTLINE_WORKERS",
    "TRUSTLINE_BIND",  # these three are gunicorn's: gunicorn.conf.py reads them
    "TRUSTLINE_THREADS",
    "TRUSTLINE_PROXY",
)


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
    journal: Path  # the folder in which entries wait while the database takes none
    log: LogSettings | None = None  # None: the log is signed by nobody
    presence_lasts: timedelta = WAITED_FOR  # how long a clinician’s own trust is waited for to bear out their word
    pds: PdsSettings | None = None  # None: a GP's patients are proven by the trusts' own records
    folder: Path = Path("config")  # where all of this was read
    signing_keys: Mapping[str, bytes] = field(default_factory=dict)  # by trust, its public Ed25519 key
    review: ReviewSettings = field(default_factory=ReviewSettings)
    catalogue: Catalogue = field(default_factory=Catalogue)
    retest: RetestRules = field(default_factory=RetestRules)
    ordering: Mapping[str, OrderingSystem] = field(default_factory=dict)  # by trust, those that may ask
    code_map_files: tuple[CodeMapFile, ...] = ()  # of every trust, believed or not
    launches: Mapping[str, LaunchConfig] = field(default_factory=dict)  # by trust, whose record systems may open it
    imaging: Imaging = NO_IMAGING  # what marks a report that must not wait, and where each trust shows its images

    @property
    def code_maps(self) -> Mapping[str, CodeMap]:
        """Return what may be gone by, by trust: the map that its laboratory signed, or an empty one."""
        return {one.trust.name: one.believed for one in self.code_map_files}


def _load_driver(database: URL) -> object:
    """Import what speaks to this kind of database."""
    return database.get_dialect().import_dbapi()


def read_settings(
    environ: Mapping[str, str],
    connectors: Collection[str] | None = None,
    load_driver: Callable[[URL], object] = _load_driver,
) -> Settings:
    """Return the Settings, or raise Misconfigured. `connectors` are those there are, unless others are handed in."""
    _refuse_misspelt(environ)
    folder = config_folder(environ)
    secrets = Secrets(environ.get("TRUSTLINE_SECRETS") or "")
    database = read_database(environ, load_driver)
    workers = _workers(environ, database)
    journal = read_journal(environ, database)

    file = open_config(folder / "partnership.toml")
    partnership = read_partnership(file, secrets)
    file.nothing_else()
    names = _trusts_with_files(file, folder, partnership.trusts)
    refuse_strangers(file, partnership.log, names)
    known = known_connectors() if connectors is None else connectors
    trusts = _read_trusts(folder, names, secrets, partnership.deadline, known)
    keys = {read.config.trust.name: read.signing_key for read in trusts if read.signing_key}
    laboratories = {read.config.trust.name: read.laboratory_key for read in trusts if read.laboratory_key}
    catalogue = read_catalogue(folder)
    retest = read_retest(folder, catalogue)
    return Settings(
        partnership=partnership.name,
        address=partnership.address,
        trusts=tuple(read.config for read in trusts),
        agreements=read_agreements(folder, [read.config.trust for read in trusts], keys),
        narrowings=tuple(read.narrowing for read in trusts),
        sign_in=partnership.sign_in,
        database=database,
        workers=workers,
        journal=journal,
        log=partnership.log,
        presence_lasts=partnership.presence_lasts,
        pds=partnership.pds,
        folder=folder,
        signing_keys=keys,
        review=read_review(folder, [read.config.trust for read in trusts]),
        catalogue=catalogue,
        retest=retest,
        ordering=_ordering(folder, trusts, retest),
        code_map_files=read_code_maps(folder, [read.config.trust for read in trusts], laboratories, catalogue),
        launches={read.config.trust.name: read.launch for read in trusts if read.launch},
        imaging=Imaging(read_radiology(folder), {read.config.trust.name: read.images_address for read in trusts}),
    )


# ── The environment ──────────────────────────────────────────────────────────────────────────────


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    for name in environ:
        near = nearest(name, ENVIRONMENT, 0.85) if name.startswith("TRUSTL") and name not in ENVIRONMENT else ""
        if near and near not in environ:
            raise Misconfigured(f"environment, {name}: unknown; did you mean {near}?")


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of the configuration."""
    return Path(environ.get("TRUSTLINE_CONFIG") or "config")


def read_database(environ: Mapping[str, str], load_driver: Callable[[URL], object] = _load_driver) -> str:
    """Return the database's URL: all that the commands for the log need."""
    url = environ.get("TRUSTLINE_DATABASE", "")
    if not url:
        raise Misconfigured(
            "environment, TRUSTLINE_DATABASE: is missing; give the log a database, "
            "like sqlite:///var/demo/trustline.sqlite"
        )
    try:
        where = make_url(url)
        kind, driver = where.get_backend_name(), where.get_driver_name()
    except ArgumentError:
        raise Misconfigured("environment, TRUSTLINE_DATABASE: is not a database URL") from None
    if kind not in ("sqlite", "postgresql"):
        raise Misconfigured(f"environment, TRUSTLINE_DATABASE: {kind} is neither sqlite nor postgresql")
    if kind == "sqlite" and where.database in (None, "", ":memory:"):
        raise Misconfigured(
            "environment, TRUSTLINE_DATABASE: a log in memory is lost when the viewer stops; name a file"
        )
    try:
        load_driver(where)
    except (ImportError, NoSuchModuleError):
        package = "psycopg[binary]" if driver == "psycopg" else driver
        raise Misconfigured(
            f"environment, TRUSTLINE_DATABASE: {kind} is spoken through {driver}, which cannot be imported here; "
            f"install it (.venv/bin/pip install '{package}'), or name a SQLite file"
        ) from None
    return url


def read_journal(environ: Mapping[str, str], database: str) -> Path:
    """Return the folder of the journal: on this machine's own disk, beside a SQLite file unless it is named."""
    named, where = environ.get("TRUSTLINE_JOURNAL"), make_url(database)
    if not named and where.get_backend_name() != "sqlite":
        raise Misconfigured(
            "environment, TRUSTLINE_JOURNAL: is missing; name a folder on this machine's own disk, "
            "in which entries wait while the database is away"
        )
    folder = Path(named) if named else Path(str(where.database)).with_suffix(".journal")
    if named and not folder.parent.is_dir():
        raise Misconfigured(f"environment, TRUSTLINE_JOURNAL: there is no folder {folder.parent} to make it in")
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise Misconfigured(f"environment, TRUSTLINE_JOURNAL: {folder} is not a folder that can be written in")
    return folder


def read_count(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return how many workers or threads this variable asks for."""
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise Misconfigured(f'environment, {name}: "{text}" is not a number from 1 to 9999')
    return int(text)


def _workers(environ: Mapping[str, str], database: str) -> int:
    workers = read_count(environ, "TRUSTLINE_WORKERS", 1)
    if workers > 1 and database.startswith("sqlite"):
        # ADR 10: two processes waited over a second for each other's lock on one SQLite file.
        raise Misconfigured(
            f"environment, TRUSTLINE_WORKERS: {workers} workers need PostgreSQL; SQLite is for one. "
            "Set TRUSTLINE_WORKERS=1, or TRUSTLINE_DATABASE to a postgresql URL"
        )
    return workers


# ── trusts/ ──────────────────────────────────────────────────────────────────────────────────────


def _trusts_with_files(file: Table, folder: Path, names: Collection[str]) -> Collection[str]:
    """Return the names, once it is sure that each has a file and each file a name."""
    present = {path.stem for path in (folder / "trusts").glob("*.toml")}
    for name in names:
        if name not in present:
            raise file.wrong("trusts", f"there is no file {folder}/trusts/{name}.toml{did_you_mean(name, present)}")
    for name in sorted(present.difference(names)):
        raise file.wrong("trusts", f"{folder}/trusts/{name}.toml stands there, but {name} is not listed")
    return names


def _read_trusts(
    folder: Path, names: Iterable[str], secrets: Secrets, deadline: timedelta, connectors: Collection[str]
) -> list[TrustFile]:
    read: list[TrustFile] = []
    for name in names:
        table = open_config(folder / "trusts" / f"{name}.toml")
        trust = read_trust(table, name, secrets, deadline, connectors)
        table.nothing_else()
        _refuse_twins(table, trust.config, [other.config for other in read])
        read.append(trust)
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


def _ordering(folder: Path, trusts: Iterable[TrustFile], retest: RetestRules) -> dict[str, OrderingSystem]:
    """Return the ordering systems that may ask here: no two of one issuer, and each order code of a test there is."""
    systems = {read.config.trust.name: read.ordering for read in trusts if read.ordering}
    known, issuers = {test.key for test in retest.tests}, set[str]()
    for name, system in systems.items():
        if system.issuer in issuers:
            raise Misconfigured(f"{folder}/trusts/{name}.toml, ordering.issuer: is also that of another trust")
        issuers.add(system.issuer)
        for test in system.tests.values():
            if test not in known:
                there_is_none = f'there is no test "{test}" in retest.toml{did_you_mean(test, known)}'
                raise Misconfigured(f"{folder}/trusts/{name}.toml, ordering.test.test: {there_is_none}")
    return systems


# ── agreements/ ──────────────────────────────────────────────────────────────────────────────────


def read_agreements(folder: Path, trusts: Collection[Trust], keys: Mapping[str, bytes]) -> tuple[Agreement, ...]:
    """Return every agreement in the folder, in the order of their names."""
    paths = sorted((folder / "agreements").glob("*.toml"))
    if not paths:
        raise Misconfigured(f"{folder}/agreements: there is no agreement, so no trust could be asked anything")
    agreements: list[Agreement] = []
    for path in paths:
        table = open_config(path)
        agreement = read_agreement(table, trusts, keys)
        table.nothing_else()
        if any(agreement.short == other.short for other in agreements):
            raise table.wrong("short", f'"{agreement.short}" is also the short name of another agreement')
        agreements.append(agreement)
    return tuple(agreements)
