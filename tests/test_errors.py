"""The error tree: what its docstring draws is what exists, and every class can be told, sent and caught."""

import inspect
import pickle
import re

import pytest

from taleforge import errors

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.TaleforgeError)]


def drawn_parents() -> dict[str, str]:
    """Child and parent of each line of the docstring's drawing."""
    lines = re.findall(r"^    ([│├└─ ]*)(\w+) {2,}\w", errors.__doc__ or "", re.MULTILINE)
    trail: dict[int, str] = {}
    parents: dict[str, str] = {}
    for indent, name in lines:
        depth = len(indent) // 4
        trail[depth] = name
        if depth:
            parents[name] = trail[depth - 1]
    return parents


def test_the_drawing_is_the_tree() -> None:
    """Each class stands in the docstring's drawing, one step to the right of its parent."""
    family = [kind for kind in KINDS if kind is not errors.TaleforgeError]
    assert drawn_parents() == {kind.__name__: kind.__mro__[1].__name__ for kind in family}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not errors.PackBroken])
def test_an_error_says_its_problem_and_its_remedy(kind: type[errors.TaleforgeError]) -> None:
    """Both sentences are in its text, and survive being sent to another process."""
    error = kind("It broke.", "Mend it.")
    assert str(error) == "It broke. Mend it."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_broken_pack_is_found_by_file_and_line() -> None:
    """The place comes first, in the form that editors open."""
    error = errors.PackBroken("pack.toml", 3, "No id.", "Add one.")
    assert str(error) == "pack.toml:3: No id. Add one."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(errors.PackBroken("pack.toml", 0, "No id.", "Add one.")) == "pack.toml: No id. Add one."


def test_codes_are_unique_and_no_error_looks_like_success() -> None:
    """Clients branch on the code, scripts on the exit status."""
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+/[a-z_]+", code) for code in codes)
    assert all(0 < kind.exit_status < 128 for kind in KINDS)
