"""Spells and healing: which spell, from which slot, for whom or where.

Chooses only among the view's spells and their targets. Knows no spell by name but what the view and the language's list
of ways to heal say.
"""

from collections.abc import Sequence

from taleforge.interpret import deeds
from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Knowledge, Known
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, is_alive, say_words
from taleforge.interpret.references import Found, resolve
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.views import Params

_AIMING = frozenset({"at", "on", "onto", "upon", "for", "to", "toward", "towards"})
HEALERS = frozenset({"spell", "item", "feature", "basic"})


def cast(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the castings that an intent may mean: the spell that is named, its level, and whom it is for."""
    knowledge, core = moment.knowledge, intent.clause.core
    spell, places = _spell(core, knowledge)
    if spell is None:
        return _unknown(moment.base(intent), places, intent, moment)
    score = 1 - moment.slips(intent.clause)
    level, spoken = _level(core, knowledge)
    if level and level not in spell.option.cost.slots:
        return [_no_slot(score, spell, level)]
    own = bool(core) and core[0].root in knowledge.names_of(knowledge.me or "")
    begin = intent.at if intent.head and not intent.weak else int(own and len(core) > 1)
    left = [t for i, t in enumerate(core) if i >= begin and i not in places | spoken | intent.used]
    params: Params = {"slot": level} if level else {}
    after = [token for token in left if token.start > core[max(places)].start]
    return _at_a_stranger(score, spell, after, moment, params) or _aimed(score, spell, left, moment, params)


def _unknown(base: float, places: frozenset[int], intent: Intent, moment: Moment) -> list[Outcome]:
    """Answer a spell that cannot be cast now, or that this caster does not have."""
    if places:
        name = " ".join(intent.clause.core[i].norm for i in sorted(places))
        return [Obstacle(base * 0.95, Code.INTERPRET_NOT_NOW, {"what": "cast", "name": name})]
    if intent.weak:
        return []
    spells = tuple(moment.use(0.4, k.option) for k in moment.knowledge.options if k.option.kind == "spell")
    return [Obstacle(base * 0.9, Code.INTERPRET_NOT_NOW, {"what": "cast"}, spells)]


def _no_slot(score: float, spell: Known, level: int) -> Obstacle:
    slots = ", ".join(map(str, spell.option.cost.slots))
    params: Params = {"what": "slot", "name": _name(spell), "level": level, "slots": slots}
    return Obstacle(score * 0.95, Code.INTERPRET_NOT_NOW, params)


def _name(known: Known) -> str:
    return str(known.option.params.get("name", known.tail))


def _spell(core: Sequence[Token], knowledge: Knowledge) -> tuple[Known | None, frozenset[int]]:
    """Return the spell that words name and their places; no spell, but places, when it is known and cannot be cast."""
    spells = [k for k in knowledge.options if k.option.kind == "spell"]
    best = max(((len(p), k, p) for k in spells for n in k.names if (p := _places(core, n))), key=_first, default=None)
    if best:
        return best[1], best[2]
    names = (knowledge.roots(entry.name) for entry in knowledge.lexicon.entries if entry.kind == "spell")
    return None, max((_places(core, name) for name in names), key=len, default=frozenset[int]())


def _first(found: tuple[int, Known, frozenset[int]]) -> int:
    return found[0]


def _places(core: Sequence[Token], name: Sequence[str]) -> frozenset[int]:
    """Return where a name stands: in one piece, or scattered ("cure Brannic's wounds")."""
    roots = [t.root for t in core]
    size = len(name)
    for at in range(len(roots) - size + 1):
        if roots[at : at + size] == list(name):
            return frozenset(range(at, at + size))
    scattered = frozenset(i for i, root in enumerate(roots) if root in name)
    return scattered if size > 1 and {roots[i] for i in scattered} == set(name) else frozenset()


def _level(core: Sequence[Token], knowledge: Knowledge) -> tuple[int, frozenset[int]]:
    """Return the slot level that words name ("at 2nd level", "level 2", "a second-level slot"), 0 for none."""
    level = knowledge.language.root("level")
    for i, token in enumerate(core):
        for j in (i - 1, i + 1) if token.root == level else ():
            if 0 <= j < len(core) and (number := _number(core[j], knowledge)):
                return number, frozenset({i, j})
    return 0, frozenset()


def _number(token: Token, knowledge: Knowledge) -> int:
    if token.kind == "number":
        return int(token.norm) if len(token.norm) < 3 else 0
    return max(0, knowledge.language.ordinals.get(token.root) or knowledge.language.numbers.get(token.root, 0))


def _aimed(score: float, spell: Known, left: list[Token], moment: Moment, params: Params) -> list[Outcome]:
    """Return a spell's readings: one for each target that is meant as likely as another."""
    option = spell.option
    if option.area and not option.targets:
        return _at_a_cell(score, spell, left, moment, params)
    if not option.pick or not option.targets:
        return [moment.use(score, option, (), params, frame="cast")]
    found = _for_whom(left, moment, spell)
    if found.many:
        return [moment.use(score, option, found.ids[: option.pick], params, frame="cast")]
    if found.ids:
        return [_at(target, score, spell, moment, params) for target in found.ids]
    if resolve(left, moment.context, is_alive).ids:
        instead = tuple(moment.use(0.5, option, (t.id,), params) for t in option.targets)
        return [Obstacle(score * 0.95, Code.INTERPRET_NOT_NOW, {"what": "cast", "name": _name(spell)}, instead)]
    everybody = tuple(t.id for t in option.targets)
    if len(everybody) <= option.pick:
        return [moment.use(score, option, everybody, params, frame="cast")]
    return [_at(target, score * 0.8, spell, moment, params) for target in everybody]


def _at_a_stranger(score: float, spell: Known, after: Sequence[Token], moment: Moment, params: Params) -> list[Outcome]:
    """Answer a spell for somebody whom nobody here knows: it is not spent on others instead."""
    said = [token for token in after if token.kind == "word" and not token.filler]
    small = moment.knowledge.language.prepositions
    name = [token for token in said if token.norm not in small]
    aimed = bool(name) and (said[0] is name[0] or said[0].norm in _AIMING)
    if not spell.option.targets or not aimed or resolve(name, moment.context, lambda _: True).ids:
        return []
    instead = tuple(moment.use(0.5, spell.option, (target.id,), params) for target in spell.option.targets)
    return [Obstacle(score * 0.95, Code.INTERPRET_NO_TARGET, {"name": say_words(name)}, instead)]


def _at(target: str, score: float, spell: Known, moment: Moment, params: Params) -> Reading:
    """Return a casting on one target; one that would harm somebody at peace is grave."""
    knowledge = moment.knowledge
    party = {i for i, e in knowledge.entities.items() if e.me or (e.creature and e.creature.side == "party")}
    creature = knowledge.entities[target].creature
    harms = not spell.targets & party
    grave = harms and creature is not None and creature.side != "foe"
    return moment.use(score, spell.option, (target,), params, grave=grave, frame="cast")


def _for_whom(left: Sequence[Token], moment: Moment, known: Known) -> Found:
    return resolve(_without_prepositions(left, moment), moment.context, lambda e: e.id in known.targets)


def _without_prepositions(words: Sequence[Token], moment: Moment) -> list[Token]:
    return [t for t in words if t.norm not in moment.knowledge.language.prepositions]


def _at_a_cell(score: float, spell: Known, left: Sequence[Token], moment: Moment, params: Params) -> list[Outcome]:
    """Aim an area at the cell of whoever is named, the nearest of several."""
    knowledge = moment.knowledge
    found = resolve(_without_prepositions(left, moment), moment.context, lambda e: is_alive(e) and not e.me)
    aims = [(knowledge.entities[i].feet, cell) for i in found.ids for cell in knowledge.entities[i].cells[:1]]
    if not aims:
        return [Obstacle(score * 0.9, Code.INTERPRET_WHICH_TARGET, {"name": _name(spell)})]
    column, row = min(aims)[1]
    return [moment.use(score, spell.option, (f"{column},{row}",), params, frame="cast")]


def heal(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the ways to heal somebody that are at hand."""
    knowledge = moment.knowledge
    names = {knowledge.language.phrase(name) for name in intent.frame.names}
    ways = [k for k in knowledge.options if k.option.kind in HEALERS and names & set(k.names)]
    left = [t for i, t in enumerate(intent.clause.core) if i not in intent.used]
    base = moment.base(intent)
    readings = [reading for way in ways for reading in _healings(base, way, left, moment)]
    readings += [r for r in deeds.option(intent, moment) if isinstance(r, Reading)]
    best = max((reading.score for reading in readings), default=0.0)
    missing = [] if best >= knowledge.limits.ask else [Obstacle(base * 0.8, Code.INTERPRET_NOT_NOW, {"what": "heal"})]
    return [*readings, *missing]


def _healings(base: float, way: Known, left: list[Token], moment: Moment) -> list[Reading]:
    """Return how one way to heal could be used: on whoever is named, on anybody when nobody is."""
    option = way.option
    if not option.pick:
        for_me = not left or bool(resolve(left, moment.context, lambda e: e.me).ids)
        return [moment.use(base * 0.8, option, frame="heal")] if for_me else []
    if not left:
        return [moment.use(base * 0.8, option, (target.id,), frame="heal") for target in option.targets]
    found = _for_whom(left, moment, way)
    targets = found.ids[:1] if found.many else found.ids
    return [moment.use(base * (0.6 + 0.3 * found.sure), option, (target,), frame="heal") for target in targets]
