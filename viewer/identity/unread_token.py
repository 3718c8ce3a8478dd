"""Say who a token says to have issued it, before anything of it is believed.

Rule: by it alone is known whose keys to try. What is no token at all is said to be none, and not to be somebody's.
"""

from base64 import urlsafe_b64decode

from viewer.identity.signed_token import BadToken
from viewer.identity.strict_json import read_object


def issuer_of(sealed: str) -> str | BadToken:
    """Return the issuer a token names, "" when it names none."""
    parts = sealed.split(".")
    try:
        said = read_object(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))) if len(parts) == 3 else None
    except ValueError:
        said = None
    if said is None:
        return BadToken("it is no token")
    issuer = said.get("iss")
    return issuer if isinstance(issuer, str) else ""
