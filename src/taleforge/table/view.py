"""What a seat may know of the state now: `SeatView`, section by section.

Nothing gets into a view that the seat's character (or, for whoever only watches, the party) has not perceived. Pure in
the state.
"""

from collections.abc import Iterator
from sys import intern

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages import views as vw
from taleforge.messages.views import SeatView
from taleforge.rules.checks import passive
from taleforge.rules.conditions import can_react
from taleforge.rules.creature import Action, Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.rules.explain import Explanation
from taleforge.rules.movement import feet_left
from taleforge.rules.scores import armor_class, max_hp, speed
from taleforge.rules.values import ABILITIES, SKILL_ABILITY
from taleforge.table import gathering
from taleforge.table.around import explored_by, known_features, zones_here
from taleforge.table.deeds import bare
from taleforge.table.fight import deadline
from taleforge.table.figures import Figure, effects, figures
from taleforge.table.lexicon import lexicon
from taleforge.table.options import options
from taleforge.table.perception import perception_of
from taleforge.table.recall import Recall
from taleforge.table.safety import default_way
from taleforge.table.sight import seen_now
from taleforge.table.state import Entry, Seat, State
from taleforge.world.scene import Feature, Ground, Scene, Zone
from taleforge.world.sight import Rows


def view(state: State, seat: str, recall: Recall | None = None) -> SeatView:
    """Return all that a seat may know now; with a `recall` of the table, what did not change is what it was before."""
    recall = recall or Recall()
    recall.about(state.scene)
    taken = state.seats.get(seat)
    eyes = _eyes(state, taken)
    me = state.character(seat)
    seen = _perceived(state, eyes)
    offered = options(state, seat, recall)
    shown = recall.of(("shown", seat), _shown, figures(state, seen, recall), me.id if me else None)
    return SeatView(
        version=max(state.heard, taken.heard if taken else 0),
        table=_table(state, taken),
        seat=_seat(taken) if taken else vw.SeatInfo(seat, "", "spectator"),
        seats=recall.of("seats", _seats, state.seats),
        scene=_scene(state, state.scene, seat, eyes, recall) if state.scene else None,
        you=_own(state, me, recall) if me else None,
        others=shown.others,
        map=_map(state, state.scene, seat, eyes, recall) if state.scene else None,
        tokens=shown.tokens,
        fight=recall.of(("fight", seat), _fight, _initiative(state, recall), seen) if state.stage.fighting else None,
        gathering=gathering.shown(state, seat),
        options=offered,
        decisions=tuple(_decisions(state, seat)),
        journal=recall.of(("journal", seat), _journal, state.journal, tuple(c.id for c in eyes)),
        safety=vw.SafetyView(state.safety.lines, state.safety.veils),
        house_rules=state.house_rules,
        dice=vw.DiceInfo(state.dice.commitment, state.dice.nonce, state.dice.salt, seat in state.dice.shared),
        policy=taken.reactions if taken else {},
        pregens=_pregens(state) if state.status == "lobby" or taken is None else {},
        lexicon=lexicon(state, seat, offered, shown.words, recall),
    )


def _eyes(state: State, seat: Seat | None) -> tuple[Creature, ...]:
    """Return the creatures through whose eyes a seat looks: its own character, or the party for a spectator."""
    if seat is None:
        return ()
    own = state.stage.creatures.get(seat.character) if seat.character else None
    return (own,) if own else state.party() if seat.role == "spectator" else ()


def _perceived(state: State, eyes: tuple[Creature, ...]) -> tuple[str, ...]:
    perception = perception_of(state)
    if len(eyes) == 1:
        return perception.in_sight(eyes[0].id)
    seen = {crt for eye in eyes for crt in perception.in_sight(eye.id)}
    return tuple([crt for crt in state.stage.creatures if crt in seen])


class _Shown(Struct, frozen=True, gc=False):
    """The creatures that somebody perceives, in the list, on the map, and in words."""

    others: dict[str, vw.OtherCreature]
    tokens: dict[str, vw.Token]
    words: tuple[vw.LexiconEntry, ...]


def _shown(seen: tuple[Figure, ...], me: str | None) -> _Shown:
    tokens = [one.own if one.other.id == me else one.token for one in seen]
    return _Shown(
        {one.other.id: one.other for one in seen if one.other.id != me},
        {token.crt: token for token in tokens if token},
        tuple([one.word for one in seen]),
    )


