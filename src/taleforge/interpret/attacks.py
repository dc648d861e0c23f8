"""Attacks: with which weapon, at whom.

Chooses only among the view's attacks and their targets. Does not judge whether an attack is wise; the verdict asks
before one that cannot be taken back.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct, structs

from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Knowledge, Known, Mention
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, is_alive, say_words
from taleforge.interpret.references import NOTHING, Found, resolve
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.views import Params

MELEE_REACH = 10
"""Feet: what reaches further is a weapon for a distance."""

Ranked = list[tuple[Known, float]]
"""Attacks and how well each fits the words, from 0 to 1."""


class _Weapon(Struct, frozen=True, gc=False):
    """What the words say about the weapon: the attacks it leaves (None: it says nothing), and the words that say it."""

    attacks: tuple[Known, ...] | None
    words: frozenset[str]


class _Victim(Struct, frozen=True, gc=False):
    """Whom the words aim at, and the words that say so. A guess when they say nothing."""

    found: Found
    words: tuple[Token, ...]
    guess: bool = False


def attack(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the attacks that an intent may mean, the fitting weapon first."""
    attacks = [known for known in moment.knowledge.options if known.option.kind == "attack"]
    weapon = _weapon(intent, moment.knowledge, attacks)
    if intent.verb in intent.frame.armed and not weapon.attacks:
        return []
    if stuff := _thrown(intent, moment, weapon):
        return [Obstacle(moment.base(intent) * 0.9, Code.INTERPRET_NO_TARGET, {"name": say_words(stuff)})]
    victim = _victim(intent, moment, weapon)
    fitting = _by_verb(intent, moment.knowledge, attacks)
    usable = fitting if weapon.attacks is None else _with(weapon.attacks, fitting)
    if not victim.found.ids:
        return _nobody(intent, moment, victim, usable)
    return list(_aimed(usable, victim, intent, moment)) or _otherwise(attacks, weapon, victim, intent, moment)


def _weapon(intent: Intent, knowledge: Knowledge, attacks: list[Known]) -> _Weapon:
    core = intent.clause.core
    mentions = [m for m in knowledge.mentions(core) if m.start not in intent.used]
    named = {m: [k for k in attacks if _is_weapon(m, k, core)] for m in mentions}
    ready = {m: found for m, found in named.items() if found}
    if ready:
        return _Weapon(tuple(k for found in ready.values() for k in found), _words(core, ready))
    sheet = {entry.ref for entry in knowledge.lexicon.entries if entry.kind == "action"}
    unready = [m for m in mentions if sheet & set(m.ids)]
    words = _words(core, unready) or _unowned(intent, knowledge)
    return _Weapon(() if words else None, words)


def _thrown(intent: Intent, moment: Moment, weapon: _Weapon) -> list[Token]:
    """Return the words for something to throw at somebody that is no weapon at hand ("throw a cask at the guard")."""
    phrases = intent.roles.get("target", ()) if intent.verb in intent.frame.thrown else ()
    if len(phrases) < 2 or weapon.attacks:  # what, and at whom
        return []
    stuff = [t for t in phrases[0] if t.kind == "word" and not t.filler and t.root not in weapon.words]
    return [] if resolve(stuff, moment.context, lambda e: is_alive(e) and not e.me).ids else stuff


def _unowned(intent: Intent, knowledge: Knowledge) -> frozenset[str]:
    """Return the weapon that the speaker calls theirs, although nothing on their sheet is called that."""
    reference = knowledge.language.source.reference
    weapons = knowledge.language.roots(reference.weapons)
    pairs = pairwise(intent.clause.tokens)
    return frozenset(thing.root for of, thing in pairs if of.norm in reference.mine and thing.root in weapons)


def _is_weapon(mention: Mention, known: Known, core: Sequence[Token]) -> bool:
    roots = tuple(t.root for t in core[mention.start : mention.end])
    return known.option.id in mention.ids or roots in known.names


def _words(core: Sequence[Token], mentions: Iterable[Mention]) -> frozenset[str]:
    return frozenset(t.root for m in mentions for t in core[m.start : m.end])


def _by_verb(intent: Intent, knowledge: Knowledge, attacks: list[Known]) -> Ranked:
    """Rank the attacks by the verb: "shoot" wants range, "stab" does not, "hit" takes the first at hand."""
    frame, verb = intent.frame, intent.verb
    if only := frame.only.get(verb):
        roots = knowledge.language.roots(only)
        return _ranked(k for k in attacks if any(roots & set(name) for name in k.names))
    ranged = [k for k in attacks if k.option.range > MELEE_REACH]
    melee = [k for k in attacks if k.option.range <= MELEE_REACH]
    if verb in frame.ranged:
        return _ranked(ranged)
    return _ranked(melee if verb in frame.melee else [*melee, *ranged])


