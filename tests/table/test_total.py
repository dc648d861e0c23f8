"""`decide` answers anything: no command, however senseless, on any state, makes it raise."""

from functools import lru_cache
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from taleforge.messages.commands import COMMANDS, Ack, Command, Do, Refused, command
from taleforge.messages.ids import CommandId, SeatId
from taleforge.table import decide, fold
from tests.table.game import GUEST, HOST, Game
from tests.table.player import play

WORDS = [
    "act:longsword", "act:cure_wounds", "act:hide@bonus", "act:@", "act:", "do:force", "do:", "go:", "rest:long",
    "turn:end", "store", "marta", "door", "3,3", "-1,5", "999999,2", "", "fighter", "odds", "exact", "*", "\x00", "💀",
]  # fmt: skip


@lru_cache
def plays() -> list[Game]:
    """Return some games in various states: lobby, exploring, fighting, waiting, paused, closed."""
    return [Game(), Game().begin(), *(play(seed, 25) for seed in range(10))]


def values(kind: Any, game: Game) -> st.SearchStrategy[Any]:
    """Return a strategy for a field's type; texts are often ids that exist in the game."""
    if kind is str:
        ids = [*game.state.stage.creatures, *game.state.seats, *game.state.decisions]
        return st.sampled_from([*WORDS, *ids]) | st.text(max_size=20)
    if kind is int:
        return st.integers(-3, 12) | st.integers()
    if kind is bool or kind is type(None):
        return st.booleans() if kind is bool else st.none()
    if get_origin(kind) is tuple:
        inner, *rest = get_args(kind)
        if rest == [...]:
            return st.lists(values(inner, game), max_size=4).map(tuple)
        return st.tuples(*(values(part, game) for part in (inner, *rest)))
    if get_origin(kind) is dict:
        key, value = get_args(kind)
        return st.dictionaries(values(key, game), values(value, game), max_size=3)
    parts = get_args(kind)
    if parts and all(isinstance(part, str) for part in parts):
        return st.sampled_from(parts)
    return st.one_of(*(values(part, game) for part in parts))


def commands(name: str, game: Game) -> st.SearchStrategy[Command]:
    """Return a strategy for commands of a name, from seats of the game and from nobody."""
    data: type[Struct] = COMMANDS[name]
    hints = get_type_hints(data)
    built = st.builds(data, **{field: values(hints[field], game) for field in data.__struct_fields__})
    seats = st.sampled_from([HOST, GUEST, "", "seat_nobody"])
    return st.builds(
        lambda body, seat, turn: Command(CommandId("cmd_any"), name, SeatId(seat), body, turn),
        built, seats, st.none() | st.integers(0, 9),
    )  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
@given(data=st.data(), number=st.integers(0, 11))
def test_any_command_gets_an_answer(name: str, data: st.DataObject, number: int) -> None:
    """The answer is an Ack with events that lead to the new state, or a Refused and nothing at all."""
    game = plays()[number]
    given_ = data.draw(commands(name, game))
    decided = decide(game.state, given_, game.context())

    assert isinstance(decided.reply, Ack | Refused)
    if isinstance(decided.reply, Refused):
        assert decided.events == ()
        assert decided.state is game.state
    else:
        assert fold(decided.events, game.state) == decided.state


def test_a_name_that_is_no_command_is_refused() -> None:
    """Data that belongs to nothing the table does is unknown, not an error."""
    game = Game().begin()
    do = command("cmd_x", HOST, Do("hello"))

    assert isinstance(decide(game.state, do, game.context()).reply, Refused)
