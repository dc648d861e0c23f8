"""Print how much of the corpus is understood: `python -m tests.interpret.score [tuned|held_out] [-v] [view …]`."""

import sys
import tomllib
from pathlib import Path

from taleforge.interpret import Interpreter
from tests.interpret.expect import right, told
from tests.interpret.views import view_of

CORPUS = Path(__file__).parent / "corpus"


def load(half: str, names: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Return (view, text, wanted) of one half of the corpus."""
    cases: list[tuple[str, str, str]] = []
    for path in sorted(CORPUS.glob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        if not names or data["view"] in names:
            cases.extend((data["view"], text, want) for text, want in data.get(half, []))
    return cases


def main() -> None:
    """Score a half of the corpus, the tuned one unless told otherwise."""
    words = sys.argv[1:]
    half = "held_out" if "held_out" in words else "tuned"
    names = tuple(word for word in words if word not in {"tuned", "held_out", "-v"})
    interpreter = Interpreter()
    cases = load(half, names)
    wrong = 0
    for view, text, want in cases:
        result = interpreter.interpret(text, view_of(view))
        if not right(want, result, view_of(view)):
            wrong += 1
            if "-v" in words:
                print(
                    f"{view:8} {text!r}\n    want {want}\n    got  {told(result)} >> {result.rest} ({result.confidence})"
                )
    print(f"{half}: {len(cases) - wrong} of {len(cases)} right ({100 * (1 - wrong / len(cases)):.1f} %)")


if __name__ == "__main__":
    main()
