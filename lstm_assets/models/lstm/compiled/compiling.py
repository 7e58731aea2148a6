"""Compile functions and cache the code on disk, so that an installation compiles only once."""

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

OTHER_MODULES = ("lstm_assets.optim.adam",)  # outside this folder; the code uses their constants


def compile_cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the compiled function; its code is cached on disk for later processes.

    The cache is beside the package. If that cannot be written, the cache is in numba's folder of
    the user. If neither can be written, each process compiles the function again.

    Args:
        function: a closure over source_digest(). numba checks only whether the function's own file
            has changed, but the closure's variables are part of the cache key. So a change to a
            function that it calls causes a new compilation, too.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder can be written
        return njit(nogil=True)(function)


def source_digest() -> str:
    """Return the digest of all source that is compiled, 64 hexadecimal digits.

    The source is all files of this folder, and OTHER_MODULES.
    """
    files = [*sorted(Path(__file__).parent.glob("*.py")), *map(_file_of, OTHER_MODULES)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _file_of(module: str) -> Path:
    """Return the source file of a module without importing the module."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module} has no source file", name=module)
    return Path(spec.origin)
