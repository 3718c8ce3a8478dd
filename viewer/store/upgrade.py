"""Bring a database to the tables this version of the viewer needs, by Alembic migrations."""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from viewer.store.database import writing
from viewer.store.months import make_months

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Run every migration not yet run, all in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    make_months(engine, datetime.now(UTC), ahead=12)
