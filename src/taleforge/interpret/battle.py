"""Attacks and spells: which weapon or spell, at what level, at whom.

Chooses only among the view's options and their targets. Does not judge whether an attack is wise; the verdict asks
before one that cannot be taken back.
"""

from collections.abc import Iterable, Sequence

import msgspec

from taleforge.interpret.frames import Intent, Phrase
from taleforge.interpret.knowledge import Knowledge, Known
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, is_alive, say_words
from taleforge.interpret.references import NOTHING, Found, resolve
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.views import Params
from taleforge.rules.values import Cell

MELEE_REACH = 10


def attack(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the attacks that an intent may mean, the fitting weapon first."""
    knowledge = moment.knowledge
    attacks = [k for k in knowledge.options if k.option.kind == "attack"]
    named, tools = _weapon(intent, knowledge, attacks)
    found, spoken = _whom(intent, moment, tools)
    base = moment.base(intent)
    if not found.ids:
        return _nobody(intent, moment, found, spoken, attacks, base)
    usable = named if named is not None else _by_verb(intent, knowledge, attacks)
    readings = _aimed(usable, found, moment, base)
    if readings:
        return list(readings)
    instead = _aimed([(k, 1.0) for k in attacks], found, moment, base)
    if instead and _harmless_change(intent, named):
        return list(instead)
    if instead and intent.frame.only.get(intent.verb):
        unsure = moment.knowledge.limits.ask + 0.01
        return [msgspec.structs.replace(reading, score=unsure) for reading in instead]
    return [Obstacle(base * 0.9, Code.INTERPRET_NOT_NOW, {"what": "attack"}, tuple(instead))]


def _weapon(
    intent: Intent, knowledge: Knowledge, attacks: list[Known]
) -> tuple[list[tuple[Known, float]] | None, frozenset[str]]:
    """Return the attacks with a weapon that the words name (None when they name none), and the words that name it."""
    names = frozenset(e.ref for e in knowledge.lexicon.entries if e.kind == "action")
    tools = [
        (mention, known)
        for mention in knowledge.mentions(list(intent.clause.core))
        for known in attacks
        if known.option.id in mention.ids or _named_so(intent.clause.core[mention.start : mention.end], known)
    ]
    words = frozenset(t.root for m, _ in tools for t in intent.clause.core[m.start : m.end])
    if tools:
        return [(known, 1.0) for _, known in tools], words
    unready = [
        m
        for m in knowledge.mentions(list(intent.clause.core))
        if any(i in names for i in m.ids) and m.start not in intent.used
    ]
    words = frozenset(t.root for m in unready for t in intent.clause.core[m.start : m.end])
    return ([], words) if unready else (None, words)


def _named_so(tokens: Sequence[Token], known: Known) -> bool:
    return tuple(t.root for t in tokens) in known.names


def _by_verb(intent: Intent, knowledge: Knowledge, attacks: list[Known]) -> list[tuple[Known, float]]:
    """Return the attacks by how well they fit the verb: "shoot" wants range, "stab" none, "hit" the first at hand."""
    frame, verb = intent.frame, intent.verb
    only = frame.only.get(verb)
    if only:
        roots = {knowledge.language.root(word) for word in only}
        return [(k, 1.0) for k in attacks if roots & {root for name in k.names for root in name}]
    ranged = [k for k in attacks if k.option.range > MELEE_REACH]
    melee = [k for k in attacks if k.option.range <= MELEE_REACH]
    if verb in frame.ranged:
        return _ranked(ranged)
    return _ranked(melee) if verb in frame.melee else _ranked([*melee, *ranged])


def _ranked(attacks: Iterable[Known]) -> list[tuple[Known, float]]:
    return [(known, 1 - 0.12 * min(place, 3)) for place, known in enumerate(attacks)]


def _whom(intent: Intent, moment: Moment, tools: frozenset[str]) -> tuple[Found, tuple[Token, ...]]:
    """Return whom an attack is aimed at, and the words that say so."""
    qualifiers: list[Phrase] = [p for p in intent.other if p[0]]
    phrases = [words for role in ("target", "tool") for words in intent.roles.get(role, ())]
    phrases += [words for preposition, words in intent.other if preposition == "before"]
    best, spoken = NOTHING, ()
    for words in phrases:
        left = tuple(t for t in words if t.root not in tools and t.kind in {"word", "number", "comma"})
        found = resolve(left, moment.context, lambda e: is_alive(e) and not e.me, qualifiers) if left else NOTHING
        spoken = spoken or left
        if found.ids or (found.named and not best.named):
            best, spoken = found, left
        if best.ids:
            break
    return best, spoken


def _nobody(
    intent: Intent, moment: Moment, found: Found, spoken: Sequence[Token], attacks: list[Known], base: float
) -> list[Outcome]:
    """Answer an attack on nobody in particular, or on somebody who is not here."""
    if intent.weak and (not spoken or found.named or not intent.head):
        return []
    if spoken and not _only_places(spoken, moment):
        return [Obstacle(base * 0.85, Code.INTERPRET_NO_TARGET, {"name": say_words(spoken)})]
    if not attacks:
        return [] if intent.weak else [Obstacle(base * 0.9, Code.INTERPRET_NOT_NOW, {"what": "attack"})]
    named, _ = _weapon(intent, moment.knowledge, attacks)
    usable = named or _by_verb(intent, moment.knowledge, attacks)
    ids = {t.id: 0 for k, _ in usable for t in k.option.targets}
    return list(_aimed(usable, Found(tuple(ids), sure=0.9), moment, base, guess=True))


def _only_places(spoken: Sequence[Token], moment: Moment) -> bool:
    return all(t.kind == "comma" for t in spoken)


def _aimed(
    attacks: list[tuple[Known, float]], found: Found, moment: Moment, base: float, *, guess: bool = False
) -> list[Reading]:
    """Return one reading for each weapon and each equally likely target."""
    readings: list[Reading] = []
    for known, fit in attacks:
        targets = [i for i in found.ids if i in known.targets]
        targets = targets[:1] if found.many else _prefer_adjacent(targets, moment.knowledge)
        for target in targets:
            grave = _is_grave(target, moment.knowledge)
            score = base * fit * (0.6 + 0.4 * found.sure) - 0.1 * (grave and guess)
            readings.append(moment.use(score, known.option, (target,), grave=grave, frame="attack"))
    return readings


def _prefer_adjacent(targets: list[str], knowledge: Knowledge) -> list[str]:
    """Of several that are meant alike, keep those within arm's reach when others are not."""
    close = [i for i in targets if 0 < knowledge.entities[i].feet <= 5]
    return close or targets


def _is_grave(target: str, knowledge: Knowledge) -> bool:
    creature = knowledge.entities[target].creature
    return creature is not None and creature.side != "foe"


def _harmless_change(intent: Intent, named: object) -> bool:
    """Whether another weapon than the fitting one will do: never when one was named or the verb wants its own."""
    return (
        named is None
        and intent.verb not in {*intent.frame.melee, *intent.frame.ranged}
        and not intent.frame.only.get(intent.verb)
    )


# ---------------------------------------------------------------- spells


def cast(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the castings that an intent may mean: the spell that is named, its level, and whom it is for."""
    knowledge = moment.knowledge
    core = intent.clause.core
    spell, words = _spell(intent, knowledge)
    base = moment.base(intent) if not words else 1 - knowledge.limits.weights.typo * min(3, sum(t.slip for t in core))
    if spell is None:
        if intent.weak:
            return []
        known = [moment.use(0.4, k.option) for k in knowledge.options if k.option.kind == "spell"]
        return [Obstacle(base * 0.9, Code.INTERPRET_NOT_NOW, {"what": "cast"}, tuple(known))]
    if isinstance(spell, str):
        return [Obstacle(base * 0.95, Code.INTERPRET_NOT_NOW, {"what": "cast", "name": spell})]
    level, used = _level(core, knowledge)
    if level and level not in spell.option.cost.slots:
        if spell.option.cost.slots or level:
            slots = ", ".join(map(str, spell.option.cost.slots))
            params: Params = {"what": "slot", "name": knowledge_name(spell), "level": level, "slots": slots}
            return [Obstacle(base * 0.95, Code.INTERPRET_NOT_NOW, params)]
    params = {"slot": level} if level else {}
    return _targeted(spell, intent, moment, base, words | used, params)


def knowledge_name(known: Known) -> str:
    """Return what an option is called, for a parameter."""
    return str(known.option.params.get("name", known.tail))


def _spell(intent: Intent, knowledge: Knowledge) -> tuple[Known | str | None, frozenset[int]]:
    """Return the spell that a clause names: its option, or its name when it cannot be cast now, with its places."""
    core = intent.clause.core
    best: tuple[Known | str | None, frozenset[int]] = (None, frozenset())
    for known in knowledge.options:
        if known.option.kind == "spell":
            for name in known.names:
                places = _places(core, name)
                if len(places) > len(best[1]):
                    best = (known, places)
    if best[0] is None:
        for entry in knowledge.lexicon.entries:
            places = _places(core, knowledge.roots(entry.name)) if entry.kind == "spell" else frozenset[int]()
            if places:
                return entry.name, places
    return best


def _places(core: Sequence[Token], name: Sequence[str]) -> frozenset[int]:
    roots = [t.root for t in core]
    size = len(name)
    for at in range(len(roots) - size + 1):
        if roots[at : at + size] == list(name):
            return frozenset(range(at, at + size))
    joined = "".join(name)
    if size > 1 and joined in roots:
        return frozenset({roots.index(joined)})
    loose = [i for i, root in enumerate(roots) if root in name]
    return frozenset(loose) if size > 1 and len({roots[i] for i in loose}) == size else frozenset()


def _level(core: Sequence[Token], knowledge: Knowledge) -> tuple[int, frozenset[int]]:
    """Return the slot level that a clause names ("at 2nd level", "level 2", "a second-level slot"), 0 for none."""
    level = knowledge.language.root("level")
    for i, token in enumerate(core):
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(core)] if token.root == level else []
        for j in near:
            number = _as_number(core[j], knowledge)
            if number:
                return number, frozenset({i, j})
        if "-" in token.norm and token.norm.endswith("level"):
            number = knowledge.language.ordinals.get(knowledge.language.root(token.norm.partition("-")[0]), 0)
            if number:
                return number, frozenset({i})
    return 0, frozenset()


def _as_number(token: Token, knowledge: Knowledge) -> int:
    if token.kind == "number":
        return int(token.norm) if len(token.norm) < 3 else 0
    return max(0, knowledge.language.ordinals.get(token.root) or knowledge.language.numbers.get(token.root, 0))


def _targeted(
    spell: Known, intent: Intent, moment: Moment, base: float, used: frozenset[int], params: Params
) -> list[Outcome]:
    option = spell.option
    left = [t for i, t in enumerate(intent.clause.core) if i not in used and i not in intent.used]
    if option.area and not option.targets:
        return _area(spell, left, moment, base, params)
    if not option.pick or not option.targets:
        return [moment.use(base, option, (), params, frame="cast")]
    found = _recipients(left, moment, spell)
    if found.ids:
        chosen = found.ids[: option.pick]
        if found.many or option.pick > 1:
            return [moment.use(base, option, chosen if found.many else found.ids[:1], params, frame="cast")]
        return [moment.use(base, option, (i,), params, frame="cast") for i in found.ids]
    anybody = resolve(left, moment.context, is_alive)
    if anybody.ids:
        instead = tuple(moment.use(0.5, option, (t.id,), params) for t in option.targets)
        return [Obstacle(base * 0.95, Code.INTERPRET_NOT_NOW, {"what": "cast", "name": knowledge_name(spell)}, instead)]
    everybody = tuple(t.id for t in option.targets)
    if len(everybody) <= option.pick:
        return [moment.use(base, option, everybody, params, frame="cast")]
    return [moment.use(base * 0.8, option, (i,), params, frame="cast") for i in everybody]


def _recipients(left: Sequence[Token], moment: Moment, spell: Known) -> Found:
    return resolve(_split_prepositions(left, moment), moment.context, lambda e: e.id in spell.targets)


def _split_prepositions(left: Sequence[Token], moment: Moment) -> list[Token]:
    prepositions = moment.knowledge.language.source.prepositions
    return [t for t in left if t.norm not in prepositions]


def _area(spell: Known, left: Sequence[Token], moment: Moment, base: float, params: Params) -> list[Outcome]:
    """Aim an area at the cell of whoever is named."""
    found = resolve(_split_prepositions(left, moment), moment.context, lambda e: is_alive(e) and not e.me)
    cells = [cell for i in found.ids for cell in moment.knowledge.entities[i].cells[:1]]
    if not cells:
        return [Obstacle(base * 0.9, Code.INTERPRET_WHICH_TARGET, {"name": knowledge_name(spell)})]
    nearest = min((moment.knowledge.entities[i].feet, c) for i, c in zip(found.ids, cells, strict=False))[1]
    return [moment.use(base, spell.option, (cell_id(nearest),), params, frame="cast")]


def cell_id(cell: Cell) -> str:
    """Return a cell as a target's id."""
    return f"{cell[0]},{cell[1]}"


def heal(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the ways to heal somebody that are at hand."""
    knowledge = moment.knowledge
    names = {knowledge.language.phrase(name) for name in intent.frame.names}
    ways = [k for k in knowledge.options if names & {*k.names} and k.option.kind in {"spell", "item", "feature"}]
    left = [t for i, t in enumerate(intent.clause.core) if i not in intent.used]
    base = moment.base(intent)
    readings: list[Outcome] = []
    for known in ways:
        if not known.option.pick:
            if _for_me(left, moment):
                readings.append(moment.use(base * 0.8, known.option, frame="heal"))
            continue
        found = _recipients(left, moment, known)
        for target in found.ids[:1] if found.many else found.ids:
            readings.append(moment.use(base * (0.6 + 0.3 * found.sure), known.option, (target,), frame="heal"))
        if not left:
            readings.extend(moment.use(base * 0.8, known.option, (t.id,), frame="heal") for t in known.option.targets)
    return readings or [Obstacle(base * 0.8, Code.INTERPRET_NOT_NOW, {"what": "heal"})]


def _for_me(left: Sequence[Token], moment: Moment) -> bool:
    found = resolve(left, moment.context, lambda e: e.me)
    return not left or bool(found.ids)
