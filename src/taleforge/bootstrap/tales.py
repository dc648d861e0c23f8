"""Tables as files and rows, without playing them: read, check, tell again, save from damage.

Needs no pack and no dice.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from taleforge import __version__
from taleforge.bootstrap.places import NO_CONTENT
from taleforge.bootstrap.stores import Store
from taleforge.client.updates import Happened, Told, Update
from taleforge.errors import BadInput
from taleforge.live.system import SystemIds
from taleforge.messages.events import SeatTaken, TableOpened
from taleforge.narration.safety import tactful
from taleforge.settings import Settings
from taleforge.store import recover as recovery
from taleforge.store.files import Tale, read_tale, write_tale
from taleforge.store.lock import holder
from taleforge.store.seals import Key
from taleforge.table.position import Game
from taleforge.table.verify import Verdict, verify
from taleforge.world.library import load_content


def check(tale: Tale) -> Verdict:
    """Check the whole log of a table from a file: versions, replay, dice; its seal was judged when it was read."""
    row = tale.table
    opened = tale.events[0].d
    branched = isinstance(opened, TableOpened) and opened.parent == row.parent
    verdict = verify(row.id, tale.events, 0 if branched else row.parent_version or 0)
    return replace(verdict, sealed=tale.sealed)


def write(file: Path, tale: Tale, key: Key) -> Verdict:
    """Write a table to a file, sealed by a key, and return what a check of it says; raises as `write_tale` does."""
    write_tale(file, tale, __version__, key)
    return check(replace(tale, sealed="here"))


async def copy_out(store: Store, table: str, file: Path, key: Key) -> Verdict:
    """Write a table to a file as it stands; what was rolled since its last reveal cannot be checked yet.

    Raises:
        BadInput: there is no such table.
    """
    return write(file, await read_save(store, table), key)


async def read_save(store: Store, table: str) -> Tale:
    """Return a table as it stands, with what was told of it; raises BadInput when there is no such table."""
    row = await store.table(table)
    if row is None:
        raise BadInput(f"There is no table {table}.", "The list of saves shows those there are.")
    return Tale(row, tuple(await store.read(table)), tuple(await store.read_prose(table)))


def read_file(file: Path) -> Tale:
    """Return the table in a file that an export made; raises as `read_tale` does when it is none."""
    return read_tale(file)


def retell(tale: Tale) -> Iterator[Update]:
    """Give what the host's seat heard of a table again, from its log alone: no pack and no dice are needed.

    Prose follows the last event it tells; that of what was taken back is left out. The views are those after each
    event, not after each batch.
    """
    game = Game(NO_CONTENT, SystemIds(), tactful)
    stands = game.fold(tale.table.id, tale.events).stands
    host = next((event.d.seat for event in tale.events if isinstance(event.d, SeatTaken)), "")
    mine = (prose for prose in tale.prose if stands(prose.v) and (not prose.audience or host in prose.audience))
    told = sorted(mine, key=lambda prose: prose.v)
    position = game.fold(tale.table.id, ())
    for event in tale.events:
        position = position.after(event)
        heard = position.project(event, host)
        if heard is not None:
            yield Happened(heard, position.view(host))
        while told and told[0].v <= event.v:
            yield Told(told.pop(0))


def check_file(file: Path, key: Key | None = None) -> Verdict:
    """Check a file that an export made, and its seal if it is of this key; raises as `read_tale` does."""
    return check(read_tale(file, key))


def recover(settings: Settings, into: Path) -> recovery.Report:
    """Save what can be read of a damaged data folder into another one; raises as `store.recover` does."""
    return recovery.recover(settings.data.folder, into)


def writer_of(folder: Path) -> str | None:
    """Return who has a data folder open for writing, or None; changes nothing."""
    return holder(folder)


def packs_in_play() -> str:
    """Return every content pack with its version; raises PackBroken when a bundled one cannot be loaded."""
    return ", ".join(pin.partition("#")[0] for pin in load_content().pins)
