"""Views made by hand, and a door that answers from a script: what the terminal is tested with where no table runs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from taleforge.client.updates import Happened, Told, Update
from taleforge.messages.brief import Prose
from taleforge.messages.commands import Ack, CommandData, Reply
from taleforge.messages.frames import SeatEvent
from taleforge.messages.ids import CommandId
from taleforge.messages.views import (
    Cost,
    DamageOdds,
    DecisionChoice,
    DecisionView,
    EffectInfo,
    Explanation,
    FeatureInfo,
    FightInfo,
    InitiativeSlot,
    JournalEntry,
    MapView,
    Odds,
    Option,
    OtherCreature,
    OwnCharacter,
    PregenInfo,
    Roll,
    SceneInfo,
    SeatInfo,
    SeatView,
    TableInfo,
    Target,
    Token,
    TurnInfo,
    Uses,
)
from taleforge.rules.explain import Part, Source
from taleforge.terminal.door import Save, Story

MIRA, BRAN, GOBLIN, SECOND, ODA = (f"crt_{letter * 26}" for letter in "abcde")

NAMES = {MIRA: "Mira Vell", BRAN: "Bran Ashdown", GOBLIN: "the goblin", SECOND: "the second goblin", ODA: "Oda"}

ROOM = (
    "####################",
    "#..........#.......#",
    "#..........#.......#",
    "#..........+.......#",
    "#..tt......#.......#",
    "#..tt......#########",
    "#..........#        ",
    "############        ",
)

AC = Explanation(16, "ac", (Part(16, Source("armor/chain_mail")),))
ATTACK = Explanation(
    19,
    "attack",
    (Part(3, Source("ability/str")), Part(2, Source("proficiency"), "SRD 5.1, “Attack Rolls”")),
    Roll("1d20", 14, ((20, 14, "kept"),), 41),
)


def lobby() -> SeatView:
    """A table nobody has sat down at."""
    return SeatView(
        version=2,
        table=TableInfo("tbl_" + "0" * 26, "lantern", "The Drowned Lantern", "lobby", "srd51", "en"),
        seat=SeatInfo("seat_" + "0" * 26, "", "player"),
        pregens={
            "mira": PregenInfo("mira", "Mira Vell", {"fighter": 1}, "a caravan guard with a broken nose", 12, 16),
            "bran": PregenInfo("bran", "Bran Ashdown", {"cleric": 1}, "a hedge priest who counts everything", 10, 18),
        },
    )


def tavern() -> SeatView:
    """Mira and Bran in a tavern at peace."""
    return replace(
        lobby(),
        version=20,
        table=replace(lobby().table, status="playing", undo=2),
        seat=SeatInfo("seat_" + "0" * 26, "Ana", "host", MIRA, ready=True),
        scene=SceneInfo(
            "inn", "The Drowned Lantern", "A low room under smoke-black beams; rain on the shutters.", zone="the bar",
            features={
                "door": FeatureInfo("door", "the cellar door", "Oak, iron-bound.", "locked", ((11, 3),)),
                "table": FeatureInfo("table", "the long table", cells=((3, 4), (4, 4), (3, 5), (4, 5))),
            },
        ),
        you=OwnCharacter(
            MIRA, "Mira Vell", 1, {"fighter": 1},
            {"str": 16, "dex": 12, "con": 14, "int": 10, "wis": 13, "cha": 8},
            9, 12, 0, AC, 30, 2, {"str": 5, "con": 4}, {"athletics": 5, "perception": 3}, "up",
            uses={"second_wind": Uses(1, 1)}, items={"torch": 2, "rope": 1}, coins=1234,
        ),
        others={
            BRAN: OtherCreature(BRAN, "Bran Ashdown", "party", "unhurt", hp=10, max_hp=10),
            ODA: OtherCreature(ODA, "Oda", "neutral", "unhurt", "commoner", "the innkeeper, sleeves rolled up"),
        },
        map=MapView(20, 8, ROOM, tuple("".join("b" if x < 12 else "." for x in range(20)) for _ in ROOM),
                    {"#": "wall", ".": "floor", "+": "floor", "t": "low"}),
        tokens={
            MIRA: Token(MIRA, (5, 2), "M", "party", "Mira Vell"),
            BRAN: Token(BRAN, (6, 2), "B", "party", "Bran Ashdown"),
            ODA: Token(ODA, (2, 3), "O", "neutral", "Oda"),
        },
        options=(
            Option("do:cellar", "talk", "option/ask", {"verb": "ask"}, "Ask Oda about the cellar",
                   targets=(Target(ODA, "creature", "Oda"),)),
            Option("do:pick", "interaction", "option/pick_lock", {"verb": "pick_lock"}, "Pick the cellar lock",
                   targets=(Target("door", "feature", "the cellar door"),),
                   odds=Odds(success=0.45, known="estimate")),
            Option("go:", "move", "option/go", pick=1, targets=(
                Target(ODA, "creature", "Oda"), Target("door", "feature", "the cellar door"))),
            Option("rest:short", "rest", "option/rest_short"),
        ),
        journal=(JournalEntry("quest", "cellar", "Noises below", "Oda hears scratching under the floor."),),
    )  # fmt: skip


def fight() -> SeatView:
    """Round two, Mira's turn, two goblins."""
    goblins = {
        GOBLIN: OtherCreature(
            GOBLIN, "the goblin", "foe", "bloodied", effects={"prone": EffectInfo("prone", ("prone",))}
        ),
        SECOND: OtherCreature(SECOND, "the second goblin", "foe", "unhurt"),
    }
    tokens = {
        GOBLIN: Token(GOBLIN, (6, 3), "g", "foe", "the goblin"),
        SECOND: Token(SECOND, (9, 5), "g", "foe", "the second goblin"),
    }
    at = tavern()
    return replace(
        at,
        version=41,
        others={**at.others, **goblins},
        tokens={**at.tokens, **tokens},
        you=replace(cast("OwnCharacter", at.you), turn=TurnInfo(30, action=True, bonus=True, reaction=True)),
        fight=FightInfo(2, 5, (
            InitiativeSlot(GOBLIN, "the goblin", 18, "foe", done=True),
            InitiativeSlot(MIRA, "Mira Vell", 15, "party", active=True),
            InitiativeSlot(BRAN, "Bran Ashdown", 9, "party"),
            InitiativeSlot(SECOND, "the second goblin", 4, "foe"),
        )),
        options=(
            Option("act:longsword", "attack", "option/attack", {"name": "Longsword"}, pick=1, cost=Cost(action=True),
                   targets=(Target(GOBLIN, "creature", "the goblin", Odds(hit=0.72, damage=DamageOdds(4, 7.5, 11))),
                            Target(SECOND, "creature", "the second goblin", Odds(hit=0.45)))),
            Option("act:burning_hands", "spell", "option/spell", {"name": "Burning Hands"}, pick=1, range=15,
                   cost=Cost(action=True, slots=(1, 2)), odds=Odds(damage=DamageOdds(3, 10.5, 18))),
            Option("act:magic_missile", "spell", "option/spell", {"name": "Magic Missile"}, pick=3,
                   cost=Cost(action=True, slots=(1,)),
                   targets=(Target(GOBLIN, "creature", "the goblin"), Target(SECOND, "creature", "the second goblin"))),
            Option("act:dodge", "basic", "option/basic", {"name": "Dodge"}, cost=Cost(action=True)),
            Option("turn:end", "turn", "option/end_turn"),
        ),
    )  # fmt: skip


