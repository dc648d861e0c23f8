"""`taleforge backup | restore`: everything that is kept, into one file and back.

A backup is made while others play; it is restored where nobody does.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.bootstrap import Manifest

BACKUP = """Back up everything that is kept, also while a server runs.

\b
One file, readable by you alone: the tables with their secret dice seeds, accounts, pictures and sound.
In a folder it is named by its time. It is there whole or not at all.
Examples:
  taleforge backup --to /backups --keep 7
  taleforge backup --to before-the-upgrade.backup
  taleforge backup --to - | ssh elsewhere 'cat > tales.backup'
"""

RESTORE = """Bring a backup back into an empty store.

\b
Every checksum and every table is checked before anything is written, and the tables again after.
Refuses a store in which there is anything, or where a server runs. Into SQLite or PostgreSQL, whichever it was.
Examples:
  taleforge restore /backups/taleforge-20261121T040000Z.backup --dry-run
  taleforge restore tales.backup
  taleforge restore tales.backup --into sqlite:another-folder
"""

To = Annotated[
    str, typer.Option("--to", metavar="PLACE", help="A folder, a new file that ends in .backup, or - for stdout.")
]
Keep = Annotated[
    int | None, typer.Option("--keep", metavar="N", min=0, help="Keep the newest so many of that folder; 0: all.")
]
Source = Annotated[str, typer.Argument(metavar="FILE", help="The backup, or - for stdin.")]
Into = Annotated[str, typer.Option("--into", metavar="STORE", help="sqlite:FOLDER or postgresql://…")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only check the backup and the place; change nothing.")]


def backup(context: typer.Context, to: To = "", keep: Keep = None, data: Data = None, as_json: Json = False) -> None:
    """Back everything up."""
    from taleforge.ops.backup import STDOUT, make

    made = run(make(settings_of(context, data), to, keep))
    if as_json and made.file != STDOUT:
        print_json({"file": made.file, "size": made.size, "removed": list(made.removed), **_shape(made.manifest)})
        return
    said = f"{made.file}: {_size(made.size)}, " if made.file != STDOUT else "Backed up: "
    typer.echo(f"{said}{_counted(made.manifest)}.", err=made.file == STDOUT)
    for removed in made.removed:
        typer.echo(f"Removed {removed}.")
    for lost in made.manifest.lost or ():
        typer.echo(f"The file {lost}, which a picture names, is lost: it is in no backup from now on.", err=True)


def restore(
    context: typer.Context, source: Source, into: Into = "", dry_run: Dry = False, data: Data = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Bring a backup back."""
    from taleforge.ops.restore import bring_back

    manifest = run(bring_back(settings_of(context, data), source, into, dry_run=dry_run))
    if as_json:
        print_json({"restored": not dry_run, **_shape(manifest)})
        return
    done = "Could be restored" if dry_run else "Restored"
    typer.echo(f"{done}, as it was at {manifest.at}: {_counted(manifest)}, all as the backup says.")


def _shape(manifest: "Manifest") -> dict[str, Any]:
    return {
        "at": manifest.at, "made_by": manifest.made_by, "schema": manifest.schema, "engine": manifest.engine,
        "tables": len(manifest.states), "rows": sum(manifest.rows.values()), "files": len(manifest.blobs),
        "lost": list(manifest.lost or ()),
    }  # fmt: skip


def _counted(manifest: "Manifest") -> str:
    return f"{len(manifest.states)} tables, {sum(manifest.rows.values())} rows, {len(manifest.blobs)} files"


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1000:.1f} kB"
