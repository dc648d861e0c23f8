"""Accounts kept in memory: for tests, and for a table that nobody comes back to. Nothing outlives the process."""

from collections.abc import Sequence

from msgspec.structs import replace

from taleforge.accounts.ports import Stores
from taleforge.accounts.shelves import MemoryCampaigns, MemoryCharacters, MemoryModeration, MemoryVoices
from taleforge.accounts.values import Deed, Entry, Grant, Invite, Person, Quota, Space, Used
from taleforge.errors import Conflict


class MemoryPeople:
    """Spaces and people in two dictionaries."""

    def __init__(self) -> None:
        self._spaces: dict[str, Space] = {}
        self._people: dict[str, Person] = {}

    async def add_space(self, space: Space) -> None:
        """Keep a space."""
        if space.id in self._spaces:
            raise Conflict(f"There is a space {space.id} already.", "Make another id.")
        self._spaces[space.id] = space

    async def spaces(self, after: str, limit: int) -> list[Space]:
        """Return spaces, oldest first."""
        return sorted((s for s in self._spaces.values() if s.id > after), key=lambda space: space.id)[:limit]

    async def add(self, person: Person) -> None:
        """Keep a new person."""
        if person.id in self._people:
            raise Conflict(f"There is a person {person.id} already.", "Make another id.")
        self._refuse_twin(person)
        self._people[person.id] = person

    async def get(self, person: str) -> Person | None:
        """Return a person."""
        return self._people.get(person)

    async def by_email(self, space: str, email: str) -> Person | None:
        """Return the person with an e-mail address in a space."""
        return next((p for p in self._people.values() if p.space == space and p.email == email), None)

    async def replace(self, person: Person) -> None:
        """Keep a person as it now is."""
        self._refuse_twin(person)
        self._people[person.id] = person

    async def page(self, space: str, after: str, limit: int) -> list[Person]:
        """Return people of a space, the newest first."""
        found = [p for p in self._people.values() if p.space == space and (not after or p.id < after)]
        return sorted(found, key=lambda person: person.id, reverse=True)[:limit]

    def _refuse_twin(self, person: Person) -> None:
        taken = (p for p in self._people.values() if p.id != person.id and p.space == person.space)
        if person.email is not None and any(p.email == person.email for p in taken):
            raise Conflict("Somebody of this space has this e-mail address.", "Use another one, or log in with it.")


class MemoryGrants:
    """Grants in a dictionary by id."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    async def add(self, grant: Grant) -> None:
        """Keep a new grant."""
        self._grants[grant.id] = grant

    async def by_digest(self, digest: str) -> Grant | None:
        """Return the grant of a secret's digest."""
        return next((g for g in self._grants.values() if g.digest == digest), None)

    async def of(self, *, person: str | None = None, table: str | None = None, seat: str | None = None) -> list[Grant]:
        """Return the grants of a person, table or seat."""
        wanted = {"person": person, "table": table, "seat": seat}
        fits = {field: value for field, value in wanted.items() if value is not None}
        return [g for g in self._grants.values() if all(getattr(g, field) == value for field, value in fits.items())]

    async def keys(self, person: str, after: str = "", limit: int | None = None) -> list[Grant]:
        """Return a person's API keys, oldest first."""
        mine = (g for g in await self.of(person=person) if g.kind == "key" and g.id > after)
        return sorted(mine, key=lambda grant: grant.id)[:limit]

    async def revoke(self, ids: Sequence[str], now: int) -> int:
        """Revoke grants that still hold."""
        held = [self._grants[i] for i in ids if i in self._grants and self._grants[i].revoked is None]
        self._grants |= {grant.id: replace(grant, revoked=now) for grant in held}
        return len(held)

    async def revoked(self, since: int) -> list[str]:
        """Return the ids of grants that were revoked at a moment or after it."""
        return [grant.id for grant in self._grants.values() if grant.revoked is not None and grant.revoked >= since]

    async def sweep(self, before: int) -> int:
        """Forget grants that stopped holding before a moment."""
        gone = [g.id for g in self._grants.values() if _ended(g) is not None and (_ended(g) or 0) < before]
        for grant in gone:
            del self._grants[grant]
        return len(gone)


def _ended(grant: Grant) -> int | None:
    moments = [moment for moment in (grant.expires, grant.revoked) if moment is not None]
    return min(moments, default=None)


