"""Read config/partnership.toml: the partnership's name, its trusts in order, and how its people sign in."""

from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from connectors.pds import PdsSettings
from viewer.access.clinician import Role, RoleRule
from viewer.access.glass import LONGEST
from viewer.access.presence import WAITED_FOR
from viewer.configuration.config_file import Table
from viewer.configuration.log_file import LogSettings, read_log
from viewer.configuration.pds_file import read_pds
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import read_deadline, web_address

# What NHS CIS2 offers. Another provider's list goes into partnership.toml.
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
    glass_acr: frozenset[str] = frozenset()  # those of them that are enough to break the glass
    glass_lasts: timedelta = LONGEST  # until a broken glass closes


@dataclass(frozen=True, slots=True)
class Partnership:
    """The file, read."""

    name: str
    address: str
    deadline: timedelta  # for each trust whose own file says nothing else
    presence_lasts: timedelta  # how long a clinician’s own trust is waited for before they must give a reason
    trusts: tuple[str, ...]  # their names, in the order every page shows them
    sign_in: SignInSettings
    log: LogSettings | None  # None: it is signed by nobody
    pds: PdsSettings | None


def read_partnership(file: Table, secrets: Secrets) -> Partnership:
    """Return what the file says."""
    partnership = Partnership(
        name=file.text("name"),
        address=web_address(file, "address"),
        deadline=read_deadline(file),
        presence_lasts=read_deadline(file, WAITED_FOR, "presence_seconds"),
        trusts=file.texts("trusts"),
        sign_in=_read_sign_in(file.table("sign_in"), secrets, _read_roles(file)),
        log=read_log(file, secrets),
        pds=read_pds(file, secrets),
    )
    if not partnership.trusts:
        raise file.wrong("trusts", "is empty")
    return partnership


def _read_sign_in(table: Table, secrets: Secrets, roles: tuple[RoleRule, ...]) -> SignInSettings:
    minute, hour, second = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
    acr = table.texts("acr")
    settings = SignInSettings(
        issuer=web_address(table, "issuer"),
        client_id=table.text("client_id"),
        key=secrets.private_key(table, "key_file", (RSAPrivateKey,)),
        key_id=secrets.text(table, "key_id_file"),
        scopes=table.texts("scopes", SCOPES),
        max_age=table.span("max_age_seconds", second),
        acr=frozenset(acr),
        idle=table.span("idle_minutes", minute, timedelta(minutes=15)),
        absolute=table.span("absolute_hours", hour, timedelta(hours=10)),
        roles=roles,
        glass_acr=frozenset(table.texts("break_glass_acr", acr)),
        glass_lasts=table.span("break_glass_minutes", minute, LONGEST),
    )
    if "openid" not in settings.scopes:
        raise table.wrong("scopes", '"openid" is missing, and without it nobody signs in')
    if not settings.acr:
        raise table.wrong("acr", "is empty; name at least one strength of authentication")
    if not settings.glass_acr:
        raise table.wrong("break_glass_acr", "is empty; name at least one, or leave it out to allow every one of acr")
    if others := sorted(settings.glass_acr - settings.acr):
        raise table.wrong("break_glass_acr", f'"{others[0]}" is not among acr')
    if settings.glass_lasts > LONGEST:
        raise table.wrong("break_glass_minutes", "is more than 15, the most that the rules of access allow")
    if settings.idle > settings.absolute:
        raise table.wrong("idle_minutes", "is longer than absolute_hours")
    return settings


def _read_roles(file: Table) -> tuple[RoleRule, ...]:
    roles = tuple(_read_role(table) for table in file.tables("role"))
    if not roles:
        raise file.wrong("role", "there is no [[role]], so nobody could act")
    return roles


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
