"""`taleforge say` and `taleforge listen`: speech in files, by the engines of the settings.

Asks no server, and keeps nothing but the file that was asked for.
"""

from pathlib import Path
from typing import Annotated

import typer

from taleforge.errors import BadInput
from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

SAY = """Say a text, and write it to a file of sound.

\b
A voice is any name, such as a character's id: the same name sounds the same everywhere. Words about whoever
speaks, such as dwarf, female or goblin, shape it. The file's ending says its kind: wav, flac, ogg, opus, mp3, pcm.
Examples:
  taleforge say "The bell tolls." --out bell.wav
  taleforge say "Who goes there?" --voice gruff_gate_guard --trait dwarf --out guard.ogg
"""
LISTEN = """Write down what is said in a file of sound.

\b
With phrases it finds the one that was said; without, it guesses freely, and often wrongly.
Examples:
  taleforge listen said.wav
  taleforge listen said.wav --phrase "open the door" --phrase "look around"
"""


def say(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")] = Path("said.wav"),
    voice: Annotated[str, typer.Option("--voice", metavar="NAME", help="Who says it.")] = "narrator",
    trait: Annotated[list[str] | None, typer.Option("--trait", metavar="WORD", help="A word about them.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say a text into a file."""
    from taleforge.bootstrap import say as said

    sound = run(said(settings_of(context, data), text, voice, trait or [], out.suffix.removeprefix(".").lower()))
    try:
        out.write_bytes(sound)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.", "Name another file.") from error
    if as_json:
        print_json({"file": str(out), "bytes": len(sound), "voice": voice})
    else:
        typer.echo(f"{out}: {len(sound) / 1000:.0f} kB")


def listen(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of sound: WAV, FLAC, Ogg or MP3.")],
    phrase: Annotated[list[str] | None, typer.Option("--phrase", metavar="TEXT", help="What it may be.")] = None,
    language: Annotated[str, typer.Option("--language", metavar="CODE", help="The language spoken.")] = "en",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write down what is said in a file."""
    from taleforge.bootstrap import listen as heard

    try:
        sound = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.", "Name a file of sound.") from error
    found = run(heard(settings_of(context, data), sound, phrase or [], language))
    if as_json:
        print_json(found)
    else:
        typer.echo(found.text or "(nothing was understood)")
