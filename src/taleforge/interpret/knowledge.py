"""What a view knows, made ready for matching: who and what can be spoken of, and what each option is called.

Made once for a view and kept while the view is. Does not know anything that the view does not say.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Literal

from msgspec import Struct

from taleforge.interpret.language import Language, Limits
from taleforge.interpret.spelling import Speller
from taleforge.interpret.text import Said, Token, plain, said
from taleforge.messages.views import Lexicon, Option, OtherCreature, SeatView
from taleforge.rules.values import FEET_PER_CELL, Cell

Roots = tuple[str, ...]
Sort = Literal["creature", "feature", "zone", "item", "spell", "action", "topic"]


class Entity(Struct, frozen=True, gc=False):
    """Somebody or something that words may mean."""

    id: str
    sort: Sort
    name: str
    number: int = 0
    """The number in a name like "Goblin 2"."""
    creature: OtherCreature | None = None
    me: bool = False
    cells: tuple[Cell, ...] = ()
    look: frozenset[str] = frozenset()
    feet: int = 0
    """How far from the speaker's character, in feet; 0 when unknown."""


class Known(Struct, frozen=True, gc=False):
    """An option with the words that it goes by."""

    option: Option
    verb: str
    tail: str
    names: tuple[Roots, ...]
    """What it is called: an action's or spell's name."""
    phrases: tuple[Roots, ...]
    content: frozenset[str]
    targets: frozenset[str]


class Mention(Struct, frozen=True, gc=False):
    """Words of a clause that name something: tokens `start` up to `end`, and whom they may mean."""

    start: int
    end: int
    ids: tuple[str, ...]
    weight: float


