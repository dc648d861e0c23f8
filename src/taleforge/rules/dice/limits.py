"""How much a dice expression may ask for; beyond any of these a roll or its odds are a `DiceLimitError`.

Chosen so that nobody at a table meets them and nobody outside can use them: the worst expression is refused or rolled
within a fraction of a second. Not settings: a table can lower the number of dice of a roll, and nothing else.
"""

from fractions import Fraction

MAX_LENGTH = 4000
"""Characters of an expression."""

MAX_DEPTH = 32
"""Parentheses inside each other."""

MAX_DIGITS = 16
"""Digits of a number, the point aside."""

MAX_OPERATIONS = 20
"""Operations on one pool."""

MAX_DICE = 1000
"""Dice thrown in one roll, rerolls and explosions included."""

MAX_SIDES = 2**32
"""Sides of a die: what one word of the dice stream can choose from."""

MAX_TOTAL = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""

MAX_EFFORT = 6_000_000
"""Steps of exact counting, each roughly a tenth of a microsecond, so an answer or a refusal takes about a second."""

CUT_OFF = Fraction(1, 10**15)
"""Chance at which a series of explosions is cut off, for each die that starts one: together always below 1e-12."""

REMEMBERED_LENGTH = 200
"""Characters up to which an expression is remembered once read, so that the memory for it stays small."""
