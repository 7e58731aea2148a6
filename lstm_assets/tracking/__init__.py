"""Listeners: they follow a run while it trains. The events come from training."""
