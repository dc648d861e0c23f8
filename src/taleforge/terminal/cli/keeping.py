"""`taleforge migrate | move | recover`: the store brought up to date, moved to another one, or saved from damage.

None touches what is played: they carry rows. Nobody may play meanwhile.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.bootstrap import Plan

TO_DO = 1
"""What `migrate --check` leaves with when there is something to do."""

MIGRATE = """Bring the store up to date with this version of the program.

\b
A file is copied first; of a PostgreSQL database make your own backup. Leaves a newer store alone.
Examples:
  taleforge migrate --check
  taleforge migrate
"""

MOVE = """Move everything to another store, and prove that it arrived.

\b
The other store has to be empty. It gets all of it or nothing; the old one is not changed.
Without --to it is the one of the setting store.url, which keeps its password off the command line.
Examples:
  taleforge move --to postgresql://taleforge@db/taleforge
  taleforge move --from sqlite:/srv/tales --to postgresql://taleforge@db/taleforge
"""

RECOVER = """Save what can be read of a damaged data folder into another one.

\b
The damaged one is not changed. Each table is saved up to the first thing that cannot be read.
Examples:
  taleforge recover --into saved-tales
  taleforge play --data saved-tales
"""

Check = Annotated[bool, typer.Option("--check", help="Only say what would be done; status 1 when there is something.")]
Into = Annotated[Path, typer.Option("--into", metavar="DIR", help="A new folder for what can be saved.")]
Old = Annotated[str, typer.Option("--from", metavar="STORE", help="sqlite:FOLDER or postgresql://…")]
New = Annotated[str, typer.Option("--to", metavar="STORE", help="sqlite:FOLDER or postgresql://…")]


def migrate(context: typer.Context, check: Check = False, data: Data = None, as_json: Json = False) -> None:
    """Bring the store of the settings up to date, or say what that would mean."""
    from taleforge.bootstrap import migrate as carry_out

    plan = run(carry_out(settings_of(context, data), check=check))
    if as_json:
        shape = {"store": plan.where, "since": plan.since, "upto": plan.upto, "needed": plan.needed}
        print_json({**shape, "done": plan.needed and not check, "backup": plan.backup})
    else:
        for line in _told(plan, check=check):
            typer.echo(line)
    if check and plan.needed:
        raise typer.Exit(TO_DO)


def _told(plan: "Plan", *, check: bool) -> list[str]:
    if not plan.needed:
        return [f"{plan.where} is up to date (schema {plan.upto})."]
    if check:
        return [f"{plan.where} would go from schema {plan.since} to {plan.upto}: run taleforge migrate."]
    kept = [f"As it was: {plan.backup}"] if plan.backup else []
    return [f"{plan.where} went from schema {plan.since} to {plan.upto}.", *kept]


def move(context: typer.Context, old: Old = "sqlite:", new: New = "", data: Data = None, as_json: Json = False) -> None:
    """Move everything from one store to another."""
    from taleforge.bootstrap import move as carry_out

    moved = run(carry_out(settings_of(context, data), old, new))
    shape: dict[str, Any] = {"rows": moved.rows, "states": moved.states, "files": moved.files}
    if as_json:
        print_json(shape)
        return
    for name, count in moved.rows.items():
        typer.echo(f"{name:<14} {count:>9}")
    typer.echo(f"{'files':<14} {moved.files:>9}")
    typer.echo(f"All of it arrived, and {len(moved.states)} tables lead to the same states.")


def recover(context: typer.Context, into: Into, data: Data = None, as_json: Json = False) -> None:
    """Save what can be read, and say of each table how much that is."""
    from taleforge.bootstrap import recover as carry_out

    report = carry_out(settings_of(context, data), into)
    tables = [{"table": k.table, "title": k.title, "events": k.events, "known": k.known} for k in report.tables]
    if as_json:
        print_json({"file": report.file, "tables": tables, "lost": list(report.lost)})
        return
    for kept in report.tables:
        much = "whole" if kept.whole else f"the first {kept.events} of {kept.known} events"
        typer.echo(f"{kept.table}  {kept.title}: {much}")
    for table in report.lost:
        typer.echo(f"{table}  nothing of it can be read")
    typer.echo(f"Saved in {report.file}. The damaged folder is as it was.")
