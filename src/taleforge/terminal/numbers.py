"""Numbers in words: rolls with the fate of every face, odds as percent, and the answer to "Why?".

Reads only what the table sent; it knows no rule.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeGuard

from taleforge.messages.views import Cost, DamageOdds, Explanation, Odds, Option, Roll
from taleforge.terminal.lines import Line, joined, line
from taleforge.terminal.words import Params, Span, Spans, Words, signed

Face = tuple[int, int, str]
Name = Callable[[str], str]
"""From a creature's id to its name."""

_MARKS = {"dropped": "({})", "rerolled": "{}»", "exploded": "{}!", "raised": "{}↑", "lowered": "{}↓"}
_FAINT = frozenset({"dropped", "rerolled"})
_SUBTRACTED = re.compile(r"-\s*\d*d(\d+)")


def faces_spans(roll: Roll) -> Spans:
    """Return the faces of a roll by kind of die, `d20 14 (3) + d4 2`; a mark says what became of a face."""
    pieces: list[Span] = []
    sides, subtracted = 0, _subtracted(roll)
    for face in roll.faces:
        if face[0] != sides:
            sides = face[0]
            sign = f" {'−' if sides in subtracted else '+'} " if pieces else ""
            pieces.append(Span(f"{sign}d{sides}", "faint"))
        pieces.append(Span(" " + shown_face(face), "faint" if face[2] in _FAINT else "number"))
    return tuple(pieces)


def on_dice(roll: Roll) -> int:
    """Return what the faces of a roll come to that count."""
    subtracted = _subtracted(roll)
    counted = ((-face if sides in subtracted else face) for sides, face, fate in roll.faces if fate not in _FAINT)
    return sum(counted)


def _subtracted(roll: Roll) -> frozenset[int]:
    """Return the kinds of dice that a roll takes off."""
    return frozenset(map(int, _SUBTRACTED.findall(roll.expr)))


def shown_face(face: Face) -> str:
    """Return a face with the mark of its fate."""
    return _MARKS.get(face[2], "{}").format(face[1])


def fates_text(roll: Roll, words: Words) -> list[str]:
    """Return what became of the faces, one line for each fate."""
    by_fate: dict[str, list[str]] = {}
    for sides, face, fate in roll.faces:
        by_fate.setdefault(fate, []).append(f"{face} (d{sides})")
    return [f"{words.say(f'fate/{fate}')}: {', '.join(faces)}" for fate, faces in by_fate.items()]


def percent(chance: float) -> str:
    """Return a chance in whole percent; what is possible is never 0, what is uncertain never 100."""
    if 0 < chance < 0.005:
        return "<1 %"
    if 0.995 < chance < 1:
        return ">99 %"
    return f"{chance * 100:.0f} %"


def odds_text(odds: Odds | None, words: Words) -> str:
    """Return the odds of something as the list of options shows them; empty when there are none."""
    if odds is None:
        return ""
    chance = next((c for c in (odds.hit, odds.success) if c is not None), None)
    about = "" if odds.known == "exact" else "~"
    parts: list[str] = []
    if chance is not None:
        parts.append(about + percent(chance))
    if odds.save is not None:
        parts.append(words.say("ui/saves", chance=about + percent(odds.save)))
    if odds.damage is not None and odds.damage.max > 0:
        parts.append(damage_text(odds.damage))
    return " · ".join(parts)


def damage_text(damage: DamageOdds) -> str:
    """Return damage as `4–11`, or as one number when it cannot vary."""
    return str(damage.max) if damage.min == damage.max else f"{damage.min}–{damage.max}"


def odds_range(option: Option, words: Words) -> str:
    """Return an option's own odds, or the span over its targets: `45–72 %`."""
    if option.odds is not None:
        return odds_text(option.odds, words)
    known = [target.odds for target in option.targets if target.odds is not None]
    if len(known) <= 1:
        return odds_text(known[0], words) if known else ""
    chances = sorted(c for odds in known for c in (odds.hit, odds.success) if c is not None)
    if not chances or percent(chances[0]) == percent(chances[-1]):
        return odds_text(known[0], words)
    return f"{percent(chances[0]).removesuffix(' %')}–{percent(chances[-1])}"


def cost_text(cost: Cost, words: Words) -> str:
    """Return what an option uses up, in short; empty when it costs nothing."""
    names = ("action", "bonus", "reaction")
    parts = [words.say(f"cost/{name}") for name in names if getattr(cost, name)]
    if cost.movement:
        parts.append(words.say("cost/movement", feet=cost.movement))
    if any(cost.slots):
        parts.append(words.say("cost/slots", levels="/".join(map(str, cost.slots))))
    return ", ".join(parts)


def explained(why: Explanation, words: Words, name: Name) -> list[Line]:
    """Return the whole answer to "Why?": every part with its source and rule, the faces, and where in the stream."""
    title = words.say("ui/why_title", value=why.value, kind=words.say(f"why/{why.kind}"))
    values = [_summand(part.source.code, part.value) for part in why.parts]
    width = max(map(len, values), default=0)
    lines = [line("note", title, "strong")]
    for value, part in zip(values, why.parts, strict=True):
        rule = f" ({words.say(f'rule/{part.rule}')})" if part.rule else ""
        source = words.say(part.source.code, named(part.source.params, name)) + rule
        lines.append(Line("note", (Span(f"  {value:>{width}}  ", "number"), Span(source))))
    if why.dice is not None:
        faces = joined(faces_spans(why.dice))
        said = words.say("ui/why_dice", expr=why.dice.expr, faces=faces, nonce=why.dice.nonce)
        lines.append(line("note", said, "faint"))
    return lines


def _summand(code: str, value: int) -> str:
    """Return what a part adds; nothing for a mere reason."""
    if code.startswith("roll/"):
        return str(value)
    return signed(value) if value else ""


def named(params: Params, name: Name) -> dict[str, str | int]:
    """Return parameters with the names of creatures in place of their ids."""
    return {key: name(value) if _is_creature(value) else value for key, value in params.items()}


def _is_creature(value: str | int) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith("crt_")


def odds_lines(text: str, chances: Sequence[tuple[str, Odds]], words: Words) -> list[Line]:
    """Return what the odds of a choice are made of, one line for each target."""
    lines = [line("note", words.say("ui/odds_title", choice=text), "strong")]
    for target, odds in chances:
        figures = [
            words.say(f"odds/{name}", chance=percent(chance))
            for name in ("hit", "crit", "success", "save")
            if (chance := getattr(odds, name)) is not None
        ]
        if odds.damage is not None:
            least, most = odds.damage.min, odds.damage.max
            figures.append(words.say("odds/damage", least=least, most=most, mean=f"{odds.damage.mean:.1f}"))
        figures.append(words.say(f"odds/{odds.known}"))
        lines.append(line("note", (f"  {target}: " if target else "  ") + ", ".join(figures)))
    return lines if chances else [line("note", words.say("ui/no_odds", choice=text))]
