"""`taleforge saves | export | import | verify | doctor`: whole tables as files and lists, and the state of the machine.

Everything but `import` only reads, and works beside a table that is being played.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taleforge.errors import Damaged
from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.bootstrap import Arrival, Verdict
    from taleforge.settings import Settings

SAVES = """List the saves, the last played first.

\b
Examples:
  taleforge saves
  taleforge saves --json
"""

EXPORT = """Write a save to a .tale file, to keep or to hand on.

\b
The dice are revealed in it, so that anyone can check them; the table goes on with new ones.
Examples:
  taleforge export last evening.tale
  taleforge export tbl_01k9 evening.tale
"""

IMPORT = """Take a .tale file in as a save.

\b
Examples:
  taleforge import evening.tale
  taleforge import evening.tale --copy
"""

VERIFY = """Check a .tale file: every event, every die.

\b
Derives each face again from the seed that the table had committed to, and replays every event. Of words it can
say whether they are as they were only where the file was sealed here: by this data folder, or by serve.secret.
Examples:
  taleforge verify evening.tale
  taleforge verify evening.tale --json
"""

DOCTOR = """Look whether this machine is fit to play, or to serve by its settings. Changes nothing.

\b
Database, Redis, NATS and bucket are asked where the settings name them.
Examples:
  taleforge doctor
  taleforge doctor --json
"""

File = Annotated[Path, typer.Argument(metavar="FILE", help="A .tale file.")]
Save = Annotated[str, typer.Argument(metavar="SAVE", help="A save: its id, the beginning of it, or `last`.")]


def saves(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """List the saves of the data folder."""
    rows = run(_rows(settings_of(context, data)))
    if as_json:
        print_json({"saves": rows})
        return
    for row in rows:
        status = "" if row["status"] == "playing" else f"  ({row['status']})"
        typer.echo(f"{row['id']}  {row['played'][:16].replace('T', ' ')}  {row['title']}{status}")
    if not rows:
        typer.echo("There are no saves yet. “taleforge play” begins one.")


async def _rows(settings: "Settings") -> list[dict[str, Any]]:
    from taleforge.bootstrap import browse

    if not (settings.store.url or settings.data.folder.exists()):
        return []
    async with browse(settings) as store:
        return [
            {
                "id": row.id,
                "title": row.title,
                "adventure": row.adventure,
                "status": row.status,
                "version": row.version,
                "begun": row.created_at,
                "played": row.updated_at,
            }
            for row in await store.tables()
        ]


def export(
    context: typer.Context,
    save: Save,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write a save to a file and check it."""
    settings = settings_of(context, data)
    table, verdict, revealed = run(_export(settings, save, file))
    if as_json:
        print_json({"table": table, "file": str(file), "revealed": revealed, **_shape(verdict)})
        return
    typer.echo(f"Wrote {file}: {_counted(verdict)}")
    if not revealed:
        typer.echo("The table is being played just now, so the dice in use are not revealed in it.")


async def _export(settings: "Settings", save: str, file: Path) -> "tuple[str, Verdict, bool]":
    """Write the save; beside a running table as it stands, its dice not revealed."""
    from taleforge.bootstrap import browse, build, copy_out, key_of
    from taleforge.errors import StoreBusy
    from taleforge.telemetry import logging_to

    table = await find_save(settings, save)
    try:
        with logging_to(settings.log):  # for stdout is ours
            async with build(settings) as house:
                return table, await house.export(table, file), True
    except StoreBusy:
        async with browse(settings) as store:
            return table, await copy_out(store, table, file, key_of(settings)), False


async def find_save(settings: "Settings", save: str) -> str:
    """Return the id of the save that a person means.

    Raises:
        BadInput: There is none, or several begin so.
    """
    from taleforge.terminal.door import Save as Named
    from taleforge.terminal.lobby import find

    rows = await _rows(settings)
    return find([Named(row["id"], row["title"], row["played"], row["status"]) for row in rows], save)