class Knowledge:
    """A view, compiled: entities by id and by name, options with their words, and the spelling of them all."""

    def __init__(self, view: SeatView, language: Language, limits: Limits, base: Speller) -> None:
        self.view = view
        self.language = language
        self.limits = limits
        self.me = view.you.id if view.you else None
        self.lexicon = view.lexicon or Lexicon(view.table.lang)
        self._aliases_of = {entry.ref: entry.aliases for entry in self.lexicon.entries}
        self.entities = self._entities()
        self.aliases: dict[Roots, dict[str, float]] = {}
        self._phrases: list[Said] = []
        self._name_everything()
        self._add_synonyms()
        self._remember_choices()
        self._names = self._names_by_id()
        self.options = tuple(self._known(option) for option in view.options)
        self.frequency = self._frequencies()
        self.joined = {phrase.joined: phrase.words for phrase in self._phrases if phrase.joined}
        words = set(self.joined).union(*(phrase.words for phrase in self._phrases))
        self.speller = base.with_names(language, words)
        self._longest = max((len(alias) for alias in self.aliases), default=1)
        self._beginnings = frozenset(alias[0] for alias in self.aliases)
        self._mentions: dict[Roots, list[Mention]] = {}
        self._wholes: dict[Roots, float] = {}

    def mentions(self, tokens: Sequence[Token]) -> list[Mention]:
        """Return what the tokens name, without overlap: at each place the longest name."""
        key = tuple(token.root for token in tokens)
        known = self._mentions.get(key)
        if known is None:
            known = self._mentions[key] = self._find_mentions(key)
            if len(self._mentions) > _MOST_MENTIONS:
                self._mentions.clear()
        return known

    def _find_mentions(self, roots: Roots) -> list[Mention]:
        found: list[Mention] = []
        at = 0
        while at < len(roots):
            mention = self._mention_at(roots, at) if roots[at] in self._beginnings else None
            if mention:
                found.append(mention)
            at = mention.end if mention else at + 1
        return found

    def weight(self, root: str) -> float:
        """Return how telling a word is: rare among the options tells more; unknown words tell little."""
        if root in self.language.prepositions:
            return self.limits.weights.particle
        count = self.frequency.get(root)
        return self.limits.weights.unknown_word if count is None else 1 / (1 + 0.15 * (count - 1))

    def whole(self, phrase: Roots) -> float:
        """Return how telling all words of a phrase are together."""
        weight = self._wholes.get(phrase)
        if weight is None:
            weight = self._wholes[phrase] = sum(map(self.weight, phrase))
        return weight

    def names_of(self, id_: str) -> frozenset[str]:
        """Return the roots that somebody or something is named with."""
        return self._names.get(id_, frozenset())

    def roots(self, text: str) -> Roots:
        """Return the telling roots of a name or phrase."""
        return self._said(text).roots

    def _said(self, text: str) -> Said:
        """Return a name or phrase made ready, and remember its words for the spelling."""
        phrase = said(text, self.language)
        self._phrases.append(phrase)
        return phrase

    def _mention_at(self, roots: Roots, at: int) -> Mention | None:
        for length in range(min(self._longest, len(roots) - at), 0, -1):
            ids = self.aliases.get(roots[at : at + length])
            if ids:
                best = max(ids.values())
                return Mention(at, at + length, tuple(i for i, weight in ids.items() if weight == best), best)
        return None

    # ------------------------------------------------------------ entities

    def _entities(self) -> dict[str, Entity]:
        found = {entity.id: entity for entity in (*self._creatures(), *self._features())}
        for entry in self.lexicon.entries:
            found.setdefault(entry.ref, Entity(entry.ref, entry.kind, entry.name, _number(entry.name)))
        for option in self.view.options:
            for target in option.targets:
                if target.kind != "cell":
                    found.setdefault(target.id, Entity(target.id, target.kind, target.name, _number(target.name)))
        return found

    def _creatures(self) -> Iterator[Entity]:
        you = self.view.you
        if you:
            yield Entity(you.id, "creature", you.name, me=True, cells=self._cell(you.id), look=self._look(you.look))
        for other in self.view.others.values():
            cells = self._cell(other.id)
            look = self._look(f"{other.look} {other.kind}")
            number = _number(other.name)
            yield Entity(
                other.id, "creature", other.name, number, other, cells=cells, look=look, feet=self._feet(cells)
            )

    def _features(self) -> Iterator[Entity]:
        for feature in self.view.scene.features.values() if self.view.scene else ():
            look = self._look(feature.look)
            yield Entity(
                feature.id, "feature", feature.name, cells=feature.cells, look=look, feet=self._feet(feature.cells)
            )

    def _cell(self, crt: str) -> tuple[Cell, ...]:
        token = self.view.tokens.get(crt)
        return (token.cell,) if token else ()

    def _feet(self, cells: tuple[Cell, ...]) -> int:
        mine = self._cell(self.me) if self.me else ()
        return min((distance(mine[0], cell) for cell in cells), default=0) if mine else 0

    def _look(self, text: str) -> frozenset[str]:
        return frozenset(said(text, self.language).roots) - self.language.grammatical if text else frozenset()

    # ------------------------------------------------------------ names

    def _name_everything(self) -> None:
        for entity in self.entities.values():
            self._name(entity, entity.name)
        for entry in self.lexicon.entries:
            entity = self.entities[entry.ref]
            for name in (entry.name, *entry.aliases):
                if name != entity.name:
                    self._name(entity, name)

    def _name(self, entity: Entity, name: str) -> None:
        phrase = self._said(name)
        roots = phrase.roots
        if not roots:
            return
        self._alias(roots, entity.id, 1.0)
        if phrase.head != roots:
            self._alias(phrase.head, entity.id, 1.0 if entity.number else self.limits.weights.head)
        if name == entity.name and len(roots) > 1 and self._is_person(entity, roots[0]):
            self._alias(roots[:1], entity.id, 1.0)

    def _is_person(self, entity: Entity, first: str) -> bool:
        """Whether a first name may stand for the whole: "Brannic Stone", but not "Giant Rat", which is a kind."""
        if entity.sort != "creature" or entity.number or not entity.name[:1].isupper():
            return False
        return all(first not in said(alias, self.language).roots for alias in self._aliases_of.get(entity.id, ()))

    def _add_synonyms(self) -> None:
        """Let other words for the same thing name it, though not as well as its own."""
        synonyms = self.language.synonyms
        named = [(alias[0], {**ids}) for alias, ids in self.aliases.items() if len(alias) == 1 and alias[0] in synonyms]
        for root, ids in named:
            for other in synonyms[root]:
                for id_, weight in ids.items():
                    self._alias((other,), id_, weight * self.limits.weights.synonym)

    def _remember_choices(self) -> None:
        """Know the words of what waits to be chosen, for the spelling."""
        for decision in self.view.decisions:
            for choice in decision.choices:
                self.roots(f"{choice.label or ''} {choice.params.get('name', '')}")
        for pregen in self.view.pregens.values():
            self.roots(f"{pregen.name} {' '.join(pregen.classes)} {pregen.look}")

    def _names_by_id(self) -> dict[str, frozenset[str]]:
        names: dict[str, set[str]] = {}
        for alias, ids in self.aliases.items():
            for id_ in ids:
                names.setdefault(id_, set()).update(alias)
        return {id_: frozenset(roots) for id_, roots in names.items()}

    def _alias(self, roots: Roots, id_: str, weight: float) -> None:
        ids = self.aliases.setdefault(roots, {})
        ids[id_] = max(weight, ids.get(id_, 0.0))

    # ------------------------------------------------------------ options

    def _known(self, option: Option) -> Known:
        tail = option.id.partition(":")[2].partition("@")[0] or option.id
        spoken = (option.label or "", *self.lexicon.phrases.get(option.id, ()))
        called = (str(option.params.get("name", "")), tail.replace("_", " "), *self._aliases_of.get(option.id, ()))
        words = _words(spoken, called, self.language)
        self._phrases.extend(words.said)
        targets = frozenset(target.id for target in option.targets)
        verb = self.lexicon.verbs.get(option.id, "")
        return Known(option, verb, tail, words.names, words.phrases, words.content, targets)

    def _frequencies(self) -> dict[str, int]:
        named = dict.fromkeys(chain.from_iterable(self.aliases), 1)
        return {**named, **Counter(chain.from_iterable(known.content for known in self.options))}


def distance(a: Cell, b: Cell) -> int:
    """Return how far apart two cells are, in feet, diagonals as long as sides (SRD 5.1, "Movement and Position")."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1])) * FEET_PER_CELL


class _Words(Struct, frozen=True, gc=False):
    """The words of an option, made ready. They are the same in every view that offers it."""

    phrases: tuple[Roots, ...]
    names: tuple[Roots, ...]
    content: frozenset[str]
    said: tuple[Said, ...]


@lru_cache(maxsize=5_000)
def _words(spoken: tuple[str, ...], called: tuple[str, ...], language: Language) -> _Words:
    """Return the phrases and names of an option, and all their roots with the words that may stand for them."""
    phrases, names = ([said(text, language) for text in texts if text] for texts in (spoken, called))
    roots = {root for phrase in (*phrases, *names) for root in phrase.roots}
    content = frozenset(roots.union(*(language.synonyms.get(root, ()) for root in roots)))
    return _Words(
        tuple(phrase.roots for phrase in phrases), tuple(name.roots for name in names), content, (*phrases, *names)
    )  # fmt: skip


def _number(name: str) -> int:
    last = plain(name).rpartition(" ")[2]
    return int(last) if last.isdecimal() and len(last) < 4 else 0


_MOST_MENTIONS = 200
