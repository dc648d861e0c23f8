"""Merge patches between plain values (RFC 7396)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from taleforge.messages.patch import diff, merge
from taleforge.messages.views import EffectInfo, OtherCreature

VALUES = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=1), VALUES, max_size=3)


@given(OBJECTS, OBJECTS)
def test_a_difference_merged_in_gives_the_new_value(old: dict[str, object], new: dict[str, object]) -> None:
    """merge(old, diff(old, new)) is new."""
    assert merge(old, diff(old, new)) == new


@given(OBJECTS)
def test_nothing_changed_is_an_empty_patch(value: dict[str, object]) -> None:
    """The difference of equals is empty, and merging it changes nothing."""
    assert diff(value, value) == {}
    assert merge(value, {}) == value


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ("x", {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_patches_are_applied_as_the_standard_says(target: object, patch: object, result: object) -> None:
    """Examples of the standard's own appendix."""
    assert merge(target, patch) == result


def test_a_difference_of_structs_is_that_of_what_is_on_the_wire() -> None:
    """A field that is left out again is taken away, one that was left out is set whole, others piece by piece."""
    bare = OtherCreature("crt_1", "Pike", "foe", "unhurt")
    held = EffectInfo("held", ("grappled",), rounds=3)
    marked = OtherCreature("crt_1", "Pike", "foe", "hurt", ac_low=12, effects={"a": held})
    later = OtherCreature("crt_1", "Pike", "foe", "hurt", effects={"a": EffectInfo("held", ("grappled",), rounds=2)})
    assert diff(marked, later) == {"ac_low": None, "effects": {"a": {"rounds": 2}}}
    for old, new in ((bare, marked), (marked, later), (later, bare), (marked, marked)):
        patch = json.decode(json.encode(diff(old, new)))
        assert merge(json.decode(json.encode(old)), patch) == json.decode(json.encode(new))
