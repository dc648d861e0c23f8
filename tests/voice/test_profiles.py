"""Voices of characters: the same on every machine, unlike each other, and like a clip."""

import string

from hypothesis import given
from hypothesis import strategies as st

from taleforge.voice.profiles import book, pitch_for, profile_like, profile_of
from taleforge.voice.values import Measured, VoiceProfile


def test_a_voice_never_changes() -> None:
    """A character that was heard once sounds the same for ever: this fails when a voice would change."""
    assert profile_of("chr_1", ["dwarf", "male"]) == VoiceProfile(
        "chr_1", "chr_1", "boris", "en-GB-scotland", 46, 38, 157
    )


@given(st.text(max_size=40), st.lists(st.sampled_from(["dwarf", "goblin", "old", "queen", "no such word"])))
def test_every_name_has_a_voice_the_engine_knows(who: str, traits: list[str]) -> None:
    """Whatever the name, all numbers are within the engine's scales; the order of the traits does not matter."""
    voice = profile_of(who, traits)
    assert voice == profile_of(who, reversed(traits))
    assert voice.base in book().bases
    assert 0 <= voice.pitch <= 99
    assert 0 <= voice.range <= 99
    assert 100 <= voice.rate <= 220


def test_a_party_can_be_told_apart() -> None:
    """Of all pairs among two dozen characters, hardly any share base and accent."""
    voices = [profile_of(f"chr_{letter}") for letter in string.ascii_lowercase[:24]]
    assert len({(voice.base, voice.accent) for voice in voices}) >= 20


def test_words_about_a_character_are_heard() -> None:
    """A lady has a high voice, a goblin a higher pitch than it would have, a troll a lower one."""
    assert all(book().bases[profile_of(f"c{n}", ["female"]).base].kind == "high" for n in range(30))
    assert all(profile_of(f"c{n}", ["goblin"]).pitch > profile_of(f"c{n}").pitch for n in range(30))
    assert all(profile_of(f"c{n}", ["large"]).pitch < profile_of(f"c{n}").pitch for n in range(30))


@given(st.integers(0, 99))
def test_pitches_go_there_and_back(pitch: int) -> None:
    """The engine's pitch for the Hz of its own pitch is that pitch again, at the ends and in the middle."""
    base = book().bases["f3"]
    assert [pitch_for(base.pitch, hertz) for hertz in base.pitch] == [0, 50, 99]
    assert pitch_for(base.pitch, base.pitch[0] + pitch) <= pitch_for(base.pitch, base.pitch[0] + pitch + 1)


def test_a_clip_finds_a_voice_that_can_be_as_high() -> None:
    """A child's pitch is reached by a high voice, a bass by a low one, and nonsense by some voice."""
    for hertz in (80.0, 140.0, 220.0, 300.0):
        base = book().bases[profile_like(Measured(hertz, 1400, 3), "v", "Ann").base]
        assert base.pitch[0] <= hertz <= base.pitch[2]
    assert profile_like(Measured(3, 1, 1), "v", "Ann").name == "Ann"
