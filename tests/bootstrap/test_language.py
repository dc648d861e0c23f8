"""Who answers for what a model tells: by the log and the grants."""

from taleforge.accounts.memory import in_memory
from taleforge.accounts.values import Grant, Role
from taleforge.bootstrap.language import answering_by
from taleforge.live.tables import Tables
from tests.live.outside import new_table, services


async def test_a_table_is_answered_for_by_its_space_and_whoever_laid_it() -> None:
    """Not by who sat down later, nor by who was made its host then; of a table that is not there nobody is known."""
    outside, grants = services(), in_memory().grants
    tables = Tables(outside)
    table, other = await new_table(tables), await new_table(tables)
    held: list[tuple[str, Role]] = [("usr_a", "player"), ("usr_b", "host"), ("usr_c", "host")]
    for number, (person, role) in enumerate(held):
        given = Grant(f"grt_{number}", "seat", "spc_x", person, str(number), number, None, table=table, role=role)
        await grants.add(given)
    answering = answering_by(outside.log, grants)
    assert await answering(table) == ("space:spc_x", "person:usr_b")
    assert await answering(other) == ("space:spc_x",)
    assert await answering("tbl_unknown") == ()
    await tables.close()
