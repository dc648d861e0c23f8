"""Content that many tables hold is held once."""

import gc

from taleforge.messages import shared as pool
from taleforge.messages.codec import decode_event, encode
from taleforge.messages.events import SceneEntered, TableOpened
from tests.table.game import Game


def test_two_tables_hold_one_scene() -> None:
    """However often its log is read, a scene, its sheets and the words of the adventure are the same objects."""
    log = [encode(event) for event in Game().begin().log]
    first, second = ([decode_event(line).d for line in log] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        if isinstance(one, SceneEntered) and isinstance(other, SceneEntered):
            assert one.scene is other.scene
            assert all(a.sheet is b.sheet for a, b in zip(one.creatures, other.creatures, strict=True))
            assert all(one.sheets[key] is other.sheets[key] for key in one.sheets)
        if isinstance(one, TableOpened) and isinstance(other, TableOpened):
            assert one.items is other.items
            assert one.pregens is other.pregens
    assert any(isinstance(data, SceneEntered) for data in first)


def test_the_table_that_is_played_holds_what_its_log_says() -> None:
    """A table just opened and the same table read from its log share the scene."""
    game = Game().begin()
    read = next(d for event in game.log if isinstance(d := decode_event(encode(event)).d, SceneEntered))
    assert read.scene is game.state.scene


def test_what_nobody_plays_any_more_leaves() -> None:
    """The pool holds nothing by itself."""
    game = Game().begin()
    shown = encode(next(event for event in game.log if event.name == "scene.entered"))
    strange = decode_event(shown.replace(b"The Crooked Lamp", b"The Straight Lamp")).d
    gc.collect()
    before = len(pool._POOL)
    assert isinstance(strange, SceneEntered)
    del strange
    gc.collect()
    assert len(pool._POOL) < before
