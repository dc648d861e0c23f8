"""`taleforge admin …`: people, keys and tables of a space, for whoever runs the server.

Goes through the running server where there is one, and else to the store itself: with SQLite only one process writes.
Passwords come from a prompt or a file, never from an argument, which others could read.
"""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from taleforge.errors import BadInput, Misconfigured
from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.ops.admin import Ask, Office, Row
    from taleforge.settings import Settings

ADMIN = """Look after people, keys and tables.

\b
Works on the store of the settings, or through the server that has it open: on this machine with the local token,
elsewhere with --server and an administrator's key in TALEFORGE_KEY. Each command takes --json.
Examples:
  taleforge admin make ann@example.org --admin
  taleforge admin people --json
  taleforge admin disable bob@example.org --reason "asked to leave" --yes
  taleforge admin key ann@example.org --name bot --scope read --scope play
  taleforge admin shut tbl_01k9
"""

admin = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=ADMIN,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

Server = Annotated[str, typer.Option("--server", metavar="URL", help="A running server, as http://127.0.0.1:8000.")]
Who = Annotated[str, typer.Argument(metavar="PERSON", help="An id or an e-mail address.")]
Table = Annotated[str, typer.Argument(metavar="TABLE", help="A table's id.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")]
Secret = Annotated[Path | None, typer.Option("--password-file", metavar="FILE", help="Its first line is the password.")]
Work = Callable[["Office"], Awaitable[Any]]

_PEOPLE: Final = ("id", "name", "email", "admin", "guest", "created", "forgotten")
_KEYS: Final = ("id", "name", "scopes", "created", "expires", "revoked")
_TABLES: Final = ("id", "title", "status", "events", "updated_at")
_SPACES: Final = ("id", "name", "created")
_USAGE: Final = ("resource", "amount", "entries")
_AUDIT: Final = ("at", "who", "by", "did", "whom", "table", "detail")


@admin.command("people")
def people(context: typer.Context, server: Server = "", data: Data = None, as_json: Json = False) -> None:
    """List everybody, the newest first."""
    _list(context, lambda office: office.people(), _PEOPLE, (server, data), as_json=as_json)


