"""Every setting: typed, documented, and read from flags, environment and one TOML file, in that order of precedence.

A name that does not exist is refused with the one that was probably meant, wherever it came from. This module reads
the file it is given and nothing else; it opens no store and configures no logging.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast, get_args, get_origin

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo, fields

from taleforge.errors import Misconfigured

PREFIX: Final = "TALEFORGE_"
CONFIG_VARIABLE: Final = "TALEFORGE_CONFIG"
DEFAULT_FILE: Final = Path("~/.config/taleforge/taleforge.toml")
IN_FILE: Final = "_FILE"
"""What is added to a variable's name when it says where the value lies: a secret that others must not see."""
NOT_SETTINGS: Final = {
    CONFIG_VARIABLE: "The settings file to read.",
    "TALEFORGE_KEY": "The API key or local token of `taleforge play --server`: no flag, for others would see it.",
    "TALEFORGE_REQUIRE": "For the test suites: `all` makes a test fail that would be skipped for want of a program.",
}

LogFormat = Literal["auto", "text", "json"]
LogLevel = Literal["auto", "debug", "info", "warning", "error"]
NarratorKind = Literal["auto", "grammar", "model"]
Environment = Literal["development", "production"]
Access = Literal["auto", "local", "accounts"]
Registration = Literal["open", "closed"]
Imports = Literal["any", "ours"]
_RATE = r"^(off|[1-9][0-9]*/[smhd]( burst [1-9][0-9]*)?)$"


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A group of settings: one table of the TOML file."""


class Data(Section, frozen=True, kw_only=True):
    """Where everything that is kept lies."""

    folder: Annotated[Path, Meta(description="Folder for tables and saves; made when it is missing.")] = Path(
        "~/.local/share/taleforge"
    )


class Log(Section, frozen=True, kw_only=True):
    """What is logged, and where to."""

    format: Annotated[
        LogFormat,
        Meta(description="`text` for people, `json` for machines; `auto`: `text` on a terminal but for production."),
    ] = "auto"
    level: Annotated[
        LogLevel, Meta(description="The least severe line that is written; `auto`: `info` by a server, else `warning`.")
    ] = "auto"
    file: Annotated[Path | None, Meta(description="File to append to instead of stdout or stderr.")] = None
    rotate_mb: Annotated[int, Meta(ge=1, le=10_000, description="Size in MB at which that file is begun anew.")] = 10
    keep: Annotated[int, Meta(ge=1, le=100, description="Files kept in all: that one, and older ones by number.")] = 5


class Trace(Section, frozen=True, kw_only=True):
    """Who is told, step by step, how a command was answered; needs the extra `trace`."""

    endpoint: Annotated[
        str, Meta(description="Where traces go, by OTLP over HTTP, as `http://127.0.0.1:4318`; empty: nowhere.")
    ] = ""
    share: Annotated[float, Meta(ge=0, le=1, description="How many of all requests and messages are traced.")] = 1.0


class Audit(Section, frozen=True, kw_only=True):
    """Who did what to whom: what administrators read at `/api/v1/audit`."""

    days: Annotated[int, Meta(ge=1, le=36500, description="Days for which a line is kept.")] = 365


class Narrator(Section, frozen=True, kw_only=True):
    """Who tells the story."""

    kind: Annotated[
        NarratorKind,
        Meta(description="`grammar` needs no model; `auto`: the model where `model.url` is set, `grammar` behind it."),
    ] = "auto"


class Model(Section, frozen=True, kw_only=True):
    """Language models, at any server that speaks as OpenAI's does; needs the extra `models`."""

    url: Annotated[
        str, Meta(description="Where the server is, as `http://localhost:11434/v1` for Ollama; empty: no model.")
    ] = ""
    name: Annotated[str, Meta(description="The model's name; empty: the first that the server lists.")] = ""
    key: Annotated[str, Meta(description="The key for that server, if it wants one.")] = ""
    spares: Annotated[
        str,
        Meta(description="Models that are asked next, with commas: `name` at the same server, `name@url` at another."),
    ] = ""
    spare_key: Annotated[str, Meta(description="The key for those other servers.")] = ""
    embedding: Annotated[str, Meta(description="Name of a model for embeddings at that server; empty: none.")] = ""
    connect_seconds: Annotated[float, Meta(ge=0.1, le=60, description="Seconds to wait for a connection.")] = 3.0
    first_seconds: Annotated[float, Meta(ge=0.1, le=60, description="Seconds to wait for the first word.")] = 20.0
    between_seconds: Annotated[float, Meta(ge=0.1, le=60, description="Seconds to wait for the next word.")] = 10.0
    whole_seconds: Annotated[float, Meta(ge=0.1, le=60, description="Seconds to wait for all of an answer.")] = 30.0
    at_once: Annotated[int, Meta(ge=1, le=1000, description="Questions to one model at the same time.")] = 4
    thinking: Annotated[
        int, Meta(ge=0, le=100_000, description="Tokens a model may spend on thoughts before it answers.")
    ] = 0
    tokens_per_day: Annotated[int, Meta(ge=0, description="Tokens that all may use in 24 hours; 0: any number.")] = 0
    tokens_per_table: Annotated[int, Meta(ge=0, description="Tokens for one table in 24 hours; 0: any number.")] = 0
    tokens_per_space: Annotated[int, Meta(ge=0, description="Tokens for one space in 24 hours; 0: any number.")] = 0
    tokens_per_person: Annotated[
        int, Meta(ge=0, description="Tokens for the tables that one person laid, in 24 hours; 0: any number.")
    ] = 0
    cost_per_day: Annotated[
        float, Meta(ge=0, description="US dollars for all in 24 hours, where prices are known; 0: any sum.")
    ] = 0.0


