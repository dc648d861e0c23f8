"""What a host runs: `doctor`, the load test and what it says of capacity, administration; read `doctor` first.

May import `client` and `bootstrap`. It opens no store for writing: what changes something asks a server for it.
"""
