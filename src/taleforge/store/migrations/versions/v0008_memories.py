"""What is remembered."""

from taleforge.store.migrations import bring_to

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make its tables."""
    bring_to(8)
