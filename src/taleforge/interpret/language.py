"""How one language is heard, read from its data file, with every word brought to its root for matching.

A new language is a new file beside `data/en.toml`. Holds no names of the game: those come from the view.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

Does = Literal[
    "attack", "cast", "heal", "option", "tell", "say", "gesture", "move", "end_turn", "rest_short", "rest_long", "undo",
    "roll", "help", "look", "sheet", "map", "journal", "pause", "resume", "xcard", "ready", "sit", "claim",
]  # fmt: skip


class Stem(Struct, frozen=True):
    """A rule that takes an ending off: at least `keep` letters stay."""

    suffix: str
    replace: str
    keep: int
    undouble: bool = False


class Negation(Struct, frozen=True):
    """How a language says no."""

    words: tuple[str, ...]
    excluding: tuple[str, ...]
    slips: tuple[str, ...]
    cut: tuple[str, ...]
    cut_front: tuple[str, ...]
    idioms: tuple[str, ...]


class Questions(Struct, frozen=True):
    """How a language asks."""

    words: tuple[str, ...]
    copulas: tuple[str, ...]
    aux: tuple[str, ...]
    deeds: tuple[str, ...]
    after_aux: tuple[str, ...]
    phrases: tuple[str, ...]


class Conditions(Struct, frozen=True):
    """How a language says if and when."""

    words: tuple[str, ...]


class Speech(Struct, frozen=True):
    """Verbs whose words may follow without quotation marks, and words that are speech by themselves."""

    bare: tuple[str, ...]
    toward: tuple[str, ...]
    openers: tuple[str, ...]
    asking: tuple[str, ...]
    told: tuple[str, ...]
    greetings: tuple[str, ...]


class References(Struct, frozen=True):
    """Pronouns and general nouns by what they may mean."""

    mine: tuple[str, ...]
    weapons: tuple[str, ...]
    counters: tuple[str, ...]
    self: tuple[str, ...]
    he: tuple[str, ...]
    she: tuple[str, ...]
    it: tuple[str, ...]
    they: tuple[str, ...]
    one: tuple[str, ...]
    all: tuple[str, ...]
    us: tuple[str, ...]
    other: tuple[str, ...]
    foes: tuple[str, ...]
    friends: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    people: tuple[str, ...]
    everybody: tuple[str, ...]


class Answers(Struct, frozen=True):
    """How a question is answered, and which choices of a decision mean yes and no."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    yes_ids: tuple[str, ...]
    no_ids: tuple[str, ...]
    use: tuple[str, ...]
    words: dict[str, str] = {}
    """Words by which people choose an answer that has only a code."""


class Frame(Struct, frozen=True):
    """One kind of intent: how people say it and how it is carried out. `data/en.toml` explains the fields."""

    does: Does
    verbs: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    scene: dict[str, float] = {}
    roles: dict[str, str] = {}
    ranged: tuple[str, ...] = ()
    melee: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = {}
    armed: tuple[str, ...] = ()
    thrown: tuple[str, ...] = ()
    """Verbs whose object is what is thrown, and no weapon of the view unless it is named."""
    weak: tuple[str, ...] = ()
    mild: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    toward: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    needs: str = ""
    never: tuple[str, ...] = ()
    whole: bool = False
    exits: bool = False
    ways: bool = False
    lobby: bool = False


