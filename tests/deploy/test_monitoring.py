"""Rules and dashboards ask for figures that exist, alerts are tested, and who watches is as confined as the watched."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from taleforge.api.figures import FIGURES
from taleforge.jobs.values import State
from taleforge.messages.codes import Code
from taleforge.telemetry.spans import STAGES
from tests.api.serving import serving
from tests.conftest import Need
from tests.deploy.engine import FULL, ROOT, compose_file
from tests.deploy.promql import named
from tools.dashboards import DASHBOARDS, PROMETHEUS

FOLDER = ROOT / "deploy" / "monitoring"
FILE = "compose.monitoring.yaml"
TARGET = frozenset({"instance", "job", "service", "worker", "le"})
"""Labels that Prometheus itself, several workers, and each histogram bring."""
OTHERS: Mapping[str, frozenset[str]] = {
    "up": frozenset(),
    "ALERTS": frozenset({"alertname", "alertstate"}),
    "kube_cronjob_created": frozenset({"cronjob", "namespace"}),
    "kube_cronjob_status_last_successful_time": frozenset({"cronjob", "namespace"}),
    "node_cpu_seconds_total": frozenset({"cpu", "mode"}),
    "node_filesystem_avail_bytes": frozenset({"device", "fstype", "mountpoint"}),
    "node_filesystem_size_bytes": frozenset({"device", "fstype", "mountpoint"}),
    "node_memory_MemAvailable_bytes": frozenset(),
    "node_memory_MemTotal_bytes": frozenset(),
    "pg_database_size_bytes": frozenset({"datname"}),
    "pg_up": frozenset(),
    "redis_connected_clients": frozenset(),
    "redis_evicted_keys_total": frozenset(),
    "redis_memory_max_bytes": frozenset(),
    "redis_memory_used_bytes": frozenset(),
    "redis_up": frozenset(),
    "DCGM_FI_DEV_FB_FREE": frozenset({"gpu", "UUID", "modelName"}),
    "DCGM_FI_DEV_FB_USED": frozenset({"gpu", "UUID", "modelName"}),
    "DCGM_FI_DEV_GPU_UTIL": frozenset({"gpu", "UUID", "modelName"}),
}
"""What Prometheus and the exporters of Kubernetes, node, PostgreSQL, Redis and DCGM show, as far as we ask for it."""
WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("taleforge_stage_failures_total", "stage"): frozenset(STAGES),
    ("taleforge_commands_total", "code"): frozenset(Code),
    ("taleforge_commands_total", "outcome"): frozenset({"ack", "ask", "refused"}),
    ("taleforge_tellings_total", "by"): frozenset({"model", "grammar"}),
    ("taleforge:stage_seconds:p95_5m", "stage"): frozenset(STAGES),
    ("taleforge:jobs:max", "state"): frozenset(get_args(State)),
}
"""The values that a label has, where it is one of ours."""


def rules(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "rules" / name).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules("alerts.yml")}
RECORDED = {rule["record"]: rule["expr"] for rule in rules("recording.yml")}


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression, with the name of what asks it."""
    yield from RECORDED.items()
    yield from ((name, rule["expr"]) for name, rule in ALERTS.items())
    yield from ((panel.title, expr) for one in DASHBOARDS for panel in one.panel for _, expr in panel.queries)


async def shown() -> dict[str, frozenset[str]]:
    """Play a little on a real server; return every sample's name that /metrics has then, or will, with its labels."""
    async with serving() as served:
        host = await served.playing()
        await host.act("do", text="look around")
        text = (await served.stranger.get("//metrics")).text
    declared = {figure.name: frozenset(figure.labels) for figure in FIGURES}
    found: dict[str, frozenset[str]] = {}
    for family in text_string_to_metric_families(text):
        base = family.name + ("_total" if family.type == "counter" else "")
        names = [f"{base}{end}" for end in ("_bucket", "_sum", "_count")] if family.type == "histogram" else [base]
        found |= dict.fromkeys(names, declared[base])
        for sample in family.samples:
            found[sample.name] = frozenset(sample.labels) | declared[base]
    return found


async def test_every_figure_and_label_that_is_asked_for_exists() -> None:
    """In what a real server shows, in what a rule records, or in what one of the exporters is known to show."""
    real = await shown()
    known = {**real, **OTHERS, **{name: frozenset(labels_of(name, real)) for name in RECORDED}}
    for who, expression in expressions():
        asked = named(expression)
        assert asked.figures <= known.keys(), who
        offered = TARGET.union(*(known[figure] for figure in asked.figures))
        assert asked.grouped <= offered, who
        assert {(f, label) for f, label, _ in asked.matched if label not in known[f] | TARGET} == set(), who


