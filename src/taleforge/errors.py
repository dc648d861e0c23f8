"""What can go wrong outside the game, as one small tree whose classes tell the caller what to do next.

    TaleforgeError        a problem and its remedy, in two sentences
    ├── Misconfigured     the host changes the setting that is named, then starts again
    ├── BadInput          whoever sent it corrects it; sending it again unchanged fails again
    │   ├── PackBroken    the pack's author corrects the file and line
    │   └── BadAudio      send sound in a format that is known
    │       ├── AudioTooLong    send less of it
    │       └── AudioTooShort   send more of it
    ├── Conflict          somebody else wrote first: read, decide and write again
    ├── Unavailable       nothing was written; try again later
    │   ├── StoreBusy     another process has this data folder open for writing
    │   ├── StoreFull     the disk has no room
    │   ├── ModelFailed   a model did not answer as it should: ask another, or do without
    │   ├── SpeechFailed  what speaks or hears is not there or failed: go on in writing
    │   └── PaintingFailed  an engine did not paint: let another paint, or do without
    └── Damaged           stop writing and keep the file; what lies before the damage can be recovered
        └── TooNew        a newer version wrote it: upgrade, then open it again

A player who may not do something gets a value, `Refused`, not one of these. Foreign exceptions are wrapped where they
enter (`raise StoreFull(…) from error`); nothing here is ever raised for a bug.
"""

from typing import ClassVar


class TaleforgeError(Exception):
    """Something outside the game failed.

    Args:
        problem: What was wrong, as one sentence for the person who can act on it.
        remedy: What to do, as one sentence.
    """

    code: ClassVar[str] = "internal/error"
    """What clients branch on; they own the words."""
    exit_status: ClassVar[int] = 1
    """What the command line exits with; from 64 on as BSD's `sysexits` has it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


class Misconfigured(TaleforgeError):
    """A setting is unknown, impossible, or contradicts another: change it and start again."""

    code = "settings/invalid"
    exit_status = 78


class BadInput(TaleforgeError):
    """What was handed in cannot be used: correct it, do not retry it."""

    code = "input/invalid"
    exit_status = 65


class PackBroken(BadInput):
    """A content pack breaks a rule of its schema.

    Args:
        file: Path inside the pack.
        line: Line in that file from 1, or 0 when the whole file is meant.
        problem: Which rule is broken, as one sentence.
        remedy: What to write instead, as one sentence.
    """

    code = "pack/broken"

    def __init__(self, file: str, line: int, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.args = (file, line, problem, remedy)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {super().__str__()}"


class BadAudio(BadInput):
    """A file holds no sound that can be read."""

    code = "audio/unreadable"


class AudioTooLong(BadAudio):
    """There is more sound in a file than is listened to."""

    code = "audio/too_long"


class AudioTooShort(BadAudio):
    """There is no sound in a file, or not enough of it."""

    code = "audio/too_short"


class Conflict(TaleforgeError):
    """Somebody else wrote this version first: read again, decide again, write again."""

    code = "store/conflict"
    exit_status = 75


class Unavailable(TaleforgeError):
    """Something that is needed does not answer; nothing was written: try again later."""

    code = "store/unavailable"
    exit_status = 75


class StoreBusy(Unavailable):
    """Another process has this data folder open for writing: close it, or be its client."""

    code = "store/busy"


class StoreFull(Unavailable):
    """The disk has no room: free some; what was acknowledged is safe."""

    code = "store/full"


class ModelFailed(Unavailable):
    """A model did not answer as it should, or may not be asked: ask another, or do without.

    Args:
        problem: What was wrong, as one sentence that quotes neither question nor answer.
        remedy: What to do, as one sentence.
        kind: What happened, in one word that is counted: `unreachable`, `slow`, `garbage`, `budget` …
        after: Seconds that it asks to be left alone.
    """

    code = "model/unavailable"

    def __init__(self, problem: str, remedy: str, kind: str = "failing", after: float = 0.0) -> None:
        super().__init__(problem, remedy)
        self.args = (problem, remedy, kind, after)
        self.kind = kind
        self.after = after


class SpeechFailed(Unavailable):
    """What speaks or hears is not installed, crashed, or took too long: go on in writing."""

    code = "voice/unavailable"


class PaintingFailed(Unavailable):
    """An engine did not paint, or none is there: let another paint, or do without."""

    code = "picture/unavailable"


class Damaged(TaleforgeError):
    """A file is cut short or was altered: keep it, and recover what lies before the damage."""

    code = "store/damaged"
    exit_status = 65


class TooNew(Damaged):
    """A newer version wrote this: upgrade before opening it again."""

    code = "store/too_new"
