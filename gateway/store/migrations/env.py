"""How Alembic runs here: on the connection it is given, one transaction a step."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transaction_per_migration=True,
    transactional_ddl=True,  # SQLite can too: the engine begins its transactions itself
)
context.run_migrations()
