"""Lines and veils hold for what a pack describes, in views and in events; nothing else is changed by them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from taleforge.messages import commands as cmd
from taleforge.messages.ids import CountingIds
from taleforge.table.discretion import HIDDEN
from taleforge.table.position import Position
from taleforge.table.state import Safety, State
from tests.table.game import HOST, Game, content

DESCRIPTIONS = {"look", "zone_look", "label", "topic", "title", "text", "ending_text"}
DRAWN = ("beam", "barrels", "sacks", "table", "rain", "drink")
"""Words of the small adventure, in what is looked at, done, told and written down."""


def tact(lines: tuple[str, ...], veils: tuple[str, ...], lang: str) -> Callable[[str], str]:
    """Leave out sentences with a lined word, and hide those with a veiled one."""
    assert lang == "en"

    def tell(text: str) -> str:
        sentences = re.findall(r"[^.]+\.?", text)
        kept = [each for each in sentences if not any(word in each.casefold() for word in lines)]
        return "".join(HIDDEN if any(word in each.casefold() for word in veils) else each for each in kept)

    return tell


def played(*wishes: cmd.CommandData) -> Game:
    """Return a game in which something was looked at and done."""
    game = Game().begin()
    for wish in (*wishes, *(cmd.UseOption(option.id) for option in game.view().options if option.label)):
        game.send(wish)
    return game


def positions(game: Game) -> Iterator[tuple[Position, Position]]:
    """Give each position of a game, as it is without tact and with it."""
    empty = State(id=game.state.id)
    plain, discreet = (Position(empty, content(), CountingIds(), how) for how in (None, tact))
    for event in game.log:
        plain, discreet = plain.after(event), discreet.after(event)
        yield plain, discreet


def without_descriptions(value: Any) -> Any:
    """Return plain data without any description in it."""
    if isinstance(value, dict):
        return {key: without_descriptions(one) for key, one in value.items() if key not in DESCRIPTIONS}
    return [without_descriptions(one) for one in value] if isinstance(value, list | tuple) else value


def descriptions(value: Any) -> Iterator[str]:
    """Give every description in plain data."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from [one] if key in DESCRIPTIONS and isinstance(one, str) else descriptions(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from descriptions(one)


@pytest.mark.parametrize("kind", ["lines", "veils"])
def test_nothing_but_descriptions_is_told_otherwise(kind: str) -> None:
    """Whatever is seen and heard, at every version: no number, choice or id differs, and no drawn word is left."""
    game = played(cmd.SetSafety(lines=DRAWN) if kind == "lines" else cmd.SetSafety(veils=DRAWN))
    hidden = 0
    for event, (plain, discreet) in zip(game.log, positions(game), strict=True):
        for one, other in (
            (plain.view(HOST), discreet.view(HOST)),
            (plain.project(event, HOST), discreet.project(event, HOST)),
        ):
            before, after = msgspec.to_builtins(one), msgspec.to_builtins(other)
            assert without_descriptions(before) == without_descriptions(after)
            if discreet.state.safety != Safety():
                told = list(descriptions(after))
                assert not [text for text in told if any(word in text.casefold() for word in DRAWN)]
                hidden += told != list(descriptions(before))
    assert hidden


def test_where_nothing_is_drawn_everything_is_as_written() -> None:
    """Not even another object."""
    game = played()
    for event, (plain, discreet) in zip(game.log, positions(game), strict=True):
        assert plain.view(HOST) == discreet.view(HOST)
        assert plain.project(event, HOST) == discreet.project(event, HOST)


def test_an_option_without_its_words_is_called_by_its_code() -> None:
    """It can be chosen as before, and what comes of it is the same."""
    game = Game().begin()
    labelled = [option for option in game.view().options if option.label]
    words = tuple({word.casefold().strip("?.,") for option in labelled for word in (option.label or "").split()})
    game.ok(cmd.SetSafety(lines=words))
    *_, (_, discreet) = positions(game)
    offered = {option.id: option for option in discreet.view(HOST).options}
    assert labelled
    assert all(offered[option.id].label is None and offered[option.id].code for option in labelled)


def test_what_players_say_is_theirs() -> None:
    """Lines are for the story; who breaks them at the table is stopped by the card."""
    game = played(cmd.SetSafety(lines=("fish",)), cmd.Say("I smell fish."))
    heard = [discreet.project(event, HOST) for event, (_, discreet) in zip(game.log, positions(game), strict=True)]
    assert "I smell fish." in [event.d["text"] for event in heard if event and event.name == "said"]
