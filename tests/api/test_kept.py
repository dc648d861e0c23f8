"""What a kept character brings home is counted once, from whichever table or branch it comes."""

from msgspec.structs import replace

from taleforge.api.kept import Kept, brought_home
from taleforge.rules.beginnings import arrive
from taleforge.rules.definitions import Earned
from tests.rules.lore import FIGHTER, PRICED

BRANNOC = replace(arrive("crt_1", FIGHTER, PRICED), items={"mace": 1, "torch": 0}, coins=7)


def test_experience_is_counted_once() -> None:
    """What the same creature gained further on counts, what was undone is not given twice."""
    first = brought_home(Kept(FIGHTER), BRANNOC, 100)
    assert first.earned == Earned(100, {"mace": 1}, 7)
    assert brought_home(first, BRANNOC, 100) == first
    branch = brought_home(first, BRANNOC, 150)
    assert branch.xp == 150
    assert brought_home(branch, BRANNOC, 120).xp == 150
    assert brought_home(branch, replace(BRANNOC, id="crt_2"), 50).xp == 200


def test_a_new_character_has_the_experience_of_its_level() -> None:
    """So that what it gains is added to that."""
    veteran = replace(FIGHTER, classes=(replace(FIGHTER.classes[0], level=3),))
    assert Kept(veteran).xp == 900
    assert brought_home(Kept(veteran), BRANNOC, 10).xp == 910
