"""Contact sheets, for eyes: kept in artefacts/ by the slow suite."""

from pathlib import Path

import pytest

from taleforge.art.files import size_of
from taleforge.art.values import STYLES, Kind
from tests.conftest import Need
from tools import sheets


@pytest.mark.slow  # a hundred pictures and twenty: half a minute
@pytest.mark.parametrize("kind", ["portrait", "item", "scene"])
def test_sheets_of_every_kind_are_kept(need: Need, repository: Path, kind: Kind) -> None:
    """Each wish in each style, large and as small as lists show them."""
    need("numpy", "pip install 'taleforge[art]'")
    for file in sheets.write(repository / sheets.FOLDER, kind):
        width, height = size_of(file.read_bytes())
        side = width // len(STYLES)
        assert (width, height) == (side * len(STYLES), side * len(sheets.WORDS[kind]))
