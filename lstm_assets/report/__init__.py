"""A study's report: one self-contained page of what its search found, to keep and to pass on."""
