"""Everything that is kept of a person, as that person is given it on demand, as frozen structs.

Moments are milliseconds since 1970, as they are kept. Holds no secret, and no behaviour.
"""

from msgspec import Struct


class Myself(Struct, frozen=True, omit_defaults=True):
    """Who somebody is here."""

    id: str
    space: str
    name: str
    created: int
    email: str | None = None
    admin: bool = False


class MyGrant(Struct, frozen=True, omit_defaults=True):
    """A seat token, API key or session of somebody; not its secret."""

    id: str
    kind: str
    created: int
    name: str = ""
    table: str | None = None
    seat: str | None = None
    expires: int | None = None
    revoked: int | None = None


class MyCharacter(Struct, frozen=True):
    """A character that somebody keeps; `body` is JSON, as its export has it."""

    id: str
    name: str
    body: str
    created: int
    updated: int


class MyVoice(Struct, frozen=True):
    """A voice that somebody keeps; `body` is JSON, with its profile and the consent to it."""

    id: str
    name: str
    body: str
    created: int


class MyCampaign(Struct, frozen=True):
    """A campaign that somebody made."""

    id: str
    name: str
    note: str
    created: int


class MyReport(Struct, frozen=True):
    """What somebody reported, and what came of it."""

    id: str
    table: str
    seat: str
    reason: str
    note: str
    created: int
    outcome: str | None


class MyBan(Struct, frozen=True):
    """A ban that holds: from a table, or from all of the space."""

    id: str
    table: str | None
    created: int


class MyDeed(Struct, frozen=True):
    """What somebody did, or what was done to them."""

    at: int
    did: str
    who: str
    whom: str
    table: str


class MyUse(Struct, frozen=True):
    """What somebody used."""

    resource: str
    amount: int
    at: int
    state: str


class MyPicture(Struct, frozen=True):
    """A picture that somebody had painted; it can be fetched by its id."""

    id: str
    prompt: str
    style: str | None
    seed: int
    engine: str
    created: int


class Everything(Struct, frozen=True):
    """All that is kept of somebody, oldest first."""

    person: Myself
    grants: tuple[MyGrant, ...]
    characters: tuple[MyCharacter, ...]
    voices: tuple[MyVoice, ...]
    campaigns: tuple[MyCampaign, ...]
    reports: tuple[MyReport, ...]
    bans: tuple[MyBan, ...]
    audit: tuple[MyDeed, ...]
    usage: tuple[MyUse, ...]
    pictures: tuple[MyPicture, ...]
