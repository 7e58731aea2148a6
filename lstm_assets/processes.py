"""Which process a run is carried out by, and whether it still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

import psutil

from lstm_assets.run_tags import PROCESS


def this_process(run_id: str) -> str:
    """Return what tells this process from all others, also from a later one of its number."""
    return _name(run_id, psutil.Process(os.getpid()))


def is_named(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether a run's tags say which process carries it out."""
    return tags.get(PROCESS, "").startswith(f"{run_id} ")


def has_ended(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether a run's process is known to be gone: only its own host can tell."""
    named = tags.get(PROCESS, "")
    if not named.startswith(f"{run_id} {socket.gethostname()} "):
        return False
    process = _process(int(named.split()[2]))
    return process is None or _name(run_id, process) != named


def lived_at(pid: int, timestamp: float) -> bool:
    """Whether a process of this host lives that had this number at a time, in seconds."""
    process = _process(pid)
    return process is not None and process.create_time() <= timestamp


def _process(pid: int) -> psutil.Process | None:
    """Return a process that lives; one that ended and nobody waited for does not."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def _name(run_id: str, process: psutil.Process) -> str:
    return f"{run_id} {socket.gethostname()} {process.pid} {process.create_time():.2f}"
