"""What a telling says, in order: beats that belong together become one message, and what needs no words is left out.

The first two steps from a Brief to prose. A message still has no words; `realise` finds them. Does not know a language.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages.brief import Actor, Beat, Brief

CONSEQUENCES = frozenset({
    "damage.taken", "died", "save.passed", "save.failed", "condition.gained", "condition.lost", "concentration.ended",
    "healed", "temp_hp.gained", "revived",
})  # fmt: skip
"""What a blow or a spell leads to, and is told with."""
WORDS = frozenset({"told", "said", "scene.entered", "ending"})
"""Beats that bring the words of a pack or a player."""
WITHOUT_AIM = frozenset({"turn.spent", "reaction.used", "check.passed", "check.failed"})
DOWN = frozenset({"dying", "dead"})


class Message(Struct, frozen=True):
    """One thing to say. `kind` names the ways of saying it, `tags` what is the case, `text` is said word for word."""

    kind: str
    roles: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    tags: frozenset[str] = frozenset()
    text: str = ""


class Deed(Struct, frozen=True):
    """A beat and what came of it; `approach` is how its doer got there, `by_reaction` whether it was not their turn."""

    head: Beat
    results: tuple[Beat, ...] = ()
    approach: Beat | None = None
    by_reaction: bool = False

    def of(self, *codes: str) -> list[Beat]:
        """Return its results of some codes."""
        return [beat for beat in self.results if beat.code in codes]


def plan(brief: Brief) -> tuple[Message, ...]:
    """Return what there is to say of a Brief, in order."""
    beats = _worth_telling(brief)
    scene = Scene(brief, beats)
    messages: list[Message] = []
    for deed in deeds(beats):
        messages.extend(scene.tell(deed))
    return tuple(_merged(messages))


def _worth_telling(brief: Brief) -> tuple[Beat, ...]:
    """Leave out what is told twice, and everything after an ending."""
    beats: list[Beat] = []
    seen: set[tuple[str, str | int]] = set()
    for beat in brief.beats:
        once = (beat.code, beat.params.get("title", "")) if beat.code in {"clue.found", "quest.advanced"} else None
        if once is None or once not in seen:
            beats.append(beat)
        if once is not None:
            seen.add(once)
        if beat.code == "ending":
            break
    return tuple(beats)


def deeds(beats: Sequence[Beat]) -> list[Deed]:
    """Return the beats by deed: each with its consequences, and without the steps that only led to it."""
    found: list[Deed] = []
    approach: Beat | None = None
    reacting: str | None = None
    for at, beat in enumerate(beats):
        if beat.code == "moved" and _leads_on(beat, beats[at + 1 :]):
            approach = beat
        elif beat.code == "reaction.used":
            reacting = beat.actor
        elif found and _follows(beat, found[-1].head):
            found[-1] = replace(found[-1], results=(*found[-1].results, beat))
        elif not _only_led_to_it(beat, beats[at + 1 :]):
            near = approach if approach is not None and approach.actor == beat.actor else None
            found.append(Deed(beat, approach=near, by_reaction=reacting is not None and reacting == beat.actor))
            approach = reacting = None
    return found


def _leads_on(move: Beat, rest: Sequence[Beat]) -> bool:
    follower = next((beat for beat in rest if beat.code not in WITHOUT_AIM), None)
    return follower is not None and follower.actor == move.actor and _is_aim(follower)


def _is_aim(beat: Beat) -> bool:
    return beat.code.startswith(("attack.", "tried.")) or beat.code in {"spell.cast", "moved"}


def _only_led_to_it(beat: Beat, rest: Sequence[Beat]) -> bool:
    """Whether a check or the cost of an action is told by the deed after it."""
    if beat.code not in WITHOUT_AIM:
        return False
    follower = next((other for other in rest if other.code not in WITHOUT_AIM), None)
    return follower is not None and follower.code.startswith("tried.") and follower.actor == beat.actor


def _follows(beat: Beat, head: Beat) -> bool:
    if head.code.startswith("attack."):
        return beat.code in CONSEQUENCES
    if head.code == "spell.cast":
        same = beat.actor == head.actor and beat.params.get("action") == head.params.get("action")
        return beat.code in CONSEQUENCES or (beat.code.startswith("attack.") and same)
    if head.code == "turn.spent":
        return beat.code in CONSEQUENCES or beat.code.startswith("check.")
    return head.code == "death_save.made" and beat.code in {"died", "healed", "condition.lost"}


def _merged(messages: Iterable[Message]) -> Iterator[Message]:
    """Tell a row of misses at one target as one."""
    run: list[Message] = []
    for message in messages:
        if run and (message.kind != "attack.missed" or message.roles != run[0].roles):
            yield _row(run)
            run = []
        if message.kind == "attack.missed":
            run.append(message)
        else:
            yield message
    if run:
        yield _row(run)


def _row(run: list[Message]) -> Message:
    return run[0] if len(run) == 1 else replace(run[0], kind="attack.missed_all")


class Scene:
    """What the telling of each deed has to know of the rest: who is there, what light, whether a pack speaks."""

    def __init__(self, brief: Brief, beats: Sequence[Beat]) -> None:
        self.actors = brief.actors
        self.place = brief.place
        self.beats = beats
        self.texts = [beat.text for beat in beats if beat.text and beat.code in WORDS]
        self.spoken = bool(self.texts)

    def tell(self, deed: Deed) -> Iterator[Message]:
        """Return what to say of a deed."""
        code = deed.head.code
        for prefix, teller in _TELLERS.items():
            if code == prefix or (prefix.endswith(".") and code.startswith(prefix)):
                yield from teller(self, deed)
                return

    def actor(self, crt: str | None) -> Actor | None:
        """Return who somebody is, if the Brief knows."""
        return self.actors.get(crt) if crt is not None else None

    def roles(self, **crts: str | None) -> dict[str, tuple[str, ...]]:
        """Return roles that are filled by actors of the Brief."""
        return {role: (crt,) for role, crt in crts.items() if crt is not None and crt in self.actors}

    def message(self, kind: str, beat: Beat, *tags: str, **words: str) -> Message:
        """Return a message about a beat's actor and target."""
        roles = self.roles(A=beat.actor, T=beat.target if beat.target != beat.actor else None)
        found = frozenset(tag for tag in (*tags, *self._sides(beat), self._light()) if tag)
        return Message(kind, roles, {slot: word for slot, word in words.items() if word}, found)

    def _sides(self, beat: Beat) -> Iterator[str]:
        actor, target = self.actor(beat.actor), self.actor(beat.target)
        if actor is not None:
            yield "by_you" if actor.you else f"by_{actor.kind}"
        if target is not None:
            yield "at_you" if target.you else f"at_{target.kind}"
            yield target.health
        if beat.actor == beat.target:
            yield "self"

    def _light(self) -> str:
        return self.place.light if self.place is not None else ""

    def carries(self, name: str) -> bool:
        """Whether the words of the pack already speak of a thing."""
        words = [word.strip("'") for word in name.lower().split() if len(word) > 3]
        text = " ".join(self.texts).lower()
        return any(word in text for word in words)


