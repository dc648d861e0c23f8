"""A real table server with the bundled adventure, agents at its door over HTTP, and a human beside them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from taleforge.api.server import desk_of, make_server, run
from taleforge.api.server import listen as listen_api
from taleforge.bootstrap import build
from taleforge.client.ids import NewIds
from taleforge.client.server import SeatToken, Server
from taleforge.client.table import TableClient
from taleforge.mcp.agents import Agents
from taleforge.mcp.http import PATH, Web, listen, make_app
from taleforge.settings import Data, Serve, Settings
from taleforge.terminal.cli.mcp import tokens
from taleforge.terminal.words import words
from tests.api.serving import OFF


@dataclass
class Hall:
    """A table server, and the door for agents to it."""

    server: Server
    mcp: str
    stop: Any

    async def human(self, stack: AsyncExitStack) -> tuple[SeatToken, TableClient]:
        """Return a human at a new table, who hosts it."""
        seat = await self.server.lay("bell_beneath")
        return seat, await stack.enter_async_context(self.server.client(seat, NewIds()))

    async def guest(self, table: str, name: str) -> SeatToken:
        """Return the seat of somebody who was invited."""
        return await self.server.follow((await self.server.invite(table)).code, name)

    @asynccontextmanager
    async def agent(self, token: str) -> AsyncGenerator[Client]:
        """Connect the official client, with a token."""
        headers = {"authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(self.mcp, http_client=http)) as client,
        ):
            yield client


@asynccontextmanager
async def hall(folder: Path) -> AsyncGenerator[Hall]:
    """Serve tables and agents on free ports."""
    settings = Settings(data=Data(folder=folder), serve=Serve(port=0), limits=OFF)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(build(settings))
        desk = await desk_of(house, settings)
        listening = stack.enter_context(listen_api("127.0.0.1", 0))
        started = asyncio.Event()
        server = make_server(desk, started.set)
        running = asyncio.create_task(run(server, desk, listening, 60.0))
        await started.wait()

        async def stop() -> None:
            server.should_exit = True
            await running

        stack.push_async_callback(desk.close)
        stack.push_async_callback(stop)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        agents = Agents(tokens(address), words())
        stack.push_async_callback(agents.close)
        door = await stack.enter_async_context(_door(agents))
        yield Hall(Server(address, (folder / "local.token").read_text()), door, stop)


@asynccontextmanager
async def _door(agents: Agents) -> AsyncGenerator[str]:
    started = asyncio.Event()
    with listen("127.0.0.1", 0) as listening:
        web = Web(make_app(agents), started.set)
        serving = asyncio.create_task(web.serve([listening]))
        await started.wait()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        finally:
            web.should_exit = True
            await serving


def text(result: CallToolResult) -> str:
    """Return the words of an answer."""
    (said,) = result.content
    assert isinstance(said, TextContent)
    return said.text
