"""One event to the next state. Total, pure, and reading nothing but the state and the event.

Does not judge: an event in the log has happened.
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.messages.views import JournalEntry
from taleforge.rules import facts
from taleforge.rules.apply import apply
from taleforge.rules.stage import Stage
from taleforge.table import history
from taleforge.table.saved import load_state
from taleforge.table.state import (
    EMPTY,
    REMEMBERED_COMMANDS,
    TALK,
    Bounds,
    Dice,
    Entry,
    Gathering,
    OpenDecision,
    Rewind,
    Seat,
    State,
    Story,
)

AC_UNKNOWN = Bounds(8, 20)
"""What a stranger's armour class is taken to lie between before anybody has struck at them."""


def fold(log: Iterable[ev.Event], state: State = EMPTY) -> State:
    """Return the state a log leads to."""
    for event in log:
        state = evolve(state, event)
    return state


def evolve(state: State, event: ev.Event) -> State:
    """Return the state after an event."""
    changed = _RULES[type(event.d)](history.remembered(state, event), event.d)
    if isinstance(event.d, history.MARKED):
        changed = history.marked(changed, event)
    return _stamped(changed, event)


def _stamped(state: State, event: ev.Event) -> State:
    dice = state.dice if event.nonce == state.dice.nonce else replace(state.dice, nonce=event.nonce)
    stage = state.stage if event.clock == state.stage.clock else replace(state.stage, clock=event.clock)
    commands = state.commands if event.cmd is None else _remember(state.commands, event.cmd, event.v)
    audience = event.audience
    if audience == ev.EVERYBODY:
        return replace(state, version=event.v, heard=event.v, dice=dice, stage=stage, commands=commands)
    seats = state.seats
    hearing = [seat for seat in audience.seats if seat in seats] if isinstance(audience, ev.Seats) else []
    if hearing:
        seats = seats | {seat: replace(seats[seat], heard=event.v) for seat in hearing}
    return replace(state, version=event.v, dice=dice, stage=stage, commands=commands, seats=seats)


def _remember(commands: dict[str, int], command: str, version: int) -> dict[str, int]:
    known = commands | {command: version}
    if len(known) > REMEMBERED_COMMANDS:
        del known[next(iter(known))]
    return known


def _fact(state: State, fact: facts.Fact) -> State:
    return replace(state, stage=apply(state.stage, fact))


def _opened(state: State, data: ev.TableOpened) -> State:
    if data.state is not None:
        parent = load_state(data.state)
        opened = replace(data, state=None)
        safety = replace(parent.safety, stopped=False, rewind=None)
        return replace(
            parent,
            id=state.id,
            opened=opened,
            past=(),
            commands={},
            dice=Dice(nonce=0),
            safety=safety,
            gone=(),
            gathering=None,
        )
    return replace(state, opened=data, house_rules=data.house_rules, story=Story())


def _started(state: State, _: ev.TableStarted) -> State:
    return replace(state, status="playing")


def _paused(state: State, data: ev.TablePaused) -> State:
    return replace(state, status="paused", safety=replace(state.safety, stopped=data.stopped))


def _resumed(state: State, _: ev.TableResumed) -> State:
    return replace(state, status="playing", safety=replace(state.safety, stopped=False))


def _closed(state: State, data: ev.TableClosed) -> State:
    entry = Entry(JournalEntry("ending", data.ending, data.title, data.text, state.stage.clock))
    return replace(
        state, status="closed", ending=data.ending, ending_text=data.text, decisions={}, gathering=None,
        journal=(*state.journal, entry),
    )  # fmt: skip


def _offered(state: State, data: ev.RewindOffered) -> State:
    rewind = Rewind(data.decision, data.choices, data.until, data.seats)
    return replace(state, safety=replace(state.safety, rewind=rewind))


def _asked(state: State, data: ev.RewindAsked) -> State:
    rewind = state.safety.rewind
    if rewind is None or rewind.id != data.decision:
        return state
    return replace(state, safety=replace(state.safety, rewind=replace(rewind, asked=data.choice)))


def _chosen(state: State, _: ev.RewindChosen) -> State:
    return replace(state, safety=replace(state.safety, rewind=None))


def _unchanged(state: State, _: Any) -> State:
    return state


def _seat_taken(state: State, data: ev.SeatTaken) -> State:
    old = state.seats.get(data.seat)
    character = data.character
    seat = Seat(
        data.seat, data.name, data.role, person=data.person, character=character.id if character else None,
        pregen=data.pregen, companion=data.role == "companion",
        ready=data.role == "companion", reactions=old.reactions if old else {},
    )  # fmt: skip
    stage = state.stage
    if character is not None:
        stage = replace(stage, creatures=stage.creatures | {character.id: character})
    characters = state.characters
    if character is not None and data.pregen is not None:
        characters = characters | {data.pregen: character.id}
    return replace(state, seats=state.seats | {seat.id: seat}, stage=stage, characters=characters)