Teller = Callable[[Scene, Deed], Iterator[Message]]


def _text(beat: Beat, key: str) -> str:
    return str(beat.params.get(key, ""))


def _attack(scene: Scene, deed: Deed) -> Iterator[Message]:
    yield from _blow(scene, deed.head, deed.results, by_reaction=deed.by_reaction)
    yield from _aftermath(scene, deed.results, deed.head.target)


def _blow(
    scene: Scene, head: Beat, results: Sequence[Beat], *, by_reaction: bool = False, spell: bool = False
) -> Iterator[Message]:
    if by_reaction:
        yield scene.message("attack.reaction", head)
    action = _text(head, "action")
    damage = next((beat for beat in results if beat.code == "damage.taken" and beat.target == head.target), None)
    kind = _outcome(scene, head, results, damage)
    tags = ("thrown" if action.endswith("_thrown") else "", "spell" if spell else "", "weapon" if not spell else "")
    types = (_text(damage, "type"), _text(damage, "change")) if damage is not None else ()
    yield scene.message(kind, head, *tags, *types, weapon=_text(head, "name"), action=action)


def _outcome(scene: Scene, head: Beat, results: Sequence[Beat], damage: Beat | None) -> str:
    if head.code in {"attack.missed", "attack.fumbled"}:
        return head.code
    if any(beat.code == "died" and beat.target == head.target for beat in results):
        return "attack.kill"
    target = scene.actor(head.target)
    if damage is not None and target is not None and target.health in DOWN:
        return "attack.fell"
    if damage is not None and damage.params.get("none"):
        return "attack.harmless"
    return head.code


def _aftermath(scene: Scene, results: Sequence[Beat], struck: str | None = None) -> Iterator[Message]:
    """Return what else came of something, beyond the damage to whoever was struck."""
    for beat in results:
        match beat.code:
            case "condition.gained" | "condition.lost":
                yield from _condition(scene, Deed(beat))
            case "concentration.ended":
                yield scene.message("concentration.ended", beat, _text(beat, "reason"))
            case "died" if beat.target != struck:
                yield scene.message("died", beat)
            case "healed" | "temp_hp.gained" | "revived":
                yield scene.message(beat.code, beat)
            case _:
                pass


