"""What the table's owner needs of the outside world, as small protocols; `bootstrap` chooses who fulfils them.

Each has one contract test suite that every implementation passes. Does not implement anything.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

from taleforge.messages.brief import Brief, Prose
from taleforge.messages.commands import Ask
from taleforge.messages.events import Event
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView


class SideWork(Struct, frozen=True, omit_defaults=True):
    """Work that some events cause, stored with them in one transaction: what kind, about which version, with what."""

    id: str
    kind: str
    v: int
    payload: bytes = b""


class TableRow(Struct, frozen=True, omit_defaults=True):
    """A table as the list of tables knows it. Times in RFC 3339 UTC."""

    id: str
    space: str
    title: str
    adventure: str
    created_at: str
    updated_at: str
    version: int = 0
    status: str = "lobby"
    parent: str | None = None
    parent_version: int | None = None


Played = tuple[str, str]
"""A table's place among those that were played: when it was last (RFC 3339), and its id."""


Without = Callable[[Event], Event | None]
"""Returns an event without what is to be forgotten, with the same version and id; None when it does not hold it."""


class NewTable(Struct, frozen=True, omit_defaults=True):
    """What table somebody wants: the adventure's id, where it belongs, and house rules that differ from the usual."""

    adventure: str
    space: str = ""
    campaign: str = ""
    house_rules: dict[str, str] = {}


class EventLog(Protocol):
    """The append-only log of every table, and the side work that its events cause.

    Nothing in it is ever changed but the names of people who are forgotten.
    """

    async def create(self, row: TableRow, events: Sequence[Event] = (), prose: Sequence[Prose] = ()) -> None:
        """Make a table with the first events of its log, whole or not at all; durable on return.

        Raises:
            Conflict: the id exists.
        """
        ...

    async def tables(
        self,
        space: str | None = None,
        *,
        only: Collection[str] | None = None,
        after: Played | None = None,
        limit: int | None = None,
    ) -> list[TableRow]:
        """Return the tables (of a space; of those ids `only`), the last played first.

        With `after`, those that follow that place in the order; at most `limit` of them.
        """
        ...

    async def table(self, table: str) -> TableRow | None:
        """Return one table, None when there is none of that id."""
        ...

    async def append(
        self,
        table: str,
        expected: int,
        events: Sequence[Event],
        work: Sequence[SideWork] = (),
        status: str | None = None,
        *,
        prose: Sequence[Prose] = (),
        fence: int | None = None,
    ) -> None:
        """Store events whose versions follow `expected`, and their side work, or nothing; durable on return.

        `prose` is what is told of them already. `status` is the table's from now on, for the list of tables. `fence`
        is that of the writer's claim; None writes whoever owns the table.

        Raises:
            Conflict: the table is not at version `expected`, or was claimed under another fence since.
            StoreFull: no room left; nothing was stored.
            Unavailable: the store cannot be written now; nothing was stored.
        """
        ...

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version, in order. Raises Damaged (says where) or TooNew."""
        ...

    async def find_command(self, table: str, cmd: str) -> int | None:
        """Return the version after the last event that a command caused, however long ago; None if it caused none."""
        ...

    async def forget(self, table: str, without: Without) -> int:
        """Store the events of a table's log without what is to be forgotten; return how many held it.

        A room that is open knows it until it closes.
        """
        ...

    async def pending_work(self, table: str) -> list[SideWork]:
        """Return side work that is not done, oldest first."""
        ...

    async def finish_work(self, work: str, prose: Prose | None = None) -> bool:
        """Mark side work done, and store the prose it made, in one transaction; False when it was done before."""
        ...

    async def read_prose(self, table: str, after: int = 0) -> list[Prose]:
        """Return the prose that tells versions after `after`, in their order."""
        ...


class SecretStore(Protocol):
    """The server's dice seeds, apart from the log: never exported while they are in use."""

    async def put_seed(self, table: str, commitment: str, seed: bytes) -> None:
        """Keep a seed under its table and commitment; durable on return."""
        ...

    async def get_seed(self, table: str, commitment: str) -> bytes | None:
        """Return the seed kept under a commitment."""
        ...


class Interpreter(Protocol):
    """Makes an intent of words, from what the speaker's seat knows and nothing else."""

    def interpret(
        self, text: str, view: SeatView, asked: Ask | None = None, recent: Sequence[str] = ()
    ) -> Interpretation:
        """Return what the words mean for this seat. Total: any text gives an answer, quickly.

        `asked` is the last question this seat was asked, for about three turns: the words may answer it, and another
        question is not asked so soon. `recent` holds the `mentions` of the interpretation before.
        """
        ...


class Narrator(Protocol):
    """Tells a Brief."""

    async def tell(self, brief: Brief) -> Prose:
        """Return prose for a Brief, made of nothing but the Brief. Raises Unavailable."""
        ...


@runtime_checkable
class PromptNarrator(Narrator, Protocol):
    """Tells a Brief without waiting for anything, in less time than it takes to keep the Brief for later."""

    def tell_at_once(self, brief: Brief) -> Prose:
        """Return prose for a Brief, made of nothing but the Brief."""
        ...


@runtime_checkable
class StreamingNarrator(Narrator, Protocol):
    """Tells a Brief piece by piece."""

    async def stream(self, brief: Brief, heard: Callable[[int, str], None]) -> Prose:
        """Return prose as `tell` does, and have each piece of it heard as it comes; number 0 begins anew."""
        ...
