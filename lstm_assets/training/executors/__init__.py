"""Where trajectories are trained: in worker processes, or in the calling one. How is in engines."""
