"""All there is, deployed as a host does: everything is used, killed, kept, lost and brought back.

The tests run in this order on one deployment; the last one destroys it and begins it again from a backup.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from taleforge.client.server import SeatToken, Server
from taleforge.messages.commands import Ack, Ready, Say, Sit
from tests.deploy import engine
from tests.deploy.engine import FULL, PATIENCE, Deployment, docker
from tests.deploy.evening import Talker, heard_of, host_of, sitting
from tests.deploy.test_containers import exactly_once, exported, log_of
from tools.dashboards import DASHBOARDS

T = TypeVar("T")
pytestmark = pytest.mark.containers

KEEP = "docker compose exec -T api taleforge backup --to -"
BRING = (
    "docker compose up -d --wait postgres",
    "docker compose run --rm bucket",
    "docker compose run --rm --no-deps -T --entrypoint taleforge backup restore -",
)
"""How everything is kept while others play, and brought back into empty volumes."""
PARTS = ("workers", "voice", "models", "monitoring")
"""Profiles that start here, beside `proxy`, with which all begins; `cpu` and `full` are made of them."""
SELDOM = {
    "Alerts", "GPU", "Left alone", "Redis", "Refused, by reason", "Requests that failed", "Steps that failed",
    "Store: too slow", "The embedded engine took over", "Too soon", "Why not by the model",
}  # fmt: skip
"""Panels of what need not happen here: there is no graphics card, and less goes wrong, or slowly, than could."""
PHRASES = ("Open the cellar door.", "Look around.", "Ask about the bell.")


@pytest.fixture(scope="module")
def everything(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All of it, with stand-ins for the images that cannot be pulled; at first the server and its stores alone."""
    assert image
    folder = tmp_path_factory.mktemp("host")
    dotenv = "TALEFORGE_SERVE_REGISTRATION=open\n"
    with engine.deployed(folder, FULL, engine.images(FULL), dotenv, profile="proxy") as running:
        yield running


async def until(ask: Callable[[], Awaitable[T]], right: Callable[[T], bool]) -> T:
    """Ask again and again until the answer is right; return it."""
    async with asyncio.timeout(PATIENCE):
        for wait in chain((0.1, 0.2), repeat(0.4)):
            if right(answer := await ask()):
                return answer
            await asyncio.sleep(wait)
    raise AssertionError


