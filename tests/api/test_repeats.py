"""Answers with an idempotency key that are sent piece by piece, and clients who hang up in the middle of them."""

import asyncio
from typing import Any

from taleforge.api.callers import LOCAL
from taleforge.api.repeats import Repeats
from taleforge.api.stream import Message, Receive, Send

PIECES = (b"One. ", b"Two. ", b"Three.")


async def tell(_: Any, receive: Receive, send: Send) -> None:
    """Answer in pieces for as long as the client is there, as streams of the router do."""
    await receive()
    gone = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for piece in PIECES:
        await asyncio.sleep(0)
        if gone.done():
            return
        await send({"type": "http.response.body", "body": piece, "more_body": piece != PIECES[-1]})
    gone.cancel()


async def ask(repeats: Repeats, *, hangs_up: bool = False) -> tuple[bytes, bool]:
    """Return what a client hears, who may hang up after the first piece, and whether that is a repetition."""
    asked = [{"type": "http.request", "body": b"{}", "more_body": False}]
    hung_up = asyncio.Event()
    said: list[Message] = []

    async def receive() -> Message:
        if asked:
            return asked.pop()
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)
        if hangs_up and "body" in message:
            hung_up.set()

    scope = {
        "type": "http", "method": "POST", "path": "/synthesize", "headers": [(b"idempotency-key", b"monday")],
        "state": {"caller": LOCAL},
    }  # fmt: skip
    await repeats(scope, receive, send)
    heard = b"".join(message.get("body", b"") for message in said)
    return heard, (b"idempotent-replayed", b"true") in said[0]["headers"]


async def test_who_waits_for_all_of_an_answer_is_not_taken_for_gone() -> None:
    """Each piece comes, and all of it together when the same is asked again."""
    repeats = Repeats(tell)
    assert await ask(repeats) == (b"One. Two. Three.", False)
    assert await ask(repeats) == (b"One. Two. Three.", True)


async def test_half_an_answer_is_never_given_again() -> None:
    """Whoever hung up in the middle, and asks again, is answered anew and whole."""
    repeats = Repeats(tell)
    half, _ = await ask(repeats, hangs_up=True)
    assert half in {PIECES[0], PIECES[0] + PIECES[1]}
    assert await ask(repeats) == (b"One. Two. Three.", False)
