"""Laws of the engine: it never raises, waiting changes nothing, the same dice give the same fight, facts tell all."""

from collections.abc import Iterator
from functools import reduce
from itertools import accumulate, pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.apply import apply
from taleforge.rules.creature import Action, ActiveEffect, Creature, Targeting, TurnUse
from taleforge.rules.dice import DiceSource, Roll, seeded
from taleforge.rules.effects import (
    Apply,
    Attack,
    Branch,
    Check,
    Choice,
    Choose,
    Damage,
    DamageSpec,
    Duration,
    EffectSpec,
    Heal,
    Manual,
    Move,
    Node,
    Remove,
    Resource,
    RollDice,
    Save,
    SaveToEnd,
    Summon,
    TemporaryHitPoints,
)  # fmt: skip
from taleforge.rules.engine import Outcome, begin_fight, resume, run
from taleforge.rules.facts import AttackResolved, CombatEnded, DiceRolled, Fact, TurnStarted
from taleforge.rules.legal import legal, refusal
from taleforge.rules.movement import path_toward, reachable
from taleforge.rules.reactions import Habits
from taleforge.rules.scores import max_hp
from taleforge.rules.stage import Stage
from taleforge.rules.standard import STANDARD
from taleforge.rules.steps import EndTurn, FinishAttack, Pending, Resolve, StartTurn, Step, Use, Walk
from taleforge.rules.values import CONDITIONS, Cell
from tests.rules.arena import Arena, field
from tests.rules.people import SWORD, bow, cleric, fight, fighter, goblin, peace, wizard

ALWAYS = Habits()
ASK = Habits(otherwise="ask")
CELLAR = Arena(("............", "....#.......", "..~.#..n....", "..~....n..d.", "....#.....d.", "............"))

NODES: tuple[Node, ...] = (
    Attack("melee", bonus=4, damage=(DamageSpec("1d6", "fire"),), hit=(Apply(EffectSpec("x", ("prone",))),)),
    Save(
        "con",
        damage=(DamageSpec("2d4", "poison"),),
        on_success="half",
        fail=(Manual("m"),),
        success=(RollDice("1d4", "d"),),
    ),
    Check("str", "athletics", against=("athletics", "acrobatics"), success=(Move("push", 10),)),
    Check("dex", "stealth", against=("perception",), success=(Apply(EffectSpec("hidden")),)),
    Damage((DamageSpec("1d4", "force"),)),
    Heal("1d4", ability_modifier=True),
    Heal("10", pool=True, up_to_half=True),
    TemporaryHitPoints("1d4"),
    Apply(
        EffectSpec("hold", ("paralyzed",), duration=Duration(2), save=SaveToEnd("wis"), each_turn_start=(Heal("1"),))
    ),
    Apply(EffectSpec("fear", ("frightened",), duration=Duration(1, "bearer", "end"), ends_on=("damaged", "attacked"))),
    Remove(("dying", "hold", "prone")),
    Move("pull", 15),
    Move("teleport", 30),
    Summon("wolf"),
    Branch("hp_at_most:5", then=(Heal("3"),), otherwise=(Damage((DamageSpec("1", "cold"),)),)),
    Resource("slot:1", 1),
    Choose("c", (Choice("one", "c/one", (Damage((DamageSpec("1", "acid"),)),)), Choice("two", "c/two"))),
)

ids = st.sampled_from(["fighter", "wizard", "cleric", "goblin", "b", "nobody"])
cells = st.tuples(st.integers(-1, 12), st.integers(-1, 6))
nodes = st.lists(st.sampled_from(NODES), max_size=3).map(tuple)
deeds = st.sampled_from(["deed", *STANDARD, "sword", "blade", "bless", "hold_person", "magic_missile", "burning_hands",
                         "fire_bolt", "shield", "bow", "unarmed_strike", "healing_word", "nothing"])  # fmt: skip
