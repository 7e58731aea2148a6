"""How weights change: learners, optimizers, losses and their settings. Networks are in models."""
