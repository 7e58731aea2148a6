"""The assets of a study's graph, one file each. They load, call the domain, and yield output."""
