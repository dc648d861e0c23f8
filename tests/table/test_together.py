"""Acting together out of fights: everybody says what they do, and then it is done."""

import pytest

from taleforge.messages import commands as cmd
from taleforge.messages.commands import Refused
from taleforge.messages.events import DeedDone, GatheringClosed
from taleforge.messages.views import GatheringView
from taleforge.table import gathering, project
from taleforge.table.position import Position
from tests.table.game import GUEST, HOST, Game

TALK = cmd.UseOption("do:ask_store")
CALL = cmd.UseOption("do:call")


def together(seconds: str = "60") -> Game:
    """Return a game of two at which deeds are gathered."""
    return Game(house_rules={"gather_seconds": seconds}).begin(guest=True)


def refused(game: Game, data: cmd.CommandData, seat: str = HOST) -> str:
    """Return why a command is refused."""
    reply = game.send(data, seat)
    assert isinstance(reply, Refused)
    return reply.code


def shown(game: Game, seat: str = HOST) -> GatheringView:
    """Return what a seat knows of the gathering."""
    found = game.view(seat).gathering
    assert found is not None
    return found


def undone(game: Game) -> list[tuple[str, str]]:
    """Return whose deeds came to nothing, and why."""
    return [(e.d.seat, e.d.code) for e in game.log if isinstance(e.d, DeedDone) and e.d.code]


def tried(game: Game) -> list[str | None]:
    """Return who tried something, in this order."""
    return [event.by.seat for event in game.log if event.name == "interaction.tried"]


def key(game: Game) -> str:
    """Return what a time-out calls the gathering that is on."""
    assert game.state.gathering is not None
    return gathering.key(game.state.gathering)


def test_nothing_is_done_before_everybody_has_said_what_they_do() -> None:
    """Then all of it, in the order in which it was said, each deed as its own player's."""
    game = together()
    game.ok(TALK)
    assert game.names() == ["deed.planned"]
    assert (shown(game, GUEST).ready, shown(game, GUEST).missing) == ((HOST,), (GUEST,))
    game.settle()
    assert game.names() == ["deed.planned"]
    game.ok(CALL, GUEST)
    before = len(game.log)
    game.settle()
    assert game.log[before].name == "gathering.closed"
    assert tried(game) == [HOST, GUEST]
    assert game.state.gathering is None
    assert shown(game).missing == (HOST, GUEST)


def test_whoever_says_it_again_has_changed_their_mind() -> None:
    """And whoever ends their turn does nothing this time."""
    game = together()
    game.ok(TALK)
    game.ok(cmd.EndTurn())
    game.ok(CALL, GUEST)
    game.settle()
    assert tried(game) == [GUEST]


def test_talk_is_not_gathered() -> None:
    """What is said is heard at once, and dice are rolled at once."""
    game = together()
    assert "said" in [event.name for event in game.ok(cmd.Say("Wait for me."))]
    assert "dice.rolled" in [event.name for event in game.ok(cmd.RollDice("1d20"))]
    assert game.state.gathering is None


def test_others_learn_only_that_somebody_has_spoken() -> None:
    """An option may be one that nobody else knows of."""
    game = together()
    (planned,) = game.ok(CALL)
    mine, others = project(game.state, planned, HOST), project(game.state, planned, GUEST)
    assert mine is not None
    assert mine.d["option"] == CALL.option
    assert others is not None
    assert others.d == {"seat": HOST, "until": "2026-11-20T20:01:00.000Z"}
    assert (shown(game).mine, shown(game, GUEST).mine) == (CALL.option, None)


def test_after_a_while_nobody_is_waited_for() -> None:
    """The clock begins with the first who speaks; what the others meant to do is not done."""
    game = together("30")
    assert gathering.deadlines(game.state) == {}
    game.ok(CALL, GUEST)
    position = Position(game.state, game.content, game.ids)
    assert position.deadlines() == {key(game): "2026-11-20T20:00:30.000Z"}
    (closed,) = game.ok(cmd.EngineTimeout(key(game)), "")
    assert closed.d == GatheringClosed((HOST,))
    assert refused(game, CALL) == "gathering/closed"
    game.settle()
    assert game.state.gathering is None


