"""Views of a seat as the table makes them, for the interpreter's corpus: a tavern, two fights, a caster, a dark cellar,
a question pending, somebody else's turn and the lobby. Written out by hand; the real scene's views are tested beside.
"""

from taleforge.messages.views import (
    ActionInfo,
    Cost,
    DecisionChoice,
    DecisionView,
    FeatureInfo,
    FightInfo,
    InitiativeSlot,
    Lexicon,
    LexiconEntry,
    MapView,
    Option,
    OtherCreature,
    OwnCharacter,
    PregenInfo,
    SceneInfo,
    SeatInfo,
    SeatView,
    TableInfo,
    Target,
    Token,
    TurnInfo,
)
from taleforge.rules.creature import Area
from taleforge.rules.explain import Explanation
from tests.interpret.real import real_view

Cell = tuple[int, int]
LEGEND = {"#": "wall", ".": "floor", "+": "floor", "o": "low", "~": "difficult", "|": "pillar"}
TABLE = TableInfo("tbl_1", "barrels", "The Missing Barrels", "playing", "srd-5.1", "en", undo=3)
SEAT = SeatInfo("seat_1", "Ann", "host", "you")
ABILITIES = {"str": 16, "dex": 12, "con": 14, "int": 10, "wis": 11, "cha": 9}


def hero(
    name: str, pronouns: str, actions: tuple[ActionInfo, ...] = (), turn: TurnInfo | None = None, **more: object
) -> OwnCharacter:
    """Return a speaker's own character."""
    return OwnCharacter(
        "you", name, 2, {"fighter": 2}, ABILITIES, 18, 20, 0, Explanation(18, "ac", ()), 30, 2, {}, {}, "up",
        actions=actions, turn=turn, pronouns=pronouns, **more,  # type: ignore[arg-type]  # named as the struct has them
    )  # fmt: skip


def at(id_: str, name: str, targets: tuple[Target, ...], reach: int = 5) -> Option:
    """Return an attack option with one target to pick."""
    cost = Cost(action=True)
    return Option(f"act:{id_}", "attack", "option/attack", {"name": name}, None, targets, 1, cost, range=reach)


def spell(
    id_: str, name: str, targets: tuple[Target, ...], slots: tuple[int, ...] = (), *, pick: int = 1,
    bonus: bool = False, area: Area | None = None, reach: int = 60,
) -> Option:  # fmt: skip
    """Return an option to cast."""
    cost = Cost(action=not bonus, bonus=bonus, slots=slots)
    params: dict[str, str | int] = {"name": name}
    return Option(f"act:{id_}", "spell", "option/spell", params, None, targets, pick, cost, area=area, range=reach)


def basic(*ids: str) -> tuple[Option, ...]:
    """Return the basic actions."""
    return tuple(
        Option(f"act:{id_}", "basic", "option/basic", {"name": id_.capitalize()}, cost=Cost(action=True)) for id_ in ids
    )


def go(*targets: Target) -> Option:
    """Return the option to walk to a place, a person or a thing."""
    return Option("go:", "move", "option/go", {}, None, targets, 1)


def do(id_: str, verb: str, label: str, target: Target | None, *phrases: str, kind: str = "interaction") -> "Deed":
    """Return an interaction of the scene with its verb and phrases."""
    targets = (target,) if target else ()
    return Deed(Option(f"do:{id_}", kind, f"option/{verb}", {"verb": verb}, label, targets), verb, phrases)  # type: ignore[arg-type]  # one of the literals


class Deed:
    """An interaction option, its verb and its phrases."""

    def __init__(self, option: Option, verb: str, phrases: tuple[str, ...]) -> None:
        self.option, self.verb, self.phrases = option, verb, phrases


def lexicon(entries: tuple[LexiconEntry, ...], deeds: tuple[Deed, ...]) -> Lexicon:
    """Return a lexicon with the names in play and the deeds' phrases and verbs."""
    phrases = {deed.option.id: deed.phrases for deed in deeds if deed.phrases}
    return Lexicon("en", entries, phrases, {deed.option.id: deed.verb for deed in deeds})


def creature(id_: str, name: str, *aliases: str) -> LexiconEntry:
    """Return a creature's names."""
    return LexiconEntry(id_, "creature", name, aliases)


def who(id_: str, name: str) -> Target:
    """Return a creature as a target."""
    return Target(id_, "creature", name)


def thing(id_: str, name: str) -> Target:
    """Return a feature as a target."""
    return Target(id_, "feature", name)


