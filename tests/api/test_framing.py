"""Frames that are sent in one piece, read by a WebSocket library that did not write them."""

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from taleforge.api.framing import framed


def test_frames_of_every_length_come_out_as_they_went_in() -> None:
    """Of the lengths at which a frame's head changes, and with more than plain letters."""
    texts = [b"", "Zur Glocke · 鐘".encode(), *(b"x" * size for size in (125, 126, 65_535, 65_536))]
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=2**20)
    client.receive_data(framed(texts))
    heard = [event for event in client.events_received() if isinstance(event, Frame)]
    assert [frame.data for frame in heard] == texts
    assert all(frame.opcode is Opcode.TEXT and frame.fin for frame in heard)
