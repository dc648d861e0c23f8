"""Regenerate docs/reference and deploy/.env.example from the code: `make docs`; `--check` says which page is stale.

A page is a function here that returns its text. It writes nothing that a person wrote: those pages have no function.
"""

import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args

import typer
from typer.core import TyperGroup

from taleforge import errors, settings
from taleforge.api.app import document, routes
from taleforge.api.door import UNLIMITED
from taleforge.api.examples import handlers
from taleforge.api.figures import FIGURES
from taleforge.api.problems import CODES
from taleforge.api.spec import EVERYWHERE
from taleforge.messages.codes import Code
from taleforge.messages.commands import COMMANDS, SERVICE_PREFIX
from taleforge.messages.events import EVENT_VERSIONS, EVENTS
from taleforge.messages.frames import NUMBERED, TOLD, ClientFrame
from taleforge.messages.schema import protocol_schema
from taleforge.terminal.cli import app
from tools import coverage, dashboards

ROOT = Path(__file__).resolve().parents[1]


def settings_page() -> str:
    """Every setting, with its three spellings."""
    rows = [
        (f"`{row.name}`", f"`{row.variable}`", _shown(row.default), f"{row.meaning} {settings.choices(row)}".rstrip())
        for row in settings.catalogue()
    ]
    others = [(f"`{name}`", meaning) for name, meaning in settings.NOT_SETTINGS.items()]
    return "\n".join(
        [
            "# Settings",
            "",
            "A flag (`--set log.level=info`) wins over the environment, and the environment over the file. The file is",
            f"the one that `{settings.CONFIG_VARIABLE}` names, or else `{settings.DEFAULT_FILE}`:",
            "",
            "```toml",
            "[log]",
            'level = "info"',
            "```",
            "",
            "An unknown name is refused with the one that was probably meant. An empty variable counts as absent. Each",
            f"variable may end in `{settings.IN_FILE}` and name a file with the value, as containers get secrets.",
            "",
            *_table(("setting", "variable", "default", "meaning"), rows),
            "",
            "These variables are no settings:",
            "",
            *_table(("variable", "meaning"), others),
            "",
        ]
    )


def errors_page() -> str:
    """Every exception class below the root, with its code and exit status."""
    rows = [
        (f"`{kind.code}`", f"`{kind.__name__}`", str(kind.exit_status), (kind.__doc__ or "").splitlines()[0])
        for kind in _family(errors.TaleforgeError)
    ]
    return "\n".join(
        [
            "# Errors",
            "",
            "What can go wrong outside the game. What a player may not do is no error but an answer, `Refused`.",
            "",
            *_table(("code", "class", "exit status", "what happened: what to do"), rows),
            "",
        ]
    )


def command_line_page() -> str:
    """The help of every command, as it is shown."""
    lines = ["# Command line", "", "Each command also takes `-h`. Results go to stdout, everything else to stderr."]
    return "\n".join([*lines, *_helps(typer.main.get_group(app), "taleforge", "##"), ""])


