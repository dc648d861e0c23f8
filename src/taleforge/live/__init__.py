"""Rooms where a table is played: seats present, one numbered stream per seat, resume after a gap, on any process.

May import `messages` and `table.ports`. It sends a seat nothing but what `table.view` made for that seat. Read
`room.py` first: a room is an `audience.py` and either an `owner.py` or, where another process owns the table, a
`mirror.py`; then `stream.py` for what one seat is sent, and `tables.py` for what processes at one store do each second.
"""
