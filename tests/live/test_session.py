"""The protocol as bytes: whatever a client sends, it is answered or ignored, and nobody else is harmed."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.errors import Unavailable
from taleforge.live.ports import Services
from taleforge.live.session import MOST_BYTES, Session
from taleforge.live.tables import Tables
from taleforge.messages.frames import Frame
from tests.live.test_room import playing, run
from tests.table.game import GUEST, HOST

HELLO = b'{"t":"hello","token":""}'
Body = Callable[[Session], Awaitable[None]]


def with_session(body: Body) -> None:
    """Run on a session that said hello and took the snapshot."""

    async def on_tables(tables: Tables, _: Services) -> None:
        session = tables.door(await playing(tables), HOST)
        await session.send(HELLO)
        assert (await heard(session)).t == "snapshot"
        await body(session)

    run(on_tables)


async def heard(session: Session) -> Frame:
    return msgspec.json.decode(await session.receive(), type=Frame)


async def until_answered(session: Session) -> list[Frame]:
    """Return the frames up to the answer of a command; the story may come in between."""
    frames = [await heard(session)]
    while frames[-1].t not in {"ack", "refused", "ask"}:
        frames.append(await heard(session))
    return frames


def cmd_frame(**fields: object) -> bytes:
    return msgspec.json.encode({"t": "cmd", "d": fields})


def test_a_command_is_answered_under_its_id() -> None:
    """Its events come first, so that the view is up to date when the answer is read."""

    async def body(session: Session) -> None:
        await session.send(cmd_frame(id="cmd_1", name="say", seat=HOST, d={"text": "Hello."}))
        frames = await until_answered(session)
        assert (frames[0].t, frames[0].d["name"]) == ("event", "said")
        assert (frames[-1].t, frames[-1].d) == ("ack", {"re": "cmd_1", "v": frames[0].d["v"]})

    with_session(body)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\xff\xfe\x00garbage", "command/malformed"),
        (b"[" * 100_000, "command/malformed"),
        (b'{"t":"cmd","d":' + b" " * MOST_BYTES + b"{}}", "command/malformed"),
        (b'{"t":"nonsense"}', "command/malformed"),
        (cmd_frame(id="cmd_1", name="fly", seat=HOST), "command/unknown"),
        (cmd_frame(id="cmd_1", name="say", seat=HOST, d={"text": 5}), "command/malformed"),
        (cmd_frame(name="say"), "command/malformed"),
        (cmd_frame(id=["x"], name="say", seat=HOST), "command/malformed"),
        (cmd_frame(id="cmd_1", name="say", seat=GUEST, d={"text": "I am Bob"}), "seat/unknown"),
        (cmd_frame(id="cmd_1", name="svc.act", seat=HOST, d={"crt": "crt_1"}), "command/service_only"),
    ],
)  # fmt: skip
def test_what_is_no_command_of_this_seat_is_refused(frame: bytes, code: str) -> None:
    """The code says why, and the next command is answered as ever."""

    async def body(session: Session) -> None:
        await session.send(frame)
        reply = (await until_answered(session))[-1]
        assert (reply.t, reply.d["code"]) == ("refused", code)
        await session.send(cmd_frame(id="cmd_2", name="roll", seat=HOST, d={"expr": "1d20"}))
        assert (await until_answered(session))[-1].t == "ack"

    with_session(body)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_end_more_than_a_reply(data: bytes) -> None:
    """Anything at all is answered or ignored."""

    async def body(session: Session) -> None:
        await session.send(data)
        await session.send(cmd_frame(id="cmd_2", name="roll", seat=HOST, d={"expr": "1d20"}))
        answers = [(await until_answered(session))[-1].t]
        if answers == ["refused"]:
            answers.append((await until_answered(session))[-1].t)
        assert answers[-1] == "ack"

    with_session(body)


def test_a_connection_begins_with_hello() -> None:
    """Before it nothing is taken and nothing is told."""

    async def body(tables: Tables, _: Services) -> None:
        session = tables.door(await playing(tables), HOST)
        with pytest.raises(Unavailable, match="hello"):
            await session.send(cmd_frame(id="cmd_1", name="say", seat=HOST, d={"text": "Hello."}))
        with pytest.raises(Unavailable):
            await session.receive()

    run(body)
