"""What is known of people and of what they may do: frozen values, each with the space (tenant) it belongs to.

Moments are milliseconds since 1970 in UTC. No value holds a secret: of passwords, tokens and codes only digests are
kept.
"""

from typing import Literal

from msgspec import Struct

Role = Literal["host", "player", "spectator", "admin"]
GrantKind = Literal["seat", "key", "session"]
Scope = Literal["play", "read", "studio", "host", "admin"]
Reason = Literal["harassment", "hate", "sexual", "cheating", "spam", "other"]
Outcome = Literal["dismissed", "warned", "removed", "banned"]
SCOPES: tuple[Scope, ...] = ("play", "read", "studio", "host", "admin")

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Space(Struct, frozen=True):
    """A tenant: a club, a school, a studio. Nothing of one space is seen from another."""

    id: str
    name: str
    created: int


class Person(Struct, frozen=True, omit_defaults=True):
    """Somebody who plays: a guest with a name, or an account with an e-mail address and a password.

    An erased person keeps its id, so that logs which name it still hold together, and nothing else.
    """

    id: str
    space: str
    name: str
    created: int
    admin: bool = False
    email: str | None = None
    password: str | None = None
    """The password's argon2id digest."""
    erased: int | None = None

    @property
    def guest(self) -> bool:
        """Whether this person has no account."""
        return self.email is None


class Grant(Struct, frozen=True, omit_defaults=True):
    """What the holder of a secret may do: sit in one seat, call the API, or be logged in.

    `digest` is the SHA-256 of the secret. A seat token names its table, seat and role; a key its scopes.
    """

    id: str
    kind: GrantKind
    space: str
    person: str
    digest: str
    created: int
    expires: int | None
    name: str = ""
    table: str | None = None
    seat: str | None = None
    role: Role | None = None
    scopes: tuple[Scope, ...] = ()
    csrf: str | None = None
    revoked: int | None = None

    def holds(self, now: int) -> bool:
        """Whether it still gives anything."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class Invite(Struct, frozen=True, omit_defaults=True):
    """A way to a table for whoever has its link or its six letters, until it expires or is used up."""

    id: str
    space: str
    table: str
    role: Role
    link_digest: str
    code_digest: str
    created_by: str
    created: int
    expires: int
    uses_left: int
    revoked: int | None = None

    def open(self, now: int) -> bool:
        """Whether somebody may still come in by it."""
        return self.revoked is None and now < self.expires and self.uses_left > 0


class Quota(Struct, frozen=True):
    """At most so much of a resource in a period (milliseconds), for each owner of a kind."""

    owner: Literal["person", "space", "table", "server"]
    resource: str
    most: int
    period: int


class Entry(Struct, frozen=True, omit_defaults=True):
    """A line of the usage ledger: what was reserved before work, and what it came to.

    `owners` are everybody it counts against (`person:usr_…`, `space:spc_…`, `server`). A released entry counts nothing.
    """

    id: str
    owners: tuple[str, ...]
    resource: str
    amount: int
    at: int
    state: Literal["reserved", "settled", "released"] = "reserved"
    job: str | None = None


class Used(Struct, frozen=True):
    """What somebody has used of a resource in a time, in so many entries that count."""

    resource: str
    amount: int
    entries: int


class Campaign(Struct, frozen=True, omit_defaults=True):
    """Tables that belong together, under a name; whoever plays at one of them sees it."""

    id: str
    space: str
    name: str
    note: str
    created_by: str
    created: int


class Character(Struct, frozen=True, omit_defaults=True):
    """A character that a person keeps between tables. `body` is the game's own text, and means nothing here."""

    id: str
    space: str
    person: str
    name: str
    body: str
    created: int
    updated: int


class Voice(Struct, frozen=True, omit_defaults=True):
    """A voice that a person keeps. `body` holds how it sounds and who agreed to it, and means nothing here."""

    id: str
    space: str
    person: str
    name: str
    body: str
    created: int


class Report(Struct, frozen=True, omit_defaults=True):
    """Somebody's word that another seat of a table does harm: about whom, at which version of the table, and why.

    Once somebody has looked into it, `outcome` says what came of it.
    """

    id: str
    space: str
    table: str
    version: int
    by: str
    seat: str
    person: str
    reason: Reason
    note: str
    created: int
    outcome: Outcome | None = None
    closed_by: str | None = None
    closed: int | None = None


class Ban(Struct, frozen=True, omit_defaults=True):
    """A person kept out of a table, or without one of a whole space, until somebody lifts it."""

    id: str
    space: str
    person: str
    by: str
    created: int
    reason: str = ""
    table: str | None = None
    lifted: int | None = None


class Deed(Struct, frozen=True, omit_defaults=True):
    """One line of the audit log: who did what to whom, and when. People are named by their ids alone.

    `by` is the kind of credential, or `server`; `whom` the id of a person, seat, key, invite or table that it was done
    to; `detail` registered words, never what somebody wrote; `request` finds the lines of the log.
    """

    id: str
    at: int
    space: str
    who: str
    by: str
    did: str
    whom: str = ""
    table: str = ""
    detail: str = ""
    request: str = ""
