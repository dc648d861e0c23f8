"""One player's evening: what is typed becomes a command or a look at the view, what is heard becomes lines.

Both clients are faces of this. It keeps what has been told, so that any roll can still be asked "Why?", and where the
player stands in the menus. It never judges what is allowed and never changes the view itself.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from taleforge.client.updates import Back, Happened, Lost, Other, Replied, Synced, Told, Update
from taleforge.errors import TaleforgeError
from taleforge.messages.brief import Prose
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    Ack,
    Answer,
    Ask,
    CommandData,
    Do,
    EndTurn,
    Move,
    Pause,
    Refused,
    Resume,
    RollDice,
    Say,
    SetPolicy,
    Undo,
    XCard,
)
from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import Explanation, SeatView
from taleforge.terminal import sights
from taleforge.terminal.choices import Chooser, Menu, aims_at_cell
from taleforge.terminal.company import seats_lines, waiting_lines
from taleforge.terminal.door import Door
from taleforge.terminal.lines import Line, line
from taleforge.terminal.numbers import explained, named, odds_lines
from taleforge.terminal.squares import cell_of
from taleforge.terminal.tabletalk import TABLE_WORDS, Act, agreed_lines
from taleforge.terminal.telling import Teller
from taleforge.terminal.words import Words, capital

LONGEST: Final = 2000
"""Characters of one line of input that are sent on; the table has its own limit."""
RECALLED: Final = 4
"""Pieces of prose that are told again to somebody who comes back."""
_NUMBERS: Final = re.compile(r"\d{1,3}(?:[ ,]+\d{1,3})*")
_STRANGE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ufffd\ud800-\udfff]")


class Names:
    """The names of everybody and everything a seat has ever known, so that the dead can still be spoken of."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._known: dict[str, str] = {}
        self._learned: SeatView | None = None

    def learn(self, view: SeatView) -> None:
        """Take in the names of a view; a creature that has got another name is called by it from now on."""
        if view is self._learned:
            return
        self._learned = view
        if view.you is not None:
            self._known[view.you.id] = view.you.name
        self._known.update((other.id, other.name) for other in view.others.values())
        self._known.update((seat.id, seat.name) for seat in view.seats.values())
        if view.scene is not None:
            self._known.update((feature.id, feature.name) for feature in view.scene.features.values())

    def name(self, crt: str) -> str:
        """Return a name; somebody never seen is "someone"."""
        return self._known.get(crt) or self._words.say("ui/someone")


def paragraphs(prose: Prose) -> list[Line]:
    """Return prose as one line for each paragraph; line breaks inside one are the narrator's, not ours."""
    parts = (" ".join(part.split()) for part in prose.text.split("\n\n"))
    return [line("prose", part, v=prose.v) for part in parts if part]


