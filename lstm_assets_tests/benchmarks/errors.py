"""What a benchmark refuses to go on with."""


class BenchmarkError(Exception):
    """A figure that would mean nothing; its text is one line for people."""
