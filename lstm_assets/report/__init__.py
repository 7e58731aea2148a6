"""The report on a study: one HTML page about what its search found, complete in itself."""
