"""May this `next` link be followed? Only to the trust's own origin and base path.

Rule: a page is the trust's word, and it may be wrong or forged. A link never takes
our token, or the patient's id, anywhere but where the configuration points.
"""

import re
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from connectors.answer import Outcome, Trouble

_PORTS = {"http": 80, "https": 443}
# What no URL may carry unescaped (RFC 3986), and the backslash that some parsers read as a slash.
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]|[\\<>\"{}^`]")
_ELSEWHERE = Trouble(Outcome.PARTIAL, "its link to the next page leads somewhere else and was not followed")
_BROKEN = Trouble(Outcome.PARTIAL, "its link to the next page could not be read")


def next_address(link: str, address: str) -> str | Trouble:
    """Return the whole address of a next page below `address`, or why it is not followed."""
    if len(link) > 8192 or _NOT_IN_A_URL.search(link):
        return _BROKEN
    try:
        # A relative link is relative to the base (R4 §3.1.1.1): "Patient?page=2", "?page=2".
        whole = urlsplit(urljoin(f"{address}/", link))
        same = _origin(whole) == _origin(urlsplit(address))
    except ValueError:
        return _BROKEN
    if not same or not _is_below(whole.path, urlsplit(address).path) or "@" in whole.netloc:
        return _ELSEWHERE
    return whole._replace(fragment="").geturl()


def _origin(url: SplitResult) -> tuple[str, str, int | None]:
    return url.scheme, url.hostname or "", url.port or _PORTS.get(url.scheme)


def _is_below(path: str, base: str) -> bool:
    # Decoded twice: "%252e%252e" must not become ".." on a proxy's second look.
    plain = unquote(unquote(path))
    if ".." in plain.split("/") or "\\" in plain:
        return False
    return path.rstrip("/") == base or path.startswith(f"{base}/")
