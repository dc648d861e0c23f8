import sys
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, ImageContent

from taleforge.art.files import size_of
from taleforge.client.table import TableClient
from taleforge.client.updates import Happened, Told
from taleforge.mcp import agent as agent_module
from taleforge.messages.commands import Ack, Ready, Sit, Whisper
from tests.conftest import Need
from tests.mcp.serving import Hall, hall, text


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent is told of what happened a little sooner than usual."""
    monkeypatch.setattr(agent_module, "QUIET", 0.05)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncGenerator[Hall]:
    async with hall(tmp_path) as served:
        yield served


async def seated(human: TableClient) -> None:
    assert isinstance(await human.send(Sit("marrick", "Ann")), Ack)


async def evening(agent: Client, human: TableClient) -> None:
    """Play the first scene: the agent joins, asks, looks; the human hears of it."""
    updates = human.updates()
    assert "tamsin" in text(await agent.call_tool("look"))
    joined = await agent.call_tool("join", {"character": "tamsin", "name": "Robo"})
    assert not joined.is_error, text(joined)
    assert isinstance(await human.send(Ready()), Ack)
    options = await agent.call_tool("options")
    assert "do:odda_bell" in {one["id"] for one in options.structured_content["options"]}
    asked = await agent.call_tool("act", {"text": "ask the landlady about the tolling"})
    assert not asked.is_error
    assert asked.structured_content["told"]
    assert "pipes" in text(asked).lower()
    spoken = await agent.call_tool("speak", {"text": "We shall see about those pipes."})
    assert not spoken.is_error
    recalled = await agent.call_tool("recall", {"query": "see about pipes"})
    assert "We shall see about those pipes." in text(recalled)
    ruled = await agent.call_tool("rules", {"question": "how does grappling work?"})
    assert ruled.structured_content["rules"][0]["name"] == "Grappling"
    counted = await agent.call_tool("odds", {"dice": "2d20kh1+5", "at_least": 15})
    assert counted.structured_content["chance"] == pytest.approx(1 - (9 / 20) ** 2)
    unclear = await agent.call_tool("act", {"text": "ask him"})
    question = unclear.structured_content
    assert f"[decision {question['decision']}]" in text(unclear)
    answered = await agent.call_tool(
        "answer", {"decision": question["decision"], "choice": question["choices"][0]["id"]}
    )
    assert answered.structured_content["told"], text(answered)
    chosen = await agent.call_tool("choose", {"option": "do:odda_work"})
    assert not chosen.is_error, text(chosen)
    rolled = await agent.call_tool("roll", {"dice": "2d6+1"})
    assert "2d6+1" in text(rolled)
    painted = await agent.call_tool("paint", {"prompt": "an old lighthouse", "size": 64})
    assert picture_size(painted) == (64, 64)
    heard: list[str] = []
    while "dice.rolled" not in heard:
        match await anext(updates):
            case Happened(event=event):
                heard.append(event.name)
            case Told(prose=prose):
                heard.append(prose.text)
            case _:
                pass
    assert any("pipes" in one for one in heard)


def picture_size(result: CallToolResult) -> tuple[int, int]:
    """Return the width and height of the picture in an answer."""
    _, picture = result.content
    assert isinstance(picture, ImageContent)
    return size_of(b64decode(picture.data))


@pytest.mark.slow  # a whole scene is played
async def test_an_agent_plays_the_first_scene_over_http_beside_a_human(here: Hall) -> None:
    """It joins, asks, speaks and rolls; the human at the table hears all of it, and it hears the human."""
    async with AsyncExitStack() as stack:
        seat, human = await here.human(stack)
        await seated(human)
        guest = await here.guest(seat.table, "Robo")
        agent = await stack.enter_async_context(here.agent(guest.token))
        await evening(agent, human)
        await human.send(Whisper(guest.seat, "Psst, the cellar."))
        news = await agent.call_tool("look", {"wait": 5})
        assert "Psst, the cellar." in text(news)
        read = await agent.read_resource("taleforge://seat/journal")
        assert "bell beneath" in str(read.contents[0])
        assert "rules" in str((await agent.get_prompt("learn_the_rules")).messages[0].content)


@pytest.mark.slow  # starts a process of its own
async def test_an_agent_plays_the_first_scene_over_stdio_beside_a_human(here: Hall, tmp_path: Path) -> None:
    """`taleforge mcp` with the code of an invite is a client of the server that runs."""
    async with AsyncExitStack() as stack:
        seat, human = await here.human(stack)
        await seated(human)
        code = (await here.server.invite(seat.table)).code
        words = ["-m", "taleforge", "mcp", "--server", here.server.address, "--code", code, "--data", str(tmp_path)]
        program = StdioServerParameters(command=sys.executable, args=words)
        agent = await stack.enter_async_context(Client(stdio_client(program)))
        await evening(agent, human)


@pytest.mark.slow  # starts a process of its own
async def test_an_agent_plays_alone_where_nobody_serves(tmp_path: Path, need: Need) -> None:
    """`taleforge mcp` plays in the data folder, and what is painted stays there."""
    need("numpy", "pip install 'taleforge[art]'")
    words = ["-m", "taleforge", "mcp", "--adventure", "bell_beneath", "--data", str(tmp_path)]
    async with Client(stdio_client(StdioServerParameters(command=sys.executable, args=words))) as agent:
        assert not (await agent.call_tool("join", {"character": "tamsin"})).is_error
        assert picture_size(await agent.call_tool("paint", {"prompt": "a rusty key", "size": 64})) == (64, 64)
        wrong = await agent.call_tool("paint", {"prompt": "a rusty key", "style": "crayon"})
        assert (wrong.is_error, "gouache" in text(wrong) or "crayon" in text(wrong)) == (True, True)
    assert len(list((tmp_path / "files").rglob("*.png"))) == 1


async def test_what_a_seat_may_not_do_is_an_error_in_words_with_its_code(here: Hall) -> None:
    """Nothing breaks by words without end, unknown arguments, dice that are none, or another's question."""
    async with AsyncExitStack() as stack:
        seat, human = await here.human(stack)
        await seated(human)
        await human.send(Ready())
        agent = await stack.enter_async_context(here.agent(seat.token))
        for name, arguments, said in (
            ("act", {"text": "x" * 10_000}, "text/too_long"),
            ("act", {"text": "x" * 30_000}, "<= 20000"),
            ("act", {"words": "x"}, "unknown field"),
            ("choose", {"option": "do:nothing_known"}, "option/unavailable"),
            ("answer", {"decision": "dec_1", "choice": "yes"}, "decision/unknown"),
            ("odds", {"dice": "2d"}, "dice/syntax"),
            ("fly", {}, "no tool"),
        ):
            answer = await agent.call_tool(name, arguments)
            assert answer.is_error
            assert said in text(answer), text(answer)
        assert not (await agent.call_tool("look")).is_error


