"""Who sits at the table: coming, leaving, watching, being away, being sent away, and who the host is."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice
from taleforge.rules.beginnings import arrive, judge
from taleforge.rules.creature import Creature
from taleforge.rules.definitions import CharacterChoice, Earned
from taleforge.rules.turns import join_fight
from taleforge.rules.values import Cell
from taleforge.table.draft import Draft, No, no
from taleforge.table.explore import explore
from taleforge.table.ground import terrain_of
from taleforge.table.state import State

LONGEST_NAME = 40


def sit(draft: Draft, data: cmd.Sit) -> No | None:
    """Take a seat with a character that nobody plays, or seat a companion beside one's own."""
    state = draft.state
    if state.status == "closed":
        return no(Code.TABLE_CLOSED)
    chosen = state.opened.pregens.get(data.pregen) if data.choice is None else _own(draft, data.choice, data.earned)
    if chosen is None:
        return No(Code.PREGEN_UNKNOWN, {"pregen": data.pregen[:80]}, free_pregens(state))
    if isinstance(chosen, No):
        return chosen
    key = data.pregen if data.choice is None else data.own or chosen.id
    if any(seat.pregen == key for seat in state.seats.values()):
        return No(Code.PREGEN_TAKEN, {"name": chosen.sheet.name}, free_pregens(state))
    if data.companion != (draft.seat in state.seats):
        return no(Code.SEAT_UNKNOWN if data.companion else Code.SEAT_TAKEN)
    seat = draft.context.ids("seat") if data.companion else draft.seat
    role = "companion" if data.companion else "player" if state.host() else "host"
    name = chosen.sheet.name if data.companion else data.name.strip()[:LONGEST_NAME] or chosen.sheet.name
    known = state.stage.creatures.get(state.characters.get(key, ""))
    creature = known or replace(chosen, id=draft.context.ids("crt"), cell=beside_party(state))
    draft.add(ev.SeatTaken(seat, name, role, key, data.person or None, creature), ev.EVERYBODY)
    if known is None and state.scene is not None:
        _come_late(draft, creature)
    return None


def _own(draft: Draft, choice: CharacterChoice, earned: Earned | None) -> Creature | No:
    """Return a player's own character as it comes to the table, once the rules have nothing against it.

    No character may be of a higher level than its experience and the adventure's own characters are.
    """
    state = draft.state
    if state.house_rules.get("own_characters", "keep") == "none":
        return No(Code.CHARACTER_NOT_HERE, {}, free_pregens(state))
    highest = max((ready.sheet.level for ready in state.opened.pregens.values()), default=1)
    content = draft.context.content
    definitions = content.definitions
    given = [ready.abilities for ready in content.choices.values()]
    problem = next(iter(judge(choice, definitions, highest, earned, given)), None)
    if problem is not None:
        return No(problem.code, problem.params)
    return arrive(draft.context.ids("crt"), choice, definitions, earned)


def _come_late(draft: Draft, creature: Creature) -> None:
    """Look around, and find a place in the order of turns when a fight is on."""
    if draft.state.stage.fighting:
        draft.add(join_fight(creature, draft.context.dice), ev.EVERYBODY)
    explore(draft)


def free_pregens(state: State) -> tuple[AnswerChoice, ...]:
    """Return the characters nobody plays, as choices."""
    taken = {seat.pregen for seat in state.seats.values()}
    return tuple(AnswerChoice(key, c.sheet.name) for key, c in state.opened.pregens.items() if key not in taken)


def beside_party(state: State) -> Cell | None:
    """Return a free cell near the first friend, for whoever comes late; None before there is a scene."""
    friend = next((friend.cell for friend in state.party() if friend.cell), None)
    return None if friend is None or state.scene is None else free_cell(state, friend)


def free_cell(state: State, cell: Cell) -> Cell:
    """Return the nearest cell to one that can be stood on and where nobody stands."""
    taken = {c.cell for c in state.stage.creatures.values() if c.life != "dead"}
    terrain = terrain_of(state)
    near = sorted(_around(cell), key=lambda c: (abs(c[0] - cell[0]) + abs(c[1] - cell[1]), c))
    return next((c for c in near if c not in taken and terrain.inside(c) and terrain.visible(cell, c)), cell)