def _seat_left(state: State, data: ev.SeatLeft) -> State:
    seat = state.seats.get(data.seat)
    if seat is None:
        return state
    seats = {key: value for key, value in state.seats.items() if key != data.seat}
    state = _without_deed(state, data.seat)
    if state.status != "lobby":
        return replace(state, seats=seats)
    creatures = {key: value for key, value in state.stage.creatures.items() if key != seat.character}
    characters = {key: value for key, value in state.characters.items() if value != seat.character}
    return replace(state, seats=seats, characters=characters, stage=replace(state.stage, creatures=creatures))


def _seat_ready(state: State, data: ev.SeatReady) -> State:
    return _with_seat(state, data.seat, ready=data.ready)


def _policy(state: State, data: ev.PolicySet) -> State:
    seat = state.seats.get(data.seat)
    if seat is None:
        return state
    companion = seat.companion if data.companion is None else data.companion
    absent = data.absent or seat.absent
    return _with_seat(state, data.seat, reactions=seat.reactions | data.reactions, companion=companion, absent=absent)


def _away(state: State, data: ev.SeatAway) -> State:
    return _with_seat(state, data.seat, away=data.away)


def _host(state: State, data: ev.HostChanged) -> State:
    """The host before is a player like the others."""
    if data.seat not in state.seats:
        return state
    seats = {key: replace(s, role="player") if s.role == "host" else s for key, s in state.seats.items()}
    return replace(state, seats=seats | {data.seat: replace(seats[data.seat], role="host")})


def _held(state: State, data: ev.TurnHeld) -> State:
    return replace(state, held=data.turn)


def _planned(state: State, data: ev.DeedPlanned) -> State:
    gathering = state.gathering or Gathering(state.version + 1, until=data.until)
    return replace(state, gathering=replace(gathering, deeds=gathering.deeds | {data.seat: data}))


def _gathering_held(state: State, _: ev.GatheringHeld) -> State:
    return _gathering(state, held=True)


def _gathering_closed(state: State, _: ev.GatheringClosed) -> State:
    return _gathering(state, closed=True)


def _gathering(state: State, **changes: Any) -> State:
    return state if state.gathering is None else replace(state, gathering=replace(state.gathering, **changes))


def _deed_done(state: State, data: ev.DeedDone) -> State:
    return _without_deed(state, data.seat)


def _without_deed(state: State, seat: str) -> State:
    """A gathering is over with its last deed."""
    gathering = state.gathering
    if gathering is None or seat not in gathering.deeds:
        return state
    deeds = {key: deed for key, deed in gathering.deeds.items() if key != seat}
    return replace(state, gathering=replace(gathering, deeds=deeds) if deeds else None)


def _with_seat(state: State, seat: str, **changes: Any) -> State:
    taken = state.seats.get(seat)
    return state if taken is None else replace(state, seats=state.seats | {seat: replace(taken, **changes)})


def _safety(state: State, data: ev.SafetyChanged) -> State:
    return replace(state, safety=replace(state.safety, lines=data.lines, veils=data.veils))


def _house_rule(state: State, data: ev.HouseRuleChanged) -> State:
    return replace(state, house_rules=state.house_rules | {data.rule: data.value})


def _scene(state: State, data: ev.SceneEntered) -> State:
    party = {c.id: replace(c, cell=data.places.get(c.id, c.cell)) for c in state.party()}
    others = {c.id: c for c in data.creatures}
    scene = data.scene
    story = replace(
        state.story,
        features={f.id: f.state for f in scene.features},
        revealed=frozenset(),
        persons=data.persons,
        bodies={person: crt for crt, person in data.persons.items()},
        waiting=data.waiting,
        attitudes={p.id: p.attitude for p in scene.persons},
        encounter=None, foes=(), explored={},
    )  # fmt: skip
    entry = Entry(JournalEntry("scene", scene.id, scene.name, scene.look, state.stage.clock))
    stage = replace(state.stage, creatures=party | others, round=0, order=(), active=None)
    return replace(
        state, scene=scene, sheets=data.sheets, stage=stage, story=story, bounds={}, journal=(*state.journal, entry)
    )


def _placed(state: State, data: ev.PartyPlaced) -> State:
    creatures = state.stage.creatures
    moved = {crt: replace(creatures[crt], cell=cell) for crt, cell in data.places.items() if crt in creatures}
    return replace(state, stage=replace(state.stage, creatures=creatures | moved))