targets = st.lists(ids, min_size=1, max_size=4).map(tuple)
known_uses = st.one_of(
    st.builds(
        Use, st.just("wizard"), st.sampled_from(["deed", "magic_missile", "fire_bolt", "burning_hands"]), targets, cells
    ),
    st.builds(Use, st.just("cleric"), st.sampled_from(["bless", "hold_person", "healing_word", "club"]), targets),
    st.builds(Use, st.just("fighter"), st.sampled_from(["sword", "bow", "deed", "grapple", "dodge"]), targets),
    st.builds(Use, st.sampled_from(["goblin", "b"]), st.sampled_from(["blade", "hide", "disengage"]), targets),
)
any_uses = st.builds(
    Use, ids, deeds, targets, st.none() | cells, st.integers(0, 4), st.sampled_from([None, "bonus", "reaction", "none"])
)
strides = st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 1)), max_size=5)
walks = st.builds(lambda crt, ways: Walk(crt, tuple(accumulate(ways, _onward))), ids, strides)
resolves = st.builds(Resolve, ids, deeds, nodes, targets, st.none() | cells, st.integers(0, 3))
steps = st.one_of(known_uses, any_uses, walks, resolves, st.builds(EndTurn, ids), st.builds(StartTurn, ids))
effects = st.builds(
    ActiveEffect,
    id=st.sampled_from(["e1", "e2", "fighter/concentration/bless"]),
    key=st.sampled_from(["bless", "concentration", "hidden", "disengaged", "prone"]),
    source=st.none() | ids,
    conditions=st.lists(st.sampled_from(CONDITIONS), max_size=2).map(tuple),
    ends_round=st.none() | st.integers(0, 3),
    ends_turn=st.none() | ids,
    concentration=st.none() | ids,
    parent=st.none() | st.just("e1"),
    save=st.none() | st.just(SaveToEnd("wis")),
    each_turn_start=nodes,
)


mostly = st.sampled_from([True, True, True, True, False])


@st.composite
def stages(draw: st.DrawFn) -> Stage:
    """Draw any stage: some people in any state, in a fight or not."""
    deed = Action("deed", "Deed", "x/deed", target=Targeting(count=4, range=60), nodes=draw(nodes))
    people = (
        fighter(actions=(SWORD, bow(), deed), items={"arrow": 3}, multiattack=(("sword", 2),)),
        wizard(), cleric(), goblin(features=("nimble_escape", "pack_tactics")), goblin(crt="b", size="large"),
    )  # fmt: skip
    chosen = [_in_any_state(draw, person) for person in people if draw(mostly)]
    order = tuple(draw(st.permutations([c.id for c in chosen])))
    if not draw(mostly):
        return peace(*chosen)
    active = draw(st.sampled_from([*order, "nobody", None]))
    return Stage({c.id: c for c in chosen}, draw(st.integers(0, 3)), draw(st.integers(1, 3)), order, active)


def _in_any_state(draw: st.DrawFn, person: Creature) -> Creature:
    if draw(mostly):
        return msgspec.structs.replace(person, cell=draw(st.tuples(st.integers(0, 3), st.integers(0, 3))))
    life = draw(st.sampled_from(["up", "dying", "stable", "dead"]))
    return msgspec.structs.replace(
        person,
        hp=draw(st.integers(1, person.sheet.max_hp)) if life == "up" else 0,
        life=life,
        cell=draw(st.none() | cells),
        effects=tuple(draw(st.lists(effects, max_size=3, unique_by=lambda e: e.key))),
        hidden=draw(st.booleans()),
        surprised=draw(st.booleans()),
        exhaustion=draw(st.integers(0, 6)),
        turn=TurnUse(draw(st.booleans()), draw(st.booleans()), draw(st.booleans()), draw(st.integers(0, 60))),
    )


def _onward(cell: Cell, stride: Cell) -> Cell:
    return (cell[0] + stride[0], cell[1] + stride[1])


def _anchored(stage: Stage, step: Step) -> Step:
    """Let a walk that was drawn as strides begin where its walker stands."""
    walker = stage.creatures.get(step.crt)
    if not isinstance(step, Walk) or walker is None or walker.cell is None:
        return step
    return Walk(step.crt, tuple(_onward(walker.cell, stride) for stride in step.path))


@given(stages(), st.lists(steps, max_size=4), st.sampled_from(["ask", "always", "never"]), st.integers(0, 99))
def test_the_engine_never_raises(stage: Stage, agenda: list[Step], answer: str, seed: int) -> None:
    """Whatever the stage and the steps; and the facts alone give the stage it ends with."""
    habits = Habits(otherwise=answer)  # type: ignore[arg-type]
    agenda = [_anchored(stage, step) for step in agenda]
    outcome = run(stage, tuple(agenda), seeded(seed), CELLAR, habits)
    assert reduce(apply, outcome.facts, stage) == outcome.stage
    for crt in stage.creatures:
        legal(stage, crt, CELLAR)
        reachable(stage, crt, CELLAR)
    for step in agenda:
        refusal(stage, step, CELLAR)


