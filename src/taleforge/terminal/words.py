"""The terminal's words: every code the table answers with, said in a language of `catalogue/`.

A code `area/name` is the entry `name` of section `[area]`; a bare one stands in `[word]`. The words are data: this
module only fills them in, and says a code that it does not know as readably as it can. It never judges what happened.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import cast

from msgspec import Struct

Params = Mapping[str, str | int]

_FIELD = re.compile(r"\{(\w+)(?::([\w+]+))?\}")
_STYLED = re.compile(r"<(\w+)>(.*?)</\1>")
_ANY = "*"


class Span(Struct, frozen=True):
    """A piece of text and how it is meant: a style name of `look.py`, or nothing special."""

    text: str
    style: str = ""


Spans = tuple[Span, ...]


class Words:
    """One language. `missed` counts the codes it had no words for, so that a test can ask for none."""

    def __init__(self, language: str, sections: Mapping[str, Mapping[str, object]]) -> None:
        self.language = language
        self.missed: Counter[str] = Counter()
        self._sections = sections

    def knows(self, code: str) -> bool:
        """Whether there are words for a code, its own or those of its whole area."""
        return self._entry(code) is not None

    def say(self, code: str, params: Params | None = None, **more: str | int) -> str:
        """Return the words of a code as plain text, filled in with its parameters."""
        return "".join(span.text for span in self.spans(code, params, **more))

    def spans(self, code: str, params: Params | None = None, **more: str | int) -> Spans:
        """Return the words of a code in pieces; `<good>hit</good>` in the catalogue is a piece of style `good`."""
        given: dict[str, str | int] = {"name": readable(code), **(params or {}), **more}
        entry = self._entry(code)
        if entry is None:
            self.missed[code] += 1
            return (Span(readable(code)),)
        return self._styled(_chosen(entry, given), given)

    def entries(self, area: str) -> tuple[str, ...]:
        """Return the names of an area, in the order of the file."""
        return tuple(self._sections.get(area, {}))

    def _entry(self, code: str) -> object | None:
        area, _, name = code.rpartition("/")
        section = self._sections.get(area or "word", {})
        return section.get(name, section.get(_ANY))

    def _styled(self, template: str, given: Params) -> Spans:
        pieces: list[Span] = []
        at = 0
        for found in _STYLED.finditer(template):
            pieces.append(Span(self._filled(template[at : found.start()], given)))
            pieces.append(Span(self._filled(found[2], given), found[1]))
            at = found.end()
        pieces.append(Span(self._filled(template[at:], given)))
        return tuple(piece for piece in pieces if piece.text)

    def _filled(self, template: str, given: Params) -> str:
        def fill(found: re.Match[str]) -> str:
            value = given.get(found[1], "")
            return self._formed(value, found[2]) if found[2] else str(value)

        return _FIELD.sub(fill, template)

    def _formed(self, value: str | int, form: str) -> str:
        """Say a parameter in a form: `signed` +3, `feet` 30 ft, `Cap` Upper first letter, or as a code of an area."""
        match form:
            case "signed":
                return signed(int(value))
            case "Cap":
                return capital(str(value))
            case "code":
                return self.say(str(value))
            case "Code":
                return capital(self.say(str(value)))
            case _:
                return self.say(f"{form}/{value}")


def _chosen(entry: object, given: Params) -> str:
    """Pick the variant of an entry: a table with `by` names the parameter that chooses, and `other` for the rest."""
    if isinstance(entry, str):
        return entry
    table = cast("Mapping[str, str]", entry)
    return table.get(str(given.get(table["by"], "")), table["other"])


@cache
def words(language: str = "en") -> Words:
    """Return the words of a language, English where there is no file for it."""
    folder = resources.files("taleforge.terminal").joinpath("catalogue")
    file = folder.joinpath(f"{language}.toml")
    if not file.is_file():
        file = folder.joinpath("en.toml")
    sections = cast("dict[str, dict[str, object]]", tomllib.loads(file.read_text(encoding="utf-8")))
    return Words(file.name.removesuffix(".toml"), sections)


def readable(code: str) -> str:
    """Return a code's last part as words: `spell/burning_hands` is "burning hands"."""
    return code.rpartition("/")[2].replace("_", " ").replace(".", " ").strip()


def capital(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def signed(value: int) -> str:
    """Return a number with its sign, a real minus for negative ones."""
    return f"+{value}" if value >= 0 else f"−{-value}"
