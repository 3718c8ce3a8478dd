"""Read one resource at the door, or say in words why it cannot be read.

Rule: unknown fields are passed over; a field of the wrong type makes that one resource unreadable and leaves its
neighbours unharmed. Nothing that was sent is repeated in the reason.
"""

import re
from typing import Any

import msgspec

from connectors.resource import Known, Resource

_READ: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Known)
_NOT_READ = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def read_resource(raw: bytes | msgspec.Raw) -> Resource | str:
    """Return the typed resource, or the reason it could not be read (path and type only, no content)."""
    try:
        resource: Resource = _READ.decode(raw)
    except _NOT_READ as trouble:
        return _read_without_nulls(raw) or _reason(trouble)
    return resource


def _reason(trouble: Exception) -> str:
    """Return the reason in words for clinicians. Names of fields are FHIR's own; nothing that was sent is repeated."""
    if isinstance(trouble, RecursionError):
        return "it is nested too deep to be read"
    if not isinstance(trouble, msgspec.ValidationError):
        return "it is not whole JSON: broken or cut short"
    # The library repeats one thing that was sent: a resourceType it does not know.
    said = str(trouble)
    if said.startswith("Invalid value"):
        return "of a kind that is not read here"
    if other := _OTHER_TYPE.match(said):
        wanted, came, path = other.groups()
        return f"{_named(path)} is {_TYPES.get(came, 'something else')}, where FHIR has {_TYPES[wanted]}"
    if missing := _MISSING.match(said):
        name, path = missing.groups()
        return f"{_named(path)} lacks its “{name}”"
    return "it is not written as FHIR says"


_TYPES = {
    "array": "a list",
    "object": "a group of fields",
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "empty",
}
_OTHER_TYPE = re.compile(r"Expected `(array|object|str|bool)(?: \| null)?`, got `(\w+)`(?: - at `\$\.(\S*)`)?$")
_MISSING = re.compile(r"Object missing required field `(\w+)`(?: - at `\$\.(\S*)`)?$")
_PLACES = re.compile(r"\[\d*\]")


def _named(path: str | None) -> str:
    return f"its “{_PLACES.sub('', path)}”" if path else "it"


def _read_without_nulls(raw: bytes | msgspec.Raw) -> Resource | None:
    """Return the resource as it reads when null is nothing.

    R4 §2.6.2 allows null among the items of a list of primitives, and some servers send it for an absent element.
    """
    if b"null" not in bytes(raw):
        return None
    try:
        resource: Resource = _READ.decode(msgspec.json.encode(_without_nulls(msgspec.Raw(bytes(raw).strip()))))
    except _NOT_READ:
        return None
    return resource


# Every level is looked through once more, and nothing that is read here stands deeper.
_LEVELS = 16
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


def _without_nulls(node: msgspec.Raw, levels: int = _LEVELS) -> Any:
    """Return what stands in objects and lists without its nulls. Anything else keeps the characters it was sent in."""
    sent = bytes(node)
    if not levels or b"null" not in sent:
        return node
    if sent.startswith(b"{"):
        fields = _FIELDS.decode(sent).items()
        return {name: _without_nulls(inner, levels - 1) for name, inner in fields if bytes(inner) != b"null"}
    if sent.startswith(b"["):
        return [_without_nulls(inner, levels - 1) for inner in _ITEMS.decode(sent) if bytes(inner) != b"null"]
    return node
