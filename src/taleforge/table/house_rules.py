"""The house rules a table may choose, each with its values; the first value is the default.

`gather_seconds`: out of a fight everybody acts at once (0), or says first what they do, for at most so long.
`own_characters`: players may bring characters of their own and `keep` what these gain, or only `play` them, or `none`.
Changing one is an event, so a log always knows under which rules it was played.
"""

HOUSE_RULES: dict[str, tuple[str, ...]] = {
    "odds": ("known", "exact", "none"),
    "death": ("dying", "instant"),
    "decision_seconds": ("0", "15", "30", "60", "120"),
    "turn_seconds": ("0", "60", "120", "300"),
    "gather_seconds": ("0", "30", "60", "120", "300"),
    "own_characters": ("keep", "play", "none"),
}
DEFAULTS = {rule: values[0] for rule, values in HOUSE_RULES.items()}
