"""A player that does anything a seat may do, and some things it may not: fuel for the laws of the table."""

from random import Random

from taleforge.messages import commands as cmd
from taleforge.messages.commands import CommandData
from taleforge.messages.views import Option, SeatView
from taleforge.table import automatic, gathering
from tests.table.game import GUEST, HOST, Game


class RandomPlayer:
    """Chooses by a seeded generator, so that a play that breaks a law can be played again."""

    def __init__(self, seed: int) -> None:
        """Remember the seed."""
        self.random = Random(seed)

    def choose(self, view: SeatView) -> CommandData:
        """Return something to do in a view."""
        if view.decisions:
            decision = view.decisions[0]
            return cmd.Answer(decision.id, self.random.choice(decision.choices).id)
        if view.table.status == "paused":
            return cmd.Resume()
        roll = self.random.random()
        if roll < 0.12 or not view.options:
            return self.aside(view)
        option = self._weighed(view.options)
        return self.use(option)

    def _weighed(self, options: tuple[Option, ...]) -> Option:
        weights = [6 if o.kind in {"attack", "interaction", "talk", "item", "spell"} else 1 for o in options]
        return self.random.choices(options, weights)[0]

    def use(self, option: Option) -> CommandData:
        """Return the use of an option on random targets."""
        targets = [t.id for t in option.targets]
        chosen = tuple(self.random.sample(targets, min(option.pick, len(targets)))) if option.pick else ()
        slots = option.cost.slots
        params: dict[str, str | int] = {"slot": self.random.choice(slots)} if slots else {}
        return cmd.UseOption(option.id, chosen, params)

    def aside(self, view: SeatView) -> CommandData:
        """Return something besides the game proper, or something senseless."""
        cells = [(x, y) for y in range(6) for x in range(12)]
        return self.random.choice((
            cmd.Say("Hello there."),
            cmd.RollDice("2d6+1"),
            cmd.RollDice("2d("),
            cmd.Move(self.random.choice(cells)),
            cmd.Undo(self.random.randint(1, 3)),
            cmd.Pause(),
            cmd.Hold(),
            cmd.XCard(),
            cmd.EndTurn(),
            cmd.SetPolicy({"*": self.random.choice(("ask", "always", "never"))}),
            cmd.SetSafety(("spiders",), ("blood",)),
            cmd.UseOption("act:nonsense", ("crt_x",)),
            cmd.UseOption("do:search"),
            cmd.Answer("dcs_x", "y"),
            cmd.Entropy(f"{self.random.getrandbits(256):064x}"),
            cmd.SetHouseRule("odds", self.random.choice(("known", "exact", "none"))),
            cmd.Sit("fighter"),
            cmd.Ready(),
            cmd.Rest("short", 1),
        ))  # fmt: skip


def play(seed: int, steps: int = 40, *, guest: bool = True) -> Game:
    """Return a game after some random steps of everybody at the table; in every fourth deeds are gathered."""
    game = Game(house_rules={"gather_seconds": "30"} if seed % 4 == 3 else None).begin(guest=guest, companion=not guest)
    player = RandomPlayer(seed)
    seats = (HOST, GUEST) if guest else (HOST,)
    for _ in range(steps):
        step(game, player, seats)
    return game


def step(game: Game, player: RandomPlayer, seats: tuple[str, ...]) -> None:
    """Let the table act by itself, then somebody do something."""
    data = automatic(game.state)
    if data is not None:
        game.send(data, "")
        return
    rewind = game.state.safety.rewind
    if rewind is not None and player.random.random() < 0.3:
        game.send(cmd.EngineTimeout(rewind.id, answered=player.random.random() < 0.5), "")
        return
    late = gathering.deadlines(game.state)
    if late and not game.state.decisions and player.random.random() < 0.1:
        game.send(cmd.EngineTimeout(next(iter(late))), "")
        return
    waiting = [d.seat for d in game.state.decisions.values()]
    seat = waiting[0] if waiting else player.random.choice(seats)
    game.send(player.choose(game.view(seat)), seat)
