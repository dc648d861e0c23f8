"""What REST sends and takes beyond the protocol's own messages, as frozen structs; OpenAPI is made from them.

Moments are RFC 3339 in UTC. Holds no behaviour.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from taleforge.accounts.values import Role, Scope
from taleforge.memory.values import Why
from taleforge.messages.brief import Prose
from taleforge.messages.commands import AnswerChoice, Question
from taleforge.messages.events import Sealed
from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import JournalEntry, Option, PregenInfo, SeatInfo
from taleforge.table.verify import Problem as Finding

Name = Annotated[str, Meta(max_length=80)]
Text = Annotated[str, Meta(max_length=2000)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]


class TableOut(Struct, frozen=True, omit_defaults=True):
    """A table as lists show it."""

    id: str
    title: str
    adventure: str
    status: str
    created_at: str
    updated_at: str
    parent: str | None = None
    campaign: str | None = None
    seats: tuple[SeatInfo, ...] = ()


class TablePage(Struct, frozen=True, omit_defaults=True):
    """Some tables, the last played first; `next` begins the page after this one."""

    items: tuple[TableOut, ...]
    next: str | None = None


class NewTableIn(Struct, frozen=True):
    """A table that somebody wants."""

    adventure: Word
    house_rules: dict[str, str] = {}
    campaign: Name = ""


class SeatOut(Struct, frozen=True):
    """A seat of a table and the token that opens it: shown this once."""

    table: str
    seat: str
    role: Role
    token: str
    expires: str | None


class ImportOut(SeatOut, frozen=True):
    """The host's seat of a table that came in; nobody here can say whether a word up to event `unproven` was changed.

    `sealed`: `here`, by this server; `elsewhere`, by another; or `nowhere`.
    """

    sealed: Sealed
    unproven: int


class SeatHeld(Struct, frozen=True):
    """The seat that a token opens."""

    table: str
    seat: str
    role: Role
    expires: str | None


class RecallOut(Struct, frozen=True):
    """Something that a seat remembers: of which version, whether it was there or was told, and how well it fits."""

    v: int
    why: Why
    text: str
    score: float


class RecallPage(Struct, frozen=True):
    """What a seat remembers that fits, best first."""

    items: tuple[RecallOut, ...]


class SeatPage(Struct, frozen=True, omit_defaults=True):
    """Who sits at a table; `next` begins the page after this one."""

    items: tuple[SeatInfo, ...]
    next: str | None = None


class InviteIn(Struct, frozen=True):
    """An invite that a host wants."""

    role: Annotated[str, Meta(pattern="^(player|spectator)$")] = "player"
    uses: Annotated[int, Meta(ge=1, le=100)] = 8
    hours: Annotated[int, Meta(ge=1, le=24 * 30)] = 24


class InviteOut(Struct, frozen=True, omit_defaults=True):
    """An invite; its link token and its six letters are shown once, when it is made."""

    id: str
    role: Role
    expires: str
    uses_left: int
    open: bool
    link: str | None = None
    code: str | None = None


class InvitePage(Struct, frozen=True, omit_defaults=True):
    """Some invites of a table, oldest first; `next` begins the page after this one."""

    items: tuple[InviteOut, ...]
    next: str | None = None


class FollowIn(Struct, frozen=True):
    """An invite's link token or six letters, and the name of whoever follows it."""

    invite: Word
    name: Name = "Guest"


class CommandIn(Struct, frozen=True):
    """A command of the caller's seat, or nothing but `text`; without an id each request is another one."""

    name: Name = ""
    d: dict[str, Any] = {}
    text: Text | None = None
    id: Name | None = None
    at_turn: int | None = None


class Answered(Struct, frozen=True, omit_defaults=True):
    """The table's answer: `ack` with the version after it and what my seat heard, or `ask` with a question."""

    t: Literal["ack", "ask"]
    re: str
    v: int | None = None
    events: tuple[SeatEvent, ...] = ()
    question: Question | None = None
    choices: tuple[AnswerChoice, ...] = ()


class UndoIn(Struct, frozen=True):
    """How far to go back: by commands, or to a version."""

    steps: Annotated[int, Meta(ge=1, le=1000)] = 1
    to: int | None = None


class BranchIn(Struct, frozen=True):
    """From which version to branch; 0 means now."""

    at: Annotated[int, Meta(ge=0)] = 0


class OptionPage(Struct, frozen=True):
    """What a seat can do now."""

    version: int
    items: tuple[Option, ...]


