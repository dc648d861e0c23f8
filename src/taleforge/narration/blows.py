"""What is said of attacks and spells: each with its damage, its saves and whoever it brought down, as one telling.

Numbers stay with the dice. Knows no language.
"""

from collections.abc import Iterator, Sequence

from taleforge.messages.brief import Beat
from taleforge.narration.deeds import CONSEQUENCES, Deed
from taleforge.narration.scene import DOWN, Message, Scene, param

ATTACKS = ("attack.hit", "attack.missed", "attack.critical", "attack.fumbled")
STANDING = frozenset({"unhurt", "hurt"})


def attack(scene: Scene, deed: Deed) -> Iterator[Message]:
    """Return what to say of an attack."""
    if deed.by_reaction:
        yield scene.message("attack.reaction", deed.head)
    yield _blow(scene, deed.head, deed.results, "weapon", "closing" if deed.approach else "")
    yield from _aftermath(scene, deed.results, deed.head.target)


def spell(scene: Scene, deed: Deed) -> Iterator[Message]:
    """Return what to say of a spell, or of anything else that is used on somebody."""
    blows = deed.of(*ATTACKS)
    for blow in blows:
        yield _blow(scene, blow, [b for b in deed.results if b.target == blow.target], "spell")
    if blows:
        yield from _aftermath(scene, deed.results, blows[0].target)
        return
    head = deed.head
    yield scene.message("spell.cast", head, param(head, "action"), spell=param(head, "name"))
    yield from _outcomes(scene, deed)
    yield from _aftermath(scene, [beat for beat in deed.results if beat.code not in {"died", "healed"}])


def condition(scene: Scene, deed: Deed) -> Iterator[Message]:
    """Return what to say of an effect that begins or ends."""
    beat = deed.head
    sense = beat.code.partition(".")[2]
    bearer = beat.target if sense == "gained" else beat.actor
    roles = {"T": scene.group([bearer])}
    message = scene.message(f"{sense}.{param(beat, 'key')}", beat, param(beat, "reason"))
    yield Message(message.kind, roles if roles["T"] else {}, {}, message.tags)


def _blow(scene: Scene, head: Beat, results: Sequence[Beat], *tags: str) -> Message:
    action = param(head, "action")
    damage = next((beat for beat in results if beat.code == "damage.taken" and beat.target == head.target), None)
    return scene.message(
        _outcome(scene, head, results, damage), head, *tags, "thrown" if action.endswith("_thrown") else "",
        param(damage, "type"), param(damage, "change"), _turn_for_the_worse(scene, damage),
        weapon=param(head, "name"), action=action,
    )  # fmt: skip


def _turn_for_the_worse(scene: Scene, damage: Beat | None) -> str:
    target = scene.actor(damage.target) if damage is not None else None
    worse = target is not None and target.health == "bloodied" and param(damage, "was") in STANDING
    return "staggered" if worse else ""


def _outcome(scene: Scene, head: Beat, results: Sequence[Beat], damage: Beat | None) -> str:
    if head.code in {"attack.missed", "attack.fumbled"}:
        return head.code
    if any(beat.code == "died" and beat.target == head.target for beat in results):
        return "attack.kill"
    if damage is None:
        return head.code
    if _is_down(scene, head.target):
        return "attack.fell"
    return "attack.harmless" if damage.params.get("none") else head.code


def _aftermath(scene: Scene, results: Sequence[Beat], struck: str | None = None) -> Iterator[Message]:
    """Return what else came of something, beyond the damage to whoever was struck."""
    for beat in results:
        match beat.code:
            case "condition.gained" | "condition.lost" if not _is_down(scene, beat.target):
                yield from condition(scene, Deed(beat))
            case "concentration.ended":
                yield scene.message(beat.code, beat, param(beat, "reason"))
            case "died" if beat.target != struck:
                yield scene.message(beat.code, beat)
            case "healed" | "temp_hp.gained" | "revived":
                yield scene.message(beat.code, beat)
            case _:
                pass


def _is_down(scene: Scene, crt: str | None) -> bool:
    actor = scene.actor(crt)
    return actor is not None and actor.health in DOWN


def _outcomes(scene: Scene, deed: Deed) -> Iterator[Message]:
    """Return who withstood a spell and who did not, together where it went the same way."""
    types = frozenset(param(beat, "type") for beat in deed.of("damage.taken"))
    by = {"A": scene.group([deed.head.actor])}
    for kind, group in _fates(scene, deed).items():
        if group:
            yield Message(kind, {role: crts for role, crts in {"T": group, **by}.items() if crts}, {}, types)


def _fates(scene: Scene, deed: Deed) -> dict[str, tuple[str, ...]]:
    hurt = scene.group(beat.target for beat in deed.of("damage.taken") if not beat.params.get("none"))
    dead = scene.group(beat.target for beat in deed.of("died"))
    down = tuple(crt for crt in hurt if crt not in dead and _is_down(scene, crt))
    gone = frozenset((*dead, *down))
    resisted = scene.group(beat.actor for beat in deed.of("save.passed"))
    failed = scene.group(beat.actor for beat in deed.of("save.failed"))
    marked = frozenset(beat.target for beat in deed.results if beat.code in CONSEQUENCES)
    return {
        "spell.resisted": tuple(crt for crt in resisted if crt not in hurt),
        "spell.halved": tuple(crt for crt in resisted if crt in hurt and crt not in gone),
        "spell.struck": tuple(crt for crt in hurt if crt not in resisted and crt not in gone),
        "spell.failed": tuple(crt for crt in failed if crt not in marked),
        "spell.felled": down,
        "spell.killed": dead,
        "spell.healed": scene.group(beat.target for beat in deed.of("healed")),
    }
