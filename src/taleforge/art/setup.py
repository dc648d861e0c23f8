"""What a host configures becomes a painter. `Config` has the fields of the settings' section `art`. Asks nobody yet."""

from msgspec import Struct

from taleforge.art.fallback import FallbackPainter
from taleforge.art.hands import Hands
from taleforge.art.line import Model
from taleforge.art.ports import Painter
from taleforge.errors import Misconfigured


class Config(Struct, frozen=True, kw_only=True):
    """Who paints. The settings reference says what each means."""

    engine: str = "procedural"
    url: str = ""
    key: str = ""
    model: str = ""
    seconds: float = 60.0
    device: str = "cpu"
    threads: int = 2
    memory: int = 8192
    steps: int = 24
    guidance: float = 7.0


def configured(section: Struct) -> Config:
    """Return what a struct with the same fields holds."""
    return Config(**{name: getattr(section, name) for name in Config.__struct_fields__})


def open_painter(config: Config, hands: Hands, niceness: int = 0) -> Painter:
    """Return who paints: a model here or on a server with the procedural painter behind it, or that alone.

    Args:
        config: Who.
        hands: Those that paint where nobody else does.
        niceness: How far a model's process stands back for others, as `nice` has it.

    Raises:
        Misconfigured: a server or model is wanted and not said where, its files are no good, or what it is asked with
            is not installed.
    """
    if config.engine == "procedural":
        return hands
    if config.engine == "diffusion":
        return FallbackPainter(_local(config, niceness), hands)
    if not config.url.startswith(("http://", "https://")):
        raise Misconfigured("art.url is no web address.", "Write it as in http://localhost:7860.")
    try:
        from taleforge.art.remote import DIALECTS, Place, RemotePainter  # noqa: PLC0415 - needs httpx
    except ImportError as error:
        raise Misconfigured("What asks painting servers is not installed.", "pip install 'taleforge[art]'") from error
    place = Place(config.url, config.key, config.model, config.seconds)
    return FallbackPainter(RemotePainter(place, DIALECTS[config.engine]), hands)


def _local(config: Config, niceness: int) -> Painter:
    from taleforge.art.diffusion import examine  # noqa: PLC0415 - few have a model
    from taleforge.art.local import LocalPainter  # noqa: PLC0415 - as above

    folder = str(examine(config.model).absolute())
    memory = 0 if config.device == "cuda" else config.memory
    model = Model(folder, config.device, config.threads, memory, config.steps, config.guidance, niceness)
    return LocalPainter(model, config.seconds)
