"""A language as its data files give it: pronouns, verbs, articles, phrases, families of words.

A new language is a new folder beside `data/en`. Does not know what a Brief is.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from msgspec import Struct

from taleforge.narration.templates import Case, Template, parse, tags_of

PHRASES = ("fight", "magic", "story")
FORMS: tuple[Case, ...] = ("s", "o", "p", "r")


class Pronoun(Struct, frozen=True):
    """A pronoun in its cases; `plural` says which form of a verb goes with it."""

    subject: str
    object: str
    possessive: str
    reflexive: str
    plural: bool = False

    def form(self, case: Case) -> str:
        """Return it in a case."""
        return {"p": self.possessive, "r": self.reflexive, "o": self.object}.get(case, self.subject)


class Ending(Struct, frozen=True):
    """A rule of inflection: a word that matches loses `cut` letters and gains `add`."""

    matches: str
    add: str
    cut: int = 0


class Verbs(Struct, frozen=True):
    """How verbs agree: endings of the third person singular, and verbs that do as they like (singular, plural)."""

    endings: tuple[Ending, ...]
    irregular: dict[str, tuple[str, str]]


class Nouns(Struct, frozen=True):
    """How names of things are put into sentences."""

    definite: str
    indefinite: str
    indefinite_vowel: str
    some: str
    vowel: str
    """What a word looks like that takes `indefinite_vowel`."""
    determiners: tuple[str, ...]
    places: tuple[str, ...]
    """First words of a place's name that make it a whereabouts ("behind the bar") rather than a thing."""
    toward: str
    somebody: str
    mass: tuple[str, ...]
    plural: tuple[Ending, ...]
    is_plural: str
    of: str
    possessive: str
    names_whole: tuple[str, ...]
    """First words of a name that never stand alone ("old", "captain")."""
    ordinals: tuple[str, ...]
    conjunction: str
    rest: str


class Grammar(Struct, frozen=True):
    """The grammar of a language as it lies."""

    quotes: tuple[str, str]
    manner: str
    """What a voice looks like that can follow "says, "."""
    pronouns: dict[str, Pronoun]
    verbs: Verbs
    nouns: Nouns


class Words(Struct, frozen=True):
    """What things are, for choosing words: weapons by family, spells by what they look like, plain words for names."""

    weapons: dict[str, tuple[str, ...]]
    nouns: dict[str, str]
    """What an action is called in a sentence, where its name will not do."""
    plural: tuple[str, ...]
    ranged: tuple[str, ...]
    """Families that strike from afar."""
    natural: tuple[str, ...]
    """Families that grow on whoever strikes."""


class Family(Struct, frozen=True):
    """A subject somebody may not want to hear of: names for it, words it shows by, kinds of telling it shows in."""

    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class Claim(Struct, frozen=True):
    """Words that say that something came about, and words that take it back."""

    words: tuple[str, ...]


class Truths(Struct, frozen=True):
    """What the truth check listens for."""

    units: tuple[str, ...]
    numbers: tuple[str, ...]
    terms: tuple[str, ...]
    common: tuple[str, ...]
    negations: tuple[str, ...]
    claims: dict[str, Claim]


Pools = dict[str, dict[str, tuple[Template, ...]]]


@lru_cache(maxsize=8)
def load(lang: str) -> "Language":
    """Read a language by its tag; English when there is none."""
    name = lang.partition("-")[0].lower()
    return Language(name if name.isalpha() and name.isascii() and _folder(name).is_dir() else "en")


def _folder(name: str) -> Traversable:
    return files("taleforge.narration").joinpath("data", name)


