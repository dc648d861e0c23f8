"""What a table can go back to: the state before each deed, where turn and scene began, and what stays over a rewinding.

Used by `evolve` alone. Does not decide how far to go back.
"""

from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.rules import facts
from taleforge.rules.creature import Creature
from taleforge.rules.stage import Stage
from taleforge.table.clock import put_off
from taleforge.table.state import UNDO_DEPTH, Marks, State, checkpoint

_BESIDE_THE_GAME = (
    ev.DiceEntropy, ev.PolicySet, ev.SafetyChanged, ev.HouseRuleChanged, ev.SeatAway, ev.SeatLeft, ev.SeatTaken,
    ev.HostChanged, ev.Whispered, ev.Said, ev.TablePaused, ev.TurnHeld, facts.DiceRolled, ev.TableResumed,
    ev.DeedPlanned, ev.GatheringHeld, ev.DeedDone,
)  # fmt: skip
"""What a command begins with that is no step of the game, and so none to take back."""


def remembered(state: State, event: ev.Event) -> State:
    """Remember the state before an event that begins a command: for a mark that is due, and for undo."""
    if state.marks.due and (event.cmd is None or event.cmd not in state.commands):
        here = checkpoint(replace(state, marks=Marks()))
        scene = here if "scene" in state.marks.due else state.marks.scene
        turn = here if "turn" in state.marks.due else state.marks.turn
        state = replace(state, marks=Marks(turn, scene))
    return _checkpointed(state, event)


def _checkpointed(state: State, event: ev.Event) -> State:
    if event.cmd is None or event.by.seat is None or event.cmd in state.commands or state.status != "playing":
        return state
    if isinstance(event.d, _BESIDE_THE_GAME):
        return state
    kept = state.past[1 - UNDO_DEPTH :] if len(state.past) >= UNDO_DEPTH else state.past
    return replace(state, past=(*kept, checkpoint(state)))


def marked(state: State, event: ev.Event) -> State:
    """Note after an event that a turn or a scene began, or that there are no turns any more; keep clocks right."""
    match event.d:
        case facts.TurnStarted():
            return replace(state, turn_began=event.at, marks=_due(state.marks, "turn"))
        case ev.SceneEntered():
            return replace(state, marks=Marks(due=("scene",)))
        case facts.CombatEnded():
            due = tuple(mark for mark in state.marks.due if mark != "turn")
            return replace(state, marks=replace(state.marks, turn=None, due=due))
        case ev.TableRewound():
            return replace(state, turn_began=event.at)
        case ev.TablePaused():
            return replace(state, paused_at=state.paused_at or event.at)
        case ev.TableResumed():
            return _resumed(state, event.at)
        case _:
            return state


MARKED = (facts.TurnStarted, ev.SceneEntered, facts.CombatEnded, ev.TableRewound, ev.TablePaused, ev.TableResumed)
"""The events after which `marked` has something to do."""


def _due(marks: Marks, mark: str) -> Marks:
    return replace(marks, due=(*(due for due in marks.due if due != mark), mark))


def _resumed(state: State, now: str) -> State:
    """Clocks stood still while the table was paused."""
    since = state.paused_at
    decisions = {
        key: replace(d, until=put_off(d.until, since, now)) if d.until else d for key, d in state.decisions.items()
    }
    gathering = state.gathering
    if gathering is not None and gathering.until:
        gathering = replace(gathering, until=put_off(gathering.until, since, now))
    return replace(
        state, paused_at="", decisions=decisions, gathering=gathering,
        turn_began=put_off(state.turn_began, since, now),
    )  # fmt: skip


def rewound(state: State, data: ev.TableRewound) -> State:
    """Return the state at an earlier version.

    What stays: dice, seats and the characters of those who came since, safety, house rules, and the answers to commands
    already given. A question that is asked again waits without a clock.
    """
    found = next((c for c in state.past if c.version == data.to), None)
    before = found or next((c for c in (state.marks.turn, state.marks.scene) if c and c.version == data.to), None)
    if before is None:
        return state
    old = before.state
    decisions = {key: replace(decision, until=None) for key, decision in old.decisions.items()}
    return replace(
        old,
        version=state.version, heard=state.heard, status=state.status, dice=state.dice, seats=state.seats,
        safety=state.safety, house_rules=state.house_rules, commands=state.commands, turn=state.turn + 1,
        past=tuple(c for c in state.past if c.version < data.to), marks=old.marks if found else _kept(state, data.to),
        paused_at=state.paused_at, decisions=decisions,
        gone=(*state.gone, (data.to, state.version + 1)), characters=state.characters,
        stage=_with_latecomers(old, state),
    )  # fmt: skip


def _kept(state: State, to: int) -> Marks:
    turn, scene = state.marks.turn, state.marks.scene
    return Marks(turn if turn and turn.version <= to else None, scene if scene and scene.version <= to else None)


def _with_latecomers(old: State, now: State) -> Stage:
    """Return the stage as it was, with the characters of those who have sat down since; last in the order of turns."""
    played = (now.stage.creatures.get(seat.character or "") for seat in now.seats.values())
    late = [creature for creature in played if creature and creature.id not in old.stage.creatures]
    if not late:
        return old.stage
    stage = old.stage
    creatures = stage.creatures | {creature.id: _placed(creature, old, now) for creature in late}
    if not stage.fighting:
        return replace(stage, creatures=creatures)
    initiative = stage.initiative | {c.id: now.stage.initiative.get(c.id, 0) for c in late}
    return replace(stage, creatures=creatures, order=(*stage.order, *(c.id for c in late)), initiative=initiative)


def _placed(creature: Creature, old: State, now: State) -> Creature:
    same = old.scene is not None and now.scene is not None and old.scene.id == now.scene.id
    friend = next((friend.cell for friend in old.party()), None)
    return creature if same and creature.cell else replace(creature, cell=friend)
