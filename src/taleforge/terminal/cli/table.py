"""`taleforge play` and `taleforge replay`: sit down at a table, or hear again what happened at one.

Chooses between the full-screen client and plain lines, and makes sure that leaving at any moment says how to come back.
What is played is kept by the house, not here.
"""

import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from taleforge.errors import BadInput
from taleforge.terminal.cli.output import Data, Json, Seed, run, settings_of, wants_ascii

if TYPE_CHECKING:
    import asyncio

    from taleforge.bootstrap import Tale
    from taleforge.settings import Settings
    from taleforge.terminal.door import House
    from taleforge.terminal.lobby import Lobby, Wishes
    from taleforge.terminal.plain import Plain as LineClient
    from taleforge.terminal.words import Words

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""

PLAY = """Sit down and play.

\b
Examples:
  taleforge play
  taleforge play --resume last
  taleforge play --plain --character tamsin --companion oswin
  echo "look" | taleforge play --plain --seed demo --character tamsin --companion alone
  taleforge play --server https://tables.example.org --code ABCDEF
"""

REPLAY = """Tell a table again, from a save or a .tale file.

\b
Examples:
  taleforge replay last
  taleforge replay evening.tale --to 60
  taleforge replay last --step
"""

Plain = Annotated[bool, typer.Option("--plain", help="Lines in, lines out: for pipes and screen readers.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Show nothing but ASCII.")]


