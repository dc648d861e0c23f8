"""Where memories lie in a space in which like is near like."""

from taleforge.store.migrations import bring_to

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make their table."""
    bring_to(10)
