"""Make what publishes the log and what says how far it is confirmed, out of the settings."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from connectors.fetch import PlainFetch
from connectors.trust_config import Caps
from viewer.audit.confirmation import Confirmations
from viewer.audit.note import SigningKey
from viewer.audit.publish import Publisher
from viewer.configuration.log_file import LogSettings

_ANSWER_BYTES = 64 * 1024  # a witness answers with a line or two


def make_publisher(
    settings: LogSettings | None, engine: Engine, clock: Callable[[], datetime], holder: str
) -> Publisher | None:
    """Return what publishes the log, not yet started; None when the log has no key."""
    if settings is None:
        return None
    send = PlainFetch(caps=Caps(bytes=_ANSWER_BYTES)).send
    return Publisher(engine, clock, SigningKey(settings.origin, settings.key), settings.witnesses, send, holder)


def public_key_of(settings: LogSettings | None) -> str:
    """Return the public key by which anybody checks the log's signatures, as notes spell it; "" of an unsigned log."""
    return str(SigningKey(settings.origin, settings.key).verifier) if settings else ""


def make_confirmations(settings: LogSettings | None, engine: Engine, clock: Callable[[], datetime]) -> Confirmations:
    """Return what says how far the log is confirmed."""
    return Confirmations(engine, clock, settings is not None)
