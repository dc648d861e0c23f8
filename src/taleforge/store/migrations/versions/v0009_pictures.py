"""Pictures that people keep."""

from taleforge.store.migrations import bring_to

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make their table, and have pictures that were kept with their jobs handed over once more, to there."""
    bring_to(9)
