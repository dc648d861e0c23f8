"""Campaigns, characters, voices, reports and bans kept in memory, beside the accounts of `memory`.

Nothing outlives the process.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from taleforge.accounts.values import Ban, Campaign, Character, Outcome, Report, Voice


class MemoryCampaigns:
    """Campaigns by id, and the campaign of each table."""

    def __init__(self) -> None:
        self._campaigns: dict[str, Campaign] = {}
        self._placed: dict[str, str] = {}

    async def add(self, campaign: Campaign) -> None:
        """Keep a new campaign."""
        self._campaigns[campaign.id] = campaign

    async def get(self, campaign: str) -> Campaign | None:
        """Return a campaign."""
        return self._campaigns.get(campaign)

    async def replace(self, campaign: Campaign) -> None:
        """Keep a campaign as it now is, if it is still there."""
        if campaign.id in self._campaigns:
            self._campaigns[campaign.id] = campaign

    async def remove(self, campaign: str) -> None:
        """Forget a campaign and what was in it."""
        self._campaigns.pop(campaign, None)
        self._placed = {table: where for table, where in self._placed.items() if where != campaign}

    async def seen(
        self, space: str, tables: Sequence[str] | None, maker: str, after: str, limit: int
    ) -> list[Campaign]:
        """Return campaigns of a space, the newest first."""
        here = sorted((c for c in self._campaigns.values() if c.space == space), key=lambda c: c.id, reverse=True)
        mine = None if tables is None else {self._placed.get(table) for table in tables}
        shown = (c for c in here if mine is None or c.id in mine or c.created_by == maker)
        return [c for c in shown if not after or c.id < after][:limit]

    async def place(self, table: str, campaign: str) -> None:
        """Put a table into a campaign."""
        self._placed[table] = campaign

    async def of(self, table: str) -> str | None:
        """Return the id of a table's campaign."""
        return self._placed.get(table)

    async def tables(self, campaign: str) -> list[str]:
        """Return the tables of a campaign, oldest first."""
        return sorted(table for table, where in self._placed.items() if where == campaign)


class MemoryCharacters:
    """Characters in a dictionary by id."""

    def __init__(self) -> None:
        self._characters: dict[str, Character] = {}

    async def add(self, character: Character, most: int) -> bool:
        """Keep a new character unless its person has `most`."""
        if len(await self.of(character.person)) >= most:
            return False
        self._characters[character.id] = character
        return True

    async def get(self, character: str) -> Character | None:
        """Return a character."""
        return self._characters.get(character)

    async def of(self, person: str, after: str = "", limit: int | None = None) -> list[Character]:
        """Return a person's characters, oldest first."""
        mine = sorted((c for c in self._characters.values() if c.person == person), key=lambda c: c.id)
        return [c for c in mine if c.id > after][:limit]

    async def replace(self, character: Character) -> None:
        """Keep a character as it now is, if it is still there."""
        if character.id in self._characters:
            self._characters[character.id] = character

    async def remove(self, character: str) -> None:
        """Forget a character."""
        self._characters.pop(character, None)


class MemoryVoices:
    """Voices in a dictionary by id."""

    def __init__(self) -> None:
        self._voices: dict[str, Voice] = {}

    async def add(self, voice: Voice, most: int) -> bool:
        """Keep a new voice unless its person has `most`."""
        if len(await self.of(voice.person)) >= most:
            return False
        self._voices[voice.id] = voice
        return True

    async def get(self, voice: str) -> Voice | None:
        """Return a voice."""
        return self._voices.get(voice)

    async def of(self, person: str, after: str = "", limit: int | None = None) -> list[Voice]:
        """Return a person's voices, oldest first."""
        mine = sorted((v for v in self._voices.values() if v.person == person), key=lambda v: v.id)
        return [v for v in mine if v.id > after][:limit]

    async def remove(self, voice: str) -> None:
        """Forget a voice."""
        self._voices.pop(voice, None)


class MemoryModeration:
    """Reports and bans in dictionaries by id."""

    def __init__(self) -> None:
        self._reports: dict[str, Report] = {}
        self._bans: dict[str, Ban] = {}

    async def report(self, report: Report) -> None:
        """Keep a new report."""
        self._reports[report.id] = report

    async def reports(self, space: str, table: str | None, after: str, limit: int) -> list[Report]:
        """Return reports of a space, the newest first."""
        fits = (r for r in self._reports.values() if r.space == space and table in {None, r.table})
        newest = sorted(fits, key=lambda r: r.id, reverse=True)
        return [r for r in newest if not after or r.id < after][:limit]

    async def close(self, report: str, outcome: Outcome, by: str, now: int) -> bool:
        """Say what came of a report, once."""
        known = self._reports.get(report)
        if known is None or known.outcome is not None:
            return False
        self._reports[report] = replace(known, outcome=outcome, closed_by=by, closed=now)
        return True

    async def ban(self, ban: Ban) -> None:
        """Keep a new ban."""
        self._bans[ban.id] = ban

    async def bans(self, space: str, table: str | None = None, after: str = "", limit: int | None = None) -> list[Ban]:
        """Return the bans of a space that hold, oldest first."""
        held = (b for b in self._bans.values() if b.lifted is None and b.space == space and b.id > after)
        return sorted((b for b in held if table in {None, b.table}), key=lambda b: b.id)[:limit]

    async def banned(self, person: str, space: str, table: str | None = None) -> bool:
        """Whether a ban that holds keeps a person out."""
        return any(b.person == person and b.table in {None, table} for b in await self.bans(space))

    async def lift(self, ban: str, now: int) -> bool:
        """Lift a ban, once."""
        known = self._bans.get(ban)
        if known is None or known.lifted is not None:
            return False
        self._bans[ban] = replace(known, lifted=now)
        return True
