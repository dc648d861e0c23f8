"""Walking a path cell by cell, stopping where it provokes an attack; and being moved by force or magic.

Costs and ways are in `movement`. Does not pick a path.
"""

from taleforge.rules.areas import gap_from
from taleforge.rules.creature import Creature
from taleforge.rules.effects import Move
from taleforge.rules.facts import Moved
from taleforge.rules.movement import crowd, movement_left, occupied, step_costs
from taleforge.rules.reactions import OPPORTUNITY, opportunities
from taleforge.rules.resolution import Resolution
from taleforge.rules.stage import distance
from taleforge.rules.steps import Resolve, Use, Walk
from taleforge.rules.values import FEET_PER_CELL, Cell


def walk(res: Resolution, step: Walk) -> None:
    """Go along a path as far as nothing interrupts, then offer the opportunity attack that the next step provokes.

    Who can no longer walk (dropped, held, out of movement) stays where it is.
    """
    mover = res.creature(step.crt)
    if mover is None or mover.cell is None or mover.life != "up" or not step.path:
        return
    done, feet, attack = _stretch(res, step, mover)
    if done:
        res.emit(Moved(mover.id, step.path[:done], feet))
    if attack is not None:
        provoked = (*(step.provoked if done == 0 else ()), attack.crt)
        res.first(Walk(mover.id, step.path[done:], provoked))
        params: dict[str, str | int] = {"target": mover.id, "action": attack.action}
        res.offer(attack, OPPORTUNITY, "reaction/opportunity_attack", params)


def _stretch(res: Resolution, step: Walk, mover: Creature) -> tuple[int, int, Use | None]:
    """Return how many cells can be walked without interruption, the feet they cost, and the attack that ends it."""
    others, taken = crowd(res.stage, mover, hidden=True), occupied(res.stage, mover, hidden=True)
    cost, budget = step_costs(res.stage, mover, res.terrain, others), movement_left(res.stage, mover)
    here, feet, spent, done, safe = mover.cell or step.path[0], 0, 0, 0, 0
    for index, cell in enumerate(step.path):
        price = cost(here, cell) if distance(here, cell) == FEET_PER_CELL else None
        if price is None or spent + price > budget:
            return safe, feet, None
        attack = _provoked(res, step, mover, here, cell, first=index == 0)
        if attack is not None:
            return done, spent, attack
        here, spent, done = cell, spent + price, index + 1
        if cell not in taken:
            safe, feet = done, spent
    return safe, feet, None


def _provoked(res: Resolution, step: Walk, mover: Creature, start: Cell, end: Cell, *, first: bool) -> Use | None:
    """Return the first opportunity attack on this step that was not offered yet; none outside fights."""
    if not res.stage.fighting:
        return None
    asked = step.provoked if first else ()
    for enemy, action in opportunities(res.stage, mover, start, end, res.terrain):
        if enemy.id not in asked:
            return Use(enemy.id, action.id, (mover.id,), cost="reaction")
    return None


def move(res: Resolution, step: Resolve, node: Move) -> None:
    """Push or pull each target in a straight line, or carry it to the chosen cell; neither provokes attacks.

    A push ends early at a wall or another creature (SRD 5.1, "Opportunity Attacks", "Shoving a Creature").
    """
    for crt in dict.fromkeys(step.targets):
        actor, target = res.creature(step.crt), res.creature(crt)
        if actor is None or target is None or target.cell is None:
            continue
        if node.kind == "teleport":
            _teleport(res, target, step.cell, node.feet)
        elif actor.cell is not None:
            path = _slide(res, actor, target, node)
            if path:
                res.emit(Moved(crt, path, 0, "forced"))


def _teleport(res: Resolution, target: Creature, cell: Cell | None, feet: int) -> None:
    free = cell is not None and res.terrain.inside(cell) and cell not in crowd(res.stage, target, hidden=True)
    if free and cell is not None and target.cell is not None and distance(target.cell, cell) <= feet:
        res.emit(Moved(target.id, (cell,), 0, "teleport"))


def _slide(res: Resolution, actor: Creature, target: Creature, node: Move) -> tuple[Cell, ...]:
    """Return the cells a creature is pushed or pulled through."""
    taken = crowd(res.stage, target, hidden=True)
    here, start = target.cell or (0, 0), actor.cell or (0, 0)
    across, down = _sign(here[0] - start[0]), _sign(here[1] - start[1])
    if node.kind == "pull":
        across, down = -across, -down
    path: list[Cell] = []
    for _ in range(node.feet // FEET_PER_CELL):
        cell = (here[0] + across, here[1] + down)
        if cell == here or cell in taken or res.terrain.step_cost(here, cell) is None:
            break
        if node.kind == "pull" and gap_from(target, cell, actor) < FEET_PER_CELL:
            break
        path.append(cell)
        here = cell
    return tuple(path)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
