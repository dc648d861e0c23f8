"""Rooms where a table is played: seats present, one numbered stream per seat, resume after a gap.

May import `messages` and `table.ports`. It sends a seat nothing but what `table.view` made for that seat. Read
`room.py` first, then `stream.py`.
"""
