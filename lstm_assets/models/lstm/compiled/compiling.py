"""Keeps compiled code on disk, so that only the first worker of an installation compiles."""

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

ELSEWHERE = ("lstm_assets.optim.adam",)  # modules of other folders whose constants are compiled in


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
    """Return what tells the source of compiled code from any other, 64 hexadecimal digits.

    That is all of this folder, and ELSEWHERE.
    """
    files = [*sorted(Path(__file__).parent.glob("*.py")), *map(_file_of, ELSEWHERE)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _file_of(module: str) -> Path:
    """Return a module's source file, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module} has no source file", name=module)
    return Path(spec.origin)