@given(stages(), st.lists(steps, min_size=1, max_size=3), st.integers(0, 99))
def test_waiting_for_an_answer_changes_nothing(stage: Stage, agenda: list[Step], seed: int) -> None:
    """Asking, storing the question as bytes, and hearing "react" comes to the very facts of reacting at once.

    Who always reacts does so when it helps, so the answer here is yes just then.
    """
    agenda = [_anchored(stage, step) for step in agenda]
    at_once = run(stage, tuple(agenda), seeded(seed), CELLAR, ALWAYS)
    dice = seeded(seed)
    outcome = run(stage, tuple(agenda), dice, CELLAR, ASK)
    facts = list(outcome.facts)
    while outcome.pending is not None:
        pending = msgspec.json.decode(msgspec.json.encode(outcome.pending), type=Pending)
        assert pending == outcome.pending
        answer = "react" if pending.kind == "reaction" and pending.params.get("helps", 1) else pending.default
        outcome = resume(outcome.stage, pending, answer, dice, CELLAR, ASK)
        facts += outcome.facts
    assert tuple(facts) == at_once.facts
    assert outcome.stage == at_once.stage


def test_every_step_survives_storage() -> None:
    """The rest of an agenda is data."""
    agenda: tuple[Step, ...] = (
        Use("a", "b"),
        Resolve("a", "b", NODES),
        Walk("a", ((1, 2),)),
        EndTurn("a"),
        StartTurn("a"),
    )
    pending = Pending("a", "reaction", "c", {"n": 1}, (), "pass", agenda)
    assert msgspec.json.decode(msgspec.json.encode(pending), type=Pending) == pending


def brawl(seed: int, habits: Habits = ALWAYS, length: int = 400) -> tuple[Stage, list[Fact], list[Stage]]:
    """Fight with simple tactics until it is over: strike who is in reach, else walk up to the nearest enemy."""
    party = (fighter((0, 1), max_hp=30), wizard((0, 3), max_hp=20), cleric((1, 5), max_hp=24))
    foes = tuple(goblin((9 + i % 2, i), crt=f"g{i}", features=("nimble_escape",)) for i in range(5))
    dice, stage = seeded(seed), peace(*party, *foes)
    outcome = begin_fight(stage, dice, CELLAR, habits)
    facts, stages_seen = list(outcome.facts), [stage, outcome.stage]
    for _ in range(length):
        if not outcome.stage.fighting:
            break
        outcome = _answered(_turn(outcome.stage, dice, habits), dice, habits, facts)
        stages_seen.append(outcome.stage)
    return outcome.stage, facts, stages_seen


def _answered(outcome: Outcome, dice: DiceSource, habits: Habits, facts: list[Fact]) -> Outcome:
    facts += outcome.facts
    while outcome.pending is not None:
        outcome = resume(outcome.stage, outcome.pending, "react", dice, CELLAR, habits)
        facts += outcome.facts
    return outcome


def _turn(stage: Stage, dice: DiceSource, habits: Habits) -> Outcome:
    active = stage.creatures[stage.active or ""]
    for way in legal(stage, active.id, CELLAR):
        foes = [
            crt for crt in way.targets if stage.creatures[crt].side != active.side and stage.creatures[crt].life == "up"
        ]
        if way.refused is None and foes and way.action.id not in {"help", "stabilize"}:
            return run(stage, (Use(active.id, way.action.id, (foes[0],), slot=way.slots[0]),), dice, CELLAR, habits)
    enemies = [c.id for c in stage.creatures.values() if c.side != active.side and c.life == "up"]
    paths = [path_toward(stage, active.id, enemy, 5, CELLAR) for enemy in enemies]
    path = min((p for p in paths if p), key=len, default=None)
    agenda: tuple[Step, ...] = (EndTurn(active.id),) if path is None else (Walk(active.id, path),)
    return run(stage, agenda, dice, CELLAR, habits)


@pytest.mark.parametrize("seed", range(25))
def test_fights_come_to_an_end_and_keep_in_bounds(seed: int) -> None:
    """Hit points, slots, places and the order of turns stay what they can be, from beginning to end."""
    stage, facts, seen = brawl(seed)
    assert any(isinstance(fact, CombatEnded) for fact in facts)
    assert not stage.fighting
    for moment in seen:
        _check(moment)
    assert reduce(apply, facts, seen[0]) == stage