def tokens(**cells: tuple[str, str, Cell]) -> dict[str, Token]:
    """Return tokens as id=(name, side, cell)."""
    return {crt: Token(crt, cell, name[0], side, name) for crt, (name, side, cell) in cells.items()}  # type: ignore[arg-type]  # one of the literals


def ground(*rows: str) -> MapView:
    """Return a lit map."""
    return MapView(len(rows[0]), len(rows), rows, tuple("b" * len(row) for row in rows), LEGEND)


def fight(round_: int, *order: tuple[str, str, str]) -> FightInfo:
    """Return an order of turns whose first is active."""
    slots = tuple(
        InitiativeSlot(crt, name, 20 - i, side, active=i == 0)  # type: ignore[arg-type]  # one of the literals
        for i, (crt, name, side) in enumerate(order)
    )
    return FightInfo(round_, 4, slots)


SWORDS = (
    ActionInfo("longsword", "Longsword", "action"),
    ActionInfo("dagger", "Dagger", "action"),
    ActionInfo("light_crossbow", "Light Crossbow", "action"),
    ActionInfo("second_wind", "Second Wind", "bonus"),
    ActionInfo("action_surge", "Action Surge", "free"),
)
WEAPON_WORDS = (
    LexiconEntry("act:longsword", "action", "Longsword", ("sword", "blade")),
    LexiconEntry("act:dagger", "action", "Dagger", ("knife",)),
    LexiconEntry("act:light_crossbow", "action", "Light Crossbow", ("crossbow", "bow")),
    LexiconEntry("act:second_wind", "action", "Second Wind"),
    LexiconEntry("act:action_surge", "action", "Action Surge"),
    LexiconEntry("potion_of_healing", "item", "Potion of Healing", ("healing potion", "potion")),
)

# ---------------------------------------------------------------- the tavern

MARTA, CORIN, HOB, ILSE = (
    who("crt_marta", "Marta"),
    who("crt_corin", "Corin"),
    who("crt_hob", "Old Hob"),
    who("crt_ilse", "Ilse"),
)
NOTICE, HEARTH, PAINTING = (
    thing("notice", "notice board"),
    thing("hearth", "hearth"),
    thing("painting", "painting of a ship"),
)
CELLAR_DOOR, FRONT_DOOR, STEW = (
    thing("cellar_door", "cellar door"),
    thing("front_door", "front door"),
    thing("stew", "pot of stew"),
)

