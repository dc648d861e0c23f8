"""A crowd of players that really play, and a judge of what each of them heard: `taleforge load`.

May import `client` beside the rest of `ops`; a load test is a client, and knows no more of a server than clients do.
Read `run` first: it shows the parts in their order. Changes nothing but the tables that it opens itself.
"""
