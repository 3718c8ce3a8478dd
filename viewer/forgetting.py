"""Forget by the clock what may be kept only so long, whether or not anybody comes.

Rule: it is a thread of the worker, and forgets at its start and then every so often; a database that cannot be written
ends it for no longer than its trouble lasts.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from viewer.repeating import Repeating

log = logging.getLogger(__name__)


def forgetting(forget: Callable[[], object], every: timedelta) -> Repeating:
    """Return what forgets, not yet started."""

    def turn() -> None:
        try:
            forget()
        except SQLAlchemyError as trouble:
            log.warning("what has run out could not be forgotten: %s", type(trouble).__name__)

    return Repeating("forgetting", turn, every, at_start=turn)
