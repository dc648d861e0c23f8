"""Parts of views that are made anew only when they have to be."""

from msgspec import Struct

from taleforge.table.recall import Recall


class Pair(Struct):
    """Something in two pieces."""

    one: list[int]
    two: list[int]


def test_a_part_is_made_again_when_an_input_changes() -> None:
    """The same inputs give the same object without asking; others ask; an equal answer is the object it was."""
    made: list[int] = []

    def doubled(number: int) -> list[int]:
        made.append(number)
        return [abs(number) * 2]

    recall = Recall()
    first = recall.of("part", doubled, 1)
    assert recall.of("part", doubled, 1) is first
    assert made == [1]
    assert recall.of("part", doubled, -1) is first
    assert recall.of("part", doubled, 2) == [4]
    assert made == [1, -1, 2]


def test_parts_do_not_mix() -> None:
    """What is kept for one part is not handed out for another."""
    recall = Recall()
    assert recall.of(("seat", 1), str, 5) == "5"
    assert recall.of(("seat", 2), hex, 5) == "0x5"


def test_what_options_were_made_of_leaves_with_them() -> None:
    """Whoever has nothing to choose any more leaves nothing behind of it; what is no option stays, as do others'."""
    recall = Recall()
    recall.offer("crt_a")
    parts = [("deeds", "crt_a"), ("deeds", "crt_b"), ("you", "crt_a")]
    first = [recall.same(part, [1]) for part in parts]
    recall.withdraw("crt_a")
    assert [recall.same(part, [1]) is one for part, one in zip(parts, first, strict=True)] == [False, True, True]


def test_pieces_that_stay_equal_stay_themselves() -> None:
    """Of a struct that is made again, each field that came out equal is the very one it was."""
    recall = Recall()
    first = recall.mended("pair", lambda one, two: Pair([one], [two]), 1, 2)
    then = recall.mended("pair", lambda one, two: Pair([one], [two]), 1, 3)
    assert then == Pair([1], [3])
    assert then.one is first.one


def test_another_whole_begins_anew() -> None:
    """Nothing is kept over from the scene before."""
    recall, scene = Recall(), object()
    recall.about(scene)
    kept = recall.same("part", [1])
    recall.about(scene)
    assert recall.same("part", [1]) is kept
    recall.about(object())
    assert recall.same("part", [1]) is not kept
