"""Tables, their logs, and what is told of them."""

from taleforge.store.migrations import bring_to

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    bring_to(1)
