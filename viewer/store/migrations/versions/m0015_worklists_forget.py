"""Worklists forget: when a row goes, and no place of anybody's.

Rule: a row of before goes half a year after what it holds as seen; its person loses what is kept of nobody any more.
"""

import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_KEPT = timedelta(days=180)
_NOT_KEPT = {"postcode": "", "address": [], "hospital_number": "", "problems": []}

_worklists = sa.table(
    "worklists",
    sa.column("practice", sa.Text),
    sa.column("nhs_number", sa.Text),
    sa.column("person", sa.LargeBinary),
    sa.column("since", sa.Text),
    sa.column("until", sa.Text),
)


def upgrade() -> None:
    """Say of each row when it goes, and keep less of whom it names."""
    op.add_column("worklists", sa.Column("until", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_worklists_until", "worklists", ["until"])
    if op.get_context().as_sql:
        return  # what stands in rows is worked out where there are some
    database, table = op.get_bind(), _worklists.c
    for row in database.execute(sa.select(_worklists)).all():
        mine = (table.practice == row.practice, table.nhs_number == row.nhs_number)
        until = datetime.fromisoformat(row.since) + _KEPT
        changed = {"person": _without_place(row.person), "until": until.isoformat(timespec="microseconds")}
        database.execute(sa.update(_worklists).where(*mine).values(changed))


def _without_place(person: bytes) -> bytes:
    said = json.loads(bytes(person))
    said["records"] = [{**record, **_NOT_KEPT} for record in said["records"]]
    return json.dumps(said, ensure_ascii=False).encode()
