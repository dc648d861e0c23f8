"""The bundled adventure played by lot, and the Briefs it gives: what the tests of narration read aloud."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from taleforge.messages import commands as cmd
from taleforge.messages.brief import Brief
from taleforge.messages.commands import CommandData, Refused
from taleforge.messages.ids import CountingIds
from taleforge.messages.views import SeatView
from taleforge.narration.grammar import tell
from taleforge.narration.language import load
from taleforge.rules.dice import ProvableDice, commitment, salt_for
from taleforge.table import Context, State, automatic, decide, fold, open_table
from taleforge.table.brief import briefs
from taleforge.world.library import load_content
from taleforge.world.scene import Content
from tests.table.game import GUEST, HOST, NOW, Game
from tests.table.player import RandomPlayer

TABLE = "tbl_00000000000000000000000001"
PROSE = Path(__file__).parents[1] / "golden" / "prose"
STORIES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "alone": (
        "alone 1",
        ("do:odda_bell", "do:odda_work", "do:odda_beer", "do:wick_truth", "do:pell_look", "do:pell_buy",
         "do:look_cellar_door", "do:odda_key", "do:force_cellar", "do:force_cellar", "do:force_cellar", "do:go_down",
         "do:mott_hammer", "do:sarn_odda", "do:jory_talk", "do:sarn_threaten", "do:sarn_bluff"),
        ("marrick",),
    ),
    "together": (
        "together 6",
        ("do:odda_bell", "do:odda_work", "do:wick_bell", "do:look_nets", "do:pell_buy", "do:odda_brandy",
         "do:listen_cellar_door", "do:odda_key", "do:force_cellar", "do:force_cellar", "do:unlock_cellar",
         "do:force_cellar", "do:force_cellar", "do:go_down", "do:mott_hammer", "do:sarn_threaten", "do:sarn_bluff"),
        ("marrick", "hedda"),
    ),
}  # fmt: skip
"""Stories kept as golden files: the seed of the dice, what is tried in turn, and who tries it."""


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


def scripted(seed: str, options: tuple[str, ...], heroes: tuple[str, ...], rounds: int = 60) -> Iterator[Brief]:
    """Play what somebody sensible might, then fight whatever fight there is to its end; yield the Briefs.

    Each hero has a player, who takes the next option if it is there.
    """
    game, player = Evening(seed), Brawler(len(seed))
    seats = (HOST, GUEST)[: len(heroes)]
    for seat, hero in zip(seats, heroes, strict=True):
        yield from game.told(cmd.Sit(hero, hero), seat)
    for seat in seats:
        yield from game.told(cmd.Ready(), seat)
    for at, option in enumerate(options):
        yield from game.told(cmd.UseOption(option), seats[at % len(seats)])
    for _ in range(rounds):
        if game.state.stage.fighting:
            yield from _round(game, player, seats)


def _round(game: Evening, player: Brawler, seats: tuple[str, ...]) -> Iterator[Brief]:
    while (acting := automatic(game.state)) is not None:
        yield from game.told(acting, "")
    for seat in seats:
        data = player.choose(game.view(seat))
        yield from game.told(data if _accepted(game, data, seat) else cmd.EndTurn(), seat)


def _accepted(game: Game, data: CommandData, seat: str) -> bool:
    given = cmd.command("cmd_trial", seat, data)
    return not isinstance(decide(game.state, given, game.context()).reply, Refused)


def transcript(told: Iterable[Brief]) -> str:
    """Return the prose of Briefs as one reads it."""
    return "\n\n* * *\n\n".join(filter(None, (tell(brief, load(brief.lang)) for brief in told))) + "\n"


def recorded(story: str) -> list[Brief]:
    """Return the Briefs of a story as they were when it was played for the golden files."""
    return msgspec.json.decode((PROSE / f"{story}.json").read_bytes(), type=list[Brief])


def main() -> None:
    """Play the stories that were never played, and write down how all of them read now."""
    for name, (seed, options, heroes) in STORIES.items():
        played = PROSE / f"{name}.json"
        if not played.exists():
            told = [brief for brief in scripted(seed, options, heroes) if brief.audience in {(), (HOST,)}]
            played.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
        (PROSE / f"{name}.txt").write_text(transcript(recorded(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
