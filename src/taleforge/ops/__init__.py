"""What a host runs: `doctor`, backup and capacity.

May import `client` and `bootstrap`. It only looks: nothing here changes a table.
"""
