"""Jobs."""

from taleforge.store.migrations import bring_to

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make their table."""
    bring_to(5)