async def test_a_token_opens_its_own_seat_alone_until_it_is_revoked(here: Hall) -> None:
    """No token, a wrong one, and a revoked one get nothing; two agents at one table hear only their own whispers."""
    async with AsyncExitStack() as stack:
        seat, human = await here.human(stack)
        await seated(human)
        robo, other = await here.guest(seat.table, "Robo"), await here.guest(seat.table, "Other")
        first = await stack.enter_async_context(here.agent(robo.token))
        second = await stack.enter_async_context(here.agent(other.token))
        for agent, character in ((first, "tamsin"), (second, "oswin")):
            await agent.call_tool("join", {"character": character})
        await human.send(Whisper(robo.seat, "The key is under the mat."))
        assert "under the mat" in text(await first.call_tool("look", {"wait": 5}))
        assert "under the mat" not in str(await second.call_tool("look"))
        assert "under the mat" in text(await first.call_tool("recall", {"query": "mat"}))
        assert "under the mat" not in str(await second.call_tool("recall", {"query": "mat"}))
        stranger = await stack.enter_async_context(here.agent("tfs_wrong"))
        refused = await stranger.call_tool("look")
        assert refused.is_error
        assert "auth/" in text(refused)
        await here.server.call("DELETE", f"/tables/{seat.table}/seats/{robo.seat}/tokens")
        assert (await first.call_tool("speak", {"text": "Still here?"})).is_error
        assert (await first.call_tool("look")).is_error
        assert not (await second.call_tool("look")).is_error


async def test_the_door_answers_known_names_and_bearers_only(here: Hall) -> None:
    """`GET /` says what this is; another host, another origin, and a call without a token are turned away."""
    root = here.mcp.removesuffix("/mcp")
    async with httpx2.AsyncClient(trust_env=False) as http:
        about = (await http.get(root)).json()
        assert about["name"] == "taleforge"
        assert set(about["tools"]) == {
            "act", "choose", "speak", "answer", "look", "options", "roll", "odds", "rules", "paint", "recall", "join",
            "leave",
        }  # fmt: skip
        assert (await http.get(root, headers={"host": "evil.example"})).status_code == 421
        assert (await http.get(root, headers={"origin": "http://evil.example"})).status_code == 403
        assert (await http.post(here.mcp, json={})).status_code == 401


@pytest.mark.slow  # gives lost connections a moment
async def test_a_call_while_the_server_is_down_says_so(here: Hall) -> None:
    """Neither a seat that was open nor one that never was gets an answer that could be taken for the table's."""
    async with AsyncExitStack() as stack:
        seat, human = await here.human(stack)
        await seated(human)
        agent = await stack.enter_async_context(here.agent(seat.token))
        assert not (await agent.call_tool("look")).is_error
        await here.stop()
        lost = await agent.call_tool("speak", {"text": "Hello?"})
        assert lost.is_error
        assert "store/unavailable" in text(lost) or "reached" in text(lost)
        new = await stack.enter_async_context(here.agent("tfs_other"))
        assert "no table server" in text(await new.call_tool("look"))
