"""Who perceives whom at one moment: audiences (seats that may hear of an event) and witnesses (creatures that did).

Friends of one party always know of each other. Does not hold the rules of sight: these are `rules.vision`.
"""

from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.rules import facts
from taleforge.rules.conditions import has
from taleforge.rules.creature import Creature
from taleforge.rules.targets import Contacts
from taleforge.rules.vision import Lamps, lamps, light_from, sees
from taleforge.table.ground import terrain_of
from taleforge.table.memo import Memo, remembered
from taleforge.table.state import State
from taleforge.world.grid import Grid

_ENGINE_ONLY = (ev.FlagSet, ev.TriggerFired)
_PRIVATE = (ev.MapExplored, ev.ClueFound)
"""What goes on in one creature's head: only its own player hears of it."""


class _Known(Struct):
    """What was found out about creatures as they look: the lights, who perceives whom, who hears and witnesses what."""

    lamps: Lamps
    sights: dict[str, dict[str, bool]] = {}
    """By viewer, whether it perceives each of the others."""
    in_sight: dict[str, tuple[str, ...]] = {}
    contacts: dict[str, Contacts] = {}
    audiences: dict[frozenset[str], ev.Audience] = {}
    witnesses: dict[frozenset[str], tuple[str, ...]] = {}

    def without(self, changed: frozenset[str], relit: frozenset[str], lamps: Lamps) -> "_Known":
        """Return what still holds under some lamps when some creatures look otherwise, and others stand in other light.

        Their own light is nothing to those who look.
        """
        gone = changed | relit
        sights = {
            viewer: {crt: seen for crt, seen in sights.items() if crt not in gone}
            for viewer, sights in self.sights.items()
            if viewer not in changed
        }
        contacts = {viewer: known.without(gone) for viewer, known in self.contacts.items() if viewer not in changed}
        return _Known(lamps, sights, contacts=contacts)


class Perception:
    """Answers for one state, remembered while it lasts, and for those after it in which creatures look the same."""

    def __init__(self, state: State, known: _Known | None = None) -> None:
        """Look at a state, of which something is known already."""
        self._state = state
        self._terrain = terrain_of(state)
        self._known = known or _Known(lamps(state.stage))

    def after(self, state: State) -> "Perception":
        """Return who perceives whom in another state; what its ground, lights and two creatures decide is kept."""
        if terrain_of(state) is not self._terrain:
            return Perception(state)
        before, now = self._state.stage.creatures, state.stage.creatures
        changed = [] if before is now else [crt for crt, one in now.items() if not _alike(before.get(crt), one)]
        if not changed and (before is now or [*before] == [*now]):
            same_seats = state.seats is self._state.seats
            return Perception(state, self._known if same_seats else replace(self._known, audiences={}))
        lights = lamps(state.stage)
        relit = self._relit(now, lights) if lights != self._known.lamps else frozenset[str]()
        return Perception(state, self._known.without(frozenset(changed), relit, lights))

    def _relit(self, creatures: dict[str, Creature], lights: Lamps) -> frozenset[str]:
        """Return the creatures on whose cell other light falls under other lamps."""
        terrain, known = self._terrain, self._known.lamps
        return frozenset(
            [
                one.id
                for one in creatures.values()
                if one.cell is not None
                and light_from(known, one.cell, terrain) != light_from(lights, one.cell, terrain)
            ]
        )

    @property
    def state(self) -> State:
        """The state it is about."""
        return self._state

    @cached_property
    def listeners(self) -> tuple[str, ...]:
        """The seats somebody listens at."""
        return tuple(seat.id for seat in self._state.seats.values() if seat.role != "companion")

    @property
    def lamps(self) -> Lamps:
        """The lights that creatures carry: where, and how far each is bright, in feet."""
        return self._known.lamps

    def perceives(self, viewer: str, target: str) -> bool:
        """Whether one creature perceives another."""
        known = self._known.sights.get(viewer)
        if known is None:
            known = self._known.sights[viewer] = {}
        seen = known.get(target)
        if seen is None:
            seen = known[target] = _perceives(self._state, viewer, target, self._terrain)
        return seen

    def contacts(self, viewer: str) -> Contacts:
        """Return what one creature has found out about others, to be added to."""
        return self._known.contacts.setdefault(viewer, Contacts())

    def in_sight(self, viewer: str) -> tuple[str, ...]:
        """Return the creatures that one perceives, itself among them, in the order of the stage."""
        found = self._known.in_sight.get(viewer)
        if found is None:
            found = tuple([crt for crt in self._state.stage.creatures if self.perceives(viewer, crt)])
            self._known.in_sight[viewer] = found
        return found

    def audience(self, data: ev.EventData) -> ev.Audience:
        """Return the seats that may hear of an event: those whose character perceives anybody it is about."""
        if isinstance(data, _ENGINE_ONLY):
            return ev.ENGINE
        if isinstance(data, _PRIVATE):
            return self._seats_of(data.crt)
        subjects = subjects_of(data)
        if not subjects:
            return ev.EVERYBODY
        audiences = self._known.audiences
        if subjects not in audiences:
            audiences[subjects] = self._hearing(subjects)
        return audiences[subjects]

    def joined(self, one: ev.Audience, other: ev.Audience) -> ev.Audience:
        """Return the audience of both."""
        if ev.EVERYBODY in (one, other):
            return ev.EVERYBODY
        return self._of(
            {seat for audience in (one, other) if isinstance(audience, ev.Seats) for seat in audience.seats}
        )

    def witnesses(self, data: ev.EventData) -> tuple[str, ...]:
        """Return the creatures that perceived what an event is about, whether or not anybody plays them."""
        subjects = frozenset[str]() if isinstance(data, _PRIVATE) else subjects_of(data)
        if not subjects:
            return ()
        witnesses = self._known.witnesses
        if subjects not in witnesses:
            creatures = self._state.stage.creatures.values()
            witnesses[subjects] = tuple([c.id for c in creatures if _awake(c) and self._any(c.id, subjects)])
        return witnesses[subjects]

    def _hearing(self, subjects: frozenset[str]) -> ev.Audience:
        seats = self._state.seats
        return self._of({seat for seat in self.listeners if self._hears(seats[seat].character, subjects)})

    def _hears(self, crt: str | None, subjects: frozenset[str]) -> bool:
        if crt is not None:
            return self._any(crt, subjects)
        return any(self._any(friend.id, subjects) for friend in self._state.party())

    def _any(self, crt: str, subjects: frozenset[str]) -> bool:
        for subject in subjects:  # noqa: SIM110 - half the time: it is asked of every creature at every event
            if self.perceives(crt, subject):
                return True
        return False

    def _seats_of(self, crt: str) -> ev.Audience:
        return self._of({s.id for s in self._state.seats.values() if s.character == crt and s.role != "companion"})

    def _of(self, hearing: set[str]) -> ev.Audience:
        if not hearing:
            return ev.ENGINE
        if len(hearing) == len(self.listeners):
            return ev.EVERYBODY
        return ev.Seats(tuple(seat for seat in self.listeners if seat in hearing))


