"""Where accounts are kept, as small protocols; one contract suite runs on every implementation.

Each method is atomic and durable on return. Does not decide anything: that is `service`.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from taleforge.accounts.values import (
    Ban,
    Campaign,
    Character,
    Deed,
    Entry,
    Grant,
    Invite,
    Outcome,
    Person,
    Quota,
    Report,
    Space,
    Used,
    Voice,
)


class PeopleStore(Protocol):
    """Spaces and the people in them."""

    async def add_space(self, space: Space) -> None:
        """Keep a space. Raises Conflict when its id is taken."""
        ...

    async def spaces(self, after: str, limit: int) -> list[Space]:
        """Return spaces, oldest first, from the one after an id on; from the first with none."""
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

    async def page(self, space: str, after: str, limit: int) -> list[Person]:
        """Return people of a space, the newest first, from the one after an id on; from the first with none."""
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

    async def keys(self, person: str, after: str = "", limit: int | None = None) -> list[Grant]:
        """Return a person's API keys, oldest first; those that follow the id `after`, at most `limit`."""
        ...

    async def revoke(self, ids: Sequence[str], now: int) -> int:
        """Revoke grants that still hold; return how many."""
        ...

    async def revoked(self, since: int) -> list[str]:
        """Return the ids of grants that were revoked at a moment or after it."""
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

    async def of(self, table: str, after: str = "", limit: int | None = None) -> list[Invite]:
        """Return the invites of a table, oldest first; those that follow the id `after`, at most `limit`."""
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

    async def entries(self, owner: str, since: int, *, after: str = "", limit: int | None = None) -> list[Entry]:
        """Return an owner's entries since a moment, oldest first; those that follow the id `after`, at most `limit`."""
        ...

    async def sums(self, owner: str, since: int, after: str = "", limit: int | None = None) -> list[Used]:
        """Return what an owner has reserved and settled since a moment, by resource, in the order of their names.

        With `after`, of the resources whose names follow it; at most `limit` of them.
        """
        ...


class CampaignStore(Protocol):
    """Campaigns, and which tables are in them."""

    async def add(self, campaign: Campaign) -> None:
        """Keep a new campaign."""
        ...

    async def get(self, campaign: str) -> Campaign | None:
        """Return a campaign."""
        ...

    async def replace(self, campaign: Campaign) -> None:
        """Keep a campaign as it now is, if it is still there."""
        ...

    async def remove(self, campaign: str) -> None:
        """Forget a campaign and what was in it; the tables stay."""
        ...

    async def seen(
        self, space: str, tables: Sequence[str] | None, maker: str, after: str, limit: int
    ) -> list[Campaign]:
        """Return campaigns of a space, the newest first, whose ids come before `after` (empty: from the first).

        With `tables`, only those that hold one of them, or that `maker` made.
        """
        ...

    async def place(self, table: str, campaign: str) -> None:
        """Put a table into a campaign, out of any other."""
        ...

    async def of(self, table: str) -> str | None:
        """Return the id of a table's campaign."""
        ...

    async def tables(self, campaign: str) -> list[str]:
        """Return the tables of a campaign, oldest first."""
        ...


class CharacterStore(Protocol):
    """The characters that people keep."""

    async def add(self, character: Character, most: int) -> bool:
        """Keep a new character unless its person has `most`; whether it was kept. Never more, however many come."""
        ...

    async def get(self, character: str) -> Character | None:
        """Return a character."""
        ...

    async def of(self, person: str, after: str = "", limit: int | None = None) -> list[Character]:
        """Return a person's characters, oldest first; those that follow the id `after`, at most `limit`."""
        ...

    async def replace(self, character: Character) -> None:
        """Keep a character as it now is, if it is still there."""
        ...

    async def remove(self, character: str) -> None:
        """Forget a character."""
        ...


class VoiceStore(Protocol):
    """The voices that people keep."""

    async def add(self, voice: Voice, most: int) -> bool:
        """Keep a new voice unless its person has `most`; whether it was kept. Never more, however many come."""
        ...

    async def get(self, voice: str) -> Voice | None:
        """Return a voice."""
        ...

    async def of(self, person: str, after: str = "", limit: int | None = None) -> list[Voice]:
        """Return a person's voices, oldest first; those that follow the id `after`, at most `limit`."""
        ...

    async def remove(self, voice: str) -> None:
        """Forget a voice."""
        ...


class ModerationStore(Protocol):
    """Reports and bans."""

    async def report(self, report: Report) -> None:
        """Keep a new report."""
        ...

    async def reports(self, space: str, table: str | None, after: str, limit: int) -> list[Report]:
        """Return reports of a space (of one table), the newest first, whose ids come before `after`, if it is given."""
        ...

    async def close(self, report: str, outcome: Outcome, by: str, now: int) -> bool:
        """Say what came of a report; whether it was still open."""
        ...

    async def ban(self, ban: Ban) -> None:
        """Keep a new ban."""
        ...

    async def bans(self, space: str, table: str | None = None, after: str = "", limit: int | None = None) -> list[Ban]:
        """Return the bans of a space (of one table) that hold, oldest first; after the id `after`, at most `limit`."""
        ...

    async def banned(self, person: str, space: str, table: str | None = None) -> bool:
        """Whether a ban that holds keeps a person out of a space, or out of the table if one is given."""
        ...

    async def lift(self, ban: str, now: int) -> bool:
        """Lift a ban; whether it held."""
        ...


class AuditStore(Protocol):
    """The audit log: added to and, when it is old, forgotten; never changed."""

    async def add(self, deed: Deed) -> None:
        """Keep a line."""
        ...

    async def page(self, space: str, after: str, limit: int) -> list[Deed]:
        """Return lines of a space, the newest first, whose ids come before `after` (empty: from the newest)."""
        ...

    async def about(self, person: str) -> list[Deed]:
        """Return what a person did and what was done to it, oldest first."""
        ...

    async def sweep(self, before: int) -> int:
        """Forget lines from before a moment; return how many."""
        ...


class Stores(Struct, frozen=True):
    """Where everything is kept."""

    people: PeopleStore
    grants: GrantStore
    invites: InviteStore
    ledger: LedgerStore
    campaigns: CampaignStore
    characters: CharacterStore
    moderation: ModerationStore
    audit: AuditStore
    voices: VoiceStore
