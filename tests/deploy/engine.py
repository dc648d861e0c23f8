"""A container engine as tests see it: images, a deployment of its own, and crashes as a machine makes them.

Works on any engine that the `docker` command reaches. What it starts has names of its own and is removed in the end.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any, NamedTuple

import httpx
import yaml

ROOT = Path(__file__).parents[2]
IMAGE = "taleforge-test"
STANDINS = Path(__file__).parent / "standins"
FILES = ("compose.yaml", "compose.postgresql.yaml")
"""The ways to deploy a server alone."""
FULL = "compose.full.yaml"
"""The way to deploy everything."""
GRAPHICS = "gpu"
"""The profile that no machine without a graphics card can start."""
PATIENCE = 90.0
"""Seconds in which whatever crashed is well again."""


def docker_pipe(*words: str | Path, given: bytes = b"", environ: Mapping[str, str]) -> bytes:
    """Run the command with something to read; return what it writes."""
    run = subprocess.run(
        ["docker", *words], env={**os.environ, **environ}, input=given, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def docker(*words: str | Path, environ: Mapping[str, str] | None = None, check: bool = True) -> str:
    """Run the command and return what it prints; without `check` also what it complains about."""
    run = subprocess.run(
        ["docker", *words], env={**os.environ, **(environ or {})}, capture_output=True, check=False, text=True
    )
    assert not check or run.returncode == 0, f"docker {' '.join(map(str, words))}\n{run.stdout}{run.stderr}"
    return (run.stdout if check else run.stdout + run.stderr).strip()


def has_image(name: str) -> bool:
    """Whether an image is here or can be had."""
    here = subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False)
    if here.returncode == 0:
        return True
    return subprocess.run(["docker", "pull", "--quiet", name], capture_output=True, check=False).returncode == 0


class _Loader(yaml.SafeLoader):
    """Knows the one tag that our compose files use."""


class _Instead(list[Any]):
    """A list that takes the place of the one it extends (`!override`)."""


def _instead(loader: yaml.SafeLoader, node: yaml.nodes.SequenceNode) -> _Instead:
    return _Instead(loader.construct_sequence(node))


_Loader.add_constructor("!override", _instead)


@cache
def compose_file(name: str) -> dict[str, Any]:
    """Return a compose file with its `extends` followed, as far as ours use them; variables as they are written."""
    read: dict[str, Any] = yaml.load((ROOT / "deploy" / name).read_text(), _Loader)
    for key, service in read["services"].items():
        if extended := service.pop("extends", None):
            base = compose_file(extended["file"])["services"][extended["service"]]
            read["services"][key] = {
                **base,
                **{field: _over(base.get(field), value) for field, value in service.items()},
            }
    return read


def _over(base: Any, value: Any) -> Any:
    match base, value:
        case _, _Instead():
            return value
        case dict(), dict():
            return {**base, **value}
        case list(), list():
            return [*base, *value]
        case _:
            return value


def started(name: str, profile: str = "full") -> dict[str, dict[str, Any]]:
    """Return the services of a compose file that start: all, or those of a profile and of none where there are some."""
    services = compose_file(name)["services"].items()
    return {key: service for key, service in services if profile in service.get("profiles", [profile])}


PACKAGES = {
    "alertmanager": "prometheus-alertmanager",
    "nats": "nats-server",
    "node-exporter": "prometheus-node-exporter",
    "postgres-exporter": "prometheus-postgres-exporter",
    "prometheus": "prometheus",
    "redis_exporter": "prometheus-redis-exporter",
}
"""Debian's packages of programs whose official images do nothing but run them."""


DOUBLES = ("ollama", "seaweedfs")
"""What is stood in for everywhere: the one would fetch gigabytes, into the files of the other a test looks."""


class Images(NamedTuple):
    """Which images take the place of those that compose files name."""

    chosen: dict[str, str]
    """By the variable that names each."""
    absent: frozenset[str]
    """Services for whose images nothing can stand in."""


def images(name: str) -> Images:
    """Make what takes the place of a compose file's images: our own, and stand-ins for those that cannot be pulled."""
    services = started(name)
    asked = {service["image"]: service for service in services.values()}
    with ThreadPoolExecutor(4) as pool:
        made = dict(zip(asked, pool.map(_image, asked.values()), strict=True))
    absent = {key for key, service in services.items() if not made[service["image"]][1]}
    return Images({variable: image or IMAGE for variable, image in made.values()}, frozenset(absent))


def _image(service: dict[str, Any]) -> tuple[str, str]:
    """Return the variable that names a service's image, and the image; empty where there is none."""
    variable, _, official = service["image"].removeprefix("${").rstrip("}").partition(":-")
    if "build" in service:
        return variable, build_image(service["build"].get("args", {}).get("PARTS", "server"))
    name = official.rpartition("/")[2].partition(":")[0]
    if name not in DOUBLES and has_image(official):
        return variable, official
    return variable, _standin(name)


@cache
def _standin(name: str) -> str:
    image, arguments = f"{IMAGE}-{name}", []
    if name in PACKAGES:
        arguments = [f"--build-arg=PACKAGE={PACKAGES[name]}", STANDINS / "packages"]
    elif (STANDINS / name).is_dir():
        arguments = [STANDINS / name]
    else:
        return ""
    docker("build", "--quiet", "--tag", image, *arguments)
    return image


@cache
def build_image(parts: str = "server") -> str:
    """Build an image of the checkout; with the pip.conf of this machine, if it has one. Return its name."""
    conf = Path("/etc/pip.conf")
    secret = [f"--secret=id=pip_conf,src={conf}"] if conf.exists() else []
    image = IMAGE if parts == "server" else f"{IMAGE}-{parts}"
    docker(
        "build", "--quiet", "--file", ROOT / "deploy/Dockerfile", "--target", "cpu", "--build-arg", f"PARTS={parts}",
        "--tag", image, *secret, ROOT,
    )  # fmt: skip
    return image


