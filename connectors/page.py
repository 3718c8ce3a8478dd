"""Read one page of a search: the Bundle split into its entries, and each entry read by itself.

Rule: one broken resource harms no neighbour, and nothing vanishes. What cannot be
read is still an entry, with the reason and without its content. A server's free words
may name a patient, and a reason travels to the strip, the log and the officers; so of
an OperationOutcome only the code is repeated, and only one that R4 lists.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from connectors.answer import Outcome, Received, Trouble
from connectors.read_resource import read_resource
from connectors.resource import OperationOutcome, OutcomeIssue, Resource
from connectors.trust_config import Caps

Repair = Callable[[Resource], Resource]


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read. `total` is what the server says the whole search matches; None when it does not say."""

    entries: tuple[Received, ...] = field(repr=False)
    next_link: str = field(default="", repr=False)
    total: int | None = None
    warnings: tuple[str, ...] = ()  # that something may be missing, in our words


def read_page(content: bytes, caps: Caps, repair: Repair | None = None) -> Page | Trouble:
    """Return the page, or why it is none. At most `caps.entries` entries are taken."""
    try:
        bundle = _read_bundle(content)
    except RecursionError:
        return _too_deep(caps)
    if isinstance(bundle, Trouble):
        return bundle
    if len(bundle.entry) > caps.entries:
        return Trouble(Outcome.OVERSIZE, "more entries than the cap allows")
    if any(_is_deeper_than(caps.nesting - _AROUND, bytes(entry.resource)) for entry in bundle.entry):
        return _too_deep(caps)
    modified = any(mark in content for mark in _MODIFIERS)
    entries = tuple(_received(entry, repair, modified) for entry in bundle.entry)
    next_link, unreadable_links = _next_link(bundle.link)
    said = [words for entry in entries for words in _words_of(entry)]
    return Page(
        entries=tuple(entry for entry in entries if not _is_outcome(entry)),
        next_link=next_link,
        total=_total(bundle.total),
        warnings=tuple(said) + unreadable_links,
    )


def read_alone(content: bytes, caps: Caps) -> Received | Trouble:
    """Return a resource that came by itself, read as carefully as one of a page."""
    if nested_deeper_than(caps.nesting, content):
        return _too_deep(caps)
    return _received(_Entry(msgspec.Raw(content)), None, modified=True)


_AROUND = 3  # a resource stands in its entry, in the list of entries, in the Bundle
_NOT_OPENING = bytes(set(range(256)) - set(b"{["))


def _is_deeper_than(limit: int, resource: bytes) -> bool:
    # To be so deep it must open so many; few do, and the rest need no closer look.
    return len(resource.translate(None, _NOT_OPENING)) > limit and nested_deeper_than(limit, resource)


def _too_deep(caps: Caps) -> Trouble:
    return Trouble(Outcome.OVERSIZE, f"nested more than {caps.nesting} deep")


_DEPTH_ONLY = bytes.maketrans(b"[]", b"{}")
_NOT_DEPTH = bytes(set(range(256)) - set(b'{}[]"'))


def nested_deeper_than(limit: int, content: bytes) -> bool:
    """Say whether arrays and objects stand in each other more than `limit` deep, without decoding.

    Everything but brackets and quotes is struck out, then what stands between quotes,
    then innermost pairs, a level a time. All of it runs at the speed of C.
    """
    brackets = _without_escapes(content).translate(_DEPTH_ONLY, _NOT_DEPTH)
    # Two quotes side by side go first: what is within a string and what is without stays so.
    brackets = b"".join(brackets.replace(b'""', b"").split(b'"')[::2])
    too_deep = b"{" * (limit + 1)
    for _ in range(limit):
        if not brackets or too_deep in brackets:
            break
        brackets = brackets.replace(b"{}", b"")
    return too_deep in brackets or b"{}" in brackets


_ESCAPED = re.compile(rb"\\.", re.DOTALL)


def _without_escapes(content: bytes) -> bytes:
    # The first way is eight times as fast where escapes are few, as they are. Where they are many it takes seconds.
    if content.count(b"\\") < len(content) // 100:
        return _ESCAPED.sub(b"", content)
    return content.replace(b"\\\\", b"").replace(b'\\"', b"")


class _Search(msgspec.Struct, gc=False):
    mode: str = ""


class _Entry(msgspec.Struct, rename="camel", gc=False):
    resource: msgspec.Raw = msgspec.Raw()
    full_url: str = ""
    search: _Search | None = None


class _Bundle(msgspec.Struct, rename="camel", gc=False):
    resource_type: str = ""
    total: msgspec.Raw = msgspec.Raw()
    link: msgspec.Raw = msgspec.Raw()
    entry: tuple[_Entry, ...] = ()


class _LooseBundle(msgspec.Struct, rename="camel", gc=False):
    """The same, for a page in which an entry's own wrapping is broken."""

    resource_type: str = ""
    total: msgspec.Raw = msgspec.Raw()
    link: msgspec.Raw = msgspec.Raw()
    entry: tuple[msgspec.Raw, ...] = ()


class _LooseEntry(msgspec.Struct, rename="camel", gc=False):
    resource: msgspec.Raw = msgspec.Raw()


class _Link(msgspec.Struct, gc=False):
    relation: str = ""
    url: str = ""


_BUNDLE = msgspec.json.Decoder(_Bundle)
_LOOSE_BUNDLE = msgspec.json.Decoder(_LooseBundle)
_LOOSE_ENTRY = msgspec.json.Decoder(_LooseEntry)
_LINKS = msgspec.json.Decoder(tuple[_Link, ...])
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError)
_NOT_READ = (*_NOT_JSON, RecursionError)


