"""The sensors of a study, one file each: what happens by itself."""
