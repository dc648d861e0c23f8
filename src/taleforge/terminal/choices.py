"""What the player can pick by number: decisions, questions, options and the targets and slots they need, as one menu.

Both clients show the same menu and pick from it in the same way. It only arranges what the view offers; whether a
choice is allowed is the table's business.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages.commands import (
    Answer,
    AnswerChoice,
    CommandData,
    Do,
    Ready,
    Sit,
    Spectate,
    UseOption,
)
from taleforge.messages.views import DecisionView, Explanation, Odds, Option, SeatView, Target
from taleforge.terminal.numbers import Name, cost_text, named, odds_range, odds_text
from taleforge.terminal.squares import feet_between, square
from taleforge.terminal.words import Words, capital

MenuKind = Literal["options", "decision", "question", "slots", "targets"]
FIGHTING = ("attack", "spell", "feature", "basic", "interaction", "talk", "item", "move", "turn", "rest", "exit")
EXPLORING = ("talk", "interaction", "item", "move", "exit", "rest", "feature", "spell", "basic", "attack", "turn")
"""In which order the kinds of options are shown, in a fight and in peace: what is most likely wanted first."""


class Aim(Struct, frozen=True):
    """An option that has been picked but not yet aimed."""

    option: Option
    slot: int = 0
    targets: tuple[str, ...] = ()


class Choice(Struct, frozen=True):
    """One numbered line of a menu. It is a whole command, or leads to a further question by its aim.

    `chances` are the odds of it by target, for the question "Why?".
    """

    text: str
    odds: str = ""
    cost: str = ""
    group: str = ""
    command: CommandData | None = None
    aim: Aim | None = None
    why: Explanation | None = None
    chances: tuple[tuple[str, Odds], ...] = ()
    default: bool = False


class Menu(Struct, frozen=True):
    """What can be picked now, numbered from 1. `aim` is what the targets or slots are for."""

    kind: MenuKind
    title: str
    choices: tuple[Choice, ...]
    aim: Aim | None = None

    @property
    def grouped(self) -> Iterator[tuple[str, list[tuple[int, Choice]]]]:
        """The choices with their numbers, by heading, in order."""
        heading, members = "", list[tuple[int, Choice]]()
        for number, choice in enumerate(self.choices, 1):
            if choice.group != heading and members:
                yield heading, members
                members = []
            heading = choice.group
            members.append((number, choice))
        if members:
            yield heading, members


class Chooser:
    """Where the player stands in the menus: at the top, in a question put back to them, or aiming an option."""

    def __init__(self, words: Words, name: Name, player: str = "") -> None:
        self._words = words
        self._name = name
        self._player = player
        self._given = self._seen = ""
        self._barred = False
        self._asked: Menu | None = None
        self._aim: Aim | None = None

    @property
    def busy(self) -> bool:
        """Whether `cancel` would go back to the whole list of options."""
        return self._asked is not None or self._aim is not None

    def ask(self, title: str, choices: Sequence[AnswerChoice], question: str = "") -> None:
        """Put a question of the table before everything else: an `ask` by its id, or a refusal's choices."""
        self._aim = None
        self._asked = Menu("question", title, tuple(self._answer_choice(choice, question) for choice in choices))

    def cancel(self) -> None:
        """Forget what was being asked or aimed."""
        self._asked = self._aim = None

    def menu(self, view: SeatView) -> Menu:
        """Return what can be picked now."""
        if self._barred:
            return Menu("options", self._words.say("ui/menu_barred"), ())
        decision = next((one for one in view.decisions if one.id != self._given), None)
        if decision is not None and decision.id != self._seen:
            self._seen = decision.id
            self.cancel()  # what waits for everybody goes before what one was about to do
        if self._aim is not None:
            return self._aiming(self._aim, view)
        if self._asked is not None:
            return self._asked
        if decision is not None:
            return self._deciding(decision)
        if view.decisions:
            return Menu("options", self._words.say("ui/menu_answered"), ())
        if seating := seating_choices(view, self._words, self._player):
            return Menu("options", self._words.say("ui/menu_seating"), seating)
        return self._options(view)

    def answered(self, answer: Answer, view: SeatView) -> bool:
        """Put away a question that others have to answer too; whether it was one, and is still open."""
        mine = next((one for one in view.decisions if one.id == answer.decision), None)
        if mine is None or mine.kind != "safety":
            return False
        self._given = mine.id
        return True

    def bar(self) -> None:
        """Offer nothing any more: this seat is not wanted."""
        self._barred = True

    def reconsider(self) -> None:
        """Bring a question back that has been answered."""
        self._given = ""

    def pick(self, numbers: Sequence[int], view: SeatView) -> CommandData | None:
        """Pick lines by number, each leading on from the one before; None when more is to be chosen.

        Raises:
            IndexError: the menu has no such number.
        """
        command: CommandData | None = None
        for number in numbers:
            choices = self.menu(view).choices
            if not 1 <= number <= len(choices):
                raise IndexError(number)
            command = self.take(choices[number - 1])
        return command

    def take(self, choice: Choice) -> CommandData | None:
        """Pick one choice; None when it needs to be aimed first."""
        if choice.aim is None:
            self.cancel()
            return choice.command
        self._asked = None
        self._aim = choice.aim
        return self._whole(choice.aim)

    def aim_at(self, target: str) -> CommandData | None:
        """Add a target (a creature's id, or a cell as "column,row") to what is being aimed."""
        assert self._aim is not None
        return self.take(Choice("", aim=replace(self._aim, targets=(*self._aim.targets, target))))

    def _whole(self, aim: Aim) -> CommandData | None:
        """Return the command once nothing is left to choose."""
        option = aim.option
        slots = [level for level in option.cost.slots if level]
        if slots and not aim.slot:
            return self.take(Choice("", aim=replace(aim, slot=slots.pop()))) if len(slots) == 1 else None
        if option.pick and len(option.targets) == 1:
            (only,) = option.targets
            aim = replace(aim, targets=(only.id,))
        elif len(aim.targets) < option.pick:
            return None
        self.cancel()
        return _use(aim)

    # ------------------------------------------------------------ menus

    def _options(self, view: SeatView) -> Menu:
        kinds = FIGHTING if view.fight is not None else EXPLORING
        ordered = sorted(view.options, key=lambda option: _place(option.kind, kinds))
        choices = [self._option_choice(option) for option in ordered]
        title = "ui/menu_options" if choices or view.fight is None else "ui/menu_others"
        title = "ui/menu_paused" if view.table.status == "paused" else title
        return Menu("options", self._words.say(title), tuple(self._told_apart(choices)))

    def _told_apart(self, choices: Sequence[Choice]) -> Iterator[Choice]:
        """Say of choices that read the same how far each reaches: an axe can be swung or thrown."""
        texts = Counter(choice.text for choice in choices)
        for choice in choices:
            if texts[choice.text] > 1 and choice.aim is not None:
                text = self._words.say("ui/reaching", text=choice.text, feet=choice.aim.option.range)
                yield replace(choice, text=text)
            else:
                yield choice

    def _option_choice(self, option: Option) -> Choice:
        words = self._words
        text = option.label or capital(words.say(option.code, option.params))
        if len(option.targets) == 1 and option.pick and option.label is None:
            text = words.say("ui/at_target", text=text, target=next(iter(option.targets)).name)
        elif option.pick:
            text += " …"
        odds, cost = odds_range(option, words), cost_text(option.cost, words)
        return Choice(text, odds, cost, option.kind, aim=Aim(option), why=option.why, chances=_chances(option))

    def _deciding(self, decision: DecisionView) -> Menu:
        params = named(decision.params, self._name)
        choices = tuple(
            Choice(
                capital(choice.label or self._words.say(choice.code, {**params, **named(choice.params, self._name)})),
                cost=self._words.say("ui/default") if choice.id == decision.default else "",
                command=Answer(decision.id, choice.id),
                default=choice.id == decision.default,
            )
            for choice in decision.choices
        )
        return Menu("decision", capital(self._words.say(decision.code, params)), choices)

    def _answer_choice(self, choice: AnswerChoice, question: str) -> Choice:
        text = choice.label or self._words.say(choice.code or "choice/other", choice.params)
        if question:
            return Choice(capital(text), command=Answer(question, choice.id))
        command = UseOption(choice.option, choice.targets) if choice.option else Do(text)
        return Choice(capital(text), command=command)

    def _aiming(self, aim: Aim, view: SeatView) -> Menu:
        words, option = self._words, aim.option
        name = option.label or capital(words.say(option.code, option.params))
        if any(option.cost.slots) and not aim.slot:
            slots = tuple(
                Choice(words.say("ui/slot", level=level), aim=replace(aim, slot=level)) for level in option.cost.slots
            )
            return Menu("slots", words.say("ui/menu_slot", option=name), slots, aim)
        title = words.say("ui/menu_target", option=name, chosen=len(aim.targets) + 1, pick=option.pick)
        if option.kind == "move":
            title = words.say("ui/menu_where", option=name)
        elif aims_at_cell(option):
            title = words.say("ui/menu_cell", option=name)
        choices = [self._target_choice(aim, target) for target in option.targets or _cells_with_somebody(option, view)]
        if aim.targets:
            choices.append(Choice(words.say("ui/enough"), command=_use(aim)))
        return Menu("targets", title, tuple(choices), aim)

    def _target_choice(self, aim: Aim, target: Target) -> Choice:
        cell = f"{square(_cell(target.id))} · " if target.kind == "cell" else ""
        chosen = "  ×" + str(aim.targets.count(target.id)) if target.id in aim.targets else ""
        further = replace(aim, targets=(*aim.targets, target.id))
        chances = ((target.name, target.odds),) if target.odds else ()
        return Choice(f"{cell}{target.name}{chosen}", odds_text(target.odds, self._words), aim=further, chances=chances)


