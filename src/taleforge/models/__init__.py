"""Clients of language and embedding models, whoever serves them. Read `ports.py`, then `setup.py` and `ladder.py`.

May import nothing of ours but `errors`. Knows no game: what goes in is messages, what comes out is text. `ports` and
`values` need no library of the extra `models`; the rest does.
"""