class Host:
    """Somebody with an account and a table, as a program that uses the API sees it."""

    def __init__(self, server: Server, seat: SeatToken, http: httpx.AsyncClient) -> None:
        self.server = server
        self.seat = seat
        self.http = http

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask something; as patiently as the limits of the proxy and of the server want it."""
        answer = await until(
            lambda: self.http.request(method, path, **more), lambda answer: answer.status_code not in {429, 503}
        )
        assert answer.is_success, answer.text
        return answer

    async def done(self, job: str) -> dict[str, str]:
        """Return a job when it is done."""

        async def look() -> dict[str, str]:
            return (await self.ask("GET", f"/api/v1/jobs/{job}")).json()

        known = await until(look, lambda known: known["state"] not in {"queued", "running"})
        assert known["state"] == "done", known
        return known

    async def painted(self, prompt: str) -> str:
        """Have something painted by a worker; return the address of the picture."""
        wish = {"prompt": prompt, "style": "ink", "width": 128, "height": 128, "seed": 7}
        job = (await self.ask("POST", "/generate/image", json=wish)).json()["job"]
        return (await self.done(job))["picture"]

    async def fingerprint(self) -> dict[str, str]:
        """Return the hash of everything that this host has here."""
        pictures = (await self.ask("GET", "/api/v1/pictures?limit=100")).json()["items"]
        found = {one["url"]: (await self.ask("GET", one["url"])).content for one in pictures}
        found["table"] = (await self.ask("GET", f"/api/v1/tables/{self.seat.table}/events?limit=100")).content
        for path in ("/api/v1/voices", "/api/v1/people/me"):
            found[path] = (await self.ask("GET", path)).content
        return {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}


_HOSTS: dict[str, tuple[Server, SeatToken]] = {}


@asynccontextmanager
async def hosting(deployment: Deployment) -> AsyncGenerator[Host]:
    """The one host of all these tests, at their table."""
    address = deployment.address()
    if address not in _HOSTS:
        server = await host_of(address)
        _HOSTS[address] = server, await server.lay((await server.adventures())[0].id)
    server, seat = _HOSTS[address]
    headers = {"authorization": f"Bearer {server._key}"}
    async with httpx.AsyncClient(base_url=address, trust_env=False, headers=headers, timeout=PATIENCE) as http:
        yield Host(server, seat, http)


def test_each_part_starts_alone(everything: Deployment) -> None:
    """Whatever else is chosen or left out, a part is well by itself; then all of them are, together."""
    always = set(everything.services())
    for part in PARTS:
        everything.profile = part
        everything.up()
        everything.compose("stop", "--timeout=1", *set(everything.services()) - always)
    everything.profile = "full"
    everything.up()
    assert always < set(everything.services())


async def test_it_is_played_and_told_by_a_model(everything: Deployment) -> None:
    """A table is played through the proxy; the model that was fetched answers when it is asked."""
    assert not [name for name in everything.services() if not everything.inspect(name)]
    async with hosting(everything) as host, sitting(host.server, host.seat) as (client, _):
        for wish in (Sit("marrick", "Ann"), Ready(), Say("The bell beneath the water tolls.")):
            assert isinstance(await client.send(wish), Ack)

        async def model() -> str:
            checks = (await host.ask("GET", "/health")).json()["checks"]
            return checks.get("llm_model", {"status": "not looked at"})["status"]

        await until(model, "ok".__eq__)  # while it was fetched it was not there
    assert "of 2 models are there" in everything.compose("logs", "model-init")
    said = everything.compose("exec", "-T", "api", "taleforge", "models", "test", "Say something.")
    assert "The air is still." in said


async def test_a_worker_paints(everything: Deployment) -> None:
    """The servers do no jobs; what comes of one lies in the bucket, and hangs in the gallery."""
    async with hosting(everything) as host:
        await asyncio.to_thread(everything.compose, "stop", "worker")
        wish = {"prompt": "a heron", "style": "ink", "width": 64, "height": 64}
        waiting = (await host.ask("POST", "/generate/image", json=wish)).json()["job"]
        await asyncio.sleep(1)
        assert (await host.ask("GET", f"/api/v1/jobs/{waiting}")).json()["state"] == "queued"
        await asyncio.to_thread(everything.compose, "start", "worker")
        picture = await host.ask("GET", await host.painted("a dwarf with a red beard"))
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
        kept = everything.compose("exec", "-T", "objects", "find", "/objects", "-type", "f")
        assert hashlib.sha256(picture.content).hexdigest() in kept


async def test_what_is_said_is_heard(everything: Deployment) -> None:
    """A text becomes sound, and that sound the same text, at the server that speaks and by its worker; without it the
    other servers say that they cannot.
    """
    async with hosting(everything) as host:
        sound = (await host.ask("POST", "/synthesize", json={"text": PHRASES[0], "voice": "narrator"})).content
        assert sound.startswith(b"RIFF")
        form = {"phrases": "\n".join(PHRASES)}
        heard = await host.ask("POST", "/transcribe", data=form, files={"file": ("said.wav", sound)})
        assert heard.json()["choices"][0] == PHRASES[0]
        form["wait"] = "false"
        job = (await host.ask("POST", "/transcribe", data=form, files={"file": ("said.wav", sound)})).json()
        written = await host.ask("GET", (await host.done(job["job"]))["result"])
        assert written.json()["choices"][0] == PHRASES[0]
        await asyncio.to_thread(everything.compose, "stop", "voice")
        silent = await host.http.post("/synthesize", json={"text": PHRASES[0]})
        assert (silent.status_code, silent.json()["code"]) == (503, "voice/unavailable")
        await asyncio.to_thread(everything.compose, "start", "voice")


async def test_a_seat_remembers(everything: Deployment) -> None:
    """What was said at the table is found again."""
    async with hosting(everything) as host:
        found = await host.ask("GET", f"/api/v1/tables/{host.seat.table}/recall?q=bell+beneath+water")
    assert any("The bell beneath the water tolls." in item["text"] for item in found.json()["items"])


async def test_an_agent_sits_down_by_its_own_port(everything: Deployment) -> None:
    """The official client, with the token of an invited seat, speaks at the table of the human."""
    async with hosting(everything) as host:
        table = await host.server.lay((await host.server.adventures())[0].id)
        seat = await Server(everything.address()).follow((await host.server.invite(table.table)).code, "Robo")
        headers = {"authorization": f"Bearer {seat.token}"}
        port = f"http://localhost:{everything.environ['MCP_PORT']}"
        assert "join" in (await host.http.get(f"{port}/")).json()["tools"]
        door = f"{port}/mcp"
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(door, http_client=http)) as agent,
            sitting(host.server, table) as (human, _),
        ):
            assert isinstance(await human.send(Sit("marrick", "Ann")), Ack)
            joined = await agent.call_tool("join", {"character": "tamsin"})
            assert not joined.is_error, text_of(joined)
            assert isinstance(await human.send(Ready()), Ack)
            spoken = await agent.call_tool("speak", {"text": "We shall see about it."})
            assert not spoken.is_error, text_of(spoken)
        remembered = await host.ask("GET", f"/api/v1/tables/{table.table}/recall?q=see+about+it")
        assert "We shall see about it." in remembered.text


def text_of(answer: CallToolResult) -> str:
    """Return what an agent is told."""
    return "\n".join(part.text for part in answer.content if isinstance(part, TextContent))


async def test_it_is_watched(everything: Deployment) -> None:
    """Prometheus finds everybody whom it is to find, its rules have values, and it knows whom to tell."""
    address = f"http://localhost:{everything.environ['PROMETHEUS_PORT']}/api/v1"
    async with httpx.AsyncClient(trust_env=False) as http:

        async def value(query: str) -> list[Any]:
            return (await http.get(f"{address}/query", params={"query": query})).json()["data"]["result"]

        up = {"taleforge": 5, "node": 1, "postgres": 1, "prometheus": 1, "redis": 1}
        await until(
            lambda: value("sum by (job) (up)"),
            lambda found: {one["metric"]["job"]: int(one["value"][1]) for one in found} == up,
        )
        placed = "taleforge_memory_vectors_total > 0"  # by the worker
        limit = f"taleforge_container_memory_limit_bytes == {2**30}"
        for query in ("taleforge_jobs", "pg_up == 1", "redis_up == 1", "taleforge:memory:ratio", limit, placed):
            await until(lambda query=query: value(query), bool)
        told = (await http.get(f"{address}/alertmanagers")).json()["data"]["activeAlertmanagers"]
        assert [one["url"] for one in told] == ["http://alertmanager:9093/api/v2/alerts"]
        alerts = await http.get(f"http://localhost:{everything.environ['ALERTMANAGER_PORT']}/-/ready")
        assert alerts.status_code == 200


async def test_three_workers_share_the_work_and_one_may_die(everything: Deployment) -> None:
    """Of twelve wishes comes one picture each, though one worker is killed; each of the others has done some of it."""
    three = ("--scale=worker=3", "--no-recreate", "--no-deps", "worker")
    everything.compose("up", "--detach", "--no-build", "--wait", *three)
    workers = everything.inspect("worker")
    assert len(workers) == 3
    survivors = [worker["Id"] for worker in workers[1:]]
    computed = [processor_seconds(worker) for worker in survivors]
    async with hosting(everything) as host:
        before = len((await host.ask("GET", "/api/v1/pictures?limit=100")).json()["items"])
        wishing = [asyncio.create_task(host.painted(f"a tower with {number} windows")) for number in range(12)]
        await asyncio.sleep(0.5)
        await asyncio.to_thread(everything.kill, [workers[0]["State"]["Pid"]])
        async with asyncio.timeout(PATIENCE):
            pictures = await asyncio.gather(*wishing)
        assert len(set(pictures)) == 12
        after = (await host.ask("GET", "/api/v1/pictures?limit=100")).json()["items"]
        assert len(after) == before + 12
    shares = [processor_seconds(worker) - had for worker, had in zip(survivors, computed, strict=True)]
    assert min(shares) > 0.1 * sum(shares), shares  # who did nothing computes a twentieth of that
    await asyncio.to_thread(everything.await_health, "worker", 1)


def processor_seconds(worker: str) -> float:
    """Return what a worker has computed since it began, as it says itself."""
    ask = "import urllib.request as web; print(web.urlopen('http://127.0.0.1:9090/metrics').read().decode())"
    said = docker("exec", worker, "python", "-c", ask)
    return float(re.findall(r"^process_cpu_seconds_total (.+)$", said, re.MULTILINE)[0])


async def test_all_that_is_ours_is_replaced_while_people_play(everything: Deployment, tmp_path: Path) -> None:
    """By the host's script, with another setting: as many of each as before; nothing is lost, nobody leaves twice."""
    ours = {name for name, service in engine.started(FULL).items() if "env_file" in service} & {*everything.services()}
    assert {"api", "backup", "voice", "voice-worker", "worker"} == ours
    before = {name: ids_of(everything, name) for name in everything.services()}
    assert len(before["worker"]) == 3
    with (everything.folder / ".env").open("a") as dotenv:
        dotenv.write("TALEFORGE_LIMITS_GUEST=60/m burst 11\n")
    async with hosting(everything) as host, AsyncExitStack() as stack:
        seats = [await host.server.lay((await host.server.adventures())[0].id) for _ in range(3)]
        people = [Talker(*(await stack.enter_async_context(sitting(host.server, seat)))) for seat in seats]
        talking = [asyncio.create_task(person.talk()) for person in people]
        await asyncio.to_thread(everything.script, "roll.sh")
        for person in people:
            person.enough = True
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*talking)
        for person, seat in zip(people, seats, strict=True):
            acks, lost = await heard_of(person.feed)
            assert lost <= 1
            exactly_once(acks, await log_of(everything.address(), seat, tmp_path))
    after = {name: ids_of(everything, name) for name in everything.services()}
    assert {name for name in after if after[name] != before[name]} == ours
    assert {name: len(ids) for name, ids in after.items()} == {name: len(ids) for name, ids in before.items()}


