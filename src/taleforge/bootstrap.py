"""The only place that names concrete classes: settings in, a house of tables out.

Whatever it chooses can be handed in instead, so that tests build the same house with other parts. Holds no behaviour of
its own beyond what a host does with whole tables: make, list, export, import, check.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from taleforge import __version__
from taleforge.accounts.memory import in_memory
from taleforge.accounts.ports import Stores
from taleforge.accounts.service import Accounts
from taleforge.accounts.spending import Spending, allowances
from taleforge.accounts.values import Quota
from taleforge.client.table import TableClient
from taleforge.client.transport import Link
from taleforge.client.updates import Happened, Told, Update
from taleforge.errors import BadInput, Conflict, Misconfigured, Unavailable
from taleforge.interpret import Interpreter
from taleforge.live.bus import MemoryBus
from taleforge.live.ports import Bus, Claims, Clock, Services, Spans
from taleforge.live.redis_address import RedisAddress
from taleforge.live.redis_bus import RedisBus
from taleforge.live.spans import NoSpans
from taleforge.live.system import SystemClock, SystemIds
from taleforge.live.tables import Tables
from taleforge.messages.events import Event, SeatTaken, TableOpened
from taleforge.messages.ids import IdKind, IdSource, make_id
from taleforge.models.values import Survey, Trial
from taleforge.narration import GrammarNarrator
from taleforge.settings import Redis, Settings
from taleforge.store import recover as recovery
from taleforge.store.belongings import in_sql
from taleforge.store.faultpoints import reached
from taleforge.store.files import Tale, read_tale, write_tale
from taleforge.store.lock import holder
from taleforge.store.move import Moved
from taleforge.store.move import move as carry
from taleforge.store.sqlite import open_store
from taleforge.store.transactions import Sql
from taleforge.store.upgrade import Plan, need_postgresql, place, plan, upgrade
from taleforge.table import ports
from taleforge.table.position import Game
from taleforge.table.saved import save_state
from taleforge.table.verify import Verdict, verify
from taleforge.world.library import load_content
from taleforge.world.scene import Content

if TYPE_CHECKING:
    from taleforge.models.setup import Models

LOCAL_SPACE = make_id("spc", 0, 0)
"""Where everything belongs on a machine of one's own."""
NO_CONTENT = Content({}, {}, {}, {}, {}, ())
"""What a log needs to be told again: nothing."""
LOCAL_CAMPAIGN = make_id("cmp", 0, 0)
LOCAL_PERSON = make_id("usr", 0, 0)
"""Whoever plays on a machine of their own."""


class House:
    """Every table of a data folder, open for play; made by `build`.

    Args:
        tables: The rooms.
        content: The packs in play.
        services: What the rooms use.
        stores: Where the accounts are kept; without them, nobody is known any more when the process ends.
        models: The language models, if any are configured.
    """

    def __init__(
        self,
        tables: Tables,
        content: Content,
        services: Services,
        stores: Stores | None = None,
        models: "Models | None" = None,
    ) -> None:
        self.tables = tables
        self.content = content
        self.stores = stores or in_memory()
        self.models = models
        self._services = services

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

    def client(self, table: str, seat: str, *, entropy: bool = True) -> TableClient:
        """Return a client of a seat, in this process; with `entropy` it has its share in the dice."""

        async def connect() -> Link:
            return self.tables.door(table, seat)

        return TableClient(connect, seat, self._services.ids, entropy=self._services.chance if entropy else None)

    async def export(self, table: str, file: Path) -> Verdict:
        """Write a table to a file, its dice revealed, and return what a check of it says."""
        row, events, prose = await self.tables.export(table)
        tale = Tale(row, tuple(events), tuple(prose))
        return await asyncio.to_thread(_written, file, tale)

    async def take_in(self, file: Path, *, as_copy: bool = False, space: str = LOCAL_SPACE) -> str:
        """Import a table from a file into a space and return its id, a new one for a copy.

        Raises:
            BadInput, Damaged, TooNew: the file cannot be used, or what it says was rolled was not.
            Conflict: the table is here already.
        """
        tale, verdict = await asyncio.to_thread(_examined, file)
        problem = verdict.problem
        if problem is not None:
            raise BadInput(f"{file} was tampered with at event {problem.v} ({problem.code}).", "Ask for another copy.")
        row = self._row(tale, self._services.ids("tbl") if as_copy else tale.table.id, space)
        try:
            await self._services.log.create(row, tale.events, tale.prose)
        except Conflict as error:
            raise Conflict(f"Table {row.id} is here already.", "Import it as a copy to have it twice.") from error
        return row.id

    def _row(self, tale: Tale, table: str, space: str) -> ports.TableRow:
        """Return the row of an imported table: what its log says, for its manifest may say anything."""
        opened, first, last = tale.events[0].d, tale.events[0], tale.events[-1]
        assert isinstance(opened, TableOpened), "checked when the file was read"
        parent = (opened.parent, opened.parent_version) if table == tale.table.id else (tale.table.id, len(tale.events))
        return ports.TableRow(
            table, space, opened.title, opened.adventure, first.at, last.at, len(tale.events),
            self._services.game.fold(table, tale.events).status, *parent,
        )  # fmt: skip


