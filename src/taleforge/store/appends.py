"""What many tables store at the same moment, put into SQLite with a few statements however many they are.

At every row that a statement gives, Python lets another thread run, and this one waits for its turn again: under load
that costs more than the row. Runs within a transaction of the writer's, and begins none.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import cast

from taleforge.errors import Conflict
from taleforge.messages.brief import Prose
from taleforge.store import rows
from taleforge.store.database import insert
from taleforge.store.schema import COLUMNS
from taleforge.store.wishes import Wish
from taleforge.table.ports import TableRow

Done = tuple[str, Prose | None]
"""The id of side work that is done, and the prose that it made."""

_TABLES = f"""SELECT json_group_array(json_array(fence, {COLUMNS["tables"]})) FROM tables
    WHERE id IN (SELECT value FROM json_each(?))"""  # noqa: S608
_WORK = """SELECT json_group_array(json_array(id, table_id, space)) FROM work
    WHERE id IN (SELECT value FROM json_each(?))"""
_DONE = "DELETE FROM work WHERE id IN (SELECT value FROM json_each(?))"


def append_all(connection: sqlite3.Connection, wishes: Sequence[Wish], file: str) -> list[Conflict | None]:
    """Store what may be stored of some appends, in their order; return why each was not, or None.

    Raises:
        Damaged: the row of one of their tables is.
    """
    found = _rows(connection, _TABLES, {wish.table for wish in wishes})
    tables = {str(row[1]): rows.read_table(tuple(row[1:]), file) for row in found}
    fences = {str(row[1]): cast("int", row[0]) for row in found}
    events: list[rows.Row] = []
    work: list[rows.Row] = []
    prose: list[rows.Row] = []
    changed: dict[str, TableRow] = {}
    refusals: list[Conflict | None] = []
    for wish in wishes:
        row = tables.get(wish.table)
        refusal = wish.refusal(row, fences.get(wish.table, 0))
        refusals.append(refusal)
        if row is not None and refusal is None:
            tables[wish.table] = changed[wish.table] = wish.after(row)
            events += wish.event_rows(row.space)
            work += wish.work_rows(row.space)
            prose += wish.prose_rows(row.space)
    insert(connection, "events", events)
    insert(connection, "work", work)
    insert(connection, "prose", prose, replacing=True)
    insert(connection, "tables", [rows.table_row(row) for row in changed.values()], replacing=True)
    return refusals


def finish_all(connection: sqlite3.Connection, finished: Sequence[Done]) -> list[bool]:
    """Take side work off the list and store its prose; return which was on it."""
    ids = [id_ for id_, _ in finished]
    waiting = {str(id_): (str(table), str(space)) for id_, table, space in _rows(connection, _WORK, ids)}
    connection.execute(_DONE, (json.dumps(ids),))
    told: list[rows.Row] = []
    was_there: list[bool] = []
    for id_, prose in finished:
        place = waiting.pop(id_, None)
        was_there.append(place is not None)
        if place is not None and prose is not None:
            told.append(rows.prose_row(*place, prose))
    insert(connection, "prose", told, replacing=True)
    return was_there


def _rows(connection: sqlite3.Connection, sql: str, ids: Collection[str]) -> list[list[rows.Column]]:
    """Return the rows that a statement finds for some ids, all of which it gives as one."""
    return json.loads(connection.execute(sql, (json.dumps(list(ids)),)).fetchone()[0])