def labels_of(record: str, real: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the labels that a rule leaves: those it groups by, or all that its figures have."""
    asked = named(RECORDED[record])
    return set(asked.grouped) or set().union(*(real.get(f, OTHERS.get(f, frozenset())) for f in asked.figures))


def test_values_that_labels_are_compared_with_are_said_somewhere() -> None:
    """A misspelt stage, state or code would make a rule that is never true."""
    compared = [
        (figure, label, value)
        for _, expression in expressions()
        for figure, label, value in named(expression).matched
        if (figure, label) in WORDS
    ]
    assert len(compared) > 5
    assert [one for one in compared if one[2] not in WORDS[one[:2]]] == []


def test_queries_are_read_right() -> None:
    """The names in an expression are found, and only those."""
    asked = named('sum by (le, b) (rate(x_bucket{a="1",c!~"by|z"}[5m])) / on () group_left (d) y:z > 0.5 and up')
    assert asked.figures == {"x_bucket", "y:z", "up"}
    assert asked.matched == {("x_bucket", "a", "1"), ("x_bucket", "c", "by|z")}
    assert asked.grouped == {"le", "b", "d"}


def test_every_alert_says_what_to_do_and_is_tested() -> None:
    """Silent at one time and firing at another, with one sentence of what it is and one of what helps."""
    for alert in ALERTS.values():
        assert alert["labels"]["severity"] in {"warning", "critical"}
        assert all(alert["annotations"][part].endswith(".") for part in ("summary", "description"))
    tested: set[str] = set()
    for test in yaml.safe_load((FOLDER / "tests/alerts.yml").read_text())["tests"]:
        name = test["name"].partition(",")[0]  # what follows says in which case
        silent, firing = test["promql_expr_test"]
        assert {silent["expr"], firing["expr"]} == {f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'}
        assert silent["exp_samples"] == []
        assert [sample["value"] > 0 for sample in firing["exp_samples"]] == [True]
        tested.add(name)
    assert tested == ALERTS.keys()


def test_dashboards_are_provisioned() -> None:
    """Grafana finds them where compose mounts them, and they find Prometheus by the name it is given."""
    (source,) = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["uid"] == PROMETHEUS["uid"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((FOLDER / "grafana/provisioning/dashboards/taleforge.yml").read_text())["providers"]
    grafana = compose_file(FILE)["services"]["grafana"]
    assert f"./monitoring/grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].rpartition("/")[2]
    files = {file.name: json.loads(file.read_text()) for file in (FOLDER / "grafana/dashboards").iterdir()}
    assert files.keys() == {f"{one.uid}.json" for one in DASHBOARDS}
    assert home in files


def test_prometheus_finds_who_it_watches() -> None:
    """Each address it asks is a service of a compose file, on a network that both are on."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    services = compose_file(FULL)["services"]
    asked = {name for job in config["scrape_configs"] for sd in job.get("dns_sd_configs", ()) for name in sd["names"]}
    asked |= {
        target.partition(":")[0]
        for job in config["scrape_configs"]
        for static in job.get("static_configs", ())
        for target in static["targets"]
    } - {"127.0.0.1"}
    assert asked == {"api", "voice", "worker", "voice-worker", "node", "gpu", "postgres-exporter", "redis-exporter"}
    for name in asked:
        assert set(services[name]["networks"]) & set(services["prometheus"]["networks"])
    told = [
        t for one in config["alerting"]["alertmanagers"] for s in one.get("static_configs", ()) for t in s["targets"]
    ]
    assert told == ["alertmanager:9093"]


def test_only_this_machine_reaches_the_dashboards() -> None:
    """Prometheus at 9091, Alertmanager at 9093 and Grafana at 3000, of loopback alone."""
    published = {name: s["ports"] for name, s in compose_file(FILE)["services"].items() if "ports" in s}
    assert published == {
        "prometheus": ["127.0.0.1:${PROMETHEUS_PORT:-9091}:9090"],
        "alertmanager": ["127.0.0.1:${ALERTMANAGER_PORT:-9093}:9093"],
        "grafana": ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"],
    }


def test_grafanas_password_is_made() -> None:
    """By the same script as every other secret."""
    assert compose_file(FILE)["secrets"] == {"grafana_password": {"file": "./secrets/grafana_password"}}
    assert "\nchance | keep grafana_password\n" in (ROOT / "deploy/secrets.sh").read_text()


@pytest.mark.containers
@pytest.mark.parametrize("words", [["check", "config", "prometheus.yml"], ["test", "rules", "tests/alerts.yml"]])
def test_promtool_agrees(words: list[str], need: Need) -> None:
    """Every rule is well formed; every alert is silent while all is well, and fires when it is not."""
    need("promtool", "apt-get install prometheus")
    run = subprocess.run(["promtool", *words], cwd=FOLDER, capture_output=True, check=False, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.containers
def test_amtool_agrees(need: Need) -> None:
    """Alertmanager would take its file, whose alerts exist."""
    need("amtool", "apt-get install prometheus-alertmanager")
    run = subprocess.run(["amtool", "check-config", FOLDER / "alertmanager.yml"], capture_output=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    asked = re.findall(r'alertname = "(\w+)"', (FOLDER / "alertmanager.yml").read_text())
    assert asked
    assert set(asked) <= ALERTS.keys()
