"""The table: deciding and evolving an attack, offering options in a fight, folding a long log, a seat's view."""

from itertools import cycle, islice

from msgspec.structs import replace

from benchmarks.measure import Row, Time, seconds
from taleforge.messages import commands as cmd
from taleforge.messages.codec import decode_event, encode
from taleforge.messages.events import Event
from taleforge.table import State, decide, fold, options, project, view
from tests.table.game import HOST, Game
from tests.table.player import play

FOLDED = 100_000


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what the table's everyday operations take."""
    repeats = 5 if smoke else 400
    game = brawl()
    return [
        Time("decide and evolve an attack", attack(game, repeats), at_most=300e-6),
        Time("options in a fight of five", fresh_options(game.state, repeats), at_most=500e-6),
        Time("a seat's view in a fight", fresh_view(game.state, repeats)),
        Time("what a seat hears of an attack", heard(game, repeats)),
        folding(1_000 if smoke else FOLDED),
    ]


def brawl() -> Game:
    """Return a game in the middle of a fight, the fighter on turn beside a foe."""
    for extra in range(200):
        game = Game().begin(companion=True)
        for _ in range(extra):
            game.ok(cmd.RollDice("1d20"))
        game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
        game.settle()
        if any(o.id == "act:longsword" and o.targets for o in game.view().options):
            return game
        if game.state.stage.fighting:
            game.send(cmd.UseOption("go:", (game.creature("Marta").id,)))
        if any(o.id == "act:longsword" and o.targets for o in game.view().options):
            return game
    raise AssertionError("no fight in which the fighter can strike")


def attack(game: Game, repeats: int) -> float:
    """Return the seconds of one attack command, from the command to the state after its events."""
    target = game.creature("Marta").id
    state = game.state

    def call() -> object:
        given = cmd.command(game.ids("cmd"), HOST, cmd.UseOption("act:longsword", (target,)))
        return decide(state, given, game.context())

    return seconds(call, repeats, batch=5)


def fresh_options(state: State, repeats: int) -> float:
    """Return the seconds of offering options in a state nobody has asked about yet."""
    states = cycle([_copy(state, number) for number in range(200)])
    return seconds(lambda: options(next(states), HOST), repeats)


def fresh_view(state: State, repeats: int) -> float:
    """Return the seconds of a seat's whole view of a state nobody has asked about yet."""
    states = cycle([_copy(state, number) for number in range(200)])
    return seconds(lambda: view(next(states), HOST), repeats)


def _copy(state: State, number: int) -> State:
    return replace(state, version=state.version + number)


def heard(game: Game, repeats: int) -> float:
    """Return the seconds of cutting one event to what a seat may hear."""
    event = game.log[-1]
    return seconds(lambda: project(game.state, event, HOST), repeats, batch=5)


def folding(count: int) -> Time:
    """Return the time of reading and folding many stored events."""
    stored = list(islice(cycle(_played()), count))
    taken = seconds(lambda: fold(decode_event(line) for line in stored), repeats=3)
    return Time(f"read and fold {count:,} events", taken, at_most=2.0 * count / FOLDED)


def _played() -> list[bytes]:
    events: list[Event] = [event for seed in range(8) for event in play(seed, 60).log]
    return [encode(event) for event in events]
