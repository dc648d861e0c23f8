"""The event log and everything else that is kept.

May import `messages` and the `ports` of any room. What it acknowledges survives `kill -9`; what an event means is none
of its business. Read `sqlite.py` first, then `writer.py`; `recover.py` and `files.py` stand apart.
"""
