"""What takes a trajectory's steps: one by one, or many in lockstep."""
