"""What every place that keeps the audit log promises, on each implementation."""

import pytest
from msgspec.structs import replace

from taleforge.accounts.memory import in_memory
from taleforge.accounts.ports import AuditStore
from taleforge.accounts.values import Deed
from taleforge.bootstrap import Store
from taleforge.store.belongings import in_sql

LINE = Deed("evt_1", 10, "spc_1", "usr_1", "session", "key.made", "key_1", "tbl_1", "detail", "r1")


@pytest.fixture
def audit(kept_in: Store | None) -> AuditStore:
    """The audit log of one implementation after the other."""
    return (in_sql(kept_in) if kept_in else in_memory()).audit


async def test_lines_are_read_from_the_newest_on(audit: AuditStore) -> None:
    """Whole, page after page, and of their own space only."""
    lines = [replace(LINE, id=f"evt_{number}", at=number) for number in range(5)]
    for line in (*lines, replace(LINE, id="evt_9", space="spc_2")):
        await audit.add(line)
    first = await audit.page("spc_1", "", 2)
    assert first == [lines[4], lines[3]]
    assert await audit.page("spc_1", first[-1].id, 9) == [lines[2], lines[1], lines[0]]
    assert await audit.page("spc_1", "evt_0", 9) == []


async def test_a_person_finds_what_is_about_it(audit: AuditStore) -> None:
    """Whether it did something or something was done to it."""
    mine, done, other = LINE, replace(LINE, id="evt_2", who="usr_2", whom="usr_1"), replace(LINE, id="evt_3", who="x")
    for line in (mine, done, other):
        await audit.add(line)
    assert await audit.about("usr_1") == [mine, done]


async def test_old_lines_are_forgotten_and_only_those(audit: AuditStore) -> None:
    """Those from before a moment; what remains is as it was."""
    late = replace(LINE, id="evt_2", at=20)
    await audit.add(LINE)
    await audit.add(late)
    assert await audit.sweep(20) == 1
    assert await audit.page("spc_1", "", 9) == [late]
    assert await audit.sweep(20) == 0


def test_nothing_of_it_can_be_changed() -> None:
    """The port has no way to take a line back or to write it anew."""
    offered = {name for name in vars(AuditStore) if not name.startswith("_")}
    assert offered == {"add", "page", "about", "sweep"}