class Language:
    """A language ready for use. Files are read when they are first needed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _data(self, name: str) -> bytes:
        return _folder(self.name).joinpath(f"{name}.toml").read_bytes()

    @cached_property
    def grammar(self) -> Grammar:
        """Pronouns, verbs, nouns."""
        return msgspec.toml.decode(self._data("grammar"), type=Grammar)

    @cached_property
    def words(self) -> Words:
        """Families of words."""
        return msgspec.toml.decode(self._data("words"), type=Words)

    @cached_property
    def subjects(self) -> dict[str, Family]:
        """Subjects of lines and veils."""
        return msgspec.toml.decode(self._data("safety"), type=dict[str, Family])

    @cached_property
    def truths(self) -> Truths:
        """What the truth check listens for."""
        return msgspec.toml.decode(self._data("truth"), type=Truths)

    @cached_property
    def pools(self) -> Pools:
        """Every way of saying something: by kind, then by what has to be the case ("any": always)."""
        found: Pools = {}
        for name in PHRASES:
            for kind, ways in msgspec.toml.decode(self._data(name), type=dict[str, dict[str, tuple[str, ...]]]).items():
                part = kind.startswith("part.")
                found[kind] = {tag: tuple(parse(source, part=part) for source in way) for tag, way in ways.items()}
        return found

    @cached_property
    def asked(self) -> dict[str, frozenset[str]]:
        """The tags that the ways of saying each kind of thing ask for; no others matter."""
        return {kind: frozenset(tag for key in ways for tag in tags_of(key)) for kind, ways in self.pools.items()}

    @cached_property
    def fitting(self) -> dict[tuple[str, frozenset[str], frozenset[str]], tuple[Template, ...]]:
        """Ways of saying that fit, by kind, tags and slots: what was looked up before."""
        return {}

    @cached_property
    def families(self) -> dict[str, str]:
        """The family of each weapon."""
        return {weapon: family for family, weapons in self.words.weapons.items() for weapon in weapons}

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that the ways of saying are made of, in small letters, and every pronoun."""
        said = (way.source for *_, way in self.templates())
        pronouns = (pronoun.form(case) for pronoun in self.grammar.pronouns.values() for case in FORMS)
        return frozenset(word.lower() for text in (*said, *pronouns) for word in re.findall(r"[^\W\d_]+", text))

    def templates(self) -> Iterator[tuple[str, str, Template]]:
        """Return every template with its kind and tag."""
        for kind, ways in self.pools.items():
            for tag, templates in ways.items():
                for template in templates:
                    yield kind, tag, template

    def verb(self, lemma: str, *, plural: bool) -> str:
        """Return a verb in the present tense."""
        if lemma in self.grammar.verbs.irregular:
            return self.grammar.verbs.irregular[lemma][plural]
        return lemma if plural else inflect(lemma, self.grammar.verbs.endings)

    def pronoun(self, name: str) -> Pronoun | None:
        """Return a pronoun by its subject ("she", or the first of "she/her"); None when there is none such."""
        return self.grammar.pronouns.get(name.partition("/")[0].strip().lower())

    def families_of(self, weapon: str, tags: Collection[str]) -> frozenset[str]:
        """Return what kind of weapon something is, and how it reaches; nothing when nobody knows."""
        noun = self.weapon(weapon)
        family = self.families.get(noun) or self.families.get(noun.rpartition(" ")[2], "")
        if "thrown" in tags:
            return frozenset(("ranged",))
        if "spell" in tags or family in self.words.ranged:
            return frozenset((family, "ranged"))
        return frozenset((family, "natural" if family in self.words.natural else "melee")) if family else frozenset()

    def manner(self, voice: str) -> str:
        """Return how somebody speaks, where the first words of their voice say it plainly: "brisk and dry"."""
        first = voice.partition(".")[0].strip()
        return small(first) if re.fullmatch(self.grammar.manner, first) else ""

    def definite(self, name: str) -> str:
        """Return a thing's name as one that is known: "a chest" and "chest" are "the chest"."""
        nouns = self.grammar.nouns
        first, _, rest = name.partition(" ")
        if first.lower() in {nouns.indefinite, nouns.indefinite_vowel} and rest:
            return f"{nouns.definite} {rest}"
        if first.lower() in nouns.determiners and rest:
            return first.lower() + " " + rest
        return f"{nouns.definite} {small(name)}"

    def indefinite(self, name: str, count: int = 1) -> str:
        """Return things by name as ones nobody knew of: "a candle", "some candles", "the cellar's key"."""
        nouns = self.grammar.nouns
        name = small(name)
        if name.partition(" ")[0] in nouns.determiners:
            return name
        if nouns.possessive in name or f"s{nouns.possessive[0]} " in name:
            return f"{nouns.definite} {name}"
        if count > 1:
            return f"{nouns.some} {self.plural(name)}"
        if self.is_plural(name) or name.partition(nouns.of)[0].rpartition(" ")[2] in nouns.mass:
            return f"{nouns.some} {name}"
        vowel = re.match(nouns.vowel, name)
        return f"{nouns.indefinite_vowel if vowel else nouns.indefinite} {name}"

    def weapon(self, name: str, action: str = "") -> str:
        """Return what to call a weapon or attack in a sentence: "Spear (thrown)" is a "spear"."""
        return self.words.nouns.get(action) or name.partition(" (")[0].lower()

    def toward(self, place: str) -> str:
        """Return a way to a place: "to the bar", but "behind the bar" as it is."""
        nouns = self.grammar.nouns
        return place if place.partition(" ")[0].lower() in nouns.places else f"{nouns.toward} {place}"

    def plural(self, noun: str) -> str:
        """Return more than one of a noun: "potions of healing"."""
        head, of, rest = noun.partition(self.grammar.nouns.of)
        return (head if self.is_plural(head) else inflect(head, self.grammar.nouns.plural)) + of + rest

    def is_plural(self, noun: str) -> bool:
        """Whether a noun already means more than one."""
        head = noun.partition(self.grammar.nouns.of)[0]
        return head in self.words.plural or bool(re.search(self.grammar.nouns.is_plural, head))

    def both(self, names: list[str]) -> str:
        """Return names joined: "Ann, Bob and Cy"; of very many, the first few and the rest."""
        nouns = self.grammar.nouns
        shown = names if len(names) <= 4 else [*names[:3], nouns.rest]
        return f" {nouns.conjunction} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))

    def quoted(self, text: str) -> str:
        """Return words between quotation marks."""
        return text.join(self.grammar.quotes)


def inflect(word: str, endings: Iterable[Ending]) -> str:
    """Return a word with the first ending that fits it."""
    for ending in endings:
        if re.search(ending.matches, word):
            return word[: len(word) - ending.cut] + ending.add
    return word


def small(name: str) -> str:
    """Return a name with a small first letter, unless it is written in capitals."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]