def _with(weapon: Sequence[Known], fitting: Ranked) -> Ranked:
    """Rank the attacks with a named weapon: those that fit the verb ("throw"), or all when none does."""
    return _ranked([known for known, _ in fitting if known in weapon] or weapon)


def _ranked(attacks: Iterable[Known]) -> Ranked:
    return [(known, 1 - 0.12 * min(place, 3)) for place, known in enumerate(attacks)]


def _victim(intent: Intent, moment: Moment, weapon: _Weapon) -> _Victim:
    """Return whom an attack is aimed at: the first phrase that names somebody."""
    phrases = [words for role in ("target", "tool") for words in intent.roles.get(role, ())]
    phrases += [words for preposition, words in intent.other if preposition == "before"]
    qualifiers = [phrase for phrase in intent.other if phrase[0]]
    best = _Victim(NOTHING, ())
    for words in phrases:
        left = tuple(t for t in words if t.root not in weapon.words)
        found = resolve(left, moment.context, lambda e: is_alive(e) and not e.me, qualifiers)
        if found.ids:
            return _Victim(found, left)
        if (left and not best.words) or (found.named and not best.found.named):
            best = _Victim(found, left)
    return best


def _nobody(intent: Intent, moment: Moment, victim: _Victim, usable: Ranked) -> list[Outcome]:
    """Answer an attack on nobody in particular, or on somebody who is not here."""
    base = moment.base(intent)
    said = any(t.kind != "comma" for t in victim.words)
    if intent.weak and (not said or victim.found.named or not intent.head):
        return []
    if said:
        return [Obstacle(base * 0.85, Code.INTERPRET_NO_TARGET, {"name": say_words(victim.words)})]
    anybody = dict.fromkeys(target.id for known, _ in usable for target in known.option.targets)
    guess = _Victim(Found(tuple(anybody), sure=0.9), (), guess=True)
    return list(_aimed(usable, guess, intent, moment)) or [_not_now(base, ())]


def _otherwise(attacks: list[Known], weapon: _Weapon, victim: _Victim, intent: Intent, moment: Moment) -> list[Outcome]:
    """Answer an attack that the fitting weapon cannot make: with another one, by asking, or not at all."""
    instead = _aimed(_ranked(attacks), victim, intent, moment)
    frame, verb = intent.frame, intent.verb
    if instead and weapon.attacks is None and verb not in {*frame.melee, *frame.ranged}:
        return list(instead)
    if instead and verb in frame.only:
        unsure = moment.knowledge.limits.ask + 0.01
        return [structs.replace(reading, score=unsure) for reading in instead]
    nearer = _nearer(victim, moment)
    name = moment.knowledge.entities[victim.found.ids[0]].name if nearer else ""
    return [_not_now(moment.base(intent), [*nearer, *instead], name)]


def _nearer(victim: _Victim, moment: Moment) -> list[Reading]:
    """Return the ways to whoever is out of reach, to be offered instead."""
    ways = [k for k in moment.knowledge.options if k.option.kind == "move"]
    return [moment.use(0.5, go.option, (i,)) for go in ways for i in victim.found.ids[:1] if i in go.targets]


def _not_now(base: float, instead: Sequence[Reading], far: str = "") -> Obstacle:
    """Return that there is nobody to attack, or whom a step would bring within reach."""
    params: Params = {"what": "reach", "name": far} if far else {"what": "attack"}
    return Obstacle(base * 0.9, Code.INTERPRET_NOT_NOW, params, tuple(instead))


def _aimed(attacks: Ranked, victim: _Victim, intent: Intent, moment: Moment) -> list[Reading]:
    """Return one reading for each weapon and each victim who is meant as likely as another."""
    readings: list[Reading] = []
    for known, fit in attacks:
        targets = [i for i in victim.found.ids if i in known.targets]
        targets = targets[:1] if victim.found.many else _within_arms_reach(targets, moment.knowledge) or targets
        for target in targets:
            grave = _is_at_peace(target, moment.knowledge)
            score = moment.base(intent) * fit * (0.6 + 0.4 * victim.found.sure) - 0.1 * (grave and victim.guess)
            readings.append(moment.use(score, known.option, (target,), grave=grave, frame="attack"))
    return readings


def _within_arms_reach(targets: Sequence[str], knowledge: Knowledge) -> list[str]:
    return [i for i in targets if 0 < knowledge.entities[i].feet <= MELEE_REACH // 2]


def _is_at_peace(target: str, knowledge: Knowledge) -> bool:
    creature = knowledge.entities[target].creature
    return creature is not None and creature.side != "foe"
