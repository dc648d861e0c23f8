"""Checks that the entries of a pack fit together: names that exist, dice that can be rolled, words the engine knows.

Types and unknown fields were checked while decoding (`strict`); adventures are checked in `taleforge.world.validation`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from taleforge.packs.catalogue import Catalogue
from taleforge.packs.faults import Fault
from taleforge.packs.locate import Path
from taleforge.packs.schema import Monster
from taleforge.packs.strict import Document
from taleforge.rules.dice import DiceError, parse

Places = Mapping[tuple[str, str], tuple[Document, Path]]

DICE_FIELDS = frozenset({"dice", "scale", "hit_dice", "versatile", "damage"})
"""Fields that hold a dice expression wherever they stand."""

_NAMED = re.compile(r"\{[a-z_]+\}")
"""A level or number that a character's feature puts into its dice when its sheet is built."""

ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def check(places: Places, documents: Sequence[Document], together: Catalogue) -> Iterator[Fault]:
    """Yield what is wrong with the entries of a pack, given every entry in play."""
    for document in documents:
        yield from bad_dice(document, document.data, ())
    for (kind, entry), (document, path) in places.items():
        if not ID.fullmatch(entry):
            yield document.fault((*path, "id"), f"`{entry}` is no id.", "Use lower-case words joined by underscores.")
        for place, name, known, what in _references(kind, entry, together):
            if name not in known:
                yield dangling(document, (*path, *place), what, name, known)


def bad_dice(document: Document, data: Any, path: Path) -> Iterator[Fault]:
    """Yield a fault for every dice expression below a place that does not parse."""
    if isinstance(data, list):
        for index, item in enumerate(cast("list[Any]", data)):
            yield from bad_dice(document, item, (*path, index))
    elif isinstance(data, dict):
        table = cast("dict[str, Any]", data)
        for key, item in table.items():
            inside = (*path, key)
            if isinstance(item, str) and _holds_dice(table, key):
                yield from _unrollable(document, item, inside)
            elif key == "damage" and isinstance(item, list):
                yield from _bad_strikes(document, cast("list[Any]", item), inside)
            else:
                yield from bad_dice(document, item, inside)


def _holds_dice(table: dict[str, Any], key: str) -> bool:
    return key in DICE_FIELDS or (key == "value" and table.get("op") == "dice")


def _bad_strikes(document: Document, damage: list[Any], path: Path) -> Iterator[Fault]:
    """A strike's damage is pairs of dice and type; elsewhere damage is tables."""
    for index, part in enumerate(damage):
        if isinstance(part, list) and part and isinstance(part[0], str):
            yield from _unrollable(document, part[0], (*path, index, 0))
        else:
            yield from bad_dice(document, part, (*path, index))


def dangling(document: Document, path: Path, what: str, name: str, known: Iterable[str]) -> Fault:
    """Return the fault of a name that nothing has, with the likeliest one that is meant."""
    close = get_close_matches(name, sorted(known), n=1)
    remedy = f"Did you mean `{close[0]}`?" if close else f"Add that {what}, or name one that exists."
    return document.fault(path, f"There is no {what} `{name}`.", remedy)


def _unrollable(document: Document, expression: str, path: Path) -> Iterator[Fault]:
    try:
        parse(_NAMED.sub("1", expression))
    except DiceError as error:
        yield document.fault(path, f"`{expression}` cannot be rolled: {error}", "Write dice as `2d6+3`.")


Reference = tuple[Path, str, Mapping[str, object], str]


def _references(kind: str, entry: str, together: Catalogue) -> Iterator[Reference]:
    if kind == "monsters":
        yield from _monster_references(together.monsters[entry], together)


def _monster_references(monster: Monster, together: Catalogue) -> Iterator[Reference]:
    casting = monster.casting
    for index, spell in enumerate(casting.spells if casting else ()):
        yield ("casting", "spells", index), spell, together.spells, "spell"
    for spell in casting.daily if casting else ():
        yield ("casting", "daily", spell), spell, together.spells, "spell"
    own = {action.id: action for action in (*monster.strikes, *monster.actions)}
    for index, (action, _) in enumerate(monster.multiattack):
        yield ("multiattack", index), action, own, "action of this stat block"
