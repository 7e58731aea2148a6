"""Standard output and standard error that never stop what a command does."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from typing_extensions import Buffer


_GONE = (errno.EPIPE, errno.ECONNRESET, errno.EIO)  # EIO: a terminal that was closed


class Streams:
    """The streams of a command, and what happened to them."""

    def __init__(self, raw: Sequence[_Raw]) -> None:
        self._raw = raw

    def refusal(self) -> str | None:
        """Return, in one line, why not everything was printed; None if it was, or nobody reads."""
        _flush()
        for raw in self._raw:
            if raw.refused:
                return (
                    f"{raw.label} cannot be written: {raw.refused.strerror}. What was printed is "
                    "not complete; nothing else is lost. Send it elsewhere, and repeat the command."
                )
        return None


class _Raw(io.FileIO):
    """A descriptor to which nothing more is written after a write failed."""

    def __init__(self, descriptor: int, label: str) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.label = label
        self.refused: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _GONE:
                self.refused = error
        self._discard()
        return memoryview(data).nbytes

    def _discard(self) -> None:
        # The descriptor itself: training processes write to it, too.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextmanager
def safe_streams() -> Iterator[Streams]:
    r"""Within this block, print on standard output and standard error whatever their encoding is.

    A character that the encoding lacks is printed as an escape, such as `\uae08`. Streams that
    somebody else has replaced, as tests do, are left as they are.

    If nobody reads what is printed any more, or the device is full, then printing ends, and the
    command goes on.
    """
    before = sys.stdout, sys.stderr
    raw: list[_Raw] = []
    sys.stdout = _safe(sys.stdout, "standard output", raw)
    sys.stderr = _safe(sys.stderr, "standard error", raw)
    try:
        yield Streams(raw)
    finally:
        _flush()
        sys.stdout, sys.stderr = before


def say(line: str, *, err: bool = False, end: str = "\n") -> None:
    """Print a line on standard output, or on standard error.

    click.echo without a file would print UTF-8 where the encoding is ASCII.
    """
    click.echo(f"{line}{end}", file=sys.stderr if err else sys.stdout, nl=False)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as it is if the shell closed it
            stream.flush()


def _safe(stream: TextIO, label: str, opened: list[_Raw]) -> TextIO:
    """Return a stream to the same place that refuses nothing; append its descriptor to `opened`."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if not isinstance(stream.buffer, io.BufferedWriter | io.FileIO):  # FileIO: PYTHONUNBUFFERED
        return stream
    stream.flush()
    raw = _Raw(stream.fileno(), label)
    opened.append(raw)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
