"""Short and long rests."""

from msgspec.structs import replace

from taleforge.rules.apply import apply
from taleforge.rules.creature import Abilities, Creature, Resource
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.facts import RestTaken
from taleforge.rules.rests import hit_dice_left, long_rest, short_rest
from taleforge.rules.stage import Stage
from tests.rules.people import fighter

RESOURCES = {
    "hit_dice": Resource(3),
    "second_wind": Resource(1, "short"),
    "slot:1": Resource(4),
    "charm": Resource(1, "never"),
}


def tired(**given: object) -> Creature:
    """Return a fighter of third level after a hard day."""
    kit = {"hp": 5, "max_hp": 28, "hit_die": "d10", "resources": RESOURCES, "abilities": Abilities(con=14)}
    spent = {"hit_dice": 1, "second_wind": 1, "slot:1": 3, "charm": 1, "breath": 1}
    return fighter(**{**kit, "spent": spent, **given})


def after(creature: Creature, rest: RestTaken) -> Creature:
    """Return somebody after a rest."""
    return apply(Stage({creature.id: creature}), rest).creatures[creature.id]


def test_a_short_rest_spends_hit_dice_and_gives_back_what_is_short() -> None:
    """Each die adds Constitution; short-rest resources and what recharges are back, slots are not."""
    rest = short_rest((tired(),), {"fighter": 2}, ScriptedDice((6, 1)))
    rested = after(tired(), rest)
    assert rested.hp == 5 + 8 + 3
    assert rested.spent == {"hit_dice": 3, "slot:1": 3, "charm": 1}
    assert [thrown.expr for thrown in rest.outcomes[0].dice] == ["1d10+2", "1d10+2"]


def test_nobody_spends_more_hit_dice_than_are_left() -> None:
    """Two are left of three, whatever is asked for; none is spent unasked."""
    assert hit_dice_left(tired()) == 2
    assert len(short_rest((tired(),), {"fighter": 9}, ScriptedDice((1, 1))).outcomes[0].dice) == 2
    assert after(tired(), short_rest((tired(),), {}, ScriptedDice(()))).hp == 5


def test_a_hit_die_never_hurts() -> None:
    """With Constitution 4 a 1 heals nothing."""
    frail = tired(abilities=Abilities(con=4))
    assert after(frail, short_rest((frail,), {"fighter": 1}, ScriptedDice((1,)))).hp == 5


def test_hit_points_stop_at_the_maximum() -> None:
    """A rest never gives more than there was to lose."""
    nearly = tired(hp=27)
    assert after(nearly, short_rest((nearly,), {"fighter": 1}, ScriptedDice((10,)))).hp == 28


def test_a_long_rest_gives_all_back_and_half_of_the_hit_dice() -> None:
    """Hit points, slots, one level of exhaustion; of three hit dice one comes back, at least one always does."""
    spent = {**tired().spent, "hit_dice": 3}
    rested = after(tired(), long_rest((tired(spent=spent, exhaustion=2),)))
    assert (rested.hp, rested.exhaustion) == (28, 1)
    assert rested.spent == {"hit_dice": 2, "charm": 1}
    young = tired(resources={"hit_dice": Resource(1)}, spent={"hit_dice": 1})
    assert after(young, long_rest((young,))).spent == {}


def test_who_sleeps_off_exhaustion_wakes_with_the_larger_maximum() -> None:
    """At level 4 the maximum is halved; a night later it is whole, and so are the hit points."""
    weary = tired(exhaustion=4)
    assert after(weary, long_rest((weary,))).hp == 28


def test_nobody_rests_away_dying() -> None:
    """Without a hit point a rest gives nothing; the stable come round in its course, the dead do not rest."""
    stable, lost = replace(tired(hp=0), life="stable"), replace(tired(hp=0), life="dead")
    down = replace(tired(hp=0), life="dying")
    assert (after(stable, long_rest((stable,))).hp, after(stable, long_rest((stable,))).life) == (1, "up")
    assert after(stable, long_rest((stable,))).spent == stable.spent
    assert after(down, long_rest((down,))).life == "dying"
    assert after(down, short_rest((down,), {"fighter": 1}, ScriptedDice(()))).hp == 0
    assert long_rest((lost,)).outcomes == ()


def test_a_rest_takes_its_time() -> None:
    """An hour and eight hours, in rounds."""
    assert (short_rest((), {}, ScriptedDice(())).rounds, long_rest(()).rounds) == (600, 4800)


def test_the_fresh_have_all_their_hit_dice() -> None:
    """Whoever spent none has as many as levels, and spends them one by one."""
    fresh = tired(spent={})
    assert hit_dice_left(fresh) == 3
    assert after(fresh, short_rest((fresh,), {"fighter": 1}, ScriptedDice((4,)))).spent == {"hit_dice": 1}
    assert after(fresh, long_rest((fresh,))).spent == {}
    assert after(fresh, long_rest((fresh,))).exhaustion == 0
    nobody = tired(resources={})
    assert hit_dice_left(nobody) == 0


def test_half_of_many_hit_dice_come_back() -> None:
    """Of seven, three."""
    veteran = tired(resources={"hit_dice": Resource(7)}, spent={"hit_dice": 6})
    assert after(veteran, long_rest((veteran,))).spent == {"hit_dice": 3}
