"""The engine, the images and one deployment for all tests of containers; skipped where there is no engine."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import Need
from tests.deploy import engine


@pytest.fixture(scope="session")
def image(need: Need) -> str:
    """The image of this checkout."""
    need("docker", "https://docs.docker.com/engine/install (with Compose and buildx)")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no container engine answers; start it, or set DOCKER_HOST")
    engine.build_image()
    return engine.IMAGE


@pytest.fixture(scope="session")
def images(image: str) -> dict[str, str]:
    """Stand-ins for the official images that cannot be pulled."""
    return engine.images()


@pytest.fixture(scope="session")
def deployment(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[engine.Deployment]:
    """A deployment where anybody may make an account."""
    folder = tmp_path_factory.mktemp("host")
    with engine.deployed(folder, images, "TALEFORGE_SERVE_REGISTRATION=open\n") as running:
        yield running
