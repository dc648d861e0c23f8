"""A state as bytes and back, for branches and snapshots.

The past (undo, and where turn and scene began) is not part of it. Does not know the log.
"""

from msgspec import msgpack
from msgspec.structs import replace

from taleforge.table.state import Marks, State

_decoder = msgpack.Decoder(State)


def save_state(state: State) -> bytes:
    """Return a state without its past as bytes."""
    return msgpack.encode(replace(state, past=(), marks=Marks()))


def load_state(data: bytes) -> State:
    """Return the state in some bytes.

    Raises:
        msgspec.DecodeError: these bytes are no state.
    """
    return _decoder.decode(data)
