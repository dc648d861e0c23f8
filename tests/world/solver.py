"""Plays an adventure's story without dice: every check may come out either way, every fight every way.

A state is a bit set of facts (`flag:met`, `item:ledger`, `state:gate=open`, `done:ask_odda` …). Left out on purpose:
coins (always enough, or never, as asked), light, attitudes, and attacks on people nobody needs to fight.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import combinations, product
from random import Random
from typing import NamedTuple

from taleforge.world import scene as sc
from taleforge.world.grid import SHUT, approachable, grid_of
from taleforge.world.requirements import Requirement, parse
from taleforge.world.validation import every_consequence

WALKS, STEPS = 40, 400
"""How often and how far to wander before giving up."""


class Outcome(NamedTuple):
    """What one way a move can go changes. `label` is `success` or `failure`, or names what ended a fight halfway."""

    sets: int
    clears: int
    label: str

    def of(self, state: int) -> int:
        """Return the state after it."""
        return state & ~self.clears | self.sets


class Move(NamedTuple):
    """Something that can be tried: any of `ways` (facts needed, facts barred) allows it; it goes one of `outcomes`."""

    name: str
    ways: tuple[tuple[int, int], ...]
    outcomes: tuple[Outcome, ...]

    def open_to(self, state: int) -> bool:
        """Whether it can be tried."""
        return any(state & needs == needs and not state & bars for needs, bars in self.ways)

    def literals(self) -> int:
        """Return every fact it asks about."""
        mask = 0
        for needs, bars in self.ways:
            mask |= needs | bars
        return mask


class Model:
    """One scene's story as moves over bit sets."""

    def __init__(self, scene: sc.Scene, start: str = "start", *, rich: bool = True, items: Iterable[str] = ()) -> None:
        self.scene, self.rich = scene, rich
        self.bits: dict[str, int] = {}
        self._doors = [feature for feature in scene.features if feature.blocks]
        self._places = self._partition()
        self.moves = [move for interaction in scene.interactions for move in self._moves(interaction)]
        self.triggers = [self._trigger(trigger) for trigger in scene.triggers]
        self.ends = self.mask("end:")
        self.start = self.settled(self._start(start, items))

    def bit(self, fact: str) -> int:
        """Return the bit of a fact."""
        return self.bits.setdefault(fact, 1 << len(self.bits))

    def mask(self, *facts: str) -> int:
        """Return the bits of several facts, and of all that begin with one that ends in a colon or equals sign."""
        wanted = {f for f in self.bits for fact in facts if f == fact or (fact[-1] in ":=" and f.startswith(fact))}
        return sum(self.bits[fact] for fact in wanted)

    def matters(self) -> int:
        """Return the facts that decide what can be tried, beside a move's own having been tried."""
        asked = 0
        for move in (*self.moves, *self.triggers):
            asked |= move.literals()
        return asked & ~self.mask("done:", "failed:", "fired:")

    def told(self, state: int) -> list[str]:
        """Return the facts of a state, for a failing test to show."""
        return [fact for fact, bit in self.bits.items() if state & bit]

    def ended(self, state: int) -> bool:
        """Whether an ending was reached."""
        return bool(state & self.ends)

    def settled(self, state: int) -> int:
        """Return the state after every trigger that fires."""
        for move in self.triggers * 2:
            if move.open_to(state):
                state = move.outcomes[0].of(state)
        return state

    def _partition(self) -> dict[str, str]:
        """The place each entrance belongs to: entrances between which one walks with all doors shut are one place."""
        grid = grid_of(self.scene, {})
        first: dict[tuple[int, ...], str] = {}
        return {name: first.setdefault(grid.region(cells[0]), name) for name, cells in self.scene.entrances.items()}

    def _start(self, entrance: str, items: Iterable[str]) -> int:
        state = self.bit(f"at:{self._places[entrance]}")
        for feature in self.scene.features:
            state |= self.bit(f"state:{feature.id}={feature.state}")
        for item in items:
            state |= self.bit(f"item:{item}")
        return Outcome(*self._effects(self.scene.opening), "opening").of(state)

    def _trigger(self, trigger: sc.Trigger) -> Move:
        fired = self.bit(f"fired:{trigger.id}")
        needs, bars, possible = self._needs(trigger.requires)
        sets, clears = self._effects(trigger.consequences)
        ways = ((needs, bars | fired),) if possible else ()
        return Move(trigger.id, ways, (Outcome(sets | fired, clears, ""),))

    def _moves(self, interaction: sc.Interaction) -> Iterator[Move]:
        if "fighting" in interaction.requires:
            return
        needs, bars, possible = self._needs(interaction.requires)
        if not possible:
            return
        if interaction.once:
            bars |= self.bit(f"done:{interaction.id}")
        if interaction.test and not interaction.retry:
            bars |= self.bit(f"failed:{interaction.id}")
        target = next((thing for thing in self.scene.features if thing.id == interaction.target and thing.hidden), None)
        if target is not None:
            needs |= self.bit(f"shown:{target.id}")
        if any(person.id == interaction.target for person in self.scene.persons):
            bars |= self.bit(f"dead:{interaction.target}")
        ways = tuple((needs | near, bars | far) for near, far in self._reach(interaction))
        yield Move(interaction.id, ways, tuple(self._outcomes(interaction)))

    def _outcomes(self, interaction: sc.Interaction) -> Iterator[Outcome]:
        done = self.bit(f"done:{interaction.id}") if interaction.once else 0
        yield from self._branches(interaction.success, done, "success")
        if interaction.test:
            failed = 0 if interaction.retry else self.bit(f"failed:{interaction.id}")
            yield from self._branches(interaction.failure, failed, "failure")

    def _branches(self, consequences: tuple[sc.Consequence, ...], sets: int, label: str) -> Iterator[Outcome]:
        """One outcome, or one for every way the fight in it can end."""
        more, clears = self._effects(consequences)
        fight = next((c for c in consequences if isinstance(c, sc.StartFight)), None)
        if fight is None:
            yield Outcome(sets | more, clears, label)
            return
        encounter = next(entry for entry in self.scene.encounters if entry.id == fight.encounter)
        for fallen in _subsets(encounter.persons):
            dead = sum(self.bit(f"dead:{person}") for person in fallen)
            for ending in (encounter.victory, encounter.surrender):
                ends, undone = self._effects(ending)
                yield Outcome(sets | more | dead | ends, clears | undone, label)
        for interaction in self.scene.interactions:
            if "fighting" in interaction.requires:
                ends, undone = self._effects(interaction.success)
                yield Outcome(sets | more | ends, clears | undone, f"{interaction.id}/success")
        ends, undone = self._effects(encounter.defeat)
        yield Outcome(sets | more | ends, clears | undone, label)

    def _effects(self, consequences: Iterable[sc.Consequence]) -> tuple[int, int]:
        sets = clears = 0
        for consequence in consequences:
            more, fewer = self._effect(consequence)
            sets, clears = (sets & ~fewer) | more, (clears | fewer) & ~more
        return sets, clears

    def _effect(self, consequence: sc.Consequence) -> tuple[int, int]:
        match consequence:
            case sc.SetFlag(flag=flag, value=value):
                bit = self.bit(f"flag:{flag}")
                return (bit, 0) if value else (0, bit)
            case sc.GiveItem(item=item, count=count):
                bit = self.bit(f"item:{item}")
                return (bit, 0) if count > 0 else (0, bit)
            case sc.RevealClue(clue=clue):
                return self.bit(f"clue:{clue}"), 0
            case sc.RevealFeature(target=target):
                return self.bit(f"shown:{target}"), 0
            case sc.ChangeFeature(feature=feature, state=state):
                return self._one_of(f"state:{feature}=", state, _states(self.scene, feature))
            case sc.AdvanceQuest(quest=quest, stage=stage):
                return self._one_of(f"quest:{quest}=", stage, _stages(self.scene, quest))
            case sc.PlaceParty(entrance=entrance):
                return self._one_of("at:", self._places[entrance], set(self._places.values()))
            case sc.End(ending=ending):
                return self.bit(f"end:{ending}"), 0
            case _:
                return 0, 0

    def _one_of(self, kind: str, value: str, values: Iterable[str]) -> tuple[int, int]:
        chosen = self.bit(kind + value)
        return chosen, sum(self.bit(kind + other) for other in sorted(values)) & ~chosen

    def _needs(self, requires: Iterable[str]) -> tuple[int, int, bool]:
        needs = bars = 0
        for predicate in requires:
            requirement = parse(predicate)
            assert requirement is not None, predicate
            if requirement.kind in {"coins", "fighting", "zone"}:
                if requirement.kind == "coins" and not self.rich:
                    return 0, 0, False
                continue
            bit, wanted = self._fact(requirement)
            needs, bars = (needs | bit, bars) if wanted else (needs, bars | bit)
        return needs, bars, True

    def _fact(self, requirement: Requirement) -> tuple[int, bool]:
        subject, value, wanted = requirement.subject, requirement.value, not requirement.negated
        match requirement.kind:
            case "flag" | "item" | "clue":
                return self.bit(f"{requirement.kind}:{subject}"), wanted
            case "state" | "quest":
                return self.bit(f"{requirement.kind}:{subject}={value}"), wanted
            case "alive":
                return self.bit(f"dead:{subject}"), not wanted
            case _:
                raise NotImplementedError(requirement)

    def _reach(self, interaction: sc.Interaction) -> Iterator[tuple[int, int]]:
        """For each place, the doors that must be open or shut to come within reach of the target from there."""
        cells = self._cells(interaction.target)
        every = tuple(product((True, False), repeat=len(self._doors)))
        for place in sorted(set(self._places.values())):
            allowed = {shut for shut in every if self._near(place, cells, interaction.reach, shut)}
            count = len(self._doors)
            matter = [
                door
                for door in range(count)
                if any((_flipped(shut, door) in allowed) != (shut in allowed) for shut in every)
            ]
            for shut in {tuple((door, shut[door]) for door in matter) for shut in allowed}:
                yield self._with_doors(self.bit(f"at:{place}"), shut)

    def _with_doors(self, here: int, shut: tuple[tuple[int, bool], ...]) -> tuple[int, int]:
        needs, bars = here, 0
        for door, closed in shut:
            name = self._doors[door].id
            shutting = sum(self.bit(f"state:{name}={state}") for state in _states(self.scene, name) & SHUT)
            if not closed:
                bars |= shutting
            elif shutting.bit_count() == 1:
                needs |= shutting
        return needs, bars

    def _near(self, place: str, cells: tuple[tuple[int, int], ...], reach: int, shut: tuple[bool, ...]) -> bool:
        states = {door.id: "closed" if closed else "open" for door, closed in zip(self._doors, shut, strict=True)}
        grid = grid_of(self.scene, states)
        return any(approachable(grid, self.scene.entrances[place][0], cell, reach) for cell in cells)

    def _cells(self, target: str) -> tuple[tuple[int, int], ...]:
        for feature in self.scene.features:
            if feature.id == target:
                return feature.cells
        for person in self.scene.persons:
            if person.id == target:
                return (person.cell,)
        zone = next(zone for zone in self.scene.zones if zone.id == target)
        grid = grid_of(self.scene, {})
        return tuple(cell for cell in grid.kinds if cell in zone.area and grid.inside(cell))


