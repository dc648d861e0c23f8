"""What a character sees of the ground: cells seen now, and cells seen for the first time.

Does not compute lines of sight: `world.fog` does, and remembers them.
"""

from taleforge.rules.creature import Creature
from taleforge.table.ground import terrain_of
from taleforge.table.perception import perception_of
from taleforge.table.state import State
from taleforge.world.fog import Seen, visible_rows


def seen_now(state: State, viewer: Creature) -> Seen | None:
    """Return the cells a creature sees now, or None when it is nowhere or there is no scene."""
    if state.scene is None or viewer.cell is None:
        return None
    darkvision = viewer.sheet.senses.get("darkvision", 0)
    return visible_rows(terrain_of(state), viewer.cell, darkvision, perception_of(state).lamps)


def newly_seen(state: State, viewer: Creature) -> tuple[int, ...] | None:
    """Return the rows of cells that a creature sees now and never saw before, or None when there are none."""
    seen = seen_now(state, viewer)
    if seen is None:
        return None
    known = state.story.explored.get(viewer.id, (0,) * len(seen.rows))
    fresh = [now & ~old for now, old in zip(seen.rows, known, strict=True)]
    return tuple(fresh) if any(fresh) else None
