"""What each seat and each creature witnessed or was told, and finding it again.

Made from the log after the fact, so it can be thrown away and made anew; no fact depends on it. A memory belongs to one
who has it, and to nobody else. Read `scribe.py` first: it says who is given which.
"""