class Deployment:
    """What a compose file makes, under a name of its own.

    Args:
        folder: A copy of deploy/.
        file: The compose file's name.
        environ: What a host would set in the shell, with one profile.
        absent: Services that do not start, for there is no image of theirs.
    """

    def __init__(
        self, folder: Path, file: str, environ: Mapping[str, str], absent: frozenset[str] = frozenset()
    ) -> None:
        self.folder = folder
        self.file = file
        self.environ = dict(environ)
        self._absent = absent
        self._options = ("--project-name", f"taleforge-test-{os.getpid()}", "--file", folder / file)

    def compose(self, *words: str, check: bool = True) -> str:
        """Run a command of compose."""
        return docker("compose", *self._options, *words, environ=self.environ, check=check)

    def up(self, *words: str, check: bool = True) -> str:
        """Start everything, and wait until it is well."""
        none = [f"--scale={service}=0" for service in self._absent & started(self.file, self.profile).keys()]
        return self.compose("up", "--detach", "--no-build", "--wait", *none, *words, check=check)

    def pipe(self, command: str, given: bytes = b"") -> bytes:
        """Run a command of compose as a host types it, with something to read; return what it writes."""
        words = shlex.split(command.removeprefix("docker compose "))
        return docker_pipe("compose", *self._options, *words, given=given, environ=self.environ)

    def script(self, name: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a script of deploy/ as a host does, who has said in .env which compose file is theirs."""
        environ = {
            **os.environ, **self.environ, "COMPOSE_FILE": self.file, "COMPOSE_PROJECT_NAME": self._options[1],
        }  # fmt: skip
        run = subprocess.run([self.folder / name], env=environ, capture_output=True, check=False, text=True)
        assert not check or run.returncode == 0, run.stdout + run.stderr
        return run

    def address(self, scheme: str = "http") -> str:
        """Return where the proxy answers."""
        return f"{scheme}://localhost:{self.environ[f'{scheme.upper()}_PORT']}"

    @property
    def profile(self) -> str:
        """What starts beside the server and its stores."""
        return self.environ["COMPOSE_PROFILES"]

    @profile.setter
    def profile(self, name: str) -> None:
        self.environ["COMPOSE_PROFILES"] = name

    def services(self) -> list[str]:
        """Return the services that keep running."""
        running = {name for name, one in started(self.file, self.profile).items() if one["restart"] == "always"}
        return sorted(running - self._absent)

    def inspect(self, service: str) -> list[dict[str, Any]]:
        """Return the state of every container of a service."""
        found = self.compose("ps", "--all", "--quiet", service).split()
        return json.loads(docker("container", "inspect", *found))

    def crash(self, *services: str) -> None:
        """End every process of some services with SIGKILL from outside: to the engine, nobody has asked for it."""
        self.kill([state["State"]["Pid"] for service in services for state in self.inspect(service)])

    def kill(self, pids: Sequence[int]) -> None:
        """End processes of the machine with SIGKILL, one after the other."""
        command = "import os, sys, time; [(os.kill(int(pid), 9), time.sleep(0.5)) for pid in sys.argv[1:]]"
        outside = ("run", "--rm", "--pid=host", "--user=0", "--privileged", "--entrypoint=python")
        docker(*outside, IMAGE, "-c", command, *map(str, pids))

    def restarts(self, service: str) -> int:
        """Return how often the engine has started a service again."""
        return sum(container["RestartCount"] for container in self.inspect(service))

    def await_health(self, service: str, restarts: int = 0) -> None:
        """Wait until a service is well and was started again so often."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            states = [container["State"] for container in self.inspect(service)]
            well = all(state["Running"] and state["Health"]["Status"] == "healthy" for state in states)
            if well and self.restarts(service) >= restarts:
                return
            time.sleep(0.2)
        raise AssertionError(f"{service} did not come back:\n{self.compose('logs', '--tail=50', service)}")

    def await_ready(self) -> None:
        """Wait until the proxy has found the server; its address may be another than before."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.address()}/ready", trust_env=False).status_code == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(f"nobody answers:\n{self.compose('logs', '--tail=50')}")


def free_port() -> str:
    """Return a port that is free now; the engine's own choice would not outlive a restart."""
    with socket.create_server(("", 0)) as listening:
        return str(listening.getsockname()[1])


@contextmanager
def deployed(folder: Path, file: str, images: Images, dotenv: str, profile: str = "full") -> Iterator[Deployment]:
    """Deploy as a host does, in three steps, and leave nothing behind."""
    copy = folder / "deploy"
    copytree(
        ROOT / "deploy", copy, ignore=ignore_patterns("secrets", "tls", ".env", ".rolling", "compose.override.yaml")
    )
    (copy / "tls").mkdir()
    subprocess.run([copy / "secrets.sh"], check=True, capture_output=True)
    (copy / ".env").write_text(dotenv)
    asked = re.findall(r"\$\{(\w+_PORT):-", " ".join(str(service.get("ports")) for service in started(file).values()))
    chosen = {"COMPOSE_PROFILES": profile, "HOST_MOUNT": "ro"}
    environ = {**images.chosen, **{port: free_port() for port in asked}, **chosen}
    deployment = Deployment(copy, file, environ, images.absent)
    try:
        begun = deployment.up(check=False)
        if not all(
            container["State"]["Running"]
            for service in deployment.services()
            for container in deployment.inspect(service)
        ):
            raise AssertionError(begun + deployment.compose("logs", "--tail=50"))
        deployment.await_ready()
        yield deployment
    finally:
        deployment.compose("--profile=*", "down", "--volumes", "--timeout=20")