def _written(file: Path, tale: Tale) -> Verdict:
    write_tale(file, tale, __version__)
    return check(tale)


def _examined(file: Path) -> tuple[Tale, Verdict]:
    tale = read_tale(file)
    return tale, check(tale)


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


def check(tale: Tale) -> Verdict:
    """Check the whole log of a table from a file: versions, replay, dice."""
    row = tale.table
    opened = tale.events[0].d
    branched = isinstance(opened, TableOpened) and opened.parent == row.parent
    return verify(row.id, tale.events, 0 if branched else row.parent_version or 0)


class Store(ports.EventLog, ports.SecretStore, Sql, Protocol):
    """Where tables, seeds and accounts are kept, and who owns which table."""

    @property
    def claims(self) -> Claims:
        """Who owns which table."""
        ...

    async def close(self) -> None:
        """Finish what was asked, then let it go."""
        ...


async def _open(settings: Settings, *, writing: bool = True) -> Store:
    """Open the store that the settings name; a database is open for writing however many are."""
    chosen = settings.store
    if not chosen.url:
        return await open_store(settings.data.folder, writing=writing, fsync=chosen.fsync)
    need_postgresql()
    from taleforge.store import postgresql  # noqa: PLC0415  # of an extra

    return await postgresql.open_store(
        chosen.url, fsync=chosen.fsync, connections=chosen.connections, timeout=chosen.timeout
    )


async def migrate(settings: Settings, *, check: bool) -> Plan:
    """Bring the store of the settings up to date, or with `check` only say what would be done.

    Raises:
        TooNew: a newer program made it.
        StoreBusy, StoreFull, Unavailable, Misconfigured, Damaged: as `store.upgrade` has it.
    """
    return await (plan if check else upgrade)(settings.store.url or settings.data.folder)


async def move(settings: Settings, source: str, target: str) -> Moved:
    """Move everything from one store to another, each `sqlite:FOLDER` or a URL; raises as `store.move` does.

    An empty `target` is the one of the settings.
    """
    usual = settings.data.folder
    return await carry(place(source, usual), place(target or settings.store.url, usual), _hash_of_state)


def _hash_of_state(table: str, log: Sequence[Event]) -> str:
    return hashlib.sha256(save_state(Game(NO_CONTENT, SystemIds()).fold(table, log).state)).hexdigest()


@asynccontextmanager
async def build(  # noqa: PLR0913  # each is a part that tests exchange
    settings: Settings,
    *,
    store: Store | None = None,
    content: Content | None = None,
    interpreter: ports.Interpreter | None = None,
    narrator: ports.Narrator | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    chance: Callable[[int], bytes] = secrets.token_bytes,
    bus: Bus | None = None,
    spans: Spans | None = None,
) -> AsyncGenerator[House]:
    """Open the data folder for play; what is handed in takes the place of what the settings choose.

    Raises:
        StoreBusy: another process plays there.
        Damaged, TooNew: the store cannot be opened.
        PackBroken: a bundled pack is broken.
        Misconfigured: the folder cannot be written, or a server does not let us in.
    """
    async with AsyncExitStack() as opened:
        content = content or load_content()
        log = store or await _open(settings)
        opened.push_async_callback(log.close)
        bus = bus or await opened.enter_async_context(_bus_of(settings.redis))
        ids = ids or SystemIds()
        clock = clock or SystemClock()
        stores = in_sql(log)
        models = models_of(settings, stores, ids, clock)
        if models is not None:
            opened.push_async_callback(models.close)
        grammar = GrammarNarrator()
        services = Services(
            game=Game(content, ids), log=log, secrets=log, interpreter=interpreter or Interpreter(),
            narrator=narrator or _narrator(settings, models) or grammar, fallback=grammar, clock=clock, ids=ids,
            chance=chance, reached=reached, claims=log.claims, bus=bus, spans=spans or NoSpans(),
            node=f"node_{secrets.token_hex(8)}",
        )  # fmt: skip
        tables = Tables(services)
        opened.push_async_callback(tables.close)
        yield House(tables, content, services, stores, models)


