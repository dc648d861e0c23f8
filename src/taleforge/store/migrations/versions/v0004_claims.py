"""Processes, and which of them owns which table."""

from taleforge.store.migrations import bring_to

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make them."""
    bring_to(4)
