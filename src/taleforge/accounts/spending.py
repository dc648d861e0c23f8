"""What language models use, in the one ledger: reserved before a call, settled after it, released when it failed.

Counts against the server, the table, and whoever answers for the table: its space, and who laid it. Fulfils what
`models` asks of a purse.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from taleforge.accounts.ports import LedgerStore
from taleforge.accounts.values import DAY, Entry, Quota
from taleforge.errors import TaleforgeError

TOKENS = "model_tokens"
COST = "model_cost"
"""In millionths of a US dollar."""

Answering = Callable[[str], Awaitable[tuple[str, ...]]]
"""Returns the owners of entries who answer for a table, as `space:…` and `person:…`; none where they are not known."""


async def _nobody(_: str) -> tuple[str, ...]:
    return ()


def allowances(
    tokens: int = 0, tokens_per_table: int = 0, cost: int = 0, tokens_per_space: int = 0, tokens_per_person: int = 0
) -> tuple[Quota, ...]:
    """Return what may be used in 24 hours; 0 is no limit. Cost in millionths of a US dollar."""
    wanted = (
        Quota("server", TOKENS, tokens, DAY),
        Quota("table", TOKENS, tokens_per_table, DAY),
        Quota("space", TOKENS, tokens_per_space, DAY),
        Quota("person", TOKENS, tokens_per_person, DAY),
        Quota("server", COST, cost, DAY),
    )
    return tuple(quota for quota in wanted if quota.most)


class Spending:
    """The purse of the models.

    Args:
        ledger: Keeps the entries.
        make_id: Makes the id of an entry.
        clock: The time, in milliseconds since 1970.
        quotas: What may be used.
        answering: Tells who answers for a table.
    """

    def __init__(
        self,
        ledger: LedgerStore,
        make_id: Callable[[], str],
        clock: Callable[[], int],
        quotas: Sequence[Quota] = (),
        answering: Answering = _nobody,
    ) -> None:
        self._ledger = ledger
        self._make_id = make_id
        self._clock = clock
        self._quotas = tuple(quotas)
        self._answering = answering

    async def reserve(self, table: str, tokens: int, cost: int) -> str | None:
        """Put aside what a call may come to; returns the entries' ids, or None where that would be too much."""
        kept: list[str] = []
        for resource, amount in ((TOKENS, tokens), (COST, cost)):
            if amount and not await self._kept(kept, table, resource, amount):
                await self.release(" ".join(kept))
                return None
        return " ".join(kept)

    async def settle(self, number: str, tokens: int, cost: int) -> None:
        """Say what a call came to."""
        for entry, amount in zip(number.split(), (tokens, cost), strict=False):
            await self._ledger.settle(entry, amount)

    async def release(self, number: str) -> None:
        """Let a call that came to nothing count nothing."""
        with suppress(TaleforgeError):  # what stays reserved stops counting after a day
            for entry in number.split():
                await self._ledger.release(entry)

    async def _kept(self, kept: list[str], table: str, resource: str, amount: int) -> bool:
        owners = ("server", f"table:{table}", *await self._answering(table)) if table else ("server",)
        entry = Entry(self._make_id(), owners, resource, amount, self._clock())
        limits = [
            (o, q) for o in owners for q in self._quotas if (q.owner, q.resource) == (o.partition(":")[0], resource)
        ]
        if await self._ledger.reserve(entry, limits) is not None:
            return False
        kept.append(entry.id)
        return True
