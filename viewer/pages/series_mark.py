"""Name a series of one opened patient in an address, by a mark that means nothing to anybody else.

Rule: no analyte, code or name stands in an address: what was tested for is told to nobody who reads over a shoulder
or keeps a list of addresses. The mark is keyed by a secret of this sign-in, as that of a report is.
"""

import json
from base64 import b32encode
from collections.abc import Callable, Iterable
from hashlib import blake2b
from hmac import compare_digest

from viewer.clinical.series import SeriesKey
from viewer.steps import Opened


def trend_address(opened: Opened, *keys: SeriesKey) -> str:
    """Return the address of the trend of one series, or of several on one axis of time."""
    wanted = "&".join(f"series={series_mark(opened, key)}" for key in keys)
    return f"/patients/{opened.handle}/trend?{wanted}"


def series_wanted(opened: Opened, marks: Iterable[str]) -> Callable[[SeriesKey], bool]:
    """Return what tells whether a series is one of those that an address names by these marks."""
    sought = [mark.encode() for mark in marks]

    def is_wanted(key: SeriesKey) -> bool:
        own = series_mark(opened, key).encode()
        return any(compare_digest(own, mark) for mark in sought)

    return is_wanted


def series_mark(opened: Opened, key: SeriesKey) -> str:
    """Return the mark of a series: the same for the same series of this patient in this sign-in, and nowhere else."""
    said = json.dumps([key.analyte, key.specimen, key.unit, key.method, key.own])  # no two keys are written alike
    made = blake2b(said.encode(), digest_size=15, key=opened.secret.encode(), person=b"series")
    return b32encode(made.digest()).decode().lower()
