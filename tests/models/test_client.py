"""A client against a server that speaks as OpenAI's does: what it says arrives, and whatever fails has a name."""

import asyncio

import pytest
from msgspec.structs import replace

from taleforge.errors import Misconfigured, ModelFailed
from taleforge.models.client import Client
from taleforge.models.values import End, Message, Model, Patience, Request, Secret, Usage
from tests.openai_double import Asked, Double, Failing, Fault, Reply, _Out, in_turn, saying

HURRIED = Patience(connect=1.0, first=0.05, between=0.05, whole=0.5, turn=0.05)
CALM = Patience(first=5.0, between=5.0)
QUESTION = Request((Message("system", "Tell."), Message("user", "What happened?")), 100)
KEY = "sk-very-secret-0123456789"


async def answer(reply: Reply, patience: Patience = CALM, name: str = "tiny", room: int = 0) -> list[str | End]:
    """Return the pieces that come from a server with a reply."""
    async with Double(reply) as double:
        client = Client(Model(double.url, name, Secret(KEY)), patience, room)
        try:
            return [piece async for piece in client.stream(QUESTION)]
        finally:
            await client.close()


async def test_pieces_come_as_they_are_said() -> None:
    """Letter for letter, in pieces, then the end with what was used."""
    pieces = await answer(saying("Rain falls – “softly”, and the bell tolls."))
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == "Rain falls – “softly”, and the bell tolls."
    assert len(pieces) > 5
    assert pieces[-1] == End(finished=True, usage=Usage(5, 10))


async def test_what_is_asked_is_what_was_meant() -> None:
    """The body is as OpenAI has it, the key goes in its header, and a connection is used again."""
    async with Double(saying("Rain.")) as double:
        client = Client(Model(double.url, "tiny", Secret(KEY)), CALM)
        for _ in range(3):
            assert [piece async for piece in client.stream(QUESTION)]
        await client.close()
    asked = double.chats[0]
    assert asked.body["messages"][1] == {"role": "user", "content": "What happened?"}
    assert (asked.body["model"], asked.body["max_tokens"], asked.body["stream"]) == ("tiny", 100, True)
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert double.connections == 1


async def test_without_a_name_the_first_model_is_asked() -> None:
    """An address is enough."""
    async with Double(saying("Rain."), models=("first", "second")) as double:
        client = Client(Model(double.url), CALM)
        assert [piece async for piece in client.stream(QUESTION)]
        await client.close()
    assert double.chats[0].body["model"] == "first"


KINDS: dict[Fault, str] = {
    "hang_up": "broken", "no_answer": "slow", "no_token": "slow", "stall": "slow", "status_500": "failing",
    "status_503": "failing", "status_429": "limited", "status_401": "denied", "status_404": "absent",
    "status_302": "failing", "html": "garbage", "not_json": "garbage", "wrong_shape": "garbage", "binary": "garbage",
    "half_event": "truncated", "truncated": "truncated", "cut_chunk": "broken", "error_event": "failing",
    "endless": "endless", "endless_event": "endless", "endless_comments": "slow", "filtered": "filtered",
    "echo_key": "garbage",
}  # fmt: skip


@pytest.mark.parametrize("fault", KINDS)
async def test_every_fault_has_a_name_and_quotes_nobody(fault: Fault) -> None:
    """Whatever a server does ends in one kind of failure, whose words hold no key, no question and no answer."""
    with pytest.raises(ModelFailed) as failed:
        await answer(lambda _: Failing(fault, "7"), HURRIED if KINDS[fault] == "slow" else CALM)
    error = failed.value
    assert error.kind == KINDS[fault]
    assert error.after == (7.0 if fault.startswith("status_") else 0.0)
    for secret in (KEY, "What happened", "rain", "out of memory"):
        assert secret not in f"{error} {error!r} {error.args}"


async def test_nobody_listens() -> None:
    """A port where nothing is."""
    async with Double(saying("Rain.")) as double:
        url = double.url
    client = Client(Model(url, "tiny"), CALM)
    with pytest.raises(ModelFailed) as failed:
        await anext(client.stream(QUESTION))
    assert failed.value.kind == "unreachable"
    sight = await client.look()
    assert (sight.reachable, sight.found) == (False, False)
    await client.close()


async def test_an_answer_that_ran_out_of_room_says_so() -> None:
    """The reader knows that the last sentence may be half."""
    assert (await answer(lambda _: Failing("length")))[-1] == End(finished=False)