def _spell(scene: Scene, deed: Deed) -> Iterator[Message]:
    head = deed.head
    attacks = deed.of("attack.hit", "attack.missed", "attack.critical", "attack.fumbled")
    for number, attack in enumerate(attacks):
        mine = [beat for beat in deed.results if beat.target == attack.target or beat.code not in CONSEQUENCES]
        yield from _blow(scene, attack, mine, by_reaction=deed.by_reaction and not number, spell=True)
    if attacks:
        yield from _aftermath(scene, deed.results, attacks[0].target)
        return
    action = _text(head, "action")
    yield scene.message("spell.cast", head, action, _many(head), spell=_text(head, "name"), action=action)
    yield from _struck(scene, deed)
    yield from _aftermath(scene, [beat for beat in deed.results if beat.code not in {"died", "healed"}])


def _many(head: Beat) -> str:
    count = head.params.get("count", 0)
    return "many" if isinstance(count, int) and count > 1 else ""


def _struck(scene: Scene, deed: Deed) -> Iterator[Message]:
    """Return who withstood a spell and who did not, together where it went the same way."""
    resisted = _group(scene, (beat.actor for beat in deed.of("save.passed")))
    dead = _group(scene, (beat.target for beat in deed.of("died")))
    hurt = _group(scene, (beat.target for beat in deed.of("damage.taken") if not beat.params.get("none")))
    failed = _group(scene, (beat.actor for beat in deed.of("save.failed")))
    healed = _group(scene, (beat.target for beat in deed.of("healed")))
    types = frozenset(_text(beat, "type") for beat in deed.of("damage.taken"))
    down = tuple(crt for crt in hurt if crt not in dead and scene.actors[crt].health in DOWN)
    gone = {*dead, *down}
    groups = {
        "spell.resisted": tuple(crt for crt in resisted if crt not in hurt),
        "spell.halved": tuple(crt for crt in resisted if crt in hurt and crt not in gone),
        "spell.struck": tuple(crt for crt in hurt if crt not in resisted and crt not in gone),
        "spell.failed": tuple(crt for crt in failed if crt not in hurt and crt not in gone and _bare(deed, crt)),
        "spell.felled": down,
        "spell.killed": dead,
        "spell.healed": healed,
    }
    for kind, group in groups.items():
        if group:
            yield Message(kind, {"T": group, **scene.roles(A=deed.head.actor)}, {}, types)


def _bare(deed: Deed, crt: str) -> bool:
    """Whether nothing else says what a failed save came to."""
    return not any(beat.target == crt for beat in deed.of("condition.gained"))


def _group(scene: Scene, crts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(crt for crt in crts if crt is not None and crt in scene.actors))


