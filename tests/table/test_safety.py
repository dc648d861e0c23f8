"""Lines and veils; the X-card, which stops the scene for all and names nobody, and how far the table goes back."""

from typing import Any

import msgspec
import pytest

from taleforge.messages import commands as cmd
from taleforge.messages.commands import Refused
from taleforge.messages.views import DecisionView
from taleforge.rules.dice import ScriptedDice
from taleforge.table import fold, project
from taleforge.table.position import Position
from taleforge.table.state import State
from tests.table.game import GUEST, HOST, NOW, Game, content

WATCHER = "seat_00000000000000000000000003"


def code(game: Game, data: cmd.CommandData, seat: str = HOST) -> str:
    """Return the code with which a command is refused."""
    reply = game.send(data, seat)
    assert isinstance(reply, Refused), reply
    return reply.code


def question(game: Game, seat: str = HOST) -> DecisionView:
    """Return the question how far to go back, as a seat is asked it."""
    [asked] = game.view(seat).decisions
    assert asked.kind == "safety"
    return asked


def ways(game: Game, seat: str = HOST) -> list[str]:
    """Return how far a seat may ask to go back."""
    return [choice.id for choice in question(game, seat).choices]


def answer(game: Game, way: str, seat: str = HOST) -> None:
    """Ask for a way back."""
    game.ok(cmd.Answer(question(game, seat).id, way), seat)


def close(game: Game, *, answered: bool) -> None:
    """Let the owner of the table settle the question."""
    game.ok(cmd.EngineTimeout(question(game).id, answered=answered), "")


def plain(game: Game) -> list[Any]:
    """Return a log without what differs between any two games: ids are numbered by when they first appear."""
    return [{**msgspec.to_builtins(event), "id": "", "at": ""} for event in game.log]


def test_safety_is_kept_tidy() -> None:
    """Lines and veils lose blanks and repetitions and reach everybody."""
    game = Game().begin(guest=True)
    game.ok(cmd.SetSafety((" spiders ", "spiders", ""), ("blood",)), GUEST)

    assert game.view(HOST).safety.lines == ("spiders",)
    assert game.view(HOST).safety.veils == ("blood",)


def test_lines_are_set_before_play_and_changed_during_it() -> None:
    """In the lobby as well as later, by anybody."""
    game = Game()
    game.ok(cmd.Sit("fighter", "Ann"))
    game.ok(cmd.SetSafety(("spiders",)))
    game.ok(cmd.Ready())
    assert game.view().safety.lines == ("spiders",)
    game.ok(cmd.SetSafety(("spiders", "fire")))

    assert game.view().safety.lines == ("spiders", "fire")


def test_lines_are_added_to_those_of_others() -> None:
    """Nobody takes another's line away by drawing one."""
    game = Game().begin(guest=True)
    game.ok(cmd.SetSafety(("spiders",), ("blood",)))
    game.ok(cmd.SetSafety(("fire", "spiders"), more=True), GUEST)
    game.ok(cmd.SetSafety(veils=("loss",), more=True))

    assert game.view().safety.lines == ("spiders", "fire")
    assert game.view().safety.veils == ("blood", "loss")


def test_the_x_card_stops_the_scene_for_all() -> None:
    """Everybody, whoever only watches too, is asked the same question, and nothing else can be done."""
    game = Game().begin(guest=True)
    game.ok(cmd.Spectate("Cy"), WATCHER)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard(), GUEST)

    assert game.view(HOST).table.stopped
    assert question(game, HOST) == question(game, GUEST) == question(game, WATCHER)
    assert code(game, cmd.UseOption("do:ask_store")) == "table/paused"
    for impatient in (cmd.Resume(), cmd.Undo(), cmd.Pause()):
        assert code(game, impatient) == "table/choosing"


