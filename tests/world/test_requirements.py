"""Requirements over the story so far."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.world.requirements import ATTITUDES, StoryFacts, holds, parse

FACTS = StoryFacts(
    flags={"met"}, items={"key": 1, "rope": 0}, coins=50, clues={"boots"}, attitudes={"anna": "friendly"},
    features={"door": "locked"}, quests={"bell": "begun"}, alive={"anna"}, zone="bar",
)  # fmt: skip

TRUE = [
    "flag:met", "item:key", "coins:50", "clue:boots", "attitude:anna>=friendly", "attitude:anna<=helpful",
    "attitude:anna=friendly", "attitude:stranger=indifferent", "state:door=locked", "quest:bell=begun", "alive:anna",
    "zone:bar",
]  # fmt: skip
FALSE = [
    "flag:gone", "item:rope", "item:sword", "coins:51", "clue:gate", "attitude:anna>=helpful", "attitude:anna<=hostile",
    "state:door=open", "state:window=open", "quest:bell=done", "alive:bert", "zone:cellar", "fighting",
]  # fmt: skip


@pytest.mark.parametrize("predicate", TRUE)
def test_what_is_so_holds(predicate: str) -> None:
    """Each kind of predicate holds when the story is so, and its negation does not."""
    assert holds((predicate,), FACTS)
    assert not holds(("!" + predicate,), FACTS)


@pytest.mark.parametrize("predicate", FALSE)
def test_what_is_not_so_does_not_hold(predicate: str) -> None:
    """Each kind of predicate fails when the story is otherwise, and its negation holds."""
    assert not holds((predicate,), FACTS)
    assert holds(("!" + predicate,), FACTS)


def test_all_must_hold() -> None:
    """Nothing required always holds; one that fails is enough to fail."""
    assert holds((), FACTS)
    assert not holds(("flag:met", "fighting"), FACTS)


@pytest.mark.parametrize(
    "predicate",
    ["", "flag", "flag:", "flag:a=b", "coins:many", "attitude:anna", "attitude:anna>=fond", "state:door>=open",
     "fighting:x", "luck:good", "flag:met ", "!!flag:met", "zone:a b"],
)  # fmt: skip
def test_what_makes_no_sense_is_never_true(predicate: str) -> None:
    """A predicate without a form is no requirement, and an interaction that asks for it is never offered."""
    assert parse(predicate) is None
    assert not holds((predicate,), FACTS)


@given(st.text() | st.from_regex(r"!?[a-z]+:[a-z_]+(>=|<=|=)?[a-z]*", fullmatch=True))
def test_every_text_is_decided(predicate: str) -> None:
    """Whatever is written, an answer comes back."""
    assert holds((predicate,), FACTS) in {True, False}


@given(st.sampled_from(ATTITUDES), st.sampled_from(ATTITUDES))
def test_attitudes_are_ordered(now: str, wanted: str) -> None:
    """At least and at most meet exactly at the attitude itself."""
    facts = StoryFacts(attitudes={"anna": now})  # type: ignore[dict-item]  # a literal by name
    both = holds((f"attitude:anna>={wanted}", f"attitude:anna<={wanted}"), facts)
    assert both == holds((f"attitude:anna={wanted}",), facts) == (now == wanted)
