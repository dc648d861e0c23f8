"""Words that are spoken aloud: quotations, "say hello", greetings, and to whom.

What is said is the player's own text, unchanged. Does not judge what the words mean to the listener.
"""

from collections.abc import Sequence

from taleforge.interpret.clauses import Clause
from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Knowledge
from taleforge.interpret.readings import Moment, Outcome, Reading, is_alive
from taleforge.interpret.references import resolve
from taleforge.interpret.text import Token
from taleforge.messages.commands import GESTURE, Say


def quoted(clause: Clause, moment: Moment) -> Reading:
    """Return the reading of a clause's quotation as speech."""
    return _spoken(0.9, clause.quote or "", _somebody(clause.core, moment))


def say(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return speech without quotation marks: "say hello there", "tell Ilse to watch the door"."""
    if intent.clause.quote is not None or not intent.head:
        return []
    language = moment.knowledge.language
    after = intent.clause.core[intent.at].end
    to, words = _split([token for token in intent.clause.tokens if token.start >= after], moment)
    all_of_them = to is None and len(words) > 1 and words[0].norm in language.groups["they"]
    words = words[1:] if all_of_them else words
    bare = intent.verb in language.source.speech.bare
    told = intent.verb in language.source.speech.told and (all_of_them or to is not None)
    if not words or not (bare or told) or (told and words[0].norm in intent.frame.roles):
        return []
    return [_spoken(moment.base(intent) * (0.85 if bare else 0.7), _text(words[0].start, words[-1].end, moment), to)]


def gesture(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return what somebody does with their body, at most towards somebody: "I bow to the landlady", "shrug"."""
    if intent.clause.quote is not None or not intent.head:
        return []
    language = moment.knowledge.language
    ignored = language.roots(intent.frame.ignore) | language.prepositions | language.leads
    words = [t for t in intent.content() if t.kind == "word" and not t.filler and t.root not in ignored]
    to = _called(words, moment) or (_somebody(words, moment) if words else None)
    clear = 0.9 if to or not words else _VAGUE
    return [Reading(moment.base(intent) * clear, Say(intent.verb, to, GESTURE), None, (to,) if to else (), frame="say")]


def greeting(clause: Clause, moment: Moment) -> Reading | None:
    """Return the reading of a clause that begins with a greeting."""
    norms = [token.norm for token in clause.tokens]
    for words in (text.split() for text in moment.knowledge.language.source.speech.greetings):
        if norms[: len(words)] == words:
            return _spoken(0.75, _text(clause.start, clause.end, moment), _somebody(clause.core, moment))
    return None


def vocative(clause: Clause, knowledge: Knowledge) -> tuple[str, tuple[Token, ...]] | None:
    """Return who is called by name before or after a comma ("Corin, how much do you owe?"), and the other words."""
    commas = [i for i, token in enumerate(clause.core) if token.kind == "comma"]
    if not commas:
        return None
    first, last = commas[0], commas[-1]
    for words, rest in (
        (clause.core[:first], clause.core[first + 1 :]),
        (clause.core[last + 1 :], clause.core[:last]),
    ):
        mentions = knowledge.mentions(words) if rest and len(words) <= _LONGEST_NAME else []
        if mentions and len(mentions[0].ids) == 1 and knowledge.entities[mentions[0].ids[0]].sort == "creature":
            return mentions[0].ids[0], rest
    return None


def order(tokens: Sequence[Token], moment: Moment) -> Reading | None:
    """Return what is said to somebody of the party ("Tamsin, pick the lock"): the deed is theirs, not the speaker's."""
    commas = [i for i, token in enumerate(tokens) if token.kind == "comma"]
    if not commas or any(token.kind == "quote" for token in tokens):
        return None
    before, after = tokens[: commas[0]], tokens[commas[-1] + 1 :]
    friend = _friend(before, moment)
    if friend is None and not any(_is_friend(i, moment) for m in moment.knowledge.mentions(before) for i in m.ids):
        friend = _friend(after, moment)
    return _spoken(_ORDER, moment.text.strip(), friend) if friend else None


def _friend(words: Sequence[Token], moment: Moment) -> str | None:
    """Return whom of the party some words call, when they do nothing else."""
    hails = {word for text in moment.knowledge.language.source.speech.greetings for word in text.split()}
    name = [token for token in words if token.norm not in hails and token.kind != "stop"]
    called = _called(name, moment) if 0 < len(name) <= _LONGEST_NAME else None
    return called if called and _is_friend(called, moment) else None


def _is_friend(id_: str, moment: Moment) -> bool:
    creature = moment.knowledge.entities[id_].creature
    return creature is not None and creature.side == "party"


def _spoken(score: float, text: str, to: str | None) -> Reading:
    return Reading(score, Say(text, to), None, (to,) if to else (), frame="say")


def _somebody(words: Sequence[Token], moment: Moment) -> str | None:
    """Return who is named, when it is one and only one."""
    found = resolve([t for t in words if t.kind == "word"], moment.context, lambda e: is_alive(e) and not e.me)
    return found.ids[0] if found.clear and found.sure > _SURE else None


def _split(tokens: list[Token], moment: Moment) -> tuple[str | None, list[Token]]:
    """Return who is spoken to, and the words: "to Hob: wake up", "Ilse to wait" and "hello to Skarn" alike."""
    speech = moment.knowledge.language.source.speech
    colon = next((i for i, token in enumerate(tokens) if token.kind == "colon"), None)
    if colon is not None:
        return _somebody(tokens[:colon], moment), tokens[colon + 1 :]
    for size in range(min(_LONGEST_NAME, len(tokens) - 1), 0, -1):
        head, tail = tokens[:size], tokens[-size:]
        if to := _called(head, moment):
            opened = tokens[size].norm in speech.openers and len(tokens) > size + 1
            return to, tokens[size + 1 :] if opened else tokens[size:]
        if tail[0].norm in speech.toward and (to := _called(tail, moment)):
            return to, tokens[:-size]
    return None, tokens


def _called(words: list[Token], moment: Moment) -> str | None:
    """Return who is named, when the words are nothing but the name."""
    bare = [t for t in words if not t.filler and t.norm not in moment.knowledge.language.source.speech.toward]
    mentions = moment.knowledge.mentions(bare)
    whole = len(mentions) == 1 and mentions[0].end - mentions[0].start == len(bare)
    return _somebody(words, moment) if whole else None


def _text(start: int, end: int, moment: Moment) -> str:
    """Return a piece of the text, with the signs right after its last word."""
    while end < len(moment.text) and moment.text[end] in "!?.…":
        end += 1
    return moment.text[start:end]


_LONGEST_NAME = 3
_ORDER = 0.97
_VAGUE = 0.66
"""How sure a gesture is that is made with, at or about something else."""
_SURE = 0.6
