import pytest
from msgspec.structs import replace

from taleforge.messages.brief import Beat, Brief, Place
from taleforge.narration import check
from tests.narration.samples import EVERYBODY, brief

HIT = Beat(9, "attack.hit", "crt_b", "crt_d", {"name": "Mace", "action": "mace"})
MISS = Beat(9, "attack.missed", "crt_b", "crt_d", {"name": "Mace", "action": "mace"})
DIED = Beat(9, "died", "crt_b", "crt_d")


def about(*beats: Beat) -> Brief:
    return replace(brief(*beats, actors=EVERYBODY), place=Place("The Drowned Bell", zone="the bar"))


def codes(made: Brief, text: str) -> set[str]:
    return {violation.code for violation in check(made, text)}


@pytest.mark.parametrize(
    "text",
    ["The mace does 7 damage.", "She takes seven damage.", "He loses eleven of his hit points.", "It rolls a 20.",
     "You move thirty feet.", "That costs you two gold."],
)  # fmt: skip
def test_numbers_of_the_game_are_found(text: str) -> None:
    """Digits and counted quantities have no place in prose."""
    assert codes(about(HIT), text) & {"truth/number", "truth/term"}


@pytest.mark.parametrize("text", ["Ysolde takes two steps and swings.", "Nobody said one word.", "One of them coughs."])
def test_harmless_numbers_are_left_alone(text: str) -> None:
    """A number that counts nothing of the game is a word like another."""
    assert codes(about(HIT), text) == set()


@pytest.mark.parametrize(
    "text",
    ["Ysolde swings, and Torvald laughs.", "The landlady nods to Torvald Grimm.", "Torvald's blade sings.",
     "Torvald strikes first."],
)  # fmt: skip
def test_strangers_are_found(text: str) -> None:
    """A name that the Brief does not have is somebody made up."""
    assert codes(about(HIT), text) == {"truth/name"}


@pytest.mark.parametrize(
    "text", ["In the Drowned Bell, Ysolde Reed swings.", "Marrick's friend swings.", "Steadily Ysolde swings."]
)
def test_names_of_the_brief_are_known(text: str) -> None:
    """Whoever and wherever the Brief speaks of may be named, whole or in part."""
    assert codes(about(HIT), text) == set()


@pytest.mark.parametrize(
    ("beats", "text"),
    [((HIT,), "The giant rat falls dead."), ((HIT,), "Ysolde misses the giant rat."),
     ((MISS,), "Ysolde hits the giant rat."), ((MISS,), "The blow wounds it."), ((HIT,), "The giant rat flees.")],
)  # fmt: skip
def test_outcomes_that_did_not_come_about_are_found(beats: tuple[Beat, ...], text: str) -> None:
    """Nobody dies, hits, misses or flees in prose who did not do so in fact."""
    assert codes(about(*beats), text) == {"truth/outcome"}


@pytest.mark.parametrize(
    ("beats", "text"),
    [((HIT, DIED), "The giant rat falls dead."), ((MISS,), "Ysolde misses."), ((HIT,), "Ysolde hits the giant rat."),
     ((HIT,), "The giant rat is not dead."), ((HIT,), "It nearly dies of it.")],
)  # fmt: skip
def test_outcomes_that_came_about_may_be_told(beats: tuple[Beat, ...], text: str) -> None:
    """What the beats bear out, and what is denied, is no lie."""
    assert codes(about(*beats), text) == set()


def test_words_of_the_pack_are_not_judged() -> None:
    """A pack may speak of numbers and of strangers: those are its facts."""
    words = "Bartholomew counted 40 dead in the river."
    assert codes(about(Beat(9, "told", text=words)), f"{words} Ysolde listens.") == set()
