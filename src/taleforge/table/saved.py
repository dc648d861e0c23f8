"""A state as bytes and back, for branches and snapshots.

The past (undo, and where turn and scene began) is not part of it. Does not know the log.
"""

from msgspec import msgpack
from msgspec.structs import replace

from taleforge.table.state import Marks, State

_decoder = msgpack.Decoder(State)
_in_order = msgpack.Encoder(order="deterministic")


def save_state(state: State) -> bytes:
    """Return a state without its past as bytes."""
    return msgpack.encode(replace(state, past=(), marks=Marks()))


def sorted_state(state: State) -> bytes:
    """Return bytes that are the same for the same state in every process, to be hashed: what has no order is sorted."""
    return _in_order.encode(replace(state, past=(), marks=Marks()))


def load_state(data: bytes) -> State:
    """Return the state in some bytes.

    Raises:
        msgspec.DecodeError: these bytes are no state.
    """
    return _decoder.decode(data)
