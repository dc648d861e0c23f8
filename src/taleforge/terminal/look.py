"""How things look: one restrained palette, and what each style name of the catalogue and the map becomes on screen.

Every style also differs without colour (bold, dim, reverse), so that nothing is told by colour alone.
"""

from typing import Final, cast

from rich.style import Style
from rich.text import Text
from textual.app import App
from textual.dom import DOMNode
from textual.theme import Theme

from taleforge.terminal.plainly import plainly
from taleforge.terminal.words import Spans

INK, PAPER, RAISED = "#d9d0c1", "#16140f", "#1f1c16"
FOG, CHOSEN = "#4b453b", "#41371f"
MUTED, FAINT, RULE = "#9a907f", "#6f675a", "#3a352b"
AMBER, SAGE, RUST, TEAL, STRAW = "#d8a657", "#9fb67c", "#d4735e", "#82b3a6", "#c2b280"

THEME: Final = Theme(
    name="taleforge",
    primary=AMBER,
    secondary=TEAL,
    accent=AMBER,
    warning=STRAW,
    error=RUST,
    success=SAGE,
    foreground=INK,
    background=PAPER,
    surface=PAPER,
    panel=RAISED,
    dark=True,
    variables={
        "muted": MUTED,
        "rule": RULE,
        "chosen": CHOSEN,
        "block-cursor-background": AMBER,
        "block-cursor-foreground": PAPER,
        "block-cursor-blurred-background": RAISED,
        "block-cursor-blurred-foreground": INK,
        "input-cursor-background": AMBER,
        "input-cursor-foreground": PAPER,
        "scrollbar": RULE,
        "scrollbar-hover": FAINT,
        "scrollbar-active": AMBER,
        "scrollbar-background": PAPER,
        "scrollbar-background-hover": PAPER,
        "scrollbar-background-active": PAPER,
    },
)

_STYLES: Final = {
    "text": INK, "good": f"bold {SAGE}", "bad": RUST, "strong": "bold", "faint": f"dim {MUTED}",
    "number": f"bold {AMBER}", "who": TEAL, "muted": MUTED,
    "lit": "#b5ab9a", "dim": "#857c6e", "dark": FAINT, "fog": FOG, "wall": "#8d7f66",
    "name": "bold", "you": f"bold reverse {AMBER}", "party": f"bold {TEAL}", "foe": f"bold {RUST}",
    "neutral": f"bold {STRAW}", "fallen": f"dim strike {MUTED}", "thing": AMBER,
    "cursor": "reverse", "area": f"reverse dim {RUST}",
    "own": f"italic {STRAW}", "scene": f"bold {AMBER}", "turn": f"bold {MUTED}", "refusal": RUST,
    "question": f"bold {AMBER}", "note": MUTED, "ending": f"bold {AMBER}", "event": MUTED, "dice": MUTED,
}  # fmt: skip
_READY: Final = {name: Style.parse(definition) for name, definition in _STYLES.items()}
_PLAIN: Final = Style()


def style_of(name: str) -> Style:
    """Return the style of a name; nothing special for one that has no look of its own."""
    return _READY.get(name, _PLAIN)


def as_text(spans: Spans, base: str = "", *, ascii_only: bool = False) -> Text:
    """Return styled pieces as one text, over the style of the line they are in."""
    text = Text(style=style_of(base))
    for span in spans:
        text.append(plainly(span.text, ascii_only=ascii_only), style_of(span.style) if span.style else None)
    return text


def app_of(node: DOMNode) -> App[object]:
    """Return the app a widget or screen is in."""
    return cast("App[object]", node.app)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its result open