def _table(state: State, seat: Seat | None) -> vw.TableInfo:
    host = seat is not None and seat.role == "host"
    return vw.TableInfo(
        id=state.id, adventure=state.opened.adventure, title=state.opened.title, status=state.status,
        profile=state.opened.profile, lang=state.opened.lang, ending=state.ending, ending_text=state.ending_text,
        stopped=state.safety.stopped, undo=len(state.past) if host else 0,
    )  # fmt: skip


def _seats(seats: dict[str, Seat]) -> dict[str, vw.SeatInfo]:
    return {key: _seat(seat) for key, seat in seats.items()}


def _seat(seat: Seat) -> vw.SeatInfo:
    return vw.SeatInfo(seat.id, seat.name, seat.role, seat.character, seat.ready, seat.away)


def _journal(entries: tuple[Entry, ...], eyes: tuple[str, ...]) -> tuple[vw.JournalEntry, ...]:
    return tuple(e.entry for e in entries if not e.knows or not e.knows.isdisjoint(eyes))


def _pregens(state: State) -> dict[str, vw.PregenInfo]:
    taken = {seat.pregen for seat in state.seats.values()}
    return {
        key: vw.PregenInfo(key, c.sheet.name, c.sheet.classes, c.sheet.look, c.sheet.max_hp, c.sheet.ac)
        for key, c in state.opened.pregens.items()
        if key not in taken
    }


def _scene(state: State, scene: Scene, seat: str, eyes: tuple[Creature, ...], recall: Recall) -> vw.SceneInfo:
    here = zones_here(state, eyes[0]) if eyes else ()
    explored = tuple([explored_by(state, eye.id) for eye in eyes])
    features = recall.of(("things", seat), _things, scene, explored, state.story.revealed, state.story.features)
    return recall.of(("scene", seat), _scene_info, scene, here[0] if here else None, state.stage.clock, features)


def _things(
    scene: Scene, explored: tuple[Rows, ...], revealed: frozenset[str], now: dict[str, str]
) -> dict[str, vw.FeatureInfo]:
    """Return what is known of the features that any of some eyes knows of."""
    known = {feature.id for rows in explored for feature in known_features(scene, rows, revealed)}
    return {f.id: _thing(f, now.get(f.id, f.state)) for f in scene.features if f.id in known}


def _thing(feature: Feature, now: str) -> vw.FeatureInfo:
    """Return a feature in a state, the same for every table that plays the scene."""
    made = _things_made(feature)
    if now not in made:
        made[now] = vw.FeatureInfo(feature.id, feature.name, feature.look, now, feature.cells)
    return made[now]


@derived
def _things_made(_: Feature) -> dict[str, vw.FeatureInfo]:
    return {}


def _scene_info(scene: Scene, zone: Zone | None, clock: int, features: dict[str, vw.FeatureInfo]) -> vw.SceneInfo:
    return vw.SceneInfo(
        scene.id, scene.name, scene.look, scene.mood,
        zone.name if zone else None, zone.look if zone else "", clock, features,
    )  # fmt: skip


def _own(state: State, me: Creature, recall: Recall) -> vw.OwnCharacter:
    clock = state.stage.clock if me.effects else 0
    active = state.stage.active == me.id
    turn = recall.of(("turn", me.id), _turn, me, active) if state.stage.fighting else None
    key = ("numbers", me.id)
    numbers = recall.of(key, _numbers, recall.of(("bare", me.id), bare, me))
    return recall.of(("you", me.id), _character, me, numbers, clock, state.experience.get(me.id, 0), turn)


class _Printed(Struct, frozen=True, gc=False):
    """What a character's sheet says, whoever plays it at whichever table."""

    abilities: dict[str, int]
    saves: dict[str, int]
    skills: dict[str, int]
    actions: tuple[vw.ActionInfo, ...]


@derived
def _printed(sheet: Sheet) -> _Printed:
    return _Printed(
        {a: getattr(sheet.abilities, a) for a in ABILITIES},
        {a: sheet.saves.get(a, sheet.abilities.modifier(a)) for a in ABILITIES},
        {s: sheet.skills.get(s, sheet.abilities.modifier(a)) for s, a in SKILL_ABILITY.items()},
        tuple(_action(a) for a in sheet.actions),
    )


