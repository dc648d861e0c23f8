"""Text as it is spoken: what can be said of it, in sentences, so that the first can be heard while others are made.

Knows marks that end sentences in European scripts, and no grammar.
"""

import re
from typing import Final

from taleforge.errors import BadInput

MOST_TEXT: Final = 4096
"""Characters that are said at once."""
LONGEST: Final = 300
"""Characters after which a sentence is cut at a mark or a space: models take only so many."""
_ENDS: Final = re.compile(r"(?<=[.!?…])[\"”’»)]*\s+|\n+")
_MARKS: Final = re.compile(r"[,;:–—]\s+")
_SPACES: Final = re.compile(r"\s+")


def sayable(text: str) -> str:
    """Return a text without what nobody can say; raises BadInput for one that says nothing, or too much."""
    said = "".join(max(letter, " ") for letter in text).strip()
    if not any(letter.isalnum() for letter in said):
        raise BadInput("There is nothing to say in this text.", "Write some words.")
    if len(said) > MOST_TEXT:
        raise BadInput(f"The text has more than {MOST_TEXT} characters.", "Send it in parts.")
    return said


def sentences(text: str, first: int = LONGEST) -> list[str]:
    """Return the sentences of a text that say something, none too long, the first with at most `first` letters."""
    found: list[str] = []
    for sentence in _ENDS.split(text):
        rest = sentence.strip()
        while len(rest) > (most := LONGEST if found else first):
            cut = _cut(rest, most)
            found.append(rest[:cut].strip())
            rest = rest[cut:].strip()
        found.append(rest)
    return [sentence for sentence in found if any(letter.isalnum() for letter in sentence)]


def _cut(text: str, most: int) -> int:
    """Return where to cut a text: after the last mark that is not too far, else at the last space."""
    marks = [match.end() for match in _MARKS.finditer(text, 0, most)]
    spaces = [match.start() for match in _SPACES.finditer(text, 1, most)]
    return max(marks, default=0) or max(spaces, default=0) or most
