"""A player's free text becomes an intent, and the intent a command. Read `interpreter.py` first.

May import `messages`: it sees the speaker's view, options and lexicon, and nothing else, so it cannot leak a secret
or create a fact. When it is unsure, it asks.
"""

from taleforge.interpret.interpreter import Interpreter

__all__ = ["Interpreter"]
