"""Put into English how far the log is confirmed by the trusts.

Rule: what is not confirmed is said to be so, and since when; and that care goes on, because it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from viewer.audit.checkpoint import Confirmation, Missing
from viewer.pages import words

_UNSIGNED = (
    "This log is not signed: no key is configured for it. If it were rewritten whole, nobody outside could show it."
)
_NO_WITNESS = (
    "This log is signed by its own key alone: no trust's witness is configured. If it were rewritten whole by "
    "whoever holds that key, nobody outside could show it."
)
_UNREADABLE = "How far the log is confirmed by the trusts cannot be read just now. Care goes on."


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of it."""

    sentence: str
    missing: tuple[str, ...] = ()  # a line for each trust that has not cosigned the newest checkpoint
    foot: str = ""  # for a clinician's page: "" unless the log has waited too long
    alarming: bool = False  # a trust says that it was shown another log


def in_words(confirmation: Confirmation, titles: Mapping[str, str], now: datetime) -> Said:
    """Say how far the log is confirmed, and who is missing."""
    if confirmation.unreadable:
        return Said(_UNREADABLE)
    if not confirmation.is_signed:
        return Said(_UNSIGNED)
    if not confirmation.eligible and not confirmation.checkpoint and not confirmation.since:
        return Said("No checkpoint of this log has been published yet.")
    missing = tuple(_missing(one, titles) for one in confirmation.missing)
    if not confirmation.eligible:
        return Said(_NO_WITNESS, foot=foot(confirmation, now))
    sentence = _waiting(confirmation, now) if confirmation.since else _confirmed(confirmation)
    return Said(sentence, missing, foot(confirmation, now), bool(confirmation.disputed))


def foot(confirmation: Confirmation, now: datetime) -> str:
    """Return the short sentence under a clinician's page; "" when there is nothing to say."""
    if confirmation.since is None or confirmation.unreadable:
        return ""
    return f"The log has not been confirmed by enough trusts since {_moment(confirmation.since, now)}; care goes on."


def _confirmed(confirmation: Confirmation) -> str:
    if confirmation.confirmed_at is None:
        return "Nothing of this log is confirmed by the trusts yet."
    beyond = confirmation.entries - confirmation.size
    waiting = f" {beyond:,} newer {words.plural(beyond, 'entry waits', 'entries wait')} for it." if beyond else ""
    return (
        f"Confirmed to entry {confirmation.size:,} at {words.day_and_clock(confirmation.confirmed_at)} by more than "
        f"three quarters of the trusts; {_how_many(confirmation)}.{waiting}"
    )


def _waiting(confirmation: Confirmation, now: datetime) -> str:
    so_far = f"confirmed to entry {confirmation.size:,}" if confirmation.size else "no entry is confirmed"
    return (
        f"Not confirmed since {_moment(confirmation.since, now)} ({so_far} of {confirmation.entries:,}): "
        f"{_how_many(confirmation)}, and more than three quarters are needed. Care goes on."
    )


def _how_many(confirmation: Confirmation) -> str:
    trusts = words.plural(confirmation.eligible, "trust has", "trusts have")
    newest = f", at entry {confirmation.checkpoint:,}" if confirmation.checkpoint else ""
    return f"{confirmation.cosigned} of {confirmation.eligible} {trusts} cosigned the newest checkpoint{newest}"


def _missing(one: Missing, titles: Mapping[str, str]) -> str:
    title = titles.get(one.trust, one.trust)
    last = f"last cosigned at entry {one.size:,}" if one.size else "has never cosigned"
    if one.disputed:
        return f"{title} says that it was shown another log: {one.because}. Find out why before anything else; {last}."
    return f"{title}: {last}" + (f"; when last asked, {one.because}." if one.because else ".")


def _moment(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "nobody knows when"
    return words.clock(at) if now - at < timedelta(hours=12) else words.day_and_clock(at)
