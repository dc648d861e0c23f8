"""Where a value stands in its file."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.packs.locate import Path, line_of

words = st.text(alphabet="ab\"\\ {}[]:,#='é\n", max_size=6)
values = st.recursive(
    st.integers() | st.booleans() | st.none() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


def leaves(data: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every value that holds no other, with its path."""
    if isinstance(data, dict):
        return [leaf for key, item in data.items() for leaf in leaves(item, (*path, key))]
    if isinstance(data, list):
        return [leaf for index, item in enumerate(data) for leaf in leaves(item, (*path, index))]
    return [(path, data)]


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.integers(0, 99) | st.just("x"), max_size=5)))
def test_json_values_are_on_the_line_told(data: dict[str, Any]) -> None:
    """Written one value a line, each value is on the line that is told for its path."""
    text = json.dumps(data, indent=2)
    lines = text.split("\n")
    for path, value in leaves(data):
        assert json.dumps(value) in lines[line_of(text, path, toml=False) - 1]


@given(values)
def test_any_json_has_a_line_for_everything(data: Any) -> None:
    """However strange the strings, every path is found somewhere in the file."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    for path, _ in leaves(data):
        assert 1 <= line_of(text, path, toml=False) <= text.count("\n") + 1


TOML = '''# A comment with [brackets] and "quotes".
id = "x"
"odd key" = [1, 2,
  3]

[table]
a.b = 1

[[list]]
name = "first"
text = """
many [[lines]]
"""

[[list]]
name = "second"
nodes = [
  { do = "a", n = 1 },   # first
  { do = "b", inner = [ { deep = true } ] },
]

[[list.sub]]
k = 'literal # not a comment'

[[list.sub]]
k = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("id",), 2), (("odd key",), 3), (("odd key", 2), 4), (("table",), 6), (("table", "a", "b"), 7),
        (("list", 0), 9), (("list", 0, "text"), 11), (("list", 1), 15), (("list", 1, "name"), 16),
        (("list", 1, "nodes", 0, "n"), 18), (("list", 1, "nodes", 1, "inner", 0, "deep"), 19),
        (("list", 1, "sub", 0, "k"), 23), (("list", 1, "sub", 1, "k"), 26),
        (("list", 1, "absent"), 15), (("nowhere",), 1),
    ],
)  # fmt: skip
def test_toml_values_are_on_the_line_told(path: Path, line: int) -> None:
    """Tables, arrays of tables, inline tables, long strings: each value's line, or that of what it is missing from."""
    tomllib.loads(TOML)
    assert line_of(TOML, path, toml=True) == line
