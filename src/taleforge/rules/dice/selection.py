"""What a selector selects, said once for rolling and for counting.

Does not do anything with the selected: that is for whoever asks.
"""

from collections.abc import Iterable, Sequence

from taleforge.rules.dice.ast import Operation, Selector, Value


def choose(operation: Operation, values: Sequence[Value]) -> list[int]:
    """Return the places that any selector selects, ascending and each once; of equal values the earlier go first."""
    by_comparison = [selector for selector in operation.selectors if selector.kind not in {"h", "l"}]
    chosen = {place for place, value in enumerate(values) if by_comparison and _is_met_by_any(by_comparison, value)}
    for kind, from_the_top in (("h", True), ("l", False)):
        if most := max((selector.number for selector in operation.selectors if selector.kind == kind), default=0):
            chosen.update(sorted(range(len(values)), key=values.__getitem__, reverse=from_the_top)[:most])
    return sorted(chosen)


def by_value(operation: Operation) -> bool:
    """Whether it looks at each value alone."""
    return all(selector.kind not in {"h", "l"} for selector in operation.selectors)


def by_rank(operation: Operation) -> bool:
    """Whether it only asks for the highest or lowest."""
    return all(selector.kind in {"h", "l"} for selector in operation.selectors)


def matches(operation: Operation, value: Value) -> bool:
    """Whether an operation that looks at each value alone selects this one."""
    return _is_met_by_any(operation.selectors, value)


def _is_met_by_any(selectors: Iterable[Selector], value: Value) -> bool:
    return any(_is_met(selector, value) for selector in selectors)


def _is_met(selector: Selector, value: Value) -> bool:
    match selector.kind:
        case ">":
            return value > selector.number
        case "<":
            return value < selector.number
        case _:
            return value == selector.number
