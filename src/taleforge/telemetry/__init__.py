"""What a running process tells of itself: log lines, how long its stages take, and traces by setting.

Ids of request, table and seat follow the work through every task (`context`). Knows no game, table or route, and no
secret or word of a player is ever in what it writes. Read `logs` first, then `spans`.
"""

from taleforge.telemetry.logs import logging_to, redact

__all__ = ["logging_to", "redact"]