def ids_of(deployment: Deployment, service: str) -> set[str]:
    """Return the containers of a service."""
    return {container["Id"] for container in deployment.inspect(service)}


async def test_each_service_comes_back_and_nothing_is_lost(everything: Deployment, tmp_path: Path) -> None:
    """All are killed, one after the other, while somebody talks: every acknowledged command is in the log once."""
    services = everything.services()
    before = {service: everything.restarts(service) for service in services}
    async with hosting(everything) as host:
        seat = await host.server.lay((await host.server.adventures())[0].id)
        async with sitting(host.server, seat) as (client, feed):
            talker = Talker(client, feed)
            talking = asyncio.create_task(talker.talk())
            await asyncio.to_thread(everything.crash, *services)
            for service in services:
                await asyncio.to_thread(everything.await_health, service, before[service] + 1)
            talker.enough = True
            async with asyncio.timeout(PATIENCE):
                await talking
            acks, _ = await heard_of(feed)
        assert len(acks) > 3
        exactly_once(acks, await log_of(everything.address(), seat, tmp_path))
        await host.painted("a fox in the rain")


async def test_every_dashboard_shows_something(everything: Deployment) -> None:
    """Prometheus answers each query, after all that was done and went wrong here, and could work out each rule."""
    address = f"http://localhost:{everything.environ['PROMETHEUS_PORT']}/api/v1"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:

        async def silent() -> dict[str, str]:
            answers = {
                (panel.title, query): (await http.get("/query", params={"query": query})).json()
                for one in DASHBOARDS
                for panel in one.panel
                for _, query in panel.queries
            }
            refused = {title: answer["error"] for (title, _), answer in answers.items() if answer["status"] == "error"}
            empty = {title: "" for (title, _), answer in answers.items() if not answer.get("data", {}).get("result")}
            return {title: why for title, why in (empty | refused).items() if why or title not in SELDOM}

        with suppress(TimeoutError):
            await until(silent, lambda found: not found)
        assert await silent() == {}
        groups = (await http.get("/rules")).json()["data"]["groups"]
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}


