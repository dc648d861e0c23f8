"""What people have beside their seats: campaigns that their tables belong to, characters and voices that they keep.

Who may see or change one is decided here; what a character is, is the game's. Does not know HTTP.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from taleforge.accounts.moderation import tidy_note
from taleforge.accounts.ports import Stores
from taleforge.accounts.service import Denied, tidy_name
from taleforge.accounts.values import Campaign, Character, Person, Voice

MOST_CHARACTERS = 100
"""Characters that one person may keep."""
MOST_VOICES = 50
"""Voices that one person may keep."""


class Belongings:
    """Campaigns and characters of one server.

    Args:
        stores: Where they are kept.
        make_id: Makes the id of something new, by its kind (`cmp`, `chr`).
        clock: The time, in milliseconds since 1970.
    """

    def __init__(self, stores: Stores, make_id: Callable[[str], str], *, clock: Callable[[], int]) -> None:
        self._stores = stores
        self._make_id = make_id
        self._clock = clock

    async def begin_campaign(self, by: Person, name: str, note: str) -> Campaign | Denied:
        """Make a campaign."""
        tidy = tidy_name(name)
        if not tidy:
            return Denied("campaign/name")
        campaign = Campaign(self._make_id("cmp"), by.space, tidy, tidy_note(note), by.id, self._clock())
        await self._stores.campaigns.add(campaign)
        return campaign

    async def change_campaign(self, campaign: Campaign, name: str, note: str) -> Campaign | Denied:
        """Give a campaign another name and note."""
        tidy = tidy_name(name)
        if not tidy:
            return Denied("campaign/name")
        changed = replace(campaign, name=tidy, note=tidy_note(note))
        await self._stores.campaigns.replace(changed)
        return changed

    async def campaign(self, campaign: str, space: str, person: str, tables: Sequence[str] | None) -> Campaign | None:
        """Return a campaign if somebody may see it: who made it, who plays at one of `tables`, or all (None)."""
        known = await self._stores.campaigns.get(campaign)
        if known is None or known.space != space:
            return None
        if tables is None or known.created_by == person:
            return known
        return known if set(tables) & set(await self._stores.campaigns.tables(campaign)) else None

    async def keep(self, by: Person, name: str, body: str) -> Character | Denied:
        """Keep a new character."""
        now = self._clock()
        character = Character(self._make_id("chr"), by.space, by.id, tidy_name(name), body, now, now)
        if not await self._stores.characters.add(character, MOST_CHARACTERS):
            return Denied("character/too_many_kept", {"most": MOST_CHARACTERS})
        return character

    async def change(self, character: Character, name: str, body: str) -> Character:
        """Keep a character as it now is."""
        changed = replace(character, name=tidy_name(name), body=body, updated=self._clock())
        await self._stores.characters.replace(changed)
        return changed

    async def keep_voice(self, by: Person, name: str, body: str, id_: str = "") -> Voice | Denied:
        """Keep a new voice; under an id of one's own, once."""
        tidy = tidy_name(name)
        if not tidy:
            return Denied("voice/name")
        if id_ and (kept := await self.voice(id_, by.id)):
            return kept
        voice = Voice(id_ or self._make_id("vce"), by.space, by.id, tidy, body, self._clock())
        if not await self._stores.voices.add(voice, MOST_VOICES):
            return Denied("voice/too_many", {"most": MOST_VOICES})
        return voice

    async def voice(self, voice: str, person: str) -> Voice | None:
        """Return a voice of a person."""
        known = await self._stores.voices.get(voice)
        return known if known is not None and known.person == person else None

    async def character(self, character: str, person: str) -> Character | None:
        """Return a character of a person."""
        known = await self._stores.characters.get(character)
        return known if known is not None and known.person == person else None
