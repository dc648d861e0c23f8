"""What jobs cost, in the ledger: reserved before the work, settled when it was handed over, released when it failed.

Does not say what anything costs; who may have how much is chosen by settings.
"""

from collections.abc import Callable, Sequence

from taleforge.accounts.ports import LedgerStore
from taleforge.accounts.values import DAY, Entry, Quota
from taleforge.jobs.values import Turned
from taleforge.messages.ids import IdSource


def daily(resource: str, *, person: int, space: int, server: int) -> tuple[Quota, ...]:
    """Return how much of a resource one person, one space and all together may have in 24 hours; 0 is no limit."""
    wanted = (
        Quota("person", resource, person, DAY), Quota("space", resource, space, DAY),
        Quota("server", resource, server, DAY),
    )  # fmt: skip
    return tuple(quota for quota in wanted if quota.most)


class LedgerMeter:
    """The ledger, as jobs use it: an entry for the person, the space and the server; its amount goes along with its id.

    Args:
        ledger: Keeps the entries.
        ids: Makes their ids.
        now: The time, in milliseconds since 1970.
        quotas: What is limited, for whom.
    """

    def __init__(
        self, ledger: LedgerStore, ids: IdSource, now: Callable[[], int], quotas: Sequence[Quota] = ()
    ) -> None:
        self._ledger = ledger
        self._ids = ids
        self._now = now
        self._quotas = tuple(quotas)

    async def reserve(self, owner: str, space: str, resource: str, amount: int, job: str) -> str | Turned:
        """Return the id of a reservation, or why there is none."""
        owners = (f"person:{owner}", f"space:{space}", "server")
        entry = Entry(self._ids("job"), owners, resource, amount, self._now(), job=job)
        limits = [
            (one, quota) for one in owners for quota in self._quotas
            if (quota.owner, quota.resource) == (one.partition(":")[0], resource)
        ]  # fmt: skip
        exceeded = await self._ledger.reserve(entry, limits)
        if exceeded is None:
            return f"{entry.id}:{amount}"
        return Turned("quota/exceeded", {"resource": resource, "most": exceeded.most, "owner": exceeded.owner})

    async def settle(self, entry: str) -> None:
        """Let a reservation count."""
        id_, _, amount = entry.partition(":")
        await self._ledger.settle(id_, int(amount))

    async def release(self, entry: str) -> None:
        """Let a reservation count nothing."""
        await self._ledger.release(entry.partition(":")[0])
