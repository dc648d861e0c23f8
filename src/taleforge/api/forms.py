"""What REST sends and takes of campaigns, kept characters, reports and bans, as frozen structs; the rest is in `wire`.

Moments are RFC 3339 in UTC. Holds no behaviour.
"""

from typing import Annotated

from msgspec import Meta, Struct

from taleforge.accounts.values import Outcome, Reason
from taleforge.api.wire import Name, TableOut, Word
from taleforge.rules.definitions import CharacterChoice, Earned

Note = Annotated[str, Meta(max_length=1000)]


class CampaignIn(Struct, frozen=True):
    """A campaign that somebody wants, or its new name and note."""

    name: Name
    note: Note = ""


class CampaignOut(Struct, frozen=True, omit_defaults=True):
    """A campaign. `mine`: I may change it. `tables`, if it is asked for alone, are its tables that are mine.

    Then `next` begins the page of them after this one.
    """

    id: str
    name: str
    note: str
    created: str
    mine: bool
    tables: tuple[TableOut, ...] = ()
    next: str | None = None


class CampaignPage(Struct, frozen=True, omit_defaults=True):
    """Campaigns, the newest first; `next` begins the page after this one."""

    items: tuple[CampaignOut, ...]
    next: str | None = None


class CharacterIn(Struct, frozen=True):
    """A character: what its player chose, or the id of a ready-made one to begin with."""

    choice: CharacterChoice | None = None
    pregen: Name = ""


class ChoiceIn(Struct, frozen=True):
    """What the player of a character chooses from now on: after a new level, say."""

    choice: CharacterChoice


class CharacterOut(Struct, frozen=True, omit_defaults=True):
    """A character that I keep. `earned` is what play has brought it; `choice` is told when it is asked for alone."""

    id: str
    name: str
    race: str
    classes: dict[str, int]
    level: int
    xp: int
    max_hp: int
    ac: int
    created: str
    updated: str
    choice: CharacterChoice | None = None
    earned: Earned | None = None


class CharacterPage(Struct, frozen=True, omit_defaults=True):
    """My characters, oldest first; `next` begins the page after this one."""

    items: tuple[CharacterOut, ...]
    next: str | None = None


class CharacterFile(Struct, frozen=True, omit_defaults=True):
    """A character to take elsewhere. `seal` vouches for what it `earned`, to the server that put it there."""

    format: int
    choice: CharacterChoice
    earned: Earned | None = None
    seal: str = ""


class HomeIn(Struct, frozen=True):
    """The table from which a character comes home."""

    table: Word


class ReportIn(Struct, frozen=True):
    """What somebody at my table does: about whose seat, at which version of the table (0: now), why."""

    seat: Word
    reason: Reason
    note: Note = ""
    version: Annotated[int, Meta(ge=0, le=2**53)] = 0


class ReportOut(Struct, frozen=True, omit_defaults=True):
    """A report. Who made it is told to administrators alone."""

    id: str
    table: str
    version: int
    seat: str
    reason: Reason
    note: str
    created: str
    outcome: Outcome | None = None
    closed: str | None = None
    by: str | None = None


class ReportPage(Struct, frozen=True, omit_defaults=True):
    """Reports, the newest first; `next` begins the page after this one."""

    items: tuple[ReportOut, ...]
    next: str | None = None


class OutcomeIn(Struct, frozen=True):
    """What came of a report."""

    outcome: Outcome


class TableBanIn(Struct, frozen=True):
    """Whose seat is to be emptied and kept out of this table."""

    seat: Word
    reason: Note = ""


class BanIn(Struct, frozen=True):
    """Who is to be kept out of the whole space."""

    person: Word
    reason: Note = ""


class BanOut(Struct, frozen=True, omit_defaults=True):
    """A ban that holds; without a table it is one from the whole space."""

    id: str
    person: str
    name: str
    reason: str
    created: str
    table: str | None = None


class BanPage(Struct, frozen=True, omit_defaults=True):
    """Some of the bans that hold, oldest first; `next` begins the page after this one."""

    items: tuple[BanOut, ...]
    next: str | None = None
