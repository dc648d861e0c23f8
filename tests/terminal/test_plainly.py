"""What can be shown safely, and what ASCII makes of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.terminal.plainly import plainly
from taleforge.terminal.words import words


@given(st.text())
def test_nothing_that_steers_a_terminal_gets_through(text: str) -> None:
    """Only tabs and line feeds remain of all control characters, in either mode."""
    for ascii_only in (False, True):
        shown = plainly(text, ascii_only=ascii_only)
        assert not any((ord(letter) < 32 and letter not in "\t\n") or 127 <= ord(letter) < 160 for letter in shown)
        assert shown.isascii() or not ascii_only


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("“Hast du’s?” — ja …", '"Hast du\'s?" - ja ...'),
        ("Mira → Ødegård, 45–72 %", "Mira -> ?degard, 45-72 %"),
        ("\x1b[31mred", "?[31mred"),
        ("█████░░░", "#####..."),
    ],
)
def test_likenesses(text: str, shown: str) -> None:
    """Each sign becomes what it looks like; what looks like nothing in ASCII is a question mark."""
    assert plainly(text, ascii_only=True) == shown


def test_the_whole_catalogue_has_likenesses() -> None:
    """None of our own words turns into question marks."""
    catalogue = words()
    for area in ("ui", "help", "keys", "event", "lobby"):
        for name in catalogue.entries(area):
            said = catalogue.say(f"{area}/{name}")
            assert plainly(said, ascii_only=True).count("?") == said.count("?")
