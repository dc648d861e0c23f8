"""What a Qdrant is asked over HTTP, and what comes of answers that it should not give."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from taleforge.errors import Misconfigured, Unavailable
from taleforge.memory.exact import packed
from taleforge.memory.ports import Vectors
from taleforge.memory.values import Near, Point

pytestmark = pytest.mark.slow  # the client takes a second to load
ONE = Point("00000000-0000-0000-0000-000000000001", "seat_a", packed([1, 0]))
COLLECTIONS = {"collections": [{"name": "club-memories-2"}, {"name": "somebody-elses"}]}
Answer = Callable[[str, str, Any], tuple[int, Any]]


def well(method: str, path: str, body: Any) -> tuple[int, Any]:
    """Answer as a Qdrant with one point of ours, and one that it should not have found."""
    match method, path.removeprefix("/collections"):
        case "GET", "":
            return 200, COLLECTIONS
        case "POST", "/club-memories-2/points/scroll":
            return 200, {"points": [{"id": ONE.id, "payload": None}], "next_page_offset": None}
        case "POST", "/club-memories-2/points/query":
            mine = {"id": ONE.id, "version": 1, "score": 0.9, "payload": {"table": "tbl_1", "who": "seat_a"}}
            theirs = mine | {"id": ONE.id[:-1] + "2", "payload": {"table": "tbl_1", "who": "seat_b"}}
            return 200, {"points": [theirs, mine]}
        case "PUT", "/club-memories-3":
            return 200, True
        case _:
            return 200, {"operation_id": 1, "status": "completed"}


class Double:
    """A server that answers as a test says, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []
        self.keys: set[str | None] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other."""
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.splitlines()
                fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                self.keys.add(fields.get("api-key"))
                method, path, _ = first.split()
                asked = method, path.partition("?")[0], msgspec.json.decode(body) if body else None
                self.asked.append(asked)
                status, result = self.answer(*asked)
                said = msgspec.json.encode({"result": result, "status": "ok", "time": 0.0}) if result else b"<html>"
                kind = b"application/json" if result else b"text/html"
                writer.write(
                    b"HTTP/1.1 %d X\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(said))
                )
                writer.write(said)
        except (EOFError, OSError):
            pass
        finally:
            writer.close()

    def bodies(self, path: str) -> list[Any]:
        """Return what was sent to a path."""
        return [body for _, asked, body in self.asked if asked.endswith(path)]


@asynccontextmanager
async def talking(answer: Answer, key: str = "") -> AsyncGenerator[tuple[Vectors, Double]]:
    """Return our side and the other one."""
    from taleforge.memory.qdrant import connected  # noqa: PLC0415  # slow

    double = Double(answer)
    async with await asyncio.start_server(double.serve, "127.0.0.1", 0) as listening:
        double.port = listening.sockets[0].getsockname()[1]
        vectors = connected(f"http://127.0.0.1:{double.port}", key, "club")
        yield vectors, double
        await vectors.close()


def conditions(body: Any) -> list[tuple[str, Any]]:
    """Return what a filter of a request wants."""
    return [(one["key"], next(iter(one["match"].values()))) for one in body["filter"]["must"] if "key" in one]


async def test_every_question_names_the_table_and_who_is_looked_at() -> None:
    """As a filter for Qdrant itself; what it finds all the same of others is left out."""
    async with talking(well) as (vectors, double):
        assert await vectors.near("tbl_1", ["seat_a"], ONE.vector, 5) == [Near(ONE.id, 0.9)]
        [query] = double.bodies("/query")
        assert conditions(query) == [("table", "tbl_1"), ("who", ["seat_a"])]
        assert query["limit"] == 5
        assert await vectors.ids("tbl_1", ["seat_a"]) == {ONE.id}
        [page] = double.bodies("/scroll")
        assert conditions(page) == [("table", "tbl_1"), ("who", ["seat_a"])]
        await vectors.drop("tbl_1", {ONE.id})
        [dropped] = double.bodies("/delete")
        assert conditions(dropped) == [("table", "tbl_1")]
        assert not any("somebody-elses" in path for _, path, _ in double.asked)


async def test_no_text_and_no_name_goes_there() -> None:
    """A point is an id, two other ids and numbers; a collection is made for vectors of another length."""
    async with talking(well) as (vectors, double):
        await vectors.put("tbl_1", [msgspec.structs.replace(ONE, vector=packed([0, 1, 0]))])
        [body] = double.bodies("/club-memories-3/points")
        assert body["points"] == [
            {"id": ONE.id, "vector": [0.0, 1.0, 0.0], "payload": {"table": "tbl_1", "who": "seat_a"}}
        ]
        assert [made["field_name"] for made in double.bodies("/club-memories-3/index")] == ["table", "who"]
        [made] = double.bodies("/club-memories-3")
        assert made["vectors"] == {"size": 3, "distance": "Cosine"}


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
async def test_a_qdrant_that_says_no_is_unavailable(status: int) -> None:
    """In a sentence without the key; one that does not know us is named so."""
    async with talking(lambda *_: (status, {"error": "s3cret"}), "s3cret") as (vectors, double):
        with pytest.raises(Unavailable) as refused:
            await vectors.near("tbl_1", ["seat_a"], ONE.vector, 5)
        assert str(status) in str(refused.value)
        assert "s3cret" not in str(refused.value)
        assert ("memory.qdrant_key" in str(refused.value)) == (status in {401, 403})
        assert double.keys == {"s3cret"}


@pytest.mark.parametrize("nonsense", [None, {"collections": 7}, {"points": [{"id": []}]}, "?"])
async def test_nonsense_is_unavailable(nonsense: Any) -> None:
    """Whatever comes back."""
    async with talking(lambda *_: (200, nonsense)) as (vectors, _):
        for asking in (vectors.ids("tbl_1"), vectors.put("tbl_1", [ONE]), vectors.drop("tbl_1")):
            with pytest.raises(Unavailable):
                await asking


async def test_a_qdrant_that_is_not_there_is_unavailable() -> None:
    """Words find alone then."""
    async with talking(well) as (vectors, double):
        other = double.port
    from taleforge.memory.qdrant import connected  # noqa: PLC0415  # slow

    vectors = connected(f"http://127.0.0.1:{other}", "", "club")
    with pytest.raises(Unavailable, match="Look after that server"):
        await vectors.ids("tbl_1")
    await vectors.close()
    with pytest.raises(Misconfigured, match=r"memory\.qdrant"):
        connected("localhost:6333", "", "club")