class Source(Struct, frozen=True):
    """A language file as it lies."""

    lang: str
    keyboard: tuple[str, ...]
    fillers: tuple[str, ...]
    filler_suffixes: tuple[str, ...]
    not_fillers: tuple[str, ...]
    articles: tuple[str, ...]
    abbreviations: tuple[str, ...]
    connectors: tuple[str, ...]
    leads: tuple[str, ...]
    yielding: tuple[str, ...]
    self_subjects: tuple[str, ...]
    other_subjects: tuple[str, ...]
    conjunctions: tuple[str, ...]
    courtesies: tuple[str, ...]
    links: tuple[str, ...]
    repeats: tuple[str, ...]
    prepositions: tuple[str, ...]
    spatial: tuple[str, ...]
    common: tuple[str, ...]
    synonyms: tuple[tuple[str, ...], ...]
    opposites: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    stems: tuple[Stem, ...]
    undouble: str
    final: str
    final_keep: int
    irregular: dict[str, str]
    expand: dict[str, str]
    negation: Negation
    question: Questions
    condition: Conditions
    speech: Speech
    reference: References
    ordinals: dict[str, int]
    numbers: dict[str, int]
    order: dict[str, str]
    directions: dict[str, tuple[int, int]]
    units: dict[str, int]
    answers: Answers
    frames: dict[str, Frame]


class Weights(Struct, frozen=True):
    """How much each sign counts in a score."""

    verb: float
    target: float
    content: float
    particle: float
    unknown_word: float
    unexplained: float
    unsaid: float
    verb_floor: float
    amiss: float
    own: float
    other_verb: float
    phrase: float
    synonym: float
    head: float
    typo: float
    not_head: float
    weak: float


class Typing(Struct, frozen=True):
    """What a slip of the finger costs, and how much a word of each length may cost in all."""

    transpose: float
    neighbour: float
    double: float
    missing: float
    extra: float
    wrong: float
    first: float
    budget: tuple[float, ...]


class Limits(Struct, frozen=True):
    """When to act, to ask and to give up (`data/limits.toml`)."""

    max_text: int
    max_tokens: int
    max_clauses: int
    act: float
    gap: float
    ask: float
    grave: float
    speech: float
    plain: float
    choices: int
    cached_views: int
    weights: Weights
    typing: Typing


class VerbPhrase(Struct, frozen=True):
    """One way to name a frame's deed, as roots; "_" stands for up to four words."""

    words: tuple[str, ...]
    frame: str
    text: str
    weak: bool


def load_limits() -> Limits:
    """Read the thresholds."""
    return msgspec.toml.decode(_data("limits.toml"), type=Limits)


@lru_cache(maxsize=8)
def load_language(lang: str) -> "Language":
    """Read a language by its tag; English when there is no file for it."""
    name = lang.partition("-")[0].lower()
    known = name.isalpha() and files("taleforge.interpret").joinpath("data", f"{name}.toml").is_file()
    return Language(msgspec.toml.decode(_data(f"{name if known else 'en'}.toml"), type=Source))


def _data(name: str) -> bytes:
    return files("taleforge.interpret").joinpath("data", name).read_bytes()