def seating_choices(view: SeatView, words: Words, player: str) -> tuple[Choice, ...]:
    """Return what can be done about one's own seat: take one, and in the lobby say that one is ready."""
    free = view.pregens.values()
    own = view.seats.get(view.seat.id)
    if own is None and view.you is None and view.table.status != "closed":
        play = [Choice(words.say("option/sit", name=one.name), command=Sit(one.id, player)) for one in free]
        return (*play, Choice(words.say("option/watch"), command=Spectate(player or words.say("ui/someone"))))
    if own is None or view.table.status != "lobby" or own.role == "spectator":
        return ()
    ready = Choice(words.say("option/not_ready" if own.ready else "option/ready"), command=Ready(not own.ready))
    with_ = [Choice(words.say("option/bring", name=one.name), command=Sit(one.id, companion=True)) for one in free]
    return (ready, *with_ * (own.role == "host"))


def _chances(option: Option) -> tuple[tuple[str, Odds], ...]:
    own = (("", option.odds),) if option.odds else ()
    return own + tuple((target.name, target.odds) for target in option.targets if target.odds)


def aims_at_cell(option: Option) -> bool:
    """Whether an option is aimed at a square of the map rather than at somebody or something named."""
    return option.pick > 0 and not option.targets


def _cells_with_somebody(option: Option, view: SeatView) -> list[Target]:
    """Return the cells in range where somebody stands: what an area is mostly aimed at. Any other square is typed."""
    here = view.tokens.get(view.you.id) if view.you else None
    return [
        Target(f"{token.cell[0]},{token.cell[1]}", "cell", token.name)
        for token in view.tokens.values()
        if token is not here and (here is None or feet_between(token.cell, here.cell) <= option.range)
    ]


def _use(aim: Aim) -> UseOption:
    return UseOption(aim.option.id, aim.targets, {"slot": aim.slot} if aim.slot else {})


def _cell(target: str) -> tuple[int, int]:
    column, _, row = target.partition(",")
    return int(column), int(row)


def _place(kind: str, kinds: Sequence[str]) -> int:
    return kinds.index(kind) if kind in kinds else len(kinds)
