"""A deployment as a host makes it, on a real engine: what it weighs, what it is denied, an evening with crashes in it.

The tests run in this order, on one deployment of each compose file; the last two end it and begin it again.
"""

import asyncio
import json
import ssl
import subprocess
from collections.abc import Sequence
from contextlib import AsyncExitStack
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from taleforge.bootstrap import check_file, read_file
from taleforge.client.server import SeatToken
from taleforge.client.table import TableClient
from taleforge.messages.commands import Ack, Ready, Sit
from taleforge.messages.events import Event
from tests.deploy.engine import PATIENCE, ROOT, Deployment, docker
from tests.deploy.evening import Talker, Unlucky, heard_of, host_of, onlooker_of, play, sitting

pytestmark = pytest.mark.containers

MOST_BYTES = 220 * 10**6
"""Size of the image, unpacked."""
KEEP = "docker compose exec -T api taleforge backup --to -"
BRING = "docker compose run --rm --no-deps -T api restore -"
"""How everything is kept while others play, and brought back into an empty volume."""
MAKE = "docker compose run --rm api admin make ann@example.org --name Ann --admin"
"""How somebody who may everything is made, while nobody serves."""
PASSWORD = "cobbler-lantern-otter-71"
EVENING = 240.0
"""Seconds that the evening may take, with all its crashes."""


def test_the_image_is_small(image: str) -> None:
    """Unpacked, as it lies on a host's disk."""
    container = docker("container", "create", image)
    try:
        with subprocess.Popen(["docker", "container", "export", container], stdout=subprocess.PIPE) as exporting:
            size = sum(map(len, exporting.stdout or ()))
    finally:
        docker("container", "rm", container)
    assert size < MOST_BYTES


def test_the_image_needs_nothing_but_a_place_for_its_data(image: str) -> None:
    """A read-only root, no capability, no network: the command line works, and nothing was left uncompiled."""
    bare = ("run", "--rm", "--read-only", "--cap-drop=ALL", "--network=none", "--security-opt=no-new-privileges")
    assert docker(*bare, "--tmpfs=/data:uid=1001", image, "saves").startswith("There are no saves yet")
    assert docker(*bare, "--entrypoint=id", image, "-u") == "1001"
    uncompiled = (
        "import importlib.util, os, pathlib; files = pathlib.Path('/app/lib').rglob('taleforge/**/*.py');"
        "print(*[file for file in files if not os.path.exists(importlib.util.cache_from_source(file))])"
    )
    assert not docker(*bare, "--entrypoint=python", image, "-c", uncompiled)


def test_services_run_as_compose_promises(deployment: Deployment) -> None:
    """What the engine enforces is what the file says, for each container."""
    for service in deployment.services():
        for container in deployment.inspect(service):
            given = container["HostConfig"]
            assert given["CapDrop"] == ["ALL"]
            assert given["ReadonlyRootfs"]
            assert min(given["Memory"], given["NanoCpus"], given["PidsLimit"]) > 0
            assert container["Config"]["User"] not in {"", "0", "root"}
    write = deployment.compose("exec", "api", "python", "-c", "open('/app/x', 'w')", check=False)
    assert "Read-only file system" in write


def test_the_server_reaches_nobody_outside(deployment: Deployment) -> None:
    """From the inner network there is no route to any other."""
    reach = "import socket; socket.create_connection(('192.0.2.1', 53), 3)"
    assert "unreachable" in deployment.compose("exec", "api", "python", "-c", reach, check=False)


def test_the_proxy_answers_as_the_server_would(deployment: Deployment) -> None:
    """Health for balancers, no figures for strangers, problems as documents, headers on each answer once."""
    with httpx.Client(base_url=deployment.address(), trust_env=False) as http:
        assert http.get("/ready").status_code == 200
        assert http.get("/health").json()["status"] == "ok"
        hidden = http.get("/metrics")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "route/unknown")
        assert http.get("/ready", headers={"host": "elsewhere.example"}).status_code == 421
        adventures = http.get("/api/v1/adventures")
        assert adventures.headers.get_list("x-content-type-options") == ["nosniff"]
        assert adventures.headers["server"] == "nginx"


@pytest.mark.parametrize(("megabytes", "status", "code"), [(51, 413, "request/too_large"), (49, 401, "auth/missing")])
def test_uploads_have_a_size(deployment: Deployment, megabytes: int, status: int, code: str) -> None:
    """The proxy refuses by the announced size alone, with a document and headers like the server's."""
    connection = HTTPConnection(deployment.address().removeprefix("http://"), timeout=PATIENCE)
    connection.putrequest("POST", "/api/v1/tables/import")
    connection.putheader("content-length", str(megabytes * 2**20))
    connection.endheaders()
    if status != 413:
        connection.send(bytes(megabytes * 2**20))
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (status, code)
    assert answer.headers.get_all("x-content-type-options") == ["nosniff"]
    connection.close()


