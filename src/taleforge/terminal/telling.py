"""Events as lines: what the dice said and what changed, beside the narrator's prose.

Works on the plain data of a seat's event, which may lack whatever the seat must not know, and takes all words from the
catalogue. Events that only the program cares about give no line. It never looks at the state of the table.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import Explanation, Roll
from taleforge.terminal.lines import Line, LineKind, capitalised
from taleforge.terminal.numbers import Name, faces_spans, on_dice
from taleforge.terminal.words import Span, Spans, Words, signed

Data = Mapping[str, Any]

SILENT: Final = frozenset({
    "view.changed", "trigger.fired", "flag.set", "map.explored", "turn.ended", "slot.spent", "interaction.tried",
    "decision.opened", "decision.settled", "dice.committed", "dice.entropy", "dice.revealed", "policy.set",
    "party.placed", "told", "said", "encounter.began", "reaction.used", "table.opened", "side.changed",
    "rewind.offered", "rewind.asked",
})  # fmt: skip
"""What has no line of its own: another event, the view, a prompt or the prose tells it better."""

_KINDS: Final[dict[str, LineKind]] = {
    "scene.entered": "scene", "turn.started": "turn", "initiative.rolled": "turn", "fight.ended": "turn",
    "attack.resolved": "dice", "save.made": "dice", "check.made": "dice", "death_save.made": "dice",
    "dice.rolled": "dice", "damage.taken": "dice", "healed": "dice", "table.closed": "ending", "said": "speech",
}  # fmt: skip


class Teller:
    """Tells events in the words of one language. `name` gives the name of a creature by its id."""

    def __init__(self, words: Words, name: Name) -> None:
        self.words = words
        self.name = name

    def tell(self, event: SeatEvent) -> list[Line]:
        """Return the lines of an event; none when another thing on the screen tells it."""
        if event.name in SILENT or _is_routine(event):
            return []
        if not self.words.knows(f"event/{event.name}"):
            self.words.missed[f"event/{event.name}"] += 1
            return [Line("event", self.words.spans("ui/something_happened"), v=event.v)]
        params = self._params(event)
        spans = self.words.spans(f"event/{event.name}", params)
        spans = capitalised(_with_dice(spans, event.d))
        return [Line(_KINDS.get(event.name, "event"), spans, _why(event.d), event.v, stays=_is_aside(event.name))]

    def _params(self, event: SeatEvent) -> dict[str, str | int]:
        """Flatten an event's data into parameters: ids become names, and each event adds what its words need."""
        params = {key: value for key, value in event.d.items() if isinstance(value, str | int)}
        for role in ("crt", "attacker", "target", "source", "to", "by", "seat"):
            if isinstance(event.d.get(role), str):
                params[role] = self.name(event.d[role])
        if event.name in _EXTRA:
            params.update(_EXTRA[event.name](self, event.d))
        return params


def _is_aside(name: str) -> bool:
    """Whether an event is about the table and not the tale."""
    return name.partition(".")[0] in {"seat", "host", "whispered", "safety", "house_rule", "rewind", "table", "dice"}


_SHOWN_BY_EFFECTS: Final = frozenset({"dodge"})
"""Actions of which the effect that they leave tells enough."""


def _is_routine(event: SeatEvent) -> bool:
    """Whether an event is of a kind that is told, but not worth telling this time."""
    data = event.d
    match event.name:
        case "time.passed":
            return data.get("rounds", 0) < 100
        case "moved":
            return not data.get("feet")
        case "turn.spent":
            return (data.get("what") == "free" and not data.get("action")) or data.get("action") in _SHOWN_BY_EFFECTS
        case _:
            return False


def _with_dice(spans: Spans, data: Data) -> Spans:
    """Put the faces of the event's roll where the words have a `dice` piece, or leave the words as they are."""
    roll = _roll(data)
    if roll is None:
        return tuple(span for span in spans if span.style != "dice")
    pieces: list[Span] = []
    for span in spans:
        pieces += faces_spans(roll) if span.style == "dice" else (span,)
    return tuple(pieces)


def _roll(data: Data) -> Roll | None:
    plain = data.get("roll") or _inner(data, "why").get("dice")
    return None if plain is None else msgspec.convert(plain, Roll)


def _why(data: Data) -> Explanation | None:
    plain = data.get("why")
    return None if plain is None else msgspec.convert(plain, Explanation)


