"""A log that was played is found right, and any change to it is found at the event and face where it is."""

import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.messages import commands as cmd
from taleforge.messages.codec import decode_event, encode
from taleforge.messages.events import DiceCommitted, Event, rolls_of
from taleforge.rules.dice import commitment
from taleforge.table.position import Position
from taleforge.table.verify import Problem, verify
from tests.table.game import SEED, Game
from tests.table.player import play

OTHER = b"another seed".ljust(32)


def problem_of(table: str, log: list[Event], elsewhere: int = 0) -> Problem:
    """Return the problem that a log has to have."""
    problem = verify(table, log, elsewhere).problem
    assert problem is not None
    return problem


def revealed(game: Game) -> list[Event]:
    """Return a game's log after its seed was revealed, as it is read from an export."""
    rotation = Position(game.state, game.content, game.ids).rotate(SEED, OTHER, "2026-11-20T22:00:00.000Z")
    return [decode_event(encode(event)) for event in (*game.log, *rotation.events)]


@pytest.mark.parametrize("seed", range(6))
def test_a_log_that_was_played_is_right(seed: int) -> None:
    """Every roll of it is derived again, and none is left over."""
    game = play(seed, steps=60)
    log = revealed(game)
    verdict = verify(game.state.id, log)
    assert verdict.problem is None
    assert verdict.events == len(log)
    faces = {roll.nonce: len(roll.faces) for event in log for roll in rolls_of(event.d) if roll.faces}
    assert verdict.faces == sum(faces.values()) > 0
    assert verdict.unrevealed == 0


def test_rolls_of_an_unrevealed_seed_are_counted() -> None:
    """A log in use replays, and says how many of its rolls cannot be checked yet."""
    game = play(1, steps=60)
    verdict = verify(game.state.id, game.log)
    assert verdict.problem is None
    assert verdict.rolls == 0
    assert verdict.unrevealed > 0


def changed(log: list[Event], v: int, change: Any) -> list[Event]:
    """Return a log in which the data of one event was changed as plain data."""
    plain = json.loads(encode(log[v - 1]))
    change(plain["d"])
    return [*log[: v - 1], decode_event(json.dumps(plain)), *log[v:]]


def rolled(game: Game, expression: str) -> int:
    """Roll, and return the version of the event."""
    game.ok(cmd.RollDice(expression))
    return game.state.version


def face(to: int) -> Any:
    def change(data: Any) -> None:
        data["roll"]["faces"][1][1] = to

    return change


def test_one_changed_face_is_found() -> None:
    """The verdict names the event, the roll, which of its faces it is, and what it should be."""
    game = Game().begin()
    rolled(game, "1d20")
    v = rolled(game, "3d6+1")
    log = revealed(game)
    (record,) = rolls_of(log[v - 1].d)
    right = record.faces[1][1]
    verdict = verify(game.state.id, changed(log, v, face(right % 6 + 1)))
    wrong = {"expr": "3d6+1", "place": 2, "wanted": f"{right} on d6", "found": f"{right % 6 + 1} on d6"}
    assert verdict.problem == Problem(v, "dice/wrong_face", wrong)
    assert verdict.rolls == 1


def set_(key: str, value: Any) -> Any:
    return lambda data: data["roll"].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_("total", 99), "dice/wrong_total"),
        (set_("expr", "3d6+2"), "dice/wrong_total"),
        (set_("nonce", 0), "dice/used_again"),
        (set_("nonce", 999), "dice/gap"),
        (set_("nonce", -1), "dice/used_again"),
        (set_("expr", "3d("), "dice/unreadable"),
        (set_("faces", []), "dice/wrong_face"),
    ],
)
def test_any_change_to_a_roll_is_found(change: Any, code: str) -> None:
    """Total, expression, place in the stream: each with its own code, at its event."""
    game = Game().begin()
    rolled(game, "1d20")
    v = rolled(game, "3d6+1")
    problem = problem_of(game.state.id, changed(revealed(game), v, change))
    assert (problem.v, problem.code) == (v, code)


def test_an_old_roll_cannot_be_used_again() -> None:
    """A good roll from before, put where another was made, is found although its faces are the stream's."""
    game = Game().begin()
    first, second = rolled(game, "1d20"), rolled(game, "1d20")
    log = revealed(game)
    log[second - 1] = replace(log[second - 1], d=log[first - 1].d)
    problem = problem_of(game.state.id, log)
    assert (problem.v, problem.code) == (second, "dice/used_again")


