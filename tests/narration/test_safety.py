import re

import pytest
from msgspec.structs import replace

from taleforge.messages.brief import Beat
from taleforge.narration.grammar import tell
from taleforge.narration.language import load
from tests.narration.play import STORIES, recorded
from tests.narration.samples import EVERYBODY, brief

EN = load("en")
SPIDER = "The beam is bare. A spider hangs from it. Then the rain again."
BITE = Beat(9, "attack.hit", "crt_d", "crt_a", {"name": "Bite", "action": "bite"})


def told(*beats: Beat, lines: tuple[str, ...] = (), veils: tuple[str, ...] = (), seed: int = 7) -> str:
    return tell(brief(*beats, actors=EVERYBODY, lines=lines, veils=veils, seed=seed), EN)


def test_a_line_is_not_told_at_all() -> None:
    """The sentence that speaks of it is gone, and nothing marks the place."""
    assert told(Beat(9, "told", text=SPIDER), lines=("spiders",)) == "The beam is bare. Then the rain again."


def test_a_veil_happens_out_of_sight() -> None:
    """Something else stands where it was."""
    text = told(Beat(9, "told", text=SPIDER), veils=("Spiders",))
    assert "spider" not in text.lower()
    assert text.startswith("The beam is bare. ")
    assert text.endswith(" Then the rain again.")
    assert text != told(Beat(9, "told", text=SPIDER), lines=("spiders",))


@pytest.mark.parametrize("seed", range(40))
def test_another_way_of_saying_is_found(seed: int) -> None:
    """Where there are ways that do not touch it, one of them is taken and nothing is lost."""
    text = told(BITE, lines=("blood",), seed=seed)
    assert text
    assert not any(word in text.lower() for word in ("blood", "wound", "gore"))


def test_a_veiled_fight_is_told_by_its_absence_once() -> None:
    """A veil over violence passes over a row of blows in one sentence."""
    text = told(BITE, BITE, BITE, veils=("violence",))
    assert text.count(".") == 1
    assert "rat" not in text


def test_a_lined_fight_leaves_what_is_not_the_fight() -> None:
    """A line over violence leaves the rest of the Brief."""
    assert told(BITE, Beat(9, "told", text="Rain."), lines=("violence",)) == "Rain."


def test_any_word_may_be_a_line() -> None:
    """A subject no list knows is known by its own word."""
    assert told(Beat(9, "told", text="It rains. A clown laughs."), lines=("clowns",)) == "It rains."


def test_what_a_player_says_is_held_to_the_lines_too() -> None:
    """Speech is no way round them."""
    assert "spider" not in told(Beat(9, "said", "crt_b", text="Look, a spider!"), lines=("spiders",)).lower()


@pytest.mark.parametrize("subject", sorted(EN.subjects))
@pytest.mark.parametrize("story", sorted(STORIES))
def test_no_line_and_no_veil_is_crossed_in_a_whole_story(story: str, subject: str) -> None:
    """Whatever the pack says, whoever says it: not a word of the subject is in the prose."""
    family = EN.subjects[subject]
    shown = re.compile(r"\b(?:" + "|".join(map(re.escape, family.words)) + ")", re.IGNORECASE)
    for told_ in recorded(story):
        for agreed in ({"lines": family.names[:1]}, {"veils": family.names[:1]}):
            text = tell(replace(told_, **agreed), EN)
            assert not shown.search(text), text


def test_stories_do_speak_of_what_is_drawn_lines_around() -> None:
    """So that the law above holds of something."""
    words = [word for subject in ("children", "drowning", "fire", "death") for word in EN.subjects[subject].words]
    text = " ".join(tell(told_, EN) for story in STORIES for told_ in recorded(story)).lower()
    assert sum(word in text for word in words) >= 4


def test_who_speaks_may_be_what_nobody_wants_to_hear_of() -> None:
    """Then what was said is told without them."""
    assert told(Beat(9, "said", "crt_b", text="Rain again."), lines=("ysolde",)) == "“Rain again.”"
