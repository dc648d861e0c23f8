"""Typed ids."""

from hypothesis import given
from hypothesis import strategies as st

from taleforge.messages.ids import CountingIds, is_id, make_id

ENTROPY = st.integers(0, 2**74 - 1)
MOMENT = st.integers(0, 2**48 - 1)


@given(MOMENT, ENTROPY)
def test_an_id_has_its_form(moment: int, entropy: int) -> None:
    """Kind, underscore, 26 letters of Crockford's base32."""
    made = make_id("tbl", moment, entropy)

    assert is_id(made, "tbl")
    assert not is_id(made, "seat")
    assert not is_id(made[:-1], "tbl")


@given(MOMENT, MOMENT, ENTROPY, ENTROPY)
def test_later_ids_sort_later(one: int, other: int, first: int, second: int) -> None:
    """Ids of different moments sort by time."""
    if one != other:
        assert (make_id("evt", one, first) < make_id("evt", other, second)) == (one < other)


def test_counted_ids_are_all_different_and_ordered() -> None:
    """A counter gives ids that never repeat and sort in the order they were made."""
    ids = CountingIds()
    made = [ids("crt") for _ in range(2000)]

    assert made == sorted(set(made))
