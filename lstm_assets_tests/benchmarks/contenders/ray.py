"""Ray Tune's grid search around plain PyTorch, one single-threaded trial a processor."""

from __future__ import annotations

import logging
import os
import tempfile
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # no report to anyone

import ray
from ray import tune

from lstm_assets.training.executors import default_workers
from lstm_assets_tests.benchmarks.job import Job, Score, main


def train(job: Job) -> list[Score]:
    processors = default_workers()
    ray.init(
        num_cpus=processors,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            tune.with_resources(tune.with_parameters(_trial, job=job), {"cpu": 1}),
            param_space={name: tune.grid_search(values) for name, values in job.space.items()},
            tune_config=tune.TuneConfig(max_concurrent_trials=processors, reuse_actors=True),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        )
        results = tuner.fit()
        return [(result.config, result.metrics["mse"]) for result in results]


def _trial(cell: dict[str, Any], job: Job) -> dict[str, float]:
    import torch

    from lstm_assets_tests.benchmarks.contenders.pytorch import train_cell

    torch.set_num_threads(1)
    return {"mse": train_cell(job, cell)[1]}


if __name__ == "__main__":
    main(train)
