"""`taleforge paint`: a picture from words, into a file. Keeps nothing but that file, and needs no server of ours."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from taleforge.errors import BadInput
from taleforge.terminal.cli.output import Data, Json, print_json, run, settings_of

PAINT: Final = """Paint a portrait, an item or a scene from words, as a PNG.

\b
The words choose what is painted; the same words, style and seed are the same picture. Nothing is downloaded: with the
setting art.engine a server of your own paints instead, and the built-in painter if it does not answer.
Examples:
  taleforge paint "an old dwarf with a red beard" --style woodcut --out dwarf.png
  taleforge paint "a ship on the sea at sunset" --width 1024 --out ship.png
"""
Prompt = Annotated[str, typer.Argument(metavar="WORDS", help="What to paint.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; - is standard output.")]
Style = Annotated[str | None, typer.Option("--style", help="gouache, ink, woodcut or glass; else the words choose.")]
Kind = Annotated[str | None, typer.Option("--kind", help="portrait, item or scene; else the words choose.")]
Width = Annotated[int, typer.Option("--width", metavar="PIXELS", help="64 to 1024.")]
Height = Annotated[int, typer.Option("--height", metavar="PIXELS", help="64 to 1024.")]
Number = Annotated[int, typer.Option("--seed", metavar="NUMBER", help="Another picture of the same words.")]


def paint(
    context: typer.Context,
    words: Prompt,
    out: Out = None,
    style: Style = None,
    kind: Kind = None,
    width: Width = 512,
    height: Height = 512,
    seed: Number = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Paint."""
    from taleforge.bootstrap import paint as painted

    wanted = {"prompt": words, "style": style, "kind": kind, "width": width, "height": height, "seed": seed}
    file = out or Path("picture.png")
    picture = run(painted(settings_of(context, data), wanted))
    if str(file) == "-":
        sys.stdout.buffer.write(picture.data)
        return
    try:
        file.write_bytes(picture.data)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.", "Name another file with --out.") from error
    if as_json:
        print_json({"file": str(file), "engine": picture.engine, "seed": picture.seed, "bytes": len(picture.data)})
    else:
        typer.echo(f"{file}: painted by the engine {picture.engine}, seed {picture.seed}")