def test_everybody_of_a_table_is_sent_to_the_same_process(deployment: Deployment) -> None:
    """Whatever they ask, and different tables to different processes where there are several."""
    tables = [f"tbl_{number}" for number in range(8)]
    with httpx.Client(base_url=deployment.address(), trust_env=False) as http:
        for table in tables * 3:
            http.get(f"/api/v1/tables/{table}/view", headers={"x-request-id": f"affine_{table}"})
    log = [line.split("|", 1) for line in deployment.compose("logs", "--tail=200", "api").splitlines() if "|" in line]
    at = [{process for process, line in log if f'"affine_{table}"' in line} for table in tables]
    assert all(len(processes) == 1 for processes in at), at
    assert len(set[str]().union(*at)) == len(deployment.inspect("api"))


async def test_an_evening_outlives_what_crashes(deployment: Deployment, tmp_path: Path) -> None:
    """Each service is killed in turn while a fight goes on; every acknowledged command is in the log exactly once.

    Who plays and who looks on keep their connections open all evening; in the end both see what a newcomer would.
    """
    server = await host_of(deployment.address())
    seat = await server.lay((await server.adventures())[0].id)
    guest = await onlooker_of(deployment.address(), seat)
    crashes = dict(enumerate([*deployment.services()] * 2, 1))  # before which lines; the third begins a fight
    player = Unlucky(deployment, crashes)
    async with sitting(server, seat) as (host, heard), sitting(server, guest) as (onlooker, _):
        async with asyncio.timeout(EVENING):
            await play(host, player)
        for service in deployment.services():
            await asyncio.to_thread(deployment.await_health, service, 2)
        acks, _ = await heard_of(heard)
        async with sitting(server, seat) as (newcomer, _):
            await until_equal(host, newcomer)
        async with sitting(server, guest) as (newcomer, _):
            await until_equal(onlooker, newcomer)
    log = await log_of(deployment.address(), seat, tmp_path)
    assert {"initiative.rolled", "attack.resolved"} <= {event.name for event in log}
    assert len(acks) > len(deployment.services())
    exactly_once(acks, log)


async def test_processes_are_replaced_while_people_play(deployment: Deployment, tmp_path: Path) -> None:
    """By the host's script, all of them: nothing acknowledged is lost, and nobody is sent away more than once; where
    there is one process alone, the script says what it needs.
    """
    if "redis" not in deployment.services():
        refused = deployment.script("roll.sh", check=False)
        assert refused.returncode == 64
        assert "compose.postgresql.yaml" in refused.stderr
        return
    server = await host_of(deployment.address())
    adventure = (await server.adventures())[0].id
    seats = [await server.lay(adventure) for _ in range(4)]
    before = {container["Id"] for container in deployment.inspect("api")}
    async with AsyncExitStack() as stack:
        people = [Talker(*(await stack.enter_async_context(sitting(server, seat)))) for seat in seats]
        talking = [asyncio.create_task(person.talk()) for person in people]
        try:
            await asyncio.to_thread(deployment.script, "roll.sh")
        finally:
            for person in people:
                person.enough = True
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*talking)
        after = {container["Id"] for container in deployment.inspect("api")}
        assert len(after) == len(before)
        assert not before & after
        for person, seat in zip(people, seats, strict=True):
            acks, lost = await heard_of(person.feed)
            assert lost <= 1
            exactly_once(acks, await log_of(deployment.address(), seat, tmp_path))


async def until_equal(client: TableClient, newcomer: TableClient) -> None:
    """Wait until two clients of a seat see the same; the last prose may still be on its way to one of them."""
    async with asyncio.timeout(PATIENCE):
        while client.view != newcomer.view:  # noqa: ASYNC110  # either may be the one that hears more
            await asyncio.sleep(0.05)


def exactly_once(acks: dict[str, int], log: Sequence[Event]) -> None:
    """Check that each acknowledged command is in a log once, where it was said to be."""
    for command, version in acks.items():
        caused = [event.v for event in log if event.cmd == command]
        assert caused == list(range(version - len(caused) + 1, version + 1))


async def log_of(address: str, seat: SeatToken, folder: Path) -> Sequence[Event]:
    """Return the whole log of a table, from an export that was checked."""
    file = folder / f"{seat.table}.tale"
    file.write_bytes(await exported(address, seat))
    assert check_file(file).problem is None
    log = read_file(file).events
    assert [event.v for event in log] == list(range(1, len(log) + 1))
    return log


async def exported(address: str, seat: SeatToken) -> bytes:
    """Return the file of a table."""
    headers = {"authorization": f"Bearer {seat.token}"}
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", trust_env=False, headers=headers) as http:
        answer = await http.get(f"/tables/{seat.table}/export")
        assert answer.status_code == 200, answer.text
        return answer.content


