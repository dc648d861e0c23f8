"""Pictures in small, for lists of them."""

from taleforge.store.migrations import bring_to

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make room for what names them; pictures that hang already have none."""
    bring_to(11)