TAVERN_DEEDS = (
    do("talk_marta", "talk", "Talk to Marta", MARTA, "chat with the barkeep", "greet Marta", kind="talk"),
    do(
        "ask_barrels",
        "ask",
        "Ask Marta about the missing barrels",
        MARTA,
        "what happened to the barrels",
        "who stole the ale",
        kind="talk",
    ),
    do(
        "ask_cellar",
        "ask",
        "Ask Marta about the noises in the cellar",
        MARTA,
        "what is down in the cellar",
        kind="talk",
    ),
    do("ask_corin", "ask", "Ask Marta what she knows of Corin", MARTA, "who is that young man", kind="talk"),
    do(
        "persuade_key",
        "persuade",
        "Persuade Marta to lend you the cellar key",
        MARTA,
        "get the key from Marta",
        "convince her to hand over the key",
        kind="talk",
    ),
    do(
        "deceive_inspector",
        "deceive",
        "Tell Marta you are the excise inspector",
        MARTA,
        "pretend to be a tax collector",
        "bluff Marta",
        kind="talk",
    ),
    do("talk_corin", "talk", "Talk to Corin", CORIN, "sit down with Corin", kind="talk"),
    do("ask_debt", "ask", "Ask Corin about his debt", CORIN, "how much money does he owe", kind="talk"),
    do("intimidate_corin", "intimidate", "Threaten Corin until he talks", CORIN, "scare Corin", kind="talk"),
    do("pay_corin", "pay", "Pay Corin's debt (5 gold)", CORIN, "settle what Corin owes", "give Corin five gold"),
    do("show_ring", "show", "Show Corin the silver ring", CORIN, "hold out the ring"),
    do("give_hob", "give", "Buy Old Hob a mug of ale", HOB, "give the old man a drink", "get Hob a beer"),
    do(
        "ask_hob", "ask", "Ask Old Hob about the smugglers' tunnel", HOB, "what does he know of the tunnel", kind="talk"
    ),
    do("read_notice", "read", "Read the notice board", NOTICE, "look at the notices", "check the postings"),
    do("search_hearth", "search", "Search the hearth", HEARTH, "look in the ashes", "poke around the fireplace"),
    do("examine_painting", "examine", "Look closely at the painting", PAINTING, "study the picture"),
    do("search_room", "search", "Search the taproom", None, "look for hidden things", "search the inn"),
    do("take_poker", "take", "Take the iron poker", HEARTH, "grab the poker"),
    do("pick_cellar", "pick_lock", "Pick the lock of the cellar door", CELLAR_DOOR, "use thieves' tools on the lock"),
    do("force_cellar", "force", "Force the cellar door", CELLAR_DOOR, "break the door down", "shoulder it open"),
    do("listen_cellar", "listen", "Listen at the cellar door", CELLAR_DOOR, "put an ear to the door"),
    do("eat_stew", "eat", "Eat a bowl of stew", STEW, "have some supper"),
    do("leave", "use", "Leave the inn by the front door", FRONT_DOOR, "go home", "walk out", kind="exit"),
)
TAVERN_WORDS = (
    creature("crt_marta", "Marta", "barkeep", "innkeeper", "landlady"),
    creature("crt_corin", "Corin", "young man", "lad"),
    creature("crt_hob", "Old Hob", "Hob", "drunk", "old man"),
    creature("crt_ilse", "Ilse", "Sister Ilse", "cleric", "priestess"),
    LexiconEntry("notice", "feature", "notice board", ("notices", "board")),
    LexiconEntry("hearth", "feature", "hearth", ("fireplace", "fire")),
    LexiconEntry("painting", "feature", "painting of a ship", ("picture", "painting")),
    LexiconEntry("cellar_door", "feature", "cellar door", ("trapdoor",)),
    LexiconEntry("front_door", "feature", "front door", ("exit",)),
    LexiconEntry("stew", "feature", "pot of stew", ("stew", "pot")),
    LexiconEntry("zone_bar", "zone", "the bar", ("counter",)),
    LexiconEntry("zone_corner", "zone", "the corner table", ("corner",)),
    LexiconEntry("barrels", "topic", "the missing barrels", ("barrels", "ale")),
    LexiconEntry("silver_ring", "item", "silver ring", ("ring",)),
)
TAVERN_MAP = ground(
    "####################",
    "#..................#",
    "#..oooo............#",
    "#..................#",
    "#..........oo......#",
    "+..........oo......#",
    "#..................#",
    "#.....oo...........#",
    "#.....oo...........#",
    "#..................#",
    "####################",
)
TAVERN = SeatView(
    12,
    TABLE,
    SEAT,
    scene=SceneInfo(
        "tavern",
        "The Salted Eel",
        "A low, smoky taproom.",
        zone="the door",
        features={
            "notice": FeatureInfo("notice", "notice board", cells=((1, 8),)),
            "hearth": FeatureInfo("hearth", "hearth", "Cold ash.", cells=((18, 5),)),
            "painting": FeatureInfo("painting", "painting of a ship", cells=((10, 1),)),
            "cellar_door": FeatureInfo("cellar_door", "cellar door", state="locked", cells=((17, 9),)),
            "front_door": FeatureInfo("front_door", "front door", state="closed", cells=((0, 5),)),
            "stew": FeatureInfo("stew", "pot of stew", cells=((17, 4),)),
        },
    ),
    you=hero("Brannic Stone", "he", SWORDS, items={"potion_of_healing": 1, "silver_ring": 1}, coins=1500),
    others={
        "crt_marta": OtherCreature(
            "crt_marta", "Marta", "neutral", "unhurt", "humanoid", "A broad woman in an apron.", "she", "friendly"
        ),
        "crt_corin": OtherCreature(
            "crt_corin",
            "Corin",
            "neutral",
            "unhurt",
            "humanoid",
            "Thin, nervous, a scar on his cheek.",
            "he",
            "indifferent",
        ),
        "crt_hob": OtherCreature(
            "crt_hob",
            "Old Hob",
            "neutral",
            "unhurt",
            "humanoid",
            "A grey fisherman asleep on his arms.",
            "he",
            "indifferent",
        ),
        "crt_ilse": OtherCreature(
            "crt_ilse", "Ilse", "party", "unhurt", "humanoid", "A cleric in a patched cloak.", "she", hp=14, max_hp=17
        ),
    },
    map=TAVERN_MAP,
    tokens=tokens(
        you=("Brannic Stone", "party", (2, 5)),
        crt_ilse=("Ilse", "party", (2, 6)),
        crt_marta=("Marta", "neutral", (5, 1)),
        crt_corin=("Corin", "neutral", (16, 8)),
        crt_hob=("Old Hob", "neutral", (11, 3)),
    ),
    options=(
        *(deed.option for deed in TAVERN_DEEDS),
        at("longsword", "Longsword", (MARTA, CORIN, HOB)),
        at("dagger", "Dagger", (MARTA, CORIN, HOB)),
        at("light_crossbow", "Light Crossbow", (MARTA, CORIN, HOB), 80),
        *basic("hide"),
        Option(
            "act:potion_of_healing",
            "feature",
            "option/feature",
            {"name": "Potion of Healing"},
            None,
            (who("you", "Brannic Stone"), ILSE),
            1,
            Cost(action=True),
        ),
        Option("act:second_wind", "feature", "option/feature", {"name": "Second Wind"}, cost=Cost(bonus=True)),
        go(
            Target("zone_bar", "zone", "the bar"),
            Target("zone_corner", "zone", "the corner table"),
            MARTA,
            CORIN,
            HOB,
            NOTICE,
            HEARTH,
            PAINTING,
            CELLAR_DOOR,
            FRONT_DOOR,
            STEW,
        ),
        Option("rest:short", "rest", "option/rest_short"),
    ),
    lexicon=lexicon((*TAVERN_WORDS, *WEAPON_WORDS), TAVERN_DEEDS),
)

