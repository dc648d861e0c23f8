"""Every table of a store, open for play, and what a host does with whole tables: make, list, export, import.

Does not choose its parts: `opening` does.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from taleforge.accounts.memory import in_memory
from taleforge.accounts.ports import Stores
from taleforge.accounts.service import Accounts
from taleforge.accounts.values import Quota
from taleforge.art.gallery import Gallery
from taleforge.bootstrap.memory import LogEars, asking
from taleforge.bootstrap.pictures import painted
from taleforge.bootstrap.places import LOCAL_CAMPAIGN, LOCAL_SPACE
from taleforge.bootstrap.tales import check, write
from taleforge.client.table import TableClient
from taleforge.client.transport import Link
from taleforge.errors import BadInput, Conflict, PaintingFailed
from taleforge.jobs.service import Jobs
from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.memory.inside import InMemory
from taleforge.memory.meaning import Meaning
from taleforge.memory.ports import Memories
from taleforge.memory.service import Recollection
from taleforge.messages.events import Sealed, TableImported, TableOpened
from taleforge.messages.ids import IdKind
from taleforge.narration.safety import tactful
from taleforge.store.files import Tale, read_tale
from taleforge.store.seals import Key
from taleforge.table import ports
from taleforge.table.names import nameless
from taleforge.table.position import Game
from taleforge.table.takeaway import taken_away
from taleforge.table.verify import Verdict
from taleforge.voice.ports import Speech
from taleforge.world.scene import Content

if TYPE_CHECKING:
    from taleforge.models.setup import Models


class Arrival(Struct, frozen=True):
    """A table that was taken in, where its file was sealed, and up to which version nobody can vouch for its words."""

    table: str
    sealed: Sealed
    unproven: int = 0


class House:
    """Every table of a data folder, open for play; made by `build`.

    Args:
        tables: The rooms.
        content: The packs in play.
        services: What the rooms use.
        stores: Where the accounts are kept; without them, nobody is known any more when the process ends.
        models: The language models, if any are configured.
        jobs: Work that takes long, where somebody does it.
        gallery: Where pictures are kept, where somebody paints.
        speech: What speaks and hears.
        memories: Where it is kept what everybody remembers; else in this process.
        meaning: What finds memories by their meaning, if anything does.
        key: Gives what tales are sealed by; without it, one that is gone when the process ends.
        only_ours: Whether only tales that were sealed here are taken in.
    """

    def __init__(  # noqa: PLR0913  # each is a part
        self,
        tables: Tables,
        content: Content,
        services: Services,
        stores: Stores | None = None,
        *,
        models: "Models | None" = None,
        jobs: Jobs | None = None,
        gallery: Gallery | None = None,
        speech: Speech | None = None,
        memories: Memories | None = None,
        meaning: Meaning | None = None,
        key: Callable[[], Key] | None = None,
        only_ours: bool = False,
    ) -> None:
        self.tables = tables
        self.content = content
        self.stores = stores or in_memory()
        self.models = models
        self.jobs = jobs
        self.gallery = gallery
        self.speech = speech
        self._services = services
        self._key = key or _passing_key()
        self._only_ours = only_ours
        ears = LogEars(Game(content, services.ids, tactful), services.log, self.stores.people)
        self.meaning = meaning
        wanted = asking(jobs, services.clock) if jobs is not None else None
        self.recollection = Recollection(memories or InMemory(), ears, meaning, wanted)

    @property
    def services(self) -> Services:
        """What the rooms use."""
        return self._services

    async def open_table(self, adventure: str, house_rules: dict[str, str] | None = None) -> str:
        """Make a table of an adventure and return its id; raises BadInput when there is no such adventure."""
        return await self.tables.create(ports.NewTable(adventure, LOCAL_SPACE, LOCAL_CAMPAIGN, house_rules or {}))

    async def saves(self) -> list[ports.TableRow]:
        """Return the tables, the last played first."""
        return await self.tables.rows(LOCAL_SPACE)

    def new_seat(self) -> str:
        """Return the id of a seat for somebody who comes to a table."""
        return self._services.ids("seat")

    async def host_of(self, table: str) -> str | None:
        """Return the seat of a table's host, if somebody sits there; raises BadInput when there is no such table."""
        seats = (await self.tables.room(table)).position.view("").seats
        return next((seat.id for seat in seats.values() if seat.role == "host"), None)

    async def paint(self, wanted: Mapping[str, object]) -> bytes:
        """Return a picture of the fields of a wish, as a PNG that whoever plays on this machine keeps.

        Raises:
            BadInput, PaintingFailed, Misconfigured: there is none.
        """
        if self.jobs is None or self.gallery is None:
            raise PaintingFailed("Nobody paints here.", "Play in a data folder, or on a server.")
        return await painted(self.jobs, self.gallery, wanted)

    async def forget(self, person: str) -> None:
        """Forget what a person had made, what its seats remember, and by which name it played."""
        if self.jobs is not None:
            await self.jobs.forget(person)
        if self.gallery is not None:
            await self.gallery.forget(person)
        for grant in await self.stores.grants.of(person=person):
            if grant.table is not None and grant.seat is not None:
                await self.recollection.forget(grant.table, (grant.seat,))
        for table in await self._played_at(person):
            await self._services.log.forget(table, lambda event: nameless(event, person))

    async def _played_at(self, person: str) -> set[str]:
        """Return the tables that a person had a token of or did something at, and all that were made from those."""
        tables = {grant.table for grant in await self.stores.grants.of(person=person) if grant.table}
        tables |= {deed.table for deed in await self.stores.audit.about(person) if deed.table}
        for row in sorted(await self._services.log.tables(), key=lambda row: row.created_at):
            if row.parent in tables:
                tables.add(row.id)
        return tables

    def client(self, table: str, seat: str, *, entropy: bool = True) -> TableClient:
        """Return a client of a seat, in this process; with `entropy` it has its share in the dice."""

        async def connect() -> Link:
            return self.tables.door(table, seat)

        return TableClient(connect, seat, self._services.ids, entropy=self._services.chance if entropy else None)

    async def export(self, table: str, file: Path, seat: str | None = None) -> Verdict:
        """Write a table to a file, sealed and its dice revealed, and return what a check of it says.

        For a seat (or, empty, for whoever has none) without what others whispered; for whose machine it is, with all.
        """
        row, events, prose = await self.tables.export(table)
        shown = events if seat is None else (taken_away(event, seat) for event in events)
        tale = Tale(row, tuple(shown), tuple(prose))
        return await asyncio.to_thread(lambda: write(file, tale, self._key()))

    async def take_in(self, file: Path, *, as_copy: bool = False, space: str = LOCAL_SPACE) -> Arrival:
        """Import a table from a file into a space, under a new id for a copy; its log notes what nobody vouches for.

        Raises:
            BadInput, Damaged, TooNew: the file cannot be used, is not as it was sealed here, was not sealed here where
                it has to be, or what it says was rolled was not.
            Conflict: the table is here already.
        """
        tale, verdict = await asyncio.to_thread(self._examined, file)
        problem = verdict.problem
        if problem is not None:
            raise BadInput(f"{file} was tampered with at event {problem.v} ({problem.code}).", "Ask for another copy.")
        table = self._services.ids("tbl") if as_copy else tale.table.id
        position = self._services.game.fold(table, tale.events)
        ours, how = tale.sealed == "here", TableImported(tale.sealed, tale.sealed_by)
        events = tale.events if ours else (*tale.events, *position.imported(how, self._services.now()))
        try:
            await self._services.log.create(_row(tale, table, space, position.status), events, tale.prose)
        except Conflict as error:
            raise Conflict(f"Table {table} is here already.", "Import it as a copy to have it twice.") from error
        return Arrival(table, tale.sealed, verdict.unproven if ours else len(tale.events))

    def _examined(self, file: Path) -> tuple[Tale, Verdict]:
        tale = read_tale(file, self._key())
        if self._only_ours and tale.sealed != "here":
            raise BadInput(
                f"{file} was not sealed by this server, which takes in nothing else.", "Ask whoever runs it."
            )
        return tale, check(tale)


