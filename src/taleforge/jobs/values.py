"""What a job is, and what is known of it while it waits, runs, and when it is over.

Moments are milliseconds since 1970 in UTC. Does not say what a payload or a result means.
"""

from typing import Literal

from msgspec import Struct

State = Literal["queued", "running", "done", "failed", "cancelled"]
OVER: frozenset[State] = frozenset({"done", "failed", "cancelled"})


class Job(Struct, frozen=True, omit_defaults=True):
    """Work for somebody, in a queue.

    `turn` puts owners side by side: a queue is worked off by turns, and the jobs of one owner have one after the other.
    `attempts` counts how often it was begun; the number of the attempt is what a worker shows to be still in charge.
    `reply` is the return address and `entry` the reservation of the ledger that pays for it; both are opaque here.
    """

    id: str
    space: str
    owner: str
    queue: str
    kind: str
    payload: bytes
    created: int
    key: str = ""
    reply: str = ""
    entry: str = ""
    most_attempts: int = 3
    ready: int = 0
    """Not to be begun before this moment."""
    turn: int = 0
    state: State = "queued"
    attempts: int = 0
    progress: int = 0
    """In percent."""
    worker: str = ""
    lease: int = 0
    """Until when its worker is believed to be alive."""
    unwanted: bool = False
    """Cancelled while it ran: its worker stops at the next beat."""
    result: bytes = b""
    """What came of it, until somebody takes that over."""
    error: str = ""
    """The code of what went wrong last."""
    finished: int = 0
    told: bool = False
    """Whether what came of it was handed to whoever waits for it."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER


class Wish(Struct, frozen=True, omit_defaults=True):
    """What somebody wants done.

    With `key`, the same wish of the same owner is one job however often it comes. `amount` of `resource` is reserved in
    the ledger first, if there is an amount.
    """

    space: str
    owner: str
    queue: str
    kind: str
    payload: bytes
    key: str = ""
    reply: str = ""
    most_attempts: int = 3
    resource: str = ""
    amount: int = 0


class Outcome(Struct, frozen=True, omit_defaults=True):
    """How a job ended: with a result, or with the code of what went wrong."""

    state: Literal["done", "failed", "cancelled"]
    result: bytes = b""
    error: str = ""


class Turned(Struct, frozen=True, omit_defaults=True):
    """Why a wish became no job, as a code with parameters."""

    code: str
    params: dict[str, str | int] = {}
