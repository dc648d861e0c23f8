"""People, what they may do, and what they used."""

from taleforge.store.migrations import bring_to

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    bring_to(2)
