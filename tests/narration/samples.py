"""Briefs made up for tests: sensible ones, and ones that nobody would send."""

from hypothesis import strategies as st

from taleforge.messages.brief import Actor, Beat, Brief, Place

CODES = (
    "attack.hit", "attack.missed", "attack.critical", "attack.fumbled", "damage.taken", "check.passed", "check.failed",
    "save.passed", "save.failed", "tried.ask", "tried.force", "tried.persuade", "tried.dance", "moved", "item.gained",
    "item.given", "coins.gained", "coins.given", "ending", "fight.began", "fight.ended", "creature.joined",
    "creature.left", "healed", "temp_hp.gained", "condition.gained", "condition.lost", "concentration.ended",
    "spell.cast", "reaction.used", "turn.spent", "death_save.made", "died", "revived", "rest.taken", "time.passed",
    "scene.entered", "party.placed", "clue.found", "feature.revealed", "feature.changed", "npc.attitude_changed",
    "side.changed", "quest.advanced", "said", "gesture", "told", "table.rewound",
)  # fmt: skip

VALUES: dict[str, tuple[str | int, ...]] = {
    "gesture": ("bow", "shake head", "wave"),
    "name": ("Longsword", "Guiding Bolt", "Spear (thrown)", "cellar door"),
    "action": ("longsword", "guiding_bolt", "spear_thrown", "bless", "dodge", "grapple", "hide", "second_wind"),
    "type": ("fire", "slashing", "radiant", "poison"),
    "change": ("resisted", "doubled", "immune"),
    "none": (0, 1),
    "was": ("unhurt", "hurt", "bloodied"),
    "skill": ("perception", "athletics"),
    "thing": ("cellar door", "nets"),
    "topic": ("the tolling", "work"),
    "success": (0, 1),
    "kind": ("walk", "forced", "teleport", "stand", "short", "long"),
    "zone": ("the bar", "behind the bar"),
    "item": ("Candle", "Potion of healing", "Smugglers' ledger", "Hammer and nails"),
    "count": (1, 3),
    "state": ("open", "locked", "broken", "singing"),
    "attitude": ("friendly", "hostile"),
    "side": ("foe", "party", "neutral"),
    "reason": ("victory", "truce", "fled", "damage", "over"),
    "key": ("prone", "guiding_bolt", "bless", "unheard_of"),
    "outcome": ("success", "failure", "stable", "up", "dead"),
    "minutes": (0, 10, 120),
    "tone": ("warm", "whisper", "odd"),
    "title": ("A bell that gets tired",),
}
PEOPLE = (
    ("crt_a", "Marrick Hale", True), ("crt_b", "Odda Marl", True), ("crt_c", "the pot-boy", False),
    ("crt_d", "Giant Rat", False), ("crt_e", "Giant Rat", False), ("crt_f", "Old Tom", True),
)  # fmt: skip
WORDS = ("Rain on the shutters.", "Who is there?", "Never!", "A lantern, and behind it nobody.")


def actor(key: str, name: str, pronouns: str = "they", **more: object) -> Actor:
    """Return an actor."""
    return Actor(key, name, pronouns, **more)  # type: ignore[arg-type]


def brief(*beats: Beat, actors: tuple[Actor, ...] = (), seed: int = 7, **more: object) -> Brief:
    """Return a Brief of some beats."""
    return Brief("tbl_x", 9, "en", actors={one.id: one for one in actors}, beats=beats, seed=seed, **more)  # type: ignore[arg-type]


HERO = actor("crt_a", "Marrick Hale", "he", side="party", kind="humanoid", you=True)
FRIEND = actor("crt_b", "Ysolde Reed", "she", side="party", kind="humanoid")
LADY = actor("crt_c", "the landlady", "she", kind="humanoid", proper=False)
RAT = actor("crt_d", "Giant Rat", "it", side="foe", kind="beast", proper=False)
EVERYBODY = (HERO, FRIEND, LADY, RAT)


@st.composite
def sensible(draw: st.DrawFn) -> Brief:
    """Return a Brief such as a table might send, in any order."""
    you = draw(st.sampled_from((None, *(key for key, _, _ in PEOPLE))))
    pronouns, kinds = st.sampled_from(("he", "she", "it", "they")), st.sampled_from(("beast", "humanoid", "undead", ""))
    healths = st.sampled_from(("unhurt", "hurt", "bloodied", "dying", "dead"))
    actors = {
        key: Actor(
            key, name, draw(pronouns), "foe", draw(kinds), proper=proper, health=draw(healths), you=key == you
        )
        for key, name, proper in PEOPLE
    }  # fmt: skip
    who = st.sampled_from((None, *actors))
    beats = draw(st.lists(st.builds(_beat, st.sampled_from(CODES), who, who, _params(), st.sampled_from(WORDS))))
    place = draw(st.sampled_from((None, Place("The Inn", zone="the bar", light="dim", fighting=True))))
    return Brief("tbl_x", 9, "en", (), place, actors, tuple(beats), seed=draw(st.integers(0, 10**6)))


def _params() -> st.SearchStrategy[dict[str, str | int]]:
    return st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in VALUES.items()})


def _beat(code: str, who: str | None, whom: str | None, params: dict[str, str | int], text: str) -> Beat:
    worded = code in {"said", "told", "ending", "scene.entered", "clue.found", "quest.advanced"}
    return Beat(9, code, who, whom, params, text if worded else None)


_TEXT = st.text(max_size=40)
_CODE = st.one_of(st.sampled_from(CODES), st.sampled_from([f"{code.partition('.')[0]}.x" for code in CODES]), _TEXT)
_WILD_BEAT = st.builds(
    Beat, st.integers(), _CODE, st.none() | st.sampled_from("abc"), st.none() | st.sampled_from("abc"),
    st.dictionaries(st.one_of(st.sampled_from(sorted(VALUES)), _TEXT), st.one_of(_TEXT, st.integers())),
    st.none() | _TEXT,
)  # fmt: skip
_WILD_ACTOR = st.builds(
    Actor, _TEXT, _TEXT, _TEXT, st.sampled_from(("party", "foe", "neutral")), _TEXT, _TEXT, _TEXT, st.booleans(),
    st.sampled_from(("unhurt", "hurt", "bloodied", "dying", "dead")), st.booleans(),
)  # fmt: skip
WILD = st.builds(
    Brief, _TEXT, st.integers(), _TEXT, st.just(()), st.none() | st.builds(Place, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT),
    st.dictionaries(st.sampled_from("abc"), _WILD_ACTOR), st.lists(_WILD_BEAT, max_size=6).map(tuple),
    st.lists(_TEXT, max_size=2).map(tuple), st.lists(_TEXT, max_size=2).map(tuple), st.integers(),
)  # fmt: skip
"""Briefs of anything at all."""
