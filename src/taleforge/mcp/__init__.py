"""The table as tools for somebody's own agent, by the Model Context Protocol (PROTOCOL §8).

An agent is one more client: it has a seat, and knows what the seat knows. The SDK (extra `mcp`) is imported by
`server.py` and `http.py` alone. It judges nothing: the table does. Read `tools.py` first.
"""
