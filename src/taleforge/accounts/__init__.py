"""Who is who on a server: people and guests, invites, grants (seat tokens, API keys, sessions), quotas and the ledger.

Imports nothing of our own but `errors`. It knows no game and no HTTP: ids, the clock and chance come as arguments, and
where things are kept is declared in `ports.py`. Read `service.py` first.
"""
