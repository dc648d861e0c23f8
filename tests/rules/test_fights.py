"""Two hundred fights between whoever the bundled packs hold, every move drawn by lot, checked after every move."""

import random
from collections.abc import Iterator
from functools import cache, reduce

import msgspec
import pytest
from msgspec.structs import replace

from taleforge.rules.apply import apply
from taleforge.rules.conditions import can_act, can_move, has
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.dice import DiceSource, Roll, ScriptedDice, roll, seeded
from taleforge.rules.engine import Outcome, begin_fight, resume, run
from taleforge.rules.explain import Explanation
from taleforge.rules.facts import (
    AttackResolved,
    CheckMade,
    CombatEnded,
    DamageTaken,
    DeathSaveMade,
    Fact,
    Healed,
    RestTaken,
    SaveMade,
)
from taleforge.rules.legal import Legal, legal, refusal
from taleforge.rules.movement import path_to, path_toward, reachable
from taleforge.rules.reactions import Habits
from taleforge.rules.resources import left
from taleforge.rules.rests import long_rest, short_rest
from taleforge.rules.scores import max_hp
from taleforge.rules.stage import Stage
from taleforge.rules.steps import EndTurn, Step, Use, Walk
from taleforge.world.library import load_content
from taleforge.world.scene import Content
from tests.rules.arena import Arena

CAVE = Arena((
    "..............",
    "...#....~~....",
    "...#..n.~~.d..",
    "......n....d..",
    "..o.....#.....",
    ".........m....",
    "....~~...m....",
    "..............",
))  # fmt: skip
WIDTH, HEIGHT = 14, 8
LONGEST = 300
"""Rounds within which even a fight by lot comes to an end."""
SEEDS = [*range(30), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(30, 200))]


@cache
def content() -> Content:
    """Return the bundled packs, read once."""
    return load_content()


class Lot:
    """A fight in which everybody does what the lot says, as far as it is allowed."""

    def __init__(self, seed: int) -> None:
        self.lot = random.Random(seed)
        self.dice: DiceSource = seeded(seed)
        self.habits = Habits(otherwise=self.lot.choice(("always", "ask", "never")))
        self.start = Stage({c.id: c for c in self._people()})
        self.stage = self.start
        self.facts: list[Fact] = []

    def _people(self) -> Iterator[Creature]:
        cells = [(x, y) for x in range(0, WIDTH, 2) for y in range(0, HEIGHT, 2) if CAVE.inside((x, y))]
        self.lot.shuffle(cells)
        heroes = self.lot.sample(sorted(content().pregens), k=self.lot.randint(1, 4))
        monsters = self.lot.choices(sorted(content().sheets), k=self.lot.randint(1, 5))
        for index, key in enumerate(heroes):
            sheet, items = content().pregens[key], dict(content().starting_items.get(key, {}))
            hero = Creature(f"hero{index}", sheet, sheet.max_hp, "party", character=True, items=items)
            yield replace(hero, cell=cells.pop())
        for index, key in enumerate(monsters):
            sheet: Sheet = content().sheets[key]
            yield Creature(f"foe{index}", sheet, sheet.max_hp, "foe", cell=cells.pop(), items={"arrow": 20})

    def take(self, outcome: Outcome) -> None:
        """Accept what came of a move, answering every question by lot."""
        while True:
            self.facts += outcome.facts
            self.stage = outcome.stage
            if outcome.pending is None:
                return
            answer = self.lot.choice(outcome.pending.choices).id
            outcome = resume(self.stage, outcome.pending, answer, self.dice, CAVE, self.habits)

    def do(self, *steps: Step) -> None:
        """Take steps."""
        self.take(run(self.stage, steps, self.dice, CAVE, self.habits))
        check(self.stage)

    def fight(self) -> None:
        """Fight until one side is down."""
        surprised = tuple(crt for crt in self.stage.creatures if self.lot.random() < 0.1)
        self.take(begin_fight(self.stage, self.dice, CAVE, self.habits, surprised))
        while self.stage.fighting and self.stage.round < LONGEST:
            self.turn(self.stage.active or "")

    def turn(self, crt: str) -> None:
        """Take a turn: some moves by lot, then its end."""
        for _ in range(self.lot.randint(1, 4)):
            if not self.stage.fighting or self.stage.active != crt:
                return
            step = self.drawn(self.stage.creatures[crt])
            if step is not None:
                assert refusal(self.stage, step, CAVE) is None
                self.do(step)
        if self.stage.fighting and self.stage.active == crt:
            self.do(EndTurn(crt))

    def drawn(self, actor: Creature) -> Step | None:
        """Draw a move that is allowed; mostly blows and walks toward somebody."""
        ways = [way for way in legal(self.stage, actor.id, CAVE) if way.refused is None]
        strikes = [way for way in ways if way.action.nodes and "standard" not in way.action.properties]
        for _ in range(6):
            kind = self.lot.random()
            if kind < 0.35:
                step = self.walk(actor)
            else:
                pool = strikes if strikes and kind < 0.9 else ways
                step = self.use(actor, self.lot.choice(pool)) if pool else None
            if step is not None and refusal(self.stage, step, CAVE) is None:
                return step
        return None

    def use(self, actor: Creature, way: Legal) -> Use:
        """Aim an action at whoever the lot picks, enemies first."""
        foes = [crt for crt in way.targets if self.stage.creatures[crt].side != actor.side]
        pool = foes if foes and self.lot.random() < 0.8 else list(way.targets)
        slot = self.lot.choice(way.slots)
        if way.action.target.repeat and pool:
            targets = tuple(self.lot.choices(pool, k=way.count))
        else:
            targets = tuple(self.lot.sample(pool, k=min(len(pool), self.lot.randint(1, way.count))))
        cell = (self.lot.randrange(WIDTH), self.lot.randrange(HEIGHT))
        if self.lot.random() < 0.7:
            cell = self.lot.choice([c.cell for c in self.stage.creatures.values() if c.cell is not None])
        return Use(actor.id, way.action.id, targets, cell, slot, cost=way.cost if way.cost != "none" else None)

    def walk(self, actor: Creature) -> Walk | None:
        """Walk anywhere, or toward an enemy."""
        if self.lot.random() < 0.3:
            cells = sorted(reachable(self.stage, actor.id, CAVE))
            path = path_to(self.stage, actor.id, self.lot.choice(cells), CAVE) if cells else None
        else:
            foes = [c.id for c in self.stage.others(actor.id) if c.side != actor.side and c.life == "up"]
            path = path_toward(self.stage, actor.id, self.lot.choice(foes), 5, CAVE) if foes else None
        return Walk(actor.id, path) if path else None


