"""Measure everything: `make bench` writes benchmarks/results.md; `--smoke` measures little and writes nothing.

A module that sets `APART` is measured only by its name (`python -m benchmarks bench_load`), and then nothing else is;
what results.md has of others stays. One with a `title` has a section for each title. Exits with 1 when something is
slower than it may be, except in a smoke run, which only proves that all of it runs.
"""

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.measure import Ratio, Row, Time, yardstick

HERE = Path(__file__).parent


def main(arguments: list[str]) -> None:
    """Run every module that has `rows`, or those that are named, in the order of their names."""
    smoke = arguments == ["--smoke"]
    fixed = yardstick()
    modules = chosen([] if smoke else arguments)
    measured = {titled(name, module): module.rows(smoke) for name, module in modules.items()}
    text = "\n".join(report(measured, fixed))
    print(text)
    missed = [row.what for rows in measured.values() for row in rows if not row.met]
    if smoke:
        return
    file = HERE / "results.md"
    file.write_text(merged(file.read_text(encoding="utf-8"), text, whole=not arguments), encoding="utf-8")
    sys.exit(f"Too slow: {', '.join(missed)}" if missed else 0)


def titled(name: str, module: Any) -> str:
    """Return what heads the section of a module."""
    return f"{name}: {module.title()}" if hasattr(module, "title") else name


def chosen(named: list[str]) -> dict[str, Any]:
    """Return the modules to measure, by name."""
    names = named or sorted(file.stem for file in HERE.glob("*.py") if file.stem not in {"__main__", "measure"})
    found = {name: import_module(f"benchmarks.{name}") for name in names}
    wanted = {name: module for name, module in found.items() if hasattr(module, "rows")}
    return {name: module for name, module in wanted.items() if named or not getattr(module, "APART", False)}


def merged(before: str, after: str, *, whole: bool) -> str:
    """Return the page with what was measured anew in the place of what it had; its head is new when the `whole` is."""
    (old_head, *old), (new_head, *new) = (re.split(r"^(?=## )", page, flags=re.MULTILINE) for page in (before, after))
    sections = {section.partition("\n")[0]: section.rstrip() for section in (*old, *new)}
    head = (new_head if whole or not old else old_head).rstrip()
    return "\n\n".join([head, *(sections[title] for title in sorted(sections))]) + "\n"


def report(measured: dict[str, list[Row]], fixed: float) -> Iterator[str]:
    """Lines of Markdown: a table for each title, its times beside `fixed`, the yardstick in seconds."""
    yield "# Results"
    yield ""
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores. The yardstick, a fixed loop of plain Python,"
    yield f"takes {_shown(fixed)} here. Made by `make bench`; compare ratios and yardsticks, not times."
    for name, rows in measured.items():
        yield from ("", f"## {name}", "", "| what | measured | in yardsticks | wanted | |", "|---|---|---|---|---|")
        yield from (_line(row, fixed) for row in rows)
    yield ""


def _line(row: Row, fixed: float) -> str:
    verdict = "met" if row.met else "**missed**"
    match row:
        case Time(what, taken, at_most):
            wanted = f"≤ {_shown(at_most)}" if at_most else ""
            rate = f" ({1 / taken:,.0f}/s)" if taken < 1 else ""
            return f"| {what} | {_shown(taken)}{rate} | {taken / fixed:.4g} | {wanted} | {verdict if wanted else ''} |"
        case Ratio(what, ratio, at_least):
            wanted = f"≥ {at_least:g} ×" if at_least else ""
            return f"| {what} | {ratio:.2f} × | | {wanted} | {verdict if wanted else ''} |"


def _shown(taken: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if taken >= size:
            return f"{taken / size:.3g} {unit}"
    return f"{taken * 1e9:.3g} ns"


if __name__ == "__main__":
    main(sys.argv[1:])
