"""Collect first, resolve once: everything that bears on one roll or number, each with its source for "Why?".

Advantage and disadvantage are kept as two lists that cancel once, however long they are. Does not roll.
"""

from collections.abc import Callable, Container
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from taleforge.rules.conditions import Burden, in_force
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.explain import Part, Source
from taleforge.rules.values import ABILITIES


class _Everybody:
    """Whom somebody sees when nobody asked: everybody."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYBODY: Container[str] = _Everybody()


class Context(Struct, frozen=True):
    """What predicates may ask about one roll: the other side, the way between, and words about the roll itself.

    `visible` is whom the roller sees, `seen` whether the other side sees the roller; distance in feet, None unknown.
    """

    other: Creature | None = None
    distance: int | None = None
    visible: Container[str] = EVERYBODY
    seen: bool = True
    tags: frozenset[str] = frozenset()
    slot: int = 0


ALONE = Context()


class _Side(NamedTuple):
    """One side of a roll: who bears the modifiers asked about, who is opposite, and whether the bearer rolls."""

    bearer: Creature
    other: Creature | None
    rolls: bool


class Collected(Struct, frozen=True):
    """What bears on one roll. A part's value is its modifier's number."""

    flat: tuple[Part, ...] = ()
    dice: tuple[tuple[str, Source], ...] = ()
    advantage: tuple[Source, ...] = ()
    disadvantage: tuple[Source, ...] = ()
    fail: tuple[Source, ...] = ()
    critical: tuple[Source, ...] = ()
    sets: tuple[Part, ...] = ()
    minimums: tuple[Part, ...] = ()
    multiply: tuple[Part, ...] = ()
    rerolls: tuple[Part, ...] = ()
    resist: tuple[Source, ...] = ()
    immune: tuple[Source, ...] = ()
    vulnerable: tuple[Source, ...] = ()

    @property
    def lean(self) -> int:
        """1 for advantage, -1 for disadvantage, 0 for neither or both (SRD 5.1, "Advantage and Disadvantage")."""
        return bool(self.advantage) - bool(self.disadvantage)

    @property
    def total(self) -> int:
        """The sum of the flat summands."""
        return sum(part.value for part in self.flat)

    @property
    def lowest(self) -> int:
        """The least the die counts for (Reliable Talent); 1 when nothing lifts it."""
        return max((part.value for part in self.minimums), default=1)

    @property
    def reroll_at(self) -> int:
        """The highest face that lets the die be rolled again (Lucky); 0 when nothing does."""
        return max((part.value for part in self.rerolls), default=0)


NOTHING = Collected()

_FIELDS = {
    "add": "flat", "dice": "dice", "advantage": "advantage", "disadvantage": "disadvantage", "fail": "fail",
    "critical": "critical", "set": "sets", "minimum": "minimums", "multiply": "multiply", "reroll": "rerolls",
    "resist": "resist", "immune": "immune", "vulnerable": "vulnerable",
}  # fmt: skip
_NUMBERS = frozenset({"add", "set", "minimum", "multiply", "reroll"})
_Found: TypeAlias = dict[str, list[Part | Source | tuple[str, Source]]]


def collect(roller: Creature, path: str, context: Context = ALONE) -> Collected:
    """Return all that bears on a roll or number of `roller`, from its own side and (`against.`) from the other side."""
    found: _Found = {}
    other = context.other
    _search(found, path, _Side(roller, other, rolls=True), context)
    if other is not None:
        _search(found, "against." + path, _Side(other, roller, rolls=False), context)
    if not found:
        return NOTHING
    return Collected(**{_FIELDS[op]: tuple(values) for op, values in found.items()})  # pyright: ignore[reportArgumentType]  # each list holds its field's type


def _search(found: _Found, path: str, side: _Side, context: Context) -> None:
    for burden in in_force(side.bearer):
        if covers(burden[0].path, path) and _holds(burden, side, context):
            _file(found, burden, side, context.slot)


@lru_cache(maxsize=4096)
def covers(pattern: str, path: str) -> bool:
    """Whether a modifier's path covers a roll's path: every word of it stands in the roll's path.

    `save` and `save.dex` cover `save.dex`; `attack.melee` covers `attack.weapon.melee`. A pattern with `against` covers
    only rolls against its bearer, and the other way round.
    """
    if pattern.startswith("against.") != path.startswith("against."):
        return False
    return set(pattern.split(".")) <= set(path.split("."))


def amount(value: int | str, sheet: Sheet, slot: int = 0) -> int:
    """Return the number a modifier's value stands for: a number, or a sum of numbers and names such as `13+dex`.

    Names: the six abilities (their modifiers), `proficiency`, `level`, `slot` (the spell slot used), and classes by id
    (the levels in them). An unknown name counts 0.
    """
    if isinstance(value, int):
        return value
    return sum(sign * _term(term, sheet, slot) for sign, term in terms(value))


def _term(term: str, sheet: Sheet, slot: int) -> int:
    if term.isdecimal():
        return int(term)
    if term in ABILITIES:
        return sheet.abilities.modifier(term)
    named = {"proficiency": sheet.proficiency, "level": sheet.level, "slot": slot}
    return named.get(term, sheet.classes.get(term, 0))


@lru_cache(maxsize=1024)
def terms(text: str) -> tuple[tuple[int, str], ...]:
    """Return the summands of a sum of numbers and names, each with its sign."""
    pieces = text.replace(" ", "").replace("-", "+-").split("+")
    return tuple((-1, piece[1:]) if piece.startswith("-") else (1, piece) for piece in pieces if piece)


def _file(found: _Found, burden: Burden, side: _Side, slot: int) -> None:
    modifier, code, _ = burden
    source = Source(code) if side.rolls else Source(code, {"of": side.bearer.id})
    if modifier.op in _NUMBERS:
        found.setdefault(modifier.op, []).append(Part(amount(modifier.value, side.bearer.sheet, slot), source))
    elif modifier.op == "dice":
        found.setdefault("dice", []).append((str(modifier.value), source))
    elif modifier.op != "forbid":
        found.setdefault(modifier.op, []).append(source)


def _holds(burden: Burden, side: _Side, context: Context) -> bool:
    when = burden[0].when
    return not when or all(_test(predicate, burden[2], side, context) for predicate in when)


def _test(predicate: str, source: str | None, side: _Side, context: Context) -> bool:
    if predicate.startswith("not:"):
        return not _test(predicate[4:], source, side, context)
    asked = _PREDICATES.get(predicate)
    if asked is not None:
        return asked(source, side, context)
    near = _reach(predicate)
    if near is not None:
        return context.distance is not None and near[0] <= context.distance <= near[1]
    return predicate in context.tags or predicate in side.bearer.sheet.features


def _is_source(source: str | None, side: _Side, _: Context) -> bool:
    return side.other is not None and side.other.id == source


def _source_visible(source: str | None, _: _Side, context: Context) -> bool:
    return source is None or source in context.visible


def _unseen(_: str | None, side: _Side, context: Context) -> bool:
    return not context.seen if side.rolls else side.bearer.id not in context.visible


def _sees(_: str | None, side: _Side, context: Context) -> bool:
    return (side.other is None or side.other.id in context.visible) if side.rolls else context.seen


def _mobile(_: str | None, side: _Side, __: Context) -> bool:
    return not any(m.op == "forbid" if m.path == "action" else m.path == "speed" and m.op == "set" and m.value == 0
                   for m, _, _ in in_force(side.bearer))  # fmt: skip


_PREDICATES: dict[str, Callable[[str | None, _Side, Context], bool]] = {
    "source": _is_source,
    "source_visible": _source_visible,
    "unseen": _unseen,
    "sees": _sees,
    "mobile": _mobile,
}


@lru_cache(maxsize=256)
def _reach(predicate: str) -> tuple[int, int] | None:
    """Return the least and greatest distance in feet of a `within:` or `beyond:` predicate."""
    word, _, feet = predicate.partition(":")
    if word not in {"within", "beyond"} or not feet.isdecimal():
        return None
    return (0, int(feet)) if word == "within" else (int(feet) + 1, 1_000_000)
