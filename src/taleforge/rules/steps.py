"""The rest of an interrupted resolution, as data: what the engine still has to do when a player has answered.

The engine works off an agenda of steps. When it must wait for a decision the agenda is stored with it, so that a fight
can be resumed by another process, after a crash, or never. Steps are for the engine alone: no seat ever sees one.
"""

from typing import TypeAlias

from msgspec import Struct

from taleforge.rules.creature import ActionCost
from taleforge.rules.dice import Roll
from taleforge.rules.effects import Attack, Node
from taleforge.rules.explain import Explanation
from taleforge.rules.values import Cell, Cover


class Use(Struct, frozen=True, omit_defaults=True, tag="use", tag_field="step", gc=False):
    """A creature uses an action on targets or at a cell, with a slot of a level; pays its cost first.

    `cost` None means the action's own; an opportunity attack pays with the reaction, a nimble creature hides by bonus.
    """

    crt: str
    action: str
    targets: tuple[str, ...] = ()
    cell: Cell | None = None
    slot: int = 0
    cost: ActionCost | None = None
    choices: dict[str, str] = {}


class Resolve(Struct, frozen=True, omit_defaults=True, tag="resolve", tag_field="step", gc=False):
    """Walk effect nodes against targets, with the acting creature, action and slot they belong to."""

    crt: str
    action: str
    nodes: tuple[Node, ...]
    targets: tuple[str, ...] = ()
    cell: Cell | None = None
    slot: int = 0
    cost: ActionCost = "none"
    """What the next attack roll is paid with; an action has only one first attack roll."""
    critical: bool = False
    asked: tuple[str, ...] = ()
    """Creatures that were offered a reaction to the first of these nodes already."""
    choices: dict[str, str] = {}


class FinishAttack(Struct, frozen=True, omit_defaults=True, tag="finish_attack", tag_field="step", gc=False):
    """Compare an attack already rolled with the armour class as it is after reactions, then deal with hit or miss.

    `why` explains the total rolled; `asked` is set once the target was offered its reactions to being hit.
    """

    crt: str
    action: str
    target: str
    node: Attack
    roll: Roll
    natural: int
    why: Explanation
    cover: Cover = "none"
    close_critical: bool = False
    """Whether any hit is critical (SRD 5.1, "Paralyzed", "Unconscious")."""
    slot: int = 0
    cost: ActionCost = "none"
    asked: bool = False


class Walk(Struct, frozen=True, omit_defaults=True, tag="walk", tag_field="step", gc=False):
    """Go on along a path; cells already walked are not in it."""

    crt: str
    path: tuple[Cell, ...]
    provoked: tuple[str, ...] = ()
    """Creatures whose opportunity attack was offered already for the step that comes next."""


class EndTurn(Struct, frozen=True, omit_defaults=True, tag="end_turn", tag_field="step", gc=False):
    """End a creature's turn and begin the next one's."""

    crt: str
    skips: int = 0
    """How many turns in a row nobody could use; a whole round of them stops the engine."""


class StartTurn(Struct, frozen=True, omit_defaults=True, tag="start_turn", tag_field="step", gc=False):
    """Begin a creature's turn: effects that tick, death saves, fresh actions."""

    crt: str
    skips: int = 0
    begun: bool = False
    """The turn has begun and its effects have ticked: what is left is to see whether it can be used."""


Step: TypeAlias = Use | Resolve | FinishAttack | Walk | EndTurn | StartTurn


class PendingChoice(Struct, frozen=True, omit_defaults=True, gc=False):
    """One answer to a pending question; `then` is put before the rest of the agenda when it is chosen."""

    id: str
    code: str
    params: dict[str, str | int] = {}
    then: tuple[Step, ...] = ()


class Pending(Struct, frozen=True, omit_defaults=True, gc=False):
    """The engine waits for the player of a creature; `kind` is reaction, choice or ruling, the default a choice id."""

    crt: str
    kind: str
    code: str
    params: dict[str, str | int]
    choices: tuple[PendingChoice, ...]
    default: str
    agenda: tuple[Step, ...] = ()
    roll: Roll | None = None
    """A roll already made that the question is about; it counts in the dice stream and everybody may check it."""
