"""The doors of the network: REST under `/api/v1`, one WebSocket per seat, health, metrics and the API explorer.

May import every room above it; nothing here decides anything about the game. Needs the extra `server`. Read `desk`
first: who is asking, and which seat of which table is theirs; then `tables` for the shape of a handler.
"""
