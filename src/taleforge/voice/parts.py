"""Libraries of the extras for speech, imported when they are needed, with a clear word where one is missing.

They come without types, so each is `Any` within the module that uses it. Imports nothing by itself.
"""

import importlib
from typing import Any, Final

from taleforge.errors import SpeechFailed

REMEDY: Final = "pip install 'taleforge[voice]', or play on without sound."


def part(name: str, remedy: str = REMEDY) -> Any:
    """Return a library; raises SpeechFailed, with a remedy, where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SpeechFailed(f"Speech needs a part that is not installed ({name}).", remedy) from error