class Session:
    """A seat and its player. `ended` is set when the player wants to leave.

    Args:
        door: The seat.
        words: The player's language.
        fresh: Whether play has only just begun, so that the table itself will tell where the party is.
        player: The player's name, for who comes to the table only now.
    """

    def __init__(self, door: Door, words: Words, *, fresh: bool = False, player: str = "") -> None:
        self._fresh = fresh
        self.player = player
        self.door = door
        self.updates = door.updates()
        self.words = words
        self.chooser = Chooser(words, self.name, player)
        self.story: list[Line] = []
        self.rolls: list[tuple[Line, Explanation]] = []
        self.ended = False
        self._names = Names(words)
        self._written = ""
        self._happened = self._told = 0
        self._teller = Teller(words, self.name)

    @property
    def view(self) -> SeatView:
        """What the seat knows now."""
        return self.door.view

    def opening(self) -> list[Line]:
        """Return where the party is, for somebody who comes in while the tale is under way; before it, who is here."""
        if self.view.table.status == "lobby":
            return [
                line("note", self.words.say("ui/lobby")),
                *agreed_lines(self.view, self.words),
                *seats_lines(self.view, self.words),
            ]
        return [] if self._fresh else sights.place_lines(self.view, self.words)

    @property
    def menu(self) -> Menu:
        """What can be picked now."""
        return self.chooser.menu(self.view)

    @property
    def untold(self) -> bool:
        """Whether something has happened that prose may still come for."""
        return self._happened > self._told

    @property
    def telling(self) -> Line:
        """The prose that is being written at this moment."""
        return line("prose", self._written)

    def name(self, crt: str) -> str:
        """Return the name of a creature, also of one that is gone; somebody never seen is "someone"."""
        self._names.learn(self.view)
        return self._names.name(crt)

    # ------------------------------------------------------------ hearing

    def hear(self, update: Update) -> list[Line]:
        """Return the lines that an update gives, and remember them."""
        match update:
            case Happened(event=event):
                return self._hear_of(event, went_back(update))
            case Told(prose=prose):
                self._written = ""
                self._told = max(self._told, prose.v)
                return self._keep(paragraphs(prose))
            case Other(kind="prose.delta", data=data):
                self._write_on(str(data.get("text", "")), begins=not data.get("i"))
                return []
            case Synced(prose=prose):
                self._written = ""
                return self._missed(prose)
            case Lost(reason=reason, final=final):
                return self._cut_off(reason, final=final)
            case Back():
                return [line("note", self.words.say("ui/back"))]
            case Replied(reply=Refused() | Ask() as reply, unasked=True):
                return self._answered(reply)
            case _:  # a fresh view, a question, an answer: they show by themselves
                return []

    def _hear_of(self, event: SeatEvent, to: int | None) -> list[Line]:
        """Return what is told of an event, after which the table is back at version `to` if that is given."""
        self._happened = max(self._happened, event.v)
        self._names.learn(self.view)
        if to is not None:
            self._forget(to)
        if _is_own_readiness(event, self.view):
            return waiting_lines(self.view, self.words)
        return self._keep(self._teller.tell(event))

    def _forget(self, to: int) -> None:
        """What was told since a version that the table went back to is not shown again; rolls stay rolled."""
        self._written = ""
        self.story = [told for told in self.story if told.stands(to)]

    def _write_on(self, text: str, *, begins: bool) -> None:
        """Take in a piece of a story; one whose beginning was not heard is not shown until all of it is there."""
        if begins or self._written:
            self._written = text if begins else self._written + text

    def _cut_off(self, reason: str, *, final: bool) -> list[Line]:
        """Return what is said of a connection that is lost; what comes next of a story may be missed."""
        self._written = ""
        if final:
            self.chooser.bar()
        return [line("note", self.words.say("ui/barred" if final else "ui/lost", reason=reason))]

    def _missed(self, prose: Sequence[Prose]) -> list[Line]:
        """Return what was told while nobody listened: the last of it for somebody who comes back."""
        missed = [one for one in prose if one.v > self._told][-RECALLED:]
        if missed:
            self._told = missed[-1].v
        return self._keep([told for one in missed for told in paragraphs(one)])

    def _keep(self, lines: list[Line]) -> list[Line]:
        self.story += lines
        self.rolls += [(told, told.why) for told in lines if told.why is not None]
        return lines

    def number_of(self, told: Line) -> int:
        """Return the number by which a line's roll can be asked about, 0 when it has none."""
        return next((at for at, (known, _) in enumerate(self.rolls, 1) if known is told), 0)

    # ------------------------------------------------------------ speaking

    async def enter(self, text: str) -> list[Line]:
        """Do what a typed line says: pick a number, follow a word of the program, or try it in the player's words."""
        text = text.strip()
        if not text:
            return []
        if trouble := self._unreadable(text):
            return self._note(trouble)
        if _NUMBERS.fullmatch(text):
            return await self._pick([int(number) for number in re.findall(r"\d+", text)])
        if (answered := await self._follow(text)) is not None:
            return answered
        if (cell := cell_of(text)) is not None:
            return await self.go(cell)
        return await self.send(Do(text))

    def _unreadable(self, text: str) -> str:
        if _STRANGE.search(text):
            return self.words.say("ui/not_text")
        if len(text) > LONGEST:
            return self.words.say("ui/too_long", size=len(text), limit=LONGEST)
        return ""

    async def _follow(self, text: str) -> list[Line] | None:
        """Follow one of the program's own words; None when it is none of them."""
        text = text.removeprefix("/")
        for pattern, act in _FOLLOWED:
            if found := pattern.fullmatch(text):
                done = act(self, (found["rest"] or "").strip())
                if done is not None:
                    return await done if isinstance(done, Awaitable) else done
        return None

    async def _pick(self, numbers: list[int]) -> list[Line]:
        try:
            command = self.chooser.pick(numbers, self.view)
        except IndexError as error:
            return self._note(self.words.say("ui/no_number", number=str(error), last=len(self.menu.choices)))
        return [] if command is None else await self.send(command)

    async def go(self, cell: tuple[int, int]) -> list[Line]:
        """Go to a cell, or aim at it when something is being aimed."""
        aim = self.menu.aim
        if aim is not None and aims_at_cell(aim.option):
            command = self.chooser.aim_at(f"{cell[0]},{cell[1]}")
            return [] if command is None else await self.send(command)
        return await self.send(Move(cell))

    async def send(self, data: CommandData) -> list[Line]:
        """Send a command; an answer other than "done" becomes lines and, where it offers choices, a menu."""
        try:
            reply = await self.door.send(data, self.view.fight.turn if self.view.fight else None)
        except TaleforgeError as error:
            return self._keep([line("refusal", str(error))])
        return self._done(data, reply) if isinstance(reply, Ack) else self._answered(reply)

    def _answered(self, reply: Refused | Ask) -> list[Line]:
        """Return the lines of an answer other than "done"; what it offers becomes a menu."""
        if isinstance(reply, Refused):
            return self._refused(reply)
        question = self.words.say(reply.question.code, named(reply.question.params, self.name))
        self.chooser.ask(question, reply.choices, reply.re)
        return self._keep([line("question", question)])

    def _done(self, data: CommandData, reply: Ack) -> list[Line]:
        self.chooser.cancel()
        if isinstance(data, Answer) and self.chooser.answered(data, self.view):
            return self._note(self.words.say("ui/answered"))
        if reply.heard is not None:
            heard = reply.heard.label or self.words.say(reply.heard.code or "choice/other", reply.heard.params)
            return self._note(self.words.say("ui/heard", what=capital(heard)))
        return self._note(self.words.say(told)) if (told := _TOLD.get(type(data))) else []

    async def invite(self, role: str) -> list[Line]:
        """Return how somebody else comes to this table, to play or only to watch."""
        watching = role.endswith(("spectator", "watcher"))
        try:
            way = await self.door.invite("spectator" if watching else "player")
        except TaleforgeError as error:
            return self._note(str(error))
        return self._note(self.words.say("ui/invite_watch" if watching else "ui/invite", way=way))

    def _refused(self, reply: Refused) -> list[Line]:
        if reply.code == Code.INTERPRET_SHOW:
            return self.look(str(reply.params.get("what", "")))
        if reply.code == Code.INTERPRET_HELP:
            return self.help()
        said = self.words.say(reply.code, named(reply.params, self.name))
        if reply.choices:
            self.chooser.ask(self.words.say("ui/instead"), reply.choices)
        else:
            self.chooser.cancel()
        return self._keep([line("refusal", said)])

    def look(self, what: str) -> list[Line]:
        """Return a part of the view in words; the place when there is no such part."""
        return _SHOWN.get(what, sights.place_lines)(self.view, self.words)

    # ------------------------------------------------------------ looking

    def _note(self, text: str) -> list[Line]:
        return [line("note", text)]

    def help(self) -> list[Line]:
        """Return what can be typed."""
        return [line("note", self.words.say(f"help/{name}")) for name in self.words.entries("help")]

    def options(self) -> list[Line]:
        """Return all that can be picked now; what was being asked or aimed is forgotten."""
        self.chooser.cancel()
        self.chooser.reconsider()
        return sights.menu_lines(self.menu, self.words)

    def log(self) -> list[Line]:
        """Return the last rolls, with the numbers to ask about them."""
        shown = list(enumerate(self.rolls, 1))[-20:]
        return [line("dice", f"[{number}] {told.text}") for number, (told, _) in shown] or self._note(
            self.words.say("ui/why_nothing")
        )

    def why(self, asked: str) -> list[Line]:
        """Return the answer to "Why?" about the last roll, a numbered one, an option's odds, or the armour class."""
        word, _, number = asked.lower().partition(" ")
        if word == "option":
            return self._why_option(int(number))
        why = self._explanation(word)
        if why is not None:
            return explained(why, self.words, self.name)
        code = "ui/why_unknown" if self.rolls or asked else "ui/why_nothing"
        return self._note(self.words.say(code, number=asked))

    def _explanation(self, asked: str) -> Explanation | None:
        if not asked:
            return self.rolls[-1][1] if self.rolls else None
        if asked.isdecimal():
            return self.rolls[int(asked) - 1][1] if 0 < int(asked) <= len(self.rolls) else None
        if asked == "ac":
            return self.view.you.ac if self.view.you else None
        return None

    def _why_option(self, number: int) -> list[Line]:
        choices = self.menu.choices
        if not 0 < number <= len(choices):
            return self._note(self.words.say("ui/no_number", number=number, last=len(choices)))
        choice = choices[number - 1]
        if choice.why is not None:
            return explained(choice.why, self.words, self.name)
        return odds_lines(choice.text, choice.chances, self.words)

    def leave(self) -> list[Line]:
        """End this sitting; the table stays as it is."""
        self.ended = True
        return []

    def back(self) -> list[Line]:
        """Go back from a question or an aim to the whole list of options."""
        self.chooser.cancel()
        return []

    def saved(self) -> list[Line]:
        """Say that nothing needs saving, and how to come back."""
        return self._note(self.words.say("ui/saved", again=self.door.again))


