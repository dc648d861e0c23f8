"""The interpreter itself: a text and a view in, an interpretation out. Fulfils `table.ports.Interpreter`.

Every text gets an answer, the same one each time, from the view alone. Holds its language and compiled views, no talk.
"""

from collections import OrderedDict
from collections.abc import Sequence

from taleforge.interpret.knowledge import Knowledge
from taleforge.interpret.language import Language, load_language, load_limits
from taleforge.interpret.reader import Reader
from taleforge.interpret.readings import Moment
from taleforge.interpret.spelling import Speller
from taleforge.interpret.text import Token, respelled, tokenise
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ask
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView


class Interpreter:
    """Makes an intent of words. One serves all tables."""

    def __init__(self) -> None:
        self._limits = load_limits()
        self._spellers: dict[str, Speller] = {}
        self._views: OrderedDict[int, Knowledge] = OrderedDict()

    def interpret(
        self, text: str, view: SeatView, asked: Ask | None = None, recent: Sequence[str] = ()
    ) -> Interpretation:
        """Return what the words mean for this seat. Total: any text gives an answer, quickly.

        `asked` is the last question this seat was asked, for about three turns; `recent` the `mentions` of the
        interpretation before.
        """
        limits = self._limits
        if len(text) > limits.max_text:
            return Interpretation(refusal=Code.TEXT_TOO_LONG, params={"max": limits.max_text}, confidence=0.0)
        knowledge = self._knowledge(view)
        written = tokenise(text, knowledge.language, limits.max_tokens)
        tokens = [token for one in written for token in _spelled(one, knowledge)]
        return Reader(Moment(knowledge, text, tuple(recent)), tokens, asked).read()

    def _knowledge(self, view: SeatView) -> Knowledge:
        """Return a view compiled. The last few are kept together with their views, so that no id is used twice."""
        known = self._views.get(id(view))
        if known is None or known.view is not view:
            language = load_language(view.lexicon.lang if view.lexicon else view.table.lang)
            known = self._views[id(view)] = Knowledge(view, language, self._limits, self._speller(language))
            while len(self._views) > self._limits.cached_views:
                self._views.popitem(last=False)
        return known

    def _speller(self, language: Language) -> Speller:
        lang = language.source.lang
        if lang not in self._spellers:
            self._spellers[lang] = Speller.of(language, self._limits.typing)
        return self._spellers[lang]


def _spelled(token: Token, knowledge: Knowledge) -> list[Token]:
    """Return a word as it was probably meant, as two words when two names were written as one."""
    norm = knowledge.speller.correct(token.norm) if token.kind == "word" and not token.filler else token.norm
    if norm in knowledge.joined:
        return [respelled(token, part, knowledge.language) for part in knowledge.joined[norm]]
    return [token if norm == token.norm else respelled(token, norm, knowledge.language)]
