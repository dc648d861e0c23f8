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


@pytest.fixture(scope="session", params=engine.FILES)
def deployment(
    request: pytest.FixtureRequest, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[engine.Deployment]:
    """A deployment where anybody may make an account, with stand-ins for the images that cannot be pulled."""
    assert image
    folder = tmp_path_factory.mktemp("host")
    images = engine.images(request.param)
    with engine.deployed(folder, request.param, images, "TALEFORGE_SERVE_REGISTRATION=open\n") as running:
        yield running