def test_who_asks_too_often_is_told_when_to_come_back(deployment: Deployment) -> None:
    """General requests, and sooner what costs much; health checks are never counted."""
    with httpx.Client(base_url=deployment.address(), trust_env=False) as http:
        costly = [http.get("/api/v1/tables/tbl_0/verify") for _ in range(8)]
        general = [http.get("/api/v1/adventures") for _ in range(80)]
        health = [http.get("/live") for _ in range(80)]
    for answers in (costly, general):
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.json()["code"] for answer in refused} == {"rate/limited"}
        assert all(answer.headers["retry-after"] for answer in refused)
    assert {answer.status_code for answer in health} == {200}


def test_tls_takes_a_certificate_and_a_word(deployment: Deployment, image: str) -> None:
    """With two files and PROXY_SITE=tls the same server is reached by HTTPS, and HTTP leads there."""
    wish = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1", "-keyout", "-")
    made = docker("run", "--rm", "--entrypoint=openssl", image, *wish, "-addext", "subjectAltName=DNS:localhost")
    key, end, certificate = made.partition("-----END PRIVATE KEY-----\n")
    for name, text in (("privkey.pem", key + end), ("fullchain.pem", certificate)):
        (deployment.folder / "tls" / name).write_text(text)
    deployment.environ["PROXY_SITE"] = "tls"
    deployment.compose("up", "--detach", "--no-build", "--wait", "proxy")
    plain = httpx.get(f"{deployment.address()}/ready", trust_env=False)
    assert (plain.status_code, plain.headers["location"]) == (308, "https://localhost/ready")
    trusted = ssl.create_default_context(cafile=str(deployment.folder / "tls" / "fullchain.pem"))
    with httpx.Client(base_url=deployment.address("https"), verify=trusted, trust_env=False) as http:
        assert http.get("/ready").status_code == 200
    warnings = deployment.compose("exec", "proxy", "nginx", "-e", "/dev/stderr", "-t", check=False)
    assert "warn" not in warnings


async def test_an_upgrade_ends_the_old_server_in_peace_and_keeps_what_it_had(deployment: Deployment) -> None:
    """SIGTERM is heard at once, streams are sent away, and the next server has the same tables and people."""
    deployment.environ["PROXY_SITE"] = "plain"
    deployment.compose("up", "--detach", "--no-build", "--wait", "proxy")
    deployment.await_ready()
    server = await host_of(deployment.address())
    seat = await server.lay((await server.adventures())[0].id)
    async with sitting(server, seat) as (client, _):
        assert isinstance(await client.send(Sit("marrick", "Ann")), Ack)
        await asyncio.to_thread(deployment.compose, "stop", "api")
        ended = [container["State"] for container in deployment.inspect("api")]
        assert {(state["ExitCode"], state["OOMKilled"]) for state in ended} == {(0, False)}
        away = await asyncio.to_thread(httpx.get, f"{deployment.address()}/api/v1/adventures", trust_env=False)
        assert (away.status_code, away.json()["code"]) == (503, "store/unavailable")
        await asyncio.to_thread(make_administrator, deployment)
        await asyncio.to_thread(deployment.compose, "up", "--detach", "--no-build", "--force-recreate", "--wait", "api")
        assert isinstance(await client.send(Ready()), Ack)
    assert seat.table in {table.id for table in await server.tables()}
    known = {"email": "ann@example.org", "password": PASSWORD}
    sessions = f"{deployment.address()}/api/v1/sessions"
    assert (await asyncio.to_thread(httpx.post, sessions, json=known, trust_env=False)).status_code == 201


def make_administrator(deployment: Deployment) -> None:
    """Make an account as the how-to page says, while nobody serves; the password comes from no keyboard here."""
    page = (ROOT / "docs/how-to/host-with-compose.md").read_text()
    assert f"{MAKE}\n" in page
    unseen = MAKE.replace("run --rm", "run --rm -T")
    deployment.pipe(f"{unseen} --password-file /dev/stdin", PASSWORD.encode())


async def test_a_backup_brings_everything_back(deployment: Deployment, repository: Path) -> None:
    """The commands of the how-to page, on a new machine as it were: the same secrets, an empty volume."""
    server = await host_of(deployment.address())
    seat = await server.lay((await server.adventures())[0].id)
    page = (repository / "docs/how-to/host-with-compose.md").read_text()
    assert f"{KEEP} > backup" in page
    assert f"{BRING} < backup" in page
    backup = deployment.pipe(KEEP)
    deployment.compose("down", "--volumes")
    if "postgres" in deployment.services():
        deployment.compose("up", "--detach", "--wait", "postgres")
    deployment.pipe(BRING, backup)
    deployment.compose("up", "--detach", "--no-build", "--wait")
    deployment.await_ready()
    assert [table.id for table in await server.tables()] == [seat.table]
