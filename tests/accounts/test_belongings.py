"""Campaigns and kept characters: who sees them, who changes them, and that they go with their person."""

from itertools import count

from taleforge.accounts.belongings import MOST_CHARACTERS, Belongings
from taleforge.accounts.service import Denied
from taleforge.accounts.values import Campaign, Character, Voice
from tests.accounts.test_service import Club


class Shelf(Club):
    """A club whose people have things."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        numbers = count(1)
        self.belongings = Belongings(self.stores, lambda kind: f"{kind}_{next(numbers):05}", clock=lambda: self.now)


async def test_a_campaign_is_seen_by_who_made_it_or_plays_in_it() -> None:
    """Nobody else of the space; nobody at all of another one."""
    shelf = Shelf()
    ann = await shelf.ann()
    made = await shelf.belongings.begin_campaign(ann, "  The  Marsh ", "Mondays.\nBring dice.\x00")
    assert isinstance(made, Campaign)
    assert (made.name, made.note) == ("The Marsh", "Mondays.\nBring dice.")
    await shelf.stores.campaigns.place("tbl_1", made.id)
    see = shelf.belongings.campaign

    assert await see(made.id, "spc_1", ann.id, []) == made
    assert await see(made.id, "spc_1", "usr_bob", ["tbl_1"]) == made
    assert await see(made.id, "spc_1", "usr_bob", ["tbl_2"]) is None
    assert await see(made.id, "spc_1", "usr_admin", None) == made
    assert await see(made.id, "spc_2", "usr_admin", None) is None
    assert await see("cmp_none", "spc_1", ann.id, None) is None
    assert await shelf.belongings.begin_campaign(ann, " \n ", "") == Denied("campaign/name")
    assert await shelf.belongings.change_campaign(made, "", "") == Denied("campaign/name")


async def test_a_character_is_its_persons_alone() -> None:
    """Others are not even told that it is there; there are not endlessly many."""
    shelf = Shelf()
    ann = await shelf.ann()
    kept = await shelf.belongings.keep(ann, "Brannoc", "{}")
    assert isinstance(kept, Character)
    shelf.now = 5
    changed = await shelf.belongings.change(kept, "Brann", '{"xp":1}')

    assert (changed.name, changed.created, changed.updated) == ("Brann", 0, 5)
    assert await shelf.belongings.character(kept.id, ann.id) == changed
    assert await shelf.belongings.character(kept.id, "usr_bob") is None
    more = [await shelf.belongings.keep(ann, "Twin", "{}") for _ in range(MOST_CHARACTERS)]
    assert more[-1] == Denied("character/too_many_kept", {"most": MOST_CHARACTERS})


async def test_characters_go_with_their_person() -> None:
    """What is exported names them; what is erased has none."""
    shelf = Shelf()
    ann = await shelf.ann()
    await shelf.belongings.keep(ann, "Brannoc", '{"xp":1}')
    told = await shelf.accounts.export(ann.id)
    assert told is not None
    assert "Brannoc" in repr(told["characters"])
    await shelf.accounts.erase(ann.id)
    assert await shelf.stores.characters.of(ann.id) == []


async def test_voices_belong_to_their_person_and_go_with_it() -> None:
    """Nobody else uses them; a nameless one is not kept; an export names them, and what is erased has none."""
    shelf = Shelf()
    ann = await shelf.ann()
    kept = await shelf.belongings.keep_voice(ann, "Grandmother", '{"base":"f1"}')
    assert isinstance(kept, Voice)
    assert await shelf.belongings.voice(kept.id, ann.id) == kept
    assert await shelf.belongings.voice(kept.id, "usr_bob") is None
    assert await shelf.belongings.keep_voice(ann, " ", "{}") == Denied("voice/name")
    told = await shelf.accounts.export(ann.id)
    assert told is not None
    assert "Grandmother" in repr(told["voices"])
    await shelf.accounts.erase(ann.id)
    assert await shelf.stores.voices.of(ann.id) == []
