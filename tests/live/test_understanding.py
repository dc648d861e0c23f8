"""What a seat means, by what it said before: the last deed once more, and whatever "it" is."""

from taleforge.interpret import Interpreter
from taleforge.live.understanding import Understanding
from taleforge.messages.codes import Code
from taleforge.messages.commands import Command, Do, Refused, UseOption, command
from tests.interpret.real import real_view


class Talk:
    """A seat in the bundled adventure, whose words are understood."""

    def __init__(self, place: str = "bell_taproom") -> None:
        self._understanding = Understanding(Interpreter())
        self._view = real_view(place)

    def picks(self, option: str) -> None:
        """Use an option without a word."""
        self._understanding.of(command("cmd_1", "seat_1", UseOption(option)), lambda: self._view)

    def says(self, text: str) -> str:
        """Return the option that words come to, or the code of a refusal."""
        meant = self._understanding.of(command("cmd_1", "seat_1", Do(text)), lambda: self._view)
        if isinstance(meant, Refused):
            return meant.code
        assert isinstance(meant, Command)
        assert isinstance(meant.d, UseOption)
        return meant.d.option


def test_again_is_the_last_deed_once_more() -> None:
    """However often; what was not understood in between is not meant."""
    talk = Talk()
    assert talk.says("again") == Code.INTERPRET_UNCLEAR
    assert talk.says("break down the cellar door") == "do:force_cellar"
    assert [talk.says(text) for text in ("again", "try again!", "gibber")] == [
        "do:force_cellar", "do:force_cellar", Code.INTERPRET_UNCLEAR,
    ]  # fmt: skip
    assert talk.says("once more") == "do:force_cellar"


def test_again_is_nothing_after_something_was_picked() -> None:
    """An older deed, the last that was put into words, is not the last one."""
    talk = Talk()
    assert talk.says("break down the cellar door") == "do:force_cellar"
    talk.picks("do:look_bell")
    assert talk.says("again") == Code.INTERPRET_UNCLEAR


def test_it_is_the_thing_spoken_of_last() -> None:
    """A door as much as a slate; nothing, as long as nothing was spoken of."""
    talk = Talk()
    assert talk.says("smash it") == Code.INTERPRET_NO_TARGET
    assert talk.says("look at the cellar door") == "do:look_cellar_door"
    assert talk.says("smash it") == "do:force_cellar"


def test_an_offer_is_not_taken_by_words_that_say_more() -> None:
    """Whoever was offered a look at a door, and goes down behind it, does not only look."""
    talk = Talk()
    assert talk.says("close the cellar door") == Code.INTERPRET_NOT_NOW
    assert talk.says("go down into the cellar") == Code.INTERPRET_NO_TARGET
    assert talk.says("close the cellar door") == Code.INTERPRET_NOT_NOW
    assert talk.says("look at it then") == "do:look_cellar_door"
