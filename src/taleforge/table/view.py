"""What a seat may know of the state now: `SeatView`, section by section.

Nothing gets into a view that the seat's character (or, for whoever only watches, the party) has not perceived. Pure in
the state.
"""

from collections.abc import Iterator

from taleforge.messages import views as vw
from taleforge.messages.views import SeatView
from taleforge.rules.checks import passive
from taleforge.rules.conditions import can_react
from taleforge.rules.creature import Action, ActiveEffect, Creature
from taleforge.rules.movement import movement_left
from taleforge.rules.scores import armor_class, max_hp, speed
from taleforge.rules.values import ABILITIES, SKILL_ABILITY
from taleforge.table import story
from taleforge.table.evolve import AC_UNKNOWN
from taleforge.table.fight import deadline
from taleforge.table.lexicon import lexicon
from taleforge.table.options import options
from taleforge.table.perception import perceives
from taleforge.table.safety import default_way
from taleforge.table.sight import seen_now
from taleforge.table.state import Seat, State
from taleforge.world.grid import zone_of
from taleforge.world.scene import Scene

MARK = "@"
"""Glyph of the seat's own token; friends and others are drawn by the first letter of their name."""


def view(state: State, seat: str) -> SeatView:
    """Return all that a seat may know now."""
    taken = state.seats.get(seat)
    eyes = _eyes(state, taken)
    me = state.character(seat)
    return SeatView(
        version=max(state.heard, taken.heard if taken else 0),
        table=_table(state, taken),
        seat=_seat(taken) if taken else vw.SeatInfo(seat, "", "spectator"),
        seats={key: _seat(other) for key, other in state.seats.items()},
        scene=_scene(state, state.scene, eyes) if state.scene else None,
        you=_own(state, me) if me else None,
        others={c.id: _other(state, c) for c in _perceived(state, eyes) if not me or c.id != me.id},
        map=_map(state, state.scene, eyes) if state.scene else None,
        tokens={c.id: _token(state, c, me) for c in _perceived(state, eyes) if c.cell},
        fight=_fight(state, eyes) if state.stage.fighting else None,
        options=options(state, seat),
        decisions=tuple(_decisions(state, seat)),
        journal=tuple(e.entry for e in state.journal if not e.knows or e.knows & {c.id for c in eyes}),
        safety=vw.SafetyView(state.safety.lines, state.safety.veils),
        house_rules=state.house_rules,
        dice=vw.DiceInfo(state.dice.commitment, state.dice.nonce, state.dice.salt, seat in state.dice.shared),
        policy=taken.reactions if taken else {},
        pregens=_pregens(state) if state.status == "lobby" else {},
        lexicon=lexicon(state, seat, options(state, seat), _perceived(state, eyes)),
    )


def _eyes(state: State, seat: Seat | None) -> tuple[Creature, ...]:
    """Return the creatures through whose eyes a seat looks: its own character, or the party for a spectator."""
    if seat is None:
        return ()
    own = state.stage.creatures.get(seat.character) if seat.character else None
    return (own,) if own else state.party() if seat.role == "spectator" else ()


def _perceived(state: State, eyes: tuple[Creature, ...]) -> list[Creature]:
    return [c for c in state.stage.creatures.values() if any(perceives(state, eye.id, c.id) for eye in eyes)]


def _table(state: State, seat: Seat | None) -> vw.TableInfo:
    host = seat is not None and seat.role == "host"
    return vw.TableInfo(
        id=state.id, adventure=state.opened.adventure, title=state.opened.title, status=state.status,
        profile=state.opened.profile, lang=state.opened.lang, ending=state.ending, ending_text=state.ending_text,
        stopped=state.safety.stopped, undo=len(state.past) if host else 0,
    )  # fmt: skip


def _seat(seat: Seat) -> vw.SeatInfo:
    return vw.SeatInfo(seat.id, seat.name, seat.role, seat.character, seat.ready, seat.away)


def _pregens(state: State) -> dict[str, vw.PregenInfo]:
    taken = {seat.pregen for seat in state.seats.values()}
    return {
        key: vw.PregenInfo(key, c.sheet.name, c.sheet.classes, c.sheet.look, c.sheet.max_hp, c.sheet.ac)
        for key, c in state.opened.pregens.items()
        if key not in taken
    }


def _scene(state: State, scene: Scene, eyes: tuple[Creature, ...]) -> vw.SceneInfo:
    cell = eyes[0].cell if eyes else None
    zone = zone_of(scene, cell) if cell else None
    features = {
        f.id: vw.FeatureInfo(f.id, f.name, f.look, state.story.features.get(f.id, f.state), f.cells)
        for f in scene.features
        if any(story.feature_known(state, eye, f) for eye in eyes)
    }
    return vw.SceneInfo(
        scene.id, scene.name, scene.look, scene.mood,
        zone.name if zone else None, zone.look if zone else "", state.stage.clock, features,
    )  # fmt: skip


