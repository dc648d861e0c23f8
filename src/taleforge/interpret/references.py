"""Whom and what words mean: names, pronouns, "the second goblin", "the wounded one by the door", "both rats", "me".

Chooses among what the view shows, and says how sure it is. Does not invent anybody.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from taleforge.interpret.knowledge import Entity, Knowledge, distance
from taleforge.interpret.text import Token

Filter = Callable[[Entity], bool]


class Found(Struct, frozen=True):
    """What a phrase may mean: ids, the likeliest first; when not `many` and more than one, they are equally likely."""

    ids: tuple[str, ...] = ()
    many: bool = False
    sure: float = 0.0
    named: bool = False
    """Whether the phrase has a name or noun that the view knows, though perhaps not among those asked for."""

    @property
    def clear(self) -> bool:
        """Whether it is one and only one."""
        return len(self.ids) == 1


class Context(Struct, frozen=True):
    """What helps to understand a phrase: the view, what was spoken of last, and who is meant to be found."""

    knowledge: Knowledge
    recent: tuple[str, ...] = ()


NOTHING = Found()


def resolve(
    phrase: Sequence[Token], context: Context, pool: Filter, qualifiers: Sequence[tuple[str, Sequence[Token]]] = ()
) -> Found:
    """Return what a phrase (with its "by the door") means among those that `pool` lets through."""
    parts = _conjuncts(phrase) if any(t.norm == "and" for t in phrase) else []
    if len(parts) > 1:
        found = [part for part in (resolve(tokens, context, pool, qualifiers) for tokens in parts) if part.ids]
        if len(found) > 1:
            return _union(found)
    return _one_phrase([t for t in phrase if t.kind in {"word", "number"}], context, pool, qualifiers)


def _conjuncts(phrase: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in phrase:
        if token.kind == "comma" or token.norm == "and":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _union(found: Iterable[Found]) -> Found:
    parts = list(found)
    ids = tuple(dict.fromkeys(i for part in parts for i in (part.ids if part.many else part.ids[:1])))
    return Found(ids, len(ids) > 1, min(part.sure for part in parts), named=True)


def _one_phrase(
    tokens: list[Token], context: Context, pool: Filter, qualifiers: Sequence[tuple[str, Sequence[Token]]]
) -> Found:
    knowledge = context.knowledge
    if not tokens:
        return NOTHING
    base = _named(tokens, knowledge, pool) or _meant(tokens, context, pool)
    if base is None:
        base = _by_look(tokens, knowledge, pool)
    if base is None or not base.ids:
        return base or NOTHING
    return _narrow(base, tokens, context, qualifiers)


def _named(tokens: list[Token], knowledge: Knowledge, pool: Filter) -> Found | None:
    """Return those whose name the phrase has."""
    outside = False
    for mention in knowledge.mentions(tokens):
        entities = [knowledge.entities[i] for i in mention.ids]
        inside = tuple(entity.id for entity in entities if pool(entity))
        if inside:
            plural = any(_is_plural(t) for t in tokens[mention.start : mention.end])
            slips = any(t.slip for t in tokens[mention.start : mention.end])
            return Found(inside, plural and len(inside) > 1, mention.weight - 0.1 * slips, named=True)
        outside = outside or any(e.sort in {"creature", "feature", "zone"} for e in entities)
    return Found(named=True) if outside and not _has_class_word(tokens, knowledge) else None


def _is_plural(token: Token) -> bool:
    return token.norm.endswith("s") and token.norm != token.root and not token.norm.endswith("ss")


def _has_class_word(tokens: list[Token], knowledge: Knowledge) -> bool:
    groups = knowledge.language.groups
    return any(t.root in groups["self"] or t.norm in {"one", "ones"} for t in tokens)


def _meant(tokens: list[Token], context: Context, pool: Filter) -> Found | None:
    """Return those that a pronoun or a general noun means."""
    knowledge = context.knowledge
    groups = knowledge.language.groups
    everybody = [e for e in knowledge.entities.values() if pool(e)]
    for token in tokens:
        root, norm = token.root, token.norm
        if norm in knowledge.language.self_words:
            return Found(tuple(e.id for e in everybody if e.me), sure=1.0, named=True)
        if norm in knowledge.language.source.reference.everybody:
            return _all_friends(everybody, norm, knowledge)
        others = [e for e in everybody if not e.me]
        chosen = _pronoun(norm, others, context) or _class(token, others, knowledge)
        if chosen is not None:
            return Found(tuple(e.id for e in chosen), _is_plural(token) and len(chosen) > 1, 0.8)
    if any(t.root in knowledge.language.order or t.root in knowledge.language.ordinals for t in tokens):
        foes = [e for e in everybody if e.creature and e.creature.side == "foe"]
        return Found(tuple(e.id for e in foes or everybody if not e.me), sure=0.75)
    return None


def _all_friends(entities: list[Entity], norm: str, knowledge: Knowledge) -> Found:
    friends = [e for e in entities if e.me or (e.creature and e.creature.side == "party")]
    chosen = friends or entities
    if knowledge.language.root(norm) in knowledge.language.groups["friends"]:
        chosen = [e for e in chosen if not e.me]
    return Found(tuple(e.id for e in chosen), many=True, sure=0.9, named=True)


def _pronoun(norm: str, others: list[Entity], context: Context) -> list[Entity] | None:
    """Return whom a pronoun means: whoever was spoken of last and fits, else all who fit."""
    groups = context.knowledge.language.groups
    kinds = [kind for kind in ("he", "she", "it", "they") if norm in groups[kind]]
    if not kinds:
        return None
    recent = [e for i in context.recent for e in others if e.id == i and _fits(e, kinds, strict=False)]
    if recent:
        return recent if "they" in kinds else recent[:1]
    fitting = [e for e in others if _fits(e, kinds, strict=True)]
    return fitting or [e for e in others if _fits(e, kinds, strict=False)] or None


def _fits(entity: Entity, kinds: list[str], *, strict: bool) -> bool:
    if entity.creature is None:
        return "it" in kinds or "they" in kinds
    own = entity.creature.pronouns
    return own in kinds or "they" in kinds or (own == "they" and not strict)


def _class(token: Token, others: list[Entity], knowledge: Knowledge) -> list[Entity] | None:
    groups = knowledge.language.groups
    creatures = [e for e in others if e.creature]
    if token.root in groups["one"] or token.norm in groups["one"]:
        return creatures or others
    tests: dict[str, Filter] = {
        "foes": lambda e: e.creature is not None and e.creature.side == "foe",
        "friends": lambda e: e.creature is not None and e.creature.side == "party",
        "men": lambda e: e.creature is not None and e.creature.pronouns == "he",
        "women": lambda e: e.creature is not None and e.creature.pronouns == "she",
        "people": lambda e: e.creature is not None and e.creature.pronouns in {"he", "she", "they"},
    }
    for name, test in tests.items():
        if token.root in groups[name] and (chosen := [e for e in creatures if test(e)]):
            return chosen
    return None


def _by_look(tokens: list[Token], knowledge: Knowledge, pool: Filter) -> Found | None:
    """Return those whose look has words of the phrase."""
    roots = {t.root for t in tokens}
    counts = {e.id: len(roots & e.look) for e in knowledge.entities.values() if pool(e) and roots & e.look}
    most = max(counts.values(), default=0)
    ids = tuple(i for i, count in counts.items() if count == most)
    return Found(ids, sure=0.7, named=True) if ids else None


def _narrow(
    base: Found, tokens: list[Token], context: Context, qualifiers: Sequence[tuple[str, Sequence[Token]]]
) -> Found:
    """Keep those that the describing words fit: number, order, health, look, place, "the other one"."""
    knowledge = context.knowledge
    language = knowledge.language
    entities = [knowledge.entities[i] for i in base.ids]
    counted = len(tokens) > 1 and _cardinal(tokens[0], knowledge) > 1
    many = base.many or counted or any(t.root in language.groups["all"] for t in tokens)
    if len(entities) < 2:
        return base
    for at, token in enumerate(tokens):
        names_them = not knowledge.aliases.get((token.root,), {}).keys().isdisjoint(base.ids)
        if (counted and at == 0) or names_them or _is_noun(tokens, at, knowledge):
            continue
        entities = _described(token, entities, context) or entities
    for preposition, words in qualifiers:
        entities = _placed(preposition, list(words), entities, knowledge) or entities
    if many:
        entities.sort(key=lambda e: e.feet)
    return Found(tuple(e.id for e in entities), many and len(entities) > 1, base.sure, named=True)


def _is_noun(tokens: list[Token], at: int, knowledge: Knowledge) -> bool:
    """Whether a "one" stands for a noun ("the wounded one") and does not count ("goblin one", "rat number one")."""
    groups = knowledge.language.groups
    named = at > 0 and (
        (tokens[at - 1].root,) in knowledge.aliases or tokens[at - 1].root in knowledge.language.counters
    )
    return tokens[at].root in groups["one"] and not named


def _described(token: Token, entities: list[Entity], context: Context) -> list[Entity]:
    language = context.knowledge.language
    number = _count(token, context.knowledge)
    if number:
        by_name = [e for e in entities if e.number == number]
        return by_name or entities[number - 1 if number > 0 else number :][:1]
    if token.root in language.groups["other"]:
        return [e for e in entities if e.id not in context.recent[:1]]
    order = language.order.get(token.root)
    if order:
        return _ordered(order, entities)
    return [e for e in entities if token.root in e.look]


def _count(token: Token, knowledge: Knowledge) -> int:
    return knowledge.language.ordinals.get(token.root) or _cardinal(token, knowledge)


def _cardinal(token: Token, knowledge: Knowledge) -> int:
    if token.kind == "number":
        return int(token.norm) if len(token.norm) < 3 else 0
    return knowledge.language.numbers.get(token.root, 0)


_HEALTH = {
    "wounded": ("dying", "bloodied", "hurt"), "bloodied": ("bloodied",), "dying": ("dying",), "unhurt": ("unhurt",),
    "weak": ("dying", "bloodied", "hurt", "unhurt"), "strong": ("unhurt", "hurt", "bloodied", "dying"),
}  # fmt: skip


def _ordered(order: str, entities: list[Entity]) -> list[Entity]:
    if order in _HEALTH:
        for health in _HEALTH[order]:
            if chosen := [e for e in entities if e.creature and e.creature.health == health]:
                return chosen
        return []
    keys: dict[str, Callable[[Entity], int]] = {
        "near": lambda e: e.feet,
        "far": lambda e: -e.feet,
        "left": lambda e: e.cells[0][0] if e.cells else 0,
        "right": lambda e: -e.cells[0][0] if e.cells else 0,
    }
    least = min(keys[order](e) for e in entities)
    return [e for e in entities if keys[order](e) == least]


def _placed(preposition: str, words: list[Token], entities: list[Entity], knowledge: Knowledge) -> list[Entity]:
    """Keep whoever stands nearest to a named thing, or whose look has the words ("in the red cap")."""
    roots = {t.root for t in words}
    if seen := [e for e in entities if roots & e.look]:
        return seen
    anchors = [knowledge.entities[i] for m in knowledge.mentions(words) for i in m.ids]
    cells = [cell for anchor in anchors for cell in anchor.cells]
    if not cells or preposition not in knowledge.language.spatial:
        return []
    near = {e.id: min(distance(cell, own) for cell in cells for own in e.cells) for e in entities if e.cells}
    least = min(near.values(), default=None)
    return [e for e in entities if near.get(e.id) == least and least is not None]
