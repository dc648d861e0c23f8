"""Whom and what words mean: names, pronouns, "the second goblin", "the wounded one by the door", "both rats", "me".

Chooses among what the view shows, and says how sure it is. Does not invent anybody.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, structs

from taleforge.interpret.knowledge import Entity, Knowledge, distance
from taleforge.interpret.text import Token

Filter = Callable[[Entity], bool]
Qualifier = tuple[str, Sequence[Token]]
"""A preposition and its words, which say more about who is meant: "by the door", "in the red cap"."""


class Found(Struct, frozen=True, gc=False):
    """What a phrase may mean: ids, the likeliest first; when not `many` and more than one, they are equally likely."""

    ids: tuple[str, ...] = ()
    many: bool = False
    sure: float = 0.0
    named: bool = False
    """Whether the phrase has a name that the view knows, though perhaps not among those asked for."""

    @property
    def clear(self) -> bool:
        """Whether it is one and only one."""
        return len(self.ids) == 1


class Context(Struct, frozen=True, gc=False):
    """What helps to understand a phrase: the view, and whom the words before spoke of, the last first."""

    knowledge: Knowledge
    recent: tuple[str, ...] = ()


NOTHING = Found()


def resolve(phrase: Sequence[Token], context: Context, pool: Filter, qualifiers: Sequence[Qualifier] = ()) -> Found:
    """Return what a phrase (with its "by the door") means among those that `pool` lets through."""
    joined = any(t.norm in context.knowledge.language.source.conjunctions for t in phrase)
    parts = _conjuncts(phrase, context.knowledge) if joined else []
    found = [part for tokens in parts if (part := resolve(tokens, context, pool, qualifiers)).ids]
    if len(found) > 1:
        return _union(found)
    return _Search([t for t in phrase if t.kind in {"word", "number"}], context, pool).found(qualifiers)


def _conjuncts(phrase: Sequence[Token], knowledge: Knowledge) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in phrase:
        if token.kind == "comma" or token.norm in knowledge.language.source.conjunctions:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _union(found: Iterable[Found]) -> Found:
    parts = list(found)
    ids = tuple(dict.fromkeys(i for part in parts for i in (part.ids if part.many else part.ids[:1])))
    return Found(ids, len(ids) > 1, min(part.sure for part in parts), named=True)


class _Search:
    """The search for whom one phrase means: by name, by pronoun or class, by look; then narrowed by what describes."""

    def __init__(self, tokens: list[Token], context: Context, pool: Filter) -> None:
        self._tokens = tokens
        self._recent = context.recent
        self._knowledge = context.knowledge
        self._language = context.knowledge.language
        self._pool = pool

    def found(self, qualifiers: Sequence[Qualifier]) -> Found:
        """Return whom the phrase means."""
        if not self._tokens:
            return NOTHING
        base = self._by_name() or self._by_class() or self._by_order() or self._by_look()
        return self._narrowed(self._doubted(base), qualifiers) if base.ids else base

    def _candidates(self) -> list[Entity]:
        return [entity for entity in self._knowledge.entities.values() if self._pool(entity)]

    # ------------------------------------------------------------ who comes into question

    def _by_name(self) -> Found | None:
        """Return those whose name the phrase has; nobody, but named, when they are not in the pool."""
        outside = False
        for mention in self._knowledge.mentions(self._tokens):
            entities = [self._knowledge.entities[i] for i in mention.ids]
            inside = tuple(entity.id for entity in entities if self._pool(entity))
            if inside:
                words = self._tokens[mention.start : mention.end]
                many = len(inside) > 1 and any(_is_plural(t) for t in words)
                return Found(inside, many, mention.weight - 0.1 * any(t.slip for t in words), named=True)
            outside = outside or any(e.sort in {"creature", "feature", "zone"} for e in entities)
        pronoun = any(t.norm in self._language.stand_ins for t in self._tokens)
        return Found(named=True) if outside and not pronoun else None

    def _by_class(self) -> Found | None:
        """Return those that a pronoun or a general noun means."""
        everybody = self._candidates()
        others = [entity for entity in everybody if not entity.me]
        for token in self._tokens:
            if token.norm in self._language.self_words:
                return Found(tuple(e.id for e in everybody if e.me), sure=1.0, named=True)
            if token.norm in self._language.source.reference.everybody:
                return self._friends(everybody, token)
            chosen = self._pronoun(token.norm, others) or self._class(token, others)
            if chosen:
                return Found(tuple(e.id for e in chosen), _is_plural(token) and len(chosen) > 1, 0.8)
        return None

    def _friends(self, everybody: list[Entity], token: Token) -> Found:
        """Return the party for "everybody"; for "my friends", the party without the speaker."""
        chosen = [e for e in everybody if e.me or (e.creature and e.creature.side == "party")] or everybody
        if token.root in self._language.groups["friends"]:
            chosen = [e for e in chosen if not e.me]
        return Found(tuple(e.id for e in chosen), many=True, sure=0.9, named=True)

    def _pronoun(self, norm: str, others: list[Entity]) -> list[Entity]:
        """Return whom a pronoun means: whoever was spoken of last and fits, else all who fit."""
        kinds = {kind for kind in ("he", "she", "it", "they") if norm in self._language.groups[kind]}
        if not kinds:
            return []
        by_id = {entity.id: entity for entity in others}
        recent = [by_id[i] for i in self._recent if i in by_id and _fits(by_id[i], kinds, strict=False)]
        ours = "they" in kinds and self._knowledge.me in self._recent  # then it would be "us"
        if recent and not ours:
            return recent if "they" in kinds else recent[:1]
        fitting = [entity for entity in others if _fits(entity, kinds, strict=True)]
        return fitting or [entity for entity in others if _fits(entity, kinds, strict=False)]

    def _class(self, token: Token, others: list[Entity]) -> list[Entity]:
        creatures = [entity for entity in others if entity.creature]
        if token.root in self._language.groups["one"]:
            return creatures or others
        for name, test in _CLASSES.items():
            if token.root in self._language.groups[name] and (chosen := [e for e in creatures if test(e)]):
                return chosen
        return []

    def _by_order(self) -> Found | None:
        """Return the foes, or everybody where there are none, for a bare "the nearest"."""
        order = self._language.order.keys() | self._language.ordinals.keys()
        if not any(token.root in order for token in self._tokens):
            return None
        others = [entity for entity in self._candidates() if not entity.me]
        foes = [entity for entity in others if entity.creature and entity.creature.side == "foe"]
        return Found(tuple(e.id for e in foes or others), sure=0.75)

    def _by_look(self) -> Found:
        """Return those whose look has the most words of the phrase."""
        roots = {token.root for token in self._tokens}
        counts = {e.id: len(roots & e.look) for e in self._candidates() if roots & e.look}
        most = max(counts.values(), default=0)
        ids = tuple(i for i, count in counts.items() if count == most)
        return Found(ids, sure=0.7, named=True) if ids else NOTHING

    # ------------------------------------------------------------ who of them

    def _doubted(self, base: Found) -> Found:
        """Be less sure of whoever is named but in part ("man"), for each word that describes somebody else ("big")."""
        if base.named and base.sure >= _WHOLE:
            return base
        entities = [self._knowledge.entities[i] for i in base.ids]
        unlike = [
            token for at, token in enumerate(self._tokens)
            if self._describes(at, base) and not self._is_kind(token) and not self._described(token, entities)
        ]  # fmt: skip
        return structs.replace(base, sure=base.sure - _UNLIKE * len(unlike)) if unlike else base

    def _is_kind(self, token: Token) -> bool:
        groups = self._language.groups
        return any(token.root in words or token.norm in words for words in groups.values())

    def _narrowed(self, base: Found, qualifiers: Sequence[Qualifier]) -> Found:
        """Keep those that the describing words fit: number, order, health, look, place, "the other one"."""
        entities = [self._knowledge.entities[i] for i in base.ids]
        if len(entities) == 1:
            return base
        counted = len(self._tokens) > 1 and self._cardinal(self._tokens[0]) > 1
        many = base.many or counted or any(t.root in self._language.groups["all"] for t in self._tokens)
        for at in range(1 if counted else 0, len(self._tokens)):
            if self._describes(at, base):
                entities = self._described(self._tokens[at], entities) or entities
        for preposition, words in qualifiers:
            entities = self._placed(preposition, words, entities) or entities
        if many:
            entities.sort(key=lambda entity: entity.feet)
        return Found(tuple(e.id for e in entities), many and len(entities) > 1, base.sure, named=True)

    def _describes(self, at: int, base: Found) -> bool:
        """Whether a word tells more than the name does; the "one" of "the wounded one" does not."""
        token = self._tokens[at]
        if not self._knowledge.named((token.root,)).keys().isdisjoint(base.ids):
            return False
        before = self._tokens[at - 1].root if at else ""
        counts = bool(self._knowledge.named((before,))) or before in self._language.groups["counters"]
        return counts or token.root not in self._language.groups["one"]

    def _described(self, token: Token, entities: list[Entity]) -> list[Entity]:
        if number := self._language.ordinals.get(token.root) or self._cardinal(token):
            by_name = [entity for entity in entities if entity.number == number]
            return by_name or entities[number - 1 if number > 0 else number :][:1]
        if token.root in self._language.groups["other"]:
            return [entity for entity in entities if entity.id not in self._recent[:1]]
        if order := self._language.order.get(token.root):
            return _ordered(order, entities)
        return [e for e in entities if token.root in e.look or token.root in self._knowledge.names_of(e.id)]

    def _cardinal(self, token: Token) -> int:
        if token.kind == "number":
            return int(token.norm) if len(token.norm) < 3 else 0
        return self._language.numbers.get(token.root, 0)

    def _placed(self, preposition: str, words: Sequence[Token], entities: list[Entity]) -> list[Entity]:
        """Keep whoever stands nearest to a named thing, or whose look has the words ("in the red cap")."""
        roots = {token.root for token in words}
        if seen := [entity for entity in entities if roots & entity.look]:
            return seen
        anchors = [self._knowledge.entities[i] for m in self._knowledge.mentions(words) for i in m.ids]
        cells = [cell for anchor in anchors for cell in anchor.cells]
        if not cells or preposition not in self._language.source.spatial:
            return []
        near = {e.id: min(distance(cell, own) for cell in cells for own in e.cells) for e in entities if e.cells}
        least = min(near.values(), default=None)
        return [entity for entity in entities if entity.cells and near[entity.id] == least]


_WHOLE = 0.85
"""How sure it is of somebody by a whole name."""
_UNLIKE = 0.3
"""Taken off for each word that fits nobody."""


def _is_plural(token: Token) -> bool:
    return token.norm.endswith("s") and token.norm != token.root and not token.norm.endswith("ss")


def _fits(entity: Entity, kinds: set[str], *, strict: bool) -> bool:
    """Whether pronouns fit somebody; a "they" answers to any when not strict."""
    if entity.creature is None:
        return bool({"it", "they"} & kinds)
    own = entity.creature.pronouns
    return own in kinds or "they" in kinds or (own == "they" and not strict)


def _has_side(side: str) -> Filter:
    return lambda entity: entity.creature is not None and entity.creature.side == side


def _has_pronouns(*pronouns: str) -> Filter:
    return lambda entity: entity.creature is not None and entity.creature.pronouns in pronouns


_CLASSES: dict[str, Filter] = {
    "foes": _has_side("foe"),
    "friends": _has_side("party"),
    "men": _has_pronouns("he"),
    "women": _has_pronouns("she"),
    "people": _has_pronouns("he", "she", "they"),
}
_HEALTH = {
    "wounded": ("dying", "bloodied", "hurt"), "bloodied": ("bloodied",), "dying": ("dying",), "unhurt": ("unhurt",),
    "weak": ("dying", "bloodied", "hurt", "unhurt"), "strong": ("unhurt", "hurt", "bloodied", "dying"),
}  # fmt: skip
_PLACE: dict[str, Callable[[Entity], int]] = {
    "near": lambda entity: entity.feet,
    "far": lambda entity: -entity.feet,
    "left": lambda entity: entity.cells[0][0] if entity.cells else 0,
    "right": lambda entity: -entity.cells[0][0] if entity.cells else 0,
}


def _ordered(order: str, entities: list[Entity]) -> list[Entity]:
    """Return the first of entities by an order: the nearest, the leftmost, the weakest."""
    if order in _PLACE:
        least = min(_PLACE[order](entity) for entity in entities)
        return [entity for entity in entities if _PLACE[order](entity) == least]
    for health in _HEALTH[order]:
        if chosen := [entity for entity in entities if entity.creature and entity.creature.health == health]:
            return chosen
    return []
