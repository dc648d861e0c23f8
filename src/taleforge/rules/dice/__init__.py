"""Dice: the language of RULES.md, read into a tree, rolled from a stream anyone can check, counted exactly.

Imports only `errors`. Pure: faces come from a `DiceSource` that the caller brings. Read `ast`, then `evaluate`, which
says what every expression means; `program` makes common ones fast, `chances` counts outcomes, `verify` checks a record.
"""

from taleforge.rules.dice.ast import Expr
from taleforge.rules.dice.chances import Odds, odds
from taleforge.rules.dice.errors import DiceError, DiceLimitError, DiceSyntaxError, DiceValueError
from taleforge.rules.dice.explain import explain, packets
from taleforge.rules.dice.parser import parse
from taleforge.rules.dice.record import Roll
from taleforge.rules.dice.roller import roll
from taleforge.rules.dice.source import DiceSource, ProvableDice, ScriptedDice, commitment, salt_for, seeded
from taleforge.rules.dice.transform import double_dice, with_advantage
from taleforge.rules.dice.verify import Check, Mismatch, check_roll

__all__ = [
    "Check",
    "DiceError",
    "DiceLimitError",
    "DiceSource",
    "DiceSyntaxError",
    "DiceValueError",
    "Expr",
    "Mismatch",
    "Odds",
    "ProvableDice",
    "Roll",
    "ScriptedDice",
    "check_roll",
    "commitment",
    "double_dice",
    "explain",
    "odds",
    "packets",
    "parse",
    "roll",
    "salt_for",
    "seeded",
    "with_advantage",
]
