"""Waiting for what other processes do: a helper of tests."""

import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 90


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Return when `happened` is true; fail the test if it never is."""
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"waited {SECONDS} s until {what}"
        time.sleep(0.02)


def members(group: int) -> list[int]:
    """The processes of a process group; those that ended and nobody waited for do not count."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just ended
        if int(its_group) == group and state not in "ZX":
            found.append(int(file.parent.name))
    return found
