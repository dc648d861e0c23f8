"""The scene's ground as the rules ask for it: the grid with its doors as they are now.

Does not draw or compute geometry: that is `taleforge.world.grid`.
"""

from taleforge.table.memo import remembered
from taleforge.table.state import State
from taleforge.world.grid import Grid, grid_of, open_field


@remembered(most=256)
def terrain_of(state: State) -> Grid:
    """Return the ground of the scene that is being played; an open field where there is none."""
    if state.scene is None:
        return open_field()
    return grid_of(state.scene, state.story.features)
