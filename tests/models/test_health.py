"""Health and figures of a server show how its models are, and the server is well without them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from taleforge.models.setup import Config, NoPurse, open_models
from taleforge.models.values import Message, Request
from tests.api.serving import serving
from tests.openai_double import Double, saying

QUESTION = Request((Message("user", "What happened?"),), 50)


async def read(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


@pytest.mark.slow  # starts a server
async def test_health_and_figures_tell_of_the_models() -> None:
    """Checks of provider and model, without waiting for them; without the provider it is `degraded`, but ready."""
    async with serving() as served, Double(saying("Rain.")) as double:
        models = open_models(Config(url=double.url, name="tiny"), NoPurse())
        served.desk.house.models = models
        gone = open_models(Config(url="http://127.0.0.1:1/v1", name="tiny"), NoPurse())
        try:
            assert "llm_provider" not in (await served.stranger.get("//health")).json()["checks"]
            await models.vigil.renew()
            health = (await served.stranger.get("//health")).json()
            assert {name: check["status"] for name, check in health["checks"].items()} == {
                "database": "ok", "llm_provider": "ok", "llm_model": "ok",
            }  # fmt: skip
            assert health["status"] == "ok"
            assert await models.ladder.ask(QUESTION, read) == "Rain."
            await gone.vigil.renew()
            served.desk.house.models = gone
            health = (await served.stranger.get("//health")).json()
            assert (health["status"], health["checks"]["llm_provider"]["status"]) == ("degraded", "failed")
            assert (await served.stranger.get("//ready")).status_code == 200
        finally:
            served.desk.house.models = None
            await asyncio.gather(models.close(), gone.close())


async def test_calls_are_counted_by_model_and_outcome() -> None:
    """By the name of the model, never by an address."""
    async with Double(saying("Rain.")) as double:
        models = open_models(Config(url=double.url, name="tiny"), NoPurse())
        await models.ladder.ask(QUESTION, read)
        await models.close()
    tally = models.tally
    assert tally.calls() == {("tiny", "ok"): 1}
    assert tally.tokens() == {("tiny", "in"): 3, ("tiny", "out"): 1}
    assert tally.answers() == {("tiny",): 1}
    assert tally.resting() == {("tiny",): 0.0}
    assert tally.dollars() == {("tiny",): 0.0}
    assert tally.waits()["tiny",] > 0
