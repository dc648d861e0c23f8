"""Everything else that can be chosen: the scene's interactions, items, features, basic actions, ways out.

An option scores by its verb, by whom it is done to, and by how much of the words it explains. Knows no option by name.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from taleforge.interpret.clauses import Clause
from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Knowledge, Known, Mention, Roots
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, is_alive, say_words
from taleforge.interpret.references import Context, resolve
from taleforge.interpret.text import Token, words_of
from taleforge.messages.codes import Code

CALLED = frozenset({"item", "feature"})
"""Kinds of options that are called by a name, not by a phrase: a potion, Second Wind."""
ELSEWHERE = frozenset({"spell", "attack", "move", "turn", "rest"})
"""Kinds of options that have a handler of their own."""
_IT = 0.9
"""How sure it is that "it" is the thing spoken of last."""


class _Heard(Struct, frozen=True, gc=False):
    """The words of a clause, and whom or what they surely name."""

    roots: frozenset[str]
    named: frozenset[str]


class _Wish(Struct, frozen=True, gc=False):
    """An intent made ready to be held against options: whom and what it names, and the words that are left."""

    intent: Intent
    mentioned: tuple[Mention, ...]
    words: tuple[Token, ...]
    base: float
    addressed: bool
    """Whether what is named is whom the words are for, and not only what they are about."""
    heard: _Heard


# ---------------------------------------------------------------- by verb, target and words


def option(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the options that an intent may mean, and why there may be none."""
    wish = _wish(intent, moment)
    fits = [(known, _verb_fit(intent, known)) for known in moment.knowledge.options]
    readings = [r for known, fit in fits if fit for r in _readings(known, fit, wish, moment)]
    best = max((reading.score for reading in readings), default=0.0)
    missing = _missing(wish, moment, best)
    return [*readings, missing] if missing else list(readings)