@admin.command("make")
def make(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address to log in with.")],
    name: Annotated[str, typer.Option("--name", help="How others see them.")] = "",
    steward: Annotated[bool, typer.Option("--admin", help="An administrator of the space.")] = False,
    password_file: Secret = None,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make an account, an administrator's with --admin."""
    secret = _password(password_file)
    made = _do(context, lambda office: office.make(email, secret, name, admin=steward), (server, data))
    _say(made, f"Made {made['id']} for {email}.", as_json=as_json)


@admin.command("password")
def password(
    context: typer.Context,
    person: Who,
    password_file: Secret = None,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give an account another password; its sessions end."""
    secret = _password(password_file)
    known = _do(context, lambda office: office.set_password(person, secret), (server, data))
    _say(known, f"{known['id']} has another password.", as_json=as_json)


@admin.command("disable")
def disable(
    context: typer.Context,
    person: Who,
    reason: Annotated[str, typer.Option("--reason", help="For the other administrators.")] = "",
    yes: Yes = False,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep somebody out: every token, key and session of theirs ends."""
    _confirm(f"Keep {person} out", yes=yes)
    ban = _do(context, lambda office: office.disable(person, reason), (server, data))
    _say(ban, f"{person} is kept out.", as_json=as_json)


@admin.command("enable")
def enable(context: typer.Context, person: Who, server: Server = "", data: Data = None, as_json: Json = False) -> None:
    """Let somebody in again who was kept out."""
    known = _do(context, lambda office: office.enable(person), (server, data))
    _say(known, f"{person} may come in again.", as_json=as_json)


@admin.command("delete")
def delete(
    context: typer.Context, person: Who, yes: Yes = False, server: Server = "", data: Data = None, as_json: Json = False
) -> None:
    """Forget somebody for ever: name, address, password, characters and every token."""
    _confirm(f"Forget {person} for ever", yes=yes)
    known = _do(context, lambda office: office.forget(person), (server, data))
    _say({"id": known["id"]}, f"{known['id']} is forgotten.", as_json=as_json)


@admin.command("keys")
def keys(context: typer.Context, person: Who, server: Server = "", data: Data = None, as_json: Json = False) -> None:
    """List somebody's API keys; not their secrets."""
    _list(context, lambda office: office.keys(person), _KEYS, (server, data), as_json=as_json)


@admin.command("key")
def key(
    context: typer.Context,
    person: Who,
    name: Annotated[str, typer.Option("--name", help="What it is for.")],
    scope: Annotated[list[str], typer.Option("--scope", help="play, read, studio, host or admin; several times.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="How long it holds; for ever without.")] = None,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make an API key for somebody; it is shown this once."""
    made = _do(context, lambda office: office.issue(person, name, scope, days), (server, data))
    _say(made, made["key"], as_json=as_json)


@admin.command("revoke")
def revoke(
    context: typer.Context,
    person: Who,
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The id of the key.")],
    yes: Yes = False,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Revoke an API key of somebody."""
    _confirm(f"Revoke {key_id}", yes=yes)
    _do(context, lambda office: office.revoke(person, key_id), (server, data))
    _say({"id": key_id, "revoked": True}, f"{key_id} is revoked.", as_json=as_json)


@admin.command("tables")
def tables(context: typer.Context, server: Server = "", data: Data = None, as_json: Json = False) -> None:
    """List the tables and how many events each has, the last played first."""
    _list(context, lambda office: office.tables(), _TABLES, (server, data), as_json=as_json)


@admin.command("shut")
def shut(
    context: typer.Context,
    table: Table,
    yes: Yes = False,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Close a table: every seat token and invite ends, and its streams. The log stays."""
    _confirm(f"Shut {table}", yes=yes)
    done = _do(context, lambda office: office.shut(table), (server, data))
    _say({"table": table, **done}, f"{table} is shut; {done['revoked']} seat tokens were taken back.", as_json=as_json)


@admin.command("unseat")
def unseat(
    context: typer.Context,
    table: Table,
    seat: Annotated[str, typer.Argument(metavar="SEAT", help="A seat's id.")],
    yes: Yes = False,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take back every token of a seat, and end its streams."""
    _confirm(f"Take back the tokens of {seat}", yes=yes)
    done = _do(context, lambda office: office.unseat(table, seat), (server, data))
    _say(done, f"The tokens of {seat} are taken back.", as_json=as_json)


@admin.command("spaces")
def spaces(context: typer.Context, server: Server = "", data: Data = None, as_json: Json = False) -> None:
    """List the spaces beside the server's own."""
    _list(context, lambda office: office.spaces(), _SPACES, (server, data), as_json=as_json)


@admin.command("space")
def space(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the club, school or studio is called.")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address of its first administrator.")],
    password_file: Secret = None,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Open a space with its first administrator, whose key is shown this once."""
    secret = _password(password_file)
    made = _do(context, lambda office: office.open_space(name, email, secret), (server, data))
    _say(made, f"Opened {made['id']} for {email}.\n{made['key']}", as_json=as_json)


@admin.command("usage")
def usage(context: typer.Context, server: Server = "", data: Data = None, as_json: Json = False) -> None:
    """Say what was used in the last thirty days, by resource."""
    _list(context, lambda office: office.usage(), _USAGE, (server, data), as_json=as_json)


@admin.command("audit")
def audit(
    context: typer.Context,
    most: Annotated[int, typer.Option("--most", min=1, help="How many lines.")] = 50,
    server: Server = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say who did what, the newest first."""
    _list(context, lambda office: office.audit(most), _AUDIT, (server, data), as_json=as_json)


def _list(
    context: typer.Context, work: Work, names: Sequence[str], where: tuple[str, Path | None], *, as_json: bool
) -> None:
    from taleforge.ops.admin import columns

    rows: list[Row] = _do(context, work, where)
    if as_json:
        print_json({"items": rows})
        return
    for line in columns(rows, names):
        typer.echo(line)


def _do(context: typer.Context, work: Work, where: tuple[str, Path | None]) -> Any:
    server, data = where
    return run(_asked(settings_of(context, data), server, work))


async def _asked(settings: "Settings", server: str, work: Work) -> Any:
    """Do some work at a server, or within this process where nobody else has the store open."""
    from taleforge.errors import StoreBusy
    from taleforge.ops.admin import Office

    if server:
        return await work(Office(_remote(server, settings)))
    try:
        from taleforge.api.inside import inside
    except ImportError as error:
        raise Misconfigured(
            f"This needs parts that are not installed ({error.name}).", "pip install 'taleforge[server]'"
        ) from error
    from taleforge.telemetry import logging_to

    with logging_to(settings.log):
        try:
            async with inside(settings) as ask:
                return await work(Office(ask))
        except StoreBusy:
            return await work(Office(_remote(_usual(settings), settings)))


def _usual(settings: "Settings") -> str:
    """Return where a server with these settings answers."""
    host = settings.serve.host
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.serve.port}"


def _remote(address: str, settings: "Settings") -> "Ask":
    from taleforge.client.server import Server as Client
    from taleforge.terminal.cli.remote import KEY_VARIABLE, key_for

    key = key_for(address, settings.data.folder)
    if not key:
        raise BadInput(
            f"The server at {address} has the store open, and nothing says that you may administer it.",
            f"Put an administrator's key into {KEY_VARIABLE}, or stop the server and try again.",
        )
    return Client(address, key).call


def _password(file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"{file} cannot be read: {error}.", "Name a file whose first line is the password."
            ) from error
    if not sys.stdin.isatty():
        raise BadInput("There is nobody to ask for a password.", "Give --password-file.")
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(f"{question}? There is nobody to ask.", "Give --yes if it is meant.")
    typer.confirm(f"{question}?", abort=True)


def _say(row: "Row", sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        typer.echo(sentence)