class MemoryInvites:
    """Invites in a dictionary by id."""

    def __init__(self) -> None:
        self._invites: dict[str, Invite] = {}

    async def add(self, invite: Invite) -> None:
        """Keep a new invite."""
        same = (i for i in self._invites.values() if i.code_digest == invite.code_digest)
        if any(i.open(invite.created) for i in same):
            raise Conflict("An open invite has the same code.", "Make another code.")
        self._invites[invite.id] = invite

    async def by_digest(self, digest: str) -> Invite | None:
        """Return the newest invite of a link's or code's digest."""
        found = [i for i in self._invites.values() if digest in (i.link_digest, i.code_digest)]
        return max(found, key=lambda invite: invite.created, default=None)

    async def of(self, table: str, after: str = "", limit: int | None = None) -> list[Invite]:
        """Return the invites of a table, oldest first."""
        found = sorted((i for i in self._invites.values() if i.table == table), key=lambda invite: invite.id)
        return [i for i in found if i.id > after][:limit]

    async def use(self, invite: str, now: int) -> bool:
        """Use an invite once, if it is open."""
        known = self._invites.get(invite)
        if known is None or not known.open(now):
            return False
        self._invites[invite] = replace(known, uses_left=known.uses_left - 1)
        return True

    async def revoke(self, invite: str, now: int) -> None:
        """Close an invite."""
        known = self._invites.get(invite)
        if known is not None and known.revoked is None:
            self._invites[invite] = replace(known, revoked=now)


class MemoryLedger:
    """Entries in a dictionary by id."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    async def reserve(self, entry: Entry, quotas: Sequence[tuple[str, Quota]]) -> Quota | None:
        """Keep an entry unless it would exceed a quota of an owner."""
        for owner, quota in quotas:
            used = await self.used(owner, quota.resource, entry.at - quota.period)
            if used + entry.amount > quota.most:
                return quota
        self._entries[entry.id] = entry
        return None

    async def settle(self, entry: str, amount: int) -> bool:
        """Say what a reserved entry came to."""
        return self._finish(entry, "settled", amount)

    async def release(self, entry: str) -> bool:
        """Let a reserved entry count nothing."""
        return self._finish(entry, "released", 0)

    def _finish(self, entry: str, state: str, amount: int) -> bool:
        known = self._entries.get(entry)
        if known is None or known.state != "reserved":
            return False
        self._entries[entry] = replace(known, state=state, amount=amount)
        return True

    async def used(self, owner: str, resource: str, since: int) -> int:
        """Return what an owner has reserved and settled of a resource since a moment."""
        entries = await self.entries(owner, since)
        return sum(e.amount for e in entries if e.resource == resource and e.state != "released")

    async def entries(self, owner: str, since: int, *, after: str = "", limit: int | None = None) -> list[Entry]:
        """Return an owner's entries since a moment, or some of them."""
        mine = sorted((e for e in self._entries.values() if owner in e.owners and e.at >= since), key=lambda e: e.id)
        return [e for e in mine if e.id > after][:limit]

    async def sums(self, owner: str, since: int, after: str = "", limit: int | None = None) -> list[Used]:
        """Return what an owner has used since a moment, by resource."""
        counted: dict[str, list[int]] = {}
        for entry in await self.entries(owner, since):
            if entry.state != "released" and entry.resource > after:
                counted.setdefault(entry.resource, []).append(entry.amount)
        return [Used(name, sum(amounts), len(amounts)) for name, amounts in sorted(counted.items())][:limit]


class MemoryAudit:
    """Lines in the order in which they came."""

    def __init__(self) -> None:
        self._deeds: list[Deed] = []

    async def add(self, deed: Deed) -> None:
        """Keep a line."""
        self._deeds.append(deed)

    async def page(self, space: str, after: str, limit: int) -> list[Deed]:
        """Return lines of a space, the newest first."""
        found = [deed for deed in self._deeds if deed.space == space and (not after or deed.id < after)]
        return sorted(found, key=lambda deed: deed.id, reverse=True)[:limit]

    async def about(self, person: str) -> list[Deed]:
        """Return what a person did and what was done to it, oldest first."""
        return sorted((deed for deed in self._deeds if person in {deed.who, deed.whom}), key=lambda deed: deed.id)

    async def sweep(self, before: int) -> int:
        """Forget lines from before a moment."""
        held = len(self._deeds)
        self._deeds = [deed for deed in self._deeds if deed.at >= before]
        return held - len(self._deeds)


def in_memory() -> Stores:
    """Return stores that keep everything until the process ends."""
    return Stores(
        MemoryPeople(), MemoryGrants(), MemoryInvites(), MemoryLedger(), MemoryCampaigns(), MemoryCharacters(),
        MemoryModeration(), MemoryAudit(), MemoryVoices(),
    )  # fmt: skip
