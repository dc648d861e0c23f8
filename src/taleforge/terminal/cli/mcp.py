"""`taleforge mcp`: a seat for somebody's own agent, over stdio, or seats for many over HTTP.

Over stdio it is a client of the server that runs, or of the data folder when none does. Judges no command.
"""

import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from taleforge.errors import BadInput, Misconfigured, Unavailable
from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.mcp.agent import Door
    from taleforge.mcp.agents import Agents, OpenDoor
    from taleforge.settings import Settings
    from taleforge.terminal.cli.local import LocalHouse
    from taleforge.terminal.cli.remote import RemoteHouse

MCP = """Offer a seat to an agent, by the Model Context Protocol.

\b
Over stdio, for an agent that starts this itself: the seat of an invite, of a save, or of a new table. With --http for
agents that bring the token of a seat with each call.
Examples:
  taleforge mcp --server https://tables.example.org --code ABCDEF
  taleforge mcp --table last
  taleforge mcp --http
"""
PATIENCE = 10.0
"""Seconds in which a table has to let a seat in."""


class _Wish(NamedTuple):
    """Which seat an agent over stdio is given."""

    code: str
    table: str
    adventure: str
    name: str


def mcp(
    context: typer.Context,
    http: Annotated[bool, typer.Option("--http", help="Serve over HTTP, at mcp.host and mcp.port.")] = False,
    server: Annotated[str, typer.Option(metavar="URL", help="The table server, instead of the one here.")] = "",
    code: Annotated[str, typer.Option(metavar="CODE", help="Follow an invite: its six letters or link token.")] = "",
    table: Annotated[str, typer.Option(metavar="SAVE", help="Sit down at a save again: its id, or `last`.")] = "",
    adventure: Annotated[str, typer.Option(metavar="ID", help="Begin this adventure.")] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="The agent's name, for an invite.")] = "Agent",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Serve an agent until it goes; over HTTP, until SIGTERM or SIGINT."""
    if server:
        context.obj = (*(context.obj or ()), f"mcp.server={server}")
    settings = settings_of(context, data)
    if http and (code or table or adventure):
        raise BadInput("Over HTTP each call brings the token of its seat.", "Leave out --code, --table, --adventure.")
    from taleforge.telemetry import logging_to

    with logging_to(settings.log):
        run(_serve_http(settings, as_json=as_json) if http else _serve(settings, _Wish(code, table, adventure, name)))


async def _serve(settings: "Settings", wish: _Wish) -> None:
    """Serve over stdio."""
    _need_parts()
    from taleforge.mcp.server import serve_stdio

    async with AsyncExitStack() as stack:
        agents = _agents(settings, lambda _, opened: _sit(settings, wish, opened), stack)
        await serve_stdio(agents)


async def _serve_http(settings: "Settings", *, as_json: bool) -> None:
    _need_parts()
    from taleforge.mcp.http import PATH, Web, listen, make_app

    chosen = settings.mcp
    async with AsyncExitStack() as stack:
        agents = _agents(settings, tokens(address_of(settings)), stack)
        listening = stack.enter_context(listen(chosen.host, chosen.port))
        host, port = listening.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"

        def started() -> None:
            if as_json:
                print_json({"address": address})
            else:
                typer.echo(f"Taleforge serves agents at {address}.")
            sys.stdout.flush()

        app = make_app(agents, _listed(chosen.hosts), _listed(chosen.origins))
        await Web(app, started).serve([listening])


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _need_parts() -> None:
    """Raise Misconfigured where the extra is not installed."""
    from importlib import import_module

    try:
        import_module("taleforge.mcp.http")
    except ImportError as error:
        raise Misconfigured(
            f"Agents need parts that are not installed ({error.name}).", "pip install 'taleforge[mcp]'"
        ) from error


def _agents(settings: "Settings", open_door: "OpenDoor", stack: AsyncExitStack) -> "Agents":
    from taleforge.mcp.agents import Agents
    from taleforge.terminal.words import words

    agents = Agents(open_door, words(settings.locale))
    stack.push_async_callback(agents.close)
    return agents


def address_of(settings: "Settings") -> str:
    """Return where the table server is: the one that is named, or the one of this machine's settings."""
    host = settings.serve.host if settings.serve.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104  # compared
    return settings.mcp.server or f"http://{host}:{settings.serve.port}"


def tokens(address: str) -> "OpenDoor":
    """Return what opens the seats of tokens at a server."""
    from taleforge.client.ids import NewIds
    from taleforge.client.server import Server

    server, ids = Server(address), NewIds()

    async def opened(token: str, stack: AsyncExitStack) -> "Door":
        from asyncio import timeout

        from taleforge.terminal.cli.remote import RemoteDoor

        seat = await server.seat_of(token)
        client = server.client(seat, ids)
        door = RemoteDoor(client, server, seat, lambda _: None)
        stack.push_async_exit(client)
        try:
            async with timeout(PATIENCE):
                await client.__aenter__()
        except TimeoutError as error:
            raise Unavailable(f"The table server {address} lets nobody in now.", "Try again in a moment.") from error
        return door

    return opened


async def _sit(settings: "Settings", wish: _Wish, stack: AsyncExitStack) -> "Door":
    """Return the seat that was wished for."""
    house = await _house(settings, wish, stack)
    if wish.adventure:
        return await house.lay(wish.adventure)
    saves = await house.saves()
    known = wish.table and wish.table != "last"
    if known or saves:
        return await house.resume(wish.table if known else saves[0].id)
    if wish.table:
        raise BadInput("There is no save yet.", "Leave out --table to begin anew.")
    stories = await house.stories()
    return await house.lay(stories[0].id)


async def _house(settings: "Settings", wish: _Wish, stack: AsyncExitStack) -> "LocalHouse | RemoteHouse":
    """Return the tables of the server that is named or runs here, or else those of the data folder."""
    from taleforge.bootstrap import build, writer_of

    folder = settings.data.folder
    if settings.mcp.server or wish.code or settings.store.url or writer_of(folder) is not None:
        from taleforge.terminal.cli.remote import RemoteHouse, check_code, reach

        code = check_code(wish.code) if wish.code else ""
        return RemoteHouse(reach(address_of(settings), folder), folder, stack, code, wish.name)
    from taleforge.terminal.cli.local import LocalHouse

    return LocalHouse(await stack.enter_async_context(build(settings)), stack)
