"""The painter that needs no model."""

import itertools
import zlib

import numpy as np
import pytest
from numpy import typing as npt

from taleforge.art.beasts import kinds
from taleforge.art.plate import Plate
from taleforge.art.portraits import portrait
from taleforge.art.procedural import drawn
from taleforge.art.reading import chance, data, read, style_of
from taleforge.art.sitters import Sitter, sitter_of
from taleforge.art.values import STYLES, Wish

SIZE = 64


def pixels(wish: Wish) -> npt.NDArray[np.uint8]:
    """Return the numbers of a picture."""
    packed = drawn(wish)
    body = packed[packed.index(b"IDAT") + 4 : packed.index(b"IEND") - 8]
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(wish.height, -1)[:, 1:]
    return rows.cumsum(axis=0, dtype=np.uint8).reshape(wish.height, wish.width, 3)


def wish(prompt: str, **more: object) -> Wish:
    return Wish(prompt, **{"width": SIZE, "height": SIZE, **more})  # type: ignore[arg-type] # as the test says


def sitting(prompt: str, seed: int) -> Sitter:
    """Return who sits for a portrait."""
    asked = wish(prompt, seed=seed)
    return sitter_of(Plate(SIZE, SIZE, chance(asked), (-0.5, -0.5, 0.7)), read(asked))


@pytest.mark.parametrize("style", STYLES)
def test_the_same_wish_is_the_same_picture(style: str) -> None:
    """To the last byte; another seed is another picture."""
    one, again = drawn(wish("an elf", style=style, seed=3)), drawn(wish("an elf", style=style, seed=3))
    assert one == again
    assert drawn(wish("an elf", style=style, seed=4)) != one


def test_styles_differ_by_more_than_colour() -> None:
    """Any two of the same wish differ at most pixels."""
    made = {style: pixels(wish("an old dwarf", style=style)).astype(int) for style in STYLES}
    for one, other in itertools.combinations(STYLES, 2):
        assert (np.abs(made[one] - made[other]).max(axis=2) > 24).mean() > 0.5, (one, other)


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("an old dwarf with a red beard", "portrait"), ("a tavern keeper", "portrait"), ("a tavern", "scene"),
        ("an elven sword", "item"), ("a knight with a sword", "portrait"), ("the cave of the dragon", "scene"),
        ("two potions", "item"), ("a dragon", "scene"), ("a dragon shield", "item"), ("a throne room", "scene"),
        ("", "portrait"), ("ZWERG", "portrait"), ("a wolf", "portrait"), ("the wolf inn", "scene"),
    ],
)  # fmt: skip
def test_the_first_noun_says_what_it_is_about(prompt: str, kind: str) -> None:
    """Of several in a row the last, as in *tavern keeper*."""
    assert read(wish(prompt)).kind == kind


def test_a_colour_belongs_to_what_it_stands_before() -> None:
    """In *a red-haired elf in a blue cloak* each has its own, and eyes keep theirs."""
    names = data("colours")["names"]
    found = read(wish("a red-haired elf in a long blue cloak with green eyes")).colours
    assert {owner: found[owner] for owner in ("hair", "garb", "eyes")} == {
        "hair": tuple(names["red"]), "garb": tuple(names["blue"]), "eyes": tuple(names["green"]),
    }  # fmt: skip


def test_words_are_known_in_the_plural_and_by_their_last_part() -> None:
    """As *braids* and *slow-smiling*."""
    found = read(wish("Slow-smiling, with grey braids"))
    assert (found.traits["mood"], found.traits["hair"]) == ("merry", "long")
    assert found.colours["hair"] == tuple(data("colours")["names"]["grey"])


@pytest.mark.parametrize(
    ("prompt", "shape"),
    [
        ("a brass bell", "bell"),
        ("a round wooden shield", "buckler"),
        ("a smuggler's ledger", "book"),
        ("ropes", "rope"),
    ],
)
def test_a_thing_is_known_by_its_noun(prompt: str, shape: str) -> None:
    """Of several in a row the last, as in *wooden shield*."""
    assert read(wish(prompt, kind="item")).traits["shape"] == shape


@pytest.mark.parametrize("style", STYLES)
def test_what_nobody_has_words_for_can_be_painted(style: str) -> None:
    """As a sack: whatever it is, is in there."""
    assert pixels(wish("a thingumajig", kind="item", style=style)).std() > 12


@pytest.mark.parametrize("kind", kinds())
def test_a_beast_is_no_person(kind: str) -> None:
    """Its picture is another than that of a person of the same wish, who may be a hunter of them."""
    assert read(wish(f"a {kind}")).traits["beast"] == kind
    asked = wish(f"a {kind}", kind="portrait")
    person, plate = (Plate(SIZE, SIZE, chance(asked), (-0.5, -0.5, 0.7)) for _ in range(2))
    portrait(person, read(wish(f"a {kind} hunter")))
    portrait(plate, read(asked))
    assert (np.abs(plate.rgb - person.rgb).max(axis=2) > 0.1).mean() > 0.2


def test_two_that_the_same_words_describe_are_two_people() -> None:
    """Hair, beard, skin and the shape of the face are somebody's own; what the words say, all of them have."""
    guards = [sitting("a bearded town guard", seed) for seed in range(12)]
    assert all(guard.beard == "full" and guard.own("garb") == "mail" for guard in guards)
    assert len({(guard.cut, guard.hair, guard.skin) for guard in guards}) >= 8
    assert np.ptp([guard.wide for guard in guards]) > 0.02
    assert len({sitting("a town guard", seed).beard for seed in range(12)}) > 1


def test_a_prompt_may_name_its_style() -> None:
    """The wish's own style comes first."""
    assert style_of(wish("a woodcut of a tower")) == "woodcut"
    assert style_of(wish("a woodcut of a tower", style="glass")) == "glass"


def test_a_red_beard_is_red() -> None:
    """What the words say is seen: there is more red under the face than in the picture of a white beard."""
    red, white = (
        pixels(wish(f"an old dwarf with a {colour} beard", style="gouache")).astype(int)[40:60, 22:42]
        for colour in ("red", "white")
    )
    assert (red[..., 0] - red[..., 2]).mean() > (white[..., 0] - white[..., 2]).mean() + 30


@pytest.mark.slow  # every word that is known: half a minute
@pytest.mark.parametrize("kind", ["portrait", "item", "scene"])
def test_every_known_word_can_be_painted(kind: str) -> None:
    """In every style, at a lying, a standing and the least size, nothing raises and nothing is one flat colour."""
    words = [words[0] for table in data("words")[kind].values() for words in table.values()]
    for at, word in enumerate(words):
        for style in STYLES:
            sides = ((160, 64), (64, 160), (64, 64))[at % 3]
            made = pixels(Wish(word, style, *sides, seed=at, kind=kind))  # type: ignore[arg-type] # one of them
            assert made.std() > 12, (word, style)