# ---------------------------------------------------------------- a fight at close quarters

G1, G2, RAT, SKARN = (
    who("crt_g1", "Goblin 1"),
    who("crt_g2", "Goblin 2"),
    who("crt_rat", "Giant Rat"),
    who("crt_skarn", "Skarn"),
)
NEAR_DEEDS = (
    do(
        "intimidate_skarn",
        "intimidate",
        "Order Skarn to surrender",
        SKARN,
        "tell him to give up",
        "make them yield",
        kind="talk",
    ),
    do(
        "tip_barrels",
        "use",
        "Tip the stack of barrels over",
        thing("barrels", "stack of barrels"),
        "push the barrels down",
        "knock over the barrels",
    ),
    do(
        "flee_ladder",
        "use",
        "Flee up the ladder",
        thing("ladder", "ladder"),
        "climb out",
        "run away up the ladder",
        kind="exit",
    ),
)
NEAR = SeatView(
    40,
    TABLE,
    SEAT,
    scene=SceneInfo(
        "cellar",
        "The cellar",
        "Damp stone and stacked casks.",
        features={
            "barrels": FeatureInfo("barrels", "stack of barrels", cells=((8, 2),)),
            "door": FeatureInfo("door", "iron door", state="closed", cells=((13, 4),)),
            "ladder": FeatureInfo("ladder", "ladder", cells=((1, 1),)),
        },
    ),
    you=hero(
        "Brannic Stone",
        "he",
        SWORDS,
        TurnInfo(30, True, True, True),
        items={"potion_of_healing": 1},
        coins=1500,
    ),
    others={
        "crt_g1": OtherCreature("crt_g1", "Goblin 1", "foe", "unhurt", "humanoid", "", "it"),
        "crt_g2": OtherCreature("crt_g2", "Goblin 2", "foe", "bloodied", "humanoid", "A goblin in a red cap.", "it"),
        "crt_rat": OtherCreature("crt_rat", "Giant Rat", "foe", "hurt", "beast", "", "it"),
        "crt_skarn": OtherCreature("crt_skarn", "Skarn", "foe", "unhurt", "humanoid", "A big goblin in chain.", "he"),
        "crt_ilse": OtherCreature("crt_ilse", "Ilse", "party", "hurt", "humanoid", "", "she", hp=6, max_hp=17),
    },
    map=ground(
        "###############",
        "#.............#",
        "#.......o.....#",
        "#.............#",
        "#............+#",
        "#.............#",
        "#.............#",
        "###############",
    ),
    tokens=tokens(
        you=("Brannic Stone", "party", (4, 4)),
        crt_ilse=("Ilse", "party", (2, 4)),
        crt_g1=("Goblin 1", "foe", (5, 4)),
        crt_g2=("Goblin 2", "foe", (7, 3)),
        crt_rat=("Giant Rat", "foe", (4, 5)),
        crt_skarn=("Skarn", "foe", (12, 4)),
    ),
    fight=fight(
        2,
        ("you", "Brannic Stone", "party"),
        ("crt_g1", "Goblin 1", "foe"),
        ("crt_g2", "Goblin 2", "foe"),
        ("crt_ilse", "Ilse", "party"),
        ("crt_rat", "Giant Rat", "foe"),
        ("crt_skarn", "Skarn", "foe"),
    ),
    options=(
        at("longsword", "Longsword", (G1, RAT)),
        at("dagger", "Dagger", (G1, RAT)),
        at("light_crossbow", "Light Crossbow", (G1, G2, RAT, SKARN), 80),
        *basic("dash", "dodge", "disengage", "hide"),
        Option("act:help_ally", "basic", "option/basic", {"name": "Help ally"}, None, (ILSE,), 1, Cost(action=True)),
        Option("act:second_wind", "feature", "option/feature", {"name": "Second Wind"}, cost=Cost(bonus=True)),
        Option("act:action_surge", "feature", "option/feature", {"name": "Action Surge"}),
        Option(
            "act:potion_of_healing",
            "feature",
            "option/feature",
            {"name": "Potion of Healing"},
            None,
            (who("you", "Brannic Stone"), ILSE),
            1,
            Cost(action=True),
        ),
        go(
            ILSE, G2, SKARN, thing("barrels", "stack of barrels"), thing("door", "iron door"), thing("ladder", "ladder")
        ),
        Option("turn:end", "turn", "option/end_turn"),
        *(deed.option for deed in NEAR_DEEDS),
    ),
    lexicon=lexicon(
        (
            creature("crt_g1", "Goblin 1", "goblin"),
            creature("crt_g2", "Goblin 2", "goblin"),
            creature("crt_rat", "Giant Rat", "rat"),
            creature("crt_skarn", "Skarn", "boss", "goblin boss", "chief"),
            creature("crt_ilse", "Ilse", "Sister Ilse", "cleric"),
            LexiconEntry("barrels", "feature", "stack of barrels", ("barrels", "casks")),
            LexiconEntry("door", "feature", "iron door"),
            LexiconEntry("ladder", "feature", "ladder"),
            *WEAPON_WORDS,
        ),
        NEAR_DEEDS,
    ),
)

