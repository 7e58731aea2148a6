"""Where trajectories are trained: in worker processes, or in the calling one. How is in engines."""

from lstm_assets.training.executors.executor import Executor
from lstm_assets.training.executors.in_process import InProcess
from lstm_assets.training.executors.pool import WorkerPool, default_workers


def executor_for(workers: int) -> Executor:
    """Return what trains with this many worker processes; 0 trains in the calling process."""
    return WorkerPool(workers) if workers else InProcess()


__all__ = ["Executor", "InProcess", "WorkerPool", "default_workers", "executor_for"]
