"""Which process a run is carried out by, and whether it still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

import psutil

# Tag of a run: its id, host, process number, and when that process started. A run's tags are
# copied to its re-executions, so the id tells whose they are.
PROCESS = "lstm_assets/process"


def this_process(run_id: str) -> str:
    """Return what tells this process from all others, also from a later one of its number."""
    return _name(run_id, psutil.Process(os.getpid()))


def has_ended(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether a run's process is known to be gone: only its own host can tell."""
    named = tags.get(PROCESS, "")
    if not named.startswith(f"{run_id} {socket.gethostname()} "):
        return False
    try:
        process = psutil.Process(int(named.split()[2]))
        return process.status() == psutil.STATUS_ZOMBIE or _name(run_id, process) != named
    except psutil.NoSuchProcess:
        return True


def _name(run_id: str, process: psutil.Process) -> str:
    return f"{run_id} {socket.gethostname()} {process.pid} {process.create_time():.2f}"
