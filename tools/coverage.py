"""Write docs/reference/coverage.md: what a host looks for and whether it is there, then all that is there, with where.

What is looked for stands in tools/expected.toml; what is there is asked of the program and of the files themselves, so
that no row can say otherwise. Says nothing of what a thing means: the other pages do.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import typer
import yaml
from litestar.routes import HTTPRoute
from typer.core import TyperGroup

from taleforge import settings
from taleforge.api import app as server
from taleforge.api.figures import FIGURES
from taleforge.mcp.http import PATH as MCP
from taleforge.mcp.tools import TOOLS
from taleforge.terminal.cli import app
from tools import dashboards

ROOT: Final = Path(__file__).resolve().parents[1]
DEPLOY: Final = ROOT / "deploy"
STREAM: Final = "WS /api/v1/tables/{table}/stream"
"""The door answers it before the router: api/door.py."""
AGENTS: Final = "[agents](../how-to/bring-an-agent.md), at their own port"
_GENERAL: Final = frozenset({"HEAD", "OPTIONS"})
Found = Mapping[str, str]
"""Each thing that is there, with where."""


class _Loader(yaml.SafeLoader):
    """Knows the one tag that our compose files use."""


_Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(cast(yaml.SequenceNode, node)))


def routes() -> Found:
    """Return every route that the router has, and the stream."""
    found = {
        f"{method} {_plain(route.path)}": "[HTTP API](api.md)"
        for route in server.routes(docs=True).routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "access" in handler.opt and route.path != "/docs/openapi.json"  # nobody is let in to any other
        for method in handler.http_methods
        if method not in _GENERAL
    }
    return dict(
        sorted({**found, STREAM: "[protocol](protocol.md)"}.items(), key=lambda item: item[0].partition(" ")[::-1])
    ) | {"GET / (mcp)": AGENTS, f"POST {MCP} (mcp)": AGENTS}


def _plain(path: str) -> str:
    return re.sub(r":\w+}", "}", path)


@cache
def composed() -> dict[str, dict[str, Any]]:
    """Return our compose files as they are written, by their names."""
    return {file.name: yaml.load(file.read_text(), _Loader) for file in sorted(DEPLOY.glob("compose*.yaml"))}  # noqa: S506 - a safe one


def services() -> Found:
    """Return compose files, their services and their profiles."""
    found: dict[str, list[str]] = {}
    for file, content in composed().items():
        found[f"file {file}"] = [f"`deploy/{file}`"]
        for name, service in content["services"].items():
            for thing in (f"service {name}", *(f"profile {profile}" for profile in service.get("profiles", ()))):
                found.setdefault(thing, []).append(f"`{file}`")
    return {name: ", ".join(dict.fromkeys(places)) for name, places in found.items()}


def ports() -> Found:
    """Return the ports that a host reaches, with who listens there."""
    found = {f"{settings.Serve().port} api": "`serve.port`"}
    for row in settings.catalogue():
        if row.name.endswith(".port") and row.name != "serve.port":
            found[f"{row.default} {row.name.partition('.')[0]}"] = f"`{row.name}`"
    for file, content in composed().items():
        for name, service in content["services"].items():
            for port in service.get("ports", ()):
                variable, number = re.findall(r"\$\{(\w+):-(\d+)\}", port)[0]
                found[f"{number} {name}"] = f"`{file}`, `{variable}`"
    return found


def files() -> Found:
    """Return what lies in deploy/ for a host to run, apply or mount."""
    patterns = ("*.sh", "*.py", "monitoring/rules/*", "monitoring/tests/*", "monitoring/grafana/dashboards/*")
    paths = [path for pattern in patterns for path in sorted(DEPLOY.glob(pattern))]
    paths += [file.parent for file in sorted(DEPLOY.glob("kubernetes/**/kustomization.yaml"))]
    return {str(path.relative_to(ROOT)): "there" for path in paths}


def tools() -> Found:
    """Return every tool of an agent."""
    return dict.fromkeys(TOOLS, AGENTS.partition(",")[0])


def commands() -> Found:
    """Return every command, as it is typed after `taleforge`."""
    return dict.fromkeys(_named(typer.main.get_group(app), ""), "[command line](command-line.md)")


def _named(group: TyperGroup, prefix: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, TyperGroup):
            yield from _named(command, f"{prefix}{name} ")
        else:
            yield prefix + name


def all_settings() -> Found:
    """Return every setting, with who sets it beside the host."""
    kustomized = (DEPLOY / "kubernetes/base/kustomization.yaml").read_text()
    found: dict[str, str] = {}
    for row in settings.catalogue():
        name = re.compile(rf"\b{row.variable}(?:{settings.IN_FILE})?\b")
        places = [f"`{file}`" for file in composed() if name.search(_text(DEPLOY / file))]
        places += ["`kubernetes/base`"] if name.search(kustomized) else []
        places += ["`.env.example`"] if not places else []
        found[row.name] = ", ".join(["[settings](settings.md)", *places])
    return found


def figures() -> Found:
    """Return every figure, with who asks for it."""
    found: dict[str, str] = {}
    for figure in FIGURES:
        name = re.compile(rf"\b{figure.name}(?:_bucket|_sum|_count)?\b")
        asking = [f"`{file}`" for file, text in _watchers().items() if name.search(text)]
        found[figure.name] = ", ".join(["[metrics](metrics.md)", *asking])
    return found


@cache
def _watchers() -> dict[str, str]:
    rules = {file.name: file.read_text() for file in sorted((DEPLOY / "monitoring/rules").iterdir())}
    return rules | {Path(name).name: page() for name, page in dashboards.PAGES.items()}


@cache
def _text(file: Path) -> str:
    return file.read_text()


def alerts() -> Found:
    """Return every alert, with what it says to whom."""
    groups = yaml.safe_load((DEPLOY / "monitoring/rules/alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return {
        rule["alert"]: f"{rule['labels']['severity']}, after {rule['for']}: {rule['annotations']['description']}"
        for rule in rules
    }


@cache
def exists() -> dict[str, Found]:
    """Return all that is there, by section."""
    return {
        "Routes": routes(), "Ports": ports(), "Compose": services(), "Scripts": files(), "Commands": commands(),
        "Tools": tools(), "Settings": all_settings(), "Figures": figures(), "Alerts": alerts(),
    }  # fmt: skip


def expected() -> dict[str, dict[str, list[str | int]]]:
    """Return what a host looks for: by section and by what it is, the names, with an issue's number first."""
    return tomllib.loads((ROOT / "tools/expected.toml").read_text(encoding="utf-8"))


