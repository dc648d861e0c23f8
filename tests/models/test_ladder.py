"""A ladder asks the next model when one fails, rests those that fail, takes turns, and keeps to its purse."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic

import pytest
from structlog.testing import capture_logs

from taleforge.errors import Misconfigured, ModelFailed, Unavailable
from taleforge.models.breaker import REST
from taleforge.models.rung import Rung
from taleforge.models.setup import Config, Models, NoPurse, open_models
from taleforge.models.tally import Tally
from taleforge.models.values import Message, Request, Secret
from tests.openai_double import Asked, Double, Failing, in_turn, saying

QUESTION = Request((Message("user", "What happened?"),), 50, "tbl_x")


class Pocket:
    """A purse with some tokens in it, which writes down what is done with it."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.done: list[tuple[str, int]] = []

    async def reserve(self, table: str, tokens: int, cost: int) -> str | None:
        """Take them if they are there."""
        if tokens > self.tokens:
            return None
        self.tokens -= tokens
        return f"{table} {tokens}"

    async def settle(self, number: str, tokens: int, cost: int) -> None:
        """Put back what was not used."""
        self.tokens += int(number.rsplit(maxsplit=1)[-1]) - tokens
        self.done.append(("settled", tokens))

    async def release(self, number: str) -> None:
        """Put all back."""
        self.tokens += int(number.rsplit(maxsplit=1)[-1])
        self.done.append(("released", 0))


