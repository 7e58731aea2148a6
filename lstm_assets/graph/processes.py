"""Which process a run is carried out by, and whether it still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

import psutil

from lstm_assets.graph.tags import PROCESS

PROC = Path("/proc")  # what Linux tells of its processes
SECONDS_STEPPED = 60.0  # by how much a machine's clock may have been set back or forth

_UNKNOWN = "-"
_ENDED = ("Z", "X")  # a process that ended and nobody waited for


def this_process(run_id: str) -> str:
    """Return what tells this process from all others, also from a later one of its number.

    Returns:
        Run id, host, PID namespace, process number, boot id and start, each without spaces, with
        one space between them. The start is in clock ticks since boot: unlike a time, it stays
        when the clock is set. Where there is no `/proc`, namespace and boot id are `-`, and the
        start is in seconds since 1970.
    """
    pid = os.getpid()
    return " ".join([run_id, _host(), _namespace(), str(pid), _boot(), _start(pid)])


def is_named(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether a run's tags say which process carries it out."""
    return tags.get(PROCESS, "").startswith(f"{run_id} ")


def has_ended(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether a run's process is known to be gone: only its own host and namespace can tell."""
    named = tags.get(PROCESS, "").split(" ")
    if len(named) != 6 or named[:3] != [run_id, _host(), _namespace()]:
        return False
    pid, boot, start = named[3:]
    return boot != _boot() or not _lives(int(pid), start)


def lived_at(pid: int, timestamp: float) -> bool:
    """Whether a process of this host lives that had this number at a time.

    Args:
        pid: the process's number.
        timestamp: in seconds since 1970, by a clock that may have been set by up to
            `SECONDS_STEPPED` since.
    """
    process = _process(pid)
    return process is not None and process.create_time() <= timestamp + SECONDS_STEPPED


def _host() -> str:
    return "-".join(socket.gethostname().split()) or _UNKNOWN


def _namespace() -> str:
    """Return the inode of the PID namespace: numbers of another one mean other processes."""
    try:
        return os.readlink(PROC / "self/ns/pid").rpartition("[")[2].rstrip("]")
    except FileNotFoundError:
        return _UNKNOWN


def _boot() -> str:
    """Return what the machine was given at its start, and has until the next."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return _UNKNOWN


def _start(pid: int) -> str:
    return _stat(pid)[1] if _has_proc() else _created(psutil.Process(pid))


def _lives(pid: int, start: str) -> bool:
    if not _has_proc():
        process = _process(pid)
        return process is not None and _created(process) == start
    try:
        state, ticks = _stat(pid)
    except OSError:
        return _is_hidden(pid)
    return state not in _ENDED and ticks == start


def _has_proc() -> bool:
    return (PROC / "self/stat").exists()


def _stat(pid: int) -> tuple[str, str]:
    """Return a process's state, and its start in clock ticks since boot; see proc(5)."""
    # The second field is the command's name, in parentheses: it may hold spaces and parentheses.
    text = (PROC / str(pid) / "stat").read_text(errors="replace")
    fields = text.rpartition(")")[2].split()  # from the third on
    return fields[0], fields[22 - 3]


def _is_hidden(pid: int) -> bool:
    """Whether there is a process that `/proc` does not show: it may hide those of other users."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    return True


def _process(pid: int) -> psutil.Process | None:
    """Return a process that lives; one that ended and nobody waited for does not."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def _created(process: psutil.Process) -> str:
    return f"{process.create_time():.2f}"
