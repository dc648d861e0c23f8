"""Seeing ground for the first time: what a character has seen once, its player's map keeps."""

from taleforge.messages import events as ev
from taleforge.table.draft import Draft
from taleforge.table.sight import newly_seen


def explore(draft: Draft) -> None:
    """Add what the party's characters see for the first time from where they now are."""
    for friend in draft.state.party():
        rows = newly_seen(draft.state, friend)
        if rows is not None:
            draft.add(ev.MapExplored(friend.id, rows))
