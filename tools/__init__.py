"""Programs of this repository's own: they check it and generate its reference pages; never installed."""
