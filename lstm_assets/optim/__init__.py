"""How weights change: learners, optimizers and their settings. Networks are in models."""
