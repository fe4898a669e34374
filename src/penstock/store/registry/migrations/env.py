"""What Alembic runs: migrations over the connection that the registry opened."""

from alembic import context

from penstock.store.registry.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
