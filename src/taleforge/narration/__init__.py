"""A Brief becomes prose. Read `grammar.py` first, then `plan.py` and `realise.py`.

May import `messages` and `models`. A narrator knows only what its Brief holds and can never change a number.
"""

from taleforge.narration.fake import FakeNarrator
from taleforge.narration.grammar import GrammarNarrator
from taleforge.narration.truth import Violation, check

__all__ = ["FakeNarrator", "GrammarNarrator", "Violation", "check"]
