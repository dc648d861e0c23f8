"""Of all readings the one to act on; or a question when two are as good; or a refusal that says what could be done.

Thresholds are data (`data/limits.toml`). Does not read words.
"""

from collections.abc import Sequence

from taleforge.interpret.language import Limits
from taleforge.interpret.readings import Obstacle, Outcome, Reading
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice, Question, UseOption
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import Params

QUESTIONS = frozenset({Code.INTERPRET_WHICH_ACTION, Code.INTERPRET_WHICH_TARGET, Code.INTERPRET_CONFIRM})
"""What is asked back. Under another code stand the offers of a refusal, which ask for nothing."""


def judge(outcomes: Sequence[Outcome], limits: Limits, *, asked_lately: bool) -> Interpretation:
    """Return what to do about the readings of a clause. Asks only when nothing was asked lately, grave deeds apart."""
    readings = _ranked([o for o in outcomes if isinstance(o, Reading)])
    obstacles = sorted((o for o in outcomes if isinstance(o, Obstacle)), key=lambda o: -o.score)
    best = readings[0] if readings else None
    if obstacles and (best is None or obstacles[0].score > best.score):
        return _refused(obstacles[0], readings, limits)
    if best is None or best.score < limits.ask:
        return refuse(Code.INTERPRET_UNCLEAR, readings, limits)
    rivals = [r for r in readings[1:] if best.score - r.score < limits.gap]
    gap = best.score - readings[1].score if len(readings) > 1 else 1.0
    confidence = round(max(0.0, min(1.0, best.score * (0.7 + 0.3 * min(1.0, gap / 0.3)))), 3)
    if best.grave and (best.score < limits.grave or rivals):
        return _question([best, *rivals], limits, confirm=not rivals)
    if best.score >= limits.act and (not rivals or asked_lately):
        return act(best, confidence)
    if asked_lately:
        return refuse(Code.INTERPRET_UNCLEAR, readings, limits)
    return _question([best, *rivals] if rivals else readings[: limits.choices], limits, confirm=False)


def act(reading: Reading, confidence: float) -> Interpretation:
    """Return the interpretation that does what a reading says."""
    return Interpretation(
        command=reading.command, confidence=confidence, heard=reading.choice, mentions=reading.mentions
    )  # fmt: skip


def refuse(
    code: Code, readings: Sequence[Reading], limits: Limits, params: Params | None = None, confidence: float = 0.0
) -> Interpretation:
    """Return a refusal with the nearest deeds to choose from."""
    return Interpretation(
        refusal=code, params=params or {}, choices=_choices(readings, limits), confidence=confidence
    )  # fmt: skip


def ranked(readings: Sequence[Reading]) -> list[Reading]:
    """Return readings, the best first, each deed once."""
    return _ranked(readings)


def _ranked(readings: Sequence[Reading]) -> list[Reading]:
    seen: dict[object, Reading] = {}
    for reading in sorted(readings, key=lambda r: -r.score):
        seen.setdefault(_deed(reading), reading)
    return list(seen.values())


def _deed(reading: Reading) -> object:
    """Return what makes two readings the same deed."""
    command = reading.command
    if isinstance(command, UseOption):
        return command.option, command.targets
    return repr(command)


def _refused(obstacle: Obstacle, readings: Sequence[Reading], limits: Limits) -> Interpretation:
    near = [r for r in readings if r.score >= limits.ask * 0.8]
    instead = [*obstacle.instead, *near]
    return refuse(obstacle.code, instead, limits, obstacle.params, confidence=round(min(1.0, obstacle.score), 3))


def _question(readings: Sequence[Reading], limits: Limits, *, confirm: bool) -> Interpretation:
    choices = _choices(readings, limits)
    if not choices:
        return refuse(Code.INTERPRET_UNCLEAR, (), limits)
    options = {choice.option for choice in choices}
    code = Code.INTERPRET_WHICH_ACTION if len(options) > 1 else Code.INTERPRET_WHICH_TARGET
    code = Code.INTERPRET_CONFIRM if confirm or len(choices) == 1 else code
    return Interpretation(question=Question(code), choices=choices, confidence=round(readings[0].score / 2, 3))


def _choices(readings: Sequence[Reading], limits: Limits) -> tuple[AnswerChoice, ...]:
    found: dict[tuple[str | None, tuple[str, ...], str], AnswerChoice] = {}
    for reading in readings:
        if reading.choice and reading.choice.option:
            found.setdefault((reading.choice.option, reading.choice.targets, reading.choice.id), reading.choice)
    numbered = [*found.values()][: limits.choices]
    return tuple(
        AnswerChoice(str(i + 1), c.label, c.code, c.params, c.option, c.targets) for i, c in enumerate(numbered)
    )  # fmt: skip
