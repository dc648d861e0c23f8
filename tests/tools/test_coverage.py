"""docs/reference/coverage.md names all that is there and nothing that is not, as others than its maker tell."""

import re
from fnmatch import fnmatchcase
from functools import cache

import pytest
import yaml

from taleforge import settings
from taleforge.api.figures import FIGURES
from tools.coverage import ROOT, exists, expected, said
from tools.docs import command_line_page, openapi


@cache
def rows(section: str) -> dict[str, str]:
    """Return the rows of a section of the page: name, and where."""
    text = (ROOT / "docs/reference/coverage.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", text, re.MULTILINE))


def test_routes_are_those_of_the_api() -> None:
    """Each of the OpenAPI document, and the few that it does not describe."""
    described = {f"{method.upper()} {path}" for path, one in openapi()["paths"].items() for method in one}
    assert rows("Routes").keys() - described == {
        "GET /docs", "GET /docs/{page}", "GET /metrics", "WS /api/v1/tables/{table}/stream",
        "GET / (mcp)", "POST /mcp (mcp)",
    }  # fmt: skip
    assert described <= rows("Routes").keys()


def test_settings_figures_commands_and_alerts_are_those_there_are() -> None:
    """Each once, as its own page or file names it."""
    assert rows("Settings").keys() == {row.name for row in settings.catalogue()}
    assert rows("Figures").keys() == {figure.name for figure in FIGURES}
    headings = re.findall(r"^##+ taleforge (.+)$", command_line_page(), re.MULTILINE)
    groups = {heading for heading in headings if any(other.startswith(f"{heading} ") for other in headings)}
    assert rows("Commands").keys() == set(headings) - groups
    rules = (ROOT / "deploy/monitoring/rules/alerts.yml").read_text()
    assert list(rows("Alerts")) == re.findall(r"^ +- alert: (\w+)$", rules, re.MULTILINE)


def test_what_lies_in_deploy_is_listed() -> None:
    """Scripts, compose files with their services and profiles, manifests."""
    deploy = ROOT / "deploy"
    assert all((ROOT / name).exists() for name in rows("Scripts"))
    assert {f"deploy/{file.name}" for file in deploy.glob("*.sh")} <= rows("Scripts").keys()
    assert {f"file {file.name}" for file in deploy.glob("compose*.yaml")} <= rows("Compose").keys()
    for file in deploy.glob("compose*.yaml"):
        content = yaml.safe_load(file.read_text().replace("!override", ""))
        for name, service in content["services"].items():
            assert f"`{file.name}`" in rows("Compose")[f"service {name}"]
            assert all(f"profile {one}" in rows("Compose") for one in service.get("profiles", ()))
            assert all(port.rpartition(":")[0] for port in service.get("ports", ()))


def test_what_is_not_yet_there_is_not() -> None:
    """The page says so of nothing that exists, and each row of what is looked for is on it."""
    page = (ROOT / "docs/reference/coverage.md").read_text()
    there = exists()
    for section, wanted in expected().items():
        for what, names in wanted.items():
            for name, state in said(section, names, there[section]):
                assert f"| {section} | {what} | `{name}` | {state} |" in page
                assert ("not yet" in state) <= (name not in there[section])


def test_what_was_there_and_is_gone_is_noticed() -> None:
    """Whatever has no issue to come with must be there."""
    assert list(said("Routes", [4, "GET /x"], {})) == [("GET /x", "not yet: issue 4")]
    assert list(said("Routes", [4, "GET /*"], {"GET /x": "", "GET /y": ""})) == [("GET /*", "there, 2 of them")]
    with pytest.raises(LookupError, match="GET /x is not there"):
        list(said("Routes", ["GET /x"], {"GET /y": ""}))


def test_nothing_is_there_that_nobody_would_look_for() -> None:
    """Whoever adds something says under which words a host finds it; the tools are those of PROTOCOL §8."""
    there = exists()
    assert there["Tools"].keys() == {
        "act", "choose", "speak", "answer", "look", "options", "roll", "odds", "rules", "paint", "recall", "join",
        "leave",
    }  # fmt: skip
    for section, wanted in expected().items():
        patterns = [str(name).partition(" = ")[0] for names in wanted.values() for name in names]
        assert [one for one in there[section] if not any(fnmatchcase(one, name) for name in patterns)] == [], section
    assert expected().keys() == there.keys()
