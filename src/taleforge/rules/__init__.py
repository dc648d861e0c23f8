"""The rules of the game: pure functions on frozen values, each naming its SRD rule.

Imports nothing of our own but `errors`, and of others only msgspec. No clock, no chance, no files: dice, time and ids
come as arguments. Read `dice/` first.
"""
