"""Views of the bundled adventure, made by the table itself: its taproom, its cellar, and a fight down there."""

import hashlib
from functools import cache

from taleforge.messages.commands import CommandData, Ready, Sit, UseOption, command
from taleforge.messages.ids import CountingIds
from taleforge.messages.views import SeatView
from taleforge.rules.dice import ProvableDice, commitment, salt_for
from taleforge.table import Context, State, automatic, decide, fold, open_table, view
from taleforge.world.library import load_content
from taleforge.world.scene import Content

SEED = hashlib.sha256(b"a table's seed").digest()
SEAT = "seat_00000000000000000000000001"
TABLE = "tbl_00000000000000000000000001"
NOW = "2026-11-20T20:00:00.000Z"


@cache
def _content() -> Content:
    return load_content()


class Play:
    """One player at a table of the bundled adventure; commands go straight to the table."""

    def __init__(self, pregen: str) -> None:
        """Open the table and sit down."""
        self._ids = CountingIds()
        self.state = State(id=TABLE)
        salt = salt_for(TABLE, ()).hex()
        opened = open_table(
            TABLE, "bell_beneath", self._context(), space="spc_x", campaign="cmp_x",
            commitment=commitment(SEED).hex(), salt=salt, house_rules=None,
        )  # fmt: skip
        self.state = fold(opened, self.state)
        self.last: set[str] = set()
        self.do(Sit(pregen, "Ann"))
        self.do(Ready())

    def _context(self) -> Context:
        salt = bytes.fromhex(self.state.dice.salt) if self.state.dice.salt else b""
        return Context(ProvableDice(SEED, salt, self.state.dice.nonce), NOW, self._ids, _content())

    def do(self, data: CommandData) -> None:
        """Send a command, and let the table act until the player is asked again."""
        self._send(data, SEAT)
        while (own := automatic(self.state)) is not None:
            self._send(own, "")

    def _send(self, data: CommandData, seat: str) -> None:
        decided = decide(self.state, command(self._ids("cmd"), seat, data), self._context())
        self.state = decided.state
        self.last = {event.name for event in decided.events}

    def view(self) -> SeatView:
        """Return what the player sees."""
        return view(self.state, SEAT)


def _in_the_cellar(pregen: str) -> Play:
    play = Play(pregen)
    for _ in range(40):
        if "door.changed" in play.last:
            break
        play.do(UseOption("do:force_cellar"))
    for option, target in (("go:", ("stairwell",)), ("go:", ("stairs_down",)), ("do:go_down", ())):
        play.do(UseOption(option, target))
    return play


@cache
def real_view(name: str) -> SeatView:
    """Return a view of the bundled adventure by its name in the corpus."""
    if name == "bell_taproom":
        return Play("tamsin").view()
    play = _in_the_cellar("hedda" if name == "bell_fight" else "marrick")
    if name == "bell_fight":
        foe = next(crt for crt, other in play.view().others.items() if "lantern" in other.name)
        play.do(UseOption("act:warhammer", (foe,)))
    return play.view()