def _check(stage: Stage) -> None:
    places = [c.cell for c in stage.creatures.values() if c.life == "up"]
    assert len(set(places)) == len(places)
    assert len(set(stage.order)) == len(stage.order)
    for creature in stage.creatures.values():
        assert 0 <= creature.hp <= max_hp(creature)
        assert (creature.hp > 0) is (creature.life == "up")
        assert creature.character or creature.life in {"up", "dead"}
        assert CELLAR.inside(creature.cell or (0, 0))
        for key, resource in creature.sheet.resources.items():
            assert 0 <= creature.spent.get(key, 0) <= resource.maximum
        keys = [effect.key for effect in creature.effects]
        assert len(set(keys)) == len(keys)
        for effect in creature.effects:
            if effect.parent is not None:
                assert any(e.id == effect.parent for c in stage.creatures.values() for e in c.effects)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_dice_give_the_same_fight(seed: int) -> None:
    """Fact for fact."""
    assert brawl(seed)[1] == brawl(seed)[1]


def test_turns_follow_the_order() -> None:
    """Round after round, less those who are out."""
    stage, facts, _ = brawl(3)
    order = facts[0].order  # type: ignore[union-attr]
    turns = [fact for fact in facts if isinstance(fact, TurnStarted)]
    assert all(a.round == b.round or b.round == a.round + 1 for a, b in pairwise(turns))
    for number in {turn.round for turn in turns}:
        places = [order.index(turn.crt) for turn in turns if turn.round == number]
        assert places == sorted(places)
    assert stage.round == 0


def test_an_answer_that_was_not_offered_counts_as_the_default() -> None:
    """Nothing a client sends can break a fight."""
    waiting = run(fight(goblin((1, 2)), fighter((1, 1))), (Walk("goblin", ((2, 2), (3, 2))),), seeded(1), field(), ASK)
    assert waiting.pending is not None
    outcome = resume(waiting.stage, waiting.pending, "fly", seeded(1), field(), ASK)
    assert outcome.stage.creatures["goblin"].cell == (3, 2)


def test_steps_about_nobody_do_nothing() -> None:
    """A creature that has left between question and answer leaves no trace but the roll already made."""
    stage = fight(goblin(), fighter((2, 1)))
    roll = run(stage, (Use("goblin", "blade", ("fighter",)),), seeded(1), field(), ALWAYS).facts[0]
    assert isinstance(roll, AttackResolved)
    attack = FinishAttack("gone", "blade", "fighter", NODES[0], roll.roll, 10, roll.why)  # type: ignore[arg-type]
    outcome = run(stage, (attack, Walk("gone", ((1, 1),)), Use("gone", "blade")), seeded(1), field(), ALWAYS)
    assert outcome.facts == (DiceRolled("gone", roll.roll, "dice/attack"),)


@given(stages(), st.lists(steps, max_size=4), st.sampled_from(["always", "never"]), st.integers(0, 99))
def test_every_die_rolled_stands_in_a_fact(stage: Stage, agenda: list[Step], answer: str, seed: int) -> None:
    """Nobody has to wonder what became of a roll: the records leave no gap in the dice stream."""
    dice = Counting(seed)
    habits = Habits(otherwise=answer)  # type: ignore[arg-type]
    outcome = run(stage, tuple(_anchored(stage, step) for step in agenda), dice, CELLAR, habits)
    recorded = {roll.nonce: len(roll.faces) for fact in outcome.facts for roll in _rolls(fact)}
    assert sum(recorded.values()) == dice.shown


class Counting:
    """Dice that count the faces they show, one for each step of the nonce."""

    def __init__(self, seed: int) -> None:
        self._dice = seeded(seed)
        self.shown = 0

    @property
    def nonce(self) -> int:
        """How many faces were shown."""
        return self.shown

    def face(self, sides: int) -> int:
        """Show one face."""
        self.shown += 1
        return self._dice.face(sides)

    def faces(self, count: int, sides: int) -> list[int]:
        """Show several."""
        return [self.face(sides) for _ in range(count)]

    def rewind(self, nonce: int) -> None:
        """No roll fails here."""
        raise AssertionError(nonce)


def _rolls(value: object) -> Iterator[Roll]:
    """Yield every roll inside a fact."""
    if isinstance(value, Roll):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _rolls(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _rolls(item)  # pyright: ignore[reportUnknownArgumentType]
