"""Run by Alembic, by its path: takes the steps that are asked for on the connection it is handed.

Does not open a database: `taleforge.store.upgrade` does, and ends the transaction.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
