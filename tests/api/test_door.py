"""Who may come near at all: names, origins, limits, proxies, headers, and what production refuses."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from msgspec import structs

from taleforge.api.door import looks_after_us, without_port
from taleforge.api.production import refuse
from taleforge.api.server import listen
from taleforge.bootstrap.secrets import kept_secret
from taleforge.errors import Misconfigured
from taleforge.settings import Files, Limits, Log, Nats, Redis, Serve, Settings, Store
from tests.api.serving import OFF, serving

STRONG = "q7Zp2mLx94VbKd1RtWs6Hc3Yf8Jg5NuA"
FINE = Settings(
    env="production",
    serve=Serve(host="0.0.0.0", access="accounts", hosts="tables.example.org", proxies="10.0.0.0/8", secret=STRONG),
)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example"}, "host/unknown"),
        ({"host": "127.0.0.1.evil.example"}, "host/unknown"),
        ({"origin": "https://evil.example"}, "auth/origin"),
        ({"origin": "null"}, "auth/origin"),
    ],
)
async def test_other_names_and_other_sites_come_no_further(headers: dict[str, str], code: str) -> None:
    """Neither a name that was bent to this machine nor a page of another site, whatever it asks for."""
    async with serving() as served:
        for method, path in (("GET", "/health"), ("GET", "/api/v1/packs"), ("POST", "/api/v1/tables")):
            token = {"authorization": f"Bearer {served.owner.token}"}
            answer = await served.stranger.http.request(method, path, headers=headers | token)
            assert answer.json()["code"] == code
        openai = await served.stranger.http.get("/v1/models", headers=headers)
        assert (openai.json()["code"], openai.json()["error"]["code"]) == (code, code)


@pytest.mark.parametrize(
    ("path", "host", "reached", "answered"),
    [
        ("/metrics", "10.0.0.7:8000", "10.0.0.7", True),
        ("/ready", "[fd00::7]:8000", "fd00::7", True),
        ("/metrics", "10.0.0.8:8000", "10.0.0.7", False),
        ("/metrics", "evil.example", "10.0.0.7", False),
        ("/metrics", "", "", False),
        ("/api/v1/packs", "10.0.0.7:8000", "10.0.0.7", False),
    ],
)
def test_whoever_looks_after_us_needs_no_name(path: str, host: str, reached: str, *, answered: bool) -> None:
    """A probe and Prometheus may use the address that they reach; whoever would play there, and any other, may not."""
    scope = {"path": path, "server": (reached, 8000) if reached else None}
    assert looks_after_us(scope, host) is answered


async def test_an_allowed_site_is_told_so() -> None:
    """Its preflight is answered, and what it may read is marked for it alone."""
    site = "https://play.example.org"
    async with serving(origins=site, limits=structs.replace(OFF, general="60/m")) as served:
        asked = {"origin": site, "access-control-request-method": "POST"}
        preflight = await served.stranger.http.request("OPTIONS", "/api/v1/tables", headers=asked)
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, site)
        answer = await served.stranger.get("/packs", origin=site)
        assert answer.headers["access-control-allow-origin"] == site
        assert answer.headers["vary"] == "origin"
        assert "ratelimit-remaining" in answer.headers
        readable = answer.headers["access-control-expose-headers"].split(", ")
        assert {"etag", "retry-after", *(name for name in answer.headers if "ratelimit" in name)} <= {*readable}


async def test_too_many_requests_wait() -> None:
    """In both dialects, with the seconds to wait; health is never refused."""
    async with serving(limits=structs.replace(OFF, general="1/m burst 3")) as served:
        answers = [await served.stranger.get("/packs") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-remaining"] == answers[0].headers["x-ratelimit-remaining"] == "2"
        assert answers[-1].json()["code"] == "rate/limited"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        for _ in range(6):
            assert (await served.stranger.get("//health")).status_code == 200


async def test_guesses_are_few() -> None:
    """Six letters cannot be tried for long, however well they are spread over codes."""
    async with serving(limits=structs.replace(OFF, guesses="1/m burst 5")) as served:
        tried = [
            (await served.stranger.post("/invites/follow", {"invite": f"AAAAA{letter}"})).status_code
            for letter in "ABCDEFG"
        ]
        assert tried == [404] * 5 + [429] * 2


async def test_a_guest_plays_within_its_limit_and_is_told_to_wait() -> None:
    """The table refuses the command that came too soon, and the seat stays; whose machine it is is no guest."""
    async with serving(limits=structs.replace(OFF, guest="1/m burst 2")) as served:
        host = await served.playing()
        guest = await served.follow(await host.invite())
        rolled = [await guest.act("roll", expr="1d4") for _ in range(3)]
        assert rolled[-1].status_code == 429
        assert rolled[-1].json()["params"]["after"] > 0
        assert (await guest.get(f"/tables/{host.table}/view")).status_code == 200
        assert {(await host.act("roll", expr="1d4")).status_code for _ in range(3)} == {200}


async def test_nobody_has_to_wait_to_stop_the_scene() -> None:
    """Whoever has asked for too much may press the X-card all the same; nothing else."""
    async with serving(limits=structs.replace(OFF, guest="1/m burst 1")) as served:
        host = await served.playing()
        guest = await served.follow(await host.invite())
        assert (await guest.act("spectate", name="Bob")).status_code == 200
        assert (await guest.act("whisper", to=host.seat, text="too much")).status_code == 429
        assert (await guest.act("xcard")).status_code == 200
        assert (await host.get(f"/tables/{host.table}/view")).json()["table"]["status"] == "paused"


async def test_a_proxy_is_believed_only_where_it_is_trusted() -> None:
    """Each forwarded address has a limit of its own behind a trusted proxy; elsewhere the header means nothing."""
    limits = structs.replace(OFF, general="1/m burst 1")
    for proxies, wanted in (("127.0.0.0/8", [200, 200, 429]), ("", [200, 429, 429])):
        async with serving(limits=limits, proxies=proxies) as served:
            found = [
                (await served.stranger.get("/packs", x_forwarded_for=f"9.9.9.9, {address}")).status_code
                for address in ("1.1.1.1", "2.2.2.2", "2.2.2.2")
            ]
            assert found == wanted


async def test_every_answer_is_marked() -> None:
    """Also errors: nothing is sniffed, framed, kept or run, and each has a number."""
    async with serving() as served:
        for path in ("/packs", "/nowhere", "/tables"):
            headers = (await served.stranger.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["cache-control"] == "no-store"
            assert headers["x-request-id"]
            assert "server" not in headers


def changed(settings: Settings, **serve: Any) -> Settings:
    return structs.replace(settings, serve=structs.replace(settings.serve, **serve))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (changed(FINE, secret=""), "serve.secret"),
        (changed(FINE, secret="changeme" * 8), "serve.secret"),
        (changed(FINE, secret="a" * 64), "serve.secret"),
        (changed(FINE, origins="*"), "serve.origins"),
        (changed(FINE, hosts=""), "serve.hosts"),
        (changed(FINE, proxies=""), "serve.proxies"),
        (changed(FINE, host="127.0.0.1", access="auto"), "serve.access"),
        (changed(FINE, access="local"), "serve.access"),
        (changed(FINE, proxies="nonsense"), "serve.proxies"),
        (structs.replace(FINE, log=Log(level="debug")), "log.level"),
        (structs.replace(FINE, store=Store(url="postgresql://taleforge:postgres@db/taleforge")), "store.url"),
        (structs.replace(FINE, redis=Redis(url="redis://:change-me-please@redis:6379/0")), "redis.url"),
        (structs.replace(FINE, nats=Nats(url="nats://one:Kq4vR8sZx2Lm@a,nats://one:1111@b")), "nats.url"),
        (structs.replace(FINE, files=Files(secret="minioadmin")), "files.secret"),
        (changed(Settings(), workers=2), "serve.workers"),
        (changed(Settings(), host="0.0.0.0", access="local"), "serve.access"),
    ],
)
def test_what_would_not_be_safe_is_refused_by_name(settings: Settings, named: str) -> None:
    """The setting that has to be changed is in the sentence."""
    with pytest.raises(Misconfigured, match=named.replace(".", r"\.")):
        refuse(settings)


def test_what_is_safe_is_not_refused() -> None:
    """A production server with everything set, and a laptop with nothing set; a laptop's passwords are its own."""
    refuse(FINE)
    refuse(structs.replace(FINE, store=Store(url=f"postgresql://taleforge:{STRONG}@db/taleforge")))
    refuse(structs.replace(FINE, store=Store(url="postgresql:///taleforge"), redis=Redis(url="redis://redis:6379/0")))
    refuse(Settings(store=Store(url="postgresql://taleforge:taleforge@127.0.0.1/taleforge")))
    refuse(Settings())


