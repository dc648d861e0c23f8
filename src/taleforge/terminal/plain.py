"""The line-oriented client for pipes, screen readers and small screens: lines in, lines out, nothing else.

Never moves a cursor, clears or colours anything. All that can be done in the full-screen client can be done here.
"""

import asyncio
import contextlib
import textwrap
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from taleforge.errors import TaleforgeError
from taleforge.terminal.lines import Line, line
from taleforge.terminal.lobby import Lobby
from taleforge.terminal.plainly import plainly
from taleforge.terminal.session import Session, went_back
from taleforge.terminal.sights import menu_lines, turn_text
from taleforge.terminal.words import Words

Read = Callable[[], Awaitable[str | None]]
Write = Callable[[str], None]

QUIET, BRIEFLY = 0.4, 0.05
"""Seconds without news after which the table counts as quiet: while something is still to be told, and otherwise."""
PATIENCE: Final = 10.0
"""Seconds to wait for others' turns before the player is asked again anyway."""
SHOWN: Final = 200
"""Characters of a line from a pipe that are shown again."""
_OPENED: Final = {"scene": "\n== {} ==", "turn": "\n-- {} --", "own": "> {}", "question": "? {}", "refusal": "! {}",
                  "ending": "\n*** {} ***"}  # fmt: skip


class Printer:
    """Writes lines of the story as text, wrapped to a width (0: not at all, for pipes and screen readers)."""

    def __init__(self, write: Write, *, width: int = 0, ascii_only: bool = False) -> None:
        self._write = write
        self._width = width
        self._ascii = ascii_only

    def show(self, lines: Sequence[Line], numbers: Callable[[Line], int] = lambda _: 0) -> None:
        """Write lines; a roll gets the number by which "why" finds it."""
        for one in lines:
            number = numbers(one)
            text = _OPENED.get(one.kind, "{}").format(one.text) + (f"   [{number}]" if number else "")
            self.say(text, fold=one.kind in {"prose", "speech", "event", "ending"})

    def say(self, text: str, *, fold: bool = False) -> None:
        """Write one text, folded at spaces when it is prose and there is a width."""
        text = plainly(text, ascii_only=self._ascii)
        self._write(textwrap.fill(text, self._width) if fold and self._width else text)


class Plain:
    """One evening by lines. `interactive` says whether somebody sits at a keyboard: then there is a prompt.

    For a pipe, what is heard between two lines is put in the order of the facts it tells, prose after its facts, so
    that the same evening always reads the same however long the narrator takes.
    """

    def __init__(self, read: Read, printer: Printer, words: Words, *, interactive: bool) -> None:
        self._read = read
        self._printer = printer
        self._words = words
        self._interactive = interactive
        self._shown_turn = 0
        self._held: list[Line] = []
        self._heard = asyncio.Event()

    async def welcome(self, lobby: Lobby) -> bool:
        """Lead through the lobby; whether a table was reached before the lines ended."""
        await lobby.begin()
        while not lobby.done:
            lobby.refresh()
            self._printer.say(f"? {lobby.title}")
            for number, offer in enumerate(lobby.offers, 1):
                self._printer.say(f"{number:>3} {offer.text}" + (f", {offer.note}" if offer.note else ""))
                if offer.detail:
                    self._printer.say(f"    {offer.detail}", fold=True)
            answer = await self._ask()
            if answer is None or answer.strip() == "quit":
                return False
            await self._choose(lobby, answer.strip())
        return True

    async def _choose(self, lobby: Lobby, answer: str) -> None:
        known = {str(number): offer.key for number, offer in enumerate(lobby.offers, 1)}
        known |= {offer.key: offer.key for offer in lobby.offers}
        if answer not in known:
            self._printer.say("! " + self._words.say("lobby/pick", last=len(lobby.offers)))
            return
        try:
            await lobby.choose(known[answer])
        except TaleforgeError as error:
            self._printer.say(f"! {error}")

    async def play(self, session: Session) -> None:
        """Play until the player leaves or the lines end."""
        listening = asyncio.create_task(self._listen(session))
        try:
            self._printer.show(session.opening())
            await self._settle(session)
            while not session.ended:
                self._offer(session)
                text = await self._ask()
                if text is None:
                    break
                answered = await session.enter(text)
                # A question is shown with its answers, by `_offer`.
                self._printer.show([one for one in answered if one.kind != "question"], session.number_of)
                await self._settle(session)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, session: Session) -> None:
        async for update in session.updates:
            heard = session.hear(update)
            if (to := went_back(update)) is not None:
                self._held = [one for one in self._held if one.stands(to)]
            self._held += heard
            self._heard.set()
            if self._interactive:
                self._release(session)

    def _release(self, session: Session) -> None:
        held, self._held = self._held, []
        self._printer.show(sorted(held, key=_place_in_time), session.number_of)

    async def _settle(self, session: Session) -> None:
        """Wait until nothing more comes by itself: the table is quiet, and it is not somebody else's turn."""
        waited = 0.0
        while waited < PATIENCE:
            self._heard.clear()
            quiet = QUIET if session.untold else BRIEFLY
            try:
                await asyncio.wait_for(self._heard.wait(), quiet)
            except TimeoutError:
                waited += quiet
                if not _others_turn(session):
                    break
        self._release(session)

    def _offer(self, session: Session) -> None:
        """Show what can be picked when the player has to know: a question, an aim, the beginning of their turn."""
        view = session.view
        turn = view.fight.turn if view.fight else 0
        if session.menu.kind != "options":
            self._printer.show(menu_lines(session.menu, self._words))
        elif view.fight and turn != self._shown_turn and view.options:
            self._printer.show([line("turn", self._words.say("ui/your_turn", left=turn_text(view, self._words)))])
            self._printer.show(menu_lines(session.menu, self._words))
            self._shown_turn = turn

    async def _ask(self) -> str | None:
        if self._interactive:
            print("> ", end="", flush=True)  # noqa: T201  # a prompt stays on its line
        text = await self._read()
        if text is not None and not self._interactive:
            self._printer.say(f"> {text[:SHOWN]}")
        return text


def _place_in_time(one: Line) -> tuple[int, bool]:
    return one.v, one.kind == "prose"


def _others_turn(session: Session) -> bool:
    view = session.view
    if view.fight is None or view.decisions or view.table.status != "playing":
        return False
    return all(not slot.active or view.you is None or slot.crt != view.you.id for slot in view.fight.order)
