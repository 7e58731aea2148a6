"""How cells are trained: trajectories, worker processes, model files."""
