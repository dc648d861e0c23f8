"""What paints, speaks and hears here, as the list of models that clients of OpenAI ask for.

Such a client may send any of these names as its `model`, or none: a host chooses one of each kind. Asks no engine.
"""

from collections.abc import Iterator
from typing import Final, Literal

from litestar import get
from msgspec import Struct

from taleforge.api.given import TheDesk
from taleforge.api.spec import documented
from taleforge.settings import Settings

OFF: Final = "off"

Use = Literal["image", "speech", "transcription"]


class Engine(Struct, frozen=True, kw_only=True):
    """What does one kind of work here: by the name of its model, or its own where it has none to choose from."""

    id: str
    use: Use
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "taleforge"


class Engines(Struct, frozen=True, kw_only=True):
    """All of them, as OpenAI's clients read a list."""

    data: tuple[Engine, ...]
    object: Literal["list"] = "list"


@get("/v1/models", access="studio", **documented(401, 403))
async def list_models(desk: TheDesk) -> Engines:
    """List what paints, speaks and hears here, for clients of OpenAI."""
    return Engines(data=tuple(engines_of(desk.settings)))


def engines_of(settings: Settings) -> Iterator[Engine]:
    """Return what is configured, and is not off."""
    for use, engine, model in _configured(settings):
        if engine != OFF:
            yield Engine(id=_name(engine, model), use=use, owned_by=engine)


def _configured(settings: Settings) -> tuple[tuple[Use, str, str], ...]:
    art, voice = settings.art, settings.voice
    return (
        ("image", art.engine, art.model),
        ("speech", voice.synthesiser, voice.synthesiser_model),
        ("transcription", voice.recogniser, voice.recogniser_model),
    )


def _name(engine: str, model: str) -> str:
    """Return the name of a model: of its file or folder without the way there, which is nobody's business."""
    return model.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or engine