# ---------------------------------------------------------------- a fight at a distance

R1, R2, BANDIT = who("crt_r1", "Giant Rat 1"), who("crt_r2", "Giant Rat 2"), who("crt_bandit", "Bandit")
FAR = SeatView(
    77,
    TABLE,
    SEAT,
    scene=SceneInfo(
        "tunnel",
        "The tunnel",
        "A long tunnel propped with ship's timber.",
        features={
            "pillar": FeatureInfo("pillar", "stone pillar", cells=((6, 3),)),
            "boat": FeatureInfo("boat", "rowing boat", cells=((17, 2),)),
        },
    ),
    you=hero("Brannic Stone", "he", SWORDS, TurnInfo(30, True, True, True), coins=1500),
    others={
        "crt_r1": OtherCreature("crt_r1", "Giant Rat 1", "foe", "unhurt", "beast", "", "it"),
        "crt_r2": OtherCreature("crt_r2", "Giant Rat 2", "foe", "hurt", "beast", "", "it"),
        "crt_bandit": OtherCreature(
            "crt_bandit", "Bandit", "foe", "unhurt", "humanoid", "A woman with a lantern.", "she"
        ),
        "crt_tom": OtherCreature("crt_tom", "Tom", "party", "unhurt", "humanoid", "", "he", hp=9, max_hp=9),
    },
    map=ground(
        "####################",
        "#..................#",
        "#..................#",
        "#.....|............#",
        "#..................#",
        "####################",
    ),
    tokens=tokens(
        you=("Brannic Stone", "party", (2, 2)),
        crt_tom=("Tom", "party", (1, 3)),
        crt_r1=("Giant Rat 1", "foe", (9, 1)),
        crt_r2=("Giant Rat 2", "foe", (12, 4)),
        crt_bandit=("Bandit", "foe", (16, 2)),
    ),
    fight=fight(
        1,
        ("you", "Brannic Stone", "party"),
        ("crt_r1", "Giant Rat 1", "foe"),
        ("crt_r2", "Giant Rat 2", "foe"),
        ("crt_bandit", "Bandit", "foe"),
        ("crt_tom", "Tom", "party"),
    ),
    options=(
        at("light_crossbow", "Light Crossbow", (R1, R2, BANDIT), 80),
        *basic("dash", "dodge", "disengage", "hide"),
        Option("act:second_wind", "feature", "option/feature", {"name": "Second Wind"}, cost=Cost(bonus=True)),
        go(R1, R2, BANDIT, who("crt_tom", "Tom"), thing("pillar", "stone pillar"), thing("boat", "rowing boat")),
        Option("turn:end", "turn", "option/end_turn"),
    ),
    lexicon=Lexicon(
        "en",
        (
            creature("crt_r1", "Giant Rat 1", "rat", "giant rat"),
            creature("crt_r2", "Giant Rat 2", "rat", "giant rat"),
            creature("crt_bandit", "Bandit"),
            creature("crt_tom", "Tom", "Tom Thistle", "halfling"),
            LexiconEntry("pillar", "feature", "stone pillar"),
            LexiconEntry("boat", "feature", "rowing boat"),
            *WEAPON_WORDS,
        ),
    ),
)