def _inner(data: Data, key: str) -> dict[str, Any]:
    """Return the object under a key; an empty one where the seat may not know it."""
    value = data.get(key)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _attack(teller: Teller, data: Data) -> dict[str, str | int]:
    outcome = "hit" if data.get("hit") else "miss"
    if data.get("critical"):
        outcome = "critical"
    elif data.get("natural") == 1:
        outcome = "fumble"
    cover = data.get("cover", "none")
    return {
        "outcome": teller.words.say(f"outcome/{outcome}"),
        "outcome_kind": outcome,
        "action_name": data.get("name") or teller.words.say(f"action/{data.get('action', '')}"),
        "modifier": _modifier(data, data.get("total")),
        "against": _against(teller, data.get("ac")),
        "cover": "" if cover == "none" else ", " + teller.words.say(f"cover/{cover}"),
    }


def _against(teller: Teller, ac: object) -> str:
    return teller.words.say("ui/against_ac", ac=ac) if isinstance(ac, int) else ""


def _modifier(data: Data, total: object) -> str:
    """Return the sum of all that was added to the dice: ` + 5`; empty when nothing was, or no dice are known."""
    roll = _roll(data)
    added = total - on_dice(roll) if roll and isinstance(total, int) else 0
    return f" {_spaced(added)}" if added else ""


def _spaced(value: int) -> str:
    return f"{signed(value)[0]} {abs(value)}"


def _tried(teller: Teller, data: Data) -> dict[str, str | int]:
    """Saves and checks: what was tried, the die, what was added, against which difficulty."""
    total = _inner(data, "why").get("value")
    roll = _roll(data)
    skill = data.get("skill")
    return {
        "what": f"skill/{skill}" if skill else f"ability/{data.get('ability', '')}",
        "total": total if isinstance(total, int) else "",
        "modifier": _modifier(data, total),
        "against": teller.words.say("ui/against_dc", dc=data["dc"]) if data.get("dc") else "",
        "outcome": teller.words.say("outcome/success" if data.get("success") else "outcome/failure"),
        "outcome_kind": "success" if data.get("success") else "failure",
        "rolled": "rolled" if roll else "automatic",
    }


def _damage(teller: Teller, data: Data) -> dict[str, str | int]:
    packets = cast("list[dict[str, Any]]", data.get("packets") or [])
    dealt = teller.words.say("ui/and").join(_packet(teller, packet) for packet in packets)
    return {
        "dealt": dealt or teller.words.say("ui/damage", amount=data.get("amount", 0)),
        "left": teller.words.say("ui/hp_left", hp=data["hp"]) if isinstance(data.get("hp"), int) else "",
    }


def _packet(teller: Teller, packet: dict[str, Any]) -> str:
    kind = teller.words.say(f"damage/{packet['type']}")
    said = teller.words.say("ui/damage_of", amount=packet["amount"], kind=kind)
    change = packet.get("change")
    return f"{said} ({teller.words.say(f'change/{change}')})" if change else said


def _healing(teller: Teller, data: Data) -> dict[str, str | int]:
    return {"left": teller.words.say("ui/hp_left", hp=data["hp"]) if isinstance(data.get("hp"), int) else ""}


def _cast(teller: Teller, data: Data) -> dict[str, str | int]:
    targets = cast("list[str]", data.get("targets") or [])
    at = "" if targets == [data.get("crt")] else ", ".join(map(teller.name, targets))
    return {"at": f" → {at}" if at else "", "is_spell": "yes" if data.get("slot") or data.get("level") else "no"}


def _effect(teller: Teller, data: Data) -> dict[str, str | int]:
    """Effects: a condition is said as what somebody is, anything else by its name."""
    effect = _inner(data, "effect")
    key = effect.get("key") or data.get("key") or ""
    conditions = effect.get("conditions") or ([key] if key in teller.words.entries("condition") else [])
    said = teller.words.say("ui/and").join(teller.words.say(f"condition/{name}") for name in conditions)
    return {
        "effect": said or data.get("name") or teller.words.say(f"effect/{key}"),
        "sort": "condition" if conditions else "concentration" if key == "concentration" else "effect",
        "because": f" ({data['name']})" if conditions and data.get("name") else "",
    }


def _moved(_: Teller, data: Data) -> dict[str, str | int]:
    return {"kind": data.get("kind", "walk")}


def _spent(teller: Teller, data: Data) -> dict[str, str | int]:
    return {"done": teller.words.say(f"action/{data.get('action', '')}")}