def test_whoever_holds_is_waited_for() -> None:
    """Until they have spoken too: the clock is stopped for all."""
    game = together("30")
    assert refused(game, cmd.Hold()) == "turn/no_fight"
    game.ok(CALL, GUEST)
    late = key(game)
    game.ok(cmd.Hold())
    assert gathering.deadlines(game.state) == {}
    assert shown(game, GUEST).held
    assert refused(game, cmd.EngineTimeout(late), "") == "decision/unknown"
    game.ok(cmd.EndTurn())
    game.settle()
    assert game.state.gathering is None


def test_clocks_stand_still_while_the_table_is_paused() -> None:
    """As those of turns and questions do."""
    game = together("30")
    game.ok(CALL, GUEST)
    game.ok(cmd.Pause())
    assert Position(game.state, game.content, game.ids).deadlines() == {}
    game.ok(cmd.Resume())
    assert list(gathering.deadlines(game.state).values()) == ["2026-11-20T20:00:30.000Z"]


@pytest.mark.parametrize("gone", [cmd.Away(), cmd.Leave()])
def test_whoever_is_away_or_has_left_is_not_waited_for(gone: cmd.CommandData) -> None:
    """The others' deeds are done; of one who left, none."""
    game = together()
    game.ok(CALL, GUEST)
    game.ok(gone)
    game.settle()
    assert tried(game) == [GUEST]
    assert game.state.gathering is None


def test_a_fight_comes_before_what_was_said_after_it() -> None:
    """A blade drawn by the first ends the gathering: the second is told that it came to nothing, and takes turns."""
    game = together()
    blade = next(o for o in game.view().options if o.kind == "attack")
    game.ok(cmd.UseOption(blade.id, (blade.targets[0].id,)))
    game.ok(CALL, GUEST)
    for _ in range(3):
        data = gathering.automatic(game.state)
        if data is not None:
            game.ok(data, "")
    assert undone(game) == [(GUEST, "gathering/fight")]
    assert project(game.state, game.log[-1], HOST) is None
    assert game.state.stage.fighting
    assert game.state.gathering is None
    assert game.view().gathering is None


def test_what_cannot_be_done_any_more_is_told_to_its_player() -> None:
    """Two who want the same thing: the second comes too late."""
    game = together()
    game.ok(CALL)
    game.ok(CALL, GUEST)
    game.settle()
    assert tried(game) == [HOST]
    assert undone(game) == [(GUEST, "option/unavailable")]


def test_a_deed_is_taken_back_by_itself() -> None:
    """Planning is no deed; undo takes back the last that was done, and nothing that was said waits any more."""
    game = together()
    game.ok(CALL)
    game.ok(TALK, GUEST)
    game.settle()
    game.ok(cmd.Undo())
    assert game.state.gathering is None
    assert [view.id for view in game.view(GUEST).options if view.id == "do:ask_store"]


def test_nobody_is_waited_for_where_one_plays_alone_or_the_rule_is_off() -> None:
    """Everything is done at once."""
    alone = Game(house_rules={"gather_seconds": "60"}).begin(companion=True)
    assert "interaction.tried" in [event.name for event in alone.ok(CALL)]
    game = Game().begin(guest=True)
    assert game.view().gathering is None
    assert "interaction.tried" in [event.name for event in game.ok(CALL)]


def test_the_rule_may_be_switched_off_while_some_have_spoken() -> None:
    """What they said is done."""
    game = together()
    game.ok(CALL)
    game.ok(cmd.SetHouseRule("gather_seconds", "0"))
    game.settle()
    assert tried(game) == [HOST]
