"""What a host configures becomes a ladder of models and an embedder.

`Config` has the fields of the settings' section `model`, so that either can be read as the other. Connects to nobody
yet.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic, perf_counter
from typing import Any

from msgspec import Struct, structs

from taleforge.errors import Misconfigured
from taleforge.models.client import Client
from taleforge.models.ladder import Embedder, Ladder
from taleforge.models.ports import Purse
from taleforge.models.rung import Rung
from taleforge.models.tally import Tally
from taleforge.models.values import Message, Model, Patience, Request, Secret, Survey, Trial
from taleforge.models.vigil import Vigil

TRIAL_TOKENS = 200


class Config(Struct, frozen=True, kw_only=True):
    """Which models, how long to wait for them, how many may ask. The settings reference says what each means."""

    url: str = ""
    name: str = ""
    key: Secret = Secret()
    spares: str = ""
    spare_key: Secret = Secret()
    embedding: str = ""
    connect_seconds: float = 3.0
    first_seconds: float = 15.0
    between_seconds: float = 10.0
    whole_seconds: float = 30.0
    at_once: int = 4
    thinking: int = 0

    @property
    def patience(self) -> Patience:
        """How long to wait."""
        return Patience(self.connect_seconds, self.first_seconds, self.between_seconds, self.whole_seconds)

    def models(self) -> Iterator[Model]:
        """Yield the models in the order in which they are asked; raises Misconfigured for a spare that is none."""
        yield Model(_address(self.url), self.name, self.key)
        for spare in filter(None, (part.strip() for part in self.spares.split(","))):
            name, _, url = spare.partition("@")
            yield Model(_address(url), name, self.spare_key) if url else Model(self.url, name, self.key)


def configured(section: Struct) -> Config:
    """Return what a struct with the same fields holds, its keys in plain text."""
    given: dict[str, Any] = {name: getattr(section, name) for name in Config.__struct_fields__}
    return structs.replace(Config(**given), key=Secret(given["key"]), spare_key=Secret(given["spare_key"]))


class NoPurse:
    """Keeps nothing and lets everything through."""

    async def reserve(self, table: str, tokens: int, cost: int) -> str | None:  # noqa: ARG002  # it does not mind
        """Say yes."""
        return ""

    async def settle(self, number: str, tokens: int, cost: int) -> None:
        """Note nothing."""

    async def release(self, number: str) -> None:
        """Note nothing."""


class Models:
    """The models of a house.

    Args:
        ladder: Those that answer, in the order in which they are asked.
        embedder: The one for embeddings, if there is one.
        tally: Counts what they do.
    """

    def __init__(self, ladder: Ladder, embedder: Embedder | None, tally: Tally) -> None:
        self.ladder = ladder
        self.embedder = embedder
        self.tally = tally
        self.vigil = Vigil(ladder.look)

    async def look(self, *, telling: bool) -> Survey:
        """Return how each is; `telling` says whether they tell the story."""
        embedding = await self.embedder.look() if self.embedder is not None else None
        return Survey("model" if telling else "grammar", tuple(await self.ladder.look()), embedding)

    async def ask(self, text: str, heard: Callable[[str], None]) -> Trial:
        """Ask something and have each piece of the answer heard; a model that breaks off is heard, too."""
        began = perf_counter()
        first: list[float] = []

        async def read(pieces: AsyncIterator[str]) -> str:
            said: list[str] = []
            async for piece in pieces:
                first.append(perf_counter())
                said.append(piece)
                heard(piece)
            return "".join(said)

        answer = await self.ladder.ask(Request((Message("user", text),), TRIAL_TOKENS), read)
        who = next(label for label, figures in self.tally.models.items() if figures.outcomes["ok"])
        return Trial(who, answer, _milliseconds(first[0] - began), _milliseconds(perf_counter() - began))

    async def close(self) -> None:
        """Let every connection go."""
        await self.vigil.close()
        await self.ladder.close()
        if self.embedder is not None:
            await self.embedder.close()


def open_models(
    config: Config, purse: Purse, tally: Tally | None = None, passed: Callable[[], float] = monotonic
) -> Models:
    """Return the models that are configured, those that fail resting by the stop-watch `passed` (seconds).

    Raises:
        Misconfigured: an address is none.
    """
    watch = tally or Tally()

    def rung(model: Model) -> Rung:
        client = Client(model, config.patience, config.thinking)
        return Rung(client, config.patience, purse, watch, most_at_once=config.at_once, passed=passed)

    ladder = Ladder([rung(model) for model in config.models()])
    embedding = Model(_address(config.url), config.embedding, config.key)
    return Models(ladder, Embedder(rung(embedding)) if config.embedding else None, watch)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _address(url: str) -> str:
    if url.startswith(("http://", "https://")):
        return url
    raise Misconfigured("A model's server is no web address.", "Write model.url as in http://localhost:11434/v1.")
