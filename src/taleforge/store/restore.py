"""A backup brought back into an empty store: all of it or nothing, held to its manifest before and to its states after.

Files go before the rows that name them, and the rows in one transaction, so that a restore that was killed is begun
again. Never writes where there is something, or where somebody plays.
"""

from collections.abc import AsyncIterator
from pathlib import Path

from taleforge.errors import BadInput, Damaged, StoreBusy
from taleforge.live.ports import TTL
from taleforge.messages.events import Event
from taleforge.store import database
from taleforge.store.archive import FILES, Manifest, Reader
from taleforge.store.backup import Fold
from taleforge.store.blobs import mime_of
from taleforge.store.faultpoints import reached
from taleforge.store.lock import holder
from taleforge.store.ports import Blobs
from taleforge.store.sides import (
    ALL,
    CHECKS,
    NAMING,
    Side,
    StateHash,
    check_empty,
    files_of,
    opened,
    snapshot,
    state_of,
)
from taleforge.store.upgrade import Place, plan, upgrade

_LIVING = "SELECT id FROM nodes WHERE seen_at > (extract(epoch FROM clock_timestamp()) * 1000)::bigint - {ttl}"


def examine(reader: Reader, state_hash: StateHash, version: str) -> dict[str, str]:
    """Check all of a backup: every checksum, every row, every log; return the state that each log leads to.

    Another `version` of the program than this may have had other states: then they are not held to the manifest's.

    Raises:
        Damaged: something is not what was backed up.
        TooNew: a newer version wrote an event of it.
    """
    reader.check()
    states: dict[str, str] = {}
    counted = {table: _examine(reader, table, states, state_hash) for table in ALL}
    _check_named(reader)
    _compare(reader, counted, states, reader.manifest.states if reader.manifest.made_by == version else states)
    return states


def _examine(reader: Reader, table: str, states: dict[str, str], state_hash: StateHash) -> int:
    """Return how many rows of a table there are, having checked each."""
    fold = Fold(states, state_hash)
    check = CHECKS.get(table)
    count = 0
    for batch in reader.rows(table):
        count += len(batch)
        for row in batch if check else ():
            read = check(row, str(reader.file)) if check else None
            if isinstance(read, Event):
                fold.take(str(row[0]), read, str(reader.file))
    fold.close()
    return count


def _check_named(reader: Reader) -> None:
    """Every file that a row names is there, or was not when the backup was made."""
    if reader.manifest.lost is None:
        return
    there = {*reader.manifest.blobs, *reader.manifest.lost}
    for table in NAMING:
        named = {file for batch in reader.rows(table) for row in batch for file in files_of(table, row)}
        if missing := sorted(named - there):
            raise Damaged(
                f"The file {missing[0]}, which {table} name, is not in {reader.file}.", "Take another backup."
            )


def _compare(reader: Reader, counted: dict[str, int], states: dict[str, str], wanted: dict[str, str]) -> None:
    """Hold what was found to the manifest's counts and to some states; raises Damaged."""
    if any(reader.manifest.rows.get(table, 0) != count for table, count in counted.items()):
        raise Damaged(f"{reader.file} has not the rows that its manifest counts.", "Take another backup.")
    for table in sorted(wanted.keys() | states.keys()):
        if wanted.get(table) != states.get(table):
            raise Damaged(f"Table {table} in {reader.file} is not as it was played.", "Take another backup.")


async def check_free(target: Place) -> None:
    """Refuse a target where somebody plays or where anything is; changes nothing.

    Raises:
        StoreBusy: a server runs there.
        BadInput: it is not empty.
    """
    if isinstance(target, Path) and (who := holder(target)) is not None:
        raise StoreBusy(f"The data folder {target} is open for writing by {who}.", "Stop that one first.")
    if (await plan(target)).since:
        async with snapshot(target) as side:
            if not isinstance(target, Path):
                await check_still(side)
            await _check_empty(side, target)


async def check_still(side: Side) -> None:
    """Refuse to go on where a server was seen lately; raises StoreBusy."""
    async for living in side.select("SELECT to_regclass('nodes')::text"):
        if living[0][0] is None:
            return
    async for living in side.select(_LIVING.format(ttl=round(TTL * 1000))):
        raise StoreBusy(f"{len(living)} servers play at {side.name}.", "Stop them, then wait for ten seconds.")


async def _check_empty(side: Side, target: Place) -> None:
    if not (await plan(target)).needed:
        await check_empty(side)
        return
    async for found in side.select("SELECT count(*) FROM tables"):  # of an older schema, which may lack others
        if found[0][0]:
            raise BadInput(f"{side.name} is not empty.", "Name a new folder or database.")


async def restore(reader: Reader, target: Place, blobs: Blobs, state_hash: StateHash, version: str) -> Manifest:
    """Bring a backup back, whole or not at all, into a place that is empty and where nobody plays.

    Raises:
        Damaged, TooNew: as `examine`; or what arrived is not what was there, and nothing was restored.
        StoreBusy, BadInput: as `check_free`.
        StoreFull, Unavailable, Misconfigured: the target cannot be written.
    """
    await check_free(target)
    wanted = examine(reader, state_hash, version)
    if isinstance(target, Path):
        database.writing(_folder(target) / database.NAME, fsync=True).close()
    else:
        await upgrade(target)
    for blob in reader.manifest.blobs:
        await _put(reader, blob, blobs)
    reached("restore.files")
    async with opened(target, writing=True) as side:
        await check_empty(side)
        for table in ALL:
            for batch in reader.rows(table):
                await side.put(table, batch)
        reached("restore.rows")
        await _prove(reader, side, state_hash, wanted)
    reached("restore.done")
    return reader.manifest


def _folder(target: Path) -> Path:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    return target


async def _put(reader: Reader, blob: str, blobs: Blobs) -> None:

    async def content() -> AsyncIterator[bytes]:
        for piece in reader.pieces(f"{FILES}{blob}"):
            yield piece

    mime = mime_of(blob)
    if mime is None or (await blobs.put(content(), mime)).id != blob:
        raise Damaged(f"The file {blob} in {reader.file} is not what it is called.", "Take another backup.")


async def _prove(reader: Reader, side: Side, state_hash: StateHash, wanted: dict[str, str]) -> None:
    counted = {table: await side.count(table) for table in ALL}
    states = {table: await state_of(side, table, state_hash) for table in wanted}
    _compare(reader, counted, states, wanted)