def test_a_roll_that_was_left_out_is_found() -> None:
    """A dropped event leaves a gap in the versions; renumbered, it leaves a gap in the dice."""
    game = Game().begin()
    v = rolled(game, "1d20")
    rolled(game, "1d20")
    log = revealed(game)
    cut = log[: v - 1] + log[v:]
    assert problem_of(game.state.id, cut).code == "log/gap"
    renumbered = [replace(event, v=number) for number, event in enumerate(cut, 1)]
    problem = problem_of(game.state.id, renumbered)
    assert (problem.v, problem.code) == (v, "dice/gap")


def test_a_last_roll_that_was_left_out_is_found() -> None:
    """Words were used before the seed was revealed that are in no roll."""
    game = Game().begin()
    v = rolled(game, "1d20")
    log = revealed(game)
    cut = [replace(event, v=number) for number, event in enumerate(log[: v - 1] + log[v:], 1)]
    problem = problem_of(game.state.id, cut)
    assert (problem.v, problem.code) == (v, "dice/gap")


def test_another_seed_is_found() -> None:
    """What is revealed has to fit what was committed to."""
    game = Game().begin()
    rolled(game, "1d20")
    log = revealed(game)
    at = len(log) - 1
    problem = problem_of(game.state.id, changed(log, at, lambda data: data.update(server_seed=OTHER.hex())))
    assert (problem.v, problem.code) == (at, "dice/wrong_seed")
    assert problem_of(game.state.id, changed(log, at, lambda data: data.update(server_seed="xyz"))).v == at


def test_a_salt_that_ignores_the_seats_is_found() -> None:
    """The salt is that of the table's id and what every seat gave; a chosen one is refused, unless made elsewhere."""
    game = Game().begin()
    game.ok(cmd.Entropy("ab" * 32))
    v = game.state.version
    log = revealed(game)
    assert verify(game.state.id, log).problem is None
    wrong = changed(log, v, lambda data: data.update(salt="cd" * 32))
    assert (problem_of(game.state.id, wrong).v, problem_of(game.state.id, wrong).code) == (v, "dice/wrong_salt")
    assert problem_of("tbl_renamed", log).code == "dice/wrong_salt"
    assert verify("tbl_renamed", log, elsewhere=len(log)).problem is None
    for nonsense in ("", "abc", "XY"):
        broken = changed(log, v, lambda data, salt=nonsense: data.update(salt=salt))
        assert verify(game.state.id, broken, elsewhere=len(log)).problem is not None or nonsense == ""


def test_dice_are_followed_over_a_rotation() -> None:
    """Each seed is checked for its own rolls; the words of the new one count from nothing."""
    game = Game().begin()
    rolled(game, "2d20kh1")
    rotation = Position(game.state, game.content, game.ids).rotate(SEED, OTHER, "2026-11-20T22:00:00.000Z").events
    log = [*game.log, *rotation]
    position = Position(game.state, game.content, game.ids)
    for event in rotation:
        position = position.after(event)
    more = position.decide(cmd.command("cmd_more", log[3].by.seat or "", cmd.RollDice("4d6kh3")), OTHER, log[-1].at)
    log += more.events
    for event in more.events:
        position = position.after(event)
    log += position.rotate(OTHER, SEED, log[-1].at).events
    verdict = verify(game.state.id, log)
    assert verdict.problem is None
    assert verdict.rolls == 2
    assert isinstance(log[-1].d, DiceCommitted)
    assert log[-1].d.commitment == commitment(SEED).hex()


@given(st.integers(0, 10**6))
def test_no_forged_log_breaks_the_check(seed: int) -> None:
    """Events dropped, doubled, swapped or moved: there is a verdict, and never an exception."""
    random = Random(seed)
    log = list(LOG)
    for _ in range(random.randint(1, 4)):
        at, other = random.randrange(len(log)), random.randrange(len(log))
        log[at] = replace(log[other], v=random.choice((log[at].v, log[other].v)))
    verdict = verify(GAME.state.id, log)
    assert isinstance(msgspec.json.encode(verdict), bytes)


GAME = play(3, steps=60)
LOG = revealed(GAME)
