"""`taleforge memory`: the index by which memories are found by their meaning, made anew.

Needed after no fault, for what is missing is made up for by itself. Does not look into anybody's memories.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.settings import Settings

MEMORY = """Look after what characters remember."""

REINDEX = """Make the index of memories anew, by the embedder that the settings name.

\b
After another model was chosen, or when the index may be wrong; otherwise it keeps itself up to date. Of all tables,
or of those that are named. On PostgreSQL also beside a running server, on SQLite while none runs.
Examples:
  taleforge memory reindex
  taleforge --set model.embedding=nomic-embed-text memory reindex tbl_01k9
"""

memory = typer.Typer(
    add_completion=False, rich_markup_mode=None, help=MEMORY, no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


@memory.callback()
def look_after() -> None:
    """Have commands below, of which there is one."""


@memory.command("reindex", help=REINDEX)
def reindex(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(metavar="TABLE", help="Which tables; none: all.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make the index anew."""
    made = run(_reindexed(settings_of(context, data), tables or []))
    if as_json:
        print_json(made)
        return
    typer.echo(f"{sum(made.values())} memories of {len(made)} tables can be found by their meaning.")


async def _reindexed(settings: "Settings", wanted: list[str]) -> dict[str, int]:
    from taleforge.bootstrap import build
    from taleforge.errors import BadInput, Misconfigured

    async with build(settings) as house:
        if house.meaning is None:
            raise Misconfigured("Nothing finds memories by their meaning.", "Set model.embedding, or memory.embedder.")
        there = [row.id for row in await house.tables.rows()]
        if unknown := [table for table in wanted if table not in there]:
            raise BadInput(f"There is no table {unknown[0]}.", "taleforge saves lists them.")
        return {table: (await house.recollection.reindex(table)).made for table in wanted or there}