def _helps(group: TyperGroup, prefix: str, heading: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        context = typer.Context(command, info_name=f"{prefix} {name}", max_content_width=100, terminal_width=100)
        yield from ("", f"{heading} {prefix} {name}", "", "```text", command.get_help(context).strip(), "```")
        if isinstance(command, TyperGroup):
            yield from _helps(command, f"{prefix} {name}", f"{heading}#")


def protocol_page() -> str:
    """Every command, event and frame by its registered name, and every code."""
    commands = [(f"`{name}`", _summary(data)) for name, data in COMMANDS.items()]
    events = [(f"`{name}`", str(EVENT_VERSIONS[name]), _summary(data)) for name, data in EVENTS.items()]
    return "\n".join(
        [
            "# Protocol",
            "",
            "The fields of each are in [protocol.schema.json](protocol.schema.json).",
            "",
            "## Commands",
            "",
            *_table(("name", "what it asks"), commands),
            "",
            "## Events",
            "",
            *_table(("name", "version", "what happened"), events),
            "",
            *_frames(),
            "## Codes",
            "",
            "Why a command was refused, or what is asked back. Clients have the words.",
            "",
            _listed(Code),
            "",
            "By the rules of the game:",
            "",
            _listed(_rules_codes()),
            "",
            "By the doors, as problems over HTTP and in `bye`:",
            "",
            _listed(code for codes in CODES.values() for code in codes if code not in {*Code}),
            "",
        ]
    )


def _frames() -> Iterator[str]:
    """Every frame of a seat's stream, of both sides."""
    mine = [(f"`{kind.__struct_config__.tag}`", _fields(kind), _summary(kind)) for kind in get_args(ClientFrame)]
    yours = [(f"`{name}`", "yes" if name in NUMBERED else "", told) for name, told in TOLD.items()]
    yield from (
        "## Frames",
        "",
        "Each seat has a WebSocket at `/api/v1/tables/{tbl}/stream`, and each message on it is a frame `{n, t, d}` in",
        "JSON: `t` its type, `d` what it says. A client begins with `hello`; what it says stands in `d` or beside `t`.",
        "",
        *_table(("client", "says", "what it means"), mine),
        "",
        "The table's frames with a number (`n`) are counted for each seat without a gap: `hello` with the last one as",
        "`since` brings exactly those after it, or a snapshot.",
        "",
        *_table(("table", "n", "what it says"), yours),
        "",
        "A stream is closed with 4000 and the status of the code in its `bye`, as 4401 for `auth/expired`; 4408 means:",
        "come back after the seconds in `after`.",
        "",
    )


def _fields(kind: type[Any]) -> str:
    return " ".join(f"`{name}`" for name in kind.__struct_fields__)


def _rules_codes() -> set[str]:
    """Return what the rules refuse a command with, which they name where they do."""
    sources = (ROOT / "src/taleforge/rules").glob("*.py")
    return {
        code
        for source in sources
        for code in re.findall(r'RuleRefusal\(\s*"([a-z_]+/[a-z_]+)"', source.read_text(encoding="utf-8"))
        if code != "step/internal"
    }


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted({str(code) for code in codes}))


