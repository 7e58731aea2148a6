"""Keras with TensorFlow, as most notebooks have it: build, compile, fit, one cell after another."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

os.environ["KERAS_BACKEND"] = "tensorflow"  # read when keras is imported
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from lstm_assets.cells.values import Values
from lstm_assets.data.windows import Floats
from lstm_assets_tests.benchmarks.job import Job, Score, main


def train(job: Job) -> Iterator[Score]:
    for cell in job.cells:
        yield _train_cell(job, cell)
        keras.backend.clear_session()


def _train_cell(job: Job, cell: Values) -> Score:
    model = _model(cell)
    x, y = job.windows(cell)
    model.fit(x, y, epochs=cell["epoch"], batch_size=cell["batch_size"], verbose=0)

    def predict(windows: Floats) -> Floats:
        forecasts = model.predict(windows.astype(np.float32), verbose=0)
        return np.asarray(forecasts, np.float64)

    return job.score(cell, predict)


def _model(cell: Values) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((cell["size_sequence"], 1)),
            keras.layers.LSTM(cell["size_unit_input"], return_sequences=True),
            keras.layers.LSTM(cell["size_unit_hidden"]),
            keras.layers.Dense(cell["size_unit_output"]),
        ]
    )
    model.compile(keras.optimizers.Adam(cell["learning_rate"]), "mse")
    return model


if __name__ == "__main__":
    main(train)
