"""Words that are spoken aloud: quotations, "say hello", greetings, and to whom.

What is said is the player's own text, unchanged. Does not judge what the words mean to the listener.
"""

from taleforge.interpret.clauses import Clause
from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Knowledge
from taleforge.interpret.readings import Moment, Outcome, Reading, is_alive
from taleforge.interpret.references import resolve
from taleforge.interpret.text import Token
from taleforge.messages.commands import Say


def quoted(clause: Clause, moment: Moment) -> Reading:
    """Return the reading of a clause's quotation as speech."""
    return _spoken(0.9, clause.quote or "", _addressee(clause.core, moment), moment)


def say(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return speech without quotation marks: "say hello there", "tell Ilse to watch the door"."""
    if intent.clause.quote is not None or not intent.head:
        return []
    bare = intent.verb in moment.knowledge.language.source.speech.bare
    tokens = [t for t in intent.clause.tokens if t.start >= intent.clause.core[intent.at].end]
    to, words = _split_addressee(tokens, moment)
    told = to is not None and intent.verb in moment.knowledge.language.source.speech.told
    if not words or not (bare or told) or (told and words[0].norm in intent.frame.roles):
        return []
    text = moment.text[words[0].start : words[-1].end + _tail(moment.text, words[-1].end)]
    return [_spoken(moment.base(intent) * (0.85 if bare else 0.7), text, to, moment)]


def greeting(clause: Clause, moment: Moment) -> Reading | None:
    """Return the reading of a clause that begins with a greeting."""
    norms = [t.norm for t in clause.tokens]
    for words in (text.split() for text in moment.knowledge.language.source.speech.greetings):
        if norms[: len(words)] == words:
            text = moment.text[clause.start : clause.end + _tail(moment.text, clause.end)]
            return _spoken(0.75, text, _addressee(clause.core, moment), moment)
    return None


def vocative(clause: Clause, knowledge: Knowledge) -> tuple[str, tuple[Token, ...]] | None:
    """Return who is called by name before or after a comma ("Corin, how much do you owe?"), and the other words."""
    commas = [i for i, t in enumerate(clause.core) if t.kind == "comma"]
    if not commas:
        return None
    for words, rest in (
        (clause.core[: commas[0]], clause.core[commas[0] + 1 :]),
        (clause.core[commas[-1] + 1 :], clause.core[: commas[-1]]),
    ):
        mentions = knowledge.mentions(list(words))
        creature = mentions and len(words) <= 3 and knowledge.entities[mentions[0].ids[0]].sort == "creature"
        if creature and len(mentions[0].ids) == 1 and rest:
            return mentions[0].ids[0], rest
    return None


def _spoken(score: float, text: str, to: str | None, moment: Moment) -> Reading:
    del moment
    return Reading(score, Say(text, to), None, (to,) if to else (), frame="say")


def _addressee(core: tuple[Token, ...], moment: Moment) -> str | None:
    found = resolve([t for t in core if t.kind == "word"], moment.context, lambda e: is_alive(e) and not e.me)
    return found.ids[0] if found.clear and found.sure > 0.6 else None


def _split_addressee(tokens: list[Token], moment: Moment) -> tuple[str | None, list[Token]]:
    """Return who is spoken to, and the words: "to Hob: wake up" and "hello to Skarn" alike."""
    words = [t for t in tokens if t.kind != "colon"]
    colon = next((i for i, t in enumerate(tokens) if t.kind == "colon"), None)
    if colon is not None:
        return _one(tokens[:colon], moment), tokens[colon + 1 :]
    for size in (3, 2, 1):
        head = words[:size]
        if len(words) > size and _is_name(head, moment):
            return _one(head, moment), _without_to(words[size:])
        tail = words[-size:]
        if len(words) > size and tail[0].norm in {"to", "at"} and _is_name(tail, moment):
            return _one(tail, moment), words[:-size]
    return None, words


def _is_name(words: list[Token], moment: Moment) -> bool:
    named = [t for t in words if not t.filler and t.norm not in {"to", "at"}]
    mentions = moment.knowledge.mentions(named)
    return len(mentions) == 1 and mentions[0].end - mentions[0].start == len(named) and _one(words, moment) is not None


def _one(words: list[Token], moment: Moment) -> str | None:
    return _addressee(tuple(words), moment)


def _without_to(words: list[Token]) -> list[Token]:
    return words[1:] if len(words) > 1 and words[0].norm in {"to", "that"} else words


def _tail(text: str, end: int) -> int:
    """Return how many signs right after a word belong to what is said."""
    count = 0
    while end + count < len(text) and text[end + count] in "!?.…":
        count += 1
    return count
