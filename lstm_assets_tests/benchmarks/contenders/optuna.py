"""Optuna's GridSampler around plain PyTorch, one trial after another."""

from __future__ import annotations

import optuna

from lstm_assets_tests.benchmarks.contenders.pytorch import train_cell
from lstm_assets_tests.benchmarks.job import Job, Score, main


def train(job: Job) -> list[Score]:
    def objective(trial: optuna.Trial) -> float:
        cell = {name: trial.suggest_categorical(name, values) for name, values in job.space.items()}
        return train_cell(job, cell)[1]

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(job.space))
    study.optimize(objective, n_trials=len(job.cells))
    return [(trial.params, trial.value) for trial in study.trials]


if __name__ == "__main__":
    main(train)
