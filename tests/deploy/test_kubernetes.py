"""What kustomize makes is valid, gives nobody more than they need, and agrees with the settings, routes and compose."""

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from taleforge import __version__, settings
from taleforge.api.production import refuse
from taleforge.api.server import MOST_SPREAD, PATIENCE, SETTLE, SPREAD
from taleforge.bootstrap.work import QUEUES
from tests.conftest import Need
from tests.deploy.engine import FULL, ROOT, compose_file
from tests.deploy.promql import named
from tests.deploy.test_monitoring import ALERTS, shown
from tools.docs import openapi

FOLDER = ROOT / "deploy" / "kubernetes"
PLACES = ("base", "overlays/production")
Object = dict[str, Any]
Test = TypeVar("Test", bound=Callable[..., object])
SCALED = {"scaleTargetRef", "minReplicaCount", "maxReplicaCount", "cooldownPeriod", "triggers"}
"""What we use of KEDA's ScaledObject, of which no validator here has a schema."""


@pytest.fixture(scope="module")
def _kubectl(need: Need) -> None:
    need("kubectl", "https://kubernetes.io/docs/tasks/tools")


def renders(test: Test) -> Test:
    """Mark a test of what kubectl renders."""
    return pytest.mark.containers(pytest.mark.usefixtures("_kubectl")(test))


def places(test: Test) -> Test:
    """Have a test on each place that can be rendered."""
    return renders(pytest.mark.parametrize("place", PLACES)(test))


@cache
def rendered(place: str) -> str:
    return subprocess.run(["kubectl", "kustomize", FOLDER / place], check=True, capture_output=True, text=True).stdout


def objects(place: str, *kinds: str) -> dict[str, Object]:
    """Return objects of some kinds, or all, by kind and name."""
    found = [one for one in yaml.safe_load_all(rendered(place)) if not kinds or one["kind"] in kinds]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


def pods(place: str) -> dict[str, Object]:
    """Return the specification of each pod that is made."""
    found = {name: one["spec"]["template"]["spec"] for name, one in objects(place, "Deployment", "Job").items()}
    crons = objects(place, "CronJob").items()
    return found | {name: one["spec"]["jobTemplate"]["spec"]["template"]["spec"] for name, one in crons}


def given(place: str) -> dict[str, str]:
    """Return the variables that all pods are given."""
    (config,) = objects(place, "ConfigMap").values()
    return config["data"]