def tell(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the interactions that told words plainly are; what they are not is speech."""
    plain = moment.knowledge.limits.speech
    return [r for r in option(intent, moment) if isinstance(r, Reading) and r.score >= plain]


def _wish(intent: Intent, moment: Moment) -> _Wish:
    words = _content(intent, moment)
    mentioned, words = _named(intent, words, moment)
    addressed = len(mentioned) == 1 and mentioned[0].start < 0
    return _Wish(
        intent, mentioned, tuple(words), moment.base(intent), addressed, _heard(intent.clause, moment.knowledge)
    )


def _heard(clause: Clause, knowledge: Knowledge) -> _Heard:
    named = frozenset(i for mention in knowledge.mentions(clause.core) if len(mention.ids) == 1 for i in mention.ids)
    return _Heard(frozenset(token.root for token in clause.core), named)


def _content(intent: Intent, moment: Moment) -> list[Token]:
    """Return the words that an option should explain: those beside the verb, and what is quoted."""
    knowledge = moment.knowledge
    language = knowledge.language
    ignored = language.roots(intent.frame.ignore) | {root for root in language.leads if not knowledge.tells(root)}
    quoted = words_of(intent.clause.quote, language) if intent.clause.quote else []
    words = [*intent.content(), *(t for t in quoted if not t.filler)]
    passing = language.particles | language.objects  # a phrase that has "him", too, explains nothing by it
    return [t for t in words if t.kind != "comma" and t.norm not in passing and t.root not in ignored]


def _named(intent: Intent, words: list[Token], moment: Moment) -> tuple[tuple[Mention, ...], list[Token]]:
    """Return whom and what the words name, and the words that are left for the deed itself to explain."""
    if spoken_to := _spoken_to(intent, moment):
        address = _address(intent, moment.knowledge)
        return (spoken_to,), _unnamed(words, address, spoken_to, moment.knowledge)
    found = moment.knowledge.mentions(words)
    if not any(_is_body(mention, moment.knowledge) for mention in found):
        aim = intent.role("target" if "target" in intent.roles else "item")
        if meant := _who(intent, aim, moment):
            return (*found, meant), _unnamed(words, aim, meant, moment.knowledge)
        if meant := _what(words, moment):
            return (*found, meant), [token for token in words if token.norm not in _called_it(moment)]
    return tuple(found), words


def _address(intent: Intent, knowledge: Knowledge) -> Sequence[Token]:
    """Return the words that say who is spoken to: a pronoun that stands first is all of them."""
    words = intent.role("person") or intent.role("company")
    groups = knowledge.language.groups
    first = words[0].norm if words else ""
    return words[:1] if any(first in groups[kind] for kind in ("he", "she", "they")) else words


def _who(intent: Intent, words: Sequence[Token], moment: Moment) -> Mention | None:
    """Return whom some words mean, as a mention; nobody when they might mean almost anybody."""
    qualifiers = [phrase for phrase in intent.other if phrase[0]]
    context = Context(moment.knowledge, (*_spoken_of_beside(intent, words, moment.knowledge), *moment.recent))
    found = resolve(words, context, lambda e: is_alive(e) and not e.me, qualifiers)
    weight = found.sure if found.clear else found.sure * 0.8
    return Mention(-1, -1, found.ids, weight) if 0 < len(found.ids) < 4 else None


def _what(words: Sequence[Token], moment: Moment) -> Mention | None:
    """Return the thing that was spoken of last, when it is called "it"."""
    last = moment.knowledge.entities.get(moment.recent[0]) if moment.recent else None
    if last is None or last.sort != "feature" or _called_it(moment).isdisjoint(token.norm for token in words):
        return None
    return Mention(-1, -1, (last.id,), _IT)


def _called_it(moment: Moment) -> frozenset[str]:
    groups = moment.knowledge.language.groups
    return frozenset(groups["it"] - groups["he"])


def _spoken_to(intent: Intent, moment: Moment) -> Mention | None:
    return _who(intent, _address(intent, moment.knowledge), moment)


def _spoken_of_beside(intent: Intent, words: Sequence[Token], knowledge: Knowledge) -> list[str]:
    """Return whom the rest of the clause names, whom "her" may mean."""
    beside = [token for token in intent.clause.core if token not in words]
    return [i for mention in knowledge.mentions(beside) for i in mention.ids]


def _unnamed(words: list[Token], phrase: Sequence[Token], mention: Mention, knowledge: Knowledge) -> list[Token]:
    """Return the words that do not merely say who is meant."""
    naming = {root for id_ in mention.ids for root in (*knowledge.names_of(id_), *knowledge.entities[id_].look)}
    naming |= knowledge.language.general
    return [t for t in words if t not in phrase or t.root not in naming]


def _is_body(mention: Mention, knowledge: Knowledge) -> bool:
    return any(knowledge.entities[i].sort in {"creature", "feature"} for i in mention.ids)


def _verb_fit(intent: Intent, known: Known) -> float:
    """Return how well an option answers a frame's verb, from 0 to 1."""
    frame, kind = intent.frame, known.option.kind
    if known.tail in frame.ids:
        return 1.0
    if kind == "exit" and frame.exits:
        return 0.9
    if known.verb:
        return frame.scene.get(known.verb, 0.0)
    return 0.8 if kind in CALLED and kind in frame.kinds else 0.0


def _readings(known: Known, fit: float, wish: _Wish, moment: Moment) -> list[Reading]:
    called = not known.verb and known.option.kind in CALLED
    if _leads_elsewhere(known, wish.intent, moment.knowledge):
        return []
    if called and known.tail not in wish.intent.frame.ids and not _is_called(known, wish.intent):
        return []
    if known.option.pick:
        return _given(known, fit, wish, moment)
    weights = moment.knowledge.limits.weights
    aim = _aim(known, wish, moment.knowledge)
    meaning = _meaning(known, fit, aim, wish, moment.knowledge)
    if called:
        meaning = max(meaning, weights.own)
    phrase = _likeness(known, wish.heard, moment.knowledge) * (0.8 + 0.2 * aim if aim else weights.amiss)
    score = wish.base * max(meaning, phrase * weights.phrase)
    return [moment.use(score, known.option, grave=known.option.kind == "exit", frame=wish.intent.name)]


def _meaning(known: Known, fit: float, aim: float, wish: _Wish, knowledge: Knowledge) -> float:
    """Return an option's score by verb, target and content, from 0 to 1."""
    weights = knowledge.limits.weights
    explained = _explained(known, fit, wish, knowledge)
    score = weights.verb * fit + weights.target * aim + weights.content * explained
    if wish.words and not explained:
        score *= weights.unexplained
    if not aim:
        score *= weights.amiss
    if known.verb:
        score *= min(1.0, weights.verb_floor + fit)
    if known.tail in wish.intent.frame.ids and not known.targets:
        score = max(score, weights.own + (1 - weights.own) * explained)
    return score


def _explained(known: Known, fit: float, wish: _Wish, knowledge: Knowledge) -> float:
    """Return how much of a wish's words an option explains, by weight; all when there is nothing to explain."""
    if not wish.words:
        return 1.0 if fit == 1 or not known.verb else knowledge.limits.weights.unsaid
    content = known.content.union(*(knowledge.names_of(id_) for id_ in (*known.targets, known.option.id)))
    beside = _beside(wish, knowledge)
    weights = [(knowledge.weight(t.root), t.root in content) for t in wish.words if t not in beside]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, held in weights if held) / total if total else knowledge.limits.weights.unsaid