class Store(Section, frozen=True, kw_only=True):
    """Where everything is kept, and how it is written."""

    url: Annotated[
        str,
        Meta(description="A PostgreSQL database, as `postgresql://user:password@host/name`; empty: the data folder."),
    ] = ""
    connections: Annotated[int, Meta(ge=2, le=1000, description="Connections to that database at most.")] = 10
    timeout: Annotated[float, Meta(ge=0.1, le=600, description="Seconds that a statement there may take.")] = 10.0
    fsync: Annotated[
        bool, Meta(description="Wait for the disk before acknowledging; `false` risks the last moments in a power cut.")
    ] = True


class Files(Section, frozen=True, kw_only=True):
    """Where pictures, sound and other files are kept."""

    url: Annotated[
        str,
        Meta(description="A bucket that speaks S3, as `s3://bucket/prefix`; empty: `files` in the data folder."),
    ] = ""
    endpoint: Annotated[str, Meta(description="Where that service is, as `http://minio:9000`; empty: AWS.")] = ""
    region: Annotated[str, Meta(description="Its region.")] = "us-east-1"
    key: Annotated[str, Meta(description="The id of the access key; empty: as the machine's own role.")] = ""
    secret: Annotated[str, Meta(description="The secret of that key.")] = ""
    timeout: Annotated[float, Meta(ge=0.1, le=600, description="Seconds that a request there may take.")] = 10.0


class Backup(Section, frozen=True, kw_only=True):
    """Backups, by `taleforge backup`."""

    folder: Annotated[
        Path | None,
        Meta(description="Where backups are made; a server tells in its figures how old the newest there is."),
    ] = None
    keep: Annotated[int, Meta(ge=0, le=10_000, description="How many are kept there; 0: all.")] = 0


class Redis(Section, frozen=True, kw_only=True):
    """What several processes tell each other and count together."""

    url: Annotated[
        str,
        Meta(description="A Redis, as `redis://:password@host:6379/0`, `rediss://` with TLS; empty: in this process."),
    ] = ""
    prefix: Annotated[
        str, Meta(pattern="^[a-z0-9_.:-]{1,60}$", description="What every key and channel of ours begins with.")
    ] = "taleforge"
    timeout: Annotated[
        float, Meta(ge=0.01, le=60, description="Seconds it has to answer before we go on without it.")
    ] = 0.5


class Nats(Section, frozen=True, kw_only=True):
    """What may carry, in Redis's place, what processes tell each other; all else of Redis stays there."""

    url: Annotated[
        str,
        Meta(
            description="NATS servers with commas, as `nats://user:password@host:4222`, `nats://token@host`, `tls://` "
            "with TLS; empty: Redis, if there is one."
        ),
    ] = ""
    prefix: Annotated[
        str, Meta(pattern="^[A-Za-z0-9_-]{1,60}$", description="What every subject of ours begins with.")
    ] = "taleforge"
    timeout: Annotated[float, Meta(ge=0.01, le=60, description="Seconds that a server has to let us in.")] = 0.5


