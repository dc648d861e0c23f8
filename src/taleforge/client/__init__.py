"""The client side of the protocol: transports, and the state that frames fold into.

May import `messages`. Every door in Python speaks through it; none of them sees the engine. Read `table.py`.
"""
