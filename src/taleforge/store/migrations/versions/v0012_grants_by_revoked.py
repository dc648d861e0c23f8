"""Credentials found by when they were taken back."""

from taleforge.store.migrations import bring_to

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index."""
    bring_to(12)
