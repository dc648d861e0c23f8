"""What every place that keeps memories promises, on each implementation."""

import pytest
from msgspec.structs import replace

from taleforge.bootstrap import Store
from taleforge.memory.inside import InMemory
from taleforge.memory.ports import Memories
from taleforge.memory.values import Entry
from taleforge.store.memories import SqlMemories

ONE = Entry("tbl_1", 3, "fact", "seat_a", "witnessed", 7, "The bell tolls.")


@pytest.fixture
def memories(kept_in: Store | None) -> Memories:
    """One implementation after the other."""
    return SqlMemories(kept_in) if kept_in else InMemory()


async def test_everybody_has_their_own_memories_in_their_order(memories: Memories) -> None:
    """Those of others, and of other tables, are not among them; nobody in particular has none."""
    later = replace(ONE, v=9, text="It stops.")
    entries = [later, ONE, replace(ONE, who="seat_b"), replace(ONE, table="tbl_2")]
    await memories.write("tbl_1", 9, entries[:3])
    await memories.write("tbl_2", 3, entries[3:])
    assert await memories.of("tbl_1", ["seat_a"]) == [ONE, later]
    assert await memories.of("tbl_1", []) == []
    assert await memories.of("tbl_1", ["seat_c"]) == []
    assert await memories.mark("tbl_1") == 9
    assert await memories.mark("tbl_3") == 0


async def test_the_same_memory_is_kept_once(memories: Memories) -> None:
    """Written again it is replaced, so that a telling that changed is remembered as it is now."""
    await memories.write("tbl_1", 3, [ONE])
    await memories.write("tbl_1", 3, [replace(ONE, text="The bell is silent.")])
    assert [entry.text for entry in await memories.of("tbl_1", ["seat_a"])] == ["The bell is silent."]


async def test_what_was_taken_back_is_forgotten(memories: Memories) -> None:
    """A span's two ends stand; what lies between is gone."""
    await memories.write("tbl_1", 6, [replace(ONE, v=v) for v in (3, 4, 5, 6)])
    await memories.write("tbl_1", 6, [], gone=[(3, 6)])
    assert [entry.v for entry in await memories.of("tbl_1", ["seat_a"])] == [3, 6]


async def test_somebody_can_be_forgotten_and_a_whole_table_too(memories: Memories) -> None:
    """The others keep theirs; a table that was forgotten is begun anew."""
    await memories.write("tbl_1", 3, [ONE, replace(ONE, who="seat_b")])
    await memories.forget("tbl_1", ["seat_a"])
    assert [entry.who for entry in await memories.of("tbl_1", ["seat_a", "seat_b"])] == ["seat_b"]
    assert await memories.mark("tbl_1") == 3
    await memories.forget("tbl_1")
    assert await memories.of("tbl_1", ["seat_b"]) == []
    assert await memories.mark("tbl_1") == 0
