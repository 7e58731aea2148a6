"""Check prices, make them comparable, and cut them into windows."""
