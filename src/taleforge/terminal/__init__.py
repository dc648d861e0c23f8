"""The command line and the terminal client.

May import `client`; the command line also `bootstrap`. It owns its words: the server sends codes, never sentences.
"""
