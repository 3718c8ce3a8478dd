"""The table of contexts: that a record system says which patient is in front of somebody, and to whom it was given.

Rule: who the patient is stands here until the link is taken up or has run out: 70 seconds, while a worker runs and can
write here. The link itself, and the record system's own name for its session, stand here as hashes alone. That a
session was closed is a row, too, which nobody can take up: messages cross.
"""

from sqlalchemy import Column, Index, Table, Text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

launch_contexts = Table(
    "launch_contexts",
    metadata,
    Column("link", Text, primary_key=True),  # hash of the one-time link
    Column("trust", Text, nullable=False),
    Column("session", Text, nullable=False),  # hash of the record system's own session
    Column("user_id", Text, nullable=False),  # for whom the link is
    Column("patient", Text, nullable=False),  # JSON; "" once it was taken up, ran out or ended
    Column("began", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("sign_in", Text, nullable=False),  # the reference of the sign-in that took it up, or ""
    Column("ended", Moment, nullable=True),  # when the record system went on to another patient, or closed this one
    Column("said", Moment, nullable=True),  # when the record system said so, by its own clock; null when it did not
    Index(None, "session"),
    Index(None, "began"),
    sqlite_strict=True,
)
