"""Prices made comparable, and cut into windows."""
