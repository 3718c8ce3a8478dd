"""How one trust is reached: its address, sign-in, deadline, searches and caps, as its own file in config/trusts/ says.

Rule: a value object only. viewer/settings.py reads and checks the file; connectors/registry.py makes the connector.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from connectors.answer import Kind, Trust


class SignInMethod(StrEnum):
    """How we prove to a trust's token endpoint who we are (RFC 6749 §4.4, RFC 7523 §2.2)."""

    NONE = "none"
    CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a method, not a secret
    PRIVATE_KEY_JWT = "private_key_jwt"


@dataclass(frozen=True, slots=True)
class TrustSignIn:
    """Client credentials at one trust. The secret or key itself is read from its file at start and never printed."""

    method: SignInMethod = SignInMethod.NONE
    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    secret: str = field(default="", repr=False)  # the client secret, or the private key in PEM
    key_id: str = ""
    algorithm: str = ""  # for private_key_jwt; "" is what SMART names for the kind of key


@dataclass(frozen=True, slots=True)
class Caps:
    """What is too much from one trust in one exchange. Over a cap the exchange ends as OVERSIZE."""

    bytes: int = 64 * 1024 * 1024
    pages: int = 250
    entries: int = 50_000
    nesting: int = 64  # depth of JSON arrays and objects in a page
    header_bytes: int = 16 * 1024
    at_once: int = 128  # requests under way at one trust, from one worker; more wait, inside their own deadline


@dataclass(frozen=True, slots=True)
class TrustConfig:
    """One trust's file, read."""

    trust: Trust
    address: str  # FHIR base, no trailing slash
    connector: str  # "plain", or the name of a file in connectors/trusts/
    sign_in: TrustSignIn
    deadline: timedelta  # wall clock, around the whole exchange
    hospital_number_system: str  # the trust's own identifier system for patients
    post_search: bool = True  # POST _search; a 404, 405 or 501 falls back to GET only when get_fallback says so
    get_fallback: bool = False  # a GET puts the NHS number in the trust's own access log: the trust must have agreed
    page_size: int = 100
    imaging: bool = True  # has ImagingStudy to search
    loose_observations: bool = False  # issues results without a DiagnosticReport
    names_in_record_reports: bool = False  # reports to patients name who looked, and tell the reasons they wrote
    shares: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind))
    caps: Caps = field(default_factory=Caps)