async def read(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


def models(
    *doubles: Double, purse: Pocket | NoPurse | None = None, tally: Tally | None = None, at_once: int = 4,
    passed: Callable[[], float] = monotonic,
) -> Models:  # fmt: skip
    """Return the models of some servers, in their order."""
    spares = ",".join(f"tiny@{double.url}" for double in doubles[1:])
    config = Config(
        url=doubles[0].url, name="tiny", key=Secret("sk-1"), spares=spares, spare_key=Secret("sk-2"), at_once=at_once
    )
    return open_models(config, purse or NoPurse(), tally or Tally(), passed)


def rungs(made: Models) -> tuple[Rung, ...]:
    return made.ladder._rungs


async def test_the_next_is_asked_when_one_fails() -> None:
    """Even in the middle of its answer: the reader begins anew, and each server gets its own key."""
    async with Double(lambda _: Failing("truncated")) as first, Double(saying("Rain.")) as second:
        made = models(first, second)
        assert await made.ladder.ask(QUESTION, read) == "Rain."
        assert [d.chats[0].headers["authorization"] for d in (first, second)] == ["Bearer sk-1", "Bearer sk-2"]
        await made.close()


async def test_when_nobody_answers_the_last_reason_is_told() -> None:
    """Nothing is made up."""
    async with Double(lambda _: Failing("status_500")) as first, Double(lambda _: Failing("empty")) as second:
        made = models(first, second)
        with pytest.raises(ModelFailed) as failed:
            await made.ladder.ask(QUESTION, read)
        assert failed.value.kind == "empty"
        await made.close()


async def test_a_failing_model_rests_and_comes_back() -> None:
    """Three failures and it is not asked any more; one log line says so, and one that it is back."""
    failing, now = True, 0.0
    tally = Tally()

    def reply(_: Asked) -> str | Failing:
        return Failing("status_500") if failing else "Rain."

    async with Double(reply) as double:
        made = models(double, tally=tally, passed=lambda: now)
        with capture_logs() as logs:
            for _ in range(6):
                with pytest.raises(ModelFailed):
                    await made.ladder.ask(QUESTION, read)
            failing, now = False, REST
            assert await made.ladder.ask(QUESTION, read) == "Rain."
        await made.close()
    assert len(double.chats) == 4
    assert [line["event"] for line in logs] == ["model.resting", "model.back"]
    figures = tally.models["tiny"]
    assert figures.outcomes == {"failing": 3, "ok": 1}
    assert (figures.state, figures.first_count, figures.written > 0) == ("closed", 1, True)


@pytest.mark.parametrize("fault", [Failing("status_429", "60"), Failing("status_503", "30"), Failing("status_401")])
async def test_what_does_not_pass_at_once_rests_at_once(fault: Failing) -> None:
    """A server that says when to come back, or a key that is wrong, is asked once."""
    async with Double(lambda _: fault) as double:
        made = models(double)
        for _ in range(3):
            with pytest.raises(ModelFailed):
                await made.ladder.ask(QUESTION, read)
        await made.close()
    assert len(double.chats) == 1


async def test_so_many_ask_at_once_and_no_more() -> None:
    """The others wait for their turn; who waits too long goes without, and that is not held against the model."""
    gate = asyncio.Event()
    async with Double(saying("Rain."), gate=gate) as double:
        made = models(double, at_once=2)
        asking = [asyncio.create_task(made.ladder.ask(QUESTION, read)) for _ in range(5)]
        await double.until_asked(2)
        rung = rungs(made)[0]
        assert rung._turns.locked()
        rung._patience = type(rung._patience)(turn=0.0)
        with pytest.raises(ModelFailed) as failed:
            await made.ladder.ask(QUESTION, read)
        assert (failed.value.kind, len(double.chats)) == ("busy", 2)
        gate.set()
        assert await asyncio.gather(*asking) == ["Rain."] * 5
        assert rung.breaker.state == "closed"
        await made.close()


async def test_the_purse_is_asked_before_and_told_after() -> None:
    """What was used is settled, what failed before a word is released, and an empty purse asks nobody."""
    async with Double(in_turn("Rain.", Failing("status_500"), Failing("truncated"))) as double:
        purse = Pocket(200)
        made = models(double, purse=purse)
        assert await made.ladder.ask(QUESTION, read) == "Rain."
        for _ in range(2):
            with pytest.raises(ModelFailed):
                await made.ladder.ask(QUESTION, read)
        assert purse.done == [("settled", 4), ("released", 0), ("settled", 14)]
        purse.tokens = 10
        with pytest.raises(ModelFailed) as failed:
            await made.ladder.ask(QUESTION, read)
        assert (failed.value.kind, purse.tokens, len(double.chats)) == ("budget", 10, 3)
        await made.close()


class Torn(Pocket):
    """A purse that cannot be opened, or not be closed."""

    def __init__(self, *, opens: bool) -> None:
        super().__init__(1000)
        self._opens = opens

    async def reserve(self, table: str, tokens: int, cost: int) -> str | None:
        """Fail, if it cannot be opened."""
        if not self._opens:
            raise Unavailable("The ledger is gone.", "Wait.")
        return await super().reserve(table, tokens, cost)

    async def settle(self, number: str, tokens: int, cost: int) -> None:
        """Fail."""
        raise Unavailable("The ledger is gone.", "Wait.")


async def test_a_ledger_that_fails_costs_no_answer_and_blames_no_model() -> None:
    """What was said is said; where nothing can be reserved nobody is asked."""
    async with Double(saying("Rain.")) as double:
        made = models(double, purse=Torn(opens=True))
        with capture_logs() as logs:
            assert await made.ladder.ask(QUESTION, read) == "Rain."
        assert [line["event"] for line in logs] == ["model.not_settled"]
        await made.close()
        made = models(double, purse=Torn(opens=False))
        for _ in range(4):
            with pytest.raises(Unavailable):
                await made.ladder.ask(QUESTION, read)
        assert rungs(made)[0].breaker.state == "closed"
        assert len(double.chats) == 1
        await made.close()


async def test_who_goes_away_takes_nothing_along() -> None:
    """A question that is given up leaves its turn to others, and the purse as it should be."""
    gate = asyncio.Event()
    async with Double(saying("Rain."), gate=gate) as double:
        purse = Pocket(100)
        made = models(double, purse=purse, at_once=1)
        asking = asyncio.create_task(made.ladder.ask(QUESTION, read))
        await double.until_asked(1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert (purse.tokens, purse.done) == (100, [("released", 0)])
        gate.set()
        assert await made.ladder.ask(QUESTION, read) == "Rain."
        await made.close()


async def test_a_bug_in_the_reader_is_no_fault_of_the_model() -> None:
    """It comes through as it is."""

    async def broken(_pieces: AsyncIterator[str]) -> str:
        raise ZeroDivisionError

    async with Double(saying("Rain.")) as double:
        made = models(double)
        for _ in range(4):
            with pytest.raises(ZeroDivisionError):
                await made.ladder.ask(QUESTION, broken)
        assert rungs(made)[0].breaker.state == "closed"
        await made.close()


async def test_embeddings_come_from_one_model_and_are_paid_for() -> None:
    """In batches, in order; a failure counts against it like any other."""
    async with Double(saying("")) as double:
        purse = Pocket(10_000)
        made = models(double, purse=purse)
        assert made.embedder is None
        await made.close()
        config = Config(url=double.url, embedding="nomic")
        made = open_models(config, purse, Tally())
        assert made.embedder is not None
        texts = [f"bell {'a' * n}" for n in range(70)]
        places = await made.embedder.embed(texts)
        assert len(places) == 70
        assert len(set(places)) == 70
        assert [name for name, _ in purse.done] == ["settled", "settled"]
        sight = await made.embedder.look()
        assert (sight.reachable, sight.found) == (True, False)
        await made.close()


async def test_all_are_looked_at() -> None:
    """Each with the state of its breaker and its problem."""
    async with Double(saying("")) as first:
        async with Double(saying("")) as second:
            made = models(first, second)
        sights = await made.ladder.look()
        assert [(s.reachable, s.found, s.state) for s in sights] == [(True, True, "closed"), (False, False, "closed")]
        assert "cannot be reached" in sights[1].problem
        await made.close()


@pytest.mark.parametrize("config", [Config(url="localhost:11434"), Config(url="http://a/v1", spares="x@ftp://b")])
def test_an_address_that_is_none_is_refused(config: Config) -> None:
    """With how to write it."""
    with pytest.raises(Misconfigured, match="http://localhost:11434/v1"):
        open_models(config, NoPurse(), Tally())
