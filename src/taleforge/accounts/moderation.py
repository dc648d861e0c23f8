"""Keeping the peace: reports by players, and bans that keep somebody out of a table or a whole space.

A report names the seat and the version of the table, so that whoever looks into it finds the place in the log. Does not
send anybody away from a table: that is a command of the game.
"""

from collections.abc import Callable

from msgspec import Struct

from taleforge.accounts.ports import Stores
from taleforge.accounts.service import Denied
from taleforge.accounts.values import Ban, Outcome, Person, Reason, Report

MOST_NOTE = 1_000
MOST_OPEN = 20
"""Reports of one person at one table that nobody has looked into yet."""


class Banned(Struct, frozen=True):
    """A ban, and the ids of the grants that were revoked by it."""

    ban: Ban
    revoked: frozenset[str]


class Moderation:
    """Reports and bans of one server.

    Args:
        stores: Where they are kept.
        make_id: Makes the id of something new, by its kind (`rep`, `ban`).
        clock: The time, in milliseconds since 1970.
    """

    def __init__(self, stores: Stores, make_id: Callable[[str], str], *, clock: Callable[[], int]) -> None:
        self._stores = stores
        self._make_id = make_id
        self._clock = clock

    async def report(
        self, by: Person, table: str, version: int, *, seat: str, person: str, reason: Reason, note: str
    ) -> Report | Denied:
        """Keep a report about a seat of a table and whoever sits there."""
        if person == by.id:
            return Denied("report/yourself")
        known = await self._stores.moderation.reports(by.space, table, "", 1_000)
        if sum(one.by == by.id and one.outcome is None for one in known) >= MOST_OPEN:
            return Denied("report/too_many", {"most": MOST_OPEN})
        report = Report(
            self._make_id("rep"), by.space, table, version, by.id, seat, person, reason, tidy_note(note), self._clock()
        )  # fmt: skip
        await self._stores.moderation.report(report)
        return report

    async def close(self, report: str, outcome: Outcome, by: str) -> bool:
        """Say what came of a report; whether it was still open."""
        return await self._stores.moderation.close(report, outcome, by, self._clock())

    async def ban(self, person: str, space: str, by: str, reason: str, table: str | None = None) -> Banned | Denied:
        """Keep a person out of a table, or out of the space; what let them in is revoked."""
        known = await self._stores.people.get(person)
        if known is None or known.space != space:
            return Denied("person/unknown")
        if known.admin or person == by:
            return Denied("ban/not_this_one")
        ban = Ban(self._make_id("ban"), space, person, by, self._clock(), tidy_note(reason), table)
        await self._stores.moderation.ban(ban)
        grants = await self._stores.grants.of(person=person)
        held = [grant.id for grant in grants if table in {None, grant.table}]
        await self._stores.grants.revoke(held, self._clock())
        if known.guest and table is not None:
            await self._close_invites(table)
        return Banned(ban, frozenset(held))

    async def lift(self, ban: str) -> bool:
        """Lift a ban; whether it held."""
        return await self._stores.moderation.lift(ban, self._clock())

    async def _close_invites(self, table: str) -> None:
        """Close every invite to a table: a guest who is banned could come back by one as another guest."""
        now = self._clock()
        for invite in await self._stores.invites.of(table):
            if invite.open(now):
                await self._stores.invites.revoke(invite.id, now)


def tidy_note(text: str) -> str:
    """Return a note without what cannot be shown, and not too long."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n").strip()[:MOST_NOTE]
