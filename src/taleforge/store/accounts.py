"""Accounts in SQL, the same for every database that has one (`accounts.ports`).

What must not happen twice is one statement or one transaction. Does not decide anything, and knows no secret: digests
come in.
"""

from collections.abc import Sequence
from typing import Final

from taleforge.accounts.values import Entry, Grant, Invite, Person, Quota, Space, Used
from taleforge.errors import Conflict
from taleforge.store.columns import INSERT, LAST, SELECT, change, columns, first, number, upto, value
from taleforge.store.gathered import Gathered
from taleforge.store.transactions import Sql, Statement, Steps

_USED: Final = """
    SELECT CAST(coalesce(sum(ledger.amount), 0) AS BIGINT) FROM ledger_owners JOIN ledger ON ledger.id = entry
    WHERE owner = ?1 AND ledger_owners.at >= ?2 AND resource = ?3 AND state <> 'released'"""
_SUMS: Final = """
    SELECT resource, CAST(sum(ledger.amount) AS BIGINT), count(*) FROM ledger_owners JOIN ledger ON ledger.id = entry
    WHERE owner = ?1 AND ledger_owners.at >= ?2 AND resource > ?3 AND state <> 'released'
    GROUP BY resource ORDER BY resource LIMIT ?4"""


class SqlPeople:
    """Spaces and the people in them (`PeopleStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add_space(self, space: Space) -> None:
        """Keep a space."""
        await self._sql.transact(lambda: change(INSERT["spaces"], *columns(space)))

    async def spaces(self, after: str, limit: int) -> list[Space]:
        """Return spaces, oldest first."""
        found = await self._sql.query(f"{SELECT['spaces']} WHERE id > ?1 ORDER BY id LIMIT ?2", after, limit)
        return [value(Space, row) for row in found]

    async def add(self, person: Person) -> None:
        """Keep a new person."""
        await self._sql.transact(lambda: change(INSERT["people"], *columns(person)))

    async def get(self, person: str) -> Person | None:
        """Return a person."""
        return first(Person, await self._sql.query(f"{SELECT['people']} WHERE id = ?1", person))

    async def by_email(self, space: str, email: str) -> Person | None:
        """Return the person with an e-mail address in a space."""
        where = "WHERE space = ?1 AND email = ?2"
        return first(Person, await self._sql.query(f"{SELECT['people']} {where}", space, email))

    async def replace(self, person: Person) -> None:
        """Keep a person as it now is."""

        def steps() -> Steps[None]:
            yield Statement("DELETE FROM people WHERE id = ?1", (person.id,))
            yield Statement(INSERT["people"], columns(person))

        await self._sql.transact(steps)

    async def page(self, space: str, after: str, limit: int) -> list[Person]:
        """Return people of a space, the newest first."""
        where = "WHERE space = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        found = await self._sql.query(f"{SELECT['people']} {where}", space, after or LAST, limit)
        return [value(Person, row) for row in found]


class SqlGrants:
    """Seat tokens, API keys and sessions (`GrantStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, grant: Grant) -> None:
        """Keep a new grant."""
        await self._sql.transact(lambda: change(INSERT["grants"], *columns(grant)))

    async def by_digest(self, digest: str) -> Grant | None:
        """Return the grant of a secret's digest."""
        return first(Grant, await self._sql.query(f"{SELECT['grants']} WHERE digest = ?1", digest))

    async def of(self, *, person: str | None = None, table: str | None = None, seat: str | None = None) -> list[Grant]:
        """Return the grants of a person, table or seat."""
        wanted = {"person": person, "table_id": table, "seat": seat}
        given = {column: value for column, value in wanted.items() if value is not None}
        fits = " AND ".join(f"{column} = ?{number}" for number, column in enumerate(given, 1)) or "0 = 0"
        sql = f"{SELECT['grants']} WHERE {fits} ORDER BY created, id"
        return [value(Grant, row) for row in await self._sql.query(sql, *given.values())]

    async def keys(self, person: str, after: str = "", limit: int | None = None) -> list[Grant]:
        """Return a person's API keys, oldest first."""
        sql = f"{SELECT['grants']} WHERE person = ?1 AND kind = 'key' AND id > ?2 ORDER BY id LIMIT ?3"
        return [value(Grant, row) for row in await self._sql.query(sql, person, after, upto(limit))]

    async def revoke(self, ids: Sequence[str], now: int) -> int:
        """Revoke grants that still hold."""
        sql = "UPDATE grants SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL RETURNING id"

        def steps() -> Steps[int]:
            revoked = 0
            for grant in ids:
                revoked += len((yield Statement(sql, (grant, now))))
            return revoked

        return await self._sql.transact(steps)

    async def revoked(self, since: int) -> list[str]:
        """Return the ids of grants that were revoked at a moment or after it."""
        return [str(row[0]) for row in await self._sql.query("SELECT id FROM grants WHERE revoked >= ?1", since)]

    async def sweep(self, before: int) -> int:
        """Forget grants that stopped holding before a moment."""
        sql = "DELETE FROM grants WHERE expires < ?1 OR revoked < ?1 RETURNING id"
        return len(await self._sql.transact(lambda: change(sql, before)))


class SqlInvites:
    """Invites (`InviteStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, invite: Invite) -> None:
        """Keep a new invite."""
        same = "SELECT id FROM invites WHERE code_digest = ?1 AND revoked IS NULL AND expires > ?2 AND uses_left > 0"

        def steps() -> Steps[None]:
            if (yield Statement(same, (invite.code_digest, invite.created))):
                raise Conflict("An open invite has the same code.", "Make another code.")
            yield Statement(INSERT["invites"], columns(invite))

        await self._sql.transact(steps, f"code {invite.code_digest}")

    async def by_digest(self, digest: str) -> Invite | None:
        """Return the newest invite of a link's or code's digest."""
        where = "WHERE link_digest = ?1 OR code_digest = ?1 ORDER BY created DESC LIMIT 1"
        return first(Invite, await self._sql.query(f"{SELECT['invites']} {where}", digest))

    async def of(self, table: str, after: str = "", limit: int | None = None) -> list[Invite]:
        """Return the invites of a table, oldest first."""
        sql = f"{SELECT['invites']} WHERE table_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
        return [value(Invite, row) for row in await self._sql.query(sql, table, after, upto(limit))]

    async def use(self, invite: str, now: int) -> bool:
        """Use an invite once, if it is open."""
        sql = """UPDATE invites SET uses_left = uses_left - 1
            WHERE id = ?1 AND revoked IS NULL AND expires > ?2 AND uses_left > 0 RETURNING id"""
        return bool(await self._sql.transact(lambda: change(sql, invite, now)))

    async def revoke(self, invite: str, now: int) -> None:
        """Close an invite."""
        sql = "UPDATE invites SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL"
        await self._sql.transact(lambda: change(sql, invite, now))


