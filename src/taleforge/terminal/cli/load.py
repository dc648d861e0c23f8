"""`taleforge load` and `taleforge capacity`: how a server does under a crowd that really plays.

Thin doors to `ops.load` and `ops.capacity`, which need the extra `load`. They play at tables of their own alone.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taleforge.errors import BadInput, Misconfigured
from taleforge.terminal.cli.output import Data, Json, print_json, settings_of

if TYPE_CHECKING:
    from taleforge.ops.load.report import Report

WRONG = 1
"""What `load` leaves with when something was lost, doubled, out of order, leaked, or never answered."""

LOAD = """Load a server with players that really play.

\b
They lay tables of their own, and play The Bell Beneath there: by option and by typed sentence. In the end every
stream is compared with the log. The server has to be told not to limit them:
  taleforge --set limits.general=off --set limits.guest=off --set limits.guesses=off \\
    --set limits.generation=off --set limits.sockets=20000 serve
Examples:
  taleforge load --server http://127.0.0.1:8000 --tables 100 --rate 20
  taleforge load --server http://127.0.0.1:8000 --tables 2500 --rate 500 --hold 60 --report load.json
"""

CAPACITY = """Find out how many players a server holds.

\b
Loads it with more and more tables until something gives, and says what; or sums up reports of `load`.
Examples:
  taleforge capacity --server http://127.0.0.1:8000 --per-table 0.2 --within 50
  taleforge capacity small.json large.json
"""

Server = Annotated[str, typer.Option("--server", metavar="URL", help="The server, as http://127.0.0.1:8000.")]
Seats = Annotated[int, typer.Option("--seats", min=1, help="Players at each table.")]
Hold = Annotated[float, typer.Option("--hold", min=0.1, metavar="SECONDS", help="How long to measure.")]
Ramp = Annotated[float, typer.Option("--ramp", min=0.0, metavar="SECONDS", help="Over how long to seat everybody.")]
Chance = Annotated[int, typer.Option("--seed", help="Of what the players do.")]
Check = Annotated[bool, typer.Option("--log-check/--no-log-check", help="Compare every stream with the log.")]
Within = Annotated[float, typer.Option("--within", min=0.1, metavar="MS", help="The p99 until everybody sees it.")]
File = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Keep the report, as JSON.")]
Processes = Annotated[int, typer.Option("--processes", min=1, help="Processes that share the players.")]
Kept = Annotated[list[Path] | None, typer.Argument(metavar="[REPORT]…", help="Reports that `load` has kept.")]


def load(
    context: typer.Context,
    server: Server,
    tables: Annotated[int, typer.Option("--tables", min=1, help="Tables to play at.")] = 10,
    seats: Seats = 4,
    rate: Annotated[float, typer.Option("--rate", min=0.01, help="Commands a second, over all tables.")] = 2.0,
    ramp: Ramp = 5.0,
    hold: Hold = 30.0,
    seed: Chance = 0,
    processes: Processes = 1,
    check: Check = True,
    file: File = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Load a server and report; leaves with status 1 when anybody heard anything else than they should have."""
    with _extra():
        from taleforge.ops.load import report as rep
        from taleforge.ops.load.plan import Plan
        from taleforge.ops.load.run import load
    key = _key_of(context, server, data)
    made = load(Plan(server, key, tables, seats, rate, ramp, hold, seed, check, processes))
    if file is not None:
        _keep(file, made)
    if as_json:
        print_json(made)
    else:
        _print(rep.text(made))
    if not made.clean:
        raise typer.Exit(WRONG)


def capacity(
    context: typer.Context,
    reports: Kept = None,
    server: Annotated[str, typer.Option("--server", metavar="URL", help="The server to load, without reports.")] = "",
    tables: Annotated[int, typer.Option("--tables", min=1, help="Tables at most.")] = 2500,
    first: Annotated[int, typer.Option("--first", min=1, help="Tables to begin with.")] = 10,
    seats: Seats = 4,
    per_table: Annotated[float, typer.Option("--per-table", min=0.001, help="Commands a second at each table.")] = 0.2,
    within: Within = 50.0,
    ramp: Ramp = 5.0,
    hold: Hold = 15.0,
    seed: Chance = 0,
    processes: Processes = 1,
    check: Check = True,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say how many players a server holds, and what gave way first."""
    with _extra():
        from taleforge.ops import capacity as cap
    if bool(reports) == bool(server):
        raise BadInput("Capacity comes from a server or from reports.", "Give --server URL, or the files of reports.")
    if reports:
        found = [_kept(file) for file in reports]
    else:
        with _extra():
            from taleforge.ops.load.plan import Plan
            from taleforge.ops.load.steps import step_up
        key = _key_of(context, server, data)
        plan = Plan(server, key, tables, seats, per_table, ramp, hold, seed, check, processes)
        found = step_up(plan, first, within, lambda made: _progress(made, within))
    summed = cap.summed_up(found, within)
    if as_json:
        print_json(summed)
    else:
        _print(cap.text(summed))


@contextmanager
def _extra() -> Generator[None]:
    try:
        yield
    except ImportError as error:
        raise Misconfigured(
            f"Loading a server needs parts that are not installed ({error.name}).",
            "pip install 'taleforge[server,load]'",
        ) from error


def _key_of(context: typer.Context, server: str, data: Path | None) -> str:
    from taleforge.terminal.cli.remote import KEY_VARIABLE, key_for

    key = key_for(server, settings_of(context, data).data.folder)
    if not key:
        raise BadInput(
            "A load test lays tables, and nothing says that you may.",
            f"Put a key with the scopes host and play into {KEY_VARIABLE}, or give the server's folder with --data.",
        )
    return key


def _keep(file: Path, report: "Report") -> None:
    import msgspec

    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.", "Choose another place.") from error


def _kept(file: Path) -> "Report":
    import msgspec

    from taleforge.ops.load.report import Report

    try:
        return msgspec.json.decode(file.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"{file} is no report of a load test: {error}.", "Make one with load --report.") from error


def _progress(report: "Report", within: float) -> None:
    from taleforge.ops.capacity import judged

    step = judged(report, within)
    typer.echo(f"{step.players} players: p99 {step.p99:.1f} ms, {'fine' if step.held else step.limit}", err=True)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
