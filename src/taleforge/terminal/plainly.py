"""Text for screens that can show only ASCII: quotation marks, dashes, bars and accented letters, each by a likeness.

Says nothing in other words, and never makes a text longer than the screen could hold without it.
"""

import unicodedata
from typing import Final

_LIKENESS: Final = str.maketrans({
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-", "−": "-", "·": ".", "→": "->",
    "×": "x", "»": ">", "«": "<", "›": ">", "↑": "^", "↓": "v", "▸": ">", "\N{NO-BREAK SPACE}": " ", "─": "-",
    "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#", "▍": "-", "▎": "-", "▏": "-", "░": ".",
})  # fmt: skip


def plainly(text: str, *, ascii_only: bool) -> str:
    """Return a text as it is, or with nothing but ASCII in it."""
    if not ascii_only or text.isascii():
        return text
    likened = unicodedata.normalize("NFKD", text.translate(_LIKENESS))
    return "".join(_letter(letter) for letter in likened if not unicodedata.combining(letter))


def _letter(letter: str) -> str:
    return letter if letter.isascii() else "?"