def _condition(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    sense = beat.code.partition(".")[2]
    key = _text(beat, "key")
    bearer = beat.target if sense == "gained" else beat.actor
    message = scene.message(f"{sense}.{key}", beat, _text(beat, "reason"))
    yield replace(message, roles=scene.roles(T=bearer))


def _tried(scene: Scene, deed: Deed) -> Iterator[Message]:
    head = deed.head
    actor = scene.actor(head.actor)
    mine = actor is not None and actor.you
    if deed.approach is not None and "zone" in deed.approach.params:
        yield from _moved(scene, Deed(deed.approach))
    if scene.spoken and mine:
        return
    outcome = "" if scene.spoken else "passed" if head.params.get("success") else "failed"
    kind = f"{head.code}.{outcome}" if outcome else head.code
    yield scene.message(kind, head, thing=_text(head, "thing"), topic=_text(head, "topic"))


def _moved(scene: Scene, deed: Deed) -> Iterator[Message]:
    head = deed.head
    fighting = scene.place is not None and scene.place.fighting
    kind = _text(head, "kind")
    if kind in {"forced", "teleport", "stand"}:
        yield scene.message(f"moved.{kind}", head, zone=_text(head, "zone"))
    elif head.params.get("zone"):
        yield scene.message("moved.to", head, "fight" if fighting else "", zone=_text(head, "zone"))
    elif fighting:
        yield scene.message("moved.about", head)


def _turn(scene: Scene, deed: Deed) -> Iterator[Message]:
    action = _text(deed.head, "action")
    passed = any(beat.code == "check.passed" and beat.actor == deed.head.actor for beat in deed.results)
    gained = [_text(beat, "key") for beat in deed.of("condition.gained")]
    target = next((b.target for b in deed.of("condition.gained", "healed") if b.target != deed.head.actor), None)
    target = target or next(
        (b.actor for b in deed.of("check.passed", "check.failed") if b.actor != deed.head.actor), None
    )
    beat = replace(deed.head, target=target)
    tried = bool(deed.of("check.passed", "check.failed"))
    outcome = ("passed" if passed or gained else "failed") if tried else ""
    yield scene.message(f"turn.{action}", beat, outcome, action=action)


def _said(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    text = beat.text or ""
    ending = {"?": "asks", "!": "calls", ".": "plain"}.get(text.rstrip()[-1:], "open")
    message = scene.message("said", beat, ending, _text(beat, "tone"), "answer" if _asked(scene, beat) else "")
    yield replace(message, text=text)


def _asked(scene: Scene, said: Beat) -> bool:
    return any(beat.code in {"tried.ask", "tried.talk"} and beat.target == said.actor for beat in scene.beats)


def _verbatim(kind: str) -> Teller:
    def tell(_: Scene, deed: Deed) -> Iterator[Message]:
        if deed.head.text:
            yield Message(kind, text=deed.head.text)

    return tell


def _learned(scene: Scene, deed: Deed) -> Iterator[Message]:
    if deed.head.text and not (deed.head.code == "quest.advanced" and scene.spoken):
        yield Message("text", text=deed.head.text)


def _unless_spoken(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not scene.spoken:
        yield from _plain(scene, deed)


def _plain(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    tags = (_text(beat, "reason"), _text(beat, "kind"), _text(beat, "outcome"), _text(beat, "skill"))
    yield scene.message(beat.code, beat, *tags, "surprised" if beat.params.get("surprised") else "")


def _feature(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    name = _text(beat, "name")
    if scene.carries(name):
        return
    kind = f"{beat.code}.{_text(beat, 'state')}" if beat.code == "feature.changed" else beat.code
    yield scene.message(kind, beat, "person" if beat.actor else "", thing=name)


def _item(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    if not scene.carries(_text(beat, "item")):
        count = beat.params.get("count", 1)
        tags = "many" if isinstance(count, int) and count > 1 else ""
        yield scene.message(beat.code, beat, tags, item=_text(beat, "item"))


def _coins(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not scene.spoken:
        yield scene.message(deed.head.code, deed.head)


def _attitude(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not scene.spoken:
        yield scene.message(f"attitude.{_text(deed.head, 'attitude')}", deed.head)


def _side(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not scene.spoken and not any(beat.code == "fight.began" for beat in scene.beats):
        yield scene.message(f"side.{_text(deed.head, 'side')}", deed.head)


def _began(scene: Scene, deed: Deed) -> Iterator[Message]:
    if scene.spoken:
        return
    foes = _group(scene, (b.actor for b in scene.beats if b.code == "side.changed" and b.params.get("side") == "foe"))
    message = next(_plain(scene, deed))
    yield replace(message, roles={"F": foes}) if foes else message


def _time(scene: Scene, deed: Deed) -> Iterator[Message]:
    minutes = deed.head.params.get("minutes", 0)
    if scene.spoken or not isinstance(minutes, int) or minutes < 1:
        return
    yield scene.message("time.passed", deed.head, "long" if minutes >= 60 else "short")


def _hurt(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    kind = "damage.none" if beat.params.get("none") else "damage.taken"
    yield scene.message(kind, beat, _text(beat, "type"))


def _save(scene: Scene, deed: Deed) -> Iterator[Message]:
    return iter(())


def _placed(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not scene.spoken and scene.place is not None and scene.place.zone:
        yield scene.message("party.placed", deed.head, zone=scene.place.zone)


_TELLERS: dict[str, Teller] = {
    "attack.": _attack,
    "spell.cast": _spell,
    "damage.taken": _hurt,
    "condition.": _condition,
    "tried.": _tried,
    "moved": _moved,
    "turn.spent": _turn,
    "said": _said,
    "told": _verbatim("text"),
    "scene.entered": _verbatim("text"),
    "ending": _verbatim("text"),
    "clue.found": _learned,
    "quest.advanced": _learned,
    "feature.": _feature,
    "item.": _item,
    "coins.": _coins,
    "npc.attitude_changed": _attitude,
    "side.changed": _side,
    "fight.began": _began,
    "fight.ended": _unless_spoken,
    "party.placed": _placed,
    "time.passed": _time,
    "save.": _save,
    "check.": _plain,
    "died": _plain,
    "healed": _plain,
    "temp_hp.gained": _plain,
    "revived": _plain,
    "concentration.ended": _plain,
    "death_save.made": _plain,
    "creature.joined": _unless_spoken,
    "creature.left": _unless_spoken,
    "rest.taken": _plain,
    "table.rewound": _plain,
}
