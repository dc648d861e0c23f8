"""What models use is kept in the ledger, within what the server and each table may use."""

from itertools import count

import pytest

from taleforge.accounts.memory import MemoryLedger
from taleforge.accounts.spending import COST, TOKENS, Spending, allowances
from taleforge.accounts.values import DAY


class Till:
    """A purse over a ledger in memory, with a clock set by hand."""

    def __init__(self, **allowed: int) -> None:
        self.now = DAY
        self.ledger = MemoryLedger()
        ids = count(1)
        allowances_ = allowances(**allowed)
        self.purse = Spending(self.ledger, lambda: f"job_{next(ids)}", lambda: self.now, allowances_, self._answering)

    async def _answering(self, table: str) -> tuple[str, ...]:
        """Of one space two tables, of two people; the third is of another space, and nobody knows of whom."""
        if table == "tbl_z":
            return ("space:spc_2",)
        return "space:spc_1", f"person:usr_{table[-1]}"

    async def used(self, owner: str = "server", resource: str = TOKENS) -> int:
        """Return what counts now."""
        return await self.ledger.used(owner, resource, self.now - DAY)


async def test_a_call_is_reserved_and_settled_for_server_and_table() -> None:
    """First what it may come to, then what it came to, in tokens and in money."""
    till = Till()
    number = await till.purse.reserve("tbl_x", 900, 70)
    assert number is not None
    assert (await till.used(), await till.used("table:tbl_x"), await till.used(resource=COST)) == (900, 900, 70)
    assert (await till.used("space:spc_1"), await till.used("person:usr_x")) == (900, 900)
    await till.purse.settle(number, 500, 40)
    assert (await till.used(), await till.used("table:tbl_x"), await till.used(resource=COST)) == (500, 500, 40)


async def test_what_came_to_nothing_counts_nothing() -> None:
    """A model that failed costs nobody anything."""
    till = Till()
    number = await till.purse.reserve("", 900, 70)
    assert number is not None
    await till.purse.release(number)
    assert (await till.used(), await till.used(resource=COST)) == (0, 0)


@pytest.mark.parametrize(
    ("allowed", "other"), [({"tokens": 1000}, False), ({"tokens_per_table": 1000}, True), ({"cost": 100}, False)]
)
async def test_enough_is_enough_until_the_day_is_over(allowed: dict[str, int], other: bool) -> None:
    """A table's share is its own; the server's is everybody's; half a reservation is none."""
    till = Till(**allowed)
    assert await till.purse.reserve("tbl_x", 600, 60)
    assert await till.purse.reserve("tbl_x", 600, 60) is None
    assert (await till.purse.reserve("tbl_y", 600, 60) is not None) is other
    assert await till.used("table:tbl_x") == 600
    till.now += DAY + 1
    assert await till.purse.reserve("tbl_x", 600, 60)


async def test_a_space_has_its_share() -> None:
    """Of all its tables together; another space has its own."""
    till = Till(tokens_per_space=1000)
    assert await till.purse.reserve("tbl_x", 600, 0)
    assert await till.purse.reserve("tbl_y", 600, 0) is None
    assert await till.purse.reserve("tbl_z", 600, 0)


async def test_a_person_has_a_share() -> None:
    """Of all the tables that they laid together; others have their own."""
    till = Till(tokens_per_person=1000)
    assert await till.purse.reserve("tbl_x", 600, 0)
    assert await till.purse.reserve("tbl_x", 600, 0) is None
    assert await till.purse.reserve("tbl_y", 600, 0)
    assert await till.purse.reserve("tbl_z", 6000, 0)
