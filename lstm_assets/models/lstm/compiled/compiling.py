"""Keeps compiled code on disk, so that only the first worker of an installation compiles."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit


def kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function, and keep its code from one process to the next.

    It is kept beside the package or, where that cannot be written, in numba's folder of the user;
    where neither can, each process compiles anew.

    Args:
        function: encloses sources(). numba asks only whether a function's own file has changed,
            but what it encloses is part of its key, so that a change to what it calls counts too.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # there is no folder to keep it in
        return njit(nogil=True)(function)


def sources() -> str:
    """Return what tells this folder's source from any other, 64 hexadecimal digits."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