def _row(tale: Tale, table: str, space: str, status: str) -> ports.TableRow:
    """Return the row of an imported table: what its log says, for its manifest may say anything."""
    opened, first, last = tale.events[0].d, tale.events[0], tale.events[-1]
    assert isinstance(opened, TableOpened), "checked when the file was read"
    parent = (opened.parent, opened.parent_version) if table == tale.table.id else (tale.table.id, len(tale.events))
    return ports.TableRow(
        table, space, opened.title, opened.adventure, first.at, last.at, status=status,
        parent=parent[0], parent_version=parent[1],
    )  # fmt: skip


def _passing_key() -> Callable[[], Key]:
    """Return a key that nothing of a former process fits."""
    key = Key(secrets.token_bytes(32))
    return lambda: key


def accounts_of(house: House, pepper: bytes, quotas: Sequence[Quota] = ()) -> Accounts:
    """Return the accounts of a house.

    Args:
        house: Keeps them, and gives time, ids and chance.
        pepper: The server's secret for the digests of codes.
        quotas: What is limited, for whom.
    """
    services = house.services
    return Accounts(
        house.stores, lambda kind: services.ids(cast("IdKind", kind)),
        clock=lambda: int(services.clock.now().timestamp() * 1000),
        chance=services.chance, pepper=pepper, quotas=quotas,
    )  # fmt: skip