# ---------------------------------------------------------------- a cleric in a fight

YOU_ILSE, BRANNIC, TOM = who("you", "Ilse"), who("crt_brannic", "Brannic Stone"), who("crt_tom", "Tom")
S1, S2, ZOMBIE = who("crt_s1", "Skeleton 1"), who("crt_s2", "Skeleton 2"), who("crt_zombie", "Zombie")
FRIENDS, UNDEAD = (YOU_ILSE, BRANNIC, TOM), (S1, S2, ZOMBIE)
SPELL_WORDS = (
    LexiconEntry("act:bless", "spell", "Bless"),
    LexiconEntry("act:cure_wounds", "spell", "Cure Wounds"),
    LexiconEntry("act:healing_word", "spell", "Healing Word"),
    LexiconEntry("act:guiding_bolt", "spell", "Guiding Bolt"),
    LexiconEntry("act:sacred_flame", "spell", "Sacred Flame"),
    LexiconEntry("act:shield_of_faith", "spell", "Shield of Faith"),
    LexiconEntry("act:burning_hands", "spell", "Burning Hands"),
    LexiconEntry("act:spiritual_weapon", "spell", "Spiritual Weapon"),
    LexiconEntry("act:mace", "action", "Mace"),
    LexiconEntry("act:turn_undead", "action", "Turn Undead", ("channel divinity",)),
)
CASTER = SeatView(
    90,
    TABLE,
    SeatInfo("seat_2", "Bea", "player", "you"),
    scene=SceneInfo(
        "crypt", "The crypt", "Niches of old bones.", features={"altar": FeatureInfo("altar", "altar", cells=((6, 1),))}
    ),
    you=hero(
        "Ilse",
        "she",
        (
            ActionInfo("mace", "Mace", "action"),
            ActionInfo("bless", "Bless", "action", 1),
            ActionInfo("cure_wounds", "Cure Wounds", "action", 1),
            ActionInfo("healing_word", "Healing Word", "bonus", 1),
            ActionInfo("guiding_bolt", "Guiding Bolt", "action", 1),
            ActionInfo("sacred_flame", "Sacred Flame", "action", 0),
            ActionInfo("shield_of_faith", "Shield of Faith", "bonus", 1),
            ActionInfo("burning_hands", "Burning Hands", "action", 1),
            ActionInfo("spiritual_weapon", "Spiritual Weapon", "bonus", 2),
            ActionInfo("turn_undead", "Turn Undead", "action"),
        ),
        TurnInfo(30, True, True, True),
    ),
    others={
        "crt_brannic": OtherCreature(
            "crt_brannic", "Brannic Stone", "party", "bloodied", "humanoid", "", "he", hp=5, max_hp=20
        ),
        "crt_tom": OtherCreature("crt_tom", "Tom", "party", "dying", "humanoid", "", "he", hp=0, max_hp=9),
        "crt_s1": OtherCreature("crt_s1", "Skeleton 1", "foe", "unhurt", "undead", "", "it"),
        "crt_s2": OtherCreature("crt_s2", "Skeleton 2", "foe", "bloodied", "undead", "", "it"),
        "crt_zombie": OtherCreature("crt_zombie", "Zombie", "foe", "hurt", "undead", "", "it"),
    },
    map=ground(
        "############",
        "#..........#",
        "#..........#",
        "#..........#",
        "#..........#",
        "############",
    ),
    tokens=tokens(
        you=("Ilse", "party", (2, 2)),
        crt_brannic=("Brannic Stone", "party", (4, 2)),
        crt_tom=("Tom", "party", (3, 3)),
        crt_s1=("Skeleton 1", "foe", (5, 2)),
        crt_s2=("Skeleton 2", "foe", (8, 3)),
        crt_zombie=("Zombie", "foe", (3, 1)),
    ),
    fight=fight(
        3,
        ("you", "Ilse", "party"),
        ("crt_s1", "Skeleton 1", "foe"),
        ("crt_s2", "Skeleton 2", "foe"),
        ("crt_zombie", "Zombie", "foe"),
        ("crt_brannic", "Brannic Stone", "party"),
        ("crt_tom", "Tom", "party"),
    ),
    options=(
        at("mace", "Mace", (ZOMBIE,)),
        spell("sacred_flame", "Sacred Flame", UNDEAD),
        spell("guiding_bolt", "Guiding Bolt", UNDEAD, (1, 2), reach=120),
        spell("bless", "Bless", FRIENDS, (1, 2), pick=3, reach=30),
        spell("cure_wounds", "Cure Wounds", FRIENDS, (1, 2), reach=5),
        spell("healing_word", "Healing Word", FRIENDS, (1, 2), bonus=True),
        spell("shield_of_faith", "Shield of Faith", FRIENDS, (1, 2), bonus=True),
        spell("burning_hands", "Burning Hands", (), (1, 2), area=Area("cone", 15), reach=0),
        Option("act:turn_undead", "feature", "option/feature", {"name": "Turn Undead"}, cost=Cost(action=True)),
        *basic("dash", "dodge", "disengage"),
        Option(
            "act:help_ally", "basic", "option/basic", {"name": "Help ally"}, None, (BRANNIC, TOM), 1, Cost(action=True)
        ),
        go(BRANNIC, S1, S2, TOM, thing("altar", "altar")),
        Option("turn:end", "turn", "option/end_turn"),
    ),
    lexicon=Lexicon(
        "en",
        (
            creature("crt_brannic", "Brannic Stone", "Brannic", "fighter"),
            creature("crt_tom", "Tom", "Tom Thistle", "halfling"),
            creature("crt_s1", "Skeleton 1", "skeleton"),
            creature("crt_s2", "Skeleton 2", "skeleton"),
            creature("crt_zombie", "Zombie"),
            LexiconEntry("altar", "feature", "altar"),
            *SPELL_WORDS,
        ),
    ),
)

