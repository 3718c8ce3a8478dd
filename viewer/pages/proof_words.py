"""Put into English how far the log is proven, and not a word more."""

from viewer.audit.rows import Head
from viewer.audit.verifications import Verification
from viewer.pages import words
from viewer.pages.ledger_words import when


def verified(newest: Verification | None, head: Head) -> str:
    """Say how far the log has been verified, and not a word more."""
    if newest is None:
        said = f"The log says of itself that it has {head.size:,} entries; that alone proves nothing."
        return f"○ Nobody has verified this log yet. {said}"
    found, by = newest.found, newest.by
    at = f"{when(found.at)} for {by}"
    if not found.sound:
        return (
            f"✕ Verification failed at {at}: {found.problem}. Sound up to entry {found.size:,}. "
            "Tell whoever runs this server, now."
        )
    newer = head.size - found.size
    since = f" {newer:,} {words.plural(newer, 'entry', 'entries')} written since." if newer > 0 else ""
    return f"✓ Verified to entry {found.size:,} at {at}: every entry, index and head agrees.{since}"


CAVEAT = (
    "Verifying here shows that nothing was altered, put in or taken out between entries. It cannot show that the "
    "newest entries were not cut off, or the whole log written anew: for that, compare with a root that somebody "
    "outside has kept."
)
