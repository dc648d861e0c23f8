"""Points in a Qdrant (`ports.Vectors`), for hosts who have one: a collection for each length of vector.

Every search names the table and who may be looked at as a filter that Qdrant applies while it searches, and what comes
back is looked at once more. Texts never go there: a point is an id, two other ids, and numbers.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit
from warnings import catch_warnings, simplefilter

import httpx
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException

from taleforge.errors import Misconfigured, Unavailable
from taleforge.memory.exact import FLOAT, unpacked
from taleforge.memory.values import Near, Point

PAGE: Final = 1000
"""Ids that are asked for at a time."""
SLOWEST: Final = 10
"""Seconds that anything may take there; whoever searches goes on without it long before."""
_FORBIDDEN: Final = (401, 403)


class QdrantVectors:
    """Points in a Qdrant.

    Args:
        client: Talks to it.
        prefix: What the names of our collections begin with.
    """

    def __init__(self, client: AsyncQdrantClient, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids of what some have, or of all of a table."""
        async with _answering():
            return {id_ for name in await self._collections() for id_ in await self._ids(name, _filter(table, who))}

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points."""
        if not points:
            return
        async with _answering():
            name = await self._collection(len(points[0].vector) // FLOAT)
            rows = [
                models.PointStruct(
                    id=point.id, vector=list(unpacked(point.vector)), payload={"table": table, "who": point.who}
                )
                for point in points
            ]
            await self._client.upsert(name, rows, wait=True)

    async def near(self, table: str, who: Sequence[str], vector: bytes, most: int) -> list[Near]:
        """Return what some have that lies nearest."""
        name = self._name(len(vector) // FLOAT)
        async with _answering():
            if name not in await self._collections():
                return []
            found = await self._client.query_points(
                name, query=list(unpacked(vector)), query_filter=_filter(table, who), limit=most, with_payload=True
            )
        mine = [point for point in found.points if _is_of(point.payload, table, who)]
        return [Near(str(point.id), point.score) for point in sorted(mine, key=lambda one: (-one.score, str(one.id)))]

    async def drop(self, table: str, ids: Collection[str] | None = None) -> None:
        """Forget points, or all of a table."""
        named = [] if ids is None else [models.HasIdCondition(has_id=sorted(ids))]
        which = models.Filter(must=[*_conditions(table, None), *named])
        async with _answering():
            for name in await self._collections():
                await self._client.delete(name, models.FilterSelector(filter=which), wait=True)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def _ids(self, name: str, which: models.Filter) -> set[str]:
        found: set[str] = set()
        after = None
        while True:
            page, after = await self._client.scroll(
                name, which, limit=PAGE, offset=after, with_payload=False, with_vectors=False
            )
            found |= {str(record.id) for record in page}
            if after is None:
                return found

    async def _collections(self) -> set[str]:
        known = await self._client.get_collections()
        return {one.name for one in known.collections if one.name.startswith(f"{self._prefix}-memories-")}

    async def _collection(self, size: int) -> str:
        """Return the collection of vectors of a length, made when it is missing."""
        name = self._name(size)
        if name not in await self._collections():
            await self._client.create_collection(name, models.VectorParams(size=size, distance=models.Distance.COSINE))
            for field in ("table", "who"):  # what is filtered by, so that no search looks at all points
                await self._client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD)
        return name

    def _name(self, size: int) -> str:
        return f"{self._prefix}-memories-{size}"


def connected(url: str, key: str, prefix: str) -> QdrantVectors:
    """Return the points of a Qdrant, which is asked nothing yet. Raises Misconfigured for what is no web address."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Misconfigured("memory.qdrant is no web address.", "Write it as http://localhost:6333.")
    with catch_warnings():
        simplefilter("ignore")  # of a key that goes over HTTP: within a host's own network that is the host's choice
        client = AsyncQdrantClient(
            url=url, api_key=key or None, timeout=SLOWEST, check_compatibility=False, prefer_grpc=False
        )
    return QdrantVectors(client, prefix)


@asynccontextmanager
async def _answering() -> AsyncGenerator[None]:
    """Raise Unavailable for whatever goes wrong within the block."""
    try:
        yield
    except (ApiException, ResponseHandlingException, httpx.HTTPError, OSError, ValueError) as error:
        status = getattr(error, "status_code", None)
        remedy = "Correct memory.qdrant_key." if status in _FORBIDDEN else "Look after that server."
        raise Unavailable(f"Qdrant does not do as it is asked: {status or type(error).__name__}.", remedy) from error


def _filter(table: str, who: Sequence[str] | None) -> models.Filter:
    return models.Filter(must=[*_conditions(table, who)])


def _conditions(table: str, who: Sequence[str] | None) -> list[models.FieldCondition]:
    of_table = models.FieldCondition(key="table", match=models.MatchValue(value=table))
    if who is None:
        return [of_table]
    return [of_table, models.FieldCondition(key="who", match=models.MatchAny(any=list(who)))]


def _is_of(payload: dict[str, object] | None, table: str, who: Sequence[str]) -> bool:
    return payload is not None and payload.get("table") == table and payload.get("who") in who
