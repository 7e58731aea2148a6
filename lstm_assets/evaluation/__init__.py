"""Metrics, the naive forecast, and which cell wins."""
