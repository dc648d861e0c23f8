"""Regenerate docs/reference from the code: `make docs`; with `--check`, only say which page is stale.

A page is a function here that returns Markdown. It writes nothing that a person wrote: those pages have no function.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from taleforge import errors, settings

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"


def settings_page() -> str:
    """Every setting, with its three spellings."""
    rows = [
        (f"`{row.name}`", f"`{row.variable}`", _shown(row.default), f"{row.meaning} {settings.choices(row)}".rstrip())
        for row in settings.catalogue()
    ]
    others = [(f"`{name}`", meaning) for name, meaning in settings.NOT_SETTINGS.items()]
    return "\n".join(
        [
            "# Settings",
            "",
            "A flag (`--set log.level=info`) wins over the environment, and the environment over the file. The file is",
            f"the one that `{settings.CONFIG_VARIABLE}` names, or else `{settings.DEFAULT_FILE}`:",
            "",
            "```toml",
            "[log]",
            'level = "info"',
            "```",
            "",
            "An unknown name is refused with the one that was probably meant. An empty variable counts as absent.",
            "",
            *_table(("setting", "variable", "default", "meaning"), rows),
            "",
            "These variables are no settings:",
            "",
            *_table(("variable", "meaning"), others),
            "",
        ]
    )


def errors_page() -> str:
    """Every exception class below the root, with its code and exit status."""
    rows = [
        (f"`{kind.code}`", f"`{kind.__name__}`", str(kind.exit_status), (kind.__doc__ or "").splitlines()[0])
        for kind in _family(errors.TaleforgeError)
    ]
    return "\n".join(
        [
            "# Errors",
            "",
            "What can go wrong outside the game. What a player may not do is no error but an answer, `Refused`.",
            "",
            *_table(("code", "class", "exit status", "what happened: what to do"), rows),
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {"errors.md": errors_page, "settings.md": settings_page}


def main(arguments: list[str]) -> None:
    """Write every stale page, or with `--check` exit with their names."""
    stale = {name: text for name, page in PAGES.items() if (text := page()) != _on_disk(REFERENCE / name)}
    if arguments == ["--check"]:
        sys.exit(f"Stale in docs/reference: {', '.join(stale)}. Run: make docs" if stale else 0)
    for name, text in stale.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        print(f"wrote docs/reference/{name}")


def _on_disk(page: Path) -> str | None:
    return page.read_text(encoding="utf-8") if page.exists() else None


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _shown(default: object) -> str:
    return "none" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _family(kind: type[errors.TaleforgeError]) -> Iterator[type[errors.TaleforgeError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _family(child)


if __name__ == "__main__":
    main(sys.argv[1:])
