"""Evenings told by a real llama.cpp: what it says is senseless, or true; and it is killed while they play."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from taleforge.accounts.spending import TOKENS
from taleforge.bootstrap import build
from taleforge.messages.brief import Prose
from taleforge.settings import load
from taleforge.terminal.lobby import Wishes
from tests import llama
from tests.conftest import Need
from tests.play.evening import Player, evening

pytestmark = pytest.mark.engines
PLAN = ("whether she has work", "hammer and nails", "Nail the cellar", "Shake the boy off")
SAID = "Marrick Hale goes on with what has to be done."


class Killing(Player):
    """Somebody who ends the model's server after the second line."""

    def __init__(self, kill: Callable[[], None]) -> None:
        super().__init__(PLAN)
        self._kill = kill

    async def __call__(self) -> str | None:
        """Return what the player types next."""
        if len(self.typed) == 2:
            self._kill()
        return await super().__call__()


async def played(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, player: Player | None = None
) -> tuple[str, list[Prose], int]:
    """Play the short evening to its end; return which it was, what was told, and the tokens in the ledger."""
    patient = {f"model.{name}_seconds": "60" for name in ("first", "between", "whole")}
    given = {"data.folder": str(folder), "store.fsync": "false", "model.url": url, **patient}
    chosen = load({}, given, None)
    monkeypatch.setattr("tests.play.evening.settings", lambda _: chosen)
    _, session = await evening(folder, "one", Wishes(character="marrick", companion="oswin"), player or Player(PLAN))
    table = session.view.table.id
    async with build(chosen) as house:
        prose = await house.services.log.read_prose(table)
        used = await house.stores.ledger.used(f"table:{table}", TOKENS, 0)
    return session.view.table.ending or "", prose, used


@pytest.fixture(autouse=True)
def _parts(need: Need) -> None:
    """What none but `make engines` has."""
    for part in ("gguf", "xllamacpp"):
        need(part, "make engines")


async def test_a_model_that_talks_nonsense_is_not_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says: the evening has its ending, told as without a model, and the tokens are counted."""
    with llama.running(llama.make(tmp_path / "senseless.gguf")) as server:
        ending, prose, used = await played(tmp_path / "data", server.url, monkeypatch)
    _, bare, _ = await played(tmp_path / "bare", "", monkeypatch)
    assert ending == "nailed"
    assert prose == bare
    assert {one.narrator for one in prose} == {"grammar"}
    assert used > 1_000


async def test_a_model_that_tells_the_truth_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sentence, where he did something and the one mark is that of one text; the grammar tells the rest."""
    with llama.running(llama.make(tmp_path / "sensible.gguf", sensible=True)) as server:
        ending, prose, used = await played(tmp_path / "data", server.url, monkeypatch)
    assert ending == "nailed"
    told = Counter(one.narrator for one in prose)
    assert told["model"] >= 1
    assert all((SAID in one.text) == (one.narrator == "model") for one in prose)
    assert used > 1_000


async def test_a_model_that_is_killed_ends_no_evening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server dies while they play: every Brief is told, by the grammar from then on."""
    with llama.running(llama.make(tmp_path / "sensible.gguf", sensible=True)) as server:
        ending, prose, _ = await played(tmp_path / "data", server.url, monkeypatch, Killing(server.kill))
    assert ending == "nailed"
    assert "model" in {one.narrator for one in prose}
    assert prose[-1].narrator == "grammar"
