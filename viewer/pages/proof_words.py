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

KEPT = (
    "Whoever runs the server gives out the size and root of the log (trustline log size), and so does every "
    "checkpoint. If you kept one, the log can show that it still begins with exactly those entries. If it cannot, "
    "entries were altered, taken out or cut off since, by somebody who could write to the database and had the key."
)


def compared(consistent: bool, kept: int, head: Head) -> str:
    """Say whether the log still begins with what somebody kept."""
    if consistent:
        return f"✓ Consistent: the first {kept:,} of the {head.size:,} entries are exactly those whose root was kept."
    if kept > head.size:
        return (
            f"✕ NOT consistent: {kept:,} entries were kept, and the log now has {head.size:,}. Entries were cut off, "
            "or what was kept is of another log. Tell whoever runs this server, and the partnership, now."
        )
    return (
        f"✕ NOT consistent: the first {kept:,} entries of this log do not have the root that was kept. Check that it "
        "was typed as it was given; if it was, the log was rewritten. Tell the partnership, now."
    )