def models_of(settings: Settings, stores: Stores, ids: IdSource, clock: Clock) -> "Models | None":
    """Return the models that the settings name, what they use kept in the ledger; None when they name none.

    Raises:
        Misconfigured: what they name is none, or the parts are not installed that talk to it.
    """
    chosen = settings.model
    if not chosen.url:
        if settings.narrator.kind == "model":
            raise Misconfigured("The narrator is to be a model, but none is named.", "Set model.url.")
        return None
    try:
        from taleforge.models.setup import configured, open_models  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise Misconfigured(
            f"A model needs parts that are not installed ({error.name}).", "pip install 'taleforge[models]'"
        ) from error
    quotas = allowances(chosen.tokens_per_day, chosen.tokens_per_table, round(chosen.cost_per_day * 1_000_000))
    purse = Spending(stores.ledger, lambda: ids("job"), lambda: int(clock.now().timestamp() * 1000), quotas)
    return open_models(configured(chosen), purse)


async def survey(settings: Settings) -> Survey:
    """Look at the models of the settings; raises Misconfigured."""
    models = models_of(settings, in_memory(), SystemIds(), SystemClock())
    if models is None:
        return Survey("grammar")
    try:
        return await models.look(telling=settings.narrator.kind != "grammar")
    finally:
        await models.close()


async def ask_models(settings: Settings, text: str, heard: Callable[[str], None]) -> Trial:
    """Ask the models of the settings something; `heard` is told each piece. Raises ModelFailed, Misconfigured."""
    models = models_of(settings, in_memory(), SystemIds(), SystemClock())
    if models is None:
        raise Misconfigured("No model is configured.", "Set model.url, such as http://localhost:11434/v1.")
    try:
        return await models.ask(text, heard)
    finally:
        await models.close()


def _narrator(settings: Settings, models: "Models | None") -> ports.Narrator | None:
    if models is None or settings.narrator.kind == "grammar":
        return None
    from taleforge.narration.model import ModelNarrator  # noqa: PLC0415  # only where there is a model

    return ModelNarrator(models.ladder, models.tally)


@asynccontextmanager
async def _bus_of(redis: Redis) -> AsyncGenerator[Bus]:
    """Open the bus that the settings choose; a Redis that does not answer is waited for while we play.

    Raises:
        Misconfigured: the Redis does not let us in.
    """
    if not redis.url:
        yield MemoryBus()
        return
    address = RedisAddress(redis.url, redis.prefix, redis.timeout)
    with suppress(Unavailable):  # the bus says so itself, and connects later
        await address.check()
    bus = RedisBus(address)
    try:
        await bus.open()
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def browse(settings: Settings) -> AsyncGenerator[Store]:
    """Open the data folder for reading, also while another process plays there."""
    store = await _open(settings, writing=False)
    try:
        yield store
    finally:
        await store.close()


async def copy_out(store: Store, table: str, file: Path) -> Verdict:
    """Write a table to a file as it stands; what was rolled since its last reveal cannot be checked yet.

    Raises:
        BadInput: there is no such table.
    """
    tale = await read_save(store, table)
    write_tale(file, tale, __version__)
    return check(tale)


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
    game = Game(NO_CONTENT, SystemIds())
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


def check_file(file: Path) -> Verdict:
    """Check a file that an export made; raises as `read_tale` does when it is none."""
    return check(read_tale(file))


def recover(settings: Settings, into: Path) -> recovery.Report:
    """Save what can be read of a damaged data folder into another one; raises as `store.recover` does."""
    return recovery.recover(settings.data.folder, into)


def writer_of(folder: Path) -> str | None:
    """Return who has a data folder open for writing, or None; changes nothing."""
    return holder(folder)


def packs_in_play() -> str:
    """Return every content pack with its version; raises PackBroken when a bundled one cannot be loaded."""
    return ", ".join(pin.partition("#")[0] for pin in load_content().pins)
