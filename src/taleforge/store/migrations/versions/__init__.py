"""One module for each version of the schema; Alembic finds them by their folder. Hold no SQL."""
