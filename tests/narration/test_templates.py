import itertools

import pytest
from msgspec.structs import replace

from taleforge.messages.brief import Actor, Beat, Place
from taleforge.narration import check
from taleforge.narration.choice import fitting, place
from taleforge.narration.language import load
from taleforge.narration.realise import Realiser
from taleforge.narration.safety import Guard
from taleforge.narration.scene import Message
from taleforge.narration.templates import ALONE, STOP, Mention, Part, Template, Verb, Word, parse
from tests.narration.samples import brief

EN = load("en")
EVERY = list(EN.templates())
WHOLE = [one for one in EVERY if not one[0].startswith("part.")]
WORDS = {
    "weapon": "mace", "spell": "Bless", "zone": "to the bar", "item": "a candle", "thing": "the cellar door",
    "topic": "work", "quote": "“Well.”", "voice": "low and slow",
}  # fmt: skip
PRONOUNS = ("he", "she", "it", "they", "xe", "you", "group")


def test_a_template_is_parsed_into_its_parts() -> None:
    """Who does it is a subject, whom it is done to an object, and a new sentence begins with a capital."""
    assert parse("{A} <hit> {T.p} {weapon}. {weapon} <ring>.").segments == (
        Mention("A", "s", True), " ", Verb("hit"), " ", Mention("T", "p", False), " ", Word("weapon", False, False),
        ". ", STOP, Word("weapon", True, True), " ", Verb("ring"), ".",
    )  # fmt: skip


@pytest.mark.parametrize("pronoun", PRONOUNS)
def test_every_way_of_saying_works_for_everybody(pronoun: str) -> None:
    """Each template gives a clean sentence, whoever it is about."""
    for kind, _, template in WHOLE:
        text = realised(template, pronoun)
        assert text[:1].isupper() or text[0] == "“", (kind, text)
        assert text.endswith((".", "!", "?", "”", ":")), (kind, text)
        assert not set("{}<>") & set(text), (kind, text)


def test_verbs_agree() -> None:
    """No sentence that begins with "you" goes on in the third person."""
    for kind, _, template in WHOLE:
        text = realised(template, "you")
        plural = text.startswith("You ") and text.split()[1]
        assert plural not in {"is", "has", "goes", "does", "takes", "hits"}, (kind, text)


def realised(template: Template, pronoun: str) -> str:
    actors = [actor(role, pronoun) for role in "ATF"]
    roles = {one.id: (one.id, "Z") if pronoun == "group" else (one.id,) for one in actors}
    teller = Realiser(brief(actors=(*actors, actor("Z", "it"))), EN, Guard((), ()))
    return teller._realised(template, Message("any", roles), WORDS)


def actor(role: str, pronoun: str) -> Actor:
    return Actor(role, f"Nym{role.lower()} Hale", "they" if pronoun == "you" else pronoun, you=pronoun == "you")


def test_every_verb_has_a_subject() -> None:
    """A verb that agrees has something before it to agree with."""
    for kind, _, template in EVERY:
        seen = False
        for segment in template.segments:
            seen = seen or (isinstance(segment, Mention) and segment.case == "s")
            seen = seen or (isinstance(segment, Word) and segment.subject)
            assert seen or not isinstance(segment, Verb), (kind, template.source)


def test_every_part_has_ways_of_its_own() -> None:
    """A part can be said of anybody, with whatever weapon."""
    for kind, _, template in EVERY:
        for segment in template.segments:
            if isinstance(segment, Part):
                assert fitting(EN, f"part.{segment.name}", set(), frozenset("AT")), (kind, template.source)


def test_every_slot_is_one_that_is_filled() -> None:
    """No template asks for a word or role that no message has."""
    for kind, _, template in EVERY:
        assert template.needs <= {"A", "T", "F", *WORDS}, (kind, template.source)


def test_no_template_is_there_twice() -> None:
    """Of ways that may be taken for the same moment, each is another one."""
    for kind, ways in EN.pools.items():
        open_ways = [way.source for tag, found in ways.items() if not tag.endswith(ALONE) for way in found]
        assert len(open_ways) == len(set(open_ways)), kind


def test_no_template_counts() -> None:
    """No template brings a number of the game, a term of the rules, or a name of its own."""
    for kind, _, template in EVERY:
        text = " ".join(part for part in template.segments if isinstance(part, str))
        codes = {violation.code for violation in check(brief(), text)}
        assert not codes & {"truth/number", "truth/term", "truth/name"}, (kind, template.source)


@pytest.mark.parametrize("count", range(3, 40))
def test_ways_are_taken_in_turn(count: int) -> None:
    """No way comes back before all but one of the others had their turn, and each has its turn."""
    places = [place(seed, "attack.hit", count) for seed in range(200)]
    assert all(len(set(window)) == len(window) for window in itertools.pairwise(places))
    assert set(places) == set(range(count))


def test_common_moments_have_many_ways() -> None:
    """What happens every round can be said in a dozen ways at least, with nothing special being the case."""
    slots = frozenset(("A", "T", "weapon", "zone", "quote"))
    assert all(
        len(fitting(EN, kind, {"melee"}, slots)) >= 12 for kind in ("attack.missed", "attack.hit", "attack.kill")
    )
    assert all(len(fitting(EN, kind, set(), slots)) >= 8 for kind in ("attack.critical", "fight.began", "attack.fell"))


def test_an_exclusive_way_replaces_the_others() -> None:
    """A tag marked so leaves no room for what holds otherwise."""
    ways = fitting(EN, "attack.hit", {"melee", "resisted"}, frozenset(("A", "T", "weapon")))
    assert set(ways) == set(EN.pools["attack.hit"]["resisted" + ALONE])


def test_unknown_kinds_fall_back_to_general_ones() -> None:
    """An attempt nobody wrote phrases for is told all the same; an effect nobody knows is not."""
    assert fitting(EN, "tried.juggle.failed", set(), frozenset("A"))
    assert not fitting(EN, "gained.unheard_of", set(), frozenset("T"))


def test_light_and_harm_change_the_telling() -> None:
    """What is the case opens ways that are closed otherwise."""
    slots = frozenset(("A", "T", "weapon"))
    plain = set(fitting(EN, "attack.missed", set(), slots))
    for tag in ("dim", "dark", "at_bloodied", "by_bloodied", "jaws", "ranged", "melee", "by_undead"):
        assert set(fitting(EN, "attack.missed", {tag}, slots)) > plain


def test_place_is_no_fact_of_the_telling() -> None:
    """A Place without light or zone leaves the telling as it is."""
    bare = brief(Beat(9, "table.rewound"))
    teller = Realiser(replace(bare, place=Place("", light="")), EN, Guard((), ()))
    assert list(teller.say(Message("table.rewound")))