_TOLD: Final[dict[type, str]] = {SetPolicy: "ui/policy_set"}
"""What is said of commands that no event tells of."""


def went_back(update: Update) -> int | None:
    """Return the version that the table went back to, if an update tells so."""
    if isinstance(update, Happened) and update.event.name == "table.rewound":
        to = update.event.d.get("to")
        return to if isinstance(to, int) else None
    return None


def _is_own_readiness(event: SeatEvent, view: SeatView) -> bool:
    """Whether an event only tells a player that they are ready, which they said themselves."""
    return event.name == "seat.ready" and event.d.get("seat") == view.seat.id


_SHOWN: Final[dict[str, Callable[[SeatView, Words], list[Line]]]] = {
    "look": sights.place_lines,
    "map": sights.map_lines,
    "where": sights.where_lines,
    "party": sights.party_lines,
    "order": sights.order_lines,
    "journal": sights.journal_lines,
    "sheet": sights.sheet_lines,
}
_WORDS: Final[dict[str, Act]] = {
    **TABLE_WORDS,
    "(?P<rest>look|map|where|party|order|journal|sheet)": lambda session, what: session.look(what.lower()),
    "options": lambda session, _: session.options(),
    "log|rolls": lambda session, _: session.log(),
    "save|saves": lambda session, _: session.saved(),
    r"help|\?\?|commands": lambda session, _: session.help(),
    "back": lambda session, _: session.back(),
    "quit": lambda session, _: session.leave(),
    r"(?:why|\?)(?P<rest> ?(?:\d+|ac|option \d+)?)": lambda session, rest: session.why(rest),
    r"undo(?P<rest>(?: \d{1,3})?)": lambda session, rest: session.send(Undo(int(rest or 1))),
    "u": lambda session, _: session.send(Undo()),
    "x|xcard|x-card": lambda session, _: session.send(XCard()),
    "pause": lambda session, _: session.send(Pause()),
    "resume": lambda session, _: session.send(Resume()),
    "end|end turn": lambda session, _: session.send(EndTurn()),
    r"say (?P<rest>.+)": lambda session, rest: session.send(Say(rest)),
    r"roll (?P<rest>[\d(d].*)": lambda session, rest: session.send(RollDice(rest)),
}
"""The program's own words, as patterns of the whole line; everything else typed is the player's own words."""
_FOLLOWED: Final = tuple(
    (re.compile(pattern if "(?P<rest>" in pattern else f"(?:{pattern})(?P<rest>)", re.IGNORECASE), act)
    for pattern, act in _WORDS.items()
)
