"""The golden files: what clients and logs of this version were promised is still read, and still written."""

import json
from pathlib import Path

import pytest

from taleforge.messages.codec import decode_command, decode_event, encode
from taleforge.messages.commands import COMMANDS
from taleforge.messages.events import EVENTS
from taleforge.messages.frames import NUMBERED, Frame
from taleforge.messages.patch import merge, typed

GOLDEN = Path(__file__).parents[1] / "golden" / "protocol"


def golden(kind: str, name: str) -> bytes:
    """Return the content of a golden file."""
    file = GOLDEN / kind / f"{name}.json"
    assert file.exists(), f"{name} has no golden file: run `python -m tests.golden.make` and look at what it writes"
    return file.read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_read_and_written_as_promised(name: str) -> None:
    """Each command's golden file is that command, and is written the same way again."""
    data = golden("commands", name)
    read = decode_command(data)

    assert read.name == name
    assert json.loads(encode(read)) == json.loads(data)


@pytest.mark.parametrize("name", EVENTS)
def test_a_stored_event_is_read_and_written_as_promised(name: str) -> None:
    """Each event's golden file is that event, and is written the same way again."""
    data = golden("events", name)
    read = decode_event(data)

    assert read.name == name
    assert json.loads(encode(read)) == json.loads(data)


def test_golden_frames_are_frames() -> None:
    """Numbered frames carry n, ephemeral ones do not."""
    for file in (GOLDEN / "frames").glob("*.json"):
        content = json.loads(file.read_bytes())
        if not file.name.startswith("client."):
            assert ("n" in content) == (content["t"] in NUMBERED), file.name
            assert file.stem == content["t"]


def test_a_golden_patch_turns_a_view_into_another() -> None:
    """The patch of the golden event belongs to the golden snapshot: merged in again it changes nothing."""
    view = json.loads(golden("frames", "snapshot"))["d"]["view"]
    patch = json.loads(golden("frames", "event"))["d"]["patch"]

    assert merge(view, patch) == view
    assert typed(view).table.title == "The Crooked Lamp"


def test_frames_have_the_fields_of_the_protocol() -> None:
    """A frame is n, t and d, and nothing else."""
    assert Frame.__struct_fields__ == ("t", "d", "n")
