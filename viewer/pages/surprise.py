"""Write down a surprise of ours where it must become a gap that is seen.

Rule: its kind and place, never its words: they may hold what a trust sent.
"""

import logging
import traceback

log = logging.getLogger(__name__)


def write_down(what: str, surprise: Exception) -> None:
    """Tell the operators what could not be done, which kind of surprise it was, and where."""
    frames = traceback.extract_tb(surprise.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-3:]))
    log.error("%s: %s in %s", what, type(surprise).__name__, places)
