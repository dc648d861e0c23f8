"""How the corpus says what a text should come to, and whether it did.

    do:ask_barrels              use this option; `@id` or `@the_name` names each target (`*` any), `slot=2` the level
    near ID · toward ID · go    walk to somebody, something or a part of the room
    move X,Y · move             walk to a cell, to any cell
    say: TEXT · say @ID: TEXT · say   speak
    end · undo · rest KIND · roll EXPR · answer CHOICE · sit ID · ready · unready
    ask · ask OPTION …          a question back, whose choices hold these options
    no · no CODE                a refusal

` | ` separates what is equally right, ` >> ` begins the rest that is left to do.
"""

from collections.abc import Callable
from typing import Any

from taleforge.messages.commands import (
    Answer,
    EndTurn,
    Move,
    Pause,
    Ready,
    Rest,
    Resume,
    RollDice,
    Say,
    Sit,
    Undo,
    UseOption,
    XCard,
)
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView


def told(result: Interpretation) -> str:
    """Return an interpretation in the corpus's own words."""
    if result.question:
        return " ".join(["ask", *(f"{c.option}@{','.join(c.targets)}" for c in result.choices)])
    if result.refusal:
        return f"no {result.refusal} {dict(result.params)}"
    if isinstance(result.command, Say | UseOption):
        return _said(result.command) if isinstance(result.command, Say) else _used(result.command)
    return _WORDS[type(result.command)](result.command)


def _said(command: Say) -> str:
    return f"say @{command.to}: {command.text}" if command.to else f"say: {command.text}"


def _used(command: UseOption) -> str:
    slot = [f"slot={command.params['slot']}"] if "slot" in command.params else []
    return " ".join([command.option, *(f"@{target}" for target in command.targets), *slot])


_WORDS: dict[type, Callable[[Any], str]] = {
    Move: lambda move: f"move {move.to[0]},{move.to[1]}",
    Answer: lambda answer: f"answer {answer.choice}",
    EndTurn: lambda _: "end",
    Undo: lambda _: "undo",
    Rest: lambda rest: f"rest {rest.kind}",
    RollDice: lambda roll: f"roll {roll.expr}",
    Sit: lambda sit: f"sit {sit.pregen}",
    Ready: lambda ready: "ready" if ready.ready else "unready",
    Pause: lambda _: "pause",
    Resume: lambda _: "resume",
    XCard: lambda _: "xcard",
}


def right(want: str, result: Interpretation, view: SeatView) -> bool:
    """Whether an interpretation is what the corpus wants."""
    return any(_one(_with_ids(part.strip(), view), result) for part in want.split(" | "))


def _with_ids(want: str, view: SeatView) -> str:
    """Return an expectation with ids in place of names like "@the_landlady"."""
    names = {other.name: other.id for other in view.others.values()}
    names |= {view.you.name: view.you.id} if view.you else {}
    ids = {name.lower().replace(" ", "_"): id_ for name, id_ in names.items()}
    words = want.split(" ")
    for i, word in enumerate(words):
        bare = word.removeprefix("@").removesuffix(":")
        if bare in ids and (word.startswith("@") or words[0] == "near"):
            words[i] = word.replace(bare, ids[bare])
    return " ".join(words)


def _one(want: str, result: Interpretation) -> bool:
    want, _, rest = want.partition(" >> ")
    if rest and result.rest != rest:
        return False
    head, *more = want.split()
    if head == "ask":
        offered = {choice.option for choice in result.choices}
        return result.question is not None and set(more) <= offered
    if head == "no":
        return result.refusal is not None and (not more or result.refusal == more[0])
    if head in {"say", "go"} and not more:
        return isinstance(result.command, Say) if head == "say" else told(result).startswith("go:")
    if head in {"near", "toward"}:
        return isinstance(result.command, UseOption) and result.command == UseOption(
            "go:", (more[0],), {}, result.command.words
        )
    if head == "move":
        return isinstance(result.command, Move) and (not more or more[0] == "{},{}".format(*result.command.to))
    if more == ["*"]:
        return result.command is not None and told(result).split()[0] == head
    return result.command is not None and _line(told(result)) == _line(want)


def _line(text: str) -> tuple[str, ...]:
    if text.startswith("say"):
        return (text,)
    head, *more = text.split()
    return head, *sorted(more)
