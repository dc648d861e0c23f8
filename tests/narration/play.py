"""The bundled adventure played by lot, and the Briefs it gives: what the tests of narration read aloud."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from taleforge.messages import commands as cmd
from taleforge.messages.brief import Brief
from taleforge.messages.commands import CommandData, Refused
from taleforge.messages.ids import CountingIds
from taleforge.messages.views import SeatView
from taleforge.rules.dice import ProvableDice, commitment, salt_for
from taleforge.table import Context, State, automatic, decide, fold, open_table
from taleforge.table.brief import briefs
from taleforge.world.library import load_content
from taleforge.world.scene import Content
from tests.table.game import GUEST, HOST, NOW, Game
from tests.table.player import RandomPlayer

TABLE = "tbl_00000000000000000000000001"


@lru_cache(maxsize=1)
def shipped() -> Content:
    """Return everything that ships with the program."""
    return load_content()


class Evening(Game):
    """The bundled adventure at a table in memory."""

    def __init__(self, seed: str) -> None:
        """Open the table; the dice are those of the seed."""
        self.ids = CountingIds()
        self.content = shipped()
        self.log = []
        self.state = State()
        self.seed = hashlib.sha256(seed.encode()).digest()
        self.last = open_table(
            TABLE, "bell_beneath", self.context(), space="spc_x", campaign="cmp_x",
            commitment=commitment(self.seed).hex(), salt=salt_for(TABLE, ()).hex(),
        )  # fmt: skip
        self.log.extend(self.last)
        self.state = fold(self.last)

    def context(self) -> Context:
        """Return the context of the next decision."""
        salt = bytes.fromhex(self.state.dice.salt) if self.state.dice.salt else b""
        return Context(ProvableDice(self.seed, salt, self.state.dice.nonce), NOW, self.ids, self.content)

    def told(self, data: CommandData, seat: str = HOST) -> tuple[Brief, ...]:
        """Send a command and return the Briefs of what came of it."""
        before = self.state
        self.send(data, seat)
        return briefs(before, self.last, self.state)


class Wanderer(RandomPlayer):
    """Does whatever there is to do, and nothing besides the game."""

    def aside(self, view: object) -> CommandData:
        """Return the end of a turn."""
        return cmd.EndTurn()


def evening(seed: int, steps: int, hero: str = "marrick", friend: str = "oswin") -> Iterator[tuple[CommandData, Brief]]:
    """Play some steps by lot; yield each command with each Brief it led to."""
    game, player = Evening(str(seed)), Wanderer(seed)
    opening = (cmd.Sit(hero, "Ann"), cmd.Sit(friend, companion=True), cmd.Ready())
    for data in opening:
        yield from ((data, brief) for brief in game.told(data))
    for _ in range(steps):
        acting = automatic(game.state)
        data = acting if acting is not None else player.choose(game.view())
        yield from ((data, brief) for brief in game.told(data, HOST if acting is None else ""))


class Brawler(Wanderer):
    """Strikes at whoever can be struck, and goes nearer when nobody can."""

    def choose(self, view: SeatView) -> CommandData:
        """Return an attack, a spell at a foe, a step, or the end of the turn."""
        if view.decisions:
            return super().choose(view)
        sides = {"foe"} if view.fight else {"foe", "neutral"}
        foes = {key for key, other in view.others.items() if other.side in sides and other.health != "dead"}
        for kind in ("attack", "spell"):
            aimed = [o for o in view.options if o.kind == kind and foes & {target.id for target in o.targets}]
            if aimed:
                option = self.random.choice(aimed)
                target = self.random.choice([target.id for target in option.targets if target.id in foes])
                return cmd.UseOption(option.id, (target,), {"slot": option.cost.slots[0]} if option.cost.slots else {})
        near = [o for o in view.options if o.id.startswith("go:") and foes & {target.id for target in o.targets}]
        if near:
            option = self.random.choice(near)
            return cmd.UseOption(option.id, (next(target.id for target in option.targets if target.id in foes),))
        return cmd.EndTurn()


def fight(
    seed: int, steps: int, heroes: tuple[str, ...] = ("marrick", "tamsin")
) -> Iterator[tuple[CommandData, Brief]]:
    """Fight whoever is there, by lot, each hero with a player; yield each command with each Brief it led to."""
    game, player = Evening(f"fight {seed}"), Brawler(seed)
    seats = (HOST, GUEST)[: len(heroes)]
    for seat, hero in zip(seats, heroes, strict=True):
        yield from ((cmd.Sit(hero), brief) for brief in game.told(cmd.Sit(hero, hero), seat))
    for seat in seats:
        yield from ((cmd.Ready(), brief) for brief in game.told(cmd.Ready(), seat))
    for _ in range(steps):
        acting = automatic(game.state)
        if acting is not None:
            yield from ((acting, brief) for brief in game.told(acting, ""))
            continue
        for seat in seats:
            data = player.choose(game.view(seat))
            told = game.told(data, seat) if _accepted(game, data, seat) else game.told(cmd.EndTurn(), seat)
            yield from ((data, brief) for brief in told)


def _accepted(game: Game, data: CommandData, seat: str) -> bool:
    given = cmd.command("cmd_trial", seat, data)
    return not isinstance(decide(game.state, given, game.context()).reply, Refused)
