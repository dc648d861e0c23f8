"""Before play: go on with a save or begin anew, choose a character, alone or with a companion that the table plays.

The same steps for both clients, each a short list to pick from; flags of the command line answer some beforehand. It
ends with a seat at a table: play goes on there or, where others may come, begins when all are ready. It never asks for
what does not matter.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from taleforge.errors import BadInput
from taleforge.messages.commands import Ready, Refused, Sit, Spectate
from taleforge.messages.views import PregenInfo, SeatView
from taleforge.terminal.door import Door, House, Save
from taleforge.terminal.words import Words

NEW = "new"
ALONE = "alone"
WATCH = "watch"


class Wishes(Struct, frozen=True):
    """What is known before anybody asks. `resume` is a table's id or its beginning, `last` for the one played last."""

    resume: str = ""
    adventure: str = ""
    character: str = ""
    companion: str = ""
    name: str = ""
    new: bool = False


class Offer(Struct, frozen=True):
    """One line to pick in the lobby."""

    key: str
    text: str
    note: str = ""
    detail: str = ""


class Lobby:
    """The steps from the front door to the table.

    `door` is the seat, once there is one; `done` when play can go on, `fresh` when it has only just begun.
    """

    def __init__(self, house: House, words: Words, wishes: Wishes) -> None:
        self.words = words
        self.door: Door | None = None
        self.done = False
        self.fresh = False
        self.title = ""
        self.offers: tuple[Offer, ...] = ()
        self._house = house
        self._wishes = wishes
        self._character = ""
        self._choosing = False
        self._list: Callable[[], None] = _nothing

    @property
    def player(self) -> str:
        """The player's own name, if it was said."""
        return self._wishes.name

    async def begin(self) -> None:
        """Go as far as the wishes lead, and stand before the first thing to be asked."""
        saves = [save for save in await self._house.saves() if save.status != "closed"]
        wished = self._wishes
        if wished.resume:
            await self._resume(find(saves, wished.resume))
        elif wished.new or wished.adventure or wished.character or not saves:
            await self._new()
        else:
            self._show("lobby/start", [*map(self._offer, saves), Offer(NEW, self.words.say("lobby/new"))])

    async def choose(self, key: str) -> None:
        """Take one of the offers, by its key."""
        if self._choosing:
            await self._lay(key)
        elif self.door is None:
            await (self._new() if key == NEW else self._resume(key))
        elif not self._character:
            await self._play(key)
        else:
            await self._accompany(key)

    def refresh(self) -> bool:
        """Offer only those characters that are free now; whether these are others than before."""
        before = self.offers
        self._list()
        return self.offers != before

    def _offer(self, save: Save) -> Offer:
        text = self.words.say("lobby/go_on", title=save.title, who=save.who)
        return Offer(save.id, text, self.words.say("lobby/played", day=save.played[:10], hour=save.played[11:16]))

    def _show(self, title: str, offers: Sequence[Offer]) -> None:
        self.title = self.words.say(title)
        self.offers = tuple(offers)

    async def _resume(self, table: str) -> None:
        self.door = await self._house.resume(table)
        view = self.door.view
        if view.table.status == "closed" or view.you is not None or view.seat.id in view.seats:
            await self._go_on(view)
        elif self.door.role == "spectator":
            await self._watch()
        else:
            await self._cast()

    async def _go_on(self, view: SeatView) -> None:
        if view.table.status == "lobby" and not self._house.shared:
            await self._ready()
        self.done = True

    async def _watch(self) -> None:
        await self._send(Spectate(self._wishes.name or self.words.say("ui/someone")))
        self.done = True

    async def _new(self) -> None:
        stories = await self._house.stories()
        if self._wishes.adventure or len(stories) == 1:
            await self._lay(self._wishes.adventure or stories[0].id)
            return
        self._choosing = True
        self._show("lobby/story", [Offer(story.id, story.title, detail=story.blurb) for story in stories])

    async def _lay(self, story: str) -> None:
        self.door = await self._house.lay(story)
        self._choosing = False
        await self._cast()

    async def _cast(self) -> None:
        if self._wishes.character:
            await self._play(self._wishes.character)
            return
        self._list = self._characters
        self._list()

    def _characters(self) -> None:
        watch = [Offer(WATCH, self.words.say("lobby/watch"))] * (self._seat().role != "host")
        self._show("lobby/character", [*(self._pregen_offer(one) for one in self._pregens()), *watch])

    def _pregens(self) -> list[PregenInfo]:
        return list(self._seat().view.pregens.values())

    def _pregen_offer(self, pregen: PregenInfo, code: str = "lobby/pregen") -> Offer:
        classes = ", ".join(f"{self.words.say(f'class/{name}')} {level}" for name, level in pregen.classes.items())
        note = self.words.say("lobby/figures", classes=classes, hp=pregen.max_hp, ac=pregen.ac)
        return Offer(pregen.id, self.words.say(code, name=pregen.name), note, pregen.look)

    async def _play(self, pregen: str) -> None:
        if pregen == WATCH:
            await self._watch()
            return
        await self._send(Sit(pregen, self._wishes.name))
        self._character, self._list = pregen, _nothing
        if self._seat().view.table.status != "lobby":
            self.done = True
            return
        others = [one for one in self._pregens() if one.id != pregen]
        if self._wishes.companion or not others or self._house.shared:
            await self._accompany(self._wishes.companion or ALONE)
            return
        alone = Offer(ALONE, self.words.say("lobby/alone"))
        self._show("lobby/companion", [alone, *(self._pregen_offer(one, "lobby/with") for one in others)])

    async def _accompany(self, companion: str) -> None:
        if companion != ALONE:
            await self._send(Sit(companion, companion=True))
        if not self._house.shared or self._wishes.companion:
            await self._ready()
        self.done = self.fresh = True

    async def _ready(self) -> None:
        await self._send(Ready())
        self.fresh = True

    async def _send(self, data: Sit | Ready | Spectate) -> None:
        reply = await self._seat().send(data)
        if isinstance(reply, Refused):
            names = ", ".join(choice.id for choice in reply.choices)
            raise BadInput(
                self.words.say(reply.code, reply.params), self.words.say("lobby/one_of", names=names) if names else ""
            )

    def _seat(self) -> Door:
        assert self.door is not None
        return self.door


def _nothing() -> None:
    """Offer what was offered."""


def find(saves: Sequence[Save], wished: str) -> str:
    """Return the id of the save that is meant.

    Raises:
        BadInput: There is none, or several begin so.
    """
    if wished == "last" and saves:
        return saves[0].id
    if wished == "last":
        raise BadInput(
            "No tale waits to be taken up again.", "“taleforge play” begins one; “taleforge saves” lists all."
        )
    found = [save.id for save in saves if save.id.startswith(wished) or save.id.removeprefix("tbl_").startswith(wished)]
    if len(found) == 1:
        return found[0]
    many = "Several saves begin" if found else "There is no save that begins"
    raise BadInput(f"{many} with {wished}.", "“taleforge saves” lists them all.")