def test_who_has_not_sat_down_yet_may_stop_the_scene() -> None:
    """They hear the table already; nothing tells that it was they."""
    games = [Game().begin(guest=True), Game().begin(guest=True)]
    for game, presser in zip(games, (HOST, WATCHER), strict=True):
        game.ok(cmd.UseOption("do:ask_store"))
        game.ok(cmd.XCard(), presser)
    one, other = games
    assert other.view(HOST).table.stopped
    assert plain(one) == plain(other)


@pytest.mark.parametrize("who", [HOST, GUEST, WATCHER])
def test_nothing_tells_who_stopped_the_scene(who: str) -> None:
    """The log is the same whoever pressed and whoever asked for what, and so is all that any seat hears and sees."""
    games = []
    for presser, first, second in ((HOST, HOST, GUEST), (who, GUEST, who)):
        game = Game().begin(guest=True)
        game.ok(cmd.Spectate("Cy"), WATCHER)
        game.ok(cmd.UseOption("do:ask_store"))
        game.ok(cmd.XCard(), presser)
        answer(game, "stay", first)
        answer(game, "deed", second)
        close(game, answered=True)
        games.append(game)
    one, other = games

    assert plain(one) == plain(other)
    assert one.view(HOST) == other.view(HOST)
    heard = [[project(game.state, event, HOST) for event in game.log] for game in games]
    assert [e and (e.v, e.name, e.by, e.d, e.cmd) for e in heard[0]] == [
        e and (e.v, e.name, e.by, e.d, e.cmd) for e in heard[1]
    ]


def test_an_answer_is_heard_by_nobody() -> None:
    """Not even that somebody answered: no seat gets an event of it, and no view changes."""
    game = Game().begin(guest=True)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard())
    before = game.view(HOST), game.view(GUEST)
    answer(game, "deed", GUEST)

    assert game.names() == ["rewind.asked"]
    assert [project(game.state, event, seat) for event in game.last for seat in (HOST, GUEST)] == [None, None]
    assert (game.view(HOST), game.view(GUEST)) == before


def test_the_furthest_that_anybody_asks_for_is_done() -> None:
    """Whoever asks for less, before or after, the host included, takes nothing from it."""
    game = Game().begin(guest=True)
    opening = game.view(GUEST)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.UseOption("do:call"))
    game.ok(cmd.XCard(), GUEST)
    assert ways(game) == ["stay", "deed", "scene"]
    answer(game, "stay", HOST)
    answer(game, "scene", GUEST)
    answer(game, "deed", HOST)
    close(game, answered=True)

    assert game.names() == ["rewind.chosen", "table.rewound", "table.resumed"]
    assert game.view(GUEST).journal == opening.journal
    assert game.view(GUEST).table.status == "playing"
    assert game.view(GUEST).options == opening.options


def test_a_single_player_is_not_kept_waiting() -> None:
    """Where nobody else was at the table the answer is final, and play goes on."""
    game = Game().begin(companion=True)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard())
    answer(game, "stay")

    assert game.names() == ["rewind.asked", "rewind.chosen", "table.resumed"]
    assert game.view().journal
    assert not game.view().table.stopped


def test_whoever_is_away_is_not_waited_for() -> None:
    """But may answer when they come back in time."""
    game = Game().begin(guest=True)
    game.ok(cmd.Away(), GUEST)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard())
    answer(game, "deed", GUEST)
    assert game.view().table.stopped
    answer(game, "stay", HOST)

    assert "table.rewound" in game.names()


def test_time_over_goes_back_one_step_and_waits() -> None:
    """Somebody did stop the scene: silence takes the last deed back, and somebody has to say that play goes on."""
    game = Game().begin(guest=True)
    before = game.view()
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard())
    default = question(game).default
    close(game, answered=False)

    assert default == "deed"
    assert game.view().table.status == "paused"
    assert not game.view().table.stopped
    assert game.view().journal == before.journal
    game.ok(cmd.Resume(), GUEST)
    assert game.view().table.status == "playing"


