"""The golden files: what clients and logs of this version were promised is still read, and still written."""

import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from msgspec import UNSET

from taleforge.messages.codec import decode_client_frame, decode_command, decode_event, encode
from taleforge.messages.commands import COMMANDS
from taleforge.messages.events import EVENTS
from taleforge.messages.frames import NUMBERED, Frame, FrameType
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


@pytest.mark.parametrize("kind", get_args(FrameType))
def test_a_golden_frame_is_the_frame_that_it_is_called(kind: str) -> None:
    """It says nothing beside `t`, `d` and `n`, which numbered frames carry, and ephemeral ones do not."""
    data = golden("frames", kind)
    frame = msgspec.json.decode(data, type=Frame)
    assert json.loads(encode(frame)) == json.loads(data)
    assert (frame.t, frame.n is not UNSET) == (kind, kind in NUMBERED)


@pytest.mark.parametrize("file", sorted((GOLDEN / "frames").glob("client.*.json")), ids=lambda file: file.stem)
def test_a_clients_golden_frame_is_read_and_written_as_promised(file: Path) -> None:
    """As servers read it, and as our own client writes it, but for what it need not say."""
    promised = json.loads(file.read_bytes())
    assert json.loads(encode(decode_client_frame(file.read_bytes()))).items() <= promised.items()
    assert file.stem == f"client.{promised['t']}"


def test_a_golden_patch_turns_a_view_into_another() -> None:
    """The patch of the golden event belongs to the golden snapshot: merged in again it changes nothing."""
    view = json.loads(golden("frames", "snapshot"))["d"]["view"]
    patch = json.loads(golden("frames", "event"))["d"]["patch"]

    assert merge(view, patch) == view
    assert typed(view).table.title == "The Crooked Lamp"


def test_frames_have_the_fields_of_the_protocol() -> None:
    """A frame is n, t and d, and nothing else."""
    assert Frame.__struct_fields__ == ("t", "d", "n")
