"""Which process carries out a run, and whether it is still alive."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

import psutil

from lstm_assets.graph.tags import PROCESS

PROC = Path("/proc")  # where Linux describes its processes
SECONDS_CLOCK_CHANGED = 60.0  # by how much a machine's clock may have been set back or forward

_UNKNOWN = "-"
_ENDED = ("Z", "X")  # states of a process that has ended and that no other process waited for


def this_process(run_id: str) -> str:
    """Return a text that identifies this process, also when its number is used again later.

    Returns:
        Run id, host, PID namespace, process number, boot id and start, each without spaces, with
        one space between them. The start is in clock ticks since boot: unlike a time of day, it
        does not change when the clock is set. Where there is no `/proc`, namespace and boot id
        are `-`, and the start is in seconds since 1970.
    """
    pid = os.getpid()
    return " ".join([run_id, _host(), _namespace(), str(pid), _boot_id(), _start(pid)])


def has_process(run_id: str, tags: Mapping[str, str]) -> bool:
    """Return whether a run's tags say which process carries it out."""
    return tags.get(PROCESS, "").startswith(f"{run_id} ")


def has_ended(run_id: str, tags: Mapping[str, str]) -> bool:
    """Return whether a run's process has ended, as far as is known.

    This can only be found out on the host, and in the PID namespace, of the process.
    """
    parts = tags.get(PROCESS, "").split(" ")
    if len(parts) != 6 or parts[:3] != [run_id, _host(), _namespace()]:
        return False
    pid, boot_id, start = parts[3:]
    return boot_id != _boot_id() or not _is_alive(int(pid), start)


def lived_at(pid: int, timestamp: float) -> bool:
    """Return whether the process that had this number at a time is still alive on this host.

    Args:
        pid: the process's number.
        timestamp: in seconds since 1970. The clock may have been set by up to
            `SECONDS_CLOCK_CHANGED` since then.
    """
    process = _living_process(pid)
    return process is not None and process.create_time() <= timestamp + SECONDS_CLOCK_CHANGED


def _host() -> str:
    return "-".join(socket.gethostname().split()) or _UNKNOWN


def _namespace() -> str:
    """Return the inode of the PID namespace. In another one, a number is another process."""
    try:
        return os.readlink(PROC / "self/ns/pid").rpartition("[")[2].rstrip("]")
    except FileNotFoundError:
        return _UNKNOWN


def _boot_id() -> str:
    """Return the id that the machine gets each time it is started."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return _UNKNOWN


def _start(pid: int) -> str:
    return _state_and_start(pid)[1] if _has_proc() else _created_at(psutil.Process(pid))


def _is_alive(pid: int, start: str) -> bool:
    if not _has_proc():
        process = _living_process(pid)
        return process is not None and _created_at(process) == start
    try:
        state, ticks = _state_and_start(pid)
    except OSError:
        return _is_hidden(pid)
    return state not in _ENDED and ticks == start


def _has_proc() -> bool:
    return (PROC / "self/stat").exists()


def _state_and_start(pid: int) -> tuple[str, str]:
    """Return a process's state, and its start in clock ticks since boot; see proc(5)."""
    # The second field is the command in parentheses. It may contain spaces and parentheses itself.
    text = (PROC / str(pid) / "stat").read_text(errors="replace")
    fields = text.rpartition(")")[2].split()  # from the third field on
    return fields[0], fields[22 - 3]


def _is_hidden(pid: int) -> bool:
    """Return whether a process exists that `/proc` does not show: it may hide other users'."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # the process belongs to another user
    return True


def _living_process(pid: int) -> psutil.Process | None:
    """Return the process with this number; None if there is none, or if it is a zombie."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def _created_at(process: psutil.Process) -> str:
    return f"{process.create_time():.2f}"