def _read_bundle(content: bytes) -> _Bundle | Trouble:
    try:
        bundle = _BUNDLE.decode(content)
    except msgspec.ValidationError:
        return _read_loosely(content)
    except _NOT_JSON:
        return _not_json(content)
    return _if_a_bundle(bundle, content)


def _read_loosely(content: bytes) -> _Bundle | Trouble:
    try:
        loose = _LOOSE_BUNDLE.decode(content)
    except _NOT_JSON:
        return Trouble(Outcome.GARBLED, "JSON, but not a FHIR Bundle")
    entries = tuple(_loosely(raw) for raw in loose.entry)
    return _if_a_bundle(_Bundle(loose.resource_type, loose.total, loose.link, entries), content)


def _loosely(raw: msgspec.Raw) -> _Entry:
    try:
        return msgspec.json.decode(raw, type=_Entry)
    except _NOT_READ:
        pass
    try:
        return _Entry(_LOOSE_ENTRY.decode(raw).resource)
    except _NOT_READ:
        return _Entry()


def _not_json(content: bytes) -> Trouble:
    if content.lstrip()[:1] == b"<":
        return Trouble(Outcome.GARBLED, "a web page or XML instead of FHIR JSON")
    if not content.strip():
        return Trouble(Outcome.GARBLED, "an empty page")
    return Trouble(Outcome.GARBLED, "not whole JSON: broken or cut short")


def _if_a_bundle(bundle: _Bundle, content: bytes) -> _Bundle | Trouble:
    if bundle.resource_type == "Bundle":
        return bundle
    if bundle.resource_type == "OperationOutcome":
        outcome = read_resource(content)
        code = next(map(_code, outcome.issue), "") if isinstance(outcome, OperationOutcome) else ""
        return Trouble(Outcome.FAILED, f"an OperationOutcome instead of results{code}")
    return Trouble(Outcome.GARBLED, "JSON, but not a FHIR Bundle")


def _received(entry: _Entry, repair: Repair | None, modified: bool) -> Received:
    raw = bytes(entry.resource)  # our own copy: a kept resource must not keep its whole page
    mode = (entry.search.mode if entry.search else "") or "match"
    if not raw:
        return Received("", "", "", None, "an entry without a resource", raw, entry.full_url, mode)
    body = read_resource(raw)
    if isinstance(body, str):
        kind, id_, version = _stub(raw)
        return Received(kind, id_, version, None, body, raw, entry.full_url, mode)
    kind = type(body).__name__
    version = body.meta.version_id if body.meta else ""
    problem = _not_to_be_ignored(raw, body) if modified or body.modifier_extension else ""
    if problem:
        return Received(kind, body.id, version, None, problem, raw, entry.full_url, mode)
    return Received(kind, body.id, version, repair(body) if repair else body, "", raw, entry.full_url, mode)


_MODIFIERS = (b'"modifierExtension"', b'"implicitRules"')


def _not_to_be_ignored(raw: bytes, body: Resource) -> str:
    """Return why the resource must not be processed: FHIR R4 §2.5.2, modifier extensions, at any depth."""
    extension, rules = _MODIFIERS
    if body.modifier_extension or extension in raw:
        return "it carries a modifierExtension that is not known here"
    if rules in raw:
        return "it is written under implicitRules that are not known here"
    return ""


class _Stub(msgspec.Struct, rename="camel", gc=False):
    resource_type: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()
    meta: msgspec.Raw = msgspec.Raw()


class _Version(msgspec.Struct, rename="camel", gc=False):
    version_id: str = ""


_KIND = re.compile(r"[A-Z][A-Za-z]{0,63}")


def _stub(raw: bytes) -> tuple[str, str, str]:
    """Return kind, id and version of a resource that cannot be read, as far as they can be."""
    try:
        stub = msgspec.json.decode(raw, type=_Stub)
    except _NOT_READ:
        return "", "", ""
    kind, id_ = _text(stub.resource_type), _text(stub.id)
    try:
        version = msgspec.json.decode(stub.meta, type=_Version).version_id
    except _NOT_READ:
        version = ""
    return kind if _KIND.fullmatch(kind) else "", id_, version


def _text(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except _NOT_READ:
        return ""


def _total(raw: msgspec.Raw) -> int | None:
    try:
        return msgspec.json.decode(raw, type=int)
    except _NOT_READ:
        return None


def _next_link(raw: msgspec.Raw) -> tuple[str, tuple[str, ...]]:
    if not bytes(raw):
        return "", ()
    try:
        links = _LINKS.decode(raw)
    except _NOT_READ:
        return "", ("its links to further pages could not be read",)
    return next((link.url for link in links if link.relation == "next"), ""), ()


def _is_outcome(entry: Received) -> bool:
    return entry.kind == "OperationOutcome" or entry.mode == "outcome"


def _words_of(entry: Received) -> tuple[str, ...]:
    if not _is_outcome(entry):
        return ()
    if not isinstance(entry.body, OperationOutcome):
        return ("the trust sent a warning that could not be read",)
    return _issues(entry.body)


def _issues(outcome: OperationOutcome) -> tuple[str, ...]:
    warnings = (issue for issue in outcome.issue if not _is_mere_information(issue))
    return tuple(f"the trust sent a warning with its answer{_code(issue)}" for issue in warnings)


def _is_mere_information(issue: OutcomeIssue) -> bool:
    return issue.severity == "information" and issue.code in ("informational", "success")


def _code(issue: OutcomeIssue) -> str:
    return f" ({issue.code})" if issue.code in _ISSUE_TYPES else ""


# R4, value set issue-type.
_ISSUE_TYPES = frozenset({
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired",
    "forbidden", "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found",
    "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient",
    "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled", "informational", "success",
})  # fmt: skip