# ---------------------------------------------------------------- questions pending

SHIELD = SeatView(
    55,
    TABLE,
    SEAT,
    scene=NEAR.scene,
    you=NEAR.you,
    others=NEAR.others,
    map=NEAR.map,
    tokens=NEAR.tokens,
    fight=NEAR.fight,
    decisions=(
        DecisionView(
            "dec_1",
            "reaction",
            "decision/shield",
            (
                DecisionChoice("use", "choice/use_reaction", {"name": "Shield", "slot": 1}),
                DecisionChoice("decline", "choice/decline"),
            ),
            "decline",
            {"name": "Shield", "attacker": "Goblin 1", "target": "Brannic Stone"},
        ),
    ),
    lexicon=NEAR.lexicon,
)
CHOICE = SeatView(
    56,
    TABLE,
    SEAT,
    scene=TAVERN.scene,
    you=TAVERN.you,
    others=TAVERN.others,
    map=TAVERN.map,
    tokens=TAVERN.tokens,
    decisions=(
        DecisionView(
            "dec_2",
            "choice",
            "decision/choose",
            (
                DecisionChoice("gold", "choice/label", label="Take the purse of gold"),
                DecisionChoice("map", "choice/label", label="Take the old sea chart"),
                DecisionChoice("nothing", "choice/label", label="Leave both where they are"),
            ),
            "nothing",
        ),
    ),
    lexicon=TAVERN.lexicon,
)

# ---------------------------------------------------------------- somebody else's turn, and the lobby

WAITING = SeatView(
    41,
    TABLE,
    SEAT,
    scene=NEAR.scene,
    you=NEAR.you,
    others=NEAR.others,
    map=NEAR.map,
    tokens=NEAR.tokens,
    fight=fight(2, ("crt_g1", "Goblin 1", "foe"), ("you", "Brannic Stone", "party")),
    lexicon=NEAR.lexicon,
)
LOBBY = SeatView(
    2,
    TableInfo("tbl_1", "barrels", "The Missing Barrels", "lobby", "srd-5.1", "en"),
    SeatInfo("seat_1", "Ann", "host"),
    pregens={
        "brannic": PregenInfo("brannic", "Brannic Stone", {"fighter": 2}, "A patient soldier.", 20, 18),
        "ilse": PregenInfo("ilse", "Ilse", {"cleric": 2}, "A wandering priestess.", 17, 16),
    },
)

