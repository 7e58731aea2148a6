"""Networks in training: how a batch of windows changes the weights."""
