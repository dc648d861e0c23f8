"""Clients of language and embedding models, whoever serves them. Read `ports.py`, then `ladder.py`.

May import nothing of ours but `errors`. Knows no game: what goes in is messages, what comes out is text.
"""

from taleforge.models.ladder import Ladder
from taleforge.models.setup import Config, Models, open_models
from taleforge.models.values import Message, Request

__all__ = ["Config", "Ladder", "Message", "Models", "Request", "open_models"]