def _initiative(teller: Teller, data: Data) -> dict[str, str | int]:
    totals = {entry["crt"]: entry["total"] for entry in data.get("entries") or ()}
    order = ", ".join(f"{teller.name(crt)} {totals.get(crt, '')}".strip() for crt in data.get("order") or ())
    return {"order": order}


def _death_save(teller: Teller, data: Data) -> dict[str, str | int]:
    return {
        "so_far": teller.words.say(
            "ui/death_saves", successes=data.get("successes", 0), failures=data.get("failures", 0)
        )
    }


def _rolled(teller: Teller, data: Data) -> dict[str, str | int]:
    roll = _inner(data, "roll")
    about = f" ({data['reason']})" if data.get("reason") else ""
    who = {} if data.get("crt") else {"crt": teller.words.say("ui/someone")}
    return {"total": roll.get("total", ""), "expr": roll.get("expr", ""), "about": about, **who}


def _time(_: Teller, data: Data) -> dict[str, str | int]:
    return {"minutes": round(data.get("rounds", 0) / 10)}


def _scene(_: Teller, data: Data) -> dict[str, str | int]:
    return {"place": _inner(data, "scene").get("name") or data.get("name", "")}


def _coins(teller: Teller, data: Data) -> dict[str, str | int]:
    return {"money": money(data.get("amount", 0), teller.words), "way": "to" if data.get("to") else "from"}


def _item(teller: Teller, data: Data) -> dict[str, str | int]:
    count = data.get("count", 1)
    owner = data.get("to") or data.get("source") or ""
    return {
        "thing": data.get("name", "") if count == 1 else f"{count} × {data.get('name', '')}",
        "way": "from" if not data.get("to") else "to" if str(data["to"]).startswith("crt_") else "put",
        "owner": teller.name(owner) if owner else "",
    }


def _joined_in(teller: Teller, data: Data) -> dict[str, str | int]:
    crt = _inner(data, "creature").get("id") or data.get("crt", "")
    return {"crt": data.get("name") or teller.name(crt)}


def _seat(_: Teller, data: Data) -> dict[str, str | int]:
    character = _inner(data, "character")
    name = data.get("name", "")
    who = character.get("name") or _inner(character, "sheet").get("name") or name
    how = data.get("role") if data.get("role") in {"companion", "spectator"} else "as" if who != name else "self"
    return {"who": who, "how": how or ""}


def _agreed(teller: Teller, data: Data) -> dict[str, str | int]:
    nothing = teller.words.say("ui/safety_none")
    return {kind: ", ".join(map(str, data.get(kind) or ())) or nothing for kind in ("lines", "veils")}


def _rewind(_: Teller, data: Data) -> dict[str, str | int]:
    stay, silent = data.get("choice") == "stay", data.get("how") == "default"
    return {"way": "_".join((*("silent",) * silent, *("stay",) * stay))}


def _planned(_: Teller, data: Data) -> dict[str, str | int]:
    return {"whose": "mine" if data.get("mine") else "other"}


def _undone(teller: Teller, data: Data) -> dict[str, str | int]:
    return {"reason": teller.words.say(str(data.get("code", "")), data.get("params") or {})}


def _gathered(teller: Teller, data: Data) -> dict[str, str | int]:
    late = cast("list[str]", data.get("late") or [])  # seats, as the event has them
    return {"how": "late" if late else "all", "names": ", ".join(map(teller.name, late))}


_EXTRA: Final[dict[str, Callable[[Teller, Data], dict[str, str | int]]]] = {
    "attack.resolved": _attack, "save.made": _tried, "check.made": _tried, "damage.taken": _damage,
    "healed": _healing, "spell.cast": _cast, "condition.gained": _effect, "condition.lost": _effect, "moved": _moved,
    "turn.spent": _spent, "initiative.rolled": _initiative, "death_save.made": _death_save, "dice.rolled": _rolled,
    "time.passed": _time, "scene.entered": _scene, "coins.moved": _coins, "item.moved": _item,
    "creature.joined": _joined_in, "seat.taken": _seat, "rewind.chosen": _rewind,
    "safety.changed": _agreed, "deed.planned": _planned, "deed.done": _undone, "gathering.closed": _gathered,
}  # fmt: skip


def money(copper: int, words: Words) -> str:
    """Return an amount of money in gold, silver and copper pieces."""
    gold, rest = divmod(abs(copper), 100)
    silver, left = divmod(rest, 10)
    parts = [
        words.say(f"coin/{name}", count=n) for name, n in (("gold", gold), ("silver", silver), ("copper", left)) if n
    ]
    return " ".join(parts) or words.say("coin/copper", count=0)
