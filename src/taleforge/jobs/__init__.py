"""Work that takes long: a job is a kind, a payload in bytes and a return address, kept in a table that is the truth.

Whoever wakes workers (`Waker`) only hints that something waits; what runs, what is over, and what came of it is what
the store says. Knows no game. Read `values.py` first, then `service.py` (who asks) and `runner.py` (who works).
"""
