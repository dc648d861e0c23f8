"""Make Grafana's dashboards of deploy/monitoring/dashboards.toml, which says what they show and nothing of how.

`tools.docs` writes them with the other pages. Asks nobody for a figure.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, convert

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "deploy/monitoring/dashboards.toml"
TARGET: Final = "deploy/monitoring/grafana/dashboards"
PROMETHEUS: Final = {"type": "prometheus", "uid": "prometheus"}
"""As provisioning/datasources names it."""
WIDTH: Final = 8
"""Of the 24 columns that a dashboard has."""
LINK: Final = {
    "type": "dashboards", "tags": ["taleforge"], "asDropdown": True, "title": "Taleforge", "icon": "dashboard",
    "includeVars": False, "keepTime": True, "targetBlank": False, "tooltip": "",
}  # fmt: skip
"""The way to the other dashboards, with the span of time that is looked at."""
LEGEND: Final[dict[str, Any]] = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
"""With all that Grafana's types ask for (`@grafana/schema`), as everything here."""


class Panel(Struct, frozen=True, forbid_unknown_fields=True):
    """One graph: queries as (legend, PromQL), and Grafana's name of their unit."""

    title: str
    queries: list[tuple[str, str]]
    unit: str = "short"


class Dashboard(Struct, frozen=True, forbid_unknown_fields=True):
    """Panels, three in a row."""

    uid: str
    title: str
    panel: list[Panel]


def page(dashboard: Dashboard) -> str:
    """Return a dashboard as Grafana reads it."""
    return json.dumps(_of(dashboard), indent=1, ensure_ascii=False) + "\n"


def _of(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["taleforge"],
        "links": [LINK],
        "schemaVersion": 41,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "panels": list(_panels(dashboard)),
    }


def _panels(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    for number, panel in enumerate(dashboard.panel):
        row, column = divmod(number, 24 // WIDTH)
        yield {
            "id": number + 1,
            "type": "timeseries",
            "title": panel.title,
            "datasource": PROMETHEUS,
            "gridPos": {"x": column * WIDTH, "y": row * WIDTH, "w": WIDTH, "h": WIDTH},
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "options": {"legend": LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
            "targets": [
                {"refId": chr(ord("A") + place), "datasource": PROMETHEUS, "expr": expr, "legendFormat": legend}
                for place, (legend, expr) in enumerate(panel.queries)
            ],
        }


DASHBOARDS: Final = convert(tomllib.loads(SOURCE.read_text(encoding="utf-8"))["dashboard"], tuple[Dashboard, ...])
"""What the file says."""
PAGES: Final[dict[str, Callable[[], str]]] = {f"{TARGET}/{one.uid}.json": partial(page, one) for one in DASHBOARDS}
"""Each dashboard by its path in the repository."""
