"""What a view knows, made ready for matching: who and what can be spoken of, and what each option is called.

Made once for a view and kept while the view is. Does not know anything that the view does not say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import chain

from msgspec import Struct

from taleforge.interpret.language import Language, Limits
from taleforge.interpret.names import Named, Roots, Sort, names, words_in
from taleforge.interpret.spelling import Speller
from taleforge.interpret.text import Token, plain, said
from taleforge.messages.views import Lexicon, Option, OtherCreature, SeatView
from taleforge.rules.values import FEET_PER_CELL, Cell


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
        self._called: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for entry in self.lexicon.entries:
            self._called[entry.ref] += (entry.name, *entry.aliases)
        self.entities = self._entities()
        people, things = self._named(people=True), self._named(people=False)
        self._ids_of_people, self._ids_of_things = tuple(people), tuple(things)
        self._people, self._things = (
            names(tuple(named.values()), language, limits.weights) for named in (people, things)
        )
        self._names_of = dict(zip((*people, *things), (*self._people.of, *self._things.of), strict=True))
        self._longest = max(self._people.longest, self._things.longest)
        words = [self._words(option) for option in view.options]
        self.options = tuple(map(self._known, view.options, words))
        self._counts = Counter(chain.from_iterable(known.content for known in self.options))
        offered, self.joined = words_in([said(text, language) for text in self._offered()])
        for each in (self._people, self._things, *words):
            self.joined |= each.joined
        known = offered.union(self._people.words, self._things.words, *(each.words for each in words))
        self.speller = base.with_names(language, known)
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
            begins = roots[at] in self._people.beginnings or roots[at] in self._things.beginnings
            mention = self._mention_at(roots, at) if begins else None
            if mention:
                found.append(mention)
            at = mention.end if mention else at + 1
        return found

    def weight(self, root: str) -> float:
        """Return how telling a word is: rare among the options tells more; unknown words tell little."""
        if root in self.language.prepositions:
            return self.limits.weights.particle
        if not self.tells(root):
            return self.limits.weights.unknown_word
        return 1 / (1 + 0.15 * (self._counts.get(root, 1) - 1))

    def tells(self, root: str) -> bool:
        """Whether a word is in any name, or in what any option goes by."""
        return root in self._counts or root in self._people.roots or root in self._things.roots

    def whole(self, phrase: Roots) -> float:
        """Return how telling all words of a phrase are together."""
        weight = self._wholes.get(phrase)
        if weight is None:
            weight = self._wholes[phrase] = sum(map(self.weight, phrase))
        return weight

    def named(self, roots: Roots) -> dict[str, float]:
        """Return the ids of whom or what a name may stand for, and how well."""
        found: dict[str, float] = {}
        for kind, ids in (self._people, self._ids_of_people), (self._things, self._ids_of_things):
            meant = kind.aliases.get(roots)
            if meant:
                found |= {ids[place]: weight for place, weight in meant.items()}
        return found

    def names_of(self, id_: str) -> Set[str]:
        """Return the roots that somebody or something is named with."""
        return self._names_of.get(id_, frozenset[str]())

    def roots(self, text: str) -> Roots:
        """Return the telling roots of a name or phrase."""
        return said(text, self.language).roots

    def _mention_at(self, roots: Roots, at: int) -> Mention | None:
        for length in range(min(self._longest, len(roots) - at), 0, -1):
            ids = self.named(roots[at : at + length])
            if ids:
                best = max(ids.values())
                return Mention(at, at + length, tuple(i for i, weight in ids.items() if weight == best), best)
        return None

    # ------------------------------------------------------------ entities

    def _entities(self) -> dict[str, Entity]:
        found = {entity.id: entity for entity in (*self._creatures(), *self._features())}
        for entry in self.lexicon.entries:
            if entry.ref not in found:
                found[entry.ref] = Entity(entry.ref, entry.kind, entry.name, _number(entry.name))
        for option in self.view.options:
            for target in option.targets:
                if target.kind != "cell" and target.id not in found:
                    found[target.id] = Entity(target.id, target.kind, target.name, _number(target.name))
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

    def _named(self, *, people: bool) -> dict[str, Named]:
        """Return what creatures are called, or what everything else is: of the two, creatures come and go more."""
        return {
            entity.id: Named(entity.sort, entity.name, entity.number, self._others(entity))
            for entity in self.entities.values()
            if (entity.sort == "creature") == people
        }

    def _others(self, entity: Entity) -> tuple[str, ...]:
        return tuple([name for name in self._called.get(entity.id, ()) if name != entity.name])

    def _offered(self) -> Iterator[str]:
        """Yield what waits to be chosen, for the spelling."""
        for decision in self.view.decisions:
            for choice in decision.choices:
                yield f"{choice.label or ''} {choice.params.get('name', '')}"
        for pregen in self.view.pregens.values():
            yield f"{pregen.name} {' '.join(pregen.classes)} {pregen.look}"

    # ------------------------------------------------------------ options

    def _words(self, option: Option) -> "_Words":
        spoken = (option.label or "", *self.lexicon.phrases.get(option.id, ()))
        aliases = self._aliases_of.get(option.id, ())
        called = (str(option.params.get("name", "")), _tail(option.id).replace("_", " "), *aliases)
        return _words(spoken, called, self.language)

    def _known(self, option: Option, words: "_Words") -> Known:
        targets = frozenset(target.id for target in option.targets)
        verb = self.lexicon.verbs.get(option.id, "")
        return Known(option, verb, _tail(option.id), words.names, words.phrases, words.content, targets)


@lru_cache(maxsize=5_000)
def _tail(option: str) -> str:
    return option.partition(":")[2].partition("@")[0] or option


def distance(a: Cell, b: Cell) -> int:
    """Return how far apart two cells are, in feet, diagonals as long as sides (SRD 5.1, "Movement and Position")."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1])) * FEET_PER_CELL


class _Words(Struct, frozen=True, gc=False):
    """The words of an option, made ready. They are the same in every view that offers it."""

    phrases: tuple[Roots, ...]
    names: tuple[Roots, ...]
    content: frozenset[str]
    words: frozenset[str]
    joined: dict[str, tuple[str, ...]]


@lru_cache(maxsize=5_000)
def _words(spoken: tuple[str, ...], called: tuple[str, ...], language: Language) -> _Words:
    """Return the phrases and names of an option, and all their roots with the words that may stand for them."""
    phrases, named = ([said(text, language) for text in texts if text] for texts in (spoken, called))
    roots = {root for phrase in (*phrases, *named) for root in phrase.roots}
    content = frozenset(roots.union(*(language.synonyms.get(root, ()) for root in roots)))
    return _Words(
        tuple(phrase.roots for phrase in phrases), tuple(name.roots for name in named), content,
        *words_in((*phrases, *named)),
    )  # fmt: skip


@lru_cache(maxsize=5_000)
def _number(name: str) -> int:
    last = plain(name).rpartition(" ")[2]
    return int(last) if last.isdecimal() and len(last) < 4 else 0


_MOST_MENTIONS = 200
