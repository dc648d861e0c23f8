"""The English catalogue has words for every code that the engine, the rules and the packs can send."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from taleforge import rules, table
from taleforge.messages.codes import Code
from taleforge.messages.views import OtherCreature
from taleforge.rules.values import ABILITIES, CONDITIONS, SKILL_ABILITY, DamageType
from taleforge.terminal.choices import EXPLORING, FIGHTING
from taleforge.terminal.words import words


@pytest.mark.parametrize("code", sorted(Code))
def test_every_refusal_and_question_has_its_own_words(code: Code) -> None:
    """None of the catalogue's general entries would do for a refusal: it has to say what to do."""
    area, _, name = code.partition("/")
    assert name in words().entries(area)


@pytest.mark.parametrize(
    "code",
    [
        *(f"ability/{name}" for name in ABILITIES),
        *(f"short/{name}" for name in ABILITIES),
        *(f"skill/{name}" for name in SKILL_ABILITY),
        *(f"condition/{name}" for name in CONDITIONS),
        *(f"damage/{name}" for name in get_args(DamageType)),
        *(f"group/{name}" for name in sorted({*FIGHTING, *EXPLORING})),
        *(f"health/{name}" for name in get_args(OtherCreature.__annotations__["health"])),
    ],
)
def test_every_closed_vocabulary_is_complete(code: str) -> None:
    """Each word of the rules' vocabularies stands in the catalogue by itself."""
    area, _, name = code.partition("/")
    assert name in words().entries(area)


def literal_codes(*rooms: Path) -> Iterator[str]:
    """Every `area/name` in the source of a room, but not what only authors of packs and readers of logs meet."""
    for room in rooms:
        for file in room.glob("*.py"):
            for area, name in re.findall(r'"([a-z_]+)/([a-z_0-9]+)"', file.read_text(encoding="utf-8")):
                if area not in {"character", "log"}:
                    yield f"{area}/{name}"


CODES = sorted(set(literal_codes(Path(rules.__file__).parent, Path(table.__file__).parent)))


def test_the_sources_do_hold_codes() -> None:
    """So that the next test cannot pass by looking in the wrong place."""
    assert {"turn/surprised", "reaction/opportunity_attack", "option/end_turn"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_rules_and_table_has_words(code: str) -> None:
    """Refusals by the rules, options, questions and the sources behind numbers."""
    assert words().knows(code)


@pytest.mark.parametrize(
    "code", [c for c in CODES if c.split("/")[0] in {"turn", "target", "move", "actor", "hide", "interpret"}]
)
def test_refusals_by_the_rules_have_their_own_words(code: str) -> None:
    """A refusal says a whole sentence; the name of its code would not be one."""
    said = words().say(code)
    assert said.endswith((".", "?"))
    assert said[0].isupper()
