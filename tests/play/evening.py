"""A whole evening through the real doors: a house on disk, the client, the line-oriented terminal, and a player.

The player knows what they want by the words of the list, as a person does; in a fight they hit whoever is likeliest.
"""

import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import shake_256
from pathlib import Path

from taleforge.bootstrap import build
from taleforge.messages.ids import CountingIds
from taleforge.settings import Settings, load
from taleforge.terminal.choices import Menu
from taleforge.terminal.cli.local import LocalHouse
from taleforge.terminal.lobby import Lobby, Wishes
from taleforge.terminal.plain import Plain, Printer
from taleforge.terminal.session import Session
from taleforge.terminal.words import words

MOST_LINES = 150
"""Lines after which an evening that has not ended counts as stuck."""


def settings(folder: Path) -> Settings:
    return load({}, {"data.folder": str(folder), "store.fsync": "false"}, None)


class Chance:
    """Bytes that are the same each time."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def __call__(self, count: int) -> bytes:
        """Return the next bytes."""
        self._drawn += 1
        return shake_256(f"{self._seed}/{self._drawn}".encode()).digest(count)


class Player:
    """Somebody with a plan: each step is a pattern of a choice's words, or of words to type after a `>`.

    A step that is not offered is skipped when it ends with `?`; anything else that is not offered fails the evening.
    """

    def __init__(self, plan: Sequence[str]) -> None:
        self.plan = list(plan)
        self.session: Session | None = None
        self.typed: list[str] = []
        self._walked = 0

    async def __call__(self) -> str | None:
        """Return what the player types next; None when the plan is done."""
        session = self.session
        assert session is not None
        if session.view.table.status == "closed" or len(self.typed) > MOST_LINES:
            return None
        line = self._line(session, session.menu)
        if line is not None:
            self.typed.append(line)
        return line

    def _line(self, session: Session, menu: Menu) -> str | None:
        if menu.kind == "decision":
            return "1"
        if menu.kind in {"targets", "slots"}:
            return "1"
        if session.view.fight is not None:
            return self._fight(menu, session.view.fight.turn)
        while self.plan:
            step = self.plan.pop(0)
            if step.startswith(">"):
                return step.removeprefix(">").strip()
            pattern = step.removesuffix("?")
            for number, choice in enumerate(menu.choices, 1):
                if re.search(pattern, choice.text, re.IGNORECASE):
                    return str(number)
            if not step.endswith("?"):
                offered = "\n".join(choice.text for choice in menu.choices)
                raise AssertionError(f"“{pattern}” is not offered:\n{offered}")
        return None

    def _fight(self, menu: Menu, turn: int) -> str:
        """Hit whoever can be hit, else walk once, else end the turn."""
        wanted = ["attack"] if turn == self._walked else ["attack", "move"]
        for kind in wanted:
            for number, choice in enumerate(menu.choices, 1):
                if choice.group == kind:
                    self._walked = turn if kind == "move" else self._walked
                    return str(number)
        return "end"


async def evening(folder: Path, seed: str, wishes: Wishes, player: Player) -> tuple[list[str], Session]:
    """Play until the plan is done or the tale has ended; returns what was written, and the session."""
    written: list[str] = []
    chance = Chance(f"{seed} {wishes.resume}")
    ids = None if wishes.resume else CountingIds(sum(seed.encode()))  # ids of commands must never come twice
    async with build(settings(folder), chance=chance, ids=ids) as house, AsyncExitStack() as stack:
        lobby = Lobby(LocalHouse(house, stack), words(), wishes)
        plain = Plain(player, Printer(written.append), words(), interactive=False)
        assert await plain.welcome(lobby)
        assert lobby.door is not None
        player.session = Session(lobby.door, words(), fresh=lobby.fresh)
        await plain.play(player.session)
        return written, player.session