class Memory(Section, frozen=True, kw_only=True):
    """How memories are found by what they mean, beside their words."""

    embedder: Annotated[
        Literal["auto", "server", "onnx", "off"],
        Meta(
            description="`server`: the model of `model.embedding`; `onnx`: the one of `memory.model` on this machine, "
            "which needs the extra `onnx`; `off`: by words alone; `auto`: `server` where that is set, else `off`."
        ),
    ] = "auto"
    model: Annotated[
        Path | None, Meta(description="A folder with `model.onnx` and `tokenizer.json`, for the embedder `onnx`.")
    ] = None
    qdrant: Annotated[
        str,
        Meta(
            description="A Qdrant that keeps the vectors, as `http://localhost:6333`, which needs the extra `qdrant`; "
            "empty: the store."
        ),
    ] = ""
    qdrant_key: Annotated[str, Meta(description="The key for that Qdrant, if it wants one.")] = ""
    prefix: Annotated[
        str, Meta(pattern="^[a-z0-9_-]{1,60}$", description="What the names of our collections there begin with.")
    ] = "taleforge"
    least: Annotated[
        float, Meta(ge=-1, le=1, description="How near a memory has to lie to be found, as a cosine; models differ.")
    ] = 0.3
    seconds: Annotated[
        float, Meta(ge=0.01, le=60, description="Seconds that a search waits before it goes by words alone.")
    ] = 1.0


class Jobs(Section, frozen=True, kw_only=True):
    """Work that takes long, as pictures and speech."""

    here: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="Jobs of each queue done at a time in a serving process; 0: `taleforge worker` does them.",
        ),
    ] = 1
    niceness: Annotated[
        int,
        Meta(
            ge=0,
            le=19,
            description="How far `taleforge worker`, and every process that paints, speaks or hears, stands back for "
            "others on the same processors, as `nice` has it: 0 not at all, as is best where nobody plays, 19 as far "
            "as can be.",
        ),
    ] = 19
    metrics_host: Annotated[str, Meta(description="Address at which `taleforge worker` offers /metrics.")] = "127.0.0.1"
    metrics_port: Annotated[
        int, Meta(ge=0, le=65535, description="Port at which `taleforge worker` offers /metrics; 0: nowhere.")
    ] = 0


class Art(Section, frozen=True, kw_only=True):
    """Who paints; needs the extra `art`."""

    engine: Annotated[
        Literal["procedural", "diffusion", "a1111", "comfyui", "openai"],
        Meta(
            description="`procedural` needs no model, and paints whenever another engine does not; `diffusion` is a "
            "model on this machine, the rest are servers."
        ),
    ] = "procedural"
    url: Annotated[str, Meta(description="Where that server is, as `http://localhost:7860`.")] = ""
    key: Annotated[str, Meta(description="The key for that server, if it wants one.")] = ""
    model: Annotated[
        str,
        Meta(
            description="The model there; ComfyUI wants the name of a checkpoint, `diffusion` the folder of a model "
            "that was exported to ONNX."
        ),
    ] = ""
    seconds: Annotated[float, Meta(ge=1, le=600, description="Seconds that a picture may take.")] = 60.0
    device: Annotated[
        Literal["cpu", "cuda"], Meta(description="Where `diffusion` runs; `cuda` is a graphics card.")
    ] = "cpu"
    threads: Annotated[int, Meta(ge=1, le=64, description="Threads of `diffusion`.")] = 2
    memory: Annotated[
        int, Meta(ge=0, description="MB of memory that `diffusion` may address; 0: any. On `cuda` always any.")
    ] = 8192
    steps: Annotated[int, Meta(ge=1, le=150, description="Steps in which `diffusion` paints.")] = 24
    guidance: Annotated[float, Meta(ge=1, le=30, description="How closely `diffusion` keeps to the words.")] = 7.0
    pictures_per_day: Annotated[int, Meta(ge=0, description="Pictures for one person in 24 hours; 0: any number.")] = 0
    pictures_per_space: Annotated[int, Meta(ge=0, description="Pictures for one space in 24 hours; 0: any number.")] = 0
    pictures_in_all: Annotated[int, Meta(ge=0, description="Pictures for all in 24 hours; 0: any number.")] = 0


