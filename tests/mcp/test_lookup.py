"""What an agent is told that looks something up in the rules."""

import pytest

from taleforge.mcp import lookup
from taleforge.mcp.lookup import MOST_FOUND, look_up
from taleforge.packs.loader import BUNDLED, load_packs


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("grappled", "Grappled"), ("how does grappling work?", "Grappling"), ("Can I hide?", "Hiding and stealth"),
        ("sneak attack", "Sneak attack"), ("opportunity attacks", "Opportunity attack"), ("dodging", "Dodge"),
        ("ready an action", "Ready"), ("death saves", "Death saving throws"), ("half cover", "Cover"),
        ("AC", "Armor class"),
        ("what is a spell slot", "Casting a spell"), ("long rest", "Long rest"), ("hit dice", "Hit dice"),
        ("fire bolt", "Fire Bolt"), ("SHIELD", "Shield"), ("xp", "Experience and levels"), ("falling", "Falling"),
    ],
)  # fmt: skip
def test_the_best_answer_comes_first(question: str, name: str) -> None:
    """By its name or by other words for it, in whatever form."""
    assert look_up(question)[0].name == name


@pytest.mark.parametrize("question", ["", "???", "the", "goblin treasure map", "x" * 500])
def test_what_nothing_is_written_about_finds_nothing(question: str) -> None:
    """Rather than whatever shares a word with it."""
    assert look_up(question) == []


def test_every_rule_condition_and_spell_is_found_by_its_name() -> None:
    """Among the first, each name once; spells with what they take."""
    everything = [rule for rule, _ in lookup._rules()]
    assert len({rule.name for rule in everything}) == len(everything) > 80
    assert {rule.kind for rule in everything} == {"rule", "condition", "spell"}
    for rule in everything:
        found = look_up(rule.name)
        assert rule in found[:2], rule.name
        assert len(found) <= MOST_FOUND
        assert rule.kind != "spell" or ("casting time" in rule.text and "range" in rule.text)


def test_the_packs_own_rules_are_among_them() -> None:
    """What a pack names a rule, whoever looks for it finds more of."""
    terms = load_packs([BUNDLED], lambda _pack, _together: ()).catalogue.glossary.values()
    assert all(look_up(term.name)[0].name == term.name for term in terms)
