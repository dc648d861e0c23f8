"""A served evening, read in its log and its figures: all explained, and no words or secrets of anybody in any line."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from taleforge.api.figures import FIGURES
from taleforge.errors import Unavailable
from taleforge.settings import Log
from taleforge.store.memory import MemoryStore
from taleforge.telemetry import logging_to
from tests.api.serving import Guest, Served, heard, serving, until

CATALOGUE = tomllib.loads(
    (Path(__file__).parents[2] / "src" / "taleforge" / "telemetry" / "catalogue.toml").read_text()
)
EMAIL = "canary.mail@example.org"
PASSWORD = "canary password 4711"
WORDS = "canary words"
"""What every text of a player begins with."""


async def evening(served: Served) -> set[str]:
    """Play, say, whisper, fail and be refused in every way there is; return every secret that was about."""
    secrets = {served.owner.token, EMAIL, PASSWORD, "canary"}
    host = await served.playing()
    invite = await host.invite()
    player = await served.follow(invite, f"{WORDS} Bob")
    await player.act("sit", pregen="cleric", name=f"{WORDS} Bob")
    for name, data in commands(host):
        await player.act(name, **data)
    await host.act("rule", decision=f"{WORDS} d", choice=f"{WORDS} c")
    await served.stranger.post("/invites/follow", {"invite": f"{WORDS} code", "name": f"{WORDS} name"})
    await served.stranger.get(f"/tables?after={WORDS}&limit=x", authorization=f"Bearer {WORDS}", user_agent=WORDS)
    await served.stranger.get(f"/{WORDS}", cookie=f"taleforge_session={WORDS}")
    await served.stranger.http.post("/api/v1/sessions", content=f'{{"email": "{WORDS}'.encode())
    await served.owner.post("/people", {"email": EMAIL, "password": PASSWORD, "name": WORDS})
    logged = await served.stranger.post("/sessions", {"email": EMAIL, "password": PASSWORD})
    await served.stranger.post("/sessions", {"email": EMAIL, "password": f"{WORDS} wrong"})
    served.stranger.http.cookies.clear()
    session = re.search("taleforge_session=([^;]+)", logged.headers["set-cookie"])
    assert session is not None
    dana = Guest(served.stranger.http, session[1])
    key = (await dana.post("/keys", {"name": WORDS, "scopes": ["read"]})).json()["key"]
    await on_the_stream(served, host)
    await host.get(f"/tables/{host.table}/export")
    secrets |= {host.token, player.token, session[1], logged.json()["csrf"], key, invite["code"], invite["link"]}
    store = served.services.log
    assert isinstance(store, MemoryStore)
    for seed in store._seeds.values():
        secrets |= {seed.hex(), repr(seed)}
    return secrets


def commands(host: Guest) -> list[tuple[str, dict[str, Any]]]:
    """What a player may ask, with words wherever words can be."""
    return [
        ("say", {"text": f"{WORDS} said"}), ("whisper", {"to": host.seat, "text": f"{WORDS} whispered"}),
        ("do", {"text": f"{WORDS} done"}), ("do", {"text": "break"}), ("roll", {"expr": "1d4", "reason": WORDS}),
        ("use_option", {"option": WORDS, "words": WORDS}), ("entropy", {"bytes": "ca" * 32}), (WORDS, {}),
        ("answer", {"decision": WORDS, "choice": WORDS}), ("safety.set", {"lines": [WORDS], "veils": [WORDS]}),
        ("xcard", {}),
    ]  # fmt: skip


async def on_the_stream(served: Served, guest: Guest) -> None:
    """Do the same over a socket, and send it what it cannot read."""
    async with served.stream(guest) as socket:
        await heard(socket)
        for number, (name, data) in enumerate(commands(guest)):
            wish = {"id": f"{WORDS} {number}".replace(" ", "-"), "name": name, "seat": guest.seat, "d": data}
            await socket.send(msgspec.json.encode({"t": "cmd", "d": wish}).decode())
            await until(socket, "ack", "refused", "ask")
        await socket.send(f"{WORDS} no frame")
        await until(socket, "refused")
    async with served.socket(guest.table) as socket:
        await socket.send(msgspec.json.encode({"t": "hello", "token": f"{WORDS} token"}).decode())
        await socket.wait_closed()


@pytest.fixture
async def written(tmp_path: Path) -> tuple[str, set[str], str]:
    """The log of an evening at the level `debug`, the secrets of it, and its figures."""
    file = tmp_path / "log"
    with logging_to(Log(level="debug", file=file), serving=True):
        async with serving() as served:
            secrets = await evening(served)
            figures = (await served.stranger.get("//metrics")).text
    return file.read_text(), secrets, figures


async def test_an_evening_in_its_log_and_its_figures(written: tuple[str, set[str], str]) -> None:
    """Every field is explained, no secret and no word of anybody is in it, and /metrics is what its page says."""
    text, secrets, figures = written
    lines = [json.loads(line) for line in text.splitlines()]
    assert {field for line in lines for field in line} - set(CATALOGUE["fields"]) == set()
    assert {line["event"] for line in lines} - set(CATALOGUE["lines"]) == set()
    assert {line["event"] for line in lines} >= {
        "http.request", "command.answered", "command.fault", "socket.opened", "socket.closed", "table.owned",
        "server.started", "server.closing", "server.stopped",
    }  # fmt: skip
    assert [line for line in text.splitlines() for secret in secrets if secret in line] == []
    assert_nobody_pressed(lines)
    assert_documented(figures)


def assert_nobody_pressed(lines: list[dict[str, Any]]) -> None:
    """The lines of the X-card name a table and nothing that leads to a seat."""
    pressed = [line for line in lines if line.get("name") == "xcard"]
    assert len(pressed) == 2
    for line in pressed:
        assert set(line) <= {"timestamp", "level", "event", "pid", "table", "name", "outcome", "ms", "version", "code"}
    counted = Counter(line["route"] for line in lines if line["event"] == "http.request" and "person" not in line)
    assert counted["/api/v1/tables/{tbl}/actions"] == 2  # pressed, and answered a question


def assert_documented(figures: str) -> None:
    """The families of /metrics are those of the catalogue, of the same kind and with the same labels."""
    kinds = {"info": "gauge"}
    documented = {row.name: (kinds.get(row.kind, row.kind), set(row.labels)) for row in FIGURES}
    shown: dict[str, tuple[str, set[str]]] = {}
    for family in text_string_to_metric_families(figures):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        shown[name] = (family.type, labels or documented[name][1])
    assert shown == documented


async def test_one_request_can_be_followed_by_its_id(tmp_path: Path) -> None:
    """From the header of a trusted proxy to the line of the command, and back in the answer; not from a stranger's."""
    file = tmp_path / "log"
    given = "edge-4711-abcdef"
    for proxies, kept in (("127.0.0.0/8", True), ("", False)):
        with logging_to(Log(file=file), serving=True):
            async with serving(proxies=proxies) as served:
                host = await served.playing()
                answer = await host.post(
                    f"/tables/{host.table}/actions", {"name": "roll", "d": {"expr": "1d4"}}, x_request_id=given
                )
        assert (answer.headers["x-request-id"] == given) is kept
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        mine = [line for line in lines if line.get("request") == given]
        assert [line["event"] for line in mine] == (["command.answered", "http.request"] if kept else [])
        assert all((line["table"], line["seat"]) == (host.table, host.seat) for line in mine)
        file.unlink()


