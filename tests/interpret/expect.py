"""How the corpus says what a text should come to, and whether it did.

    do:ask_barrels              use this option; `@id` names each target, `slot=2` the level
    near ID · toward ID         walk to somebody, something or a part of the room
    move X,Y · move             walk to a cell, to any cell
    say: TEXT · say @ID: TEXT   speak
    end · undo · rest KIND · roll EXPR · answer CHOICE · sit ID · ready · unready
    ask · ask OPTION …          a question back, whose choices hold these options
    no · no CODE                a refusal

` | ` separates what is equally right, ` >> ` begins the rest that is left to do.
"""

from taleforge.messages.commands import Answer, EndTurn, Move, Ready, Rest, RollDice, Say, Sit, Undo, UseOption
from taleforge.messages.intents import Interpretation


def told(result: Interpretation) -> str:
    """Return an interpretation in the corpus's own words."""
    if result.question:
        return " ".join(["ask", *(f"{c.option}@{','.join(c.targets)}" for c in result.choices)])
    if result.refusal:
        return f"no {result.refusal} {dict(result.params)}"
    match result.command:
        case UseOption(option, targets, params):
            slot = [f"slot={params['slot']}"] if "slot" in params else []
            line = " ".join([option, *(f"@{t}" for t in targets), *slot])
        case Say(text, to):
            line = f"say @{to}: {text}" if to else f"say: {text}"
        case Move(to):
            line = f"move {to[0]},{to[1]}"
        case Answer(_, choice):
            line = f"answer {choice}"
        case EndTurn():
            line = "end"
        case Undo():
            line = "undo"
        case Rest(kind):
            line = f"rest {kind}"
        case RollDice(expr):
            line = f"roll {expr}"
        case Sit(pregen):
            line = f"sit {pregen}"
        case Ready(ready):
            line = "ready" if ready else "unready"
        case other:
            line = repr(other)
    return line


def right(want: str, result: Interpretation) -> bool:
    """Whether an interpretation is what the corpus wants."""
    return any(_one(part.strip(), result) for part in want.split(" | "))


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
    if head in {"near", "toward"}:
        return isinstance(result.command, UseOption) and result.command == UseOption(
            "go:", (more[0],), {}, result.command.words
        )
    if head == "move":
        return isinstance(result.command, Move) and (not more or more[0] == "{},{}".format(*result.command.to))
    return result.command is not None and _line(told(result)) == _line(want)


def _line(text: str) -> tuple[str, ...]:
    if text.startswith("say"):
        return (text,)
    head, *more = text.split()
    return head, *sorted(more)