class _Numbers(Struct, frozen=True, gc=False):
    """What a character's sheet and effects come to, wherever it stands and however hurt it is."""

    max_hp: int
    ac: Explanation
    speed: int
    passive_perception: int


def _numbers(me: Creature) -> _Numbers:
    return _Numbers(max_hp(me), armor_class(me), speed(me), passive(me, "perception", "wis").value)


def _character(me: Creature, numbers: _Numbers, clock: int, xp: int, turn: vw.TurnInfo | None) -> vw.OwnCharacter:
    sheet, printed = me.sheet, _printed(me.sheet)
    return vw.OwnCharacter(
        id=me.id, name=sheet.name, level=sheet.level, classes=sheet.classes, abilities=printed.abilities,
        hp=me.hp, max_hp=numbers.max_hp, temp_hp=me.temp_hp, ac=numbers.ac, speed=numbers.speed,
        proficiency=sheet.proficiency, saves=printed.saves, skills=printed.skills,
        life=me.life, death_successes=me.death.successes, death_failures=me.death.failures,
        effects=effects(clock, me),
        uses={k: vw.Uses(max(0, r.maximum - me.spent.get(k, 0)), r.maximum) for k, r in sheet.resources.items()},
        items=me.items, coins=me.coins, xp=xp, actions=printed.actions, turn=turn,
        concentration=next((e.source and e.key for e in me.effects if e.concentration == me.id), None),
        look=sheet.look, pronouns=sheet.pronouns, passive_perception=numbers.passive_perception,
    )  # fmt: skip


def _action(action: Action) -> vw.ActionInfo:
    level = action.spell.level if action.spell else None
    return vw.ActionInfo(action.id, action.name, action.cost, level, action.pinned)


def _turn(me: Creature, mine: bool) -> vw.TurnInfo:  # noqa: FBT001 - an input like the others
    use = me.turn
    left = feet_left(me) if mine else 0
    return vw.TurnInfo(left, mine and not use.action, mine and not use.bonus, not use.reaction and can_react(me))


def _map(state: State, scene: Scene, seat: str, eyes: tuple[Creature, ...], recall: Recall) -> vw.MapView:
    explored = tuple(known for eye in eyes if (known := explored_by(state, eye.id)))
    rows = recall.of(("rows", seat), _drawn, scene.ground, explored)
    lit = next((seen.lit for eye in eyes if (seen := seen_now(state, eye)) is not None), None)
    return recall.of(("map", seat), _chart, scene.ground, rows, lit)


def _drawn(ground: Ground, explored: tuple[Rows, ...]) -> tuple[str, ...]:
    """Draw the ground that has been seen by somebody, its rows shared with whoever has seen as much of them."""
    width = max(len(row) for row in ground.rows)
    known = [0] * len(ground.rows)
    for seen in explored:
        known = [old | new for old, new in zip(known, seen, strict=True)]
    return tuple(
        intern("".join(glyph if seen >> x & 1 else " " for x, glyph in enumerate(row)).ljust(width))
        for row, seen in zip(ground.rows, known, strict=True)
    )


def _chart(ground: Ground, rows: tuple[str, ...], lit: tuple[str, ...] | None) -> vw.MapView:
    """Return the map, with how what is seen now is lit."""
    width = max(len(row) for row in ground.rows)
    return vw.MapView(width, len(rows), rows, lit or (" " * width,) * len(rows), ground.legend)


def _initiative(state: State, recall: Recall) -> vw.FightInfo:
    """Return the fight with everybody in it, the same for every seat."""
    shown, stage = recall.shown(state), state.stage
    if "fight" not in shown:
        order = tuple([_slot(state, stage.creatures[crt]) for crt in stage.order if crt in stage.creatures])
        shown["fight"] = vw.FightInfo(stage.round, state.turn, order, deadline(state))
    return shown["fight"]


def _slot(state: State, one: Creature) -> vw.InitiativeSlot:
    active, total = one.id == state.stage.active, state.stage.initiative.get(one.id, 0)
    return vw.InitiativeSlot(one.id, state.name_of(one), total, one.side, active, one.life == "dead")


def _fight(whole: vw.FightInfo, seen: tuple[str, ...]) -> vw.FightInfo:
    return replace(whole, order=tuple([slot for slot in whole.order if slot.crt in seen]))


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
