"""A decision in the making: events are added one by one, and each is evolved at once so that the next sees its effect.

Does not decide anything itself, and nobody outside `decide` ever sees a draft.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice, Command
from taleforge.messages.ids import IdSource
from taleforge.messages.shared import shared_data
from taleforge.rules import facts
from taleforge.rules.creature import Creature
from taleforge.rules.dice import DiceSource
from taleforge.table.evolve import evolve
from taleforge.table.perception import Perception, come_from, perception_of
from taleforge.table.state import State
from taleforge.world.scene import Consequence, Content


class Context(Struct, frozen=True):
    """What a decision takes from outside: dice standing at the state's nonce, the time (RFC 3339), ids, packs."""

    dice: DiceSource
    now: str
    ids: IdSource
    content: Content


class No(Struct, frozen=True, omit_defaults=True):
    """Why something may not be done, before it is addressed to anybody."""

    code: str
    params: dict[str, str | int] = {}
    choices: tuple[AnswerChoice, ...] = ()


def no(code: Code, **params: str | int) -> No:
    """Return a refusal with parameters."""
    return No(code.value, params)


_MOVES_THE_SIGHT = (
    facts.Moved, facts.ConditionGained, facts.ConditionLost, facts.CombatantJoined, facts.CreatureLeft, facts.Died,
    ev.SceneEntered, ev.PartyPlaced, ev.DoorChanged, ev.FeatureRevealed, ev.SeatTaken, ev.SeatLeft, ev.TableRewound,
)  # fmt: skip


class Draft:
    """Events decided so far in answer to one command, with the state after each."""

    def __init__(self, state: State, command: Command, context: Context) -> None:
        """Begin with no events."""
        self.state = state
        self.context = context
        self.events: list[ev.Event] = []
        self.states: list[State] = []
        self.afterwards: list[tuple[tuple[Consequence, ...], Creature | None]] = []
        self._command = command
        self._seat = command.seat
        self._cmd: str | None = command.id
        self._by = ev.By(seat=command.seat) if command.seat else ev.By(engine=True)
        self._perception = perception_of(state)

    @property
    def seat(self) -> str:
        """The seat that asked; empty for the engine."""
        return self._seat

    @property
    def perception(self) -> Perception:
        """Who perceives whom now."""
        return self._perception

    def for_seat(self, seat: str) -> "Draft":
        """Return a draft that begins where this one is, of what a seat wants, in answer to the same command."""
        return Draft(self.state, replace(self._command, seat=seat), self.context)

    def take(self, other: "Draft") -> None:
        """Add what another draft, which began here, came to."""
        self.events += other.events
        self.states += other.states
        self.state = other.state
        self.afterwards += other.afterwards
        self._perception = other.perception

    def anonymous(self) -> None:
        """Let the events that follow name nobody as their cause, and nothing depend on whose wish they are."""
        self._by = ev.By(engine=True)
        self._cmd = None
        self._seat = ""

    def add(self, data: ev.EventData, audience: ev.Audience | None = None) -> None:
        """Add an event; without an audience, everybody who perceives what it is about hears of it."""
        data = shared_data(data)
        before = self._perception.audience(data) if audience is None else audience
        witnesses = self._perception.witnesses(data)
        state = self.state
        event = ev.Event(
            state.version + 1, ev.EVENT_NAMES[type(data)], ev.EVENT_VERSIONS[ev.EVENT_NAMES[type(data)]],
            self.context.ids("evt"), self.context.now, self._clock(data), self._by, data, before, witnesses,
            self._cmd, None, self.context.dice.nonce,
        )  # fmt: skip
        self.state = evolve(state, event)
        if isinstance(data, _MOVES_THE_SIGHT):
            self._perception = self._perception.after(self.state)
            if audience is None and before != ev.EVERYBODY:
                event = self._widened(event, before)
                self.state = evolve(state, event)
            perception_of.put(self.state, self._perception)
        else:
            come_from(self.state, self._perception)
        self.events.append(event)
        self.states.append(self.state)

    def then(self, consequences: tuple[Consequence, ...], actor: Creature | None) -> None:
        """Let consequences of the scene follow when what is being decided is done."""
        if consequences:
            self.afterwards.append((consequences, actor))

    def add_all(self, data: Iterable[ev.EventData]) -> None:
        """Add events in order."""
        for item in data:
            self.add(item)

    def _widened(self, event: ev.Event, before: ev.Audience) -> ev.Event:
        """Whoever perceives it only afterwards (somebody stepping into the light) hears of it as well."""
        both = self._perception.joined(before, self._perception.audience(event.d))
        return event if both == before else ev.with_audience(event, both)

    def _clock(self, data: ev.EventData) -> int:
        return data.clock if isinstance(data, facts.TurnStarted) else self.state.stage.clock + _time_of(data)


def _time_of(data: ev.EventData) -> int:
    return data.rounds if isinstance(data, facts.TimePassed | facts.RestTaken) else 0
