"""A circuit breaker: after some failures a model is left alone for a while, then tried by one call.

Is told the time; waits for nobody.
"""

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "trial"]

FAILURES = 3
REST = 5.0
LONGEST_REST = 300.0


class Breaker:
    """Lets calls through, or not.

    Args:
        clock: Seconds that never go back.
        changed: Called with each new state.
        failures: How many in a row open it.
        rest: Seconds that it stays open at first; twice as long after each trial that fails.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        changed: Callable[[State], None],
        failures: int = FAILURES,
        rest: float = REST,
    ) -> None:
        self._clock = clock
        self._changed = changed
        self._most = failures
        self._first_rest = self._rest = rest
        self._failed = 0
        self._until = 0.0
        self._state: State = "closed"

    @property
    def state(self) -> State:
        """`closed`: calls go through; `open`: none does; `trial`: one is on its way."""
        return self._state

    def admit(self) -> bool:
        """Whether a call may be made now; one that may has to be reported by one of the methods below."""
        if self._state == "open" and self._clock() >= self._until:
            self._become("trial")
            return True
        return self._state == "closed"

    def succeeded(self) -> None:
        """Report a call that was answered."""
        self._failed, self._rest = 0, self._first_rest
        self._become("closed")

    def failed(self, *, at_once: bool = False, rest: float = 0.0) -> None:
        """Report a call that failed; `at_once` when the next would too, and for `rest` seconds at least."""
        self._failed += 1
        if self._state == "trial":
            self._rest = min(LONGEST_REST, self._rest * 2)
        if at_once or self._state == "trial" or self._failed >= self._most:
            self._until = self._clock() + min(LONGEST_REST, max(self._rest, rest))
            self._become("open")

    def abandoned(self) -> None:
        """Report a call that was given up before anybody knew: the next may try."""
        if self._state == "trial":
            self._become("open")

    def _become(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._changed(state)
