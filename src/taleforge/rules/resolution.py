"""One resolution in progress: the stage as it is by now, the facts so far, and what is still to be done.

Holds no rule: the resolvers in `use` `attacks` `magic` `walking` `turns` act on it, and `engine` drives them.
"""

from collections.abc import Iterator

from taleforge.rules.apply import apply
from taleforge.rules.creature import Action, Creature
from taleforge.rules.dice import DiceSource, Roll
from taleforge.rules.facts import Fact
from taleforge.rules.reactions import ReactionPolicy
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import find_action
from taleforge.rules.steps import Pending, PendingChoice, Resolve, Step, Use

REACT = "react"
PASS = "pass"  # the name of a choice, not a secret


class Resolution:
    """The engine's working state. Lives for one call of the engine; everything that leaves it is a frozen value."""

    __slots__ = ("agenda", "dice", "facts", "pending", "policy", "stage", "terrain")

    def __init__(
        self, stage: Stage, agenda: tuple[Step, ...], dice: DiceSource, terrain: Terrain, policy: ReactionPolicy
    ) -> None:
        self.stage = stage
        self.agenda = agenda
        self.dice = dice
        self.terrain = terrain
        self.policy = policy
        self.facts: list[Fact] = []
        self.pending: Pending | None = None

    def emit(self, *facts: Fact) -> None:
        """Record facts, each applied at once so that whatever comes next sees it."""
        for fact in facts:
            self.facts.append(fact)
            self.stage = apply(self.stage, fact)

    def first(self, *steps: Step) -> None:
        """Put steps before everything else that is still to be done."""
        self.agenda = (*steps, *self.agenda)

    def creature(self, crt: str | None) -> Creature | None:
        """Return a creature as it is by now, or None when it is not in play."""
        return self.stage.creatures.get(crt) if crt is not None else None

    def offer(
        self,
        reaction: Use,
        kind: str,
        code: str,
        params: dict[str, str | int],
        *,
        useful: bool = True,
        roll: Roll | None = None,
    ) -> bool:
        """Let a creature react: at once, never, or by asking its player; True when the resolution has to wait.

        Args:
            reaction: What it would do.
            kind: The reaction's name, under which a default is set.
            code: The question's code.
            params: The question's parameters.
            useful: Whether a creature that always reacts does so now, too.
            roll: A roll already made that the question is about.
        """
        answer = self.policy(reaction.crt, kind)
        if answer == "ask":
            react = PendingChoice(REACT, f"{code}/react", then=(reaction,))
            refrain = PendingChoice(PASS, f"{code}/pass")
            self.pending = Pending(reaction.crt, "reaction", code, params, (react, refrain), PASS, self.agenda, roll)
            return True
        if answer == "always" and useful:
            self.first(reaction)
        return False


def targets_of(res: Resolution, step: Resolve) -> Iterator[Creature]:
    """Yield the targets as they are by now, each once; who left or died meanwhile is left out."""
    for crt in dict.fromkeys(step.targets):
        target = res.creature(crt)
        if target is not None and target.life != "dead":
            yield target


def acting(actor: Creature | None, step: Resolve) -> Action:
    """Return the action a step belongs to; an effect that ticks has only a key for a name."""
    found = find_action(actor, step.action) if actor is not None else None
    return found or Action(step.action, step.action, f"effect/{step.action}")


def casting_dc(actor: Creature | None) -> int:
    """Return the save DC of a creature's magic, 10 for who has none."""
    casting = actor.sheet.spellcasting if actor is not None else None
    return casting.dc if casting is not None else 10
