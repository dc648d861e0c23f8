"""The compose files keep what they promise of every service, and agree with the settings and their example."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taleforge import settings
from taleforge.api.production import refuse
from taleforge.errors import Misconfigured
from tests.conftest import Need
from tests.deploy.engine import FILES, FULL, GRAPHICS, compose_file, docker, started
from tools import docs

DEPLOY = Path(__file__).parents[2] / "deploy"
WHOLE = (*FILES, FULL)
"""The files that deploy something by themselves."""
SERVICES = [
    pytest.param(name, service, id=f"{name}-{file}")
    for file in (*WHOLE, "compose.monitoring.yaml")
    for name, service in compose_file(file)["services"].items()
]
ONCE = {"migrate", "places", "bucket"}
"""Services that leave when they are done; others wait for them."""
PROFILES = ("full", "cpu", "gpu", "proxy", "workers", "voice", "models", "memory", "monitoring")
OUTWARD = {
    "outside": {"proxy"},
    "fetching": {"models", "models-gpu"},
    "watching": {"alertmanager", "grafana", "prometheus"},
}
"""Who is on a network that leads anywhere: players come in, models are fetched, alerts are told."""
services = pytest.mark.parametrize(("name", "service"), SERVICES)
files = pytest.mark.parametrize("file", WHOLE)
Service = dict[str, Any]


def without_defaults(text: str) -> str:
    """Return a value as compose reads it when nobody has set anything."""
    while (plain := re.sub(r"\$\{\w+:?-([^${}]*)\}", r"\1", text)) != text:
        text = plain
    return text


@services
def test_every_service_is_given_as_little_as_it_needs(name: str, service: Service) -> None:
    """No capability, no new privilege, nothing to write on, and a bound on all that it takes."""
    assert name
    assert service["cap_drop"] == ["ALL"]
    assert not {"cap_add", "privileged", "devices", "pid", "network_mode", "userns_mode"} & service.keys()
    assert service["ipc"] == "private"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert {"cpus", "mem_limit", "pids_limit"} <= service.keys()
    assert all("size=" in mount for mount in service["tmpfs"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@services
def test_every_service_comes_back_and_says_how_it_is(name: str, service: Service) -> None:
    """Started again after a crash; healthy by its own check or its image's, without a shell, and never as root."""
    assert service["restart"] == ("no" if name in ONCE else "always")
    check = service.get("healthcheck", {"test": None} if "build" in service else {})
    if name in ONCE:
        assert check == {"disable": True}
    else:
        assert check["test"] is None or check["test"][0] == "CMD"
    assert "build" in service or re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service.get("user") not in {"0", "root", "0:0"}


@services
def test_images_are_pinned_and_can_be_replaced(name: str, service: Service) -> None:
    """An upgrade is a change of this file, and whoever has their own registry names it."""
    assert name
    variable, _, official = service["image"].removeprefix("${").rstrip("}").partition(":-")
    assert variable.isupper()
    assert "build" in service or re.fullmatch(r"([a-z\d]+/)?[a-z_-]+:v?\d+\.\d+(\.\d+)?[-.\w]*", official)


@services
def test_a_graphics_card_is_asked_for_in_its_profile_alone(name: str, service: Service) -> None:
    """Without NVIDIA's toolkit the engine would refuse the whole of `up`."""
    asks = "devices" in str(service.get("deploy", ""))
    assert asks == (name == "gpu" or name.endswith("-gpu"))
    assert not asks or service["profiles"] == [GRAPHICS]


@files
def test_only_the_proxy_is_reached_from_outside(file: str) -> None:
    """Another port is this machine's own address alone, and few are on a network that leads anywhere."""
    compose = compose_file(file)
    inner = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert compose["networks"].keys() - inner <= OUTWARD.keys()
    for name, service in compose["services"].items():
        assert name == "proxy" or all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        assert {net for net, who in OUTWARD.items() if name in who} & compose["networks"].keys() == (
            set(service["networks"]) - inner
        )


