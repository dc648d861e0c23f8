"""What a narrator may tell of some events: Briefs, one for each audience, holding only what all of it may know.

Does not write prose and does not choose words.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from taleforge.messages import events as ev
from taleforge.messages.brief import Actor, Beat, Brief, Place
from taleforge.messages.commands import GESTURE
from taleforge.rules import facts
from taleforge.rules.creature import Creature
from taleforge.table.figures import health
from taleforge.table.perception import subjects_of
from taleforge.table.project import hears
from taleforge.table.sight import seen_now
from taleforge.table.state import State
from taleforge.world.grid import zone_of


def briefs(before: State, log: Sequence[ev.Event], after: State) -> tuple[Brief, ...]:
    """Return what is to be told of events: once for everybody where everybody heard the same, else seat by seat."""
    if not log:
        return ()
    seats = [seat.id for seat in after.seats.values() if seat.role != "companion"]
    heard = {seat: tuple(e for e in log if hears(e, seat) and type(e.d) in _BEATS) for seat in seats}
    groups: list[tuple[tuple[ev.Event, ...], list[str]]] = []
    for seat, events in heard.items():
        together = next((group for known, group in groups if _same(known, events)), None)
        if together is None:
            groups.append((events, [seat]))
        else:
            together.append(seat)
    made = (_brief(before, events, after, tuple(group), everybody=len(group) == len(seats)) for events, group in groups)
    return tuple(brief for brief in made if brief is not None)


def _same(one: Sequence[ev.Event], other: Sequence[ev.Event]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _brief(
    before: State, log: tuple[ev.Event, ...], after: State, audience: tuple[str, ...], *, everybody: bool
) -> Brief | None:
    told = [(event, _BEATS[type(event.d)](event.d, after)) for event in log]
    beats = tuple(
        Beat(event.v, beat.code, beat.actor, beat.target, _compared(event.d, beat, before), beat.text)
        for event, beat in told
        if beat is not None
    )
    if not beats:
        return None
    names = {crt for beat in beats for crt in (beat.actor, beat.target) if crt}
    names |= {crt for event in log for crt in subjects_of(event.d)}
    return Brief(
        table=after.id, v=log[-1].v, lang=after.opened.lang, audience=() if everybody else audience,
        place=_place(after, audience), actors=dict(_actors(before, after, names, audience)), beats=beats,
        lines=after.safety.lines, veils=after.safety.veils, seed=log[-1].v,
    )  # fmt: skip


def _compared(data: Any, beat: Beat, before: State) -> dict[str, str | int]:
    """Return a beat's parameters beside how things were: the zone a walk led into, how the hurt stood before."""
    if isinstance(data, facts.DamageTaken) and data.crt in before.stage.creatures:
        return {**beat.params, "was": health(before.stage.creatures[data.crt])}
    if isinstance(data, facts.Moved) and (zone := _new_zone(data, before)):
        return {**beat.params, "zone": zone}
    return beat.params


def _new_zone(data: facts.Moved, before: State) -> str:
    """Return the name of the zone a walk led into; "" when it stayed in one or led into none."""
    mover = before.stage.creatures.get(data.crt)
    if before.scene is None or mover is None or mover.cell is None or not data.path:
        return ""
    left, entered = zone_of(before.scene, mover.cell), zone_of(before.scene, data.path[-1])
    return entered.name if entered is not None and entered is not left else ""


def _actors(before: State, after: State, names: set[str], audience: tuple[str, ...]) -> Iterator[tuple[str, Actor]]:
    own = {after.seats[seat].character for seat in audience} if len(audience) == 1 else set[str | None]()
    for crt in sorted(names):
        creature = after.stage.creatures.get(crt) or before.stage.creatures.get(crt)
        if creature is not None:
            yield crt, _actor(after, creature, you=crt in own)


def _actor(state: State, creature: Creature, *, you: bool) -> Actor:
    who = state.person(creature.id)
    persons = state.scene.persons if state.scene else ()
    person = next((p for p in persons if p.id == who), None)
    name = state.name_of(creature)
    named = creature.character or (person is not None and name == creature.sheet.name)
    return Actor(
        id=creature.id, name=name, pronouns=creature.sheet.pronouns, side=creature.side, kind=creature.sheet.type,
        look=creature.sheet.look, voice=person.voice if person else "", proper=named, health=health(creature), you=you,
    )  # fmt: skip


def _place(state: State, audience: tuple[str, ...]) -> Place | None:
    scene = state.scene
    if scene is None:
        return None
    eye = next((c for seat in audience if (c := state.character(seat)) is not None), None)
    zone = zone_of(scene, eye.cell) if eye and eye.cell else None
    seen = seen_now(state, eye) if eye else None
    letter = seen.lit[eye.cell[1]][eye.cell[0]] if seen and eye and eye.cell else "b"
    light = {"b": "bright", "d": "dim"}.get(letter, "dark")
    return Place(scene.name, scene.look, scene.mood, zone.name if zone else "", light, state.stage.fighting)


def _beat(
    code: str, actor: str | None = None, target: str | None = None, text: str | None = None, **params: Any
) -> Beat:
    return Beat(0, code, actor, target, {k: v for k, v in params.items() if v is not None and v != ""}, text)


def _attack(data: facts.AttackResolved, _: State) -> Beat:
    outcome = "critical" if data.critical else "hit" if data.hit else "fumbled" if data.natural == 1 else "missed"
    return _beat(f"attack.{outcome}", data.attacker, data.target, name=data.name, action=data.action)


