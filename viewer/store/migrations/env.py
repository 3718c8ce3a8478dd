"""Run migrations on the connection that viewer/store/upgrade.py hands in; without one, write them out as SQL."""

from alembic import context

from viewer.store.tables import metadata

_connection = context.config.attributes.get("connection")

if _connection is None:
    context.configure(dialect_name=context.config.get_main_option("dialect"), target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
else:
    context.configure(connection=_connection, target_metadata=metadata)
    context.run_migrations()
