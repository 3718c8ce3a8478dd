"""Read config/trusts/<trust>.toml: where a trust is, how it is asked, what it withholds and what it signs with."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from connectors.answer import Kind, Trust
from connectors.trust_config import Caps, SignInMethod, TrustConfig, TrustSignIn
from viewer.access.agreement import Narrowing, NeverShared
from viewer.access.signing import read_public_key
from viewer.configuration.config_file import Table, did_you_mean, open_config
from viewer.configuration.launch_file import LaunchConfig, read_launch
from viewer.configuration.ordering_file import OrderingSystem, read_ordering
from viewer.configuration.radiology_file import read_images_address
from viewer.configuration.secret_file import Secrets

SHORTEST_DEADLINE = timedelta(seconds=0.1)
ODS_CODE = re.compile(r"[A-Z0-9]{3,10}")


@dataclass(frozen=True, slots=True)
class TrustFile:
    """The file, read."""

    config: TrustConfig
    narrowing: Narrowing
    signing_key: bytes | None = None  # its public Ed25519 key; without one it cannot sign an agreement
    laboratory_key: bytes | None = None  # its laboratory's; without one its code map is not believed
    ordering: OrderingSystem | None = None  # its own ordering system, which may ask what was done already
    launch: LaunchConfig | None = None  # its record system, which may open a patient here
    images_address: str = ""  # where it shows the images of a study: "https://…/{study_uid}"


def read_trust(
    file: Table, name: str, secrets: Secrets, deadline: timedelta, known_connectors: Collection[str]
) -> TrustFile:
    """Return how the trust of this name is reached, what it narrows, and with which key it signs."""
    narrowing = _read_narrowing(file.table("narrows", may_be_absent=True), name)
    config = TrustConfig(
        trust=_read_who(file, name),
        address=web_address(file, "address"),
        connector=_read_connector(file, known_connectors),
        sign_in=_read_sign_in(file.table("sign_in"), secrets),
        deadline=read_deadline(file, deadline),
        hospital_number_system=file.text("hospital_number_system"),
        post_search=file.yes_or_no("post_search", True),
        get_fallback=file.yes_or_no("get_fallback", False),
        page_size=file.whole("page_size", 100),
        imaging=file.yes_or_no("imaging", True),
        loose_observations=file.yes_or_no("loose_observations", False),
        names_in_record_reports=file.yes_or_no("names_in_record_reports", False),
        shares=narrowing.shares,
        caps=_read_caps(file.table("caps", may_be_absent=True)),
    )
    return TrustFile(
        config,
        narrowing,
        _read_key(file, "signing_key"),
        _read_key(file, "laboratory_key"),
        read_ordering(file, name),
        read_launch(file, name, secrets, web_address),
        read_images_address(file, "images_address"),
    )


def read_own_word(path: Path, known_connectors: Collection[str]) -> TrustFile:
    """Return the whole file, checked, but for its secrets: they say nothing of what a trust narrows or signs with."""
    return own_word_of(open_config(path), known_connectors)


def own_word_of(table: Table, known_connectors: Collection[str]) -> TrustFile:
    """Return the same of a file that is open."""
    own = read_trust(table, table.path.stem, _Unread(""), SHORTEST_DEADLINE, known_connectors)
    table.nothing_else()
    return own


class _Unread(Secrets):
    """Names secrets and reads none."""

    def text(self, table: Table, key: str) -> str:
        return table.text(key)

    def private_key(self, table: Table, key: str, *_: object, **__: object) -> str:
        return table.text(key)


def read_never_shared(table: Table, trust: str) -> NeverShared:
    """Return one class that a trust never shares."""
    return NeverShared(
        trust,
        table.text("name"),
        table.text("sentence"),
        table.pairs("codes", "system", "code"),
        table.yes_or_no("opens_by_break_glass", False),
    )


def web_address(table: Table, key: str) -> str:
    """Return an address: https, or http on this machine alone; no trailing slash, no query, no password."""
    address = table.text(key)
    if any(letter.isspace() for letter in address):
        raise table.wrong(key, f'"{address}" holds white space')
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise table.wrong(key, f'"{address}" is no address: {error}') from None
    if parts.scheme not in ("http", "https") or not host:
        raise table.wrong(key, f'"{address}" is no address; it begins with https://')
    if parts.scheme == "http" and not _is_this_machine(host):
        raise table.wrong(key, f'"{address}" would send patients\' data unencrypted; use https://')
    if parts.username or parts.password or parts.query or parts.fragment:
        raise table.wrong(key, "must hold no user, password, query or fragment")
    if address.endswith("/"):
        raise table.wrong(key, f'must not end in a slash: "{address.rstrip("/")}"')
    return address


def read_deadline(table: Table, default: timedelta | None = None, key: str = "deadline_seconds") -> timedelta:
    """Return how long a trust has for an answer: long enough for one, and no longer than anybody waits for a page."""
    deadline = table.span(key, timedelta(seconds=1), default)
    if deadline > timedelta(minutes=1):
        raise table.wrong(key, "nobody waits longer than 60 seconds for a page")
    if deadline < SHORTEST_DEADLINE:
        raise table.wrong(key, "no trust answers in less than 0.1 seconds")
    return deadline


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read_who(file: Table, name: str) -> Trust:
    trust = Trust(name, file.text("ods"), file.text("title"), file.text("full_title"), file.text("telephone"))
    if not ODS_CODE.fullmatch(trust.ods):
        raise file.wrong("ods", f'"{trust.ods}" is no ODS code, like "RFR"')
    return trust


def _read_connector(file: Table, known: Collection[str]) -> str:
    name = file.text("connector")
    if name not in known:
        problem = f'there is no connector "{name}" in connectors/trusts/{did_you_mean(name, known)}'
        raise file.wrong("connector", problem)
    return name


def _read_sign_in(table: Table, secrets: Secrets) -> TrustSignIn:
    method = table.one_of("method", SignInMethod)
    if method is SignInMethod.NONE:
        return TrustSignIn()
    with_key = method is SignInMethod.PRIVATE_KEY_JWT
    return TrustSignIn(
        method,
        token_url=web_address(table, "token_address"),
        client_id=table.text("client_id"),
        scope=table.text("scope", ""),
        secret=secrets.private_key(table, "key_file") if with_key else secrets.text(table, "secret_file"),
        key_id=secrets.text(table, "key_id_file") if with_key else "",
    )


def _read_key(file: Table, name: str) -> bytes | None:
    written = file.text(name, "")
    key = read_public_key(written)
    if written and key is None:
        raise file.wrong(name, "is no Ed25519 public key: 32 bytes, in base64")
    return key


def _read_narrowing(table: Table, trust: str) -> Narrowing:
    shares = table.some_of("shares", Kind, list(Kind))
    if shares and Kind.DEMOGRAPHICS not in shares:
        raise table.wrong("shares", '"demographics" is missing, and without it no patient of the trust can be found')
    classes = tuple(read_never_shared(inner, trust) for inner in table.tables("never_shared"))
    return Narrowing(trust, shares, classes)


def _read_caps(table: Table) -> Caps:
    usual = Caps()
    return Caps(
        bytes=table.whole("bytes", usual.bytes),
        pages=table.whole("pages", usual.pages),
        entries=table.whole("entries", usual.entries),
        nesting=table.whole("nesting", usual.nesting),
        header_bytes=table.whole("header_bytes", usual.header_bytes),
        at_once=table.whole("at_once", usual.at_once),
    )