def _beside(wish: _Wish, knowledge: Knowledge) -> frozenset[Token]:
    """Return the words that only say where somebody is who is spoken to ("chat up the lad in the corner")."""
    if not wish.addressed or "topic" in wish.intent.roles:
        return frozenset()
    spatial = knowledge.language.source.spatial
    return frozenset(t for preposition, words in wish.intent.other if preposition in spatial for t in words)


def _aim(known: Known, wish: _Wish, knowledge: Knowledge) -> float:
    """Return how well an option's target fits whom the words name, from 0 to 1."""
    bodies = [mention for mention in wish.mentioned if _is_body(mention, knowledge)]
    if not bodies:
        return 0.6 if known.targets else 1.0
    if hit := max((m.weight for m in bodies if known.targets & set(m.ids)), default=0.0):
        return hit
    told_about = not wish.addressed and any(knowledge.names_of(i) & known.content for m in bodies for i in m.ids)
    return 0.4 if told_about else 0.0


def _given(known: Known, fit: float, wish: _Wish, moment: Moment) -> list[Reading]:
    """Return the readings of an option that wants to know whom it is for: whoever is named, or else the speaker."""
    knowledge = moment.knowledge
    named = {root for name in known.names for root in name} | knowledge.names_of(known.option.id)
    left = [t for t in wish.intent.content() if t.root not in named and t.norm not in knowledge.language.prepositions]
    found = resolve(left, moment.context, lambda e: e.id in known.targets)
    everybody = tuple(target.id for target in known.option.targets)
    mine = (knowledge.me,) if knowledge.me and knowledge.me in known.targets else everybody
    targets = found.ids or mine
    stranger = not found.ids and bool(resolve(left, moment.context, is_alive).ids)
    sure = found.sure if found.ids else 0.9 if len(targets) == 1 and not stranger else 0.4
    score = wish.base * (0.5 + 0.25 * fit + 0.25 * sure)
    return [moment.use(score, known.option, (target,), frame=wish.intent.name) for target in targets]


def _is_called(known: Known, intent: Intent) -> bool:
    """Whether the words have an option's name, or its main noun ("the potion")."""
    roots = {t.root for t in intent.clause.core}
    return any(set(name) <= roots or _noun(name) in roots for name in known.names if name)


def _noun(name: Roots) -> str:
    return name[name.index("of") - 1] if "of" in name[1:] else name[-1] if len(name) == 1 else ""


def _missing(wish: _Wish, moment: Moment, best: float) -> Obstacle | None:
    """Return why an intent with somebody or something in mind finds none; less sure than a deed that fits."""
    intent = wish.intent
    if intent.weak or not intent.head:
        return None
    words = [token for token in intent.role(intent.frame.needs or "person") if not token.filler]
    known = resolve(words, moment.context, lambda e: e.sort in {"creature", "feature"})
    if words and not known.ids and not known.named:
        return Obstacle(wish.base * 0.7, Code.INTERPRET_NO_TARGET, {"name": say_words(words)})
    if best >= moment.knowledge.limits.ask:
        return None
    return Obstacle(wish.base * (0.6 if words else 0.55), Code.INTERPRET_NOT_NOW, {"what": intent.name})


