"""What a selector selects, said once for rolling and for counting.

Does not do anything with the selected: that is for whoever asks.
"""

from collections.abc import Iterable, Sequence

from taleforge.rules.dice.ast import Operation, Selector, Value


def choose(operation: Operation, values: Sequence[Value]) -> list[int]:
    """Return the places that any selector selects, each place once; of equal values the earlier go first."""
    chosen: dict[int, None] = {}
    for selector in operation.selectors:
        chosen.update(dict.fromkeys(_places(selector, values)))
    return list(chosen)


def _places(selector: Selector, values: Sequence[Value]) -> Iterable[int]:
    places = range(len(values))
    match selector.kind:
        case "h":
            return sorted(places, key=values.__getitem__, reverse=True)[: selector.number]
        case "l":
            return sorted(places, key=values.__getitem__)[: selector.number]
        case _:
            return [place for place in places if _is_met(selector, values[place])]


def by_value(operation: Operation) -> bool:
    """Whether it looks at each value alone."""
    return all(selector.kind not in {"h", "l"} for selector in operation.selectors)


def by_rank(operation: Operation) -> bool:
    """Whether it only asks for the highest or lowest."""
    return all(selector.kind in {"h", "l"} for selector in operation.selectors)


def matches(operation: Operation, value: Value) -> bool:
    """Whether an operation that looks at each value alone selects this one."""
    return any(_is_met(selector, value) for selector in operation.selectors)


def _is_met(selector: Selector, value: Value) -> bool:
    match selector.kind:
        case ">":
            return value > selector.number
        case "<":
            return value < selector.number
        case _:
            return value == selector.number
