"""What administrators do with the accounts of a space: list them, make them, give another password, shut a table;
and what those of a server do: open another space.

Whoever is of another space does not exist here. Does not know HTTP; keeping somebody out is `moderation`'s.
"""

from collections.abc import Callable

from msgspec.structs import replace

from taleforge.accounts import secrets
from taleforge.accounts.passwords import Passwords
from taleforge.accounts.ports import Stores
from taleforge.accounts.service import Accounts, Denied
from taleforge.accounts.values import DAY, Person, Space, Used

LOOKED_BACK = 30 * DAY


class Stewardship:
    """The accounts of one server, as its administrators see them.

    Args:
        stores: Where everything is kept.
        accounts: Makes accounts as everybody does.
        clock: The time, in milliseconds since 1970.
    """

    def __init__(self, stores: Stores, accounts: Accounts, *, clock: Callable[[], int]) -> None:
        self._stores = stores
        self._accounts = accounts
        self._clock = clock
        self._passwords = Passwords()

    async def person(self, space: str, person: str) -> Person | None:
        """Return somebody of a space who is not forgotten."""
        known = await self._stores.people.get(person)
        return known if known is not None and known.space == space and known.erased is None else None

    async def make(self, space: str, name: str, email: str, password: str, *, admin: bool) -> Person | Denied:
        """Make an account, an administrator's if so wanted."""
        made = await self._accounts.register(space, name, email, password)
        if isinstance(made, Denied) or not admin:
            return made
        steward = replace(made, admin=True)
        await self._stores.people.replace(steward)
        return steward

    async def open(self, name: str, email: str, password: str) -> tuple[Space, Person] | Denied:
        """Make a space and its first administrator, who is there before it: no space is without one."""
        space = self._accounts.new_space(name)
        if isinstance(space, Denied):
            return space
        person = await self.make(space.id, "", email, password, admin=True)
        if isinstance(person, Denied):
            return person
        await self._stores.people.add_space(space)
        return space, person

    async def set_password(self, person: Person, password: str) -> frozenset[str] | Denied:
        """Give an account another password; return the sessions that end with it."""
        if person.guest:
            return Denied("person/not_an_account")
        problem = secrets.password_problem(password)
        if problem is not None:
            return Denied(problem)
        await self._stores.people.replace(replace(person, password=await self._passwords.hash(password)))
        held = await self._stores.grants.of(person=person.id)
        sessions = frozenset(grant.id for grant in held if grant.kind == "session")
        await self._stores.grants.revoke(list(sessions), self._clock())
        return sessions

    async def shut(self, table: str) -> frozenset[str]:
        """Take back every seat token of a table and close its invites; return the ids of the tokens."""
        now = self._clock()
        held = frozenset(grant.id for grant in await self._stores.grants.of(table=table) if grant.holds(now))
        await self._stores.grants.revoke(list(held), now)
        for invite in await self._stores.invites.of(table):
            if invite.open(now):
                await self._stores.invites.revoke(invite.id, now)
        return held

    async def used(self, space: str, after: str = "", limit: int | None = None) -> list[Used]:
        """Return what a space has used in the last thirty days, by resource, in the order of their names."""
        return await self._stores.ledger.sums(f"space:{space}", self._clock() - LOOKED_BACK, after, limit)