# ---------------------------------------------------------------- by the scene's own phrases


def by_phrase(clause: Clause, intents: Sequence[Intent], moment: Moment) -> Iterator[Reading]:
    """Yield the options one of whose phrases the words hold, less sure when the verb says something else."""
    weights = moment.knowledge.limits.weights
    spoken_to = {i for intent in intents if (who := _spoken_to(intent, moment)) for i in who.ids}
    heard = _heard(clause, moment.knowledge)
    slips = moment.slips(clause)
    for known in moment.knowledge.options:
        if known.option.pick or known.option.kind in ELSEWHERE or known.content.isdisjoint(heard.roots):
            continue
        if any(_leads_elsewhere(known, intent, moment.knowledge) for intent in intents):
            continue
        likeness = _likeness(known, heard, moment.knowledge)
        fits = not intents or any(_verb_fit(intent, known) for intent in intents)
        score = likeness if fits and likeness >= moment.knowledge.limits.act else likeness * weights.other_verb
        if spoken_to and spoken_to.isdisjoint(known.targets):
            score *= weights.amiss
        yield moment.use(score - slips, known.option, grave=known.option.kind == "exit")


def by_thing(clause: Clause, moment: Moment) -> Iterator[Reading]:
    """Yield the one deed that a thing offers which words name without a verb that is known ("the notice board")."""
    knowledge = moment.knowledge
    named = {m.ids[0] for m in knowledge.mentions(clause.core) if len(m.ids) == 1}
    things = {i for i in named if knowledge.entities[i].sort == "feature"}
    deeds = [k for k in knowledge.options if k.verb and k.targets & things]
    if len(things) == len(deeds) == 1:
        score = knowledge.limits.act + 0.05 - moment.slips(clause)
        yield moment.use(score, deeds[0].option, grave=deeds[0].option.kind == "exit")
    passing = knowledge.language.leads | knowledge.language.prepositions | knowledge.language.general
    words = {t.root for t in clause.core if t.kind == "word" and t.root not in passing}
    about = [k for k in knowledge.options if k.verb and words <= k.content] if words else []
    if len(about) == 1:
        yield moment.use(knowledge.limits.ask + 0.03 - moment.slips(clause), about[0].option)


def says_already(known: Known, clause: Clause, moment: Moment) -> bool:
    """Whether a clause only goes on with a deed in words of its own ("sit down with him and ask what he wants")."""
    language = moment.knowledge.language
    passing = language.general | language.leads | language.prepositions
    words = {t.root for t in clause.core if t.kind == "word" and t.root not in passing}
    return bool(words) and words <= {root for phrase in known.phrases for root in phrase}


def _likeness(known: Known, heard: _Heard, knowledge: Knowledge) -> float:
    """Return how like some words are to one of an option's phrases; whoever it is done to may go by any name."""
    if known.content.isdisjoint(heard.roots):
        return 0.0
    named = frozenset(root for i in known.targets & heard.named for root in knowledge.names_of(i))
    phrases = (*known.phrases, *known.names)
    return max((_phrase_fit(phrase, heard.roots, named, knowledge) for phrase in phrases), default=0.0)


def _leads_elsewhere(known: Known, intent: Intent, knowledge: Knowledge) -> bool:
    """Whether a way goes the other way than is said: "up" when the words say "down"."""
    opposites = knowledge.language.opposites
    said = [token.root for token in intent.clause.core if token.root in opposites] if intent.frame.ways else []
    return any(not opposites[root].isdisjoint(known.content) and root not in known.content for root in said)


def _phrase_fit(phrase: Roots, roots: frozenset[str], named: frozenset[str], knowledge: Knowledge) -> float:
    """Return how much of a phrase the words hold, and how much of the words the phrase explains, from 0 to 1."""
    held = sum(knowledge.weight(root) for root in phrase if root in roots or root in named)
    if not held:
        return 0.0
    said = sum(knowledge.weight(root) for root in roots if root not in named)
    return (held / knowledge.whole(phrase)) ** 1.5 * (0.6 + 0.4 * min(1.0, held / max(said, held)))
