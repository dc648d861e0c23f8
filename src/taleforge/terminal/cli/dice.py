"""`taleforge roll` and `taleforge odds`: dice in the hand, and what to expect of them.

Dice without `--seed` come from a fresh seed that is shown with `--json`, so that the faces can be derived again. Rolls
made here belong to no table and are kept nowhere.
"""

import os
import re
import shutil
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taleforge.terminal.cli.output import Json, Seed, print_json, wants_ascii

if TYPE_CHECKING:  # imported in each command, so that no command waits for another's needs
    from taleforge.rules.dice import Odds, Roll

MAX_TIMES = 10_000
SALT_NAME = "taleforge roll"
"""What stands for a table's id in the salt of a roll without a table."""

ROLL = """Roll dice.

\b
Examples:
  taleforge roll 1d20+5
  taleforge roll "4d6kh3" --times 6
  taleforge roll 2d20kl1+5 --why
  taleforge roll 8d6 --seed tuesday --json
"""

ODDS = """Count the odds of dice exactly.

\b
Examples:
  taleforge odds 2d6
  taleforge odds "2d20kh1+5" --at-least 15
  taleforge odds 4d6kh3 --json
"""

Expression = Annotated[list[str], typer.Argument(metavar="DICE", help="What to roll, as 2d6+3; spaces are welcome.")]


def roll(
    expression: Expression,
    times: Annotated[int, typer.Option("--times", min=1, max=MAX_TIMES, help="Roll it so many times.")] = 1,
    why: Annotated[bool, typer.Option("--why", help="Say how each total came about.")] = False,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Roll an expression so many times and show every face with its fate."""
    from taleforge.rules import dice

    text = " ".join(expression)
    server_seed, salt = os.urandom(32), dice.salt_for(SALT_NAME, [])
    source = dice.ProvableDice(server_seed, salt) if seed is None else dice.seeded(seed)
    rolls = [dice.roll(text, source) for _ in range(times)]
    if as_json:
        proof = {} if seed is not None else _proof(server_seed, salt)
        print_json({"expression": text, "seed": seed, **proof, "rolls": rolls})
        return
    ascii_only = wants_ascii()
    for rolled in rolls:
        _show(rolled, why=why, ascii_only=ascii_only)


def _proof(server_seed: bytes, salt: bytes) -> dict[str, str]:
    from taleforge.rules.dice import commitment

    return {"commitment": commitment(server_seed).hex(), "server_seed": server_seed.hex(), "salt": salt.hex()}


def _show(rolled: "Roll", *, why: bool, ascii_only: bool) -> None:
    from taleforge.terminal.lines import joined
    from taleforge.terminal.numbers import faces_spans, fates_text
    from taleforge.terminal.plainly import plainly
    from taleforge.terminal.words import words

    faces = joined(faces_spans(rolled))
    typer.echo(plainly(f"{rolled.expr} = {rolled.total}" + (f"   {faces}" if faces else ""), ascii_only=ascii_only))
    if why:
        for said in [_story(rolled), *fates_text(rolled, words())]:
            typer.echo(plainly(f"  {said}", ascii_only=ascii_only))


def _story(rolled: "Roll") -> str:
    """Return how a total came about: the expression with every face in its place, what does not count in brackets."""
    from taleforge.rules.dice.explain import explain

    return re.sub(r"~~(.*?)~~", r"(\1)", explain(rolled).replace("**", ""))


def odds(
    expression: Expression,
    at_least: Annotated[
        int | None, typer.Option("--at-least", metavar="N", help="Also say how likely N or more is.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the whole distribution of an expression, computed, not simulated."""
    from taleforge.rules import dice

    text = " ".join(expression)
    counted = dice.odds(text)
    if as_json:
        print_json(odds_shape(text, counted, at_least))
        return
    from taleforge.terminal.chart import chart
    from taleforge.terminal.plainly import plainly

    size = shutil.get_terminal_size()
    lines = chart(text, counted.pmf, counted.mean, width=size.columns, rows=max(size.lines - 6, 10), mark=at_least)
    ascii_only = wants_ascii()
    for one in lines:
        typer.echo(plainly(one, ascii_only=ascii_only))


def odds_shape(text: str, counted: "Odds", at_least: int | None) -> dict[str, Any]:
    """Return odds as the reference describes them; `at_least` only when it was asked for."""
    shape: dict[str, Any] = {
        "expression": text,
        "min": counted.min,
        "max": counted.max,
        "mean": counted.mean,
        "pmf": counted.pmf,
    }
    if at_least is not None:
        shape["at_least"] = {"total": at_least, "chance": counted.at_least(at_least)}
    return shape
