"""What may be logged: of a bug its kind and where it happened, never its message, which may quote what a player said.

Does not log.
"""

import traceback
from typing import Final

LONGEST_ID: Final = 40


def fault(error: BaseException) -> dict[str, object]:
    """Return the fields of a log line about an unexpected exception."""
    places = traceback.extract_tb(error.__traceback__)
    return {"fault": type(error).__name__, "trace": [f"{p.filename}:{p.lineno} {p.name}" for p in places]}


def shown(command: str) -> str:
    """Return the id of a command as it may be logged: clients choose it, and could write anything."""
    return command if command.isidentifier() and len(command) <= LONGEST_ID else "?"