def _damage(data: facts.DamageTaken, _: State) -> Beat | None:
    worst = max(data.packets, key=lambda packet: packet.amount, default=None)
    changes = {packet.change for packet in data.packets if packet.change}
    return _beat(
        "damage.taken", data.source, data.crt, type=worst.type if worst else "", change=min(changes, default=""),
        none=int(data.amount == 0),
    )  # fmt: skip


def _check(data: facts.CheckMade, _: State) -> Beat:
    return _beat(f"check.{'passed' if data.success else 'failed'}", data.crt, skill=data.skill or data.ability)


def _save(data: facts.SaveMade, _: State) -> Beat:
    return _beat(f"save.{'passed' if data.success else 'failed'}", data.crt, ability=data.ability)


def _tried(data: ev.InteractionTried, state: State) -> Beat:
    target = state.creature_of(data.target)
    features = state.scene.features if state.scene else ()
    thing = next((f.name for f in features if f.id == data.target), "")
    return _beat(
        f"tried.{data.verb}", data.crt, target.id if target else None, thing=thing, topic=data.topic,
        success=int(data.success),
    )  # fmt: skip


def _said(data: ev.Said, _: State) -> Beat:
    if data.tone == GESTURE:
        return _beat("gesture", data.crt, data.to, gesture=data.text)
    return _beat("said", data.crt, data.to, data.text, tone=data.tone, scripted=int(data.scripted))


def _item(data: ev.ItemMoved, state: State) -> Beat:
    getting = data.to is not None and data.to in state.stage.creatures
    return _beat("item.gained" if getting else "item.given", data.to if getting else data.source,
                 data.source if getting and data.source in state.stage.creatures else None,
                 item=data.name, count=data.count)  # fmt: skip


def _coins(data: ev.CoinsMoved, state: State) -> Beat:
    getting = data.to is not None and data.to in state.stage.creatures
    return _beat("coins.gained" if getting else "coins.given", data.to if getting else data.source)


def _closed(data: ev.TableClosed, _: State) -> Beat:
    return _beat("ending", text=data.text, title=data.title, good=int(data.good))


_BEATS: dict[type[Any], Callable[[Any, State], Beat | None]] = {
    facts.AttackResolved: _attack,
    facts.DamageTaken: _damage,
    facts.CheckMade: _check,
    facts.SaveMade: _save,
    facts.Moved: lambda d, _: _beat("moved", d.crt, kind=d.kind),
    facts.InitiativeRolled: lambda d, _: _beat("fight.began", surprised=int(bool(d.surprised))),
    facts.CombatEnded: lambda d, _: _beat("fight.ended", reason=d.reason),
    facts.CombatantJoined: lambda d, _: _beat("creature.joined", d.creature.id),
    facts.CreatureLeft: lambda d, _: _beat("creature.left", d.crt, reason=d.reason),
    facts.Healed: lambda d, _: _beat("healed", d.source, d.crt),
    facts.TemporaryHitPointsGained: lambda d, _: _beat("temp_hp.gained", d.source, d.crt),
    facts.ConditionGained: lambda d, _: _beat(
        "condition.gained", d.effect.source, d.crt, key=d.effect.key, name=d.name
    ),
    facts.ConditionLost: lambda d, _: _beat("condition.lost", d.crt, key=d.key, reason=d.reason),
    facts.ConcentrationEnded: lambda d, _: _beat("concentration.ended", d.crt, reason=d.reason),
    facts.SpellCast: lambda d, _: _beat(
        "spell.cast",
        d.crt,
        d.targets[0] if len(d.targets) == 1 else None,
        name=d.name,
        action=d.action,
        count=len(d.targets),
    ),
    facts.ReactionUsed: lambda d, _: _beat("reaction.used", d.crt, action=d.action),
    facts.TurnSpent: lambda d, _: _beat("turn.spent", d.crt, action=d.action),
    facts.DeathSaveMade: lambda d, _: _beat("death_save.made", d.crt, outcome=d.outcome),
    facts.Died: lambda d, _: _beat("died", d.source, d.crt),
    facts.Revived: lambda d, _: _beat("revived", d.crt),
    facts.RestTaken: lambda d, _: _beat("rest.taken", kind=d.kind),
    facts.TimePassed: lambda d, _: _beat("time.passed", minutes=d.rounds // 10),
    ev.SceneEntered: lambda d, _: _beat("scene.entered", name=d.scene.name, text=d.scene.look),
    ev.PartyPlaced: lambda _, state: _beat("party.placed", next((c.id for c in state.party()), None)),
    ev.InteractionTried: _tried,
    ev.ClueFound: lambda d, _: _beat("clue.found", d.crt, title=d.title, text=d.text),
    ev.FeatureRevealed: lambda d, _: _beat("feature.revealed", d.crt, name=d.name),
    ev.DoorChanged: lambda d, _: _beat("feature.changed", d.by, name=d.name, state=d.state),
    ev.ItemMoved: _item,
    ev.CoinsMoved: _coins,
    ev.AttitudeChanged: lambda d, _: _beat("npc.attitude_changed", d.crt, attitude=d.attitude),
    ev.SideChanged: lambda d, _: _beat("side.changed", d.crt, side=d.side),
    ev.QuestAdvanced: lambda d, _: _beat("quest.advanced", title=d.title, text=d.text),
    ev.Said: _said,
    ev.Told: lambda d, _: _beat("told", text=d.text),
    ev.TableClosed: _closed,
    ev.TableRewound: lambda _, __: _beat("table.rewound"),
}
