"""A real server on a real port, around a house in memory, and people who call it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from taleforge.accounts.memory import in_memory
from taleforge.api.desk import Desk
from taleforge.api.server import Server, desk_of, listen, make_server, run
from taleforge.bootstrap import House
from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.settings import Data, Limits, Redis, Serve, Settings
from taleforge.table.ports import Narrator
from taleforge.voice.fake import FakeStudio
from tests.api.studio import studio
from tests.live.outside import services
from tests.table.game import content

NONE = Redis()
OFF = Limits(general="off", guest="off", generation="off", guesses="off")


@dataclass
class Guest:
    """Somebody with a credential."""

    http: httpx.AsyncClient
    token: str = ""
    table: str = ""
    seat: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request under /api/v1, or under the root when the path begins with two slashes."""
        address = path[1:] if path.startswith("//") else f"/api/v1{path}"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given["authorization"] = f"Bearer {self.token}"
        return await self.http.request(method, address, json=body, headers=given)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Send a GET request."""
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a POST request."""
        return await self.ask("POST", path, {} if body is None else body, **headers)

    async def act(self, name: str, /, **data: Any) -> httpx.Response:
        """Ask my table for something."""
        return await self.post(f"/tables/{self.table}/actions", {"name": name, "d": data})

    async def invite(self, role: str = "player") -> dict[str, Any]:
        """Invite others to my table."""
        answer = await self.post(f"/tables/{self.table}/invites", {"role": role})
        assert answer.status_code == 201, answer.text
        return answer.json()


class Served:
    """A server that runs."""

    def __init__(self, desk: Desk, server: Server, address: str, http: httpx.AsyncClient, token: str) -> None:
        self.desk = desk
        self.server = server
        self.address = address
        self.stranger = Guest(http)
        self.owner = Guest(http, token)

    @property
    def services(self) -> Services:
        """What its rooms use."""
        return self.desk.house.services

    async def host(self) -> Guest:
        """Return the host of a new table, before it sits down."""
        answer = await self.owner.post("/tables", {"adventure": "lamp"})
        assert answer.status_code == 201, answer.text
        return self.seated(answer)

    async def playing(self) -> Guest:
        """Return the host of a table at which it plays alone."""
        host = await self.host()
        for name, data in (("sit", {"pregen": "fighter", "name": "Ann"}), ("ready", {})):
            assert (await host.act(name, **data)).status_code == 200
        return host

    async def follow(self, invite: dict[str, Any], name: str = "Bob", by: str = "code") -> Guest:
        """Return a guest who followed an invite."""
        answer = await self.stranger.post("/invites/follow", {"invite": invite[by], "name": name})
        assert answer.status_code == 201, answer.text
        return self.seated(answer)

    def seated(self, answer: httpx.Response) -> Guest:
        """Return whoever was given a seat by an answer."""
        said = answer.json()
        return Guest(self.stranger.http, said["token"], said["table"], said["seat"])

    @asynccontextmanager
    async def stream(self, guest: Guest, since: int | None = None, **hello: Any) -> AsyncGenerator[ClientConnection]:
        """Open the stream of a seat, and say hello."""
        async with self.socket(guest.table) as socket:
            said = {"t": "hello", "token": guest.token} | ({} if since is None else {"since": since}) | hello
            await socket.send(msgspec.json.encode(said).decode())
            yield socket

    def socket(self, table: str, **options: Any) -> connect:
        """Open a stream, and say nothing."""
        address = self.address.replace("http", "ws", 1)
        return connect(f"{address}/api/v1/tables/{table}/stream", compression=None, proxy=None, **options)


@asynccontextmanager
async def serving(
    beat: float = 60.0,
    limits: Limits = OFF,
    env: str = "development",
    redis: Redis = NONE,
    narrator: Narrator | None = None,
    *,
    outside: Services | None = None,
    **serve: Any,
) -> AsyncGenerator[Served]:
    """Serve the small adventure on a free port."""
    with TemporaryDirectory() as folder, listen("127.0.0.1", 0) as listening:
        given = Serve(port=0, **serve)
        settings = Settings(data=Data(folder=Path(folder)), serve=given, limits=limits, redis=redis, env=env)  # pyright: ignore[reportArgumentType] - a word of the settings
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        speech, stores = FakeStudio(), in_memory()
        outside = outside or (services(fallback=narrator) if narrator else services())
        async with (
            studio(Path(folder) / "files", settings, speech, stores) as (jobs, gallery),
            httpx.AsyncClient(base_url=address, trust_env=False, verify=False, timeout=60) as http,
        ):
            tables = Tables(outside)
            house = House(tables, content(), outside, stores, jobs=jobs, gallery=gallery, speech=speech)
            desk = await desk_of(house, settings)
            started = asyncio.Event()
            server = make_server(desk, started.set)
            running = asyncio.create_task(run(server, desk, listening, beat))
            await started.wait()
            token = (Path(folder) / "local.token").read_text() if desk.local else ""
            try:
                yield Served(desk, server, address, http, token)
            finally:
                server.should_exit = True
                await running
                await desk.close()
                await tables.close()


async def heard(socket: ClientConnection) -> dict[str, Any]:
    """Return the next frame."""
    return msgspec.json.decode(await socket.recv())


async def until(socket: ClientConnection, *kinds: str) -> list[dict[str, Any]]:
    """Return the frames up to the first of some kinds."""
    frames = [await heard(socket)]
    while frames[-1]["t"] not in kinds:
        frames.append(await heard(socket))
    return frames