class Serve(Section, frozen=True, kw_only=True):
    """The server: where it listens, to whom, and what it offers."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[
        int, Meta(ge=1, le=256, description="Processes; more than one needs store.url, and redis.url or nats.url.")
    ] = 1
    access: Annotated[
        Access,
        Meta(description="`local`: one person with a token, on this machine; `auto`: so when the address is loopback."),
    ] = "auto"
    registration: Annotated[Registration, Meta(description="Whether anybody may make an account.")] = "closed"
    hosts: Annotated[str, Meta(description="Names it answers to, with commas; those of this machine always.")] = ""
    origins: Annotated[str, Meta(description="Web origins that may call it from a browser, with commas.")] = ""
    proxies: Annotated[
        str, Meta(description="Addresses or networks of proxies whose `X-Forwarded-For` is believed, with commas.")
    ] = ""
    secret: Annotated[
        str, Meta(description="The server's secret, 32 characters or more; without it one is kept in the data folder.")
    ] = ""
    imports: Annotated[
        Imports,
        Meta(description="Which `.tale` files are taken in: `any`, or `ours`, those that bear this server's own seal."),
    ] = "any"
    websocket: Annotated[bool, Meta(description="Offer the seat stream.")] = True
    api_docs: Annotated[bool, Meta(description="Offer the API explorer at /docs.")] = True
    metrics: Annotated[bool, Meta(description="Offer /metrics.")] = True


class Mcp(Section, frozen=True, kw_only=True):
    """The door for agents by the Model Context Protocol; needs the extra `mcp`."""

    server: Annotated[
        str, Meta(description="The table server, as `https://tables.example.org`; empty: the one on this machine.")
    ] = ""
    host: Annotated[str, Meta(description="Address that `taleforge mcp --http` listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Its port; 0 takes a free one.")] = 3002
    hosts: Annotated[str, Meta(description="Names it answers to, with commas; those of this machine always.")] = ""
    origins: Annotated[str, Meta(description="Web origins that may call it from a browser, with commas.")] = ""


class Voice(Section, frozen=True, kw_only=True):
    """What speaks and hears; needs the extra `voice`."""

    synthesiser: Annotated[
        Literal["espeak", "piper", "kokoro", "openai", "off"],
        Meta(description="What speaks: `espeak` needs no model, and speaks whenever an engine of another kind fails."),
    ] = "espeak"
    synthesiser_model: Annotated[
        str,
        Meta(
            description="The file of weights of `piper` or `kokoro`, in the format ONNX; of `openai` the model there."
        ),
    ] = ""
    synthesiser_voices: Annotated[
        str, Meta(description="The file of voices of `kokoro`; of `openai` the names of voices there, with commas.")
    ] = ""
    synthesiser_url: Annotated[
        str, Meta(description="Of `openai`, where that server is, as `http://localhost:8880/v1`.")
    ] = ""
    synthesiser_key: Annotated[str, Meta(description="The key for that server, if it wants one.")] = ""
    recogniser: Annotated[
        Literal["pocketsphinx", "whisper", "openai", "off"],
        Meta(
            description="What hears: `pocketsphinx` needs no model and knows English, best a scene's own phrases; it "
            "hears whenever an engine of another kind fails."
        ),
    ] = "pocketsphinx"
    recogniser_model: Annotated[
        str, Meta(description="The folder of a `whisper` model for CTranslate2; of `openai` the model there.")
    ] = ""
    recogniser_url: Annotated[
        str, Meta(description="Of `openai`, where that server is, as `http://localhost:8000/v1`.")
    ] = ""
    recogniser_key: Annotated[str, Meta(description="The key for that server, if it wants one.")] = ""
    device: Annotated[
        Literal["cpu", "cuda"], Meta(description="Where models on this machine run; `cuda` is a graphics card.")
    ] = "cpu"
    threads: Annotated[int, Meta(ge=1, le=64, description="Threads of each process that runs a model.")] = 2
    memory: Annotated[
        int, Meta(ge=0, description="MB of memory that each such process may address; 0: any. On `cuda` always any.")
    ] = 2048
    warm: Annotated[
        bool, Meta(description="Start them with the server, so that the first who speaks does not wait.")
    ] = False
    at_once: Annotated[int, Meta(ge=1, le=64, description="Processes that speak and hear at the same time.")] = 2
    timeout: Annotated[float, Meta(ge=1, le=600, description="Seconds that one request may take there.")] = 60.0
    seconds_per_day: Annotated[
        int, Meta(ge=0, description="Seconds of speech for one person in 24 hours; 0: any number.")
    ] = 0
    seconds_per_space: Annotated[
        int, Meta(ge=0, description="Seconds of speech for one space in 24 hours; 0: any number.")
    ] = 0
    seconds_in_all: Annotated[int, Meta(ge=0, description="Seconds of speech for all in 24 hours; 0: any number.")] = 0


class Limits(Section, frozen=True, kw_only=True):
    """How often anybody may ask: `10/s burst 20`, per `s`, `m`, `h` or `d`, or `off`."""

    general: Annotated[str, Meta(pattern=_RATE, description="Requests of one address, account or key.")] = (
        "10/s burst 40"
    )
    guest: Annotated[str, Meta(pattern=_RATE, description="Commands of one guest.")] = "60/m burst 10"
    generation: Annotated[str, Meta(pattern=_RATE, description="Pictures, voices and other costly work.")] = (
        "2/s burst 4"
    )
    guesses: Annotated[str, Meta(pattern=_RATE, description="Passwords and codes tried by one address.")] = (
        "10/m burst 10"
    )
    sockets: Annotated[int, Meta(ge=1, description="Open streams of one address, at most.")] = 200


class Settings(Section, frozen=True, kw_only=True):
    """All settings of one process; docs/reference/settings.md is generated from here."""

    locale: Annotated[
        str, Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$", description="Language of menus and prose, as `en` or `pt-BR`.")
    ] = "en"
    env: Annotated[Environment, Meta(description="`production` refuses to serve with weak or missing settings.")] = (
        "development"
    )
    data: Data = Data()
    log: Log = Log()
    trace: Trace = Trace()
    audit: Audit = Audit()
    narrator: Narrator = Narrator()
    model: Model = Model()
    store: Store = Store()
    files: Files = Files()
    backup: Backup = Backup()
    redis: Redis = Redis()
    nats: Nats = Nats()
    memory: Memory = Memory()
    jobs: Jobs = Jobs()
    art: Art = Art()
    serve: Serve = Serve()
    mcp: Mcp = Mcp()
    voice: Voice = Voice()
    limits: Limits = Limits()


class Setting(msgspec.Struct, frozen=True):
    """One row of the catalogue: how a setting is spelled, and what it means."""

    name: str
    """As in the file and on the command line: `log.level`."""
    kind: Any
    """The annotated type that msgspec converts to."""
    default: object
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable: `TALEFORGE_LOG_LEVEL`."""
        return PREFIX + self.name.replace(".", "_").upper()


