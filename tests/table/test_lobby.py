"""Seats, readiness, safety, house rules, pause, undo and dice."""

import pytest

from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, CommandData, Refused, Reply
from tests.table.game import GUEST, HOST, Game


def code(reply: Reply) -> str:
    """Return the code of a refusal."""
    assert isinstance(reply, Refused), reply
    return reply.code


def test_the_first_to_sit_is_the_host() -> None:
    """Whoever opens the table may undo and change house rules; who comes later is a player."""
    game = Game().begin(guest=True)

    assert game.view(HOST).seat.role == "host"
    assert game.view(GUEST).seat.role == "player"


def test_a_character_is_played_once() -> None:
    """A taken character is refused, and the free ones are named."""
    game = Game()
    game.ok(cmd.Sit("fighter"))
    reply = game.send(cmd.Sit("fighter"), GUEST)

    assert code(reply) == "pregen/taken"
    assert isinstance(reply, Refused)
    assert [choice.id for choice in reply.choices] == ["cleric"]


def test_play_begins_when_everybody_is_ready() -> None:
    """One player who is not ready holds the table; the last to be ready begins it."""
    game = Game()
    game.ok(cmd.Sit("fighter"))
    game.ok(cmd.Sit("cleric"), GUEST)
    game.ok(cmd.Ready())
    assert game.view().table.status == "lobby"
    game.ok(cmd.Ready(), GUEST)

    assert game.view().table.status == "playing"
    assert game.view().scene is not None


def test_a_companion_is_ready_by_itself() -> None:
    """A solo player with a companion need not wait for it."""
    game = Game().begin(companion=True)

    assert game.view().table.status == "playing"
    assert "companion" in {seat.role for seat in game.view().seats.values()}


def test_leaving_the_lobby_frees_the_character() -> None:
    """Who leaves before play begins leaves no trace."""
    game = Game()
    game.ok(cmd.Sit("fighter"))
    game.ok(cmd.Sit("cleric"), GUEST)
    game.ok(cmd.Leave(), GUEST)

    assert set(game.view().pregens) == {"cleric"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (cmd.Do("look"), "command/unknown"),
        (cmd.UseOption("do:search"), "table/not_started"),
        (cmd.EndTurn(), "table/not_started"),
        (cmd.Resume(), "table/not_paused"),
        (cmd.XCard(), "table/not_started"),
        (cmd.Undo(), "undo/nothing"),
        (cmd.SetHouseRule("flanking", "on"), "house_rule/unknown"),
        (cmd.SetHouseRule("odds", "perhaps"), "house_rule/value"),
        (cmd.Entropy("zz"), "dice/entropy"),
        (cmd.RollDice("1d6"), "table/not_started"),
        (cmd.EngineAct("crt_x"), "command/service_only"),
        (cmd.Sit("dragon"), "pregen/unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_done_in_the_lobby_says_why(data: CommandData, expected: str) -> None:
    """Every refusal has its code, and nothing is written."""
    game = Game()
    game.ok(cmd.Sit("cleric"))
    version = game.state.version

    assert code(game.send(data)) == expected
    assert game.state.version == version


def test_a_stranger_is_refused() -> None:
    """A seat nobody took may only sit down."""
    game = Game().begin()

    assert code(game.send(cmd.EndTurn(), GUEST)) == "seat/unknown"


def test_a_repeated_command_is_done_once() -> None:
    """The same command id again is answered as before and changes nothing."""
    game = Game().begin()
    given = cmd.command("cmd_twice", HOST, cmd.RollDice("1d20"))
    first, version = game.give(given), game.state.version
    again = game.give(given)

    assert isinstance(first, Ack)
    assert first == again
    assert game.state.version == version


def test_undo_restores_everything_but_the_dice() -> None:
    """Undo brings the state before the last command back; dice already rolled are never rolled again."""
    game = Game().begin()
    before = game.view()
    game.ok(cmd.UseOption("do:persuade_key"))
    spent = game.state.dice.nonce
    game.ok(cmd.Undo())
    after = game.view()

    assert game.state.dice.nonce == spent > 0
    assert after.options == before.options
    assert after.others == before.others
    assert after.journal == before.journal


def test_undo_goes_back_over_several_commands() -> None:
    """Two steps back are two commands back, and no more than there were."""
    game = Game().begin()
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.UseOption("do:call"))
    game.ok(cmd.Say("Well."))
    game.ok(cmd.Entropy("11" * 32))

    assert game.view().table.undo == 2
    game.ok(cmd.Undo(2))
    assert not [entry for entry in game.view().journal if entry.kind == "clue"]
    assert code(game.send(cmd.Undo(1))) in {"undo/nothing", "undo/too_far"}


def test_only_the_host_takes_back() -> None:
    """A guest may not undo what others did."""
    game = Game().begin(guest=True)
    game.ok(cmd.UseOption("do:ask_store"))

    assert code(game.send(cmd.Undo(), GUEST)) == "seat/host_only"


def test_every_seat_salts_the_dice() -> None:
    """The salt changes with each seat's entropy, and depends on the order of the seats alone."""
    one, other = Game().begin(guest=True), Game().begin(guest=True)
    first, second = "11" * 32, "22" * 32
    one.ok(cmd.Entropy(first), HOST)
    one.ok(cmd.Entropy(second), GUEST)
    other.ok(cmd.Entropy(second), GUEST)
    other.ok(cmd.Entropy(first), HOST)

    assert one.state.dice.salt == other.state.dice.salt
    assert one.state.dice.salt != Game().state.dice.salt


def test_dice_for_everybody_to_see() -> None:
    """A player may roll at any time; a broken expression is refused with its place."""
    game = Game().begin()
    [event] = game.ok(cmd.RollDice("3d6", "how many barrels"))
    assert event.name == "dice.rolled"
    refused = game.send(cmd.RollDice("3d6+("))

    assert code(refused) == "dice/syntax"
    assert isinstance(refused, Refused)
    assert "position" in refused.params


def test_a_seat_knows_whether_it_has_its_share_in_the_dice() -> None:
    """So that a client which comes back does not change the dice again under the same commitment."""
    game = Game().begin(guest=True)
    game.ok(cmd.Entropy("11" * 32))
    mine, theirs = game.view(HOST).dice, game.view(GUEST).dice

    assert mine is not None
    assert theirs is not None
    assert mine.shared
    assert not theirs.shared
