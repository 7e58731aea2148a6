"""The search methods, one file each; the registry is in search."""