def protocol_schema_page() -> str:
    """The JSON Schema of everything that crosses the wire."""
    return json.dumps(protocol_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    return document()


def openapi_page() -> str:
    """The OpenAPI document of the server, with its examples."""
    return json.dumps(openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def api_page() -> str:
    """Every route of the REST API: who may use it, what it takes, what it answers."""
    access = {
        (method.upper(), path): (str(one.opt.get("access", "")), str(one.opt.get("scope", "")))
        for path, method, one in handlers(routes(docs=True))
    }
    lines = [
        "# HTTP API",
        "",
        "Every route, as [openapi.json](openapi.json) describes it; a server shows the same at `/docs`, and lets it be",
        "tried. Who may use a route: `public` everybody; `person` somebody with an account, key or the local token;",
        "`studio` the same, and on one's own machine whoever is there; `member` and `seat` whoever has a seat at the",
        "table; `play` a player or the host; `host` the host or an administrator. A key needs the scope that is named.",
        "A table that is not yours answers as one that does not exist.",
        "",
        "Lists that can grow come in pages of at most 100 items: `limit` says how many, and what `next` says goes into",
        "`after` for the page behind; the last page has none. Options come whole, as they are one state of a turn.",
        "Each body and each good answer has an example in the description.",
        "",
        "Problems are RFC 9457 documents with a `code` and `params`. Any route may answer 400, 413, 421, 429, 500 or",
        "503; the others are named.",
    ]
    for group, found in _groups(openapi()["paths"]):
        lines += ["", f"## {group}"]
        for method, path, route in found:
            lines += ["", *_route(method, path, route, access[method, path])]
    return "\n".join([*lines, ""])


def _groups(paths: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, dict[str, Any]]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in sorted(paths.items()):
        looks = "health" if path in UNLIMITED else "studio"
        group = path.split("/")[3] if path.startswith("/api/v1/") else looks
        found.setdefault(group, []).extend((method.upper(), path, route) for method, route in sorted(methods.items()))
    yield from sorted(found.items())


def _route(method: str, path: str, route: dict[str, Any], access: tuple[str, str]) -> Iterator[str]:
    """Yield the lines on a route."""
    who, scope = access
    yield f"### `{method} {path}`"
    yield ""
    yield " ".join(route.get("description", route.get("summary", "")).split())
    yield ""
    yield f"- For: `{who}`" + (f", scope `{scope}`" if scope else "")
    for place, title in (("query", "Query"), ("header", "Headers")):
        named = [f"`{one['name']}`" for one in route.get("parameters", ()) if one["in"] == place]
        if named:
            yield f"- {title}: {', '.join(named)}"
    if taken := _schema(route.get("requestBody", {})):
        yield f"- Takes: {taken}"
    answers = {int(status): answer for status, answer in sorted(route["responses"].items())}
    for status, answer in answers.items():
        if status < HTTPStatus.BAD_REQUEST:
            yield f"- {status}: {_schema(answer) or 'nothing'}"
    problems = [str(status) for status in answers if status >= HTTPStatus.BAD_REQUEST and status not in EVERYWHERE]
    if problems:
        yield f"- Problems: {', '.join(problems)}"


def _schema(part: dict[str, Any]) -> str:
    """Return the names of what is taken or given, and the media types of what has none."""
    return " or ".join(
        dict.fromkeys(
            said
            for kind, content in part.get("content", {}).items()
            for said in _named(content.get("schema", {})) or [f"`{kind}`"]
        )
    )


def _named(schema: dict[str, Any]) -> list[str]:
    """Return the names of a schema, and of those that it is one of."""
    one_of = [schema, *schema.get("oneOf", ())]
    refs = [str(one["$ref"]) for one in one_of if "$ref" in one]
    return [f"`{ref.rpartition('/')[2].rpartition('_')[2]}`" for ref in refs]


def examples_page() -> str:
    """The golden messages that the OpenAPI document shows, and one of our characters, in one file for the package."""
    folder = ROOT / "tests/golden/protocol"
    commands = {file.stem: json.loads(file.read_text()) for file in sorted((folder / "commands").glob("*.json"))}
    shown = ("ack", "ask", "event", "snapshot", "prose.final")
    frame = {name: json.loads((folder / f"frames/{name}.json").read_text()) for name in shown}
    pack = ROOT / "src/taleforge/packs/data/bell_beneath"
    characters = tomllib.loads((pack / "characters.toml").read_text())["characters"]
    found = {
        "commands": {name: wish for name, wish in commands.items() if not name.startswith(SERVICE_PREFIX)},
        "ack": {"t": "ack", **frame["ack"]["d"]},
        "ask": {"t": "ask", **frame["ask"]["d"]},
        "event": {name: value for name, value in frame["event"]["d"].items() if name != "patch"},
        "view": frame["snapshot"]["d"]["view"],
        "prose": frame["prose.final"]["d"],
        "character": next(one["choice"] for one in characters if one["id"] == "tamsin"),
    }
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def env_example_page() -> str:
    """Every setting that is a container's to choose, as deploy/compose.yaml reads it; all of them commented out."""
    lines = [
        "# Copy this file to .env beside compose.yaml and take away the # of what you want to change.",
        "# It is generated from the settings: docs/reference/settings.md says more.",
    ]
    for variable, default, meaning in COMPOSE:
        lines += ["", f"# {meaning}", f"#{variable}={default}"]
    for row in settings.catalogue():
        if row.name not in SET_BY_COMPOSE:
            default = "" if row.default is None else _shown(row.default).strip("`")
            lines += ["", f"# {row.meaning} {settings.choices(row)}".rstrip(), f"#{row.variable}={default}"]
    return "\n".join([*lines, ""])


COMPOSE = (
    ("COMPOSE_FILE", "compose.yaml", "Which file is yours; `compose.full.yaml` is all there is."),
    (
        "COMPOSE_PROFILES",
        "",
        "Which parts of compose.full.yaml start, with commas; `full` is all but for graphics cards.",
    ),
    ("DOMAIN", "localhost", "The name that players type; the server answers to no other."),
    ("HTTP_PORT", "80", "The port of the machine that the proxy listens on."),
    ("HTTPS_PORT", "443", "The same for TLS."),
    ("MCP_PORT", "3002", "The same for agents; compose.full.yaml has it."),
    (
        "PROXY_SITE",
        "plain",
        "`tls` serves HTTPS with tls/fullchain.pem and tls/privkey.pem; `plain` serves HTTP alone.",
    ),
    ("IMAGE", "taleforge", "The server's image; built from this checkout unless it names one that exists."),
    ("BACKUP_FOLDER", "backups", "Where compose.full.yaml keeps backups: a volume, or a folder of user 1001."),
    ("BACKUP_HOURS", "24", "Hours from one of those to the next."),
    ("VOICE_WEIGHTS", "./weights", "A folder with models that speak or hear, for settings as `/weights/whisper`."),
    ("WORKERS", "1", "How many workers compose.full.yaml starts."),
    ("WORKER_CONCURRENCY", "2", "Jobs that each of them does at a time."),
    (
        "MODELS",
        "qwen3:4b-instruct-2507-q4_K_M nomic-embed-text:v1.5",
        "Which models Ollama fetches, with spaces; they are two that are small, one to talk and one for embeddings.",
    ),
    ("MODELS_PATIENCE", "3600", "Seconds that fetching them may take."),
    ("MODELS_CPUS", "2", "Processors that models may use."),
    ("MODELS_MEMORY", "6g", "Memory that models may use, beside that of graphics cards."),
    ("PROMETHEUS_PORT", "9091", "Port of Prometheus, of this machine alone."),
    ("ALERTMANAGER_PORT", "9093", "Port of Alertmanager, of this machine alone."),
    ("GRAFANA_PORT", "3000", "Port of Grafana, of this machine alone."),
    ("PROMETHEUS_KEEPS", "30d", "How long figures are kept."),
    ("PROMETHEUS_SIZE", "8GB", "How much of them."),
    ("HOST_MOUNT", "ro,rslave", "How the machine's disks are shown to the exporter; `ro` where that is refused."),
)
"""What compose files ask for beside the settings; no name of ours, for those are settings."""
SET_BY_COMPOSE = frozenset(
    {
        "data.folder",
        "env",
        "log.file",
        "redis.url",
        "serve.access",
        "serve.host",
        "serve.hosts",
        "serve.port",
        "serve.proxies",
        "serve.secret",
        "serve.workers",
        "store.url",
    }
)
"""Settings that compose.yaml and the image set for good."""


def log_page() -> str:
    """Every line of the log, and every field of one."""
    catalogue = tomllib.loads((ROOT / "src/taleforge/telemetry/catalogue.toml").read_text(encoding="utf-8"))
    return "\n".join(
        [
            "# Log",
            "",
            "A server writes JSON, one line for each thing that happened; a person at a terminal reads text. The",
            "settings `log.*` say where to and how much. No line holds a secret, or anything that somebody wrote.",
            "",
            "## Lines",
            "",
            *_table(("event", "what happened"), [(f"`{name}`", text) for name, text in catalogue["lines"].items()]),
            "",
            "## Fields",
            "",
            *_table(("field", "meaning"), [(f"`{name}`", text) for name, text in catalogue["fields"].items()]),
            "",
        ]
    )


def metrics_page() -> str:
    """Every figure of /metrics."""
    rows = [
        (f"`{row.name}`", row.kind, ", ".join(f"`{label}`" for label in row.labels), row.meaning) for row in FIGURES
    ]
    return "\n".join(
        [
            "# Metrics",
            "",
            "What `/metrics` shows to Prometheus, of one process. No label takes more values than the program has:",
            "never an id, a path or an address. Seconds and bytes are the units.",
            "",
            *_table(("name", "kind", "labels", "meaning"), rows),
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "deploy/.env.example": env_example_page,
    "src/taleforge/api/examples.json": examples_page,
    "docs/reference/api.md": api_page,
    "docs/reference/command-line.md": command_line_page,
    "docs/reference/coverage.md": coverage.coverage_page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/openapi.json": openapi_page,
    "docs/reference/log.md": log_page,
    "docs/reference/metrics.md": metrics_page,
    "docs/reference/protocol.md": protocol_page,
    "docs/reference/protocol.schema.json": protocol_schema_page,
    "docs/reference/settings.md": settings_page,
    **dashboards.PAGES,
}


def main(arguments: list[str]) -> None:
    """Write every stale page, or with `--check` exit with their names."""
    stale = {name: text for name, page in PAGES.items() if (text := page()) != _on_disk(ROOT / name)}
    if arguments == ["--check"]:
        sys.exit(f"Stale: {', '.join(stale)}. Run: make docs" if stale else 0)
    for name, text in stale.items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"wrote {name}")


def _on_disk(page: Path) -> str | None:
    return page.read_text(encoding="utf-8") if page.exists() else None


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _summary(data: type) -> str:
    return inspect.cleandoc(data.__doc__ or "").split("\n\n")[0].replace("\n", " ")


def _shown(default: object) -> str:
    return "none" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _family(kind: type[errors.TaleforgeError]) -> Iterator[type[errors.TaleforgeError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _family(child)


if __name__ == "__main__":
    main(sys.argv[1:])
