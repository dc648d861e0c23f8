"""`taleforge models`: which language models are configured, whether they answer, and what they say.

Asks the servers themselves, beside any server of ours that runs. What a trial uses is kept in no ledger.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

if TYPE_CHECKING:
    from taleforge.settings import Settings

MODELS = """Show the language models that are configured, and ask them something.

\b
In the order in which they are asked; when none answers, the built-in narrator tells. Leaves with 0 when all of them
are well, or none is configured, with 1 when some are, and with 75 when none is.
Examples:
  taleforge --set model.url=http://localhost:11434/v1 models
  taleforge models test "A door creaks. Tell it in one sentence."
"""
SOME_FAIL: Final = 1
NONE_ANSWERS: Final = 75
QUESTION: Final = "A door creaks in an empty inn. Tell it in one sentence."

models = typer.Typer(
    add_completion=False, rich_markup_mode=None, help=MODELS, invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
Words = Annotated[str, typer.Argument(metavar="TEXT", help="What to ask.")]


@models.callback()
def show(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Show what is configured and how it is."""
    if context.invoked_subcommand is not None:
        return
    from taleforge.bootstrap import survey

    found = run(survey(settings_of(context, data)))
    if as_json:
        print_json(found)
    else:
        for line in _told(found):
            typer.echo(line)
    well = [sight.found for sight in found.models]
    if well and not all(well):
        raise typer.Exit(SOME_FAIL if any(well) else NONE_ANSWERS)


def _told(found: Any) -> list[str]:
    if not found.models:
        return ["No model is configured: the built-in narrator tells. Set model.url to have one."]
    rows = [f"{number}. {_row(sight)}" for number, sight in enumerate(found.models, 1)]
    then = "the built-in narrator" if found.narrator == "model" else "none of them is asked: narrator.kind is grammar"
    embedding = [f"For embeddings: {_row(found.embedding)}"] if found.embedding is not None else []
    return [*rows, f"{len(rows) + 1}. {then}", *embedding]


def _row(sight: Any) -> str:
    nameless = sight.label.startswith("at ")
    label = f"{sight.model or 'the first model'} {sight.label}" if nameless else sight.label
    if not sight.found:
        return f"{label}: FAILED. {sight.problem}"
    context = f"{sight.context} tokens" if sight.context else "unknown"
    called = "" if label.startswith(sight.model) else f" ({sight.model})"
    return f"{label}{called}: well, {sight.latency_ms:.0f} ms, context {context}"


@models.command("test")
def trial(context: typer.Context, text: Words = QUESTION, data: Data = None, as_json: Json = False) -> None:
    """Ask the models something, as they come; say who answered and how quickly."""
    shown = _asked(settings_of(context, data), text, aloud=not as_json)
    if as_json:
        print_json(shown)
    else:
        typer.echo(f"\n-- {shown.model}: first words after {shown.first_ms} ms, all after {shown.whole_ms} ms")


def _asked(settings: "Settings", text: str, *, aloud: bool) -> Any:
    from taleforge.bootstrap import ask_models

    def heard(piece: str) -> None:
        if aloud:
            typer.echo(piece, nl=False)
            sys.stdout.flush()

    return run(ask_models(settings, text, heard))