class EventPage(Struct, frozen=True, omit_defaults=True):
    """Events as the caller's seat may see them; `next` is the version to ask after for more."""

    items: tuple[SeatEvent, ...]
    next: int | None = None


class JournalPage(Struct, frozen=True, omit_defaults=True):
    """What the caller's seat has written down; `next` begins the page after this one."""

    items: tuple[JournalEntry, ...]
    next: str | None = None


class Recap(Struct, frozen=True):
    """What was told to the caller's seat lately, oldest first, and the story so far `in_short`, by paragraphs."""

    items: tuple[Prose, ...]
    in_short: tuple[str, ...] = ()


class VerdictOut(Struct, frozen=True, omit_defaults=True):
    """What a check of a whole log says; `unrevealed` rolls wait for their seed.

    Events up to `unproven` came in from a file, and nobody here can say whether a word of them was changed.
    """

    ok: bool
    events: int
    rolls: int
    faces: int
    unrevealed: int
    problem: Finding | None = None
    unproven: int = 0


class PackOut(Struct, frozen=True):
    """A content pack in play, as logs pin it."""

    id: str
    version: str
    hash: str


class PackPage(Struct, frozen=True, omit_defaults=True):
    """The packs in play; `next` begins the page after this one."""

    items: tuple[PackOut, ...]
    next: str | None = None


class AdventureOut(Struct, frozen=True):
    """An adventure that can be begun."""

    id: str
    title: str
    blurb: str
    pregens: tuple[str, ...]


class AdventurePage(Struct, frozen=True, omit_defaults=True):
    """The adventures of the packs in play; `next` begins the page after this one."""

    items: tuple[AdventureOut, ...]
    next: str | None = None


class PregenPage(Struct, frozen=True, omit_defaults=True):
    """The characters of an adventure; `next` begins the page after this one."""

    items: tuple[PregenInfo, ...]
    next: str | None = None


class PersonOut(Struct, frozen=True, omit_defaults=True):
    """A person as that person sees itself."""

    id: str
    name: str
    guest: bool
    admin: bool = False
    email: str | None = None


class RegisterIn(Struct, frozen=True):
    """An account that somebody wants; with a guest's seat token it is made of that guest."""

    email: Word
    password: Word
    name: Name = ""


class Registered(Struct, frozen=True):
    """The same answer whether or not the address had an account before: whoever knows the password can log in now."""

    email: str


class LogInIn(Struct, frozen=True):
    """An address and its password; `space` where the account is not in the server's own."""

    email: Word
    password: Word
    space: Name = ""


class PasswordIn(Struct, frozen=True):
    """The password there is and the one wanted."""

    old: Word
    new: Word


class SessionOut(Struct, frozen=True):
    """A session: its secret is in the cookie; unsafe requests carry `csrf` in the header X-CSRF-Token."""

    person: PersonOut
    csrf: str
    expires: str | None


class Ended(Struct, frozen=True):
    """The session is over."""

    ended: bool = True


class KeyIn(Struct, frozen=True):
    """An API key that somebody wants."""

    name: Word
    scopes: tuple[Scope, ...]
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class KeyOut(Struct, frozen=True, omit_defaults=True):
    """An API key; its secret is shown once, when it is made."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created: str
    expires: str | None = None
    revoked: bool = False
    key: str | None = None


class KeyPage(Struct, frozen=True, omit_defaults=True):
    """Some of somebody's API keys, oldest first; `next` begins the page after this one."""

    items: tuple[KeyOut, ...]
    next: str | None = None


class Used(Struct, frozen=True):
    """One line of the usage ledger."""

    resource: str
    amount: int
    at: str
    state: str


class UsagePage(Struct, frozen=True, omit_defaults=True):
    """What somebody has used, oldest first; `next` begins the page after this one."""

    items: tuple[Used, ...]
    next: str | None = None


class DeedOut(Struct, frozen=True, omit_defaults=True):
    """One line of the audit log; names are those that people have now, and none once they were forgotten."""

    id: str
    at: str
    who: str
    by: str
    did: str
    who_name: str | None = None
    whom: str = ""
    whom_name: str | None = None
    table: str = ""
    detail: str = ""
    request: str = ""


class AuditPage(Struct, frozen=True, omit_defaults=True):
    """Some lines of the audit log, the newest first; `next` begins the page after this one."""

    items: tuple[DeedOut, ...]
    next: str | None = None
