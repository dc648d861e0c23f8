"""How a table comes into being: new, or branched off another one.

The seed of its dice is kept before the log that commits to it. Does not open a room.
"""

from collections.abc import Sequence

from taleforge.live.ports import Services
from taleforge.messages.events import Event, TableImported, TableOpened
from taleforge.table.ports import NewTable, TableRow


async def new_table(services: Services, wish: NewTable) -> str:
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
    """Make the table `child` as `parent` was at version `at`; raises as `new_table` does.

    What nobody can vouch for in the parent, nobody can in the child: that is noted there, too.
    """
    log = await services.log.read(parent)
    seed, now = services.chance(32), services.now()
    events = services.game.fold(parent, log[:at]).branch_log(child, seed, now)
    for how in [event.d for event in log if isinstance(event.d, TableImported)][-1:]:
        events += services.game.fold(child, events).imported(how, now)
    await _make(services, child, events, seed)


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