async def test_a_bug_in_a_handler_is_in_the_log_without_its_words(tmp_path: Path) -> None:
    """With the place where it happened, at the level `error`, and the client is told nothing of it."""
    file = tmp_path / "log"
    with logging_to(Log(file=file), serving=True):
        async with serving() as served:

            async def broken(*_: object, **__: object) -> None:
                raise ValueError(WORDS)

            served.services.log.tables = broken  # pyright: ignore[reportAttributeAccessIssue] - as a bug would
            answer = await served.owner.get("/tables")
    assert answer.status_code == 500
    (line,) = [json.loads(line) for line in file.read_text().splitlines() if "ValueError" in line]
    assert (line["event"], line["level"], line["code"]) == ("http.request", "error", "internal/error")
    assert "broken" in line["trace"][-1]
    assert WORDS not in file.read_text() + answer.text


async def test_health_is_said_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once when it falls ill and once when it is well, however often somebody asks; a healthy check is no news."""
    monkeypatch.setattr("taleforge.api.health.LASTS", 0.0)
    file = tmp_path / "log"

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("It is away.", "Wait.")

    with logging_to(Log(file=file), serving=True):
        async with serving() as served:
            store = served.services.log
            for read in (store.read, away, store.read):
                monkeypatch.setattr(store, "read", read)
                for _ in range(3):
                    await served.stranger.get("//health")
    said = [json.loads(line) for line in file.read_text().splitlines() if "health" in line]
    assert [(line["event"], line["was"], line["now"], line["level"]) for line in said] == [
        ("health.changed", "ok", "failed", "error"), ("health.changed", "failed", "ok", "info"),
    ]  # fmt: skip
