"""Painters that ask a server with a model: Automatic1111's, ComfyUI, or one that speaks as OpenAI's does.

Whatever goes wrong out there becomes a `PaintingFailed`. Only the addresses that the administrator has set are asked: a
server that answers with another address is not followed. Tries nothing twice.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any, ClassVar, Final, Protocol

import httpx
import msgspec
from msgspec import Struct

from taleforge.art.files import MIME, cleaned, signed
from taleforge.art.ports import Progress, nobody
from taleforge.art.reading import data, read, style_of
from taleforge.art.values import MOST_BYTES, Picture, Wish
from taleforge.errors import BadInput, PaintingFailed

MOST_ANSWER: Final = 2 * MOST_BYTES
"""Bytes: a picture as base64, and what is said beside it."""
CONNECT: Final = 3.0
"""Seconds to wait for a connection."""
STEP: Final = 8
"""Models paint in squares of so many pixels."""


class Place(Struct, frozen=True):
    """Where a server is, and how it is asked."""

    url: str
    key: str = ""
    model: str = ""
    seconds: float = 60.0
    look_again: float = 0.5
    """Seconds between two looks at a picture that is being painted."""


class Dialect(Protocol):
    """How a kind of server is asked for a picture."""

    name: ClassVar[str]

    async def made(self, server: "Server", wish: Wish) -> bytes:
        """Return the bytes of a picture."""
        ...


class Server:
    """A server, for the time of one picture."""

    def __init__(self, place: Place, http: httpx.AsyncClient) -> None:
        self.place = place
        self._http = http

    async def post(self, path: str, body: Any) -> Any:
        """Return what is answered to some JSON."""
        return msgspec.json.decode(await self._answer("POST", path, content=msgspec.json.encode(body)))

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """Return what lies somewhere."""
        return await self._answer("GET", path, params=query)

    async def _answer(self, method: str, path: str, **sent: Any) -> bytes:
        headers = {"Content-Type": "application/json"} if "content" in sent else {}
        async with self._http.stream(method, path, headers=headers, **sent) as response:
            if not response.is_success:
                raise PaintingFailed(f"The painting server answered {response.status_code}.", "Look into its log.")
            parts, size = list[bytes](), 0
            async for part in response.aiter_bytes():
                parts.append(part)
                size += len(part)
                if size > MOST_ANSWER:
                    raise PaintingFailed("The painting server answers without an end.", "Check art.url.")
        return b"".join(parts)


class RemotePainter:
    """Asks one server (`Painter`)."""

    def __init__(self, place: Place, dialect: Dialect) -> None:
        self._place = place
        self._dialect = dialect

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:  # noqa: ARG002 - servers do not tell
        """Return a picture."""
        async with _wrapped(self._place.seconds), self._connected() as server:
            made = await self._dialect.made(server, wish)
            picture = signed(await asyncio.to_thread(cleaned, made), self._dialect.name)
        return Picture(picture, MIME, wish.seed, self._dialect.name)

    async def close(self) -> None:
        """Do nothing: each picture has a connection of its own."""

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Server]:
        headers = {"Authorization": f"Bearer {self._place.key}"} if self._place.key else {}
        timeout = httpx.Timeout(self._place.seconds, connect=CONNECT)
        base = self._place.url.rstrip("/") + "/"
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=timeout, trust_env=False) as http:
            yield Server(self._place, http)


class A1111:
    """The interface of Automatic1111's server, which Forge and others have, too."""

    name: ClassVar = "a1111"

    async def made(self, server: Server, wish: Wish) -> bytes:
        """Return the bytes of a picture."""
        answer = await server.post("sdapi/v1/txt2img", {
            "prompt": words(wish), "negative_prompt": data("prompts")["never"]["text"], "seed": wish.seed % 2**32,
            "width": even(wish.width), "height": even(wish.height), "steps": 24, "batch_size": 1,
            **({"override_settings": {"sd_model_checkpoint": server.place.model}} if server.place.model else {}),
        })  # fmt: skip
        return base64.b64decode(answer["images"][0].partition(",")[2] or answer["images"][0], validate=True)


class OpenAi:
    """The interface of OpenAI's `images/generations`, which LocalAI and others have, too."""

    name: ClassVar = "openai"

    async def made(self, server: Server, wish: Wish) -> bytes:
        """Return the bytes of a picture."""
        answer = await server.post("images/generations", {
            "prompt": words(wish), "n": 1, "size": f"{even(wish.width)}x{even(wish.height)}",
            "response_format": "b64_json", **({"model": server.place.model} if server.place.model else {}),
        })  # fmt: skip
        return base64.b64decode(answer["data"][0]["b64_json"], validate=True)


class ComfyUi:
    """The interface of ComfyUI: a graph is queued, its history looked at until it has a picture, which is fetched."""

    name: ClassVar = "comfyui"

    async def made(self, server: Server, wish: Wish) -> bytes:
        """Return the bytes of a picture."""
        queued = await server.post("prompt", {"prompt": _graph(wish, server.place.model)})
        job = "" + queued["prompt_id"]
        while not (  # noqa: ASYNC110 - nothing but time passes here
            done := msgspec.json.decode(await server.get(f"history/{job}")).get(job)
        ):
            await asyncio.sleep(server.place.look_again)
        file = next(image for output in done["outputs"].values() for image in output.get("images", ()))
        return await server.get("view", {name: str(file.get(name, "")) for name in ("filename", "subfolder", "type")})


DIALECTS: Final[dict[str, Dialect]] = {dialect.name: dialect for dialect in (A1111(), ComfyUi(), OpenAi())}


def words(wish: Wish) -> str:
    """Return what a model is told: the prompt, and how pictures of the style and kind look."""
    known = data("prompts")
    return f"{wish.prompt}, {known['kind'][read(wish).kind]}, {known['style'][style_of(wish)]}"


def _graph(wish: Wish, model: str) -> dict[str, Any]:
    text = resources.files("taleforge.art").joinpath("data", "comfyui.json").read_text("utf-8")
    graph: dict[str, Any] = json.loads(text)
    graph["3"]["inputs"]["seed"] = wish.seed
    graph["4"]["inputs"]["ckpt_name"] = model
    graph["5"]["inputs"] |= {"width": even(wish.width), "height": even(wish.height)}
    graph["6"]["inputs"]["text"], graph["7"]["inputs"]["text"] = words(wish), data("prompts")["never"]["text"]
    return graph


def even(side: int) -> int:
    """Return a side that models can paint."""
    return max(STEP, side // STEP * STEP)


@asynccontextmanager
async def _wrapped(seconds: float) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, httpx.TimeoutException) as error:
        raise PaintingFailed("The painting server did not answer in time.", "Raise art.seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise PaintingFailed("The painting server cannot be reached.", "Check art.url.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, BadInput) as error:
        raise PaintingFailed("The painting server sent no picture.", "Check art.engine and art.url.") from error
    except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError) as error:  # of another shape
        raise PaintingFailed("The painting server answered something else.", "Check art.engine.") from error
