"""What a table gathers out of fights, where it plays so: who has said what they do, who is waited for, and how long.

Reads the state alone. How deeds are gathered and done is `together`'s.
"""

from taleforge.messages import commands as cmd
from taleforge.messages.views import GatheringView
from taleforge.table.state import Gathering, Seat, State

RULE = "gather_seconds"


def seconds(state: State) -> int:
    """Return how long everybody is waited for; 0 where everybody acts at once."""
    return int(state.house_rules.get(RULE, "0"))


def speakers(state: State) -> list[str]:
    """Return the seats that are to say what they do: those who are here, with a character on its feet."""
    return [seat.id for seat in state.seats.values() if _can_say(state, seat)]


def _can_say(state: State, seat: Seat) -> bool:
    creature = state.stage.creatures.get(seat.character or "")
    return not (seat.companion or seat.away) and creature is not None and creature.life == "up"


def gathers(state: State) -> bool:
    """Whether deeds are gathered now: by the house rule, out of a fight, where more than one can say what they do."""
    playing = state.status == "playing" and not state.stage.fighting
    return playing and seconds(state) > 0 and len(speakers(state)) > 1


def missing(state: State) -> tuple[str, ...]:
    """Return the seats that have not said what they do."""
    said = state.gathering.deeds if state.gathering else {}
    return tuple([seat for seat in speakers(state) if seat not in said])


def key(gathering: Gathering) -> str:
    """Return what a time-out calls a gathering."""
    return f"gathering:{gathering.id}"


def deadlines(state: State) -> dict[str, str]:
    """Return until when (RFC 3339) the gathering that is on waits for everybody, if it does not wait for ever."""
    on = state.gathering
    return {key(on): on.until} if on and on.until and not (on.held or on.closed) else {}


def automatic(state: State) -> cmd.EngineTimeout | cmd.EngineDeed | None:
    """Return the command by which a gathering goes on by itself, or None when it waits for somebody."""
    on = state.gathering
    if on is None or state.status != "playing" or state.decisions:
        return None
    if on.closed:
        return cmd.EngineDeed(next(iter(on.deeds)))
    return None if gathers(state) and missing(state) else cmd.EngineTimeout(key(on), answered=True)


def shown(state: State, seat: str) -> GatheringView | None:
    """Return what a seat may know of the gathering; of the others only whether they have said what they do."""
    on = state.gathering
    if on is None:
        return GatheringView(missing=missing(state)) if gathers(state) else None
    mine = on.deeds.get(seat)
    option = None if mine is None else mine.option or ("move" if mine.to else "")
    until = next(iter(deadlines(state).values()), None)
    return GatheringView(tuple(on.deeds), () if on.closed else missing(state), option, until, on.held)