class _Given(msgspec.Struct, frozen=True):
    value: object
    origin: str


def load(environ: Mapping[str, str], flags: Mapping[str, str], file: Path | None) -> Settings:
    """Read all settings: flags over environment over file over defaults.

    `flags` are keyed like the file, `log.level`. Without `file`, the one named by `TALEFORGE_CONFIG` is read, or else
    the default one if it exists. An empty variable counts as absent. Raises `Misconfigured` naming the setting, where
    it came from, and what to write instead.
    """
    known = {setting.name: setting for setting in catalogue()}
    given = {name: _Given(setting.default, "the defaults") for name, setting in known.items()}
    given |= _from_file(known, file or _configured_file(environ))
    given |= _from_environment(known, environ)
    given |= _from_flags(known, flags)
    tree: dict[str, Any] = {}
    for name, setting in known.items():
        _place(tree, name, _converted(setting, given[name]))
    return msgspec.convert(tree, Settings, dec_hook=_decode)


def changed(settings: Settings) -> tuple[str, ...]:
    """Return the names of the settings that are not as delivered; of none its value."""
    return tuple(row.name for row in catalogue() if _given_to(settings, row.name) != _default(row))


def _given_to(settings: Settings, name: str) -> object:
    section, _, leaf = name.rpartition(".")
    return getattr(getattr(settings, section) if section else settings, leaf)


