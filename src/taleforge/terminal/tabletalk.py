"""What is typed about the table rather than in the tale: seats, whispers, safety, house rules, the host's rights.

Patterns of whole lines, like those of `session`. A line whose name is nobody's at this table is left to the tale: a
goblin can be kicked, too.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Literal, cast

from taleforge.messages.commands import (
    Away,
    Branch,
    CommandData,
    HandOver,
    Hold,
    Kick,
    Leave,
    Ready,
    RollDice,
    SetHouseRule,
    SetPolicy,
    SetSafety,
    Sit,
    Spectate,
    Whisper,
)
from taleforge.terminal.company import addressed, find_seat, seats_lines
from taleforge.terminal.lines import Line, line

if TYPE_CHECKING:
    from taleforge.messages.views import SeatView
    from taleforge.terminal.session import Session
    from taleforge.terminal.words import Words

Act = Callable[["Session", str], "list[Line] | Awaitable[list[Line]] | None"]


def _in_lobby(data: CommandData) -> Act:
    return lambda session, _: session.send(data) if session.view.table.status == "lobby" else None


def _whisper(session: "Session", rest: str) -> Awaitable[list[Line]] | list[Line] | None:
    found = addressed(rest, session.view)
    if found is None:
        return None
    seat, text = found
    return session.send(Whisper(seat.id, text))


def _secret(session: "Session", dice: str) -> Awaitable[list[Line]]:
    return session.send(RollDice(dice, secret=True))


def _kick(session: "Session", name: str) -> Awaitable[list[Line]] | None:
    seat = find_seat(name, session.view)
    return session.send(Kick(seat.id)) if seat else None


def _hand_over(session: "Session", name: str) -> Awaitable[list[Line]] | None:
    seat = find_seat(name, session.view)
    return session.send(HandOver(seat.id)) if seat else None


def _while_away(session: "Session", what: str) -> Awaitable[list[Line]]:
    absent: Literal["companion", "sit_out"] = "sit_out" if what.lower().startswith(("sit", "wait")) else "companion"
    return session.send(SetPolicy(absent=absent))


def _reactions(session: "Session", rest: str) -> Awaitable[list[Line]]:
    *action, how = rest.lower().split()
    chosen = cast('Literal["ask", "always", "never"]', how)
    return session.send(SetPolicy({"_".join(action) or "*": chosen}))


def _safety(session: "Session", _: str) -> list[Line]:
    """Return what the table has agreed on."""
    agreed, words = session.view.safety, session.words
    nothing = words.say("ui/safety_none")
    lines = words.say("ui/safety_lines", list=", ".join(agreed.lines) or nothing)
    veils = words.say("ui/safety_veils", list=", ".join(agreed.veils) or nothing)
    return [line("note", lines), line("note", veils)]


def agreed_lines(view: "SeatView", words: "Words") -> list[Line]:
    """Return what the table has agreed on so far, for whoever comes to it; nothing where that is nothing."""
    agreed = {"ui/agreed_lines": view.safety.lines, "ui/agreed_veils": view.safety.veils}
    return [line("note", words.say(code, list=", ".join(named))) for code, named in agreed.items() if named]


def _bring(session: "Session", name: str) -> Awaitable[list[Line]] | None:
    """Seat a companion that is offered now, by its name or the beginning of it."""
    wanted = name.casefold()
    free = [one for one in session.view.pregens.values() if one.name.casefold().startswith(wanted)]
    offered = [c.command for c in session.menu.choices if isinstance(c.command, Sit) and c.command.companion]
    found = [command for command in offered if command.pregen in {one.id for one in free}]
    return session.send(found[0]) if len(found) == 1 else None


def _lines(session: "Session", rest: str) -> Awaitable[list[Line]]:
    agreed = session.view.safety
    left = _left(rest, agreed.lines)
    return session.send(SetSafety(_named(rest), more=True) if left is None else SetSafety(left, agreed.veils))


def _veils(session: "Session", rest: str) -> Awaitable[list[Line]]:
    agreed = session.view.safety
    left = _left(rest, agreed.veils)
    return session.send(SetSafety(veils=_named(rest), more=True) if left is None else SetSafety(agreed.lines, left))


def _named(rest: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in rest.lstrip("+-").split(",") if part.strip())


def _left(rest: str, known: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what is left of what was agreed: "none" clears, "- spiders" takes away; None for what only adds."""
    if rest.casefold() in {"none", "nothing"}:
        return ()
    if not rest.startswith("-"):
        return None
    gone = {word.casefold() for word in _named(rest)}
    return tuple(word for word in known if word.casefold() not in gone)


def _house_rules(session: "Session", _: str) -> list[Line]:
    words = session.words
    rules = session.view.house_rules.items()
    return [line("note", words.say("ui/house_rule", rule=rule, value=value)) for rule, value in rules]


def _house_rule(session: "Session", rest: str) -> Awaitable[list[Line]]:
    rule, _, value = rest.partition(" ")
    return session.send(SetHouseRule(rule.lower(), value.strip().lower()))


def _branch(session: "Session", at: str) -> Awaitable[list[Line]]:
    return session.send(Branch(int(at or 0)))


def _watch(session: "Session", _: str) -> Awaitable[list[Line]] | None:
    return None if session.view.seat.id in session.view.seats else session.send(Spectate(session.player))


TABLE_WORDS: Final[dict[str, Act]] = {
    "who|seats|players": lambda session, _: seats_lines(session.view, session.words),
    "ready": _in_lobby(Ready()),
    "not ready|unready": _in_lobby(Ready(ready=False)),
    r"(?:bring|take) (?P<rest>.+?)(?: along| with (?:me|us))?": _bring,
    r"(?:w|whisper to|whisper) (?P<rest>.+)": _whisper,
    r"(?:secret roll|roll secretly|secretly roll) (?P<rest>[\d(d].*)": _secret,
    r"(?:kick|send away) (?P<rest>.+)": _kick,
    r"(?:hand over to|make host|host) (?P<rest>.+)": _hand_over,
    "away|brb|afk": lambda session, _: session.send(Away()),
    "here|i am back|i'm back": lambda session, _: session.send(Away(away=False)),
    r"while away:? (?P<rest>companion|play on|play|sit out|wait)": _while_away,
    r"reactions:? (?P<rest>(?:[\w' ]+ )?(?:ask|always|never))": _reactions,
    "safety|lines|veils|lines and veils": _safety,
    r"lines:? (?P<rest>.+)": _lines,
    r"veils:? (?P<rest>.+)": _veils,
    "house rules|rules": _house_rules,
    r"house rule (?P<rest>\w+ \w+)": _house_rule,
    "hold": lambda session, _: session.send(Hold()) if session.view.fight or session.view.gathering else None,
    r"branch(?P<rest>(?: \d{1,9})?)": _branch,
    r"invite(?P<rest>(?: (?:a )?(?:player|spectator|watcher))?)": lambda session, role: session.invite(role),
    "watch": _watch,
    "leave (?:the )?table|stand up from the table": lambda session, _: session.send(Leave()),
}
"""Words about the table, as patterns of the whole line."""
