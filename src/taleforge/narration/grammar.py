"""The narrator that needs no model: it plans what to say and finds the words in the language's data.

The same Brief always gives the same prose. Knows nothing but the Brief and its language.
"""

from taleforge.messages.brief import Brief, Prose
from taleforge.narration.language import Language, load
from taleforge.narration.plan import plan
from taleforge.narration.realise import realise
from taleforge.narration.safety import guard_of


class GrammarNarrator:
    """Tells in one language, read once when it is first needed.

    Args:
        lang: The language's tag; None takes each Brief's own. English stands in for one that has no data.
    """

    def __init__(self, lang: str | None = None) -> None:
        self._lang = lang

    async def tell(self, brief: Brief) -> Prose:
        """Return prose for a Brief; its text is empty when there is nothing worth telling."""
        return self.tell_at_once(brief)

    def tell_at_once(self, brief: Brief) -> Prose:
        """Return prose for a Brief as `tell` does; takes less than a millisecond."""
        language = load(self._lang or brief.lang)
        return Prose(
            v=brief.v, lang=language.name, text=tell(brief, language), audience=brief.audience, speaker=_speaker(brief)
        )


def tell(brief: Brief, language: Language) -> str:
    """Return the text that tells a Brief in a language."""
    return realise(plan(brief), brief, language, guard_of(brief, language))


def _speaker(brief: Brief) -> str | None:
    """Return who speaks, when one actor's speech is all there is."""
    speakers = {beat.actor if beat.code == "said" else None for beat in brief.beats}
    return speakers.pop() if len(speakers) == 1 else None
