"""Answers to a question that waits: a pending decision, or what the interpreter itself asked last.

Yes and no, "the second one", or words of a choice. Does not answer when the words are about something else.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.interpret.knowledge import Knowledge
from taleforge.interpret.readings import Moment, Reading
from taleforge.interpret.text import Token
from taleforge.interpret.verdict import QUESTIONS
from taleforge.messages.commands import Answer, AnswerChoice, Ask
from taleforge.messages.views import DecisionView


class _Choice(Struct, frozen=True):
    """One thing that may be answered: the roots of its words, and whether it is a yes or a no."""

    id: str
    words: frozenset[str]
    yes: bool = False
    no: bool = False


def decision(tokens: Sequence[Token], moment: Moment) -> Reading | None:
    """Return the answer to the first pending decision that the words answer."""
    for pending in moment.knowledge.view.decisions:
        chosen = _Answering(tokens, _choices(pending, moment.knowledge), moment.knowledge).chosen()
        if chosen:
            return Reading(SURE, Answer(pending.id, chosen.id), frame="answer")
    return None


def asked(tokens: Sequence[Token], ask: Ask, moment: Moment) -> Reading | None:
    """Return what the answer to the interpreter's own question chooses, if the words are one and it still can be.

    A plain yes takes the only choice, or the first of what a refusal offered. Words that speak of something else too
    make the answer less sure, and are none to an offer.
    """
    offered = ask.question.code not in QUESTIONS
    sure = len(ask.choices) == 1 or offered
    choices = [
        _Choice(str(i), _words(choice, moment.knowledge), sure and i == 0) for i, choice in enumerate(ask.choices)
    ]
    answering = _Answering(tokens, choices, moment.knowledge)
    chosen = answering.chosen()
    if chosen is None or (offered and not answering.is_plain(chosen)):
        return None
    choice = ask.choices[int(chosen.id)]
    option = next((known.option for known in moment.knowledge.options if known.option.id == choice.option), None)
    slot = choice.params.get("slot")
    sureness = SURE if answering.is_plain(chosen) else _UNSURE
    return moment.use(sureness, option, choice.targets, {"slot": slot} if slot else {}) if option else None


def _words(choice: AnswerChoice, knowledge: Knowledge) -> frozenset[str]:
    return frozenset(knowledge.roots(" ".join((choice.label or "", *map(str, choice.params.values())))))


def _choices(pending: DecisionView, knowledge: Knowledge) -> list[_Choice]:
    """Return a decision's choices; of two, the one beside a no is the yes."""
    answers = knowledge.language.source.answers
    choices: list[_Choice] = []
    for choice in pending.choices:
        ends = {choice.id.rpartition(":")[2], choice.code.rpartition("/")[2]}
        usual = (choice.label or "", str(choice.params.get("name", "")), choice.id.replace("_", " "))
        said = " ".join((*usual, answers.words.get(choice.code, "")))
        no = not ends.isdisjoint(answers.no_ids)
        choices.append(_Choice(choice.id, frozenset(knowledge.roots(said)), not ends.isdisjoint(answers.yes_ids), no))
    if len(choices) == 2 and sum(choice.no for choice in choices) == 1:
        return [_Choice(choice.id, choice.words, not choice.no, choice.no) for choice in choices]
    return choices


class _Answering:
    """Words held against the choices of one question."""

    def __init__(self, tokens: Sequence[Token], choices: Sequence[_Choice], knowledge: Knowledge) -> None:
        self._said = [token for token in tokens if token.kind in {"word", "number"}]
        self._choices = choices
        self._language = knowledge.language
        self._answers = knowledge.language.source.answers

    def chosen(self) -> _Choice | None:
        """Return the choice that the words make, if they make one."""
        if not self._said or len(self._said) > _LONGEST_ANSWER:
            return None
        by_words = self._by_words()
        refusing = next((choice for choice in self._choices if choice.no), None)
        if any(token.root in self._language.negations for token in self._said):
            return refusing or (by_words if by_words and by_words.no else None)
        if by_words:
            return by_words
        if refusing and self._says(self._answers.no):
            return refusing
        return self._by_place() or self._by_yes()

    def is_plain(self, choice: _Choice) -> bool:
        """Whether the words say nothing beside a choice: its own words, its number, yes or no."""
        answers = self._language.roots([*self._answers.yes, *self._answers.no])
        places = {*self._language.numbers, *self._language.ordinals, *self._language.groups["one"]}
        ways = self._language.opposites.keys()  # who goes down does not only look
        small = (self._language.prepositions | self._language.negations | set(self._language.groups["it"])) - ways
        strange = self._roots - choice.words - self._usual - answers - places - small
        return all(root.isdigit() for root in strange)

    @property
    def _usual(self) -> frozenset[str]:
        return self._language.roots(self._answers.use) | self._language.leads

    @property
    def _roots(self) -> set[str]:
        return {token.root for token in self._said if not token.filler}

    def _by_words(self) -> _Choice | None:
        """Return the only choice that has the most of the words, unless they speak of much else."""
        roots = self._roots
        scored = [(len(roots & choice.words), choice) for choice in self._choices]
        most = max(score for score, _ in scored)
        best = [choice for score, choice in scored if score == most]
        strange = roots.difference(self._usual, *(choice.words for choice in self._choices))
        return best[0] if most and len(best) == 1 and len(strange) <= most + 1 else None

    def _by_place(self) -> _Choice | None:
        """Return the choice named by its number ("2", "the second one", "the last")."""
        usual = self._usual
        places = {*self._language.numbers, *self._language.ordinals}
        said = [t for t in self._said if not t.filler and (t.root in places or t.root not in usual)]
        if len(said) == 2 and said[1].root in self._language.groups["one"]:
            said.pop()
        number = self._number(said[0]) if len(said) == 1 else 0
        index = number - 1 if number > 0 else number
        return self._choices[index] if number and -len(self._choices) <= index < len(self._choices) else None

    def _number(self, token: Token) -> int:
        if token.kind == "number":
            return int(token.norm) if len(token.norm) < 3 else 0
        return self._language.ordinals.get(token.root) or self._language.numbers.get(token.root, 0)

    def _by_yes(self) -> _Choice | None:
        accepting = [choice for choice in self._choices if choice.yes]
        return accepting[0] if len(accepting) == 1 and self._says(self._answers.yes) else None

    def _says(self, phrases: Sequence[str]) -> bool:
        """Whether the words begin with one of the phrases, or hold all of a longer one."""
        roots = [token.root for token in self._said]
        subjects = self._language.source.self_subjects
        bare = [token.root for token in self._said if not token.filler and token.norm not in subjects]
        for wanted in (list(self._language.phrase(phrase)) for phrase in phrases):
            begins = wanted in (roots[: len(wanted)], bare[: len(wanted)])
            if begins or (len(wanted) > 1 and set(wanted) <= set(roots)):
                return True
        return False


_LONGEST_ANSWER = 14
SURE = 0.95
"""How sure an answer is that says nothing else."""
_UNSURE = 0.7
