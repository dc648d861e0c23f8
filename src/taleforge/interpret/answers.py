"""Answers to a question that waits: a pending decision, or what the interpreter itself asked last.

Yes and no, "the second one", or words of a choice. Does not answer when the words are about something else.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.interpret.knowledge import Knowledge
from taleforge.interpret.readings import Moment, Reading
from taleforge.interpret.text import Token
from taleforge.messages.commands import Answer, AnswerChoice, Ask, UseOption
from taleforge.messages.views import DecisionView


class Choice(Struct, frozen=True):
    """One thing that may be answered: its place in the list, and the roots of its words."""

    id: str
    words: frozenset[str]
    yes: bool
    no: bool


def decision(tokens: Sequence[Token], moment: Moment) -> Reading | None:
    """Return the answer to the first pending decision, if the words are one."""
    for pending in moment.knowledge.view.decisions:
        chosen = _chosen(tokens, _choices_of(pending, moment.knowledge), moment)
        if chosen:
            return Reading(0.95, Answer(pending.id, chosen), frame="answer")
    return None


def asked(tokens: Sequence[Token], ask: Ask, moment: Moment) -> Reading | None:
    """Return what the answer to the interpreter's own question chooses, if the words are an answer."""
    choices = [
        Choice(str(i), frozenset(moment.knowledge.roots(_words_of(choice))), len(ask.choices) == 1, no=False)
        for i, choice in enumerate(ask.choices)
    ]
    chosen = _chosen(tokens, choices, moment)
    if chosen is None:
        return None
    choice = ask.choices[int(chosen)]
    offered = any(known.option.id == choice.option for known in moment.knowledge.options)
    if not offered or choice.option is None:
        return None
    slot = choice.params.get("slot")
    command = UseOption(choice.option, choice.targets, {"slot": slot} if slot else {}, moment.text)
    return Reading(0.95, command, choice, choice.targets, frame="answer")


def _words_of(choice: AnswerChoice) -> str:
    return " ".join((choice.label or "", *(str(value) for value in choice.params.values())))


def _choices_of(pending: DecisionView, knowledge: Knowledge) -> list[Choice]:
    answers = knowledge.language.source.answers
    choices: list[Choice] = []
    for choice in pending.choices:
        ends = {choice.id.rpartition(":")[2], choice.code.rpartition("/")[2]}
        said = " ".join((choice.label or "", str(choice.params.get("name", "")), choice.id.replace("_", " ")))
        no = bool(ends & set(answers.no_ids))
        yes = bool(ends & set(answers.yes_ids)) and not no
        choices.append(Choice(choice.id, frozenset(knowledge.roots(said)), yes, no))
    if len(choices) == 2 and [c.no for c in choices].count(True) == 1:
        return [Choice(c.id, c.words, not c.no, c.no) for c in choices]
    return choices


def _chosen(tokens: Sequence[Token], choices: list[Choice], moment: Moment) -> str | None:
    words = [t for t in tokens if t.kind in {"word", "number"}]
    if not words or len(words) > _LONGEST_ANSWER:
        return None
    language = moment.knowledge.language
    denied = any(t.root in language.negations for t in words)
    by_words = _by_words(words, choices, moment)
    if by_words and not denied:
        return by_words.id
    refusing = next((c for c in choices if c.no), None)
    if refusing and (denied or _says(words, language.source.answers.no, moment)):
        return refusing.id
    if (place := _place(words, choices, moment)) and not denied:
        return place
    accepting = [c for c in choices if c.yes]
    if len(accepting) == 1 and not denied and _says(words, language.source.answers.yes, moment):
        return accepting[0].id
    return by_words.id if by_words and by_words.no else None


def _by_words(words: Sequence[Token], choices: list[Choice], moment: Moment) -> Choice | None:
    """Return the only choice that has the words' telling roots."""
    usual = moment.knowledge.language.roots(moment.knowledge.language.source.answers.use)
    roots = {t.root for t in words if not t.filler}
    scored = [(len(roots & choice.words), choice) for choice in choices]
    most = max((score for score, _ in scored), default=0)
    best = [choice for score, choice in scored if score == most]
    strange = [
        r
        for r in roots
        if r not in usual and r not in moment.knowledge.language.leads and not any(r in c.words for c in choices)
    ]
    return best[0] if most and len(best) == 1 and len(strange) <= most + 1 else None


def _place(words: Sequence[Token], choices: list[Choice], moment: Moment) -> str | None:
    """Return the choice named by its number ("2", "the second one", "the last")."""
    language = moment.knowledge.language
    usual = language.roots(language.source.answers.use) | language.groups["one"] | language.leads
    said = [t for t in words if not t.filler and (t.root not in usual or t.root in language.numbers)]
    said = said[:1] if said[1:] and said[1].norm in {"one", "ones"} else said
    if len(said) != 1:
        return None
    token = said[0]
    number = int(token.norm) if token.kind == "number" and len(token.norm) < 3 else 0
    number = number or language.ordinals.get(token.root, 0) or language.numbers.get(token.root, 0)
    index = number - 1 if number > 0 else number
    return choices[index].id if number and -len(choices) <= index < len(choices) else None


def _says(words: Sequence[Token], phrases: Sequence[str], moment: Moment) -> bool:
    """Whether the words begin with one of the phrases, courtesies apart."""
    roots = [t.root for t in words]
    bare = [t.root for t in words if not t.filler and t.norm not in {"i", "we"}]
    for phrase in phrases:
        wanted = list(moment.knowledge.language.phrase(phrase))
        if (
            roots[: len(wanted)] == wanted
            or bare[: len(wanted)] == wanted
            or (len(wanted) > 1 and set(wanted) <= set(roots))
        ):
            return True
    return False


_LONGEST_ANSWER = 14
