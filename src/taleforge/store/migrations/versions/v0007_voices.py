"""Voices that people keep."""

from taleforge.store.migrations import bring_to

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make their table."""
    bring_to(7)
