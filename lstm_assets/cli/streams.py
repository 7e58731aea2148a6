"""Standard output and standard error that never make a command fail."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click


@contextmanager
def safe_streams() -> Iterator[None]:
    r"""Within this block, print on standard output and standard error whatever their encoding is.

    A character that the encoding lacks is printed as an escape, such as `\uae08`. Streams that
    somebody else has replaced, as tests do, are left as they are.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _safe(sys.stdout), _safe(sys.stderr)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # as it is if the shell closed it
                stream.flush()
        sys.stdout, sys.stderr = before


def say(line: str, *, err: bool = False, end: str = "\n") -> None:
    """Print a line on standard output, or on standard error.

    click.echo without a file would print UTF-8 where the encoding is ASCII.
    """
    click.echo(f"{line}{end}", file=sys.stderr if err else sys.stdout, nl=False)


def _safe(stream: TextIO) -> TextIO:
    """Return a stream to the same place on which no character is refused."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if not isinstance(stream.buffer, io.BufferedWriter | io.FileIO):  # FileIO: PYTHONUNBUFFERED
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