def _default(row: "Setting") -> object:
    return msgspec.convert(row.default, row.kind, strict=False, dec_hook=_decode) if row.default is not None else None


def catalogue() -> tuple[Setting, ...]:
    """Every setting there is, in the order of the documentation."""
    return tuple(_settings_of(Settings, ""))


def _settings_of(section: type[Section], prefix: str) -> Iterator[Setting]:
    for field in fields(section):
        if isinstance(field.default, Section):
            yield from _settings_of(type(field.default), f"{prefix}{field.name}.")
        else:
            yield Setting(prefix + field.name, field.type, field.default, _meaning(field))


def _meaning(field: FieldInfo) -> str:
    notes = cast(tuple[Meta, ...], field.type.__metadata__)
    return "".join(note.description or "" for note in notes)


def _configured_file(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get(CONFIG_VARIABLE):
        return Path(named)
    usual = DEFAULT_FILE.expanduser()
    return usual if usual.is_file() else None


def _from_file(known: Mapping[str, Setting], file: Path | None) -> dict[str, _Given]:
    if file is None:
        return {}
    given = {name: _Given(value, str(file)) for name, value in _flat(_parsed(file), "")}
    _refuse_unknown(given, known, str(file))
    return given


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(
            f"The settings file {file} cannot be read: {error.strerror}.", f"Check the path or unset {CONFIG_VARIABLE}."
        ) from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise Misconfigured(f"The settings file {file} is not TOML: {error}.", "Correct that line.") from error


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(cast(dict[str, Any], value), f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _from_environment(known: Mapping[str, Setting], environ: Mapping[str, str]) -> dict[str, _Given]:
    names = {setting.variable: setting.name for setting in known.values()}
    files = {variable + IN_FILE: variable for variable in names if variable + IN_FILE not in names}
    ours = {key: text for key, text in environ.items() if key.startswith(PREFIX) and key not in NOT_SETTINGS}
    _refuse_unknown(ours, {**names, **files}, "the environment")
    given = {key: text for key, text in ours.items() if text}
    for key in given.keys() & files.keys():
        if files[key] in given:
            raise Misconfigured(f"Both {files[key]} and {key} are set.", "Unset one of them.")
    return {
        names[files.get(key, key)]: _Given(_inside(key, text) if key in files else text, f"the variable {key}")
        for key, text in given.items()
    }


def _inside(variable: str, file: str) -> str:
    """Return what the file holds that a variable names, without the line's end."""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{variable} names {file}, which cannot be read: {error}.", "Check that file.") from error


def _from_flags(known: Mapping[str, Setting], flags: Mapping[str, str]) -> dict[str, _Given]:
    _refuse_unknown(flags, known, "the command line")
    return {name: _Given(text, "the command line") for name, text in flags.items()}


def _refuse_unknown(given: Mapping[str, object], known: Mapping[str, object], origin: str) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            remedy = f"Did you mean {near[0]}?" if near else "The settings reference lists every one."
            raise Misconfigured(f"There is no setting {name} (from {origin}).", remedy)


def _converted(setting: Setting, given: _Given) -> object:
    try:
        return msgspec.convert(given.value, setting.kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise Misconfigured(
            f"{setting.name} cannot be {given.value!r} (from {given.origin}): {error}.",
            f"{setting.meaning} {choices(setting)}".rstrip(),
        ) from error


def choices(setting: Setting) -> str:
    """The sentence that lists the allowed words of a setting; empty when it is free."""
    kind = get_args(setting.kind)[0]
    if get_origin(kind) is Literal:
        return f"One of: {', '.join(get_args(kind))}."
    return "Either true or false." if kind is bool else ""


def _decode(kind: type, value: object) -> object:
    """Answer msgspec, which asks here for the types that it does not know: only paths."""
    if issubclass(kind, Path) and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise msgspec.ValidationError(f"Expected `{kind.__name__}`")


def _place(tree: dict[str, Any], name: str, value: object) -> None:
    *sections, leaf = name.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[leaf] = value
