"""The LSTM's compiled training steps. This folder is for the LSTM only."""
