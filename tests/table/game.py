"""A small adventure of two rooms, and a driver that plays it: what the tests of the table have in common."""

import hashlib
from typing import Any

from taleforge.messages.commands import Command, CommandData, EngineAct, Ready, Reply, Sit, command
from taleforge.messages.events import Event
from taleforge.messages.ids import CountingIds
from taleforge.messages.views import Option, SeatView
from taleforge.rules.creature import Abilities, Action, Resource, Sheet, Spellcasting, SpellInfo, Targeting
from taleforge.rules.dice import DiceSource, ProvableDice, commitment, salt_for
from taleforge.rules.effects import Apply, Attack, DamageSpec, EffectSpec, Heal, Modifier
from taleforge.table import Context, State, automatic, decide, fold, open_table, view
from taleforge.world.scene import (
    AdvanceQuest,
    Adventure,
    ChangeAttitude,
    ChangeFeature,
    Clue,
    Content,
    Encounter,
    End,
    Ending,
    Feature,
    GiveCoins,
    GiveItem,
    Ground,
    Hurt,
    Interaction,
    PassTime,
    Person,
    Quest,
    Rect,
    RevealClue,
    RevealFeature,
    Say,
    Scene,
    SetFlag,
    SkillTest,
    StartFight,
    Tell,
    Trigger,
    Zone,
)
from tests.rules.lore import FIGHTER as SWORDSMAN
from tests.rules.lore import PRICED

SEED = hashlib.sha256(b"a table's seed").digest()
NOW = "2026-11-20T20:00:00.000Z"
HOST = "seat_00000000000000000000000001"
GUEST = "seat_00000000000000000000000002"

SWORD = Action(
    "longsword", "Longsword", "action/longsword",
    nodes=(Attack("melee", bonus=5, parts=(("ability/str", 3), ("proficiency", 2)),
                  damage=(DamageSpec("1d8+3", "slashing"),)),),
)  # fmt: skip
BOW = Action(
    "bow", "Shortbow", "action/bow", target=Targeting(range=80, long_range=320),
    nodes=(Attack("ranged", bonus=4, damage=(DamageSpec("1d6+2", "piercing"),)),),
)  # fmt: skip
CURE = Action(
    "cure_wounds", "Cure Wounds", "spell/cure_wounds", target=Targeting(side="ally"),
    nodes=(Heal("1d8", ability_modifier=True, scale="1d8"),), spell=SpellInfo(1, "evocation"),
)  # fmt: skip
SHIELD = Action(
    "shield", "Shield", "spell/shield", cost="reaction", target=Targeting(kind="self"), trigger="hit_by_attack",
    nodes=(Apply(EffectSpec("shield", modifiers=(Modifier("ac", "add", 5),))),), spell=SpellInfo(1, "abjuration"),
)  # fmt: skip

FIGHTER = Sheet(
    name="Brannic", abilities=Abilities(16, 12, 14, 10, 10, 10), ac=16, max_hp=12, ref="class/fighter", level=1,
    classes={"fighter": 1}, pronouns="he", actions=(SWORD, BOW), skills={"athletics": 5},
)  # fmt: skip
CLERIC = Sheet(
    name="Ysolde", abilities=Abilities(12, 10, 12, 10, 16, 14), ac=14, max_hp=9, ref="class/cleric", level=1,
    classes={"cleric": 1}, pronouns="she", actions=(SWORD, CURE, SHIELD), resources={"slot:1": Resource(2)},
    spellcasting=Spellcasting("wis", 13, 5), skills={"persuasion": 4},
)  # fmt: skip
THUG = Sheet(
    name="Thug", abilities=Abilities(12, 10, 10), ac=12, max_hp=7, ref="monster/thug", cr="1/8", xp=25, actions=(SWORD,)
)
RAT = Sheet(
    name="Rat", abilities=Abilities(6, 12, 8), ac=11, max_hp=2, ref="monster/rat", size="tiny", type="beast", xp=10,
    actions=(SWORD,), senses={"darkvision": 30},
)  # fmt: skip

