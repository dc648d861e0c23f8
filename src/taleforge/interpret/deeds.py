"""Everything else that can be chosen: the scene's interactions, items, features, basic actions, ways out.

An option scores by its verb, by whom it is done to, and by how much of the words it explains. Knows no option by name.
"""

from collections.abc import Sequence

from taleforge.interpret.clauses import Clause
from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Knowledge, Known, Mention, Roots, overlap
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, is_alive, say_words
from taleforge.interpret.references import resolve
from taleforge.interpret.text import Token, tokenise
from taleforge.messages.codes import Code

NAMED_KINDS = frozenset({"item", "feature", "spell", "attack"})


def option(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the options that an intent may mean."""
    knowledge = moment.knowledge
    words = _content(intent, moment)
    mentioned, words = _mentioned(intent, moment, words)
    base = moment.base(intent)
    readings: list[Outcome] = []
    for known in knowledge.options:
        verb = _verb_fit(intent, known)
        if verb > 0:
            readings.extend(_scored(known, verb, intent, moment, words, mentioned, base))
    if missing := _missing(intent, moment, base, _best(readings)):
        readings.append(missing)
    return readings


def tell(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return an interaction that the told words plainly are, or the words said to somebody."""
    limits = moment.knowledge.limits
    return [r for r in option(intent, moment) if isinstance(r, Reading) and r.score >= limits.speech]


def by_phrase(clause: Clause, intents: Sequence[Intent], moment: Moment) -> list[Reading]:
    """Return the options one of whose phrases the words hold, less when the verb says something else."""
    knowledge = moment.knowledge
    roots = {t.root for t in clause.core}
    slips = knowledge.limits.weights.typo * min(3, sum(t.slip for t in clause.core))
    spoken_to = {i for intent in intents if (who := _resolved(intent.role("person"), intent, moment)) for i in who.ids}
    readings: list[Reading] = []
    for known in knowledge.options:
        if known.option.kind in {"spell", "attack"}:
            continue
        score = max((_phrase_fit(phrase, roots, knowledge) for phrase in (*known.phrases, *known.names)), default=0.0)
        if known.option.pick == 0 and score > 0:
            fits = not intents or any(_verb_fit(intent, known) for intent in intents)
            score *= 1.0 if fits and score >= knowledge.limits.act else knowledge.limits.weights.other_verb
            score *= knowledge.limits.weights.amiss if spoken_to and spoken_to.isdisjoint(known.targets) else 1.0
            readings.append(moment.use(score - slips, known.option, grave=known.option.kind == "exit"))
    return readings


def by_thing(clause: Clause, moment: Moment) -> list[Reading]:
    """Return the one deed that a thing offers which words name without a verb that is known ("the notice board")."""
    knowledge = moment.knowledge
    named = {i for m in knowledge.mentions(list(clause.core)) if len(m.ids) == 1 for i in m.ids}
    things = {i for i in named if knowledge.entities[i].sort == "feature"}
    deeds = [k for k in knowledge.options if k.verb and k.targets & things]
    if len(things) != 1 or len(deeds) != 1:
        return []
    slips = knowledge.limits.weights.typo * min(3, sum(t.slip for t in clause.core))
    grave = deeds[0].option.kind == "exit"
    return [moment.use(knowledge.limits.act + 0.05 - slips, deeds[0].option, grave=grave)]


def _content(intent: Intent, moment: Moment) -> list[Token]:
    """Return the words that an option should explain: those beside the verb, and what is quoted."""
    ignored = {moment.knowledge.language.root(word) for word in intent.frame.ignore}
    skipped = {*moment.knowledge.language.source.prepositions, "and"}
    words = [
        t for t in intent.content()
        if t.kind in {"word", "number"} and t.norm not in skipped and t.root not in ignored
        and not (t.root in moment.knowledge.language.leads and t.root not in moment.knowledge.frequency)
    ]  # fmt: skip
    if intent.clause.quote:
        quoted = tokenise(intent.clause.quote, moment.knowledge.language, 40)
        words += [t for t in quoted if t.kind == "word" and not t.filler]
    return words


def _mentioned(intent: Intent, moment: Moment, words: list[Token]) -> tuple[tuple[Mention, ...], list[Token]]:
    """Return whom and what the words name, and the words that are left to be explained by the deed itself."""
    knowledge = moment.knowledge
    spoken_to = _resolved(intent.role("person"), intent, moment)
    if spoken_to:
        return (spoken_to,), _unnamed(words, intent.role("person"), spoken_to, moment)
    found = knowledge.mentions(words)
    if not any(_is_body(m, knowledge) for m in found):
        meant = intent.role("target") or intent.role("item")
        if mention := _resolved(meant, intent, moment):
            return (*found, mention), _unnamed(words, meant, mention, moment)
    return tuple(found), words


def _unnamed(words: list[Token], phrase: Sequence[Token], mention: Mention, moment: Moment) -> list[Token]:
    """Return the words that do not merely say who is meant."""
    knowledge = moment.knowledge
    naming = {root for alias, ids in knowledge.aliases.items() if ids.keys() & set(mention.ids) for root in alias}
    naming |= {root for id_ in mention.ids for root in knowledge.entities[id_].look}
    general = knowledge.language.general
    return [t for t in words if t not in phrase or not (t.root in naming or t.root in general)]


def _resolved(words: Sequence[Token], intent: Intent, moment: Moment) -> Mention | None:
    """Return whom words mean, as a mention; nobody when they might mean almost anybody."""
    if not words:
        return None
    found = resolve(words, moment.context, lambda e: is_alive(e) and not e.me, [p for p in intent.other if p[0]])
    return (
        Mention(-1, -1, found.ids, found.sure if found.clear else found.sure * 0.8) if 0 < len(found.ids) < 4 else None
    )


def _is_body(mention: Mention, knowledge: Knowledge) -> bool:
    return any(knowledge.entities[i].sort in {"creature", "feature"} for i in mention.ids)


def _verb_fit(intent: Intent, known: Known) -> float:
    """Return how well an option answers a frame's verb, from 0 to 1."""
    frame = intent.frame
    if known.tail in frame.ids:
        return 1.0
    if frame.exits and known.option.kind == "exit":
        return 0.9
    if known.verb:
        return frame.scene.get(known.verb, 0.0)
    return 0.8 if known.option.kind in {"item", "feature"} and known.option.kind in frame.kinds else 0.0


def _scored(
    known: Known,
    verb: float,
    intent: Intent,
    moment: Moment,
    words: list[Token],
    mentioned: tuple[Mention, ...],
    base: float,
) -> list[Reading]:
    knowledge = moment.knowledge
    weights = knowledge.limits.weights
    if known.option.pick:
        return _given(known, verb, intent, moment, words, base)
    content = known.content | _alias_words(known, knowledge)
    explained = overlap((t.root for t in words), content, knowledge)
    if not words and verb < 1 and known.verb:
        explained = weights.unsaid
    named = not known.verb and known.option.kind in NAMED_KINDS
    if named and not _has_name(known, intent):
        return []
    aim = _aim(known, mentioned, knowledge)
    score = weights.verb * verb + weights.target * aim + weights.content * explained
    if words and not explained:
        score *= weights.unexplained
    if not aim:
        score *= weights.amiss
    if known.verb:
        score *= min(1.0, weights.verb_floor + verb)
    if known.tail in intent.frame.ids and not known.targets:
        score = max(score, weights.own + (1 - weights.own) * explained)
    if named:
        score = max(score, weights.own)
    roots = {t.root for t in intent.clause.core}
    phrase = max((_phrase_fit(p, roots, knowledge) for p in known.phrases), default=0.0) * weights.phrase
    total = base * max(score, min(1.0, phrase * (0.8 + 0.2 * aim)))
    return [moment.use(total, known.option, grave=known.option.kind == "exit", frame=intent.name)]


def _given(known: Known, verb: float, intent: Intent, moment: Moment, words: list[Token], base: float) -> list[Reading]:
    """Return the readings of an option that wants somebody to be used on."""
    if known.option.kind in NAMED_KINDS and not _has_name(known, intent):
        return []
    named = {root for name in known.names for root in name} | _words_for(known.option.id, moment.knowledge)
    left = [
        t
        for t in (*intent.content(),)
        if t.root not in named and t.norm not in moment.knowledge.language.source.prepositions
    ]
    found = resolve(left, moment.context, lambda e: e.id in known.targets)
    targets = found.ids or ((moment.knowledge.me,) if moment.knowledge.me in known.targets else tuple(known.targets))
    sure = found.sure if found.ids else 0.9 if len(targets) == 1 and not _names_another(left, moment) else 0.4
    score = base * (0.5 + 0.25 * verb + 0.25 * sure)
    return [moment.use(score, known.option, (t,), frame=intent.name) for t in targets if t]


def _names_another(left: Sequence[Token], moment: Moment) -> bool:
    return bool(resolve(left, moment.context, is_alive).ids)


def _has_name(known: Known, intent: Intent) -> bool:
    roots = {t.root for t in intent.clause.core}
    return any(set(name) <= roots or "".join(name) in roots or _head_of(name) in roots for name in known.names if name)


def _head_of(name: Roots) -> str:
    return name[name.index("of") - 1] if "of" in name[1:] else name[-1] if len(name) == 1 else ""


def _words_for(id_: str, knowledge: Knowledge) -> frozenset[str]:
    return frozenset(root for alias, named in knowledge.aliases.items() if id_ in named for root in alias)


def _alias_words(known: Known, knowledge: Knowledge) -> frozenset[str]:
    return frozenset(root for id_ in (*known.targets, known.option.id) for root in _words_for(id_, knowledge))


def _aim(known: Known, mentioned: tuple[Mention, ...], knowledge: Knowledge) -> float:
    """Return how well an option's target fits whom the words name, from 0 to 1."""
    bodies = [m for m in mentioned if _is_body(m, knowledge)]
    if not bodies:
        return 0.6 if known.targets else 1.0
    hit = max((m.weight for m in bodies if known.targets & set(m.ids)), default=0.0)
    if hit:
        return hit
    names = {i for m in bodies for i in m.ids}
    explained = any(set(alias) <= known.content for alias, ids in knowledge.aliases.items() if names & ids.keys())
    return 0.4 if explained else 0.0


def _phrase_fit(phrase: Roots, roots: set[str], knowledge: Knowledge) -> float:
    """Return how much of a phrase the words hold, and how much of the words the phrase explains."""
    if not phrase:
        return 0.0
    total = sum(knowledge.weight(root) for root in phrase)
    held = sum(knowledge.weight(root) for root in phrase if root in roots)
    if not held:
        return 0.0
    said = sum(knowledge.weight(root) for root in roots)
    return (held / total) ** 1.5 * (0.6 + 0.4 * min(1.0, held / said))


def _best(outcomes: Sequence[Outcome]) -> float:
    return max((o.score for o in outcomes if isinstance(o, Reading)), default=0.0)


def _missing(intent: Intent, moment: Moment, base: float, best: float) -> Obstacle | None:
    """Return why an intent with a person or thing in mind finds none; less sure than a deed that fits."""
    if intent.weak or not intent.head:
        return None
    words = intent.role(intent.frame.needs or "person")
    known = resolve(words, moment.context, lambda e: e.sort in {"creature", "feature"}) if words else None
    if known and not known.ids and not known.named:
        return Obstacle(base * 0.7, Code.INTERPRET_NO_TARGET, {"name": say_words(words)})
    if best >= moment.knowledge.limits.ask:
        return None
    return Obstacle(base * (0.6 if known else 0.55), Code.INTERPRET_NOT_NOW, {"what": intent.name})
