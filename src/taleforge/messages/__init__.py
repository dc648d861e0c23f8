"""Everything that crosses a border: commands, events, ids, audiences, codes and the views of a seat; and their codec.

May import the value types of `rules`. It holds no behaviour of the game: types in, bytes out, and back unchanged.
"""
