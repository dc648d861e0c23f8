"""The dice stream of PROTOCOL §9 against known answers, against its definition, and against chance."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.dice import (
    DiceLimitError,
    DiceSource,
    DiceValueError,
    ProvableDice,
    ScriptedDice,
    commitment,
    roll,
    salt_for,
    seeded,
)

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors.json").read_text())

Dice = st.tuples(st.integers(0, 20), st.one_of(st.integers(1, 100), st.sampled_from([2**31 + 1, 2**32 - 1, 2**32])))


def words(seed: bytes, salt: bytes) -> Iterator[int]:
    """The stream as PROTOCOL §9 writes it down."""
    block = 0
    while True:
        digest = hmac.new(seed, salt + block.to_bytes(8, "big"), hashlib.sha256).digest()
        yield from (int.from_bytes(digest[at : at + 4], "big") for at in range(0, 32, 4))
        block += 1


def faces(stream: Iterator[int], sides: int) -> Iterator[int]:
    """The faces of dice with `sides` sides, likewise."""
    return (word % sides + 1 for word in stream if word < sides * (2**32 // sides))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["table"])
def test_known_answers(vector: dict[str, Any]) -> None:
    """Commitment, salt, words and faces are those written down; so are those of the definition."""
    seed, entropies = bytes.fromhex(vector["server_seed"]), [bytes.fromhex(part) for part in vector["entropies"]]
    salt = salt_for(vector["table"], entropies)
    assert salt.hex() == vector["salt"] == hashlib.sha256(vector["table"].encode() + b"".join(entropies)).hexdigest()
    assert commitment(seed).hex() == vector["commitment"] == hashlib.sha256(seed).hexdigest()
    assert [word - 1 for word in ProvableDice(seed, salt).faces(20, 2**32)] == vector["words"]
    assert list(islice(words(seed, salt), 20)) == vector["words"]
    for sides, expected in vector["faces"].items():
        assert ProvableDice(seed, salt).faces(len(expected), int(sides)) == expected
        assert list(islice(faces(words(seed, salt), int(sides)), len(expected))) == expected
    for text, expected in vector["rolls"].items():
        record = roll(text, ProvableDice(seed, salt, expected["nonce"]))
        assert (record.total, [face for _, face, _ in record.faces]) == (expected["total"], expected["faces"])


@given(st.binary(max_size=100), st.binary(max_size=40), st.lists(Dice, max_size=8), st.integers(0, 50))
def test_the_stream_is_its_definition(seed: bytes, salt: bytes, dice: list[tuple[int, int]], start: int) -> None:
    """However dice are asked for, from wherever in the stream, faces and words used are those of the definition."""
    ours = ProvableDice(seed, salt, start)
    used = Counting(words(seed, salt))
    list(islice(used, start))
    for count, sides in dice:
        expected = list(islice(faces(used, sides), count))
        assert ours.faces(count, sides) == expected if count != 1 else [ours.face(sides)] == expected
        assert ours.nonce == used.count


class Counting(Iterator[int]):
    """A stream that knows how many words were taken."""

    def __init__(self, stream: Iterator[int]) -> None:
        self.stream = stream
        self.count = 0

    def __next__(self) -> int:
        self.count += 1
        return next(self.stream)


@given(st.lists(st.sampled_from([2, 6, 20, 2**31 + 1]), max_size=30), st.integers(0, 30))
def test_going_back_gives_the_same_faces(sides: list[int], back_to: int) -> None:
    """After a rewind the stream goes on exactly as it did from there."""
    dice = seeded("rewind")
    first = [(dice.nonce, dice.face(side)) for side in sides]
    for (nonce, face), side in list(zip(first, sides, strict=True))[back_to:]:
        dice.rewind(nonce)
        assert dice.face(side) == face


@pytest.mark.parametrize("draw", [lambda dice, sides: dice.face(sides), lambda dice, sides: dice.faces(3, sides)])
def test_impossible_dice_are_refused(draw: Callable[[DiceSource, int], object]) -> None:
    """No sides is a value error, more sides than a word has values is beyond the limit; neither uses a word."""
    dice = seeded(1)
    for sides, error in [(0, DiceValueError), (-6, DiceValueError), (2**32 + 1, DiceLimitError)]:
        with pytest.raises(error):
            draw(dice, sides)
    assert dice.nonce == 0


def test_seeds_are_told_apart_and_kept() -> None:
    """The same seed gives the same dice, a number means its digits, and other seeds give other dice."""
    assert seeded(7).faces(50, 20) == seeded("7").faces(50, 20) == seeded(b"7").faces(50, 20)
    assert len({tuple(seeded(seed).faces(10, 100)) for seed in range(200)}) == 200


def test_every_seat_changes_the_salt() -> None:
    """What any one seat adds, and the order of seats, matters; so does the table."""
    parts = [bytes([seat]) * 32 for seat in range(3)]
    salts = {
        salt_for("tbl_a", parts),
        salt_for("tbl_b", parts),
        salt_for("tbl_a", parts[::-1]),
        salt_for("tbl_a", parts[:2]),
    }
    assert len(salts) == 4


def test_a_script_shows_what_it_says_and_no_more() -> None:
    """Scripted faces come in order, an impossible or missing one is a value error, and a failed roll takes none."""
    dice: DiceSource = ScriptedDice([3, 20, 7])
    assert (dice.face(6), dice.nonce) == (3, 1)
    with pytest.raises(DiceValueError, match="A d6 cannot show 20"):
        dice.face(6)
    with pytest.raises(DiceValueError, match="only 3 faces"):
        dice.faces(3, 20)
    dice.rewind(1)
    assert dice.faces(2, 20) == [20, 7]
    with pytest.raises(DiceValueError, match="A d6 cannot show 0"):
        ScriptedDice([0]).face(6)


@pytest.mark.parametrize(("sides", "bound"), [(2, 10.83), (6, 20.52), (20, 43.82), (100, 148.23), (7, 22.46)])
def test_faces_are_uniform(sides: int, bound: float) -> None:
    """For a fixed seed the chi-square statistic of 60,000 faces stays below its 99.9 % point."""
    count = 60_000
    seen = Counter(seeded(f"chi-square {sides}").faces(count, sides))
    expected = count / sides
    assert set(seen) == set(range(1, sides + 1))
    assert sum((seen[face] - expected) ** 2 / expected for face in seen) < bound


def test_neighbouring_faces_are_independent() -> None:
    """For a fixed seed the pairs of following d6 are uniform over all 36 (99.9 % point, 35 degrees of freedom)."""
    drawn = seeded("pairs").faces(72_000, 6)
    pairs = Counter(zip(drawn[::2], drawn[1::2], strict=True))
    assert sum((pairs[a, b] - 1000) ** 2 / 1000 for a in range(1, 7) for b in range(1, 7)) < 66.62


def test_large_dice_are_not_biased_to_low_faces() -> None:
    """With 3·2³⁰ sides a quarter of the words is skipped, or half of the faces would be in the lowest third."""
    drawn = seeded("bias").faces(4500, 3 * 2**30)
    assert abs(sum(face <= 2**30 for face in drawn) - 1500) < 4 * 32
