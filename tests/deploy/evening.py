"""People at a deployed server: a host with an account, a guest who looks on, and an evening in which services crash."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from itertools import count

import httpx

from taleforge.client.feed import Feed
from taleforge.client.server import SeatToken, Server
from taleforge.client.table import TableClient
from taleforge.client.updates import Lost, Replied
from taleforge.live.system import SystemIds
from taleforge.messages.commands import Ack, CommandData, Ready, Refused, Say, Sit
from taleforge.terminal.cli.local import ClientDoor
from taleforge.terminal.plain import Plain, Printer
from taleforge.terminal.session import Session
from taleforge.terminal.words import words
from tests.deploy.engine import Deployment
from tests.play.evening import Player

PLAN = (
    "Slip the boy a coin",
    "Climb down the hoist",
    "Rush them from the dark|Handaxe.*20 ft",  # who was heard on the way down cannot surprise anybody
    "Search the casks",
    "dry cask",
    "let yourself out",
)
"""An evening with a fight however the dice fall, and without an end of its own."""
MORE = "say Is anybody there?"
"""What can be done as often as one likes."""
BREATH = 0.3
"""Seconds that a player waits who was told to try again."""


async def host_of(address: str) -> Server:
    """Make an account and log in as a browser does; return the server as seen with an API key of that account."""
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", trust_env=False) as http:
        known = {"email": f"{secrets.token_hex(4)}@tables.example", "password": secrets.token_hex(12)}
        assert (await http.post("/people", json={"name": "Ann", **known})).status_code == 202
        session = await http.post("/sessions", json=known)
        assert session.status_code == 201, session.text
        cookie = session.headers["set-cookie"]
        assert {"HttpOnly", "Secure"} <= set(cookie.split("; "))  # so that httpx does not send it without TLS
        headers = {"cookie": cookie.partition(";")[0], "x-csrf-token": session.json()["csrf"]}
        wish = {"name": "evening", "scopes": ["play", "read", "host", "studio"]}
        key = await http.post("/keys", json=wish, headers=headers)
        assert key.status_code == 201, key.text
        return Server(address, key.json()["key"])


async def onlooker_of(address: str, host: SeatToken) -> SeatToken:
    """Invite somebody to look on, who follows as a guest; return their seat."""
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", trust_env=False) as http:
        headers = {"authorization": f"Bearer {host.token}"}
        invite = await http.post(f"/tables/{host.table}/invites", json={"role": "spectator"}, headers=headers)
        assert invite.status_code == 201, invite.text
    return await Server(address).follow(invite.json()["code"], "Bob")


@asynccontextmanager
async def sitting(server: Server, seat: SeatToken) -> AsyncGenerator[tuple[TableClient, Feed]]:
    """Connect to a seat, with everything that is heard there."""
    client = server.client(seat, SystemIds(), entropy=secrets.token_bytes)
    feed = client.updates()
    async with client:
        yield client, feed


class Unlucky(Player):
    """A player at whose server something crashes just before they go on; they notice nothing but a pause.

    Args:
        deployment: Where they play.
        crashes: Which service crashes before which line.
    """

    def __init__(self, deployment: Deployment, crashes: Mapping[int, str]) -> None:
        super().__init__([f"{step}?" for step in PLAN])  # the dice are not ours: a step may not be offered
        self._deployment = deployment
        self._crashes = dict(crashes)
        self._read = 0
        self.written: list[str] = []
        """What they have been shown."""

    async def __call__(self) -> str | None:
        """Return what the player types next: the same again when the table could not take it."""
        shown, self._read = self.written[self._read :], len(self.written)
        if f"! {words().say('store/unavailable')}" in shown:
            await asyncio.sleep(BREATH)
            return self.typed[-1]
        service = self._crashes.pop(len(self.typed), None)
        if service is not None:
            await asyncio.to_thread(self._deployment.crash, service)
        line = await super().__call__()
        if line is None and self._crashes:
            self.typed.append(line := MORE)
        return line

    async def spare_none(self) -> None:
        """Have crash whatever has not, for the fight was lost early."""
        for service in self._crashes.values():
            await asyncio.to_thread(self._deployment.crash, service)


async def play(client: TableClient, player: Unlucky) -> None:
    """Sit down with a companion and play until the plan is done and everything has crashed."""
    for wish in (Sit("marrick", "Ann"), Sit("oswin", companion=True), Ready()):
        assert isinstance(await client.send(wish), Ack)
    player.session = Session(ClientDoor(client), words(), fresh=True)
    await Plain(player, Printer(player.written.append), words(), interactive=False).play(player.session)
    await player.spare_none()


class Talker:
    """Somebody who sits down and talks until it is enough.

    Args:
        client: Their seat.
        feed: What is heard there.
    """

    def __init__(self, client: TableClient, feed: Feed) -> None:
        self._client = client
        self.feed = feed
        self.enough = False

    async def talk(self) -> None:
        """Say one thing after the other, the same again when the table could not take it."""
        wishes: list[CommandData] = [Sit("marrick", "Ann"), Ready()]
        for number in count():
            wish = wishes.pop(0) if wishes else Say(f"This is the {number}th thing I say.")
            while not isinstance(reply := await self._client.send(wish), Ack):
                assert isinstance(reply, Refused)
                assert reply.code in {"store/unavailable", "rate/limited"}, reply
                await asyncio.sleep(BREATH)
            if self.enough:
                return


async def heard_of(feed: Feed) -> tuple[dict[str, int], int]:
    """Return the versions of acknowledged commands, and how often the connection was lost; ends the feed."""
    feed.close()
    updates = [update async for update in feed]
    replies = [update.reply for update in updates if isinstance(update, Replied)]
    lost = sum(isinstance(update, Lost) for update in updates)
    return {reply.re: reply.v for reply in replies if isinstance(reply, Ack)}, lost
