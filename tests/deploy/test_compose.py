"""The compose files keep what they promise of every service, and agree with the settings and their example."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taleforge import settings
from taleforge.api.production import refuse
from taleforge.errors import Misconfigured
from tests.deploy.engine import FILES, compose_file
from tools import docs

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = [
    pytest.param(service, id=f"{name}-{file}")
    for file in FILES
    for name, service in compose_file(file)["services"].items()
]
services = pytest.mark.parametrize("service", SERVICES)
files = pytest.mark.parametrize("file", FILES)
Service = dict[str, Any]


def without_defaults(text: str) -> str:
    """Return a value as compose reads it when nobody has set anything."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@services
def test_every_service_is_given_as_little_as_it_needs(service: Service) -> None:
    """No capability, no new privilege, nothing to write on, and a bound on all that it takes."""
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert {"cpus", "mem_limit", "pids_limit"} <= service.keys()
    assert all("size=" in mount for mount in service["tmpfs"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@services
def test_every_service_comes_back_and_says_how_it_is(service: Service) -> None:
    """Started again after a crash; healthy by its own check or its image's, and never as root."""
    assert service["restart"] == "always" or service["command"] == ["migrate"]
    assert "build" in service or service["healthcheck"]["test"][0] == "CMD"
    assert "build" in service or re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


@services
def test_images_are_pinned_and_can_be_replaced(service: Service) -> None:
    """An upgrade is a change of this file, and whoever has their own registry names it."""
    variable, _, official = service["image"].removeprefix("${").rstrip("}").partition(":-")
    assert variable.isupper()
    assert "build" in service or re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-alpine)?", official)


@files
def test_only_the_proxy_is_reached_from_outside(file: str) -> None:
    """Nothing else publishes a port or is on a network that leads anywhere."""
    compose = compose_file(file)
    inner = {name for name, network in compose["networks"].items() if network.get("internal")}
    for name, service in compose["services"].items():
        assert ("ports" in service) == (name == "proxy")
        assert (set(service["networks"]) <= inner) == (name != "proxy")


@files
def test_secrets_are_files_that_secrets_sh_makes(file: str) -> None:
    """No secret stands in a variable, and none has a default."""
    compose = compose_file(file)
    for service in compose["services"].values():
        for variable in service.get("environment", {}):
            assert variable.endswith("_FILE") or not re.search("SECRET|PASSWORD|TOKEN|KEY|URL", variable)
        assert set(service.get("secrets", ())) <= compose["secrets"].keys()
    made = set(re.findall(r"\| keep (\w+)$", (DEPLOY / "secrets.sh").read_text(), re.MULTILINE))
    assert {secret["file"] for secret in compose["secrets"].values()} <= {f"./secrets/{name}" for name in made}


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


def examples() -> Iterator[tuple[str, str]]:
    yield from re.findall(r"^#(\w+)=(.*)$", (DEPLOY / ".env.example").read_text(), re.MULTILINE)


def test_the_example_of_variables_is_true() -> None:
    """Each variable is a setting or one that compose.yaml asks for, shown with the value it has anyway."""
    ours = {name: value for name, value in examples() if name.startswith(settings.PREFIX)}
    assert settings.load(ours, {}, None) == settings.load({}, {}, None)
    asked = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (DEPLOY / "compose.yaml").read_text()))
    others = {name: value for name, value in examples() if name not in ours}
    assert others.items() <= asked.items()


def test_compose_sets_what_the_example_leaves_out() -> None:
    """A setting is a host's to choose, or compose.yaml or the image sets it; a log file has no place in a container."""
    fixed = {row.variable for row in settings.catalogue() if row.name in docs.SET_BY_COMPOSE} - {"TALEFORGE_LOG_FILE"}
    environments = [compose_file(file)["services"]["api"]["environment"] for file in FILES]
    assert fixed == {name.removesuffix(settings.IN_FILE) for given in environments for name in given}
