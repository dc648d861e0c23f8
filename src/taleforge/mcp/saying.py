"""What an agent is told, twice: in words, and as plain data with the same ids that it may send back.

Takes all words from the terminal's catalogue. Adds nothing to what the seat's view and frames hold.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from taleforge.messages.commands import AnswerChoice, Ask, Refused
from taleforge.messages.views import DecisionChoice, DecisionView, Option, SeatView
from taleforge.terminal import sights
from taleforge.terminal.company import seats_lines
from taleforge.terminal.lines import Line
from taleforge.terminal.numbers import Name, cost_text, named, odds_range
from taleforge.terminal.words import Words, capital

Told = tuple[str, dict[str, Any]]
"""Words, and the same as plain data."""
_LEFT_OUT: Final = frozenset({"lexicon", "options", "pregens", "dice", "map"})
"""Parts of a view that other tools tell, or that are of use to programs of our own only."""
MOST_TARGETS: Final = 12
"""Targets of an option that are named in words; the data has all of them."""


def refusal(said: Refused, words: Words, name: Name) -> Told:
    """Say that something may not be done, with the code, and what could be done instead."""
    text = f"{capital(words.say(said.code, named(said.params, name)))} [{said.code}]"
    choices = [_choice(choice, words, name) for choice in said.choices]
    return _lines([text, *_listed(choices)]), {"code": said.code, "params": said.params, "choices": choices}


def question(said: Ask, words: Words, name: Name) -> Told:
    """Ask back which of several things was meant; the id goes to `answer`, `option` and `targets` to `choose`."""
    text = words.say(said.question.code, named(said.question.params, name))
    choices = [_choice(choice, words, name) for choice in said.choices]
    asked = {"answer": "ask", "decision": said.re, "question": text, "choices": choices}
    return _lines([_asked(said.re, text), *_listed(choices)]), asked


def news(view: SeatView, happened: Sequence[Any], told: Sequence[Any], words: Words, name: Name) -> Told:
    """Tell what happened, what was told of it, and what the table waits for."""
    lines = [*(one["text"] for one in happened), *(one["text"] for one in told)]
    waits = [_decision(decision, words, name) for decision in view.decisions]
    lines += [line for one in waits for line in (_asked(one["decision"], one["text"]), *_listed(one["choices"]))]
    turn = is_my_turn(view)
    if turn:
        lines.append(f"It is your turn. {sights.turn_text(view, words)}".strip())
    return _lines(lines) or "Nothing new.", {
        "answer": "done", "version": view.version, "status": view.table.status, "happened": list(happened),
        "told": list(told), "decisions": waits, "your_turn": turn,
    }  # fmt: skip


def is_my_turn(view: SeatView) -> bool:
    """Whether a fight waits for this seat's character."""
    order = view.fight.order if view.fight else ()
    return view.you is not None and any(slot.active and slot.crt == view.you.id for slot in order)


def place(view: SeatView, words: Words) -> str:
    """Say where the seat's character is, who is there, and how everybody is."""
    if view.table.status == "lobby":
        ready_made = [f"{one.id}: {one.name}. {one.look}" for one in view.pregens.values()]
        return _lines([view.table.title, *_texts(seats_lines(view, words)), "Characters to join as:", *ready_made])
    parts = [*sights.place_lines(view, words), *sights.where_lines(view, words), *sights.party_lines(view, words)]
    return _lines(_texts([*parts, *(sights.order_lines(view, words) if view.fight else [])]))


def journal(view: SeatView, words: Words) -> str:
    """Say what the seat has written down."""
    return _lines(_texts(sights.journal_lines(view, words)))


def sheet(view: SeatView, words: Words) -> str:
    """Say what is on the sheet of the seat's own character."""
    return _lines(_texts(sights.sheet_lines(view, words)))


def plain(view: SeatView) -> dict[str, Any]:
    """Return a view as plain data, without what other tools tell."""
    return {key: value for key, value in msgspec.to_builtins(view).items() if key not in _LEFT_OUT}


def options(view: SeatView, words: Words, name: Name) -> Told:
    """List what the seat can do now, with ids, odds and costs."""
    shown = [_option(option, words, name) for option in view.options]
    lines = [_option_line(one) for one in shown]
    return _lines(lines) or "There is nothing to choose from now.", {"version": view.version, "options": shown}


def _option(option: Option, words: Words, name: Name) -> dict[str, Any]:
    text = option.label or capital(words.say(option.code, named(option.params, name)))
    targets = [{"id": target.id, "name": target.name} for target in option.targets]
    return {
        "id": option.id, "kind": option.kind, "text": text, "pick": option.pick, "targets": targets,
        "odds": odds_range(option, words), "cost": cost_text(option.cost, words),
    }  # fmt: skip


def _option_line(one: dict[str, Any]) -> str:
    notes = "; ".join(note for note in (one["odds"], one["cost"]) if note)
    named_targets = [f"{target['name']} ({target['id']})" for target in one["targets"][:MOST_TARGETS]]
    at = f" at {', '.join(named_targets)}" if one["pick"] and named_targets else ""
    return f"{one['id']}: {one['text']}{at}" + (f" [{notes}]" if notes else "")


def _decision(decision: DecisionView, words: Words, name: Name) -> dict[str, Any]:
    text = words.say(decision.code, named(decision.params, name))
    choices = [_choice(choice, words, name) for choice in decision.choices]
    return {"decision": decision.id, "text": text, "choices": choices, "default": decision.default}


def _choice(choice: AnswerChoice | DecisionChoice, words: Words, name: Name) -> dict[str, Any]:
    said = choice.label or words.say(choice.code or "", named(choice.params, name))
    more = {"option": choice.option, "targets": choice.targets} if isinstance(choice, AnswerChoice) else {}
    return {"id": choice.id, "text": said, **{key: value for key, value in more.items() if value}}


def _asked(decision: str, text: str) -> str:
    """Say what is asked, with the id that its answer has to name."""
    return f"You are asked [decision {decision}]: {text}"


def _listed(choices: Sequence[dict[str, Any]]) -> list[str]:
    return [f"- {one['id']}: {one['text']}" for one in choices]


def _texts(lines: Sequence[Line]) -> list[str]:
    return [line.text for line in lines]


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line.strip())
