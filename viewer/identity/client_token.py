"""Does this token prove that the one who calls is this trust's ordering system, and calls us, now, once?

Rule: the key is one that stands in the trust's own file; nothing a token names (jku, x5u, jwk) is followed or used.
All that is wrong is a value, `BadToken`, and repeats no claim. That a token comes only once is for `UsedTokens` to say.
Source: CDS Hooks 2.0, "Trusting CDS Clients"; RFC 7515; RFC 8725.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc.jwk import ECKey, RSAKey

from viewer.configuration.ordering_file import OrderingSystem
from viewer.identity.signed_token import BadToken, FindKey, Key, a_moment, open_token, what_is_wrong
from viewer.identity.unread_token import issuer_of

ALGORITHMS = frozenset({"ES384", "RS384"})
LONGEST_LIFE = timedelta(minutes=5)
LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A token that we believe."""

    system: OrderingSystem
    once: str  # issuer and id: it may be used one time
    expires: datetime


def read_client_token(
    sealed: str, systems: Collection[OrderingSystem], audience: str, now: datetime
) -> ClientToken | BadToken:
    """Return whose token it is, or why we do not believe it."""
    issuer = issuer_of(sealed)
    if isinstance(issuer, BadToken):
        return issuer
    system = next((one for one in systems if one.issuer == issuer), None)
    if system is None:
        return BadToken("issued by nobody who is known here")
    token = open_token(sealed, _keys_of(system), ALGORITHMS)
    if isinstance(token, BadToken):
        return token
    claims = token.claims
    if str(token.header.get("typ", "JWT")).upper() != "JWT":
        return BadToken("not a token of this kind (typ)")
    if wrong := what_is_wrong(claims, system.issuer, audience, now):
        return BadToken(wrong)
    expires, issued, name = a_moment(claims, "exp"), a_moment(claims, "iat"), claims.get("jti")
    if expires is None or issued is None or not timedelta(0) < expires - issued <= LONGEST_LIFE:
        return BadToken("it holds for longer than five minutes, or for no time")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        return BadToken("without an id of its own (jti)")
    return ClientToken(system, f"ordering\n{system.issuer}\n{name}", expires)


def _keys_of(system: OrderingSystem) -> FindKey:
    def find(key_id: str, algorithm: str) -> Key | BadToken:
        key = system.keys.get(key_id)
        fits = isinstance(key, ECKey) if algorithm == "ES384" else isinstance(key, RSAKey)
        return key if key is not None and fits else BadToken("signed with a key that is not this system’s")

    return find