def _own(state: State, me: Creature) -> vw.OwnCharacter:
    sheet = me.sheet
    return vw.OwnCharacter(
        id=me.id, name=sheet.name, level=sheet.level, classes=sheet.classes,
        abilities={a: getattr(sheet.abilities, a) for a in ABILITIES},
        hp=me.hp, max_hp=max_hp(me), temp_hp=me.temp_hp, ac=armor_class(me), speed=speed(me),
        proficiency=sheet.proficiency,
        saves={a: sheet.saves.get(a, sheet.abilities.modifier(a)) for a in ABILITIES},
        skills={s: sheet.skills.get(s, sheet.abilities.modifier(a)) for s, a in SKILL_ABILITY.items()},
        life=me.life, death_successes=me.death.successes, death_failures=me.death.failures,
        effects=_effects(state, me),
        uses={k: vw.Uses(max(0, r.maximum - me.spent.get(k, 0)), r.maximum) for k, r in sheet.resources.items()},
        items=me.items, coins=me.coins, xp=state.experience.get(me.id, 0),
        actions=tuple(_action(a) for a in sheet.actions),
        turn=_turn(state, me) if state.stage.fighting else None,
        concentration=next((e.source and e.key for e in me.effects if e.concentration == me.id), None),
        look=sheet.look, pronouns=sheet.pronouns, passive_perception=passive(me, "perception", "wis").value,
    )  # fmt: skip


def _action(action: Action) -> vw.ActionInfo:
    level = action.spell.level if action.spell else None
    return vw.ActionInfo(action.id, action.name, action.cost, level, action.pinned)


def _turn(state: State, me: Creature) -> vw.TurnInfo:
    use = me.turn
    mine = state.stage.active == me.id
    left = movement_left(state.stage, me) if mine else 0
    return vw.TurnInfo(left, mine and not use.action, mine and not use.bonus, not use.reaction and can_react(me))


def _effects(state: State, creature: Creature) -> dict[str, vw.EffectInfo]:
    return {effect.id: _effect(state, effect) for effect in creature.effects}


def _effect(state: State, effect: ActiveEffect) -> vw.EffectInfo:
    left = None if effect.ends_round is None else max(0, effect.ends_round - state.stage.clock)
    return vw.EffectInfo(effect.key, effect.conditions, effect.source, left, effect.concentration is not None)


def health(creature: Creature) -> vw.Health:
    """Return how hurt somebody looks: bloodied is half of the hit points or less."""
    if creature.life == "dead":
        return "dead"
    if creature.life != "up":
        return "dying"
    full = max_hp(creature)
    return "unhurt" if creature.hp >= full else "hurt" if creature.hp * 2 > full else "bloodied"


def _other(state: State, creature: Creature) -> vw.OtherCreature:
    friend = creature.side == "party"
    bounds = state.bounds.get(creature.id)
    person = state.person(creature.id)
    known = bounds is not None and bounds != AC_UNKNOWN
    return vw.OtherCreature(
        creature.id, state.name_of(creature), creature.side, health(creature), creature.sheet.type, creature.sheet.look,
        creature.sheet.pronouns, state.story.attitudes.get(person) if person else None,
        creature.hp if friend else None, max_hp(creature) if friend else None, _effects(state, creature),
        creature.sheet.size, bounds.low if bounds and known else None, bounds.high if bounds and known else None,
    )  # fmt: skip


def _token(state: State, creature: Creature, me: Creature | None) -> vw.Token:
    name = state.name_of(creature)
    glyph = MARK if me is not None and creature.id == me.id else _initial(name)
    assert creature.cell is not None
    return vw.Token(creature.id, creature.cell, glyph, creature.side, name, creature.sheet.size)


def _initial(name: str) -> str:
    return name.removeprefix("the ").removeprefix("a ").removeprefix("an ")[:1].upper()


def _map(state: State, scene: Scene, eyes: tuple[Creature, ...]) -> vw.MapView | None:
    """Draw the ground that has been seen, doors as they are known, and how what is seen now is lit."""
    rows = scene.ground.rows
    height, width = len(rows), max(len(row) for row in rows)
    explored = [0] * height
    for eye in eyes:
        known = state.story.explored.get(eye.id, ())
        explored = [old | new for old, new in zip(explored, known or [0] * height, strict=True)]
    drawn = tuple(
        "".join(rows[y][x] if explored[y] >> x & 1 else " " for x in range(len(rows[y]))).ljust(width)
        for y in range(height)
    )
    lit = [seen for eye in eyes if (seen := seen_now(state, eye)) is not None]
    light = lit[0].lit if lit else tuple(" " * width for _ in range(height))
    return vw.MapView(width, height, drawn, light, scene.ground.legend)


def _fight(state: State, eyes: tuple[Creature, ...]) -> vw.FightInfo:
    stage = state.stage
    seen = {c.id for c in _perceived(state, eyes)}
    order = tuple(
        vw.InitiativeSlot(
            crt, state.name_of(stage.creatures[crt]), stage.initiative.get(crt, 0), stage.creatures[crt].side,
            crt == stage.active, stage.creatures[crt].life == "dead",
        )
        for crt in stage.order
        if crt in seen
    )  # fmt: skip
    return vw.FightInfo(stage.round, state.turn, order, deadline(state))


def _decisions(state: State, seat: str) -> Iterator[vw.DecisionView]:
    rewind = state.safety.rewind
    if rewind is not None and seat in state.seats:
        ways = tuple(vw.DecisionChoice(way.id, f"rewind/{way.id}") for way in rewind.choices)
        yield vw.DecisionView(rewind.id, "safety", "rewind/how_far", ways, default_way(rewind), until=rewind.until)
    for decision in state.decisions.values():
        if decision.seat == seat:
            pending = decision.pending
            choices = tuple(vw.DecisionChoice(c.id, c.code, c.params) for c in pending.choices)
            yield vw.DecisionView(
                decision.id, decision.kind, pending.code, choices, pending.default, pending.params, decision.until,
                pending.roll,
            )  # fmt: skip
