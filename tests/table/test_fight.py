"""Fights at the table: beginning, turns, reactions as decisions, companions, ends."""

from msgspec.structs import replace

from taleforge.messages import commands as cmd
from taleforge.messages.commands import Refused
from taleforge.messages.views import SeatView
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.facts import AttackResolved
from taleforge.rules.steps import Use
from taleforge.table import State, automatic
from taleforge.table.draft import Draft
from taleforge.table.fight import play
from tests.table.game import GUEST, HOST, Game


def brawl(faces: list[int], **seats: bool) -> Game:
    """Return a game in which the door was forced, the store entered and Pike provoked; then faces follow."""
    game = Game(ScriptedDice([20, *faces])).begin(**seats)
    game.ok(cmd.UseOption("do:force"))
    game.ok(cmd.UseOption("go:", ("store",)))
    game.ok(cmd.UseOption("do:provoke"))
    return game


def active(view: SeatView) -> str:
    """Return the name of whose turn it is."""
    assert view.fight is not None
    return next(slot.name for slot in view.fight.order if slot.active)


def test_a_fight_brings_in_its_creatures_and_rolls_initiative() -> None:
    """Pike turns foe, the rat joins, and the order of turns is by initiative."""
    game = brawl([20, 10, 1])

    assert {c.sheet.name for c in game.state.stage.creatures.values() if c.side == "foe"} == {"Pike", "Rat"}
    fight = game.view().fight
    assert fight is not None
    assert [slot.total for slot in fight.order] == sorted((slot.total for slot in fight.order), reverse=True)
    assert active(game.view()) == "Brannic"


def test_out_of_turn_is_refused() -> None:
    """Whoever is not on turn may speak, but not act."""
    game = brawl([20, 19, 10, 1], guest=True)
    refused = game.send(cmd.EndTurn(), GUEST)

    assert isinstance(refused, Refused)
    assert refused.code == "turn/not_yours"
    game.ok(cmd.Say("Behind you!"), GUEST)


def test_an_action_for_another_turn_is_stale() -> None:
    """A command that names a turn which is over does nothing."""
    game = brawl([20, 10, 1])
    refused = game.send(cmd.EndTurn(), HOST, at_turn=game.state.turn - 1)

    assert isinstance(refused, Refused)
    assert refused.code == "turn/stale"


def test_a_blade_drawn_at_peace_begins_a_fight() -> None:
    """Attacking the innkeeper rolls initiative first, and nobody else turns foe."""
    game = Game(ScriptedDice([20, 1])).begin()
    marta = game.creature("Marta").id
    game.ok(cmd.UseOption("act:longsword", (marta,)))

    assert "attack.resolved" not in game.names()
    assert game.state.stage.fighting
    assert [c.sheet.name for c in game.state.stage.creatures.values() if c.side == "foe"] == ["Marta"]


def test_a_player_is_asked_for_a_reaction() -> None:
    """A hit on somebody with Shield waits for an answer; the answer decides between hit and miss."""
    for choice, hit in (("pass", True), ("react", False)):
        game = brawl([10, 1, 20, 2], guest=True)
        ysolde = game.creature("Ysolde")
        game.state = _put(game, ysolde.id, (8, 2))
        pike = game.creature("Pike").id
        assert active(game.view()) == "Pike"
        game._scripted = ScriptedDice([13, 3])
        draft = Draft(game.state, cmd.command("cmd_x", "", cmd.EngineAct(pike)), game.context())
        play(draft, (Use(pike, "longsword", (ysolde.id,)),))
        game.state = draft.state
        [decision] = game.view(GUEST).decisions
        assert not game.view(HOST).decisions
        assert automatic(game.state) is None
        waiting = game.send(cmd.EndTurn())
        assert isinstance(waiting, Refused)
        assert waiting.code == "turn/waiting"

        events = game.ok(cmd.Answer(decision.id, choice), GUEST)
        [attack] = [event.d for event in events if isinstance(event.d, AttackResolved)]
        assert attack.hit is hit
        assert not game.state.decisions


def _put(game: Game, crt: str, cell: tuple[int, int]) -> State:
    creatures = game.state.stage.creatures
    moved = creatures | {crt: replace(creatures[crt], cell=cell)}
    return replace(game.state, stage=replace(game.state.stage, creatures=moved))


def test_somebody_elses_decision_is_not_mine() -> None:
    """A seat can neither see nor answer another seat's question."""
    game = brawl([10, 1, 20, 2], guest=True)
    refused = game.send(cmd.Answer("dcs_nothing", "react"), GUEST)

    assert isinstance(refused, Refused)
    assert refused.code == "decision/unknown"


def test_a_companion_fights_along() -> None:
    """With nobody at its seat, the table plays the cleric: she goes to the foe and strikes, or heals."""
    game = Game().begin(companion=True)
    pike_down = False
    game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
    for _ in range(60):
        game.settle()
        if not game.state.stage.fighting:
            pike_down = True
            break
        game.ok(cmd.EndTurn())
    ysolde = game.creature("Ysolde").id

    assert pike_down
    assert any(isinstance(event.d, AttackResolved) and event.d.attacker == ysolde for event in game.log)


def test_the_dead_do_not_answer() -> None:
    """Nobody is asked, persuaded or paid when they are no longer there to hear it."""
    game = Game(ScriptedDice([20, 1, 20, 8, 8, 8])).begin()
    marta = game.creature("Marta").id
    game.ok(cmd.UseOption("act:longsword", (marta,)))
    game.state = _put(game, game.creature("Brannic").id, (2, 1))
    game.ok(cmd.UseOption("act:longsword", (marta,)))

    assert game.creature("Marta").life == "dead"
    assert not {"do:ask_store", "do:persuade_key"} & {option.id for option in game.view().options}


def test_the_fallen_come_to_after_a_lost_fight() -> None:
    """Defeat is no dead end unless the scene says so: who lies dying comes to, hours later."""
    for seed in range(30):
        game = Game().begin()
        game.ids("cmd")
        for _ in range(seed):
            game.ok(cmd.RollDice("1d20"))
        game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
        for _ in range(80):
            game.settle()
            if not game.state.stage.fighting:
                break
            game.ok(cmd.EndTurn())
        brannic = game.creature("Brannic")
        if brannic.life != "dead" and any(event.name == "fight.ended" for event in game.log):
            assert brannic.life == "up"
            assert brannic.hp >= 1
            return
    raise AssertionError("no seed let the fighter fall and live")


def test_what_was_learned_of_armour_narrows_the_odds() -> None:
    """A miss and a hit bound the armour class that the odds suppose; nobody is told it outright."""
    game = brawl([20, 10, 1, 6, 8, 1])
    game.state = _put(game, game.creature("Brannic").id, (8, 2))
    pike = game.creature("Pike").id
    before = game.view().others[pike]
    game.ok(cmd.UseOption("act:longsword", (pike,)))
    after = game.view().others[pike]

    assert before.ac_low is None
    assert after.ac_low == 12
    assert after.hp is None
