"""Who follows a run while it trains: listeners. What they hear comes from training."""