async def test_thoughts_are_not_said() -> None:
    """What a model thinks aloud first is left out, however it is cut into pieces; a tag further on is text."""
    spoken = [p for p in await answer(saying("<think>The rat? No.</think>\n\nRain falls. <think>")) if p]
    assert "".join(p for p in spoken if isinstance(p, str)) == "Rain falls. <think>"
    assert not any(isinstance(p, str) and p for p in await answer(saying("<think>For ever")))
    short = await answer(saying("<thi"))
    assert "".join(p for p in short if isinstance(p, str)) == "<thi"


async def test_a_server_that_knows_only_the_newer_parameters_is_asked_with_those() -> None:
    """It refuses `max_tokens` once; then it is never sent again."""

    async def body(double: Double) -> None:
        client = Client(Model(double.url, "tiny"), CALM, room=50)
        for _ in range(2):
            assert [piece async for piece in client.stream(QUESTION)]
        await client.close()

    async with Picky() as double:
        await body(double)
    assert [("max_tokens" in a.body, a.body.get("max_completion_tokens")) for a in double.chats] == [
        (True, None), (False, 150), (False, 150),
    ]  # fmt: skip


class Picky(Double):
    """Refuses what newer servers refuse."""

    def __init__(self) -> None:
        super().__init__(saying("Rain."))

    async def _chat(self, asked: Asked, out: _Out) -> None:
        if "max_tokens" in asked.body:
            out.plain(400, {"error": {"message": "Use 'max_completion_tokens' instead."}})
        else:
            await super()._chat(asked, out)


class Whole(Double):
    """Answers at once, whatever it is asked."""

    async def _chat(self, asked: Asked, out: _Out) -> None:
        message = {"role": "assistant", "content": "Rain."}
        out.plain(200, {"choices": [{"message": message, "finish_reason": "stop"}]})


async def test_a_server_that_does_not_stream_is_understood() -> None:
    """The whole answer is one piece."""
    async with Whole(saying("")) as double:
        client = Client(Model(double.url, "tiny"), CALM)
        assert [piece async for piece in client.stream(QUESTION)] == ["Rain.", End(finished=True)]
        await client.close()


async def test_vectors_stand_in_the_order_of_their_texts() -> None:
    """However the server orders them; and one that leaves some out fails."""
    async with Double(saying("")) as double:
        client = Client(Model(double.url, "tiny"), CALM)
        places, usage = await client.embed(["a bell", "rats", "a bell"])
        assert places[0] == places[2] != places[1]
        assert usage == Usage(4)
        await client.close()


async def test_a_look_tells_how_a_model_is() -> None:
    """Found or not, how long its context is, what went wrong."""
    async with Double(saying(""), models=("tiny", "large")) as double:
        for name, found in (("large", True), ("", True), ("other", False)):
            client = Client(Model(double.url, name), CALM)
            sight = await client.look()
            assert (sight.reachable, sight.found, sight.context) == (True, found, 8192 if found else None)
            await client.close()


async def test_a_reader_who_leaves_ends_the_answer() -> None:
    """An endless answer costs nothing once nobody listens."""
    async with Double(lambda _: Failing("endless")) as double:
        client = Client(Model(double.url, "tiny"), CALM)
        pieces = client.stream(replace(QUESTION, most_tokens=10**6))
        assert await anext(pieces)
        await pieces.aclose()
        await client.close()
        async with asyncio.timeout(5):
            await asyncio.gather(*double._tasks)


def test_a_key_is_never_shown() -> None:
    """Neither by the value, nor by what holds it."""
    model = Model("http://user:pass@localhost:1/v1", "tiny", Secret(KEY))
    assert KEY not in f"{model} {model!r} {model.key} {model.label} {Client(model, CALM).__dict__}"
    assert "pass" not in model.label


def test_an_address_that_is_none_is_refused() -> None:
    """With the name of the setting."""
    with pytest.raises(Misconfigured, match="model\\.url"):
        Client(Model("http://localhost:none", "tiny"), CALM)


async def test_questions_one_after_another_get_their_own_answers() -> None:
    """A failure leaves nothing behind for the next."""
    reply = in_turn(Failing("not_json"), "Rain.")
    async with Double(reply) as double:
        client = Client(Model(double.url, "tiny"), CALM)
        with pytest.raises(ModelFailed):
            assert [piece async for piece in client.stream(QUESTION)]
        assert "".join(p for p in [p async for p in client.stream(QUESTION)] if isinstance(p, str)) == "Rain."
        await client.close()
