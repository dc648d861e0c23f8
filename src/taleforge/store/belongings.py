"""Campaigns, characters, reports and bans in SQL, the same for every database (`accounts.ports`).

Does not look into a character's body, and decides nothing.
"""

from collections.abc import Sequence

from taleforge.accounts.ports import Stores
from taleforge.accounts.values import Ban, Campaign, Character, Outcome, Report
from taleforge.store.accounts import SqlGrants, SqlInvites, SqlLedger, SqlPeople
from taleforge.store.audit import SqlAudit
from taleforge.store.columns import INSERT, SELECT, change, columns, first, number, upto, value
from taleforge.store.transactions import Sql, Statement, Steps
from taleforge.store.voices import SqlVoices


class SqlCampaigns:
    """Campaigns, and the campaign of each table (`CampaignStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, campaign: Campaign) -> None:
        """Keep a new campaign."""
        await self._sql.transact(lambda: change(INSERT["campaigns"], *columns(campaign)))

    async def get(self, campaign: str) -> Campaign | None:
        """Return a campaign."""
        return first(Campaign, await self._sql.query(f"{SELECT['campaigns']} WHERE id = ?1", campaign))

    async def replace(self, campaign: Campaign) -> None:
        """Keep a campaign as it now is, if it is still there."""
        sql = "UPDATE campaigns SET name = ?2, note = ?3 WHERE id = ?1"
        await self._sql.transact(lambda: change(sql, campaign.id, campaign.name, campaign.note))

    async def remove(self, campaign: str) -> None:
        """Forget a campaign and what was in it."""

        def steps() -> Steps[None]:
            yield Statement("DELETE FROM placements WHERE campaign = ?1", (campaign,))
            yield Statement("DELETE FROM campaigns WHERE id = ?1", (campaign,))

        await self._sql.transact(steps)

    async def seen(
        self, space: str, tables: Sequence[str] | None, maker: str, after: str, limit: int
    ) -> list[Campaign]:
        """Return campaigns of a space, the newest first."""
        given = tuple(tables or ())
        places = ", ".join(f"?{number}" for number in range(5, 5 + len(given))) or "NULL"
        mine = f"(created_by = ?4 OR id IN (SELECT campaign FROM placements WHERE table_id IN ({places})))"  # noqa: S608
        shown = mine if tables is not None else "(created_by = ?4 OR 0 = 0)"
        sql = f"{SELECT['campaigns']} WHERE space = ?1 AND (?2 = '' OR id < ?2) AND {shown} ORDER BY id DESC LIMIT ?3"
        found = await self._sql.query(sql, space, after, limit, maker, *given)
        return [value(Campaign, row) for row in found]

    async def place(self, table: str, campaign: str) -> None:
        """Put a table into a campaign, out of any other."""

        def steps() -> Steps[None]:
            yield Statement("DELETE FROM placements WHERE table_id = ?1", (table,))
            yield Statement(INSERT["placements"], (table, campaign))

        await self._sql.transact(steps, f"placement of {table}")

    async def of(self, table: str) -> str | None:
        """Return the id of a table's campaign."""
        found = await self._sql.query("SELECT campaign FROM placements WHERE table_id = ?1", table)
        return str(found[0][0]) if found else None

    async def tables(self, campaign: str) -> list[str]:
        """Return the tables of a campaign, oldest first."""
        sql = "SELECT table_id FROM placements WHERE campaign = ?1 ORDER BY table_id"
        return [str(table) for (table,) in await self._sql.query(sql, campaign)]


class SqlCharacters:
    """The characters that people keep (`CharacterStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, character: Character, most: int) -> bool:
        """Keep a new character unless its person has `most`."""

        def steps() -> Steps[bool]:
            found = yield Statement("SELECT count(*) FROM characters WHERE person = ?1", (character.person,))
            if number(found) >= most:
                return False
            yield Statement(INSERT["characters"], columns(character))
            return True

        return await self._sql.transact(steps, f"characters of {character.person}")

    async def get(self, character: str) -> Character | None:
        """Return a character."""
        return first(Character, await self._sql.query(f"{SELECT['characters']} WHERE id = ?1", character))

    async def of(self, person: str, after: str = "", limit: int | None = None) -> list[Character]:
        """Return a person's characters, oldest first."""
        sql = f"{SELECT['characters']} WHERE person = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
        return [value(Character, row) for row in await self._sql.query(sql, person, after, upto(limit))]

    async def replace(self, character: Character) -> None:
        """Keep a character as it now is, if it is still there."""
        sql = "UPDATE characters SET name = ?2, body = ?3, updated = ?4 WHERE id = ?1"
        now = (character.id, character.name, character.body, character.updated)
        await self._sql.transact(lambda: change(sql, *now))

    async def remove(self, character: str) -> None:
        """Forget a character."""
        await self._sql.transact(lambda: change("DELETE FROM characters WHERE id = ?1", character))


class SqlModeration:
    """Reports and bans (`ModerationStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def report(self, report: Report) -> None:
        """Keep a new report."""
        await self._sql.transact(lambda: change(INSERT["reports"], *columns(report)))

    async def reports(self, space: str, table: str | None, after: str, limit: int) -> list[Report]:
        """Return reports of a space, or of one of its tables, the newest first."""
        where = "WHERE space = ?1 AND (?2 = '' OR table_id = ?2) AND (?3 = '' OR id < ?3) ORDER BY id DESC LIMIT ?4"
        found = await self._sql.query(f"{SELECT['reports']} {where}", space, table or "", after, limit)
        return [value(Report, row) for row in found]

    async def close(self, report: str, outcome: Outcome, by: str, now: int) -> bool:
        """Say what came of a report, once."""
        sql = """UPDATE reports SET outcome = ?2, closed_by = ?3, closed = ?4
            WHERE id = ?1 AND outcome IS NULL RETURNING id"""
        return bool(await self._sql.transact(lambda: change(sql, report, outcome, by, now)))

    async def ban(self, ban: Ban) -> None:
        """Keep a new ban."""
        await self._sql.transact(lambda: change(INSERT["bans"], *columns(ban)))

    async def bans(self, space: str, table: str | None = None, after: str = "", limit: int | None = None) -> list[Ban]:
        """Return the bans of a space, or of one of its tables, that hold, oldest first."""
        where = "WHERE space = ?1 AND lifted IS NULL AND (?2 = '' OR table_id = ?2) AND id > ?3 ORDER BY id LIMIT ?4"
        found = await self._sql.query(f"{SELECT['bans']} {where}", space, table or "", after, upto(limit))
        return [value(Ban, row) for row in found]

    async def banned(self, person: str, space: str, table: str | None = None) -> bool:
        """Whether a ban that holds keeps a person out."""
        sql = """SELECT id FROM bans WHERE person = ?1 AND space = ?2 AND lifted IS NULL
            AND (table_id IS NULL OR table_id = ?3) LIMIT 1"""
        return bool(await self._sql.query(sql, person, space, table or ""))

    async def lift(self, ban: str, now: int) -> bool:
        """Lift a ban, once."""
        sql = "UPDATE bans SET lifted = ?2 WHERE id = ?1 AND lifted IS NULL RETURNING id"
        return bool(await self._sql.transact(lambda: change(sql, ban, now)))


def in_sql(sql: Sql) -> Stores:
    """Return stores that keep everything in a database."""
    return Stores(
        SqlPeople(sql), SqlGrants(sql), SqlInvites(sql), SqlLedger(sql), SqlCampaigns(sql), SqlCharacters(sql),
        SqlModeration(sql), SqlAudit(sql), SqlVoices(sql),
    )  # fmt: skip
