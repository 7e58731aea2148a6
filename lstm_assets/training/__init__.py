"""The training of cells: trajectories, worker processes and model files."""
