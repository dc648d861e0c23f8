import pytest

from taleforge.narration.language import load

EN = load("en-GB")


@pytest.mark.parametrize(
    ("lemma", "third"),
    [("swing", "swings"), ("miss", "misses"), ("catch", "catches"), ("go", "goes"), ("try", "tries"), ("sway", "sways"),
     ("be", "is"), ("have", "has"), ("will", "will"), ("do", "does"), ("fizzle", "fizzles"), ("fix", "fixes")],
)  # fmt: skip
def test_verbs_are_conjugated(lemma: str, third: str) -> None:
    """The third person singular has its ending; the plain form is the others'."""
    assert EN.verb(lemma, plural=False) == third
    assert EN.verb(lemma, plural=True) == {"be": "are"}.get(lemma, lemma)


@pytest.mark.parametrize(
    ("name", "count", "phrase"),
    [("Candle", 1, "a candle"), ("Candle", 2, "some candles"), ("Arrow", 20, "some arrows"), ("Axe", 1, "an axe"),
     ("Potion of healing", 1, "a potion of healing"), ("Potion of healing", 2, "some potions of healing"),
     ("Smugglers' ledger", 1, "the smugglers' ledger"), ("Hammer and nails", 1, "some hammer and nails"),
     ("the store key", 1, "the store key"), ("Flask of river brandy", 1, "a flask of river brandy"),
     ("Chain mail", 1, "some chain mail"), ("Hourglass", 1, "an hourglass"), ("Unicorn", 1, "a unicorn")],
)  # fmt: skip
def test_things_get_articles(name: str, count: int, phrase: str) -> None:
    """A thing that was not spoken of comes as "a", "an", "some" or "the", as its name asks."""
    assert EN.indefinite(name, count) == phrase


@pytest.mark.parametrize(
    ("name", "phrase"),
    [("cellar door", "the cellar door"), ("a chest", "the chest"), ("The Bell", "the Bell"), ("nets", "the nets")],
)
def test_known_things_are_definite(name: str, phrase: str) -> None:
    """A thing everybody knows of is "the"."""
    assert EN.definite(name) == phrase


@pytest.mark.parametrize(("place", "way"), [("the bar", "to the bar"), ("behind the bar", "behind the bar")])
def test_places_may_be_whereabouts_already(place: str, way: str) -> None:
    """One goes to the bar, but not to behind it."""
    assert EN.toward(place) == way


@pytest.mark.parametrize(
    ("weapon", "tags", "family"),
    [("Spear (two hands)", (), {"spear", "melee"}), ("Spear (thrown)", ("thrown",), {"ranged"}),
     ("Light crossbow", (), {"bow", "ranged"}), ("Frying pan", (), set()), ("Bites", (), {"jaws", "natural"})],
)  # fmt: skip
def test_weapons_have_families(weapon: str, tags: tuple[str, ...], family: set[str]) -> None:
    """What kind of weapon it is shows in its name, and nothing is guessed."""
    assert EN.families_of(weapon, tags) == family


@pytest.mark.parametrize(
    ("voice", "manner"),
    [("Brisk and dry. Changes the subject.", "brisk and dry"), ("Few words, most of them food.", ""), ("", "")],
)
def test_a_plain_voice_is_a_manner(voice: str, manner: str) -> None:
    """Only a voice that says in two words how it sounds is used to say so."""
    assert EN.manner(voice) == manner
