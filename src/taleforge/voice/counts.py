"""How much is said and heard, how it ends, and how long it takes: for figures. Says nothing to anybody."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from taleforge.errors import BadInput, SpeechFailed
from taleforge.telemetry.counting import Tally, Timing

Task = Literal["speak", "hear", "measure"]


class Count:
    """One request, while it is counted."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self.seconds = 0.0
        """Of sound."""
        self.waited: float | None = None
        """Seconds until something came."""

    def begun(self) -> None:
        """Note that something came."""
        if self.waited is None:
            self.waited = perf_counter() - self._began


class Counts:
    """What one process said and heard."""

    def __init__(self) -> None:
        self.requests = Tally()
        """By the task and its outcome: `done`, `refused` for bad input, `failed`, `left` when nobody waited for it."""
        self.sound: Counter[tuple[str, ...]] = Counter()
        """Seconds of sound, by the task."""
        self.waits: dict[tuple[str, ...], Timing] = {}
        """How long it took until something came, by the task."""
        self.fell_back = Tally()
        """How often the embedded engine took over, by the task."""

    @contextmanager
    def counting(self, task: Task) -> Generator[Count]:
        """Count what happens within the block."""
        count, outcome = Count(), "left"
        try:
            yield count
            outcome = "done"
        except BadInput:
            outcome = "refused"
            raise
        except SpeechFailed:
            outcome = "failed"
            raise
        finally:
            self.requests.add(task, outcome)
            self.sound[(task,)] += count.seconds  # pyright: ignore[reportArgumentType]  # a Counter adds any number
            if outcome == "done":
                count.begun()
                self.waits.setdefault((task,), Timing()).observe(count.waited or 0.0)
