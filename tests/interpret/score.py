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
    results = [(case, interpreter.interpret(case[1], view_of(case[0]))) for case in load(half, names)]
    wrong = [(case, result) for case, result in results if not right(case[2], result, view_of(case[0]))]
    for (view, text, want), result in wrong if "-v" in words else ():
        sys.stdout.write(f"{view:12} {text!r}\n    want {want}\n    got  {told(result)} >> {result.rest}\n")
    done = sum(result.command is not None for _, result in wrong)
    share = 100 * (1 - len(wrong) / len(results))
    sys.stdout.write(f"{half}: {len(results)} sentences, {share:.1f} % right, {done} did something else\n")


if __name__ == "__main__":
    main()
