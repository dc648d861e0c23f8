"""Events stored anew without what is forgotten: the only change that a stored event ever sees.

Decides not what that is.
"""

from typing import Final

from taleforge.store import rows
from taleforge.store.transactions import Sql, Statement, Steps
from taleforge.table.ports import Without

_READ: Final = "SELECT table_id, version, space, cmd, body, crc FROM events WHERE table_id = ?1 ORDER BY version"
_WRITE: Final = "UPDATE events SET body = ?3, crc = ?4 WHERE table_id = ?1 AND version = ?2"


async def forget(sql: Sql, place: str, table: str, without: Without) -> int:
    """Store the events of a table's log, kept at a `place`, without something; return how many held it.

    Raises:
        Damaged: the log cannot be read.
    """
    found = await sql.query(_READ, table)
    changed = [(row, kept) for row in found if (kept := without(rows.read_event(row, place)))]

    def steps() -> Steps[int]:
        for row, event in changed:
            *_, body, crc = rows.event_row(table, str(row[2]), event)
            yield Statement(_WRITE, (table, event.v, body, crc))
        return len(changed)

    return await sql.transact(steps) if changed else 0
