"""What a PromQL expression names: figures, the labels asked of each, and labels it groups by. Judges nothing else.

A few regular expressions rather than a parser: they know the part of the language that our rules and dashboards use.
"""

import re
from typing import NamedTuple

FUNCTIONS = frozenset(
    {
        "absent", "avg", "count", "delta", "histogram_quantile", "increase", "max", "min", "quantile_over_time",
        "rate", "sum", "time", "topk", "vector",
    }
)  # fmt: skip
OPERATORS = frozenset({"and", "or", "unless"})
_STRING = re.compile(r'"[^"]*"')
_GROUPING = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
_NAME = re.compile(r"(?<![\w.:])([a-zA-Z_:][\w:]*)(\s*\()?")


class Named(NamedTuple):
    """What an expression names."""

    figures: frozenset[str]
    matched: frozenset[tuple[str, str, str]]
    """Figure, label, and the value it is compared with."""
    grouped: frozenset[str]


def named(expression: str) -> Named:
    """Return what an expression names; fails on a function that is not known here."""
    matched = {
        (figure, label, value)
        for figure, matchers in _SELECTOR.findall(expression)
        for label, value in _MATCHER.findall(matchers)
    }
    bare = re.sub(r"\{[^}]*\}|\[\w+\]", " ", _STRING.sub('""', expression))
    grouped = {label.strip() for labels in _GROUPING.findall(bare) for label in labels.split(",") if label.strip()}
    figures: set[str] = set()
    for name, called in _NAME.findall(_GROUPING.sub(" ", bare)):
        if called:
            assert name in FUNCTIONS, f"{name} is no function that is known"
        elif name not in OPERATORS:
            figures.add(name)
    return Named(frozenset(figures), frozenset(matched), frozenset(grouped))