# ---------------------------------------------------------------- a dark cellar

CRATES, RACK, GRATE, LADDER = (
    thing("crates", "crates"),
    thing("rack", "wine rack"),
    thing("grate", "rusty grate"),
    thing("ladder", "ladder"),
)
DARK_DEEDS = (
    do("search_crates", "search", "Search the crates", CRATES, "rummage through the boxes", "look inside the crates"),
    do("search_cellar", "search", "Search the cellar walls", None, "look for secret doors"),
    do("examine_rack", "examine", "Examine the wine rack", RACK, "look at the bottles"),
    do("take_bottle", "take", "Take a bottle of wine", RACK, "grab a bottle"),
    do("listen_grate", "listen", "Listen at the grate", GRATE, "put your ear to the bars"),
    do("force_grate", "force", "Bend the bars of the grate", GRATE, "pull the grate open", "wrench the grate loose"),
    do("unlock_grate", "unlock", "Unlock the grate with the brass key", GRATE, "use the brass key"),
    do("sneak_grate", "sneak", "Sneak past the sleeping dog", who("crt_dog", "Dog"), "tiptoe around the dog"),
    do("feed_dog", "give", "Give the dog some dried meat", who("crt_dog", "Dog"), "feed the dog"),
    do("up_ladder", "use", "Climb back up the ladder", LADDER, "go back upstairs", kind="exit"),
)
DARK = SeatView(
    30,
    TABLE,
    SEAT,
    scene=SceneInfo(
        "cellar",
        "The cellar",
        "Black as pitch beyond your lantern.",
        features={
            "crates": FeatureInfo("crates", "crates", cells=((3, 2),)),
            "rack": FeatureInfo("rack", "wine rack", cells=((7, 1),)),
            "grate": FeatureInfo("grate", "rusty grate", state="locked", cells=((10, 3),)),
            "ladder": FeatureInfo("ladder", "ladder", cells=((1, 1),)),
        },
    ),
    you=hero("Tom Thistle", "he", SWORDS[1:2], items={"brass_key": 1}, coins=80),
    others={
        "crt_dog": OtherCreature("crt_dog", "Dog", "neutral", "unhurt", "beast", "A big brown dog, asleep.", "it"),
        "crt_ilse": OtherCreature("crt_ilse", "Ilse", "party", "unhurt", "humanoid", "", "she", hp=17, max_hp=17),
    },
    map=ground(
        "############",
        "#..........#",
        "#..........#",
        "#.........++",
        "#..........#",
        "############",
    ),
    tokens=tokens(
        you=("Tom Thistle", "party", (2, 3)), crt_ilse=("Ilse", "party", (1, 2)), crt_dog=("Dog", "neutral", (8, 3))
    ),
    options=(
        *(deed.option for deed in DARK_DEEDS),
        at("dagger", "Dagger", (who("crt_dog", "Dog"),)),
        *basic("hide"),
        go(CRATES, RACK, GRATE, LADDER, who("crt_dog", "Dog"), who("crt_ilse", "Ilse")),
        Option("rest:short", "rest", "option/rest_short"),
        Option("rest:long", "rest", "option/rest_long"),
    ),
    lexicon=lexicon(
        (
            creature("crt_dog", "Dog", "mastiff", "hound"),
            creature("crt_ilse", "Ilse", "cleric"),
            LexiconEntry("crates", "feature", "crates", ("boxes",)),
            LexiconEntry("rack", "feature", "wine rack", ("rack", "bottles")),
            LexiconEntry("grate", "feature", "rusty grate", ("grate", "bars")),
            LexiconEntry("ladder", "feature", "ladder"),
            LexiconEntry("brass_key", "item", "brass key", ("key",)),
            LexiconEntry("act:dagger", "action", "Dagger", ("knife",)),
        ),
        DARK_DEEDS,
    ),
)

VIEWS = {
    "tavern": TAVERN, "near": NEAR, "far": FAR, "caster": CASTER, "shield": SHIELD, "choice": CHOICE,
    "waiting": WAITING, "lobby": LOBBY, "dark": DARK,
}  # fmt: skip


def view_of(name: str) -> SeatView:
    """Return a view by its name in the corpus."""
    return VIEWS[name] if name in VIEWS else real_view(name)