SCENE = Scene(
    id="inn", name="The Crooked Lamp", look="A low room under a blackened beam.", mood="uneasy",
    ground=Ground(
        rows=(
            "############",
            "#....#.....#",
            "#....#.....#",
            "#..........#",
            "#....#.....#",
            "############",
        ),
        legend={"#": "wall", ".": "floor"},
    ),
    zones=(
        Zone("taproom", "the taproom", Rect(1, 1, 4, 4), look="Four tables."),
        Zone("store", "the store", Rect(6, 1, 10, 4)),
    ),
    features=(
        Feature("door", "the store door", ((5, 3),), state="locked", blocks=True),
        Feature("chest", "a chest", ((10, 1),), state="closed", hidden=True),
    ),
    persons=(
        Person("marta", "Marta", "monster/thug", (1, 1), title="the innkeeper", pronouns="she", attitude="indifferent"),
        Person("pike", "Pike", "monster/thug", (9, 2), title="the smuggler", pronouns="he"),
        Person("shade", "a grey shade", "monster/thug", (2, 4), hidden=True),
    ),
    interactions=(
        Interaction("ask_store", "ask", "marta", "Ask what is in the store", topic="the store", once=False,
                    success=(Say("marta", "Barrels. Mostly."), RevealClue("barrels"))),
        Interaction("persuade_key", "persuade", "marta", "Talk the innkeeper out of the key",
                    test=SkillTest("cha", 12, "persuasion"),
                    success=(GiveItem("key", 1, "marta"), ChangeAttitude("marta", "friendly")),
                    failure=(ChangeAttitude("marta", "unfriendly"),)),
        Interaction("unlock", "unlock", "door", "Unlock the store", requires=("item:key",),
                    success=(ChangeFeature("door", "open"), AdvanceQuest("cellar", "open"))),
        Interaction("force", "force", "door", "Put a shoulder to it", retry=True,
                    test=SkillTest("str", 10, "athletics"),
                    success=(ChangeFeature("door", "broken"),), failure=(Hurt("1d1", "bludgeoning"),)),
        Interaction("search", "search", "store", "Search the store", requires=("zone:store",),
                    success=(RevealFeature("chest"), Tell("Behind the sacks, a chest."))),
        Interaction("bribe", "pay", "pike", "Buy him off", requires=("coins:500",),
                    success=(GiveCoins(-500, "pike"), SetFlag("bought"))),
        Interaction("provoke", "intimidate", "pike", "Threaten Pike", success=(StartFight("brawl"),)),
        Interaction("call", "listen", "taproom", "Stand still and listen", requires=("zone:taproom",),
                    success=(RevealFeature("shade"), PassTime(10))),
    ),
    triggers=(
        Trigger("bought_off", ("flag:bought",), (Say("pike", "Never saw you."), End("quiet"))),
    ),
    encounters=(
        Encounter("brawl", persons=("pike",), creatures=(("monster/rat", (10, 4)),), victory=(End("loud"),),
                  defeat=(Tell("You wake on the floor."),), flee_at=0),
    ),
    entrances={"start": ((2, 3), (3, 3), (2, 2), (3, 2))},
    opening=(Tell("Rain on the shutters."), AdvanceQuest("cellar", "start")),
)  # fmt: skip

ADVENTURE = Adventure(
    id="lamp", title="The Crooked Lamp", lang="en", blurb="An inn, a store, a secret.", start="inn", scenes=(SCENE,),
    pregens=("fighter", "cleric"),
    clues=(Clue("barrels", "Barrels", "There is something in the store that is not barrels."),),
    quests=(Quest("cellar", "What is in the store", (("start", "Find out."), ("open", "The store is open."))),),
    endings=(Ending("quiet", "Quietly", "Nobody asks."), Ending("loud", "Loudly", "Everybody asks.")),
)  # fmt: skip


