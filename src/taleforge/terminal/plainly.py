"""Text that is safe to show: nothing that steers a terminal, and where only ASCII can be shown, likenesses in ASCII.

What other players and packs say is shown to everybody, so it must not move a cursor, recolour a screen or turn the
direction of writing round. Never says anything in other words.
"""

import re
import unicodedata
from typing import Final

_LIKENESS: Final = str.maketrans({
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-", "−": "-", "·": ".", "→": "->",
    "×": "x", "»": ">", "«": "<", "›": ">", "↑": "^", "↓": "v", "▸": ">", "\N{NO-BREAK SPACE}": " ", "─": "-",
    "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#", "▍": "-", "▎": "-", "▏": "-", "░": ".",
})  # fmt: skip


_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters other than tab and line feed, marks that turn the writing round, halves of characters."""


def plainly(text: str, *, ascii_only: bool) -> str:
    """Return a text without anything that steers a terminal, or with nothing but ASCII in it."""
    if not text.isprintable():
        text = _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)
    if not ascii_only or text.isascii():
        return text
    likened = unicodedata.normalize("NFKD", text.translate(_LIKENESS))
    return "".join(_letter(letter) for letter in likened if not unicodedata.combining(letter))


def _letter(letter: str) -> str:
    return letter if letter.isascii() else "?"
