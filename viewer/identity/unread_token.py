"""Say who a token says to have issued it, before anything of it is believed.

Rule: by it alone is known whose keys to try.
"""

from base64 import urlsafe_b64decode

from viewer.identity.strict_json import read_object


def issuer_of(sealed: str) -> str:
    """Return the issuer a token names; "" when it names none or is no token."""
    parts = sealed.split(".")
    try:
        said = read_object(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))) if len(parts) == 3 else None
    except ValueError:
        said = None
    issuer = said.get("iss") if said else None
    return issuer if isinstance(issuer, str) else ""
