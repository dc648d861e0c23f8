"""A container engine as tests see it: images, a deployment of its own, and crashes as a machine makes them.

Works on any engine that the `docker` command reaches. What it starts has names of its own and is removed in the end.
"""

import json
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

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


def images(name: str) -> dict[str, str]:
    """Return which images take the place of a compose file's official ones: none where those can be pulled."""
    chosen: dict[str, str] = {}
    for service in compose_file(name)["services"].values():
        variable, _, official = service["image"].removeprefix("${").rstrip("}").partition(":-")
        if "build" not in service and not has_image(official):
            standin = official.partition(":")[0]
            chosen[variable] = f"{IMAGE}-{standin}"
            docker("build", "--quiet", "--tag", chosen[variable], STANDINS / standin)
    return chosen


def build_image() -> None:
    """Build the image of the checkout; with the pip.conf of this machine, if it has one."""
    conf = Path("/etc/pip.conf")
    secret = [f"--secret=id=pip_conf,src={conf}"] if conf.exists() else []
    docker("build", "--quiet", "--file", ROOT / "deploy/Dockerfile", "--target", "cpu", "--tag", IMAGE, *secret, ROOT)


class Deployment:
    """What a compose file makes, under a name of its own.

    Args:
        folder: A copy of deploy/.
        file: The compose file's name.
        environ: What a host would set in the shell.
    """

    def __init__(self, folder: Path, file: str, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.file = file
        self.environ = dict(environ)
        self._options = ("--project-name", f"taleforge-test-{os.getpid()}", "--file", folder / file)

    def compose(self, *words: str, check: bool = True) -> str:
        """Run a command of compose."""
        return docker("compose", *self._options, *words, environ=self.environ, check=check)

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

    def services(self) -> list[str]:
        """Return the services that keep running."""
        return [name for name, service in compose_file(self.file)["services"].items() if service["restart"] == "always"]

    def inspect(self, service: str) -> list[dict[str, Any]]:
        """Return the state of every container of a service."""
        found = self.compose("ps", "--all", "--quiet", service).split()
        return json.loads(docker("container", "inspect", *found))

    def crash(self, service: str) -> None:
        """End every process of a service with SIGKILL from outside: to the engine, nobody has asked for it."""
        pids = [str(container["State"]["Pid"]) for container in self.inspect(service)]
        command = f"import os; [os.kill(pid, 9) for pid in ({','.join(pids)},)]"
        docker("run", "--rm", "--pid=host", "--user=0", "--privileged", "--entrypoint=python", IMAGE, "-c", command)

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
def deployed(folder: Path, file: str, images: Mapping[str, str], dotenv: str) -> Iterator[Deployment]:
    """Deploy as a host does, in three steps, and leave nothing behind."""
    copy = folder / "deploy"
    copytree(ROOT / "deploy", copy, ignore=ignore_patterns("secrets", "tls", ".env", "compose.override.yaml"))
    (copy / "tls").mkdir()
    subprocess.run([copy / "secrets.sh"], check=True, capture_output=True)
    (copy / ".env").write_text(dotenv)
    ports = {"HTTP_PORT": free_port(), "HTTPS_PORT": free_port()}
    deployment = Deployment(copy, file, {**images, **ports, "IMAGE": IMAGE})
    try:
        begun = deployment.compose("up", "--detach", "--no-build", "--wait", check=False)
        if not all(
            container["State"]["Running"]
            for service in deployment.services()
            for container in deployment.inspect(service)
        ):
            raise AssertionError(begun + deployment.compose("logs", "--tail=50"))
        deployment.await_ready()
        yield deployment
    finally:
        deployment.compose("down", "--volumes", "--timeout=20")
