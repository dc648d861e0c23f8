"""Campaigns, kept characters, reports and bans."""

from taleforge.store.migrations import bring_to

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    bring_to(3)