@places
def test_kubernetes_would_take_it(place: str, tmp_path: Path, need: Need) -> None:
    """Each object is one of the current version, without a field that is unknown there."""
    need("kubernetes_validate", "make setup")
    file = tmp_path / "rendered.yaml"
    file.write_text(rendered(place))
    command = [ROOT / ".venv/bin/kubernetes-validate", "--strict", file]
    run = subprocess.run(command, capture_output=True, check=False, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    warned = [line for line in (run.stdout + run.stderr).splitlines() if "WARN" in line]
    assert len(warned) == len(objects(place, "ScaledObject"))


@places
def test_pods_may_do_next_to_nothing(place: str) -> None:
    """What the standard `restricted` asks for, a file system that cannot be written, and bounds on what is taken."""
    assert (
        objects(place)["Namespace/taleforge"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        == "restricted"
    )
    for pod in pods(place).values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 1001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert all({"emptyDir", "persistentVolumeClaim", "secret"} & volume.keys() for volume in pod["volumes"])
        assert all("sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""}) for volume in pod["volumes"])
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }  # fmt: skip
            for bound in ("requests", "limits"):
                assert {"cpu", "memory", "ephemeral-storage"} <= container["resources"][bound].keys()


@places
def test_images_are_of_this_version(place: str) -> None:
    """Never the latest of whatever there is."""
    images = [container["image"] for pod in pods(place).values() for container in pod["containers"]]
    assert {image.rpartition(":")[2] for image in images} == {__version__}


@places
def test_no_secret_is_written_down(place: str) -> None:
    """A Secret is named, never made; what is secret is read from its files."""
    assert not objects(place, "Secret")
    environment = given(place)
    assert [name for name in environment if name.endswith(("SECRET", "KEY", "REDIS_URL", "STORE_URL"))] == []
    for pod in pods(place).values():
        assert not any("env" in container for container in pod["containers"])
        (mount,) = [m for m in pod["containers"][0]["volumeMounts"] if m["name"] == "secrets"]
        files = [Path(value) for name, value in environment.items() if name.endswith(settings.IN_FILE)]
        assert {str(file.parent) for file in files} == {mount["mountPath"]}


@places
def test_the_server_starts_with_these_settings(place: str, tmp_path: Path) -> None:
    """Each variable is a setting, and production has nothing to say against them."""
    secret = tmp_path / "secret"
    secret.write_text("".join(f"{number:02x}" for number in range(7, 39)))
    environment = {
        name: str(secret) if name.endswith(settings.IN_FILE) else value for name, value in given(place).items()
    }
    loaded = settings.load(environment, {}, None)
    refuse(loaded)
    assert loaded.jobs.here == 0
    assert loaded.files.url  # a pod's own folder is gone with it
    for ingress in objects(place, "Ingress").values():
        assert {rule["host"] for rule in ingress["spec"]["rules"]} == set(loaded.serve.hosts.split(","))


@places
def test_nobody_reaches_anybody_without_a_policy(place: str) -> None:
    """Denied by default both ways, names may be asked for, and nothing leads to the whole internet."""
    policies = objects(place, "NetworkPolicy")
    deny = policies["NetworkPolicy/default-deny"]["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (dns,) = policies["NetworkPolicy/allow-dns"]["spec"]["egress"]
    assert {(port["protocol"], port["port"]) for port in dns["ports"]} == {("UDP", 53), ("TCP", 53)}
    assert "0.0.0.0/0" not in rendered(place)
    for policy in policies.values():
        for rule in [*policy["spec"].get("egress", ()), *policy["spec"].get("ingress", ())]:
            assert rule["ports"]
            assert rule.get("to") or rule.get("from")


@places
def test_whoever_serves_is_looked_after(place: str) -> None:
    """By routes that exist; and it is given the time that it takes to send everybody away."""
    pod = pods(place)["Deployment/api"]
    (container,) = pod["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in openapi()["paths"]
    sleeps = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > sleeps + SETTLE + MOST_SPREAD + SPREAD + PATIENCE
    (budget,) = objects(place, "PodDisruptionBudget").values()
    assert budget["spec"]["selector"] == objects(place)["Deployment/api"]["spec"]["selector"]


@places
def test_all_new_servers_are_there_before_an_old_one_sends_anybody_away(place: str) -> None:
    """Decision 0023, as far as a Deployment can: all new pods are made at once, and none leaves before one is ready. An
    old one then waits, for longer than probes may see two new ones apart that began together.
    """
    api = objects(place)["Deployment/api"]["spec"]
    assert api["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}
    (container,) = pods(place)["Deployment/api"]["containers"]
    apart = sum(container[probe]["periodSeconds"] for probe in ("startupProbe", "readinessProbe"))
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] > 2 * apart


@places
def test_somebody_does_every_kind_of_job(place: str) -> None:
    """And is well as compose would say; who watches reaches them where they tell figures."""
    (container,) = pods(place)["Deployment/worker"]["containers"]
    assert container["args"][1:3] == ["--queues", ",".join(sorted(QUEUES))]
    probe = container["livenessProbe"]["exec"]["command"]
    assert probe[:4] == compose_file(FULL)["services"]["worker"]["healthcheck"]["test"][1:5]
    port = container["ports"][0]["containerPort"]
    assert given(place)["TALEFORGE_JOBS_METRICS_PORT"] == str(port)
    policy = objects(place, "NetworkPolicy")["NetworkPolicy/allow-prometheus-to-workers"]["spec"]
    assert [one["port"] for one in policy["ingress"][0]["ports"]] == [port]


@places
def test_everything_is_backed_up(place: str) -> None:
    """Every night, to where the alert that looks for it expects it to have been."""
    assert "CronJob/backup" in objects(place)
    (container,) = pods(place)["CronJob/backup"]["containers"]
    assert container["args"][:3] == ["backup", "--to", container["volumeMounts"][-1]["mountPath"]]
    asked = named(ALERTS["TaleforgeBackupOld"]["expr"]).matched
    figures = ("kube_cronjob_status_last_successful_time", "kube_cronjob_created")
    assert asked == {(figure, "cronjob", "backup") for figure in figures}


@places
def test_a_pod_has_what_compose_gives_a_container(place: str) -> None:
    """The same memory."""
    limit = pods(place)["Deployment/api"]["containers"][0]["resources"]["limits"]["memory"]
    assert limit.removesuffix("i").lower() == compose_file("compose.yaml")["services"]["api"]["mem_limit"]


@places
def test_a_number_of_pods_has_one_master(place: str) -> None:
    """Either a manifest says how many, or one autoscaler does."""
    scalers = objects(place, "HorizontalPodAutoscaler", "ScaledObject").values()
    scaled = [scaler["spec"]["scaleTargetRef"]["name"] for scaler in scalers]
    assert len(scaled) == len(set(scaled))
    for deployment in objects(place, "Deployment").values():
        assert ("replicas" in deployment["spec"]) != (deployment["metadata"]["name"] in scaled)
    assert objects("base")["Deployment/api"]["spec"]["replicas"] == 2


@renders
async def test_workers_are_scaled_by_a_figure_that_exists() -> None:
    """KEDA asks Prometheus for jobs, of which the server tells."""
    (scaled,) = objects("overlays/production", "ScaledObject").values()
    assert scaled["spec"].keys() == SCALED
    (trigger,) = scaled["spec"]["triggers"]
    asked = named(trigger["metadata"]["query"])
    real = await shown()
    assert asked.figures == {"taleforge_jobs"}
    assert asked.grouped <= real["taleforge_jobs"]
    assert json.loads(trigger["metadata"]["threshold"]) > 0


def test_every_route_is_let_in_but_the_figures() -> None:
    """Whoever adds a route beside `/api` has to say so to the ingress."""
    ingress = yaml.safe_load((FOLDER / "overlays/production/ingress.yaml").read_text())
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    routes = {*openapi()["paths"], "/docs"}
    assert [route for route in routes if not any(route == path or route.startswith(f"{path}/") for path in paths)] == []
    assert not any("/metrics".startswith(path) for path in paths)
