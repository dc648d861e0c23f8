"""What a seat may hear of an event: the event cut to what its character can know, or nothing.

The counterpart of `view` for the stream. Whoever adds an event decides here what of it is public.
"""

from collections.abc import Callable
from typing import Any, cast

import msgspec
from msgspec import Struct

from taleforge.messages import events as ev
from taleforge.messages.frames import SeatEvent
from taleforge.rules import facts
from taleforge.rules.creature import Creature
from taleforge.table.ground import terrain_of
from taleforge.table.memo import remembered
from taleforge.table.perception import perceives
from taleforge.table.state import State

Plain = dict[str, Any]


def hears(event: ev.Event, seat: str) -> bool:
    """Whether a seat may hear of an event at all."""
    audience = event.audience
    return audience == ev.EVERYBODY or (isinstance(audience, ev.Seats) and seat in audience.seats)


def project(state: State, event: ev.Event, seat: str) -> SeatEvent | None:
    """Return an event as a seat may see it, given the state after it; None when it may not."""
    if not hears(event, seat):
        return None
    if isinstance(event.d, _EACH_ITS_OWN):
        return _cut(state, event, seat)
    known = _told(event)
    if known.after is not state:
        known.after, known.heard = state, _cut(state, event, seat)
    return known.heard


class _Told(Struct, gc=False):
    """What everybody who hears an event hears of it, given the state after it."""

    after: State | None = None
    heard: SeatEvent | None = None


@remembered(most=64)
def _told(_: ev.Event) -> _Told:
    return _Told()


def _cut(state: State, event: ev.Event, seat: str) -> SeatEvent:
    cut = _CUTS.get(type(event.d))
    data = cut(state, event.d, seat) if cut else _plain(event.d)
    if isinstance(event.d, facts.DiceRolled) and event.audience != ev.EVERYBODY:
        data["secret"] = True
    by = cast("Plain", msgspec.to_builtins(event.by))
    return SeatEvent(event.v, event.name, event.ver, event.at, event.clock, by, data, event.cmd)


def _plain(data: Any) -> Plain:
    return cast("Plain", msgspec.to_builtins(data))


def _without(*fields: str) -> Callable[[State, Any, str], Plain]:
    def cut(_: State, data: Any, __: str) -> Plain:
        return {key: value for key, value in _plain(data).items() if key not in fields}

    return cut


def _eyes(state: State, seat: str) -> list[Creature]:
    own = state.character(seat)
    return [own] if own else list(state.party())


def _sees(state: State, seat: str, crt: str) -> bool:
    return any(perceives(state, eye.id, crt) for eye in _eyes(state, seat))


def _scene_entered(_: State, data: ev.SceneEntered, __: str) -> Plain:
    scene = data.scene
    return {"scene": {"id": scene.id, "name": scene.name, "look": scene.look, "mood": scene.mood}}


def _seat_taken(_: State, data: ev.SeatTaken, seat: str) -> Plain:
    """Whose account it is, and all of a character, is for the seat itself: others see who sits there, and as whom."""
    plain = _plain(data)
    if data.seat == seat:
        return plain
    plain.pop("person", None)
    if data.character is not None:
        plain["character"] = {"id": data.character.id, "name": data.character.sheet.name}
    return plain


def _joined(state: State, data: facts.CombatantJoined, __: str) -> Plain:
    return {"crt": data.creature.id, "name": state.name_of(data.creature)}


def _decision(_: State, data: ev.DecisionOpened, seat: str) -> Plain:
    """Others learn only that somebody is asked; what is asked stands in the seat's own view."""
    public = {"decision": data.decision, "seat": data.seat, "kind": data.kind}
    if data.seat != seat:
        return public
    return public | {"code": data.pending.code, "params": data.pending.params, "until": data.until}


def _planned(_: State, data: ev.DeedPlanned, seat: str) -> Plain:
    """Others learn only that somebody has said what they do: what one knows of may be known to nobody else."""
    return _plain(data) | {"mine": True} if data.seat == seat else {"seat": data.seat, "until": data.until}


def _hit_points(state: State, data: facts.DamageTaken | facts.Healed, _: str) -> Plain:
    """Hit points of friends are known, those of others are not."""
    plain = _plain(data)
    creature = state.stage.creatures.get(data.crt)
    if creature is None or creature.side != "party":
        for field in ("hp", "temp_hp"):
            plain.pop(field, None)
    return plain


def _attack(state: State, data: facts.AttackResolved, _: str) -> Plain:
    """The armour class of friends is known, that of others has to be found out."""
    plain = _plain(data)
    target = state.stage.creatures.get(data.target)
    if target is None or target.side != "party":
        plain.pop("ac", None)
    return plain


def _check(state: State, data: facts.CheckMade, _: str) -> Plain:
    """Whether it was enough is known; what would have been enough only where numbers are open."""
    plain = _plain(data)
    if state.house_rules.get("odds") != "exact":
        plain.pop("dc", None)
    return plain


def _initiative(state: State, data: facts.InitiativeRolled, seat: str) -> Plain:
    entries = [_plain(entry) for entry in data.entries if _sees(state, seat, entry.crt)]
    order = [crt for crt in data.order if _sees(state, seat, crt)]
    surprised = [crt for crt in data.surprised if _sees(state, seat, crt)]
    return {"entries": entries, "order": order, "surprised": surprised}


def _encounter(state: State, data: ev.EncounterBegan, seat: str) -> Plain:
    return {"foes": [crt for crt in data.foes if _sees(state, seat, crt)], "sudden": data.sudden}


def _moved(state: State, data: facts.Moved, seat: str) -> Plain:
    """Of somebody else's way only the cells in sight are known."""
    plain = _plain(data)
    mover = state.stage.creatures.get(data.crt)
    if mover is None or mover.side == "party":
        return plain
    terrain = terrain_of(state)
    places = [eye.cell for eye in _eyes(state, seat) if eye.cell is not None]
    plain["path"] = [list(cell) for cell in data.path if any(terrain.visible(place, cell) for place in places)]
    return plain


def _condition(_: State, data: facts.ConditionGained, __: str) -> Plain:
    effect = data.effect
    shown = {"id": effect.id, "key": effect.key, "conditions": list(effect.conditions), "source": effect.source}
    return {"crt": data.crt, "effect": shown, "name": data.name}


_CUTS: dict[type[Any], Callable[[State, Any, str], Plain]] = {
    ev.TableOpened: _without("quests", "clues", "endings", "items", "pregens", "state", "space", "campaign"),
    ev.SceneEntered: _scene_entered,
    ev.SeatTaken: _seat_taken,
    facts.CombatantJoined: _joined,
    ev.DecisionOpened: _decision,
    ev.DeedPlanned: _planned,
    facts.DamageTaken: _hit_points,
    facts.Healed: _hit_points,
    facts.TemporaryHitPointsGained: _hit_points,
    facts.AttackResolved: _attack,
    facts.CheckMade: _check,
    facts.InitiativeRolled: _initiative,
    ev.EncounterBegan: _encounter,
    facts.Moved: _moved,
    facts.ConditionGained: _condition,
    ev.InteractionTried: _without("interaction", "once"),
}
_EACH_ITS_OWN = (
    ev.SeatTaken,
    ev.DecisionOpened,
    ev.DeedPlanned,
    facts.InitiativeRolled,
    ev.EncounterBegan,
    facts.Moved,
)
"""Events of which one seat hears something else than another; the others are cut once for all who hear them."""
