"""The client and a real llama.cpp: streams, usage, lengths, embeddings, a question too long, a server that is killed.

The doubles elsewhere speak as we read the protocol; this server speaks as its makers do.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taleforge.errors import ModelFailed
from taleforge.models.client import Client
from taleforge.models.values import End, Message, Model, Patience, Request
from tests import llama
from tests.conftest import Need

pytestmark = pytest.mark.engines
CALM = Patience(first=60.0, between=60.0, whole=120.0)


def asking(most: int, letters: int = 20) -> Request:
    """Return a question of about so many tokens, for one takes each letter here."""
    return Request((Message("system", "Tell."), Message("user", "x" * letters)), most)


async def answer(client: Client, request: Request) -> tuple[str, End]:
    """Return what was said, and its end."""
    pieces = [piece async for piece in client.stream(request)]
    assert isinstance(pieces[-1], End)
    return "".join(piece for piece in pieces if isinstance(piece, str)), pieces[-1]


@pytest.fixture(scope="module")
def parts(need: Need) -> None:
    """What none but `make engines` has."""
    for part in ("gguf", "xllamacpp"):
        need(part, "make engines")


@pytest.fixture(scope="module")
def sensible(parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[llama.Llama]:
    """A server whose model knows one sentence."""
    with llama.running(llama.make(tmp_path_factory.mktemp("llama") / "tiny.gguf", sensible=True)) as server:
        yield server


@pytest.fixture
def senseless(parts: None, tmp_path: Path) -> Path:
    """A model with weights by chance."""
    return llama.make(tmp_path / "senseless.gguf")


async def test_a_sentence_comes_whole_with_its_usage(sensible: llama.Llama) -> None:
    """Word by word, to its own end; usage is what the server counted."""
    client = Client(Model(sensible.url), CALM)
    try:
        said, end = await answer(client, asking(60))
        pieces = [piece async for piece in client.stream(asking(60))]
    finally:
        await client.close()
    assert said == "In the half-light, Marrick Hale goes on with what has to be done. [1]"
    assert end.finished
    assert end.usage is not None
    assert (end.usage.read > 20, end.usage.written) == (True, len(llama.SENTENCE) + 1)
    assert len(pieces) == len(llama.SENTENCE) + 1


async def test_an_answer_that_is_cut_off_says_so(sensible: llama.Llama) -> None:
    """As many tokens as were asked for, and no end of its own."""
    client = Client(Model(sensible.url), CALM)
    try:
        said, end = await answer(client, asking(4))
    finally:
        await client.close()
    assert (said, end.finished) == ("In the half-light,", False)
    assert end.usage is not None
    assert end.usage.written == 4


async def test_the_server_shows_its_model(sensible: llama.Llama) -> None:
    """Its name, and the length of its context."""
    client = Client(Model(sensible.url), CALM)
    try:
        sight = await client.look()
    finally:
        await client.close()
    assert (sight.reachable, sight.found, sight.context) == (True, True, llama.CONTEXT)
    assert sight.model.endswith("tiny.gguf")


async def test_a_question_that_is_too_long_is_refused_and_the_next_is_not(sensible: llama.Llama) -> None:
    """The server says no at once; nobody waits, and nothing of the question is in what is raised."""
    client = Client(Model(sensible.url), CALM)
    try:
        with pytest.raises(ModelFailed) as refused:
            await answer(client, asking(10, letters=llama.CONTEXT))
        assert "xxx" not in str(refused.value)
        assert (await answer(client, asking(60)))[1].finished
    finally:
        await client.close()


async def test_who_stops_listening_leaves_the_server_to_others(senseless: Path) -> None:
    """A stream that is closed after its first words ends at the server too, which does one at a time."""
    with llama.running(senseless) as server:
        client = Client(Model(server.url), CALM)
        try:
            stream = client.stream(asking(8_000))
            assert await anext(stream) is not None
            await stream.aclose()
            said, end = await answer(client, asking(8))
        finally:
            await client.close()
    assert said
    assert end.usage is not None
    assert end.usage.written == 8


async def test_a_server_that_is_killed_while_it_speaks_is_a_failure_with_a_name(senseless: Path) -> None:
    """What came is not taken for the whole; then nobody is there."""
    with llama.running(senseless) as server:
        client = Client(Model(server.url), CALM)
        try:
            stream = client.stream(asking(8_000))
            await anext(stream)
            server.kill()
            with pytest.raises(ModelFailed) as cut:
                [piece async for piece in stream]
            with pytest.raises(ModelFailed) as gone:
                await answer(client, asking(8))
        finally:
            await client.close()
    assert (cut.value.kind, gone.value.kind) == ("broken", "unreachable")


async def test_texts_have_places(senseless: Path) -> None:
    """The same text the same place, another text another one, in the order in which they were given."""
    with llama.running(senseless, "embeddings") as server:
        client = Client(Model(server.url), CALM)
        try:
            places, usage = await client.embed(["a bell", "the rain", "a bell"])
        finally:
            await client.close()
    assert places[0] == pytest.approx(places[2], abs=1e-5)
    assert places[0] != pytest.approx(places[1], abs=1e-2)
    assert usage is not None
    assert usage.read > 10
