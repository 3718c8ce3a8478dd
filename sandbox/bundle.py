"""A page of a searchset, put together from bytes that are ready."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.exact import Json, write_json
from sandbox.shelf import Kept


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a searchset Bundle before it is written."""

    total: int
    entries: tuple[bytes, ...] = field(repr=False)
    self_url: str = ""
    next_url: str = ""
    extras: tuple[tuple[str, bytes], ...] = ()  # further fields of the Bundle, already JSON


def write_page(page: Page) -> bytes:
    """Return the Bundle as it is sent."""
    links = [{"relation": "self", "url": page.self_url}]
    if page.next_url:
        links.append({"relation": "next", "url": page.next_url})
    head = b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%s' % (page.total, write_json(links))
    extras = b"".join(b",%s:%s" % (write_json(name), raw) for name, raw in page.extras)
    entries = b',"entry":[%s]' % b",".join(page.entries) if page.entries else b""  # FHIR has no empty arrays
    return head + extras + entries + b"}"


def write_entries(base: str, kept: Iterable[Kept], mode: str) -> tuple[bytes, ...]:
    """Return the entries of these resources."""
    return tuple(write_entry(f"{base}/{one.name}", one.raw, mode) for one in kept)


def write_entry(full_url: str, raw: bytes, mode: str) -> bytes:
    """Return one entry."""
    return b'{"fullUrl":%s,"resource":%s,"search":{"mode":"%s"}}' % (write_json(full_url), raw, mode.encode())


def outcome(code: str, words: str, severity: str = "error") -> Json:
    """Return an OperationOutcome that says one thing."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "details": {"text": words}, "diagnostics": words}],
    }