def _explored(state: State, data: ev.MapExplored) -> State:
    known = state.story.explored.get(data.crt, (0,) * len(data.rows))
    rows = tuple([_both(old, new) for old, new in zip(known, data.rows, strict=False)])
    return _story(state, explored=state.story.explored | {data.crt: rows})


def _both(old: int, new: int) -> int:
    """Return two rows in one: one of the two where that says it all, for rows are many and shared."""
    both = old | new
    return new if both == new else old if both == old else both


def _tried(state: State, data: ev.InteractionTried) -> State:
    story = state.story
    if data.verb in TALK and data.target not in story.met:
        story = replace(story, met=story.met | {data.target})
        state = replace(state, story=story)
    if not data.success:
        return _story(state, failed=story.failed | {(data.crt, data.interaction)})
    return _story(state, done=story.done | {data.interaction}) if data.once else state


def _fired(state: State, data: ev.TriggerFired) -> State:
    return _story(state, fired=state.story.fired | {data.trigger})


def _flag(state: State, data: ev.FlagSet) -> State:
    flags = state.story.flags
    return _story(state, flags=flags | {data.flag} if data.value else flags - {data.flag})


def _clue(state: State, data: ev.ClueFound) -> State:
    clues = state.story.clues
    known = clues.get(data.crt, frozenset[str]()) | {data.clue}
    return _story(_noted(state, "clue", data), clues=clues | {data.crt: known})


def _noted(state: State, kind: str, data: ev.ClueFound) -> State:
    for index, entry in enumerate(state.journal):
        if entry.entry.kind == kind and entry.entry.id == data.clue:
            shared = Entry(entry.entry, entry.knows | {data.crt})
            return replace(state, journal=(*state.journal[:index], shared, *state.journal[index + 1 :]))
    entry = Entry(JournalEntry("clue", data.clue, data.title, data.text, state.stage.clock), frozenset({data.crt}))
    return replace(state, journal=(*state.journal, entry))


def _revealed(state: State, data: ev.FeatureRevealed) -> State:
    state = _story(state, revealed=state.story.revealed | {data.target})
    person = state.story.waiting.get(data.target)
    if person is None:
        return state
    waiting = {key: value for key, value in state.story.waiting.items() if key != data.target}
    stage = replace(state.stage, creatures=state.stage.creatures | {person.id: person})
    return _story(replace(state, stage=stage), waiting=waiting)


def _door(state: State, data: ev.DoorChanged) -> State:
    return _story(state, features=state.story.features | {data.feature: data.state})


def _item(state: State, data: ev.ItemMoved) -> State:
    state = _carry(state, data.source, data.item, -data.count)
    return _carry(state, data.to, data.item, data.count)


def _carry(state: State, crt: str | None, item: str, count: int) -> State:
    creature = state.stage.creatures.get(crt) if crt else None
    if creature is None:
        return state
    items = {key: value for key, value in creature.items.items() if key != item}
    left = creature.items.get(item, 0) + count
    if left > 0:
        items[item] = left
    return _creature(state, creature.id, items=items)


def _coins(state: State, data: ev.CoinsMoved) -> State:
    for crt, amount in ((data.source, -data.amount), (data.to, data.amount)):
        creature = state.stage.creatures.get(crt) if crt else None
        if creature is not None:
            state = _creature(state, creature.id, coins=max(0, creature.coins + amount))
    return state


def _creature(state: State, crt: str, **changes: Any) -> State:
    creatures = state.stage.creatures
    changed = creatures | {crt: replace(creatures[crt], **changes)}
    return replace(state, stage=replace(state.stage, creatures=changed))


def _attitude(state: State, data: ev.AttitudeChanged) -> State:
    person = state.person(data.crt)
    return state if person is None else _story(state, attitudes=state.story.attitudes | {person: data.attitude})


def _side(state: State, data: ev.SideChanged) -> State:
    return _creature(state, data.crt, side=data.side) if data.crt in state.stage.creatures else state


def _quest(state: State, data: ev.QuestAdvanced) -> State:
    entry = Entry(JournalEntry("quest", data.quest, data.title, data.text, state.stage.clock))
    others = tuple(e for e in state.journal if not (e.entry.kind == "quest" and e.entry.id == data.quest))
    state = replace(state, journal=(*others, entry))
    return _story(state, quests=state.story.quests | {data.quest: data.stage})


def _encounter(state: State, data: ev.EncounterBegan) -> State:
    return _story(state, encounter=data.encounter, foes=data.foes)