def _flipped(shut: tuple[bool, ...], door: int) -> tuple[bool, ...]:
    return tuple(closed != (index == door) for index, closed in enumerate(shut))


def _subsets(persons: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(len(persons) + 1):
        yield from combinations(persons, size)


def _states(scene: sc.Scene, feature: str) -> set[str]:
    changed = {c.state for _, c in every_consequence(scene) if isinstance(c, sc.ChangeFeature) and c.feature == feature}
    return changed | {thing.state for thing in scene.features if thing.id == feature}


def _stages(scene: sc.Scene, quest: str) -> set[str]:
    return {c.stage for _, c in every_consequence(scene) if isinstance(c, sc.AdvanceQuest) and c.quest == quest}


class Play(NamedTuple):
    """What was found by following up moves."""

    endings: set[str]
    outcomes: set[str]
    states: list[int]


def explore(model: Model) -> Play:
    """Return the endings and outcomes (`name/success`) that some playing leads to, and the states it passed through.

    Only states with a pair of facts never seen together before are followed up: what is found is truly there, and with
    few facts deciding each move that is enough to find it.
    """
    play = Play(set(), set(), [])
    seen: dict[int, int] = {}
    matters = model.matters()
    queue = deque([model.start])
    while queue:
        state = queue.popleft()
        play.states.append(state)
        for move in model.moves:
            for outcome in move.outcomes if move.open_to(state) else ():
                after = model.settled(outcome.of(state))
                play.outcomes.add(outcome.label if "/" in outcome.label else f"{move.name}/{outcome.label}")
                if model.ended(after):
                    play.endings.update(fact.removeprefix("end:") for fact in model.told(after) if fact[:4] == "end:")
                elif (after ^ state) & matters and _novel(after, seen):
                    queue.append(after)
    return play


def endures(model: Model, start: int, goals: int, chance: Random) -> bool:
    """Whether a goal can be reached with every check failing and every fight lost, found by wandering about at random.

    Endings that are no goal are walked past. True is certain; False only says that no walk found it.
    """
    for _ in range(WALKS):
        state = start
        for _ in range(STEPS):
            after = [model.settled(move.outcomes[-1].of(state)) for move in model.moves if move.open_to(state)]
            if any(further & goals for further in after):
                return True
            after = [further for further in after if further != state and not model.ended(further)]
            if not after:
                break
            state = chance.choice(after)
    return False


def _novel(state: int, seen: dict[int, int]) -> bool:
    """Whether the state holds a pair of facts never seen together; `seen` maps each fact to its companions so far."""
    novel = False
    rest = state
    while rest:
        fact = rest & -rest
        rest ^= fact
        novel = novel or bool(state & ~seen.get(fact, 0))
        seen[fact] = seen.get(fact, 0) | state
    return novel


def stuck(model: Model, cone: int, goals: int) -> list[int]:
    """Return states, seen only through the facts of `cone`, from which no goal can be forced whatever the dice say.

    Everything that can happen is allowed for: what a move needs outside the cone may be there. For getting out only
    moves count that ask about nothing outside it, and of those every outcome must lead on.
    """
    states = {model.start & cone}
    queue = deque(states)
    options: dict[int, list[list[int]]] = {}
    while queue:
        state = queue.popleft()
        options[state] = []
        if state & goals or model.ended(state):
            continue
        for move in model.moves:
            if not any(state & needs & cone == needs & cone and not state & bars & cone for needs, bars in move.ways):
                continue
            nexts = list(_nexts(model, state, move, cone))
            if move.open_to(state) and not move.literals() & ~cone:
                options[state].append(nexts)
            for after in nexts:
                if after not in states:
                    states.add(after)
                    queue.append(after)
    return _hopeless(model, options, goals)


def _nexts(model: Model, state: int, move: Move, cone: int) -> Iterator[int]:
    for outcome in move.outcomes:
        after = outcome.of(state) & cone
        yield after
        yield from _triggered(model, after, cone)


def _triggered(model: Model, state: int, cone: int) -> Iterator[int]:
    """What triggers may make of a state: each may or may not fire when what it needs lies outside the cone."""
    for move in model.triggers:
        if not (move.outcomes[0].sets | move.outcomes[0].clears) & cone:
            continue
        if any(state & needs & cone == needs & cone and not state & bars & cone for needs, bars in move.ways):
            yield move.outcomes[0].of(state) & cone


def _hopeless(model: Model, options: dict[int, list[list[int]]], goals: int) -> list[int]:
    """The states outside the attractor of the goals."""
    won = {state for state in options if state & goals}
    growing = True
    while growing:
        more = {
            state
            for state, ways in options.items()
            if state not in won and any(all(n in won for n in way) for way in ways)
        }
        growing = bool(more)
        won |= more
    return [state for state in options if state not in won and not model.ended(state)]
