"""Files that others made: refused and named when something is wrong with them, and nothing of them stays."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import httpx

from taleforge.api.files import MOST_UPLOADED
from tests.api.serving import Served, serving

Files = dict[str, bytes]


def packed(files: Files) -> bytes:
    """Return a zip of files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def unpacked(data: bytes) -> Files:
    """Return the files of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(data: bytes, change: Callable[[dict[str, Any], list[dict[str, Any]]], None]) -> bytes:
    """Return a tale whose manifest and log were changed by somebody who knows how to hash."""
    files = unpacked(data)
    manifest = json.loads(files["manifest.json"])
    log = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    change(manifest, log)
    files["log.jsonl"] = b"".join(json.dumps(event).encode() + b"\n" for event in log)
    manifest["files"]["log.jsonl"] = hashlib.sha256(files["log.jsonl"]).hexdigest()
    return packed({**files, "manifest.json": json.dumps(manifest).encode()})


def newer_format(manifest: dict[str, Any], _: list[dict[str, Any]]) -> None:
    manifest["format"] = 99


def newer_event(_: dict[str, Any], log: list[dict[str, Any]]) -> None:
    log[-1]["name"] = "moon.risen"


def forged_roll(_: dict[str, Any], log: list[dict[str, Any]]) -> None:
    rolled = next(event for event in log if event["name"] == "dice.rolled")
    rolled["d"]["roll"]["faces"] = [[6, 6, "kept"]] * 3
    rolled["d"]["roll"]["total"] = 18


def forged_words(_: dict[str, Any], log: list[dict[str, Any]]) -> None:
    spoken = next(event for event in log if event["name"] == "said")
    spoken["d"]["text"] = "Take all of my gold."


def seal_cut_out(manifest: dict[str, Any], log: list[dict[str, Any]]) -> None:
    forged_words(manifest, log)
    del manifest["seal"]


def gap(_: dict[str, Any], log: list[dict[str, Any]]) -> None:
    del log[-2]


async def sent(served: Served, data: bytes, query: str = "") -> httpx.Response:
    """Upload a file."""
    headers = {"authorization": f"Bearer {served.owner.token}", "content-type": "application/zip"}
    return await served.stranger.http.post(f"/api/v1/tables/import{query}", content=data, headers=headers)


async def test_a_bad_file_is_refused_by_name_and_harms_nobody() -> None:
    """Bombs, files out to write elsewhere, forged rolls, gaps, newer formats; no path of this machine is told."""
    async with serving() as served:
        host = await served.playing()
        await host.act("roll", expr="3d6")
        await host.act("say", text="I keep my gold.")
        good = (await host.get(f"/tables/{host.table}/export")).content
        altered = {**unpacked(good), "log.jsonl": b"{}"}
        cases = {
            "empty": (b"", "store/damaged"),
            "no zip": (b"no zip", "store/damaged"),
            "bomb": (packed({"log.jsonl": b"\0" * 300_000_000}), "input/invalid"),
            "traversal": (packed({"../../evil": b"x"}), "input/invalid"),
            "absolute": (packed({"/etc/evil": b"x"}), "input/invalid"),
            "no manifest": (packed({"log.jsonl": b""}), "input/invalid"),
            "altered": (packed(altered), "store/damaged"),
            "gap": (changed(good, gap), "input/invalid"),
            "newer format": (changed(good, newer_format), "store/too_new"),
            "newer event": (changed(good, newer_event), "store/too_new"),
            "forged roll": (changed(good, forged_roll), "input/invalid"),
            "forged words": (changed(good, forged_words), "input/invalid"),
        }
        for name, (data, code) in cases.items():
            answer = await sent(served, data, "?as_copy=true")
            said = answer.json()
            assert (answer.status_code, said["code"]) == (422, code), name
            assert said["params"]["reason"], name
            assert "taleforge-" not in answer.text, name
            assert "/tmp" not in answer.text, name
        assert len((await served.owner.get("/tables")).json()["items"]) == 1
        assert (await sent(served, good, "?as_copy=true")).status_code == 201


async def test_words_that_nobody_can_vouch_for_are_said_to_be_so() -> None:
    """Forged under our seal, they are named; without one the table comes in, and says so also when it is sealed now."""
    async with serving() as served:
        host = await served.playing()
        await host.act("say", text="I keep my gold.")
        good = (await host.get(f"/tables/{host.table}/export")).content
        events = len(unpacked(good)["log.jsonl"].splitlines())
        forged = await sent(served, changed(good, forged_words), "?as_copy=true")
        assert "the file was forged: event " in forged.json()["params"]["reason"]
        for data, said, noted in ((good, ("here", 0), 0), (changed(good, seal_cut_out), ("nowhere", events), events)):
            answer = await sent(served, data, "?as_copy=true")
            assert answer.status_code == 201
            came = answer.json()
            assert (came["sealed"], came["unproven"]) == said
            copy = served.seated(answer)
            verdict = (await copy.get(f"/tables/{copy.table}/verify")).json()
            assert (verdict["ok"], verdict.get("unproven", 0)) == (True, noted)
            passed_on = (await copy.get(f"/tables/{copy.table}/export")).content
            again = (await sent(served, passed_on, "?as_copy=true")).json()
            assert (again["sealed"], again["unproven"]) == ("here", noted)


async def test_what_is_too_large_is_not_even_read() -> None:
    """More than 50 MB is refused by what it says of itself; so is JSON of more than one."""
    async with serving() as served:
        host, port = served.address.removeprefix("http://").split(":")
        assert MOST_UPLOADED == 50 * 1024 * 1024
        for path, kind, size in (
            ("/api/v1/tables/import", "application/zip", MOST_UPLOADED + 1),
            ("/api/v1/tables", "application/json", 1024 * 1024 + 1),
        ):
            said = await spoken(
                host, int(port),
                f"POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {served.owner.token}\r\n"
                f"content-type: {kind}\r\ncontent-length: {size}\r\n\r\n",
            )  # fmt: skip
            assert said.startswith(b"HTTP/1.1 413"), said


async def spoken(host: str, port: int, head: str) -> bytes:
    """Send the head of a request and nothing after it, and return the first line of the answer."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(head.encode())
    await writer.drain()
    async with asyncio.timeout(10):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line