def _experience(state: State, data: ev.ExperienceGained) -> State:
    return replace(state, experience=state.experience | {data.crt: data.total})


def _decision(state: State, data: ev.DecisionOpened) -> State:
    waiting = OpenDecision(data.decision, data.seat, data.kind, data.pending, data.until)
    return replace(state, decisions=state.decisions | {data.decision: waiting})


def _settled(state: State, data: ev.DecisionSettled) -> State:
    return replace(state, decisions={key: d for key, d in state.decisions.items() if key != data.decision})


def _committed(state: State, data: ev.DiceCommitted) -> State:
    return replace(state, dice=replace(state.dice, commitment=data.commitment, salt=data.salt, shared=frozenset()))


def _entropy(state: State, data: ev.DiceEntropy) -> State:
    entropies = state.dice.entropies | {data.seat: data.bytes}
    shared = state.dice.shared | {data.seat}
    return replace(state, dice=replace(state.dice, salt=data.salt, entropies=entropies, shared=shared))


def _ruling(state: State, data: ev.RulingMade) -> State:
    entry = Entry(JournalEntry("ruling", f"ruling:{len(state.journal)}", data.action, data.choice, state.stage.clock))
    return replace(state, journal=(*state.journal, entry))


def _story(state: State, **changes: Any) -> State:
    return replace(state, story=replace(state.story, **changes))


def _turn_started(state: State, data: facts.TurnStarted) -> State:
    return replace(state, stage=apply(state.stage, data), turn=state.turn + 1)


def _fight_ended(state: State, data: facts.CombatEnded) -> State:
    stage: Stage = apply(state.stage, data)
    return replace(state, stage=stage, turn=state.turn + 1, story=replace(state.story, encounter=None, foes=()))


def _attacked(state: State, data: facts.AttackResolved) -> State:
    """Everybody who saw the roll learns something of the target's armour class, natural 1 and 20 excepted."""
    state = _fact(state, data)
    if data.natural in (1, 20):
        return state
    known = state.bounds.get(data.target, AC_UNKNOWN)
    if data.hit:
        bounds = Bounds(known.low, min(known.high, data.total))
    else:
        bounds = Bounds(max(known.low, data.total + 1), known.high)
    if bounds == known or bounds.low > bounds.high:
        return state
    return replace(state, bounds=state.bounds | {data.target: bounds})


_RULES: dict[type[Any], Callable[[State, Any], State]] = dict.fromkeys(facts.Fact.__args__, _fact) | {
    facts.TurnStarted: _turn_started,
    facts.CombatEnded: _fight_ended,
    facts.AttackResolved: _attacked,
    ev.TableOpened: _opened,
    ev.TableStarted: _started,
    ev.TablePaused: _paused,
    ev.TableResumed: _resumed,
    ev.TableClosed: _closed,
    ev.TableRewound: history.rewound,
    ev.RewindOffered: _offered,
    ev.RewindAsked: _asked,
    ev.RewindChosen: _chosen,
    ev.TableBranched: _unchanged,
    ev.TableImported: _unchanged,
    ev.SeatTaken: _seat_taken,
    ev.SeatLeft: _seat_left,
    ev.SeatReady: _seat_ready,
    ev.SeatAway: _away,
    ev.HostChanged: _host,
    ev.TurnHeld: _held,
    ev.DeedPlanned: _planned,
    ev.DeedDone: _deed_done,
    ev.GatheringHeld: _gathering_held,
    ev.GatheringClosed: _gathering_closed,
    ev.Whispered: _unchanged,
    ev.PolicySet: _policy,
    ev.SafetyChanged: _safety,
    ev.HouseRuleChanged: _house_rule,
    ev.SceneEntered: _scene,
    ev.PartyPlaced: _placed,
    ev.MapExplored: _explored,
    ev.InteractionTried: _tried,
    ev.TriggerFired: _fired,
    ev.FlagSet: _flag,
    ev.ClueFound: _clue,
    ev.FeatureRevealed: _revealed,
    ev.DoorChanged: _door,
    ev.ItemMoved: _item,
    ev.CoinsMoved: _coins,
    ev.AttitudeChanged: _attitude,
    ev.SideChanged: _side,
    ev.QuestAdvanced: _quest,
    ev.EncounterBegan: _encounter,
    ev.ExperienceGained: _experience,
    ev.DecisionOpened: _decision,
    ev.DecisionSettled: _settled,
    ev.DiceCommitted: _committed,
    ev.DiceEntropy: _entropy,
    ev.DiceRevealed: _unchanged,
    ev.Said: _unchanged,
    ev.Told: _unchanged,
    ev.RulingMade: _ruling,
}