async def test_everything_is_destroyed_and_brought_back(
    everything: Deployment, repository: Path, tmp_path: Path
) -> None:
    """By the commands of the how-to page: every volume is gone, and after it every hash is as before; they play on."""
    page = (repository / "docs/how-to/host-all-of-it.md").read_text()
    assert f"{KEEP} > backup" in page
    assert f"{BRING[-1]} < backup" in page
    assert all(command in page for command in BRING)
    daily = json.loads(everything.compose("exec", "-T", "backup", "taleforge", "backup", "--json"))
    assert daily["file"].startswith("/backups/taleforge-")
    async with hosting(everything) as host:
        before = await host.fingerprint()
        assert len(before) > 12
        backup = everything.pipe(KEEP)
        everything.compose("down", "--volumes", "--timeout=20")
        for command in BRING:
            everything.pipe(command, backup)
        everything.up()
        everything.await_ready()
        assert await host.fingerprint() == before
        verdict = (await host.ask("GET", f"/api/v1/tables/{host.seat.table}/verify")).json()
        assert verdict["ok"]
        assert await exported(everything.address(), host.seat)
        async with sitting(host.server, host.seat) as (client, _):
            assert isinstance(await client.send(Say("Where were we?")), Ack)
        await log_of(everything.address(), host.seat, tmp_path)
        await host.painted("a bell under water")