def _around(cell: Cell) -> list[Cell]:
    column, row = cell
    return [(column + x, row + y) for x in range(-3, 4) for y in range(-3, 4)]


def spectate(draft: Draft, data: cmd.Spectate) -> No | None:
    """Sit down to watch: what the party perceives is seen, nothing can be done."""
    if draft.state.status == "closed":
        return no(Code.TABLE_CLOSED)
    if draft.seat in draft.state.seats:
        return no(Code.SEAT_TAKEN)
    name = data.name.strip()[:LONGEST_NAME] or "…"
    draft.add(ev.SeatTaken(draft.seat, name, "spectator", None, data.person or None), ev.EVERYBODY)
    return None


def leave(draft: Draft, _: cmd.Leave) -> No | None:
    """Leave the table; in the lobby the character is free again, later it goes on as a companion."""
    _empty(draft, draft.seat, kicked=False)
    return None


def kick(draft: Draft, data: cmd.Kick) -> No | None:
    """Send somebody else away."""
    if draft.state.seats[draft.seat].role != "host":
        return no(Code.SEAT_HOST_ONLY)
    if data.seat == draft.seat:
        return no(Code.SEAT_NOT_YOURSELF)
    if data.seat not in draft.state.seats:
        return no(Code.SEAT_UNKNOWN)
    _empty(draft, data.seat, kicked=True)
    return None


def _empty(draft: Draft, seat: str, *, kicked: bool) -> None:
    """Empty a seat; questions it was asked take their default, and the next player is host if the host is gone."""
    was_host = draft.state.seats[seat].role == "host"
    draft.add(ev.SeatLeft(seat, kicked), ev.EVERYBODY)
    heir = next((s.id for s in draft.state.seats.values() if s.role == "player"), None)
    if was_host and heir is not None:
        draft.add(ev.HostChanged(heir), ev.EVERYBODY)


def hand_over(draft: Draft, data: cmd.HandOver) -> No | None:
    """Make another player the host."""
    seats = draft.state.seats
    if seats[draft.seat].role != "host":
        return no(Code.SEAT_HOST_ONLY)
    if data.seat not in seats or seats[data.seat].role != "player":
        return no(Code.SEAT_UNKNOWN)
    draft.add(ev.HostChanged(data.seat), ev.EVERYBODY)
    return None


def away(draft: Draft, data: cmd.Away) -> No | None:
    """Be away, or back."""
    return _mark(draft, draft.seat, data.away)


def lost(draft: Draft, data: cmd.EngineAway) -> No | None:
    """Note that a seat lost its connection, or has it again."""
    return _mark(draft, data.seat, data.away) if data.seat in draft.state.seats else no(Code.SEAT_UNKNOWN)


def _mark(draft: Draft, seat: str, gone: bool) -> None:  # noqa: FBT001 - the one thing it says
    if draft.state.seats[seat].away != gone:
        draft.add(ev.SeatAway(seat, gone), ev.EVERYBODY)


def set_policy(draft: Draft, data: cmd.SetPolicy) -> No | None:
    """Say how reactions are answered, and what the character does while its player is away."""
    reactions: dict[str, str] = {key[:60]: value for key, value in list(data.reactions.items())[:40]}
    draft.add(ev.PolicySet(draft.seat, reactions, data.companion, data.absent), ev.EVERYBODY)
    return None


def whisper(draft: Draft, data: cmd.Whisper) -> No | None:
    """Say something to one other seat; no third hears of it, the host included."""
    text = data.text.strip()[:LONGEST_WHISPER]
    other = draft.state.seats.get(data.to)
    if other is None or other.role == "companion" or data.to == draft.seat:
        return no(Code.SEAT_UNKNOWN)
    if not text:
        return no(Code.WHISPER_EMPTY)
    draft.add(ev.Whispered(draft.seat, data.to, text), ev.Seats((draft.seat, data.to)))
    return None


LONGEST_WHISPER = 2_000
HANDLERS: dict[type[Any], Callable[[Draft, Any], No | None]] = {
    cmd.Sit: sit, cmd.Spectate: spectate, cmd.Leave: leave, cmd.Kick: kick, cmd.HandOver: hand_over, cmd.Away: away,
    cmd.EngineAway: lost, cmd.SetPolicy: set_policy, cmd.Whisper: whisper,
}  # fmt: skip
