"""What the scene offers a character to try, as options with the chances it can know.

Asks `around` what is there to be tried; does not try anything: that is `story`.
"""

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages.views import Cost, Odds, Option, Target
from taleforge.rules.checks import check_odds
from taleforge.rules.creature import Creature, DeathSaves, TurnUse
from taleforge.rules.derived import derived
from taleforge.table import story
from taleforge.table.around import Circumstances, Hands, circumstances, possible
from taleforge.table.figures import figure
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.world.requirements import StoryFacts
from taleforge.world.scene import End, Interaction, Scene, SkillTest

_ACTION = Cost(action=True)
_TALK = frozenset({"talk", "ask", "persuade", "deceive", "intimidate", "show", "listen"})
_ITEM = frozenset({"give", "pay", "take", "use", "eat", "read"})


def interactions(state: State, character: Creature, recall: Recall) -> tuple[Option, ...]:
    """Return what the scene offers a character to try."""
    now = circumstances(state, character, recall)
    if now is None:
        return ()
    crt, rule = character.id, state.house_rules.get("odds", "known")
    chances = recall.of(("chances", crt), _Chances, recall.of(("bare", crt), bare, character), rule)
    people = _people(state, recall)
    if not state.stage.fighting:
        return recall.of(("deeds", crt), _peaceful, now, chances, people, recall)
    at_hand = recall.of(("possible", crt), possible, now, Hands(character.cell, character.turn.action))
    return tuple([_offered(deed, now, chances, people, recall) for deed in at_hand])


def _people(state: State, recall: Recall) -> dict[str, Target]:
    """Return the persons of the scene that are in play, as targets."""
    shown, creatures = recall.shown(state), state.stage.creatures
    if "people" not in shown:
        bodies = state.story.bodies.items()
        people = {who: figure(state, crt, recall).target for who, crt in bodies if crt in creatures}
        shown["people"] = recall.same("people", people)
    return shown["people"]


def _peaceful(now: Circumstances, chances: "_Chances", people: dict[str, Target], recall: Recall) -> tuple[Option, ...]:
    return tuple([_offered(deed, now, chances, people, recall) for deed in possible(now)])


def _offered(
    deed: Interaction, now: Circumstances, chances: "_Chances", people: dict[str, Target], recall: Recall
) -> Option:
    """Return an interaction as an option; the same one for everybody it is the same for."""
    odds, person = _chance(deed, now.facts, chances), people.get(deed.target)
    acting = now.facts.fighting and deed.cost == "action"
    offer = _offers(now.scene)[deed.id]
    if odds is None and person is None and not acting:
        return offer
    key = ("do", chances.actor.id if odds else "", deed.id)
    return recall.of(key, _interaction, now.scene, offer, person, acting, odds)


class _Chances(Struct):
    """What somebody's checks were found to have for chances so far, by interaction and whether anything helps."""

    actor: Creature
    rule: str
    known: dict[tuple[str, bool], Odds] = {}


def _chance(interaction: Interaction, facts: StoryFacts, chances: _Chances) -> Odds | None:
    test = interaction.test
    if test is None or chances.rule == "none":
        return None
    helped = story.helps(test, facts)
    found = chances.known.get((interaction.id, helped))
    if found is None:
        found = chances.known[interaction.id, helped] = _test_odds(chances.actor, test, chances.rule, helped)
    return found


def bare(character: Creature) -> Creature:
    """Return a character without what no check or number asks about, so that it stays the same over most events."""
    return replace(
        character, cell=None, hp=character.sheet.max_hp, temp_hp=0, spent={}, turn=TurnUse(), death=DeathSaves(),
        coins=0, hidden=False, surprised=False,
    )  # fmt: skip


def _interaction(
    scene: Scene,
    offer: Option,
    person: Target | None,
    acting: bool,  # noqa: FBT001 - an input like the others
    odds: Odds | None,
) -> Option:
    known, key = _variants(scene), (offer.id, acting, odds)
    if key not in known:
        known[key] = replace(offer, cost=_ACTION if acting else offer.cost, odds=odds)
    return known[key] if person is None else replace(known[key], targets=(person,))


@derived
def _variants(_: Scene) -> dict[tuple[str, bool, Odds | None], Option]:
    """Return the offers of a scene with what they take and their odds: the same wherever these are the same."""
    return {}


@derived
def _offers(scene: Scene) -> dict[str, Option]:
    """Return what of the options of a scene's interactions is the same for everybody at every table."""
    features = {feature.id: (Target(feature.id, "feature", feature.name),) for feature in scene.features}
    return {i.id: _offer_of(i, features.get(i.target, ())) for i in scene.interactions}


def _offer_of(interaction: Interaction, targets: tuple[Target, ...]) -> Option:
    verb, test = interaction.verb, interaction.test
    kind = "talk" if verb in _TALK else "item" if verb in _ITEM else "interaction"
    kind = "exit" if any(isinstance(consequence, End) for consequence in interaction.success) else kind
    params: dict[str, str | int] = {"verb": verb}
    if interaction.topic:
        params["topic"] = interaction.topic
    if test is not None:
        params["skill"] = test.skill or test.ability
    return Option(f"do:{interaction.id}", kind, f"option/{verb}", params, interaction.label, targets=targets)


def _test_odds(actor: Creature, test: SkillTest, rule: str, helped: bool) -> Odds:  # noqa: FBT001 - an input
    """Return the chance of a check; unless the table plays with open numbers, of a typical one of its difficulty."""
    dc = test.dc if rule == "exact" else typical_dc(test.dc)
    actor = story.helped(actor) if helped else actor
    found = check_odds(actor, test.ability, dc, skill=test.skill, extra=story.tool_parts(actor, test))
    return Odds(success=found, known="exact" if rule == "exact" else "estimate")


def typical_dc(dc: int) -> int:
    """Return the difficulty class of the nearest step of the ladder (SRD 5.1, "Typical Difficulty Classes")."""
    return max(5, min(30, 5 * ((dc + 2) // 5)))