_Asked = tuple[Entry, tuple[tuple[str, Quota], ...]]
"""An entry to be kept, and the quotas of its owners."""


class SqlLedger:
    """The usage ledger (`LedgerStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._reserve = Gathered(self._reserve_many)
        self._finish = Gathered(self._finish_many)

    async def reserve(self, entry: Entry, quotas: Sequence[tuple[str, Quota]]) -> Quota | None:
        """Keep an entry unless it would exceed a quota of an owner; nobody else reserves for that owner meanwhile."""
        return await self._reserve((entry, tuple(quotas)))

    async def _reserve_many(self, asked: Sequence[_Asked]) -> Sequence[Quota | None]:
        limited = {f"{owner} {entry.resource}" for entry, quotas in asked for owner, _ in quotas}
        return await self._sql.transact(lambda: _reserved(asked), *limited)

    async def settle(self, entry: str, amount: int) -> bool:
        """Say what a reserved entry came to."""
        return await self._finish((entry, "settled", amount))

    async def release(self, entry: str) -> bool:
        """Let a reserved entry count nothing."""
        return await self._finish((entry, "released", 0))

    async def _finish_many(self, ended: Sequence[tuple[str, str, int]]) -> Sequence[bool]:
        return await self._sql.transact(lambda: _finished(ended))

    async def used(self, owner: str, resource: str, since: int) -> int:
        """Return what an owner has reserved and settled of a resource since a moment."""
        return number(await self._sql.query(_USED, owner, since, resource))

    async def entries(self, owner: str, since: int, *, after: str = "", limit: int | None = None) -> list[Entry]:
        """Return an owner's entries since a moment, or some of them, oldest first."""
        mine = "SELECT entry FROM ledger_owners WHERE owner = ?1 AND at >= ?2"
        sql = f"{SELECT['ledger']} WHERE id IN ({mine}) AND id > ?3 ORDER BY id LIMIT ?4"
        return [value(Entry, row) for row in await self._sql.query(sql, owner, since, after, upto(limit))]

    async def sums(self, owner: str, since: int, after: str = "", limit: int | None = None) -> list[Used]:
        """Return what an owner has reserved and settled since a moment, by resource."""
        return [value(Used, row) for row in await self._sql.query(_SUMS, owner, since, after, upto(limit))]


def _reserved(asked: Sequence[_Asked]) -> Steps[list[Quota | None]]:
    """Keep entries in their order, each unless it would exceed a quota."""
    exceeded: list[Quota | None] = []
    for entry, quotas in asked:
        over = yield from _exceeded(entry, quotas)
        exceeded.append(over)
        if over is None:
            yield Statement(INSERT["ledger"], columns(entry))
            for owner in entry.owners:
                yield Statement(INSERT["ledger_owners"], (owner, entry.at, entry.id))
    return exceeded


def _exceeded(entry: Entry, quotas: Sequence[tuple[str, Quota]]) -> Steps[Quota | None]:
    """Return the first quota that an entry would exceed."""
    for owner, quota in quotas:
        found = yield Statement(_USED, (owner, entry.at - quota.period, quota.resource))
        if number(found) + entry.amount > quota.most:
            return quota
    return None


def _finished(ended: Sequence[tuple[str, str, int]]) -> Steps[list[bool]]:
    """Say what reserved entries came to."""
    sql = "UPDATE ledger SET state = ?2, amount = ?3 WHERE id = ?1 AND state = 'reserved' RETURNING id"
    new: list[bool] = []
    for entry in ended:
        new.append(bool((yield Statement(sql, entry))))  # noqa: PERF401 - a generator cannot yield in a comprehension
    return new