def test_the_question_waits_two_minutes() -> None:
    """The only clock that runs while a table is paused."""
    game = fight(20, 1, 2, guest=True)
    game.ok(cmd.SetHouseRule("turn_seconds", "60"))
    assert Position(game.state, content(), game.ids).deadlines()
    game.ok(cmd.XCard())

    assert Position(game.state, content(), game.ids).deadlines() == {question(game).id: "2026-11-20T20:02:00.000Z"}


def test_only_ways_that_exist_are_offered() -> None:
    """Before any deed there is only going on as it is; two ways that come to the same are one."""
    game = Game().begin(guest=True)
    game.ok(cmd.XCard())
    assert ways(game) == ["stay"]
    close(game, answered=True)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard())

    assert ways(game) == ["stay", "deed"]


def fight(*faces: int, **seats: bool) -> Game:
    """Return a game in which Marta was attacked and the first blow struck."""
    game = Game(ScriptedDice(faces)).begin(**seats)
    game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
    return game


def test_in_a_fight_the_turn_can_be_begun_again() -> None:
    """With the movement, the action and the hit points of its beginning; dice already rolled stay rolled."""
    game = fight(20, 1, 2, 1, 1, 5, guest=True)
    start = game.view()
    game.ok(cmd.Move((2, 2)))
    game.ok(cmd.Move((2, 3)))
    game.ok(cmd.XCard(), GUEST)
    assert ways(game) == ["stay", "deed", "turn", "scene"]
    nonce = game.state.dice.nonce
    answer(game, "turn", GUEST)
    close(game, answered=True)
    after = game.view()

    assert (after.you, after.tokens, after.others) == (start.you, start.tokens, start.others)
    assert game.state.dice.nonce == nonce
    game.ok(cmd.Move((2, 2)))
    game.ok(cmd.XCard())
    assert ways(game) == ["stay", "deed", "scene"]


def test_after_the_fight_there_is_no_turn_to_go_back_to() -> None:
    """Its mark goes with the fight; the scene's stays."""
    game = fight(20, 1, 20, 8, 8)
    game.ok(cmd.UseOption("go", (game.creature("Marta").id,)))
    assert game.state.marks.turn is not None
    game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
    assert game.view().fight is None
    game.ok(cmd.XCard())

    assert "turn" not in ways(game)


def test_a_scene_can_be_begun_again_however_long_it_has_been() -> None:
    """Further back than undo reaches, and again after that."""
    game = Game().begin()
    start = game.view()
    for _ in range(40):
        game.ok(cmd.UseOption("do:ask_store"))
    for _ in range(2):
        game.ok(cmd.UseOption("do:ask_store"))
        game.ok(cmd.UseOption("do:call"))
        game.ok(cmd.XCard())
        answer(game, "scene")

        assert game.view().journal == start.journal
        assert game.view().map == start.map


def test_whoever_came_since_keeps_seat_and_character() -> None:
    """Going back takes nobody's place at the table away."""
    game = Game().begin()
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.Sit("cleric", "Bob"), GUEST)
    game.ok(cmd.Undo())
    view = game.view(GUEST)

    assert view.you is not None
    assert view.you.name == "Ysolde"
    assert view.tokens[view.you.id]
    assert view.options


def test_whoever_came_since_has_a_turn_in_the_fight_gone_back_to() -> None:
    """Last in the order, for their roll was of another time."""
    game = fight(20, 1, 2, guest=False)
    game.ok(cmd.Move((2, 2)))
    game.ok(cmd.Sit("cleric", "Bob"), GUEST)
    game.ok(cmd.Undo())
    now = game.view(GUEST).fight

    assert now is not None
    assert [slot.name for slot in now.order] == ["Brannic", "the innkeeper", "Ysolde"]


def test_a_branch_begins_without_the_question() -> None:
    """Another table has not been stopped."""
    game = Game().begin(guest=True)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.XCard())
    position = Position(game.state, content(), game.ids)
    child = fold(position.branch_log("tbl_00000000000000000000000002", bytes(32), NOW), State(id="tbl_2"))

    assert child.safety.rewind is None
    assert not child.safety.stopped
