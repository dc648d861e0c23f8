"""Checks a whole log: that nothing is missing, that it replays, and that every face came from the dice it committed to.

Needs nothing but the log (PROTOCOL §9). Reports the first thing that is wrong, in order of the log. Does not read files.
"""

from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from taleforge.messages.codes import Code
from taleforge.messages.events import DiceCommitted, DiceEntropy, DiceRevealed, Event, TableRewound, rolls_of
from taleforge.rules.dice import Roll, salt_for
from taleforge.rules.dice.verify import Mismatch, check_roll
from taleforge.table.evolve import evolve
from taleforge.table.state import State
