"""A Brief becomes prose.

May import `messages` and `models`. A narrator knows only what its Brief holds and can never change a number.
"""
