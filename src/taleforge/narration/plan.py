"""What a telling says, in order: one message for each thing that needs words.

What the dice line shows, what a pack's own words carry and what nobody would mention is left out. Knows no language.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from taleforge.messages.brief import Beat, Brief
from taleforge.narration import blows
from taleforge.narration.deeds import Deed, deeds_of, worth_telling
from taleforge.narration.scene import Message, Scene, param

Teller = Callable[[Scene, Deed], Iterator[Message]]
AN_HOUR = 60
PAGES = frozenset({"scene.entered", "ending"})
"""Words that nothing leads over to: they begin a paragraph of their own."""
LAST_LETTERS = {"?": "asks", "!": "calls"}


def plan(brief: Brief) -> tuple[Message, ...]:
    """Return what there is to say of a Brief, in order."""
    beats = worth_telling(brief.beats)
    scene = Scene(brief, beats)
    told = (message for deed in deeds_of(beats) for message in _tell(scene, deed))
    return tuple(_together(told))


def _tell(scene: Scene, deed: Deed) -> Iterator[Message]:
    code = deed.head.code
    teller = TELLERS.get(code) or TELLERS.get(code.partition(".")[0] + ".")
    return teller(scene, deed) if teller is not None else iter(())


def _together(messages: Iterable[Message]) -> list[Message]:
    """Tell as one what is more of the same: misses in a row, a walk with company or interrupted, a longer speech."""
    found: list[Message] = []
    for message in messages:
        before = found[-1] if found else None
        if before is not None and _is_more_of(message, before):
            found[-1] = replace(before, kind="attack.missed_all")
        elif before is not None and _goes_on(message, before):
            found.append(replace(message, kind="said.on"))
        elif before is not None and _comes_along(message, before):
            found[-1] = _with(message, before)
        elif not (message.kind.startswith("moved.") and message in found):
            found.append(message)
    return found


def _is_more_of(message: Message, before: Message) -> bool:
    missed = message.kind == "attack.missed" and before.kind in {"attack.missed", "attack.missed_all"}
    return missed and message.roles == before.roles


def _goes_on(message: Message, before: Message) -> bool:
    spoke = message.kind == "said" and before.kind in {"said", "said.on"}
    return spoke and message.roles.get("A") == before.roles.get("A")


def _comes_along(message: Message, before: Message) -> bool:
    """Whether others move because somebody did; in a fight everybody moves for themselves."""
    return message.kind == before.kind == "moved.to" and "fight" not in message.tags


def _with(message: Message, before: Message) -> Message:
    """Name those who come to the same place; where the others happen to stop is no matter."""
    if message.words != before.words:
        return before
    group = (*before.roles.get("A", ()), *message.roles.get("A", ()))
    return replace(before, roles={"A": tuple(dict.fromkeys(group))} if group else {})


def _tried(scene: Scene, deed: Deed) -> Iterator[Message]:
    head = deed.head
    if deed.approach is not None and "zone" in deed.approach.params:
        yield from _moved(scene, Deed(deed.approach))
    carried = scene.spoken or any(beat.code == "party.placed" for beat in scene.beats)
    if carried and scene.is_you(head.actor):
        return
    if head.code == "tried.pay" and any(_bought(scene, beat) for beat in scene.beats):
        return
    outcome = "" if carried else ".passed" if head.params.get("success") else ".failed"
    aim = "thing" if param(head, "thing") else "person" if scene.actor(head.target) else ""
    yield scene.message(head.code + outcome, head, aim, thing=param(head, "thing"), topic=param(head, "topic"))


def _moved(scene: Scene, deed: Deed) -> Iterator[Message]:
    head = deed.head
    kind = param(head, "kind")
    if kind in {"forced", "teleport", "stand"}:
        yield scene.message(f"moved.{kind}", head)
    elif "zone" in head.params:
        yield scene.message("moved.to", head, "fight" if scene.fighting else "", zone=param(head, "zone"))
    elif scene.fighting and not scene.is_you(head.actor):
        yield scene.message("moved.about", head)


def _turn(scene: Scene, deed: Deed) -> Iterator[Message]:
    head = deed.head
    checks = deed.of("check.passed", "check.failed")
    touched = deed.of("condition.gained", "healed")
    others = (*(beat.target for beat in touched), *(beat.actor for beat in checks))
    beat = replace(head, target=next((crt for crt in others if crt != head.actor), None))
    came_off = bool(touched) or any(check.code == "check.passed" and check.actor == head.actor for check in checks)
    outcome = ("passed" if came_off else "failed") if checks else ""
    yield scene.message(f"turn.{param(head, 'action')}", beat, outcome)


def _said(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    text = (beat.text or "").strip()
    speaker = scene.actor(beat.actor)
    addressed = any(other.code.startswith("tried.") and other.target == beat.actor for other in scene.beats)
    tags = (LAST_LETTERS.get(text[-1:], ""), param(beat, "tone"), "answers" if addressed else "opens")
    voice = speaker.voice if speaker is not None else ""
    if text:
        yield replace(scene.message("said", beat, *tags, voice=voice), text=text)


def _gesture(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    code = f"gesture.{param(beat, 'gesture').replace(' ', '_')}"
    yield scene.message(code, beat, "person" if scene.actor(beat.target) else "")


def _verbatim(_: Scene, deed: Deed) -> Iterator[Message]:
    if deed.head.text:
        yield Message("page" if deed.head.code in PAGES else "text", text=deed.head.text)


def _plain(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    tags = (param(beat, key) for key in ("reason", "kind", "outcome", "skill", "type"))
    yield scene.message(beat.code, beat, *tags, "surprised" if beat.params.get("surprised") else "")


def _unless_spoken(teller: Teller) -> Teller:
    """Leave something to the words of the pack, where there are any."""
    return lambda scene, deed: iter(()) if scene.spoken else teller(scene, deed)


def _feature(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    kind = f"{beat.code}.{param(beat, 'state')}" if beat.code == "feature.changed" else beat.code
    person = "person" if beat.actor and kind == "feature.revealed" else ""
    yield scene.message(kind, beat, person, thing=param(beat, "name"))


def _item(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    kind = "item.bought" if _bought(scene, beat) else beat.code
    if kind == "item.bought" or not scene.carries(param(beat, "item")):
        yield scene.message(kind, beat, "many" if _more_than_one(beat) else "", item=param(beat, "item"))


def _bought(scene: Scene, beat: Beat) -> bool:
    """Whether something changed hands for coin."""
    paid = any(other.code == "coins.gained" and other.actor == beat.target for other in scene.beats)
    return beat.code == "item.gained" and beat.target is not None and paid


def _more_than_one(beat: Beat) -> bool:
    count = beat.params.get("count", 1)
    return isinstance(count, int) and count > 1


def _coins(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not any(_bought(scene, beat) for beat in scene.beats):
        yield from _plain(scene, deed)


def _named(prefix: str, key: str) -> Teller:
    def tell(scene: Scene, deed: Deed) -> Iterator[Message]:
        yield scene.message(f"{prefix}.{param(deed.head, key)}", deed.head)

    return tell


def _side(scene: Scene, deed: Deed) -> Iterator[Message]:
    if not any(beat.code == "fight.began" for beat in scene.beats):
        yield scene.message(f"side.{param(deed.head, 'side')}", deed.head)


def _began(scene: Scene, deed: Deed) -> Iterator[Message]:
    turned = (beat for beat in scene.beats if beat.code == "side.changed" and beat.params.get("side") == "foe")
    foes = scene.group(beat.actor for beat in turned)
    yield from (replace(message, roles={"F": foes} if foes else {}) for message in _plain(scene, deed))


def _time(scene: Scene, deed: Deed) -> Iterator[Message]:
    minutes = deed.head.params.get("minutes", 0)
    if isinstance(minutes, int) and minutes > 0:
        yield scene.message("time.passed", deed.head, "long" if minutes >= AN_HOUR else "short")


def _hurt(scene: Scene, deed: Deed) -> Iterator[Message]:
    beat = deed.head
    yield scene.message("damage.none" if beat.params.get("none") else "damage.taken", beat, param(beat, "type"))


def _placed(scene: Scene, deed: Deed) -> Iterator[Message]:
    if scene.place is not None and scene.place.zone:
        yield scene.message("party.placed", deed.head, zone=scene.place.zone)


TELLERS: dict[str, Teller] = {
    "attack.": blows.attack,
    "spell.": blows.spell,
    "condition.": blows.condition,
    "damage.": _hurt,
    "tried.": _tried,
    "moved": _moved,
    "turn.": _turn,
    "said": _said,
    "gesture": _gesture,
    "told": _verbatim,
    "scene.": _verbatim,
    "ending": _verbatim,
    "clue.": _verbatim,
    "quest.": _unless_spoken(_verbatim),
    "feature.": _unless_spoken(_feature),
    "item.": _item,
    "coins.": _unless_spoken(_coins),
    "npc.attitude_changed": _unless_spoken(_named("attitude", "attitude")),
    "side.": _unless_spoken(_side),
    "fight.began": _unless_spoken(_began),
    "fight.ended": _unless_spoken(_plain),
    "party.": _unless_spoken(_placed),
    "time.": _unless_spoken(_time),
    "creature.": _unless_spoken(_plain),
    "save.": _plain,
    "check.": _plain,
    "died": _plain,
    "healed": _plain,
    "temp_hp.": _plain,
    "revived": _plain,
    "concentration.": _plain,
    "death_save.": _plain,
    "rest.": _plain,
    "table.": _plain,
}
"""Who tells of what: a code, or all codes that begin so."""
