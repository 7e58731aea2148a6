"""Metrics, the naive forecast, and the choice of the winner."""