def deciding() -> SeatView:
    """The goblin hits Mira, who may cast Shield."""
    return replace(
        fight(),
        version=44,
        options=(),
        decisions=(
            DecisionView(
                "dcs_" + "1" * 26, "reaction", "reaction/hit_by_attack",
                (
                    DecisionChoice("react", "reaction/hit_by_attack/react"),
                    DecisionChoice("pass", "reaction/hit_by_attack/pass"),
                ), "pass", {"attacker": GOBLIN, "action": "shield", "total": 17, "natural": 13, "slot": 1, "helps": 1},
            ),
        ),
    )  # fmt: skip


def attacked(*, hit: bool = True, v: int = 42) -> Happened:
    """Mira's longsword meets the goblin."""
    data = {
        "attacker": MIRA, "target": GOBLIN, "action": "longsword", "name": "Longsword", "natural": 14, "total": 19,
        "ac": 13 if hit else 21, "hit": hit, "critical": False,
        "roll": msgspec.to_builtins(ATTACK.dice), "why": msgspec.to_builtins(ATTACK),
    }  # fmt: skip
    return happened("attack.resolved", data, v)


def happened(name: str, data: dict[str, Any], v: int = 42) -> Happened:
    """An event as a seat hears it."""
    return Happened(SeatEvent(v, name, 1, "2026-11-20T20:00:00.000Z", 7, {"engine": True}, data), fight())


def told(text: str, v: int = 42) -> Told:
    """Finished prose."""
    return Told(Prose(v, "en", text))


Script = Callable[[CommandData], tuple[Reply | Exception, Sequence[Update], SeatView | None]]
"""What a table does about a command: its answer, what is heard, and the view it leads to (None: the same)."""


class FakeDoor:
    """A seat whose table answers from a script. `sent` is what it was asked."""

    def __init__(self, view: SeatView, script: Script | None = None) -> None:
        self.view = view
        self.sent: list[CommandData] = []
        self._script = script
        self._heard: asyncio.Queue[Update] = asyncio.Queue()

    role = "host"

    @property
    def again(self) -> str:
        """What is typed to come back."""
        return f"taleforge play --resume {self.view.table.id}"

    async def invite(self, role: str) -> str:
        """Return what somebody types who comes in that role."""
        return f"taleforge play --code {role.upper()}"

    def put(self, update: Update, view: SeatView | None = None) -> None:
        """Let the seat hear something, with the view it leads to."""
        self.view = view or self.view
        self._heard.put_nowait(update)

    async def send(self, data: CommandData, at_turn: int | None = None) -> Reply:
        """Answer as the script says; without one, everything is accepted."""
        self.sent.append(data)
        if self._script is None:
            return Ack(CommandId("cmd_1"), self.view.version + 1)
        answer, updates, view = self._script(data)
        self.view = view or self.view
        for update in updates:
            self.put(update)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def updates(self) -> AsyncIterator[Update]:
        """Give what was put."""
        while True:
            yield await self._heard.get()


class FakeHouse:
    """A house with one save, whose tables are fake doors."""

    def __init__(self, door: FakeDoor) -> None:
        self.door = door
        self.kept = [Save("tbl_" + "7" * 26, "The Drowned Lantern", "2026-11-19T21:12:00.000Z", "playing", "Mira Vell")]
        self.tales = [Story("lantern", "The Drowned Lantern")]
        self.asked: list[str] = []
        self.shared = False

    async def saves(self) -> list[Save]:
        """One evening from yesterday."""
        return self.kept

    async def stories(self) -> list[Story]:
        """The tales of the house."""
        return self.tales

    async def lay(self, story: str) -> FakeDoor:
        """Open the fake table."""
        self.asked.append(f"lay {story}")
        return self.door

    async def resume(self, table: str) -> FakeDoor:
        """Sit at the fake table again."""
        self.asked.append(f"resume {table}")
        return self.door