def said(section: str, names: list[str | int], found: Found) -> Iterator[tuple[str, str]]:
    """Yield each name that is looked for, and what is to say of it.

    Raises:
        LookupError: it is not there, and nothing says when it comes or what is there instead.
    """
    issue, wanted = (names[0], names[1:]) if isinstance(names[0], int) else (None, names)
    for one in map(str, wanted):
        name, _, instead = one.partition(" = ")
        there = [thing for thing in found if fnmatchcase(thing, name)]
        if instead:
            yield name, instead
        elif there:
            yield name, f"there, {len(there)} of them" if "*" in name else "there"
        elif issue is not None:
            yield name, f"not yet: issue {issue}"
        else:
            raise LookupError(f"{section}: {name} is not there. If it is to come, tools/expected.toml says with what.")


def coverage_page() -> str:
    """Everything that a host looks for, and everything there is."""
    there = exists()
    lines = [
        "# Coverage", "", "What a host looks for, and whether it is there; then all that is there, and where it is",
        "described, set, shown or asked for. `*` stands for any number of them.", "", "## Looked for", "",
        "| | looked for | name | |", "| --- | --- | --- | --- |",
    ]  # fmt: skip
    for section, rows in expected().items():
        for what, names in rows.items():
            for name, state in said(section, names, there[section]):
                lines.append(f"| {section} | {what} | `{name}` | {state} |")
    for section, found in there.items():
        lines += ["", f"## {section}", "", "| name | where |", "| --- | --- |"]
        lines += [f"| `{name}` | {where} |" for name, where in found.items()]
    return "\n".join([*lines, ""])
