"""The LSTM's training steps, compiled. Nothing here knows any other network."""
