"""What a host configures becomes a voice. `Config` has fields of the settings' section `voice`. Starts nothing yet."""

from msgspec import Struct

from taleforge.errors import Misconfigured
from taleforge.voice.caged import CagedClips, CagedRecogniser, CagedSynthesiser
from taleforge.voice.cell import Cells
from taleforge.voice.counts import Counts
from taleforge.voice.engines import CLIPS
from taleforge.voice.fallback import FallbackRecogniser, FallbackSynthesiser
from taleforge.voice.ports import Recogniser, Synthesiser
from taleforge.voice.studio import Studio
from taleforge.voice.values import Engine
from taleforge.voice.weights import examine


class Config(Struct, frozen=True, kw_only=True):
    """What speaks and hears. The settings reference says what each means."""

    synthesiser: str = "espeak"
    synthesiser_model: str = ""
    synthesiser_voices: str = ""
    synthesiser_url: str = ""
    synthesiser_key: str = ""
    recogniser: str = "pocketsphinx"
    recogniser_model: str = ""
    recogniser_url: str = ""
    recogniser_key: str = ""
    device: str = "cpu"
    threads: int = 2
    memory: int = 2048
    at_once: int = 2
    timeout: float = 60.0


def configured(section: Struct) -> Config:
    """Return what a struct with the same fields holds."""
    return Config(**{name: getattr(section, name) for name in Config.__struct_fields__})


def open_studio(config: Config, niceness: int = 0) -> Studio:
    """Return what speaks and hears: what is configured, with what needs no model behind it.

    Args:
        config: What.
        niceness: How far its processes stand back for others, as `nice` has it.

    Raises:
        Misconfigured: files of weights are not what they should be, or a server is wanted and not said where.
    """
    return _Maker(config, niceness).studio()


class _Maker:
    """Makes the parts of a studio, each kind of process once."""

    def __init__(self, config: Config, niceness: int) -> None:
        self._config = config
        self._niceness = niceness
        self._counts = Counts()
        self._clips = self._cells(Engine(CLIPS, niceness=niceness))
        self._made: list[Cells] = []
        self._first: list[Cells] = []

    def studio(self) -> Studio:
        mouth, ear = self._mouth(), self._ear()
        return Studio(self._clips, mouth, ear, cells=self._made, warm=self._first, counts=self._counts)

    def _mouth(self) -> Synthesiser | None:
        config = self._config
        match config.synthesiser:
            case "off":
                return None
            case "espeak":
                return CagedSynthesiser(self._engine("espeak"))
            case "openai":
                from taleforge.voice.remote import Place, RemoteSynthesiser  # noqa: PLC0415 - needs httpx

                voices = tuple(name for part in config.synthesiser_voices.split(",") if (name := part.strip()))
                url = _address(config.synthesiser_url, "voice.synthesiser_url")
                place = Place(url, config.synthesiser_key, config.synthesiser_model, voices, config.timeout)
                first: Synthesiser = RemoteSynthesiser(place, CagedClips(self._clips))
            case name:
                first = CagedSynthesiser(self._engine(name, config.synthesiser_model, config.synthesiser_voices))
        second = CagedSynthesiser(self._engine("espeak", first=False))
        return FallbackSynthesiser(config.synthesiser, first, second, self._fell)

    def _ear(self) -> Recogniser | None:
        config = self._config
        match config.recogniser:
            case "off":
                return None
            case "pocketsphinx":
                return CagedRecogniser(self._engine("pocketsphinx"))
            case "openai":
                from taleforge.voice.remote import Place, RemoteRecogniser  # noqa: PLC0415 - needs httpx

                url = _address(config.recogniser_url, "voice.recogniser_url")
                place = Place(url, config.recogniser_key, config.recogniser_model, seconds=config.timeout)
                first: Recogniser = RemoteRecogniser(place, CagedClips(self._clips))
            case name:
                first = CagedRecogniser(self._engine(name, config.recogniser_model))
        second = CagedRecogniser(self._engine("pocketsphinx", first=False))
        return FallbackRecogniser(config.recogniser, first, second, self._fell)

    def _engine(self, name: str, weights: str = "", voices: str = "", *, first: bool = True) -> Cells:
        """Return processes of an engine; `first`: those that are asked first, and so kept warm."""
        examine(name, weights, voices)
        config = self._config
        memory = 0 if weights and config.device == "cuda" else config.memory
        threads = config.threads if weights else 1
        cells = self._cells(Engine(name, weights, voices, config.device, threads, memory, self._niceness))
        self._made.append(cells)
        if first:
            self._first.append(cells)
        return cells

    def _cells(self, engine: Engine) -> Cells:
        return Cells(engine, self._config.at_once, self._config.timeout)

    def _fell(self, task: str) -> None:
        self._counts.fell_back.add(task)


def _address(url: str, setting: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise Misconfigured(f"{setting} is no web address.", "Write it as in http://localhost:8880/v1.")
    return url