def given(service: Service) -> set[str]:
    """Return the secrets that a service is given."""
    return {secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", ())}


@files
def test_secrets_are_files_that_secrets_sh_makes(file: str) -> None:
    """No secret stands in a variable, and none has a default."""
    compose = compose_file(file)
    for service in compose["services"].values():
        for variable, value in service.get("environment", {}).items():
            assert variable.endswith("_FILE") or not re.search("SECRET|PASS|TOKEN|KEY|(STORE|REDIS|NATS)_URL", variable)
            assert "@" not in str(value)
        assert given(service) <= compose["secrets"].keys()
    made = set(re.findall(r"\b(?:keep|derive) (\w+)(?: <<END)?$", (DEPLOY / "secrets.sh").read_text(), re.MULTILINE))
    assert {secret["file"] for secret in compose["secrets"].values()} <= {f"./secrets/{name}" for name in made}
    used = {name for service in compose["services"].values() for name in given(service)}
    assert used == compose["secrets"].keys()


@files
def test_the_server_starts_with_these_settings_and_not_without_its_secret(file: str, tmp_path: Path) -> None:
    """What compose hands over is what production asks for."""
    environment = compose_file(file)["services"]["api"]["environment"]
    given = {name: without_defaults(str(value)) for name, value in environment.items()}
    secret = tmp_path / "secret"
    secret.write_text("".join(f"{number:02x}" for number in range(7, 39)))
    files = {name: str(secret) for name in given if name.endswith(settings.IN_FILE)}
    refuse(settings.load({**given, **files}, {}, None))
    with pytest.raises(Misconfigured, match="secret is not set"):
        refuse(settings.load({**given, **files, "TALEFORGE_SERVE_SECRET_FILE": ""}, {}, None))


def test_what_starts_is_what_the_profiles_say() -> None:
    """The server and its stores start with any; `full` is all but graphics cards and an index that few need."""
    by_profile: dict[str, set[str]] = {}
    for name, service in compose_file(FULL)["services"].items():
        for profile in service.get("profiles", ["always"]):
            by_profile.setdefault(profile, set()).add(name)
    assert by_profile.keys() == {"always", *PROFILES}
    parts = by_profile["proxy"] | by_profile["workers"] | by_profile["voice"] | by_profile["models"]
    assert by_profile["cpu"] == parts
    assert by_profile["full"] == parts | by_profile["monitoring"]
    assert {name.removesuffix("-gpu") for name in by_profile[GRAPHICS]} == parts | {"gpu"}
    for whole in ("always", "full"):
        assert not {name for name in by_profile[whole] if name.endswith("gpu")}


@pytest.mark.containers
@pytest.mark.parametrize("profile", ["", *PROFILES])
def test_compose_would_start_each_profile(profile: str, need: Need) -> None:
    """It takes the file with any of them alone, and would start what the file says."""
    need("docker", "https://docs.docker.com/engine/install (with Compose and buildx)")
    config = ("compose", "--file", DEPLOY / FULL, "config", "--services")
    said = docker(*config, environ={"COMPOSE_PROFILES": profile})
    assert set(said.split()) == started(FULL, profile).keys()


def test_a_part_that_is_left_out_is_not_waited_for() -> None:
    """No service waits for one that its own profiles do not start."""
    all_services = compose_file(FULL)["services"]
    for service in all_services.values():
        mine = set(service.get("profiles", ()))
        for other in service.get("depends_on", ()):
            theirs = set(all_services[other].get("profiles", ()))
            assert not theirs or (mine and mine <= theirs)


def test_whatever_does_jobs_stands_back_for_tables() -> None:
    """Between containers niceness means nothing: a worker has an eighth of a server's share where both want a core."""
    shares = {
        name: one.get("cpu_shares") for name, one in compose_file(FULL)["services"].items()
        if "worker" in (one.get("command") or ())
    }  # fmt: skip
    assert shares == {"worker": 128, "voice-worker": 128, "voice-worker-gpu": 128}


def test_everything_of_ours_is_replaced_together() -> None:
    """An upgrade leaves no old program beside a new one: roll.sh names all that are ours and keep running."""
    ours = {name for name, one in compose_file(FULL)["services"].items() if "build" in one and name not in ONCE}
    (named,) = re.findall(r"^ +([a-z-]+(?: \| [a-z-]+)+)\)$", (DEPLOY / "roll.sh").read_text(), re.MULTILINE)
    assert {"api", *named.split(" | ")} == ours


def examples() -> Iterator[tuple[str, str]]:
    yield from re.findall(r"^#(\w+)=(.*)$", (DEPLOY / ".env.example").read_text(), re.MULTILINE)


def asked_for(file: str) -> dict[str, str]:
    """Return the variables that a file has defaults for, with those."""
    text, found = (DEPLOY / file).read_text(), dict[str, str]()
    while innermost := re.search(r"\$\{(\w+):?-([^${}]*)\}", text):
        found[innermost[1]] = innermost[2]
        text = text[: innermost.start()] + innermost[2] + text[innermost.end() :]
    return found


def test_the_example_of_variables_is_true() -> None:
    """Each variable is a setting or one that a compose file asks for, shown with the value it has anyway."""
    ours = {name: value for name, value in examples() if name.startswith(settings.PREFIX)}
    assert settings.load(ours, {}, None) == settings.load({}, {}, None)
    asked = {"COMPOSE_FILE": "compose.yaml", "COMPOSE_PROFILES": ""}
    for file in (*WHOLE, "compose.monitoring.yaml"):
        asked |= asked_for(file)
    others = {name: value for name, value in examples() if name not in ours}
    assert others.items() <= asked.items()
    assert {name for name in asked if not name.endswith("_IMAGE") and name not in ours} <= others.keys()


def test_compose_sets_what_the_example_leaves_out() -> None:
    """A setting is a host's to choose, or compose.yaml or the image sets it; a log file has no place in a container."""
    fixed = {row.variable for row in settings.catalogue() if row.name in docs.SET_BY_COMPOSE} - {"TALEFORGE_LOG_FILE"}
    environments = [compose_file(file)["services"]["api"]["environment"] for file in FILES]
    assert fixed == {name.removesuffix(settings.IN_FILE) for given in environments for name in given}


def test_everything_together_lets_a_host_choose_still() -> None:
    """What compose.full.yaml sets beside that can be set in .env, but for what its own parts need."""
    parts = re.compile(
        "TALEFORGE_(BACKUP_FOLDER|DATA_FOLDER|FILES_(KEY|SECRET)_FILE|JOBS_(HERE|METRICS_.*)|MCP_.*|MEMORY_QDRANT_KEY_FILE|NATS_URL_FILE)"
    )
    base = compose_file("compose.postgresql.yaml")["services"]["api"]["environment"]
    for service in compose_file(FULL)["services"].values():
        for name, value in service.get("environment", {}).items():
            if name.startswith(settings.PREFIX) and name not in base and not parts.fullmatch(name):
                assert str(value).startswith(f"${{{name}")
