"""What a host configures becomes a painter. `Config` has the fields of the settings' section `art`. Asks nobody yet."""

from msgspec import Struct

from taleforge.art.fallback import FallbackPainter
from taleforge.art.ports import Painter
from taleforge.art.procedural import ProceduralPainter
from taleforge.errors import Misconfigured


class Config(Struct, frozen=True, kw_only=True):
    """Who paints. The settings reference says what each means."""

    engine: str = "procedural"
    url: str = ""
    key: str = ""
    model: str = ""
    seconds: float = 60.0


def configured(section: Struct) -> Config:
    """Return what a struct with the same fields holds."""
    return Config(**{name: getattr(section, name) for name in Config.__struct_fields__})


def open_painter(config: Config) -> Painter:
    """Return who paints: a server's model with the procedural painter behind it, or that alone.

    Raises:
        Misconfigured: a server is wanted and not said where, or what it is asked with is not installed.
    """
    if config.engine == "procedural":
        return ProceduralPainter()
    if not config.url.startswith(("http://", "https://")):
        raise Misconfigured("art.url is no web address.", "Write it as in http://localhost:7860.")
    try:
        from taleforge.art.remote import DIALECTS, Place, RemotePainter  # noqa: PLC0415 - needs httpx
    except ImportError as error:
        raise Misconfigured("What asks painting servers is not installed.", "pip install 'taleforge[art]'") from error
    place = Place(config.url, config.key, config.model, config.seconds)
    return FallbackPainter(RemotePainter(place, DIALECTS[config.engine]), ProceduralPainter())
