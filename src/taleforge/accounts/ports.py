"""Where accounts are kept, as small protocols; one contract suite runs on every implementation.

Each method is atomic and durable on return. Does not decide anything: that is `service`.
"""

from collections.abc import Sequence
from typing import Protocol

from taleforge.accounts.values import Entry, Grant, Invite, Person, Quota, Space


class PeopleStore(Protocol):
    """Spaces and the people in them."""

    async def add_space(self, space: Space) -> None:
        """Keep a space. Raises Conflict when its id is taken."""
        ...

    async def add(self, person: Person) -> None:
        """Keep a new person. Raises Conflict when the id, or the e-mail address in its space, is taken."""
        ...

    async def get(self, person: str) -> Person | None:
        """Return a person."""
        ...

    async def by_email(self, space: str, email: str) -> Person | None:
        """Return the person with an e-mail address (lower case) in a space."""
        ...

    async def replace(self, person: Person) -> None:
        """Keep a person as it now is. Raises Conflict when another has its e-mail address."""
        ...


class GrantStore(Protocol):
    """Seat tokens, API keys and sessions, found by the digest of their secret."""

    async def add(self, grant: Grant) -> None:
        """Keep a new grant."""
        ...

    async def by_digest(self, digest: str) -> Grant | None:
        """Return the grant of a secret's digest, whether or not it still holds."""
        ...

    async def of(self, *, person: str | None = None, table: str | None = None, seat: str | None = None) -> list[Grant]:
        """Return the grants of a person, table or seat (all that are given must fit), oldest first."""
        ...

    async def revoke(self, ids: Sequence[str], now: int) -> int:
        """Revoke grants that still hold; return how many."""
        ...

    async def sweep(self, before: int) -> int:
        """Forget grants that expired or were revoked before a moment; return how many."""
        ...


class InviteStore(Protocol):
    """Invites, found by the digest of their link or code."""

    async def add(self, invite: Invite) -> None:
        """Keep a new invite. Raises Conflict when an open invite has the same code."""
        ...

    async def by_digest(self, digest: str) -> Invite | None:
        """Return the newest invite of a link's or code's digest."""
        ...

    async def of(self, table: str) -> list[Invite]:
        """Return the invites of a table, oldest first."""
        ...

    async def use(self, invite: str, now: int) -> bool:
        """Use an invite once, if it is open; whether it was. Two at the same time never share the last use."""
        ...

    async def revoke(self, invite: str, now: int) -> None:
        """Close an invite."""
        ...


class LedgerStore(Protocol):
    """The one usage ledger."""

    async def reserve(self, entry: Entry, quotas: Sequence[tuple[str, Quota]]) -> Quota | None:
        """Keep an entry unless it would exceed a quota of an owner; return that quota, or None when it was kept."""
        ...

    async def settle(self, entry: str, amount: int) -> bool:
        """Say what a reserved entry came to; whether it was still reserved."""
        ...

    async def release(self, entry: str) -> bool:
        """Let a reserved entry count nothing; whether it was still reserved."""
        ...

    async def used(self, owner: str, resource: str, since: int) -> int:
        """Return what an owner has reserved and settled of a resource since a moment."""
        ...

    async def entries(self, owner: str, since: int) -> list[Entry]:
        """Return an owner's entries since a moment, oldest first."""
        ...