def check(stage: Stage) -> None:
    """Assert what holds of every stage at any moment."""
    standing = [c.cell for c in stage.creatures.values() if c.life == "up" and "swarm" not in c.sheet.features]
    assert len(set(standing)) == len(standing), "two stand in one place"
    concentrating = {c.id for c in stage.creatures.values() if any(e.key == "concentration" for e in c.effects)}
    for creature in stage.creatures.values():
        assert 0 <= creature.hp <= max_hp(creature)
        assert (creature.hp > 0) == (creature.life == "up")
        assert creature.character or creature.life in {"up", "dead"}
        assert creature.life != "dying" or has(creature, "unconscious")
        assert 0 <= creature.death.failures < 3
        assert 0 <= creature.death.successes < 3
        assert creature.temp_hp >= 0
        assert all(count > 0 for count in creature.items.values())
        assert all(left(creature, key) >= 0 for key in creature.sheet.resources)
        assert all(creature.spent.get(key, 0) <= r.maximum for key, r in creature.sheet.resources.items())
        keys = [effect.key for effect in creature.effects]
        assert len(set(keys)) == len(keys)
        for effect in creature.effects:
            assert effect.concentration is None or effect.concentration in concentrating
            assert effect.ends_round is None or not stage.fighting or effect.ends_round >= stage.clock - 1
        if creature.id in concentrating:
            assert can_act(creature)
        if stage.active == creature.id and creature.life == "up":
            assert can_act(creature) or can_move(creature) or creature.surprised


def explanations(fact: Fact) -> Iterator[tuple[int, Explanation]]:
    """Yield each number of a fact with what explains it."""
    match fact:
        case AttackResolved():
            yield fact.total, fact.why
        case DamageTaken() | Healed():
            yield fact.amount, fact.why
        case SaveMade():
            yield fact.why.value, fact.why
            assert fact.success == (fact.roll is not None and fact.why.value >= fact.dc)
        case CheckMade():
            yield fact.why.value, fact.why
            assert fact.why.value >= fact.dc or not fact.success
        case DeathSaveMade(why=Explanation() as why):
            yield why.value, why
        case _:
            return


def rolls(value: object) -> Iterator[Roll]:
    """Yield every roll inside a fact, in order."""
    if isinstance(value, Roll):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from rolls(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from rolls(item)


def replayed(thrown: Roll) -> Roll:
    """Throw a record's expression again with the faces it names."""
    return roll(thrown.expr, ScriptedDice(face for _, face, _ in thrown.faces))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fight_by_lot_is_true_from_beginning_to_end(seed: int) -> None:
    """It ends; every number is the sum of its parts; every die is on record, in order, and makes the total told."""
    lot = Lot(seed)
    lot.fight()
    assert isinstance(lot.facts[-1], CombatEnded)
    assert reduce(apply, lot.facts, lot.start) == lot.stage
    fresh, words = seeded(seed), 0
    for fact in lot.facts:
        for value, why in explanations(fact):
            assert value == why.value == sum(part.value for part in why.parts), fact
        for thrown in rolls(fact):
            if thrown.nonce < words:
                continue  # told before: one roll for a group, or for all in an area
            assert thrown.nonce == words, fact
            assert [fresh.face(sides) for sides, _, _ in thrown.faces] == [face for _, face, _ in thrown.faces]
            words = fresh.nonce
            assert replayed(thrown).total == thrown.total, thrown
    assert words == lot.dice.nonce, "a die was thrown that no fact tells"


@pytest.mark.parametrize("seed", range(5))
def test_after_the_fight_they_rest(seed: int) -> None:
    """A short and a long rest leave the survivors whole: hit points, slots, everything that comes back."""
    lot = Lot(seed)
    lot.fight()
    alive = tuple(c for c in lot.stage.creatures.values() if c.character)
    lot.facts.clear()
    dice = {c.id: 2 for c in alive}
    rest: RestTaken = short_rest(alive, dice, lot.dice)
    stage = apply(lot.stage, rest)
    check(stage)
    stage = apply(stage, long_rest(tuple(c for c in stage.creatures.values() if c.character)))
    check(stage)
    for creature in stage.creatures.values():
        if creature.character and lot.stage.creatures[creature.id].life == "up":
            assert creature.hp == max_hp(creature)
            assert not any(creature.spent.get(f"slot:{level}") for level in range(1, 10))
