"""What is said to a model and what is known of it: frozen values that hold no connection.

A key is kept in a `Secret`, which shows itself in no log, error or representation. Does not talk to anybody.
"""

from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

Role = Literal["system", "user", "assistant"]


class Secret:
    """A text that is shown to nobody by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)" if self._text else "Secret()"

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._text


class Model(Struct, frozen=True):
    """A model at a server that speaks as OpenAI's does. An empty name is the first one that the server lists."""

    url: str
    """Where its paths begin, such as `http://localhost:11434/v1`."""
    name: str = ""
    key: Secret = Secret()

    @property
    def label(self) -> str:
        """What people call it: name, if it has one, and host, never what else an address may hold."""
        place = urlsplit(self.url)
        port = f":{place.port}" if place.port else ""
        return f"{self.name} at {place.hostname}{port}".lstrip()


class Message(Struct, frozen=True):
    """One turn of a conversation."""

    role: Role
    content: str


class Request(Struct, frozen=True):
    """What a model is asked, and on behalf of which table; at most so many tokens are wanted back."""

    messages: tuple[Message, ...]
    most_tokens: int
    table: str = ""
    temperature: float = 0.8

    @property
    def size(self) -> int:
        """Tokens that it comes to, estimated from above: three letters to each."""
        return sum(len(message.content) for message in self.messages) // 3 + 8 * len(self.messages)


class Usage(Struct, frozen=True):
    """Tokens that were read and written."""

    read: int
    written: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.read + self.written


class End(Struct, frozen=True):
    """The end of a completion: whether the model came to its own end, and what it used, if it says so."""

    finished: bool
    usage: Usage | None = None


class Patience(Struct, frozen=True):
    """Seconds to wait: for a connection, the first sign of an answer, the next one, all of it, and for one's turn."""

    connect: float = 3.0
    first: float = 15.0
    between: float = 10.0
    whole: float = 30.0
    turn: float = 5.0


class Call(Struct, frozen=True):
    """A call that is over: `ok` or the kind of a `ModelFailed`, seconds to the first piece (if any) and in all."""

    model: str
    outcome: str
    first: float | None
    seconds: float
    usage: Usage
    cost: int
    """In millionths of a US dollar."""


class Sight(Struct, frozen=True, omit_defaults=True):
    """What a look at a model shows. `context` is the tokens it can be handed, where the server says."""

    label: str
    reachable: bool
    found: bool = False
    latency_ms: float = 0.0
    model: str = ""
    context: int | None = None
    state: str = "closed"
    """The breaker's: `closed` is well, `open` is left alone for now, `trial` is being tried again."""
    problem: str = ""


class Survey(Struct, frozen=True):
    """Who tells the story, which models are asked in what order and how they are, and the one for embeddings."""

    narrator: Literal["model", "grammar"]
    models: tuple[Sight, ...] = ()
    embedding: Sight | None = None


class Trial(Struct, frozen=True):
    """Which model answered what, and how soon."""

    model: str
    text: str
    first_ms: float
    whole_ms: float