class Language:
    """A language ready for use: the source, and its word lists as roots."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._roots: dict[str, str] = {}
        self.fillers = self.roots(source.fillers)
        self.leads = self.roots(source.leads)
        self.yielding = self.roots(source.yielding)
        self.articles = frozenset(source.articles)
        self.connectors = tuple(sorted((tuple(text.split()) for text in source.connectors), key=len, reverse=True))
        self.self_words = self.roots(source.reference.self)
        self.negations = self.roots(source.negation.words)
        self.groups = {name: self.roots(words) for name, words in msgspec.structs.asdict(source.reference).items()}
        pronouns = frozenset(word for kind in ("he", "she", "they") for word in self.groups[kind])
        self.objects = pronouns.difference(source.other_subjects)
        self.order = {self.root(word): kind for word, kind in source.order.items()}
        self.synonyms = self._synonyms()
        self.stand_ins = self.groups["self"] | frozenset(source.reference.one)
        self.speaking = frozenset((*source.speech.bare, *source.speech.told, *source.speech.asking))
        self.general = frozenset(root for roots in self.groups.values() for root in roots) | self.order.keys()
        self.prepositions = frozenset(source.prepositions)
        self.particles = self.prepositions | frozenset(source.conjunctions)
        self.pairs = frozenset(text for text in source.prepositions if " " in text)
        self.opposites = self._opposites()
        self.grammatical = (
            self.general | self.leads | self.prepositions | self.negations | self.roots(source.question.words)
        )
        self.ordinals = {self.root(word): number for word, number in source.ordinals.items()}
        self.numbers = {self.root(word): number for word, number in source.numbers.items()}
        self.units = {self.root(word): feet for word, feet in source.units.items()}
        self.directions = {self.root(word): step for word, step in source.directions.items()}
        self.frames = source.frames
        self.verbs = self._verbs()

    def root(self, word: str) -> str:
        """Return the root of a word: what all its forms have in common."""
        known = self._roots.get(word)
        if known is None:
            known = self._root(word)
            if len(self._roots) < _MOST_ROOTS:
                self._roots[word] = known
        return known

    def roots(self, words: Iterable[str]) -> frozenset[str]:
        """Return the roots of words; of phrases, as words joined by spaces."""
        return frozenset(" ".join(self.phrase(word)) for word in words)

    def phrase(self, text: str) -> tuple[str, ...]:
        """Return the roots of a phrase of plain words."""
        return tuple(self.root(word) for word in text.split())

    def is_filler(self, word: str, root: str) -> bool:
        """Whether a word carries nothing: an article, a courtesy, an adverb of manner."""
        return root in self.fillers or (
            word.endswith(self.source.filler_suffixes) and len(word) > _SHORTEST_ADVERB and word not in self._solid
        )

    def vocabulary(self) -> Iterator[str]:
        """Every word that this file knows, as it is written."""
        source = self.source
        lists: list[Iterable[str]] = [
            source.fillers, source.leads, source.prepositions, source.irregular, source.irregular.values(),
            source.ordinals, source.numbers, source.order, source.directions, source.units, source.negation.words,
            source.question.words, source.question.aux, source.condition.words, source.speech.bare,
            source.speech.greetings, source.answers.yes, source.answers.no, source.answers.use,
            *source.synonyms, *msgspec.structs.asdict(source.reference).values(),
            *(words for frame in source.frames.values() for words in (frame.verbs, frame.ignore)),
        ]  # fmt: skip
        return (word for words in lists for text in words for word in text.split())

    @cached_property
    def _solid(self) -> frozenset[str]:
        return frozenset(self.source.not_fillers)

    def _root(self, word: str) -> str:
        source = self.source
        stem = source.irregular.get(word) or self._stem(word)
        return stem.removesuffix(source.final) if len(stem) > source.final_keep else stem

    def _stem(self, word: str) -> str:
        for rule in self.source.stems:
            kept = len(word) - len(rule.suffix)
            if kept >= rule.keep and word.endswith(rule.suffix):
                stem = word[:kept] + rule.replace
                doubled = rule.undouble and len(stem) > 1 and stem[-1] == stem[-2] and stem[-1] in self.source.undouble
                return stem[:-1] if doubled else stem
        return word

    def _opposites(self) -> dict[str, frozenset[str]]:
        table: dict[str, frozenset[str]] = {}
        for one, other in self.source.opposites:
            table.update(dict.fromkeys(self.roots(one), self.roots(other)))
            table.update(dict.fromkeys(self.roots(other), self.roots(one)))
        return table

    def _synonyms(self) -> dict[str, frozenset[str]]:
        table: dict[str, frozenset[str]] = {}
        for group in self.source.synonyms:
            roots = self.roots(group)
            for root in roots:
                table[root] = table.get(root, frozenset()) | roots
        return table

    def _verbs(self) -> dict[str, tuple[VerbPhrase, ...]]:
        table: dict[str, list[VerbPhrase]] = {}
        for name, frame in self.source.frames.items():
            for text in frame.verbs:
                words = tuple(self.root(w) for w in text.split() if w not in self.articles)
                if words:
                    table.setdefault(words[0], []).append(VerbPhrase(words, name, text, text in frame.weak))
        return {first: tuple(sorted(found, key=lambda verb: -len(verb.words))) for first, found in table.items()}


_MOST_ROOTS = 20_000
_SHORTEST_ADVERB = 4
