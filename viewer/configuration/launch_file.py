"""Read [launch] of a trust's file: how its record system opens Trustline with a patient in front of somebody.

Rule: everything that is believed stands here, in the trust's own file: an address that a launch brings along is only
compared with it, and a key that a token brings along is not looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from viewer.configuration.config_file import Table
from viewer.configuration.secret_file import Secrets
from viewer.configuration.token_keys import read_token_keys
from viewer.identity.signed_token import Key

SCOPES = ("launch", "openid", "fhirUser", "patient/Patient.r")


@dataclass(frozen=True, slots=True)
class SmartConfig:
    """A record system that launches by SMART (EHR launch): its FHIR address, and who we are there."""

    iss: str
    client_id: str
    scopes: tuple[str, ...] = SCOPES
    key: str = field(default="", repr=False)  # our private key in PEM, or
    key_id: str = ""
    secret: str = field(default="", repr=False)  # the client secret


@dataclass(frozen=True, slots=True)
class LaunchConfig:
    """A trust's record system, as it may open Trustline: by signed contexts, by SMART, or by both."""

    trust: str
    issuer: str = ""
    keys: Mapping[str, Key] = field(default_factory=dict, repr=False)  # by key id
    smart: SmartConfig | None = None


def read_launch(
    file: Table, trust: str, secrets: Secrets, web_address: Callable[[Table, str], str]
) -> LaunchConfig | None:
    """Return how the trust's record system opens Trustline; None where the file does not say."""
    if "launch" not in file:
        return None
    table = file.table("launch")
    keys = read_token_keys(table, "P-256")
    issuer = table.text("issuer", "")
    if bool(issuer) != bool(keys):
        raise table.wrong("issuer", "an issuer needs a [[launch.key]], and a key needs an issuer")
    smart = _read_smart(table.table("smart"), secrets, web_address) if "smart" in table else None
    if not keys and smart is None:
        raise table.wrong("issuer", "is missing: nothing here says how the record system opens Trustline")
    return LaunchConfig(trust, issuer, keys, smart)


def _read_smart(table: Table, secrets: Secrets, web_address: Callable[[Table, str], str]) -> SmartConfig:
    with_key = "key_file" in table
    return SmartConfig(
        iss=web_address(table, "iss"),
        client_id=table.text("client_id"),
        scopes=table.texts("scopes", SCOPES),
        key=secrets.private_key(table, "key_file") if with_key else "",
        key_id=secrets.text(table, "key_id_file") if with_key else "",
        secret="" if with_key else secrets.text(table, "secret_file"),
    )
