"""The contract of `table.ports.Narrator`, on every implementation there is."""

import asyncio
from collections.abc import Callable

import pytest

from taleforge.errors import Unavailable
from taleforge.messages.brief import Beat, Brief
from taleforge.models.fake import FakeChat
from taleforge.narration import FakeNarrator, GrammarNarrator
from taleforge.narration.model import ModelNarrator
from taleforge.table.ports import Narrator
from tests.narration.samples import EVERYBODY, brief

MADE = brief(Beat(9, "attack.hit", "crt_b", "crt_d", {"name": "Mace"}), actors=EVERYBODY, audience=("seat_a",))


def by_a_model() -> Narrator:
    return ModelNarrator(FakeChat(["Ysolde swings, and the giant rat squeals."]))


@pytest.fixture(params=[GrammarNarrator, FakeNarrator, by_a_model])
def narrator(request: pytest.FixtureRequest) -> Narrator:
    """Return a narrator of each kind."""
    make: Callable[[], Narrator] = request.param
    return make()


async def test_prose_is_for_whom_the_brief_is_for(narrator: Narrator) -> None:
    """Version and audience are the Brief's, so that nobody else hears it."""
    prose = await narrator.tell(MADE)
    assert (prose.v, prose.audience, prose.lang) == (MADE.v, MADE.audience, "en")
    assert prose.text


async def test_the_same_brief_is_told_the_same(narrator: Narrator) -> None:
    """Telling again after a crash tells the same."""
    assert await narrator.tell(MADE) == await narrator.tell(MADE)


async def test_an_empty_brief_is_no_error(narrator: Narrator) -> None:
    """A Brief with nothing in it is told like any other."""
    assert (await narrator.tell(Brief("tbl_x", 3, "en"))).v == 3


async def test_tellings_do_not_disturb_each_other(narrator: Narrator) -> None:
    """Several tables may be told at once."""
    briefs = [brief(Beat(9, "told", text=f"Rain {'x' * n}."), seed=n) for n in range(20)]
    alone = [await narrator.tell(one) for one in briefs]
    assert await asyncio.gather(*(narrator.tell(one) for one in briefs)) == alone


async def test_the_fake_fails_as_often_as_it_is_told_to() -> None:
    """A test can have the narrator fail, and then recover."""
    narrator = FakeNarrator("Rain.", fails=1)
    with pytest.raises(Unavailable):
        await narrator.tell(MADE)
    assert (await narrator.tell(MADE)).text == "Rain."
    assert narrator.told == [MADE, MADE]


async def test_the_fake_can_hang() -> None:
    """A test can have the narrator never answer."""
    telling = asyncio.ensure_future(FakeNarrator(hangs=True).tell(MADE))
    await asyncio.sleep(0)
    assert not telling.done()
    telling.cancel()
