"""What a model says, sentence by sentence: each is judged when it has ended, and its marks become words.

Does not decide what comes of a fault.
"""

import re
from collections.abc import Iterator

from taleforge.narration.language import Language
from taleforge.narration.model_check import Judge
from taleforge.narration.model_task import Quote, Task
from taleforge.narration.truth import Violation

MARK = re.compile(r"\[(\d{1,3})\]")
_ENDED = re.compile(r".*?(?:[.!?…]['’)]*|\])(?=\s)", re.DOTALL)
_LAST = re.compile(r"(?:[.!?…]['’)]*|\])\s*$")
_AROUND = re.compile(r"[ \t]*\n[ \t\n]*")
_GAPS = re.compile(r"[ \t]{2,}")


class Draft:
    """A telling as it comes.

    Args:
        task: What is to be told.
        language: In which it is told.
        judge: Says what is wrong.
    """

    def __init__(self, task: Task, language: Language, judge: Judge) -> None:
        self.faults: tuple[Violation, ...] = ()
        self._task = task
        self._language = language
        self._judge = judge
        self._rest = ""
        self._own: list[str] = []
        self._said: list[str] = []
        self._next = 1

    def add(self, piece: str) -> Iterator[str]:
        """Yield each sentence that ends in a piece, with its words; none any more once there is a fault."""
        self._rest += piece
        while not self.faults and (ended := _ENDED.match(self._rest)):
            self._rest = self._rest[ended.end() :]
            yield from self._sentence(ended.group())

    def end(self) -> Iterator[str]:
        """Yield what is left, and find what is wrong with the whole."""
        if not self.faults and self._rest.strip():
            if not _LAST.search(self._rest):
                self.faults = (Violation("form/cut", self._rest),)
                return
            yield from self._sentence(self._rest.rstrip())
        if not self.faults and not self._said:
            self.faults = (Violation("form/nobody", ""),)
        if not self.faults:
            missing = (Violation("mark/missing", f"[{self._next}]"),) if self._next <= len(self._task.quotes) else ()
            self.faults = missing or self._judge.whole(" ".join(self._own), self._task.sentences)

    @property
    def text(self) -> str:
        """All of it, in paragraphs; the words of others as they are."""
        apart = MARK.sub(self._set_apart, "".join(self._said))
        return MARK.sub(self._words, tidy(apart))

    def _sentence(self, sentence: str) -> Iterator[str]:
        own = MARK.sub("\n", sentence)
        self.faults = self._marks(sentence) or self._judge.sentence(own.strip())
        if not self.faults:
            self._own.append(own)
            self._said.append(sentence)
            yield MARK.sub(self._words, MARK.sub(self._set_apart, sentence))

    def _marks(self, sentence: str) -> tuple[Violation, ...]:
        for mark in MARK.finditer(sentence):
            if int(mark[1]) != self._next or self._next > len(self._task.quotes):
                return (Violation("mark/order", mark.group()),)
            self._next += 1
        return ()

    def _quote(self, mark: re.Match[str]) -> Quote:
        return self._task.quotes[int(mark[1]) - 1]

    def _set_apart(self, mark: re.Match[str]) -> str:
        """Give what is read out a paragraph of its own."""
        return mark.group() if self._quote(mark).spoken else f"\n\n{mark.group()}\n\n"

    def _words(self, mark: re.Match[str]) -> str:
        quote = self._quote(mark)
        return self._language.quoted(quote.text) if quote.spoken else quote.text


def tidy(text: str) -> str:
    """Return a text with one empty line between paragraphs and one space between words."""
    paragraphs = (_GAPS.sub(" ", part).strip() for part in _AROUND.split(text))
    return "\n\n".join(part for part in paragraphs if part)