def content() -> Content:
    """Return what the small adventure needs."""
    return Content(
        adventures={"lamp": ADVENTURE},
        sheets={"monster/thug": THUG, "monster/rat": RAT},
        pregens={"fighter": FIGHTER, "cleric": CLERIC},
        starting_items={"fighter": {"copper": 1000, "torch": 1}, "cleric": {"copper": 200}},
        items={"key": "the store key", "torch": "a torch"},
        pins=("core@1.0.0#abc", "lamp@1.0.0#def"),
        definitions=PRICED,
        choices={"fighter": SWORDSMAN},
    )


class Game:
    """One table played in memory: commands in, events and state out. Chance comes from a fixed seed."""

    def __init__(self, dice: DiceSource | None = None, house_rules: dict[str, str] | None = None) -> None:
        """Open the table; `dice` overrides the provable source."""
        self.ids = CountingIds()
        self.content = content()
        self._scripted = dice
        self.log: list[Event] = []
        self.state = State()
        table = "tbl_00000000000000000000000001"
        salt = salt_for(table, ()).hex()
        events = open_table(
            table, "lamp", self.context(),
            space="spc_x", campaign="cmp_x", commitment=commitment(SEED).hex(), salt=salt, house_rules=house_rules,
        )  # fmt: skip
        self.log.extend(events)
        self.state = fold(events, State(id=table))
        self.last: tuple[Event, ...] = events

    def context(self) -> Context:
        """Return the context of the next decision."""
        dice = self._scripted
        if dice is None:
            salt = bytes.fromhex(self.state.dice.salt) if self.state.dice.salt else b""
            dice = ProvableDice(SEED, salt, self.state.dice.nonce)
        return Context(dice, NOW, self.ids, self.content)

    def send(self, data: CommandData, seat: str = HOST, at_turn: int | None = None) -> Reply:
        """Send a command and return its reply."""
        return self.give(command(self.ids("cmd"), seat, data, at_turn))

    def give(self, given: Command) -> Reply:
        """Decide a command that is made already."""
        decided = decide(self.state, given, self.context())
        self.last = decided.events
        self.log.extend(decided.events)
        self.state = decided.state
        return decided.reply

    def ok(self, data: CommandData, seat: str = HOST) -> tuple[Event, ...]:
        """Send a command that has to be accepted; return its events."""
        reply = self.send(data, seat)
        assert type(reply).__name__ == "Ack", reply
        return self.last

    def begin(self, *, guest: bool = False, companion: bool = False) -> "Game":
        """Sit down and start playing."""
        self.ok(Sit("fighter", "Ann"))
        if guest:
            self.ok(Sit("cleric", "Bob"), GUEST)
        if companion:
            self.ok(Sit("cleric", companion=True))
        self.ok(Ready())
        if guest:
            self.ok(Ready(), GUEST)
        return self

    def settle(self, most: int = 200) -> None:
        """Let everybody act whom nobody plays, until a player is asked."""
        for _ in range(most):
            data = automatic(self.state)
            if data is None:
                return
            self.ok(data, "")
        raise AssertionError("the table never comes to rest")

    def view(self, seat: str = HOST) -> SeatView:
        """Return a seat's view."""
        return view(self.state, seat)

    def option(self, option: str, seat: str = HOST) -> Option:
        """Return an option of a seat's view."""
        return next(o for o in self.view(seat).options if o.id == option)

    def creature(self, name: str) -> Any:
        """Return the creature of a name."""
        return next(c for c in self.state.stage.creatures.values() if c.sheet.name == name)

    def names(self) -> list[str]:
        """Return the names of the last events."""
        return [event.name for event in self.last]


__all__ = ["ADVENTURE", "GUEST", "HOST", "NOW", "SCENE", "EngineAct", "Game", "content"]