def import_(
    context: typer.Context,
    file: File,
    copy: Annotated[bool, typer.Option("--copy", help="Take it in under a new id, to have it twice.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a file in as a save."""
    came = run(_import(settings_of(context, data), file, as_copy=copy))
    if as_json:
        print_json({"table": came.table, "file": str(file), "sealed": came.sealed, "unproven": came.unproven})
        return
    typer.echo(f"Took {file} in. {_vouched(came)}")
    typer.echo(f"Go on with: taleforge play --resume {came.table}")


async def _import(settings: "Settings", file: Path, *, as_copy: bool) -> "Arrival":
    from taleforge.bootstrap import build
    from taleforge.telemetry import logging_to

    with logging_to(settings.log):  # for stdout is ours
        async with build(settings) as house:
            return await house.take_in(file, as_copy=as_copy)


def verify(context: typer.Context, file: File, data: Data = None, as_json: Json = False) -> None:
    """Check a file; leaves with the status of damaged data when anything in it is not what was rolled or played."""
    from taleforge.bootstrap import check_file, known_key

    verdict = check_file(file, known_key(settings_of(context, data)))
    if as_json:
        print_json({"file": str(file), **_shape(verdict)})
    else:
        typer.echo(f"{file}: {_judged(verdict)}")
        typer.echo(_vouched(verdict))
    if verdict.problem is not None:
        raise typer.Exit(Damaged.exit_status)


def _shape(verdict: "Verdict") -> dict[str, Any]:
    problem = verdict.problem
    return {
        "ok": problem is None,
        "events": verdict.events,
        "rolls": verdict.rolls,
        "faces": verdict.faces,
        "unrevealed": verdict.unrevealed,
        "problem": None if problem is None else {"v": problem.v, "code": problem.code, "params": problem.params},
        "sealed": verdict.sealed,
        "unproven": verdict.unproven,
    }


def _counted(verdict: "Verdict") -> str:
    from taleforge.terminal.words import words

    said = words()
    text = said.say("verify/counted", events=verdict.events, rolls=verdict.rolls, faces=verdict.faces)
    return text + (said.say("verify/unrevealed", rolls=verdict.unrevealed) if verdict.unrevealed else "")


def _judged(verdict: "Verdict") -> str:
    from taleforge.terminal.words import words

    if verdict.problem is None:
        return f"{words().say('verify/sound')} {_counted(verdict)}"
    problem = verdict.problem
    return words().say("verify/wrong", v=problem.v, what=words().say(f"verify/{problem.code}", problem.params))


def _vouched(tale: "Verdict | Arrival") -> str:
    """Return what can be said of the words in a tale, which no dice prove."""
    from taleforge.terminal.words import words

    if tale.sealed != "here" or not tale.unproven:
        return words().say(f"verify/sealed/{tale.sealed}")
    return words().say("verify/unproven", v=tale.unproven)


def doctor(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Look at everything and say what to do; leaves with status 1 when something must be put right first."""
    from taleforge.bootstrap import keeps_here, others, packs_in_play, writer_of
    from taleforge.ops.doctor import ask, examine, this_terminal

    settings = settings_of(context, data)
    findings = examine(
        settings.data.folder, this_terminal(), packs_in_play, writer_of, keeps=keeps_here(settings)
    ) + run(ask(others(settings)))
    failed = any(finding.state == "failed" for finding in findings)
    if as_json:
        shape = [{"name": f.name, "state": f.state, "found": f.found, "remedy": f.remedy} for f in findings]
        print_json({"ok": not failed, "findings": shape})
    else:
        for finding in findings:
            mark = {"ok": "  ok  ", "warning": " warn ", "failed": "failed"}[finding.state]
            typer.echo(f"{mark}  {finding.name:<12} {finding.found}")
            if finding.remedy:
                typer.echo(f"{'':>22}{finding.remedy}")
    if failed:
        raise typer.Exit(1)