def _alike(old: Creature | None, new: Creature) -> bool:
    """Whether a creature is the same as before in all on which it depends whom it perceives, and who perceives it."""
    return old is new or (
        old is not None
        and old.cell == new.cell
        and old.effects is new.effects
        and old.life == new.life
        and old.hidden == new.hidden
        and old.side == new.side
        and old.exhaustion == new.exhaustion
        and old.sheet is new.sheet
    )


@remembered(most=256)
def perception_of(state: State) -> Perception:
    """Return who perceives whom in a state, worked out from what it was before where that is known."""
    before = _before.kept(state)
    return Perception(state) if before is None else before.after(state)


def come_from(state: State, before: Perception) -> None:
    """Note what was known before a state, for whoever asks about it."""
    _before.put(state, before)


_before: Memo[State, Perception] = Memo(Perception, most=256)


def perceives(state: State, viewer: str, target: str) -> bool:
    """Whether one creature perceives another: itself, a friend of its party, or whom it can see."""
    return perception_of(state).perceives(viewer, target)


def _perceives(state: State, viewer: str, target: str, terrain: Grid) -> bool:
    creatures = state.stage.creatures
    one, other = creatures.get(viewer), creatures.get(target)
    if one is None or other is None:
        return False
    if viewer == target or (one.side == "party" and other.side == "party"):
        return True
    if one.cell is None or other.cell is None:
        return False
    return sees(state.stage, one, other, terrain)


def subjects_of(data: ev.EventData) -> frozenset[str]:
    """Return the creatures an event is about."""
    match data:
        case facts.AttackResolved():
            return frozenset((data.attacker, data.target))
        case facts.CombatantJoined():
            return frozenset((data.creature.id,))
        case facts.InitiativeRolled() | ev.SceneEntered() | ev.SeatTaken() | ev.EncounterBegan() | facts.RestTaken():
            return frozenset()
        case _:
            crt = getattr(data, "crt", None)
            return frozenset((crt,)) if isinstance(crt, str) else frozenset()


def _awake(creature: Creature) -> bool:
    return creature.life == "up" and creature.cell is not None and not has(creature, "unconscious")