def test_a_secret_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    """It is made once, and its file is closed again when somebody opened it."""
    first = kept_secret(tmp_path, "local.token", "local")
    (tmp_path / "local.token").chmod(0o644)
    assert kept_secret(tmp_path, "local.token", "local") == first
    assert S_IMODE((tmp_path / "local.token").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["local.token"]


def test_a_secret_that_many_make_at_once_is_one(tmp_path: Path) -> None:
    """Whoever comes first makes it, threads like processes; nothing else is left in the folder."""
    with ThreadPoolExecutor(8) as threads:
        for folder in map(tmp_path.joinpath, "abcdefgh"):
            made = set(threads.map(kept_secret, [folder] * 16, ["server.secret"] * 16, ["pepper"] * 16))
            assert made == {(folder / "server.secret").read_text()}
            assert [file.name for file in folder.iterdir()] == ["server.secret"]


def test_a_port_that_is_taken_is_said_so() -> None:
    """With the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Misconfigured, match=r"serve\.port"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "name"),
    [("a.example:80", "a.example"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a.example", "a.example"), ("", "")],
)
def test_a_host_header_is_read_with_and_without_its_port(host: str, name: str) -> None:
    """Also for addresses that hold colons themselves."""
    assert without_port(host) == name


def test_the_usual_limits_are_those_of_the_design() -> None:
    """Ten a second for everybody, sixty a minute and ten at once for guests, two a second for costly work."""
    usual = Limits()
    assert usual.general.startswith("10/s")
    assert usual.guest == "60/m burst 10"
    assert usual.generation.startswith("2/s")
