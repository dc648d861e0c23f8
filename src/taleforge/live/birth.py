"""How a table comes into being: new, or branched off another one.

The seed of its dice is kept before the log that commits to it. Does not open a room.
"""

from collections.abc import Sequence

from taleforge.errors import BadInput
from taleforge.live.ports import Services, Wish
from taleforge.messages.events import Event, TableOpened
from taleforge.table.ports import TableRow


async def new_table(services: Services, wish: Wish) -> str:
    """Make a table and return its id.

    Raises:
        BadInput: there is no such adventure.
        Unavailable: the store cannot be written now.
    """
    table = services.ids("tbl")
    seed = services.chance(32)
    await _make(services, table, services.game.open(table, wish, seed, services.now()), seed)
    return table


async def branch_off(services: Services, parent: str, at: int, child: str) -> None:
    """Make the table `child` as `parent` was at version `at`."""
    log = await services.log.read(parent, limit=at)
    if len(log) < at or at < 1:
        raise BadInput(f"Table {parent} has no version {at}.", "Branch at one it has.")
    seed = services.chance(32)
    position = services.game.fold(parent, log)
    await _make(services, child, services.game.branch(child, position, seed, services.now()), seed)


async def _make(services: Services, table: str, events: Sequence[Event], seed: bytes) -> None:
    position = services.game.fold(table, events)
    opened = events[0].d
    assert isinstance(opened, TableOpened)
    row = TableRow(
        table, opened.space, opened.title, opened.adventure, events[0].at, events[-1].at,
        status=position.status, parent=opened.parent, parent_version=opened.parent_version,
    )  # fmt: skip
    await services.secrets.put_seed(table, position.commitment, seed)
    await services.log.create(row, events)
