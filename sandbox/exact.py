"""JSON in which a number keeps the characters it was written with: 4.10 goes out as 4.10."""

from typing import Any

import msgspec

Json = dict[str, Any]

_READ = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode()))


def number(text: str) -> msgspec.Raw:
    """Return a JSON number that is written exactly as `text`."""
    float(text)  # refuses what is not a number
    return msgspec.Raw(text.encode())


def read_json(raw: bytes) -> Any:
    """Read JSON; fractions stay the characters they are."""
    return _READ.decode(raw)


def write_json(value: Any) -> bytes:
    """Write JSON; numbers made by `number` or read by `read_json` are unchanged."""
    return msgspec.json.encode(value)
