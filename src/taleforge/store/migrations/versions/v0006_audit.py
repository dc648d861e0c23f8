"""Who did what to whom."""

from taleforge.store.migrations import bring_to

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make its table."""
    bring_to(6)