def play(
    context: typer.Context,
    plain: Plain = False,
    ascii_only: Ascii = False,
    resume: Annotated[str, typer.Option(metavar="SAVE", help="Go on with a save: its id, or `last`.")] = "",
    adventure: Annotated[str, typer.Option(metavar="ID", help="Begin this adventure.")] = "",
    character: Annotated[str, typer.Option(metavar="ID", help="Begin as this character.")] = "",
    companion: Annotated[str, typer.Option(metavar="ID", help="Bring a companion, or `alone`.")] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="Your own name at the table.")] = "",
    server: Annotated[str, typer.Option(metavar="URL", help="Play at a table server instead.")] = "",
    code: Annotated[str, typer.Option(metavar="CODE", help="The six letters of an invite to its table.")] = "",
    seed: Seed = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Play until the player leaves; with `--json` the last line says which table it was."""
    from taleforge.terminal.lobby import Wishes

    if seed is not None and resume:
        raise BadInput("A save keeps the dice it began with.", "Leave out --seed, or begin anew without --resume.")
    if seed is not None and server:
        raise BadInput("A server rolls its own dice.", "Leave out --seed or --server.")
    if code and not server:
        raise BadInput("A code is of a table at a server.", "Say which one by --server.")
    wishes = Wishes("last" if code else resume, adventure, character, companion, name, new=seed is not None)
    place = _Place(server, code, seed)
    evening = _Evening(settings_of(context, data), wishes, place, plain=plain, ascii_only=ascii_only or wants_ascii())
    run(evening.run())
    evening.farewell(as_json=as_json)
    if evening.interrupted:
        raise typer.Exit(INTERRUPTED)


class _Place(NamedTuple):
    """Where an evening is played: in this process, or at a server, by an invite if there is one."""

    server: str
    code: str
    seed: str | None


class _Evening:
    """One sitting at this keyboard."""

    def __init__(self, settings: "Settings", wishes: "Wishes", place: _Place, *, plain: bool, ascii_only: bool) -> None:
        self.interrupted = False
        self._settings = settings
        self._wishes = wishes
        self._place = place
        self._full = not plain and sys.stdin.isatty() and sys.stdout.isatty()
        self._ascii = ascii_only
        self._lobby: Lobby | None = None

    async def run(self) -> None:
        """Open the house, play, and close it again whatever happens."""
        from taleforge.telemetry import logging_to
        from taleforge.terminal.lobby import Lobby
        from taleforge.terminal.words import words

        said = words(self._settings.locale)
        with logging_to(self._logging()):
            async with AsyncExitStack() as stack:
                self._lobby = Lobby(await self._house(stack), said, self._wishes)
                await (self._screen(said) if self._full else self._lines(said))

    async def _house(self, stack: AsyncExitStack) -> "House":
        """Return where tables are laid; `stack` closes it."""
        place, folder = self._place, self._settings.data.folder
        if place.server:
            from taleforge.terminal.cli.remote import RemoteHouse, check_code, reach

            code = check_code(place.code) if place.code else ""
            return RemoteHouse(reach(place.server, folder), folder, stack, code, self._wishes.name)
        from taleforge.bootstrap import build
        from taleforge.terminal.cli.local import LocalHouse

        return LocalHouse(await stack.enter_async_context(build(self._settings, **_chance(place.seed))), stack)

    def _logging(self) -> Any:
        """Keep log lines off the screen that is played on: into a file of the data folder."""
        import msgspec

        log = self._settings.log
        if log.file is not None or not sys.stderr.isatty():
            return log
        return msgspec.structs.replace(log, file=self._settings.data.folder / "play.log")

    async def _screen(self, said: "Words") -> None:
        from taleforge.terminal.app import Tale

        assert self._lobby is not None
        app = Tale(self._lobby, said, ascii_only=self._ascii)
        await app.run_async()
        self.interrupted = app.interrupted

    async def _lines(self, said: "Words") -> None:
        import asyncio

        from taleforge.terminal.plain import Plain, Printer
        from taleforge.terminal.stdin import Lines

        width = min(os.get_terminal_size().columns, 100) if sys.stdout.isatty() else 0
        printer = Printer(typer.echo, width=width, ascii_only=self._ascii)
        playing = asyncio.create_task(
            self._play_lines(Plain(Lines().read, printer, said, interactive=sys.stdin.isatty()), said)
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupt, playing)
        try:
            await playing
        except asyncio.CancelledError:
            if not self.interrupted:
                raise

    async def _play_lines(self, plain: "LineClient", said: "Words") -> None:
        from taleforge.terminal.session import Session

        lobby = self._lobby
        assert lobby is not None
        if await plain.welcome(lobby) and lobby.door is not None:
            await plain.play(Session(lobby.door, said, fresh=lobby.fresh, player=lobby.player))

    def _interrupt(self, playing: "asyncio.Task[None]") -> None:
        self.interrupted = True
        playing.cancel()

    def farewell(self, *, as_json: bool) -> None:
        """Say how to come back."""
        from taleforge.terminal.cli.output import print_json
        from taleforge.terminal.words import words

        door = self._lobby.door if self._lobby is not None else None
        view = door.view if door is not None else None
        if as_json:
            shape = {"table": view.table.id, "status": view.table.status, "version": view.version} if view else {}
            print_json({"table": None, "status": None, "version": 0, **shape})
        elif door is not None and view is not None:
            code = "ui/farewell_over" if view.table.status == "closed" else "ui/farewell"
            typer.echo(words(self._settings.locale).say(code, again=door.again))


def _chance(seed: str | None) -> dict[str, Any]:
    """Return what takes the place of chance and ids when the dice are to be the same each time."""
    if seed is None:
        return {}
    import hashlib

    from taleforge.messages.ids import CountingIds

    first = hashlib.sha256(seed.encode()).digest()
    drawn = 0

    def chance(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(first + drawn.to_bytes(8, "big")).digest(count)

    return {"chance": chance, "ids": CountingIds(int.from_bytes(first[:8], "big"))}


def replay(
    context: typer.Context,
    save: Annotated[str, typer.Argument(metavar="SAVE", help="A .tale file, or a save: its id, or `last`.")],
    to: Annotated[int | None, typer.Option("--to", metavar="V", help="Stop after version V of the table.")] = None,
    step: Annotated[bool, typer.Option("--step", help="Wait for Enter after each moment.")] = False,
    ascii_only: Ascii = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Tell what the host's seat heard, moment by moment; with `--json` one object for each."""
    from taleforge.bootstrap import read_file, retell
    from taleforge.terminal.cli.output import print_json
    from taleforge.terminal.plain import Printer
    from taleforge.terminal.retelling import moments
    from taleforge.terminal.words import words

    settings = settings_of(context, data)
    tale = read_file(Path(save)) if Path(save).is_file() else run(_tale(settings, save))
    printer = Printer(typer.echo, ascii_only=ascii_only or wants_ascii())
    for moment in moments(retell(tale), words(settings.locale), to):
        if as_json:
            print_json({"v": moment.v, "event": moment.event, "lines": [one.text for one in moment.lines]})
            continue
        printer.show(moment.lines)
        if step and moment.lines and not sys.stdin.readline():
            break


async def _tale(settings: "Settings", save: str) -> "Tale":
    """Read a save, beside whoever plays it."""
    from taleforge.bootstrap import browse, read_save
    from taleforge.terminal.cli.house import find_save

    table = await find_save(settings, save)
    async with browse(settings) as store:
        return await read_save(store, table)
