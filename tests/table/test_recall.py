"""Parts of views that are made anew only when they have to be."""

from taleforge.table.recall import Recall


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


def test_another_whole_begins_anew() -> None:
    """Nothing is kept over from the scene before."""
    recall, scene = Recall(), object()
    recall.about(scene)
    kept = recall.same("part", [1])
    recall.about(scene)
    assert recall.same("part", [1]) is kept
    recall.about(object())
    assert recall.same("part", [1]) is not kept
