"""Where trajectories are trained: in worker processes or in this process. engines trains them."""

from lstm_assets.training.executors.executor import Executor
from lstm_assets.training.executors.in_process import InProcess
from lstm_assets.training.executors.pool import WorkerPool, default_workers


def executor_for(workers: int) -> Executor:
    """Return an executor with this number of worker processes; 0: train in this process."""
    return WorkerPool(workers) if workers else InProcess()


__all__ = ["Executor", "InProcess", "WorkerPool", "default_workers", "executor_for"]
