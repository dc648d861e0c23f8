"""A language file is consistent with itself and with what the table offers."""

from typing import get_args

import pytest

from taleforge.interpret.language import load_language
from taleforge.messages.commands import GESTURES
from taleforge.messages.views import OptionKind
from taleforge.world.scene import Verb

LANGUAGE = load_language("en")
FRAMES = LANGUAGE.source.frames


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_speaks_only_of_its_own_verbs(name: str) -> None:
    """Verbs that are called weak, ranged, mild … are among the frame's verbs."""
    frame = FRAMES[name]
    mentioned = {*frame.weak, *frame.ranged, *frame.melee, *frame.mild, *frame.loose, *frame.armed, *frame.only}

    assert mentioned <= {*frame.verbs}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_knows_the_verbs_of_scenes_and_the_kinds_of_options(name: str) -> None:
    """What a frame looks for exists."""
    assert FRAMES[name].scene.keys() <= {*get_args(Verb)}
    assert {*FRAMES[name].kinds} <= {*get_args(OptionKind)}
    assert all(0 < fit <= 1 for fit in FRAMES[name].scene.values())


def test_gestures_are_those_that_the_table_knows() -> None:
    """What can be typed as a gesture is told as one."""
    assert {*FRAMES["gesture"].verbs} == GESTURES


def test_every_verb_of_a_scene_can_be_said() -> None:
    """For each verb that a scene may use there is a frame that means exactly it."""
    exact = {verb for frame in FRAMES.values() for verb, fit in frame.scene.items() if fit == 1}

    assert exact >= {*get_args(Verb)}


@pytest.mark.parametrize("roles", [frame.roles for frame in FRAMES.values()])
def test_roles_are_marked_by_prepositions(roles: dict[str, str]) -> None:
    """What marks a role is a preposition of the language, or the place after the verb."""
    assert roles.keys() <= {"object", "that", *LANGUAGE.source.prepositions}


@pytest.mark.parametrize(
    "forms",
    ["attack attacks attacked attacking", "stab stabs stabbed stabbing", "take takes took taken taking", "rat rats",
     "wolf wolves", "try tries tried trying", "torch torches", "swing swung swinging", "bar bars barred"],
)  # fmt: skip
def test_all_forms_of_a_word_have_one_root(forms: str) -> None:
    """Endings and irregular forms lead to the same root."""
    assert len(LANGUAGE.roots(forms.split())) == 1


def test_an_unknown_language_falls_back_to_english() -> None:
    """A view in a language without a file is still read, as well as it goes; no path gets in by a language's name."""
    assert load_language("tlh").source.lang == "en"
    assert load_language("en-GB").source.lang == "en"
    assert load_language("../../etc").source.lang == "en"
