"""What people can do with their accounts: come as a guest, register, log in, invite, make keys, be forgotten.

Refusals are values (`Denied` with a code); they never tell whether a person, invite or key exists. Does not know HTTP
nor the game; rate limits on guessing belong to the door.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from taleforge.accounts import secrets
from taleforge.accounts.passwords import Passwords
from taleforge.accounts.ports import Stores
from taleforge.accounts.values import (
    DAY,
    HOUR,
    SCOPES,
    Entry,
    Grant,
    GrantKind,
    Invite,
    Person,
    Quota,
    Role,
    Scope,
    Space,
)
from taleforge.errors import Conflict

SEAT_DAYS = 30
SESSION_DAYS = 14
INVITE_HOURS = 24
MOST_NAME = 40
MOST_KEYS = 20
MOST_MADE = 1_000_000
"""What a person made is sought among so many, the newest."""
KEPT_AFTER = 7 * DAY
"""How long a grant that no longer holds is kept, so that its holder is told that it expired."""


class Denied(Struct, frozen=True, omit_defaults=True):
    """Why not, as a code with parameters."""

    code: str
    params: dict[str, str | int] = {}


class Issued(Struct, frozen=True):
    """A grant and its secret, which is shown this once."""

    grant: Grant
    secret: str


class Invited(Struct, frozen=True):
    """An invite with its link token and its six letters, which are shown this once."""

    invite: Invite
    link: str
    code: str


class Accounts:
    """The accounts of one server.

    Args:
        stores: Where everything is kept.
        make_id: Makes the id of something new, by its kind (`usr`, `key`, `inv`).
        clock: The time, in milliseconds since 1970.
        chance: Bytes nobody can foresee.
        pepper: The server's secret for the digests of codes.
        quotas: What is limited, for whom.
        passwords: Makes and checks digests of passwords.
    """

    def __init__(
        self,
        stores: Stores,
        make_id: Callable[[str], str],
        *,
        clock: Callable[[], int],
        chance: secrets.Chance,
        pepper: bytes,
        quotas: Sequence[Quota] = (),
        passwords: Passwords | None = None,
    ) -> None:
        self._stores = stores
        self._make_id = make_id
        self._clock = clock
        self._chance = chance
        self._pepper = pepper
        self._quotas = tuple(quotas)
        self._passwords = passwords or Passwords()

    def new_space(self, name: str) -> Space | Denied:
        """Return a space that nobody has made yet."""
        tidy = tidy_name(name)
        return Space(self._make_id("spc"), tidy, self._clock()) if tidy else Denied("space/name")

    async def guest(self, space: str, name: str) -> Person | Denied:
        """Make a guest: a person with a name and nothing else."""
        tidy = tidy_name(name)
        if not tidy:
            return Denied("person/name")
        person = Person(self._make_id("usr"), space, tidy, self._clock())
        await self._stores.people.add(person)
        return person

    async def register(
        self, space: str, name: str, email: str, password: str, *, guest: str | None = None
    ) -> Person | Denied:
        """Make an account, or make one of a guest, who keeps its id and so its seats."""
        address = email.strip().lower()
        problem = _email_problem(address) or secrets.password_problem(password)
        if problem is not None:
            return Denied(problem)
        before = await self._stores.people.get(guest) if guest else None
        if guest and (before is None or not before.guest or before.space != space or before.erased):
            return Denied("person/not_a_guest")
        digest = await self._passwords.hash(password)
        try:
            if before is not None:
                person = replace(before, name=tidy_name(name) or before.name, email=address, password=digest)
                await self._stores.people.replace(person)
            else:
                tidy = tidy_name(name) or address.partition("@")[0][:MOST_NAME]
                person = Person(self._make_id("usr"), space, tidy, self._clock(), email=address, password=digest)
                await self._stores.people.add(person)
        except Conflict:
            return Denied("person/email_taken")
        return person

    async def log_in(self, space: str, email: str, password: str) -> Issued | Denied:
        """Return a new session. A wrong password and an unknown address are answered alike, and as slowly."""
        person = await self._stores.people.by_email(space, email.strip().lower())
        fits = await self._passwords.fits(person.password if person else None, password)
        if person is None or not fits or person.erased:
            return Denied("auth/wrong")
        if await self._stores.moderation.banned(person.id, space):
            return Denied("person/banned")
        if person.password and secrets.outdated(person.password):
            person = replace(person, password=await self._passwords.hash(password))
            await self._stores.people.replace(person)
        return await self.session(person)

    async def session(self, person: Person) -> Issued:
        """Return a new session of a person, with the token that its forms must carry."""
        csrf = secrets.make_token("csrf", self._chance)
        grant = self._grant("session", person, SESSION_DAYS * DAY)
        return await self._issue(replace(grant, csrf=csrf), "ses")

    async def change_password(self, person: str, old: str, new: str) -> Denied | None:
        """Change a password; every session of the person ends."""
        known = await self._stores.people.get(person)
        if known is None or not await self._passwords.fits(known.password, old):
            return Denied("auth/wrong")
        problem = secrets.password_problem(new)
        if problem is not None:
            return Denied(problem)
        await self._stores.people.replace(replace(known, password=await self._passwords.hash(new)))
        await self._revoke(g for g in await self._stores.grants.of(person=person) if g.kind == "session")
        return None

    async def invite(self, by: Person, table: str, role: Role, *, uses: int = 8, hours: int = INVITE_HOURS) -> Invited:
        """Return a new invite to a table."""
        now = self._clock()
        while True:
            link, code = secrets.make_token("inv", self._chance), secrets.make_code(self._chance)
            invite = Invite(
                self._make_id("inv"), by.space, table, role, secrets.digest_of(link),
                secrets.code_digest(code, self._pepper), by.id, now, now + hours * HOUR, uses,
            )  # fmt: skip
            try:
                await self._stores.invites.add(invite)
            except Conflict:  # six letters that are in use already
                continue
            return Invited(invite, link, code)

    async def follow(self, secret: str, person: str = "") -> Invite | Denied:
        """Use an invite once, by its link token or its six letters; a person who is banned there does not use it up."""
        digest = secrets.digest_of(secret) if "_" in secret else secrets.code_digest(secret, self._pepper)
        invite = await self._stores.invites.by_digest(digest)
        if invite is not None and await self._stores.moderation.banned(person, invite.space, invite.table):
            return Denied("person/banned")
        if invite is None or not await self._stores.invites.use(invite.id, self._clock()):
            return Denied("invite/invalid")
        return invite

    async def seat_token(self, person: Person, table: str, seat: str, role: Role) -> Issued:
        """Return a token bound to one seat; it survives reconnects until it expires or is revoked."""
        grant = self._grant("seat", person, SEAT_DAYS * DAY)
        return await self._issue(replace(grant, table=table, seat=seat, role=role), "seat")

    async def api_key(
        self, person: Person, name: str, scopes: Sequence[Scope], days: int | None = None
    ) -> Issued | Denied:
        """Return a new key with some scopes; nobody gives a key more than they may do."""
        wanted = tuple(scope for scope in SCOPES if scope in scopes)
        if not wanted:
            return Denied("key/no_scope")
        if "admin" in wanted and not person.admin:
            return Denied("key/scope", {"scope": "admin"})
        held = [g for g in await self._stores.grants.of(person=person.id) if g.kind == "key" and g.holds(self._clock())]
        if len(held) >= MOST_KEYS:
            return Denied("key/too_many", {"most": MOST_KEYS})
        grant = self._grant("key", person, days * DAY if days else None)
        return await self._issue(replace(grant, name=tidy_name(name), scopes=wanted), "tale")

    def seal(self, data: bytes) -> str:
        """Return what only this server can put to some data, to know it again when it comes back."""
        return secrets.seal(data, self._pepper)

    async def recognize(self, secret: str) -> Grant | Denied:
        """Return what a secret grants; one that expired or was revoked says so, one that never was is unknown."""
        grant = await self._stores.grants.by_digest(secrets.digest_of(secret))
        if grant is None:
            return Denied("auth/unknown")
        if grant.revoked is not None:
            return Denied("auth/revoked")
        return grant if grant.holds(self._clock()) else Denied("auth/expired")

    async def revoke(self, grant: str, by: str) -> bool:
        """Revoke a grant of a person; whether it was theirs and held."""
        return await self._revoke(g for g in await self._stores.grants.of(person=by) if g.id == grant) > 0

    async def revoke_seat(self, table: str, seat: str) -> int:
        """Revoke every token of a seat (somebody was sent away); return how many."""
        return await self._revoke(await self._stores.grants.of(table=table, seat=seat))

    async def clean_up(self) -> int:
        """Forget grants that stopped holding a week ago; return how many."""
        return await self._stores.grants.sweep(self._clock() - KEPT_AFTER)

    async def erase(self, person: str) -> bool:
        """Forget a person: name, address, password and every grant. The id stays, for the logs that name it."""
        known = await self._stores.people.get(person)
        if known is None or known.erased is not None:
            return False
        await self._revoke(await self._stores.grants.of(person=person))
        for character in await self._stores.characters.of(person):
            await self._stores.characters.remove(character.id)
        for voice in await self._stores.voices.of(person):
            await self._stores.voices.remove(voice.id)
        await self._stores.people.replace(Person(known.id, known.space, "", known.created, erased=self._clock()))
        return True

    async def export(self, person: str) -> dict[str, object] | None:
        """Return everything kept of a person, without digests."""
        known = await self._stores.people.get(person)
        if known is None:
            return None
        grants = await self._stores.grants.of(person=person)
        entries = await self._stores.ledger.entries(f"person:{person}", 0)
        characters = await self._stores.characters.of(person)
        campaigns = await self._stores.campaigns.seen(known.space, (), person, "", MOST_MADE)
        reports = await self._stores.moderation.reports(known.space, None, "", MOST_MADE)
        bans = await self._stores.moderation.bans(known.space)
        return {
            "person": {"id": known.id, "space": known.space, "name": known.name, "email": known.email,
                       "created": known.created, "admin": known.admin},
            "grants": [{"id": g.id, "kind": g.kind, "name": g.name, "table": g.table, "seat": g.seat,
                        "created": g.created, "expires": g.expires, "revoked": g.revoked} for g in grants],
            "characters": [{"id": c.id, "name": c.name, "body": c.body, "created": c.created, "updated": c.updated}
                           for c in characters],
            "voices": [{"id": v.id, "name": v.name, "body": v.body, "created": v.created}
                       for v in await self._stores.voices.of(person)],
            "campaigns": [{"id": c.id, "name": c.name, "note": c.note, "created": c.created}
                          for c in reversed(campaigns)],
            "reports": [{"id": r.id, "table": r.table, "seat": r.seat, "reason": r.reason, "note": r.note,
                         "created": r.created, "outcome": r.outcome} for r in reversed(reports) if r.by == person],
            "bans": [{"id": b.id, "table": b.table, "created": b.created} for b in bans if b.person == person],
            "audit": [{"at": d.at, "did": d.did, "who": d.who, "whom": d.whom, "table": d.table}
                      for d in await self._stores.audit.about(person)],
            "usage": [{"resource": e.resource, "amount": e.amount, "at": e.at, "state": e.state} for e in entries],
        }  # fmt: skip

    async def reserve(self, person: Person, resource: str, amount: int, job: str | None = None) -> Entry | Denied:
        """Reserve some of a resource before work is done with it, within every quota it counts against."""
        owners = (f"person:{person.id}", f"space:{person.space}", "server")
        entry = Entry(self._make_id("job"), owners, resource, amount, self._clock(), job=job)
        limits = [(owner, q) for owner in owners for q in self._quotas if _concerns(q, owner, resource)]
        exceeded = await self._stores.ledger.reserve(entry, limits)
        if exceeded is None:
            return entry
        return Denied("quota/exceeded", {"resource": resource, "most": exceeded.most, "owner": exceeded.owner})

    async def settle(self, entry: Entry, amount: int) -> bool:
        """Say what reserved work came to."""
        return await self._stores.ledger.settle(entry.id, amount)

    async def release(self, entry: Entry) -> bool:
        """Let reserved work that came to nothing count nothing."""
        return await self._stores.ledger.release(entry.id)

    def _grant(self, kind: GrantKind, person: Person, life: int | None) -> Grant:
        now = self._clock()
        expires = None if life is None else now + life
        return Grant(self._make_id("key"), kind, person.space, person.id, "", now, expires)

    async def _issue(self, grant: Grant, prefix: str) -> Issued:
        secret = secrets.make_token(prefix, self._chance)
        kept = replace(grant, digest=secrets.digest_of(secret))
        await self._stores.grants.add(kept)
        return Issued(kept, secret)

    async def _revoke(self, grants: Iterable[Grant]) -> int:
        return await self._stores.grants.revoke([grant.id for grant in grants], self._clock())


def tidy_name(name: str) -> str:
    """Return a name as it is shown: in one line, and not too long."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[:MOST_NAME].strip()


def _email_problem(address: str) -> str | None:
    local, at, domain = address.partition("@")
    fine = at and local and "." in domain and len(address) <= 254 and not any(c.isspace() for c in address)
    return None if fine else "person/email"


def _concerns(quota: Quota, owner: str, resource: str) -> bool:
    return quota.resource == resource and quota.owner == owner.partition(":")[0]
