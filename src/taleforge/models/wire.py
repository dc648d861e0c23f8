"""The messages of OpenAI's HTTP interface, as much of them as is used here; unknown fields are ignored.

Does not send anything.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Decoder

from taleforge.models.values import Message, Usage


class StreamOptions(Struct, frozen=True):
    """Asks for the usage at the end of a stream."""

    include_usage: bool = True


class ChatBody(Struct, frozen=True):
    """The body of POST /chat/completions."""

    model: str
    messages: tuple[Message, ...]
    stream: bool = True
    max_tokens: int | UnsetType = UNSET
    max_completion_tokens: int | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    stream_options: StreamOptions | UnsetType = UNSET


class Words(Struct, frozen=True):
    """What a chunk adds. Thoughts have several names."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class Choice(Struct, frozen=True):
    """One completion of several; a stream has `delta`, a whole answer `message`."""

    delta: Words | None = None
    message: Words | None = None
    finish_reason: str | None = None


class Tokens(Struct, frozen=True):
    """What was used."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def usage(self) -> Usage:
        """The same in our words."""
        return Usage(max(0, self.prompt_tokens), max(0, self.completion_tokens))


class Chunk(Struct, frozen=True):
    """One event of a stream, or a whole answer."""

    choices: tuple[Choice, ...] = ()
    usage: Tokens | None = None
    error: Any = None


class EmbedBody(Struct, frozen=True):
    """The body of POST /embeddings."""

    model: str
    input: tuple[str, ...]
    encoding_format: str = "float"


class Vector(Struct, frozen=True):
    """The place of one text."""

    index: int
    embedding: tuple[float, ...]


class Vectors(Struct, frozen=True):
    """The answer of POST /embeddings."""

    data: tuple[Vector, ...]
    usage: Tokens | None = None


class Meta(Struct, frozen=True):
    """What llama.cpp says of a model."""

    n_ctx_train: int | None = None


class Listed(Struct, frozen=True):
    """A model of GET /models; each kind of server has its own word for the length of its context."""

    id: str
    max_model_len: int | None = None
    context_length: int | None = None
    context_window: int | None = None
    meta: Meta | None = None

    @property
    def context(self) -> int | None:
        """Tokens that it can be handed, if the server says."""
        trained = self.meta.n_ctx_train if self.meta else None
        return self.max_model_len or self.context_length or self.context_window or trained


class Listing(Struct, frozen=True):
    """The answer of GET /models."""

    data: tuple[Listed, ...]


class Shown(Struct, frozen=True):
    """The answer of Ollama's POST /api/show."""

    model_info: dict[str, Any] = {}

    @property
    def context(self) -> int | None:
        """Tokens that the model can be handed."""
        lengths = (value for key, value in self.model_info.items() if key.endswith(".context_length"))
        return next((length for length in lengths if isinstance(length, int)), None)


chunks = Decoder(Chunk)
vectors = Decoder(Vectors)
listings = Decoder(Listing)
shown = Decoder(Shown)
