"""How weights are trained: learners, optimizers, losses and settings. Networks are in models."""
